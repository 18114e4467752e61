"""How a call reaches Resolve: proxies that say yes to every name, a log, faults, and refusals."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from resolve_sim.constants import constants
from resolve_sim.faults import Fault, ResolveGone, can_lie, go_wrong, refusal
from resolve_sim.model import Model
from resolve_sim.table import Method, Parameter, methods_of
from resolve_sim.world import World

CONVERTED: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "number": (int, float),
    "enum": (int, float),
    "list": (list,),
    "dict": (dict,),
}
"""What Python type an argument must have."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as the log keeps it; objects stand as `<Class name>`."""

    number: int
    owner: str
    method: str
    args: tuple[object, ...]
    result: object


class Switchboard:
    """Where all calls pass through."""

    def __init__(self, world: World) -> None:
        """Begin with an empty log and nothing going wrong."""
        self.world = world
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.count = 0
        self._methods: dict[tuple[str, bool], dict[str, list[Method]]] = {}

    def methods(self, owner: str) -> dict[str, list[Method]]:
        """Return what a class can do in this Resolve."""
        strict = self.world.switches.strict
        if (owner, strict) not in self._methods:
            found = methods_of(owner, self.world.version, strict=strict)
            self._methods[owner, strict] = found
        return self._methods[owner, strict]

    def wrap(self, value: object) -> object:
        """Return what a script sees of an answer."""
        if isinstance(value, Model):
            return Proxy(self, value)
        if isinstance(value, (list, tuple)):
            return [self.wrap(part) for part in value]
        if isinstance(value, dict):
            return {key: self.wrap(part) for key, part in value.items()}
        return value

    def call(self, model: Model, ways: Sequence[Method], args: tuple[object, ...]) -> object:
        """Do what a script asked for, or refuse, or go wrong as told; and keep a record."""
        self.count += 1
        number = self.count
        name = f"{ways[0].owner}.{ways[0].name}"
        fault = next((one for one in self.faults if one.strikes(number, name)), None)
        plain = tuple(_unwrap(arg) for arg in args)
        try:
            result = self._answer(model, ways, plain, fault)
        except ResolveGone as error:
            self._log(number, ways[0], plain, f"raised {error}")
            raise
        self._log(number, ways[0], plain, result)
        return self.wrap(result)

    def _log(self, number: int, method: Method, args: tuple[object, ...], result: object) -> None:
        shown = tuple(_show(arg) for arg in args)
        self.calls.append(Call(number, method.owner, method.name, shown, _show(result)))

    def _answer(
        self,
        model: Model,
        ways: Sequence[Method],
        args: tuple[object, ...],
        fault: Fault | None,
    ) -> object:
        way = next((one for one in ways if _fits(one, args)), None)
        is_lie = fault is not None and fault.how == "lie" and not can_lie(ways[0])
        if fault is not None and fault.how != "hang" and not is_lie:
            return go_wrong(fault.how, self.world, ways[0])
        if fault is not None and fault.how == "hang":
            time.sleep(self.world.hang_seconds)
        if self.world.modal:
            return self._before_dialog(ways[0])
        if not model.is_alive:
            return "" if ways[0].name == "GetUniqueId" else None
        if way is None:
            return False if ways[0].answer == "bool" else None
        return getattr(model, way.name)(*args)

    def _before_dialog(self, method: Method) -> object:
        if self.world.switches.modal == "hangs":
            time.sleep(self.world.hang_seconds)
        return refusal(method)


def _fits(method: Method, args: tuple[object, ...]) -> bool:
    parameters = method.parameters
    needed = sum(not parameter.is_omittable for parameter in parameters)
    if len(args) < needed or (len(args) > len(parameters) and not method.has_more):
        return False
    rest = [parameters[-1]] * (len(args) - len(parameters)) if parameters else []
    return all(_is_kind(arg, one) for arg, one in zip(args, [*parameters, *rest], strict=False))


def _is_kind(arg: object, parameter: Parameter) -> bool:
    kind = parameter.kind
    if kind == "any" or (arg is None and parameter.is_omittable):
        return True
    if kind not in CONVERTED:
        return isinstance(arg, Model) and type(arg).__name__ == kind
    if isinstance(arg, bool) and kind != "bool":
        return False
    return isinstance(arg, CONVERTED[kind]) and (kind != "enum" or float(arg).is_integer())  # type: ignore[arg-type]


def _unwrap(value: object) -> object:
    if isinstance(value, Proxy):
        return model_of(value)
    if isinstance(value, list):
        return [_unwrap(part) for part in value]
    if isinstance(value, dict):
        return {key: _unwrap(part) for key, part in value.items()}
    return value


def _show(value: object) -> object:
    if isinstance(value, Model):
        return f"<{type(value).__name__} {getattr(value, 'name', '')}>"
    if isinstance(value, (list, tuple)):
        return [_show(part) for part in value]
    if isinstance(value, dict):
        return {key: _show(part) for key, part in value.items()}
    return value


class Proxy:
    """What a script holds: it has every attribute, and those that Resolve does not know are None.

    No two are equal, though they may stand for the same object: compare GetUniqueId.
    """

    __slots__ = ("_model", "_switchboard")

    def __init__(self, switchboard: Switchboard, model: Model) -> None:
        """Stand for a model."""
        self._switchboard = switchboard
        self._model = model

    def __getattr__(self, name: str) -> Any:
        """Return a method of this version, a constant, or None."""
        if name.startswith("__"):
            raise AttributeError(name)
        owner = type(self._model).__name__
        ways = self._switchboard.methods(owner).get(name)
        if ways is None:
            known = constants(self._switchboard.world) if owner == "Resolve" else {}
            is_made_up = name not in known and self._switchboard.world.switches.fabricates
            return (lambda *_args: None) if is_made_up else known.get(name)
        return lambda *args: self._switchboard.call(self._model, ways, args)

    def __dir__(self) -> list[str]:
        """List what this version documents, and nothing else."""
        owner = type(self._model).__name__
        known = constants(self._switchboard.world) if owner == "Resolve" else {}
        return sorted([*self._switchboard.methods(owner), *known])

    def __repr__(self) -> str:
        """Say what it stands for."""
        return f"{type(self._model).__name__} (0x{id(self._model):x})"


def model_of(proxy: Any) -> Any:
    """Return what a proxy stands for, for tests to look into and change."""
    return proxy._model
