"""The one number by which each stage is judged, in words, from what it measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from chromaresolve.errors import StageError
from chromaresolve.shot import Made, Scalar, Shot, load_flagged

Measured = Mapping[str, Scalar]
"""What a stage wrote down, by name."""


def key_fact(shot: Shot, name: str, made: Made) -> str:
    """Return what a stage came to; "" where it was not made, or left no such number."""
    if name == "pairs":  # they may be written by hand
        return _pairs(shot)
    if not made.tool:
        return ""
    if name == "review":
        return _review(shot)
    tell = FACTS.get(name)
    with suppress(KeyError, TypeError, ValueError, ZeroDivisionError):
        return tell(made.measured) if tell else ""
    return ""


def _pairs(shot: Shot) -> str:
    if not shot.pair:
        return ""
    return f"{_some(len(shot.teaching), 'teaches', 'teach')}, {len(shot.held_out)} held out"


def _check(measured: Measured) -> str:
    stops = _count(measured, "to_mend")
    return f"{stops} to mend" if stops else "nothing to mend"


def _balance(measured: Measured) -> str:
    dyes = {"cyan": "C", "magenta": "M", "yellow": "Y"}
    left = {letter: _number(measured, f"retention_{dye}") for dye, letter in dyes.items()}
    return "dyes left: " + ", ".join(f"{letter} {100 * n:.0f} %" for letter, n in left.items())


def _alignment(measured: Measured) -> str:
    left_out = _count(measured, "left_out") if "left_out" in measured else 0
    tail = f", {left_out} left out" if left_out else ""
    return f"worst residual {_number(measured, 'worst_residual_px'):.2f} px{tail}"


def _baseline(measured: Measured) -> str:
    return f"dE2000 {_number(measured, 'hold_out_dE2000'):.2f} on hold-outs"


def _training(measured: Measured) -> str:
    steps = f"{_count(measured, 'steps'):,} steps"
    if "hold_out_dE2000" not in measured:
        return steps
    return f"{steps}, dE2000 {_number(measured, 'hold_out_dE2000'):.2f} on hold-outs"


def _model(measured: Measured) -> str:
    return f"{_number(measured, 'largest_difference'):.0e} off the checkpoint at most"


def _recovery(measured: Measured) -> str:
    return _some(_count(measured, "frames"), "frame", "frames")


def _report(measured: Measured) -> str:
    if "recovered_dE2000" not in measured:
        return "no hold-out was measured"
    told = f"dE2000 {_number(measured, 'recovered_dE2000'):.2f}"
    if "baseline_dE2000" not in measured:
        return told
    return f"{told} against the LUT's {_number(measured, 'baseline_dE2000'):.2f}"


def _review(shot: Shot) -> str:
    with suppress(StageError):  # a glance shows what it can
        flagged = load_flagged(shot)
        accepted = sum(not one.is_open for one in flagged)
        told = f"{len(flagged) - accepted} flagged"
        return f"{told}, {accepted} accepted" if accepted else told
    return ""


FACTS: Mapping[str, Callable[[Measured], str]] = {
    "check": _check,
    "balance": _balance,
    "alignment": _alignment,
    "baseline": _baseline,
    "training": _training,
    "model": _model,
    "recovery": _recovery,
    "composite": _recovery,
    "report": _report,
}
"""How each stage's number is told."""


def _number(measured: Measured, name: str) -> float:
    return float(measured[name])


def _count(measured: Measured, name: str) -> int:
    return int(measured[name])


def _some(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
