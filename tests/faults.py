"""Every call of a step goes wrong once: nothing else may change, and the next run mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from menu import Menu

How = Literal["false", "none", "empty", "raise", "ghost", "lie"]
HOWS: tuple[How, ...] = ("false", "none", "raise", "lie", "empty", "ghost")
"""The ways in which a call may go wrong without taking for ever."""

Plain = dict[str, Any]


FAST, SLOW = 60, 6
"""Each how-manieth call goes wrong: a sample, and, over the six ways, every call once."""


def sweep(
    prepare: Callable[[], Menu],
    run: Callable[[Menu], bool],
    kept: Callable[[Plain], object],
    *,
    how: How,
    every: int,
) -> None:
    """Let each `every`th call of a step go wrong in this way; other ways take other calls."""
    first, last = calls_of(prepare, run)
    done = prepare()
    assert run(done), done.said
    final = done.sim.snapshot()
    numbers = range(first + HOWS.index(how) * every // len(HOWS), last + 1, every)
    assert numbers
    for number in numbers:
        check_failure(prepare, run, kept, number=number, how=how, final=final)


def calls_of(prepare: Callable[[], Menu], run: Callable[[Menu], bool]) -> tuple[int, int]:
    """Return the numbers of the first and the last call of a run that goes well."""
    menu = prepare()
    before = len(menu.sim.calls)
    assert run(menu), menu.said
    return before + 1, len(menu.sim.calls)


def check_failure(
    prepare: Callable[[], Menu],
    run: Callable[[Menu], bool],
    kept: Callable[[Plain], object],
    *,
    number: int,
    how: How,
    final: Plain,
) -> None:
    """Let one call go wrong, and check what is left; then run again, and check that all is done.

    Args:
        prepare: Makes Resolve as it is before the step.
        run: Runs the step.
        kept: What of the state the step must never change, whatever happens.
        number: The call.
        how: How it goes wrong.
        final: The state after a run in which nothing went wrong.
    """
    menu = prepare()
    before = kept(menu.sim.snapshot())
    menu.sim.fail(number=number, how=how)
    run(menu)
    call = menu.sim.calls[number - 1].method if number <= len(menu.sim.calls) else "no call"
    where = f"call {number} ({call}) answered {how}; said: {menu.said}"
    after = kept(menu.sim.snapshot())
    assert after == before, f"{where}: {differences(before, after)}"
    menu.sim.mend()
    assert run(menu), f"{where}; then: {menu.said}"
    state = menu.sim.snapshot()
    assert state == final, f"{where}: {differences(final, state)}"


def differences(ours: object, theirs: object, path: str = "") -> list[str]:
    """Return where two states differ, in words."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys: Iterable[object] = [*ours, *(key for key in theirs if key not in ours)]
        gone = object()
        return [
            line
            for key in keys
            for line in differences(ours.get(key, gone), theirs.get(key, gone), f"{path}.{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [line for i, (a, b) in pairs for line in differences(a, b, f"{path}[{i}]")]
    return [] if ours == theirs else [f"{path}: {ours!r} became {theirs!r}"]
