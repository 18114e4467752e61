"""What goes wrong on purpose: refusals, exceptions, ghosts and lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from resolve_sim.model import Model
from resolve_sim.table import Method
from resolve_sim.world import World

How = Literal["false", "none", "empty", "raise", "ghost", "hang", "lie"]
"""What a call does instead of its work."""

REFUSALS: dict[str, Callable[[], object]] = {
    "bool": lambda: False,
    "list": list,
    "dict": dict,
    "str": str,
}
"""What a method answers that cannot do its work, by what it answers otherwise; else None."""

MADE = {"ImportMedia": "MediaPoolItem", "AddItemListToMediaPool": "MediaPoolItem"}
"""What lists hold, of methods whose lists hold something other than items."""


class ResolveGone(Exception):  # noqa: N818
    """What fusionscript raises when the connection breaks."""


@dataclass(slots=True)
class Fault:
    """A call that will go wrong."""

    how: How
    number: int | None
    call: str
    nth: int | None
    seen: int = 0

    def strikes(self, number: int, call: str) -> bool:
        """Count a call, and say whether it is the one; nth None means every one."""
        if self.number is not None:
            return number == self.number
        if call != self.call:
            return False
        self.seen += 1
        return self.nth is None or self.seen == self.nth


def refusal(method: Method) -> object:
    """Return what a method answers that cannot do its work."""
    return REFUSALS.get(method.answer, lambda: None)()


def can_lie(method: Method) -> bool:
    """Say whether a method changes something, so that it can say so and not do it."""
    return not method.name.startswith(("Get", "Is", "Validate"))


def go_wrong(how: How, world: World, method: Method) -> object:
    """Answer what a call answers that goes wrong in this way, and change nothing."""
    if how == "raise":
        raise ResolveGone("connection to Resolve lost")
    if how == "lie":
        return _lie(world, method)
    if how == "ghost":
        return _ghosts(world, method)
    return {"false": False, "none": None, "empty": REFUSALS.get(method.answer, str)()}[how]


def ghost(world: World, kind: str) -> Model:
    """Return an object that is not there, and answers None to everything."""
    found: Model = type(kind, (Model,), {})(world)
    found.is_alive = False
    return found


def _lie(world: World, method: Method) -> object:
    if method.answer == "str":
        return world.identity()
    return True if method.answer in ("bool", "any") else _ghosts(world, method)


def _ghosts(world: World, method: Method) -> object:
    if method.answer == "list":
        return [ghost(world, MADE.get(method.name, "TimelineItem"))]
    return ghost(world, method.answer) if method.answer[0].isupper() else None
