"""A shot's fading diagnosed: one balance for all its frames, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from chromaresolve.balance.cues import find_cues, measure_gains
from chromaresolve.balance.doubts import LEAST_COLOUR, doubt, is_faded, measure_colour
from chromaresolve.balance.grain import LARGEST_GROWTH, measure_growth
from chromaresolve.balance.medium import Medium, at_level, find_level
from chromaresolve.balance.negative import invert, looks_negative
from chromaresolve.balance.sampling import Look, Pixels, Sample, sample_film, small_density
from chromaresolve.balance.solving import (
    USUAL,
    Evidence,
    Neutral,
    Solved,
    habits_of,
    solve_retention,
)
from chromaresolve.balance.transform import GENERIC_STOCK, DyeBalance, Luma, Triple
from chromaresolve.errors import StageError
from chromaresolve.fade import DEFAULT_STOCK, WHOLE, Retention, dye_matrix
from chromaresolve.shot import BalanceTable

DYES = ("cyan", "magenta", "yellow")
"""In the order of every triple of dyes."""

WORTH_IT = 0.9
"""Share of the plain luma's grain that the healthiest records' must stay below to be taken."""

FADED_REFERENCE = 0.6
"""What a Reference may have left of a dye, judged alone: less, and it is no better than a scan."""

UNDIAGNOSED = (
    "what is left of a negative's dyes is not measured: if it comes out pink, give [balance] "
    "retention in shot.toml"
)
"""What is said of a negative whose retention nobody stated."""

NO_CROP = (0, 0, 0, 0)
"""The whole frame."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Film:
    """What of a shot is looked at."""

    plates: Sequence[Pixels]
    """Some of the Source's frames, as they are on disk."""
    beside: Sequence[tuple[Look, Look]] = ()
    """Source and Reference of some frame numbers."""
    neutrals: Sequence[tuple[Triple, str]] = ()
    """Density of each place that the artist says is neutral, and its kind: black, grey, white."""
    crop: tuple[int, int, int, int] = NO_CROP
    """Pixels at the left, top, right and bottom that are no picture."""
    negative: bool | None = None
    """Whether it is a negative; None if nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """How a shot has faded, and what undoes it."""

    balance: DyeBalance
    """What undoes it, in the encoding of the medium."""
    deviation: Triple
    """Standard deviation of each retention; 0 where the artist stated it."""
    burnt_out: Triple
    """Share of the picture whose red, green, blue are burnt out."""
    spoke: tuple[str, ...]
    """What spoke for it besides the picture's own habits."""
    grain_growth: float = 1.0
    """Luma grain in flat areas of the balanced plates, over the scan's."""
    notes: tuple[str, ...] = ()
    """What the artist should know."""

    @property
    def sentence(self) -> str:
        """The diagnosis in one line, such as `cyan 24 % left, magenta 91 %, yellow 60 %`."""
        left = [getattr(self.balance.retention, dye) for dye in DYES]
        first, *others = (f"{dye} {share:.0%}" for dye, share in zip(DYES, left, strict=True))
        return f"{first.replace('%', ' %')} left, {', '.join(others).replace('%', ' %')}"


def diagnose(film: Film, medium: Medium, table: BalanceTable) -> Diagnosis:
    """Find how the dyes have faded and what undoes it.

    Raises:
        StageError: The picture does not tell, or is a negative that nobody stated.
    """
    looks = [medium.look(plate) for plate in film.plates]
    level = find_level(looks) if medium.is_scene else 0.0
    sample = sample_film((_with_clear_at_0(look, level) for look in looks), film.crop)
    if _is_negative(film, sample):
        found = _invert(sample, table)
    else:
        found = _undo(film, sample, table, level)
    printer = np.add(found.balance.printer, table.printer)
    balance = replace(
        found.balance,
        encoding=medium.encoding,
        amount=table.amount,
        printer=_triple(printer),
        knee=table.knee,
    )
    balance = at_level(balance, level)
    if film.negative:  # its grain is another picture's: there is nothing to compare
        return replace(found, balance=balance)
    luma = _choose_luma(balance, film.plates, medium, table.luma)
    return replace(
        found,
        balance=luma.balance,
        grain_growth=luma.growth,
        notes=(*found.notes, *luma.notes),
    )


def _undo(film: Film, sample: Sample, table: BalanceTable, level: float) -> Diagnosis:
    """Return what undoes the fading of a positive."""
    stock = DEFAULT_STOCK if table.stock == GENERIC_STOCK else table.stock
    evidence, note = _gather(film, sample, stock, level)
    solved = solve_retention(evidence)
    is_asked = table.retention is None and table.amount > 0
    if is_asked and not is_faded(solved):
        return _leave(table, sample, solved)
    if is_asked and (reason := doubt(sample, evidence, solved, stock)):
        raise StageError("balance", "; ".join(filter(None, (note, reason))))
    base = _triple(dye_matrix(stock) @ np.array(solved.base))
    return Diagnosis(
        balance=DyeBalance(
            retention=_retention(table.retention or solved.retention),
            stock=table.stock,
            base=table.base or base,
            red_gain_cap=table.red_gain_cap,
            contrast=table.contrast,
        ),
        deviation=(0.0, 0.0, 0.0) if table.retention else solved.deviation,
        burnt_out=sample.burnt_out,
        spoke=_spoke(film, evidence, table),
        notes=_notes(note, solved),
    )


def _notes(reference: str, solved: Solved) -> tuple[str, ...]:
    lamp = "magenta has gone first, as under a projector's lamp" if solved.is_light_fading else ""
    return tuple(filter(None, (reference, lamp)))


def _leave(table: BalanceTable, sample: Sample, solved: Solved) -> Diagnosis:
    """Return what a film needs that does not look faded: nothing."""
    return Diagnosis(
        balance=DyeBalance(retention=WHOLE, stock=table.stock, contrast=table.contrast),
        deviation=solved.deviation,
        burnt_out=sample.burnt_out,
        spoke=(),
        notes=("the film does not look faded: there is nothing to undo, and nothing is undone",),
    )


def _invert(sample: Sample, table: BalanceTable) -> Diagnosis:
    """Return what makes a positive of a negative."""
    balance = invert(sample.density, _retention(table.retention or (1.0, 1.0, 1.0)))
    return Diagnosis(
        balance=replace(
            balance,
            base=table.base or balance.base,
            red_gain_cap=table.red_gain_cap,
            contrast=balance.contrast * table.contrast,
        ),
        deviation=(0.0, 0.0, 0.0),
        burnt_out=sample.burnt_out,
        spoke=("the negative's base and densest places",),
        notes=() if table.retention else (UNDIAGNOSED,),
    )


def _gather(film: Film, sample: Sample, stock: str, level: float) -> tuple[Evidence, str]:
    """Return all that speaks for the retentions, and what to say of the Reference."""
    unmix = np.linalg.inv(dye_matrix(stock))
    evidence = Evidence(
        cues=find_cues(sample, stock),
        habits=USUAL,
        neutrals=tuple(
            Neutral(dyes=_triple(unmix @ (np.array(density) - level)), kind=kind)
            for density, kind in film.neutrals
        ),
    )
    if not film.beside:
        return evidence, ""
    looks = [
        (_with_clear_at_0(source, level), _with_clear_at_0(reference, level))
        for source, reference in film.beside
    ]
    try:
        reference = sample_film((look for _, look in looks), NO_CROP)
    except StageError:
        return evidence, "the Reference shows no picture: it is not asked"
    if reason := _reference_doubt(reference, stock):
        return evidence, reason
    pairs = [(small_density(one, film.crop), small_density(two, NO_CROP)) for one, two in looks]
    gains = measure_gains(pairs, stock)
    if gains is None:
        return evidence, "the Reference does not show what the Source does: it is not asked"
    habits = habits_of(find_cues(reference, stock))
    return replace(evidence, gains=gains, habits=habits), ""


def _reference_doubt(reference: Sample, stock: str) -> str:
    """Return why the Reference's colours are not to be asked; empty if they are."""
    dyes = reference.density @ np.linalg.inv(dye_matrix(stock)).T
    if measure_colour(dyes) < LEAST_COLOUR:
        return "the Reference has hardly any colour: it is not asked"
    alone = Evidence(cues=find_cues(reference, stock), habits=USUAL)
    solved = solve_retention(alone)
    left = min(solved.retention)
    if left < FADED_REFERENCE and doubt(reference, alone, solved, stock) is None:
        return f"the Reference looks faded itself, to {left:.0%} of a dye: it is not asked"
    return ""


def _spoke(film: Film, evidence: Evidence, table: BalanceTable) -> tuple[str, ...]:
    """Return what spoke besides the picture, in words."""
    if table.retention:
        return ("[balance] retention",)
    said = [f"{len(film.neutrals)} neutral sample(s)"] if film.neutrals else []
    if evidence.gains is not None:
        said.append("the Reference")
    return tuple(said)


def _is_negative(film: Film, sample: Sample) -> bool:
    """Say whether it is a negative.

    Raises:
        StageError: It looks like one, and nobody said so.
    """
    if film.negative is None and looks_negative(sample.density):
        raise StageError(
            "balance",
            "this looks like a colour negative (an orange base, and three records of like range): "
            "write negative = true in [source] of shot.toml to invert it, or false if it is none",
        )
    return bool(film.negative)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Luma:
    """A balance whose luma has been chosen."""

    balance: DyeBalance
    growth: float
    notes: tuple[str, ...] = ()


def _choose_luma(balance: DyeBalance, plates: Sequence[Pixels], medium: Medium, wish: str) -> _Luma:
    """Return the balance with the luma that was asked for, or whose grain has grown less."""
    modes: tuple[Luma, ...] = ("balance", "healthiest")
    tried = [
        replace(balance, luma=mode) for mode in ((cast("Luma", wish),) if wish != "auto" else modes)
    ]
    plate = plates[len(plates) // 2]
    growths = [_growth(plate, one, medium) for one in tried]
    # The plain luma is the truer one: measured, it misses the film's by a tenth to a half of what
    # the healthiest mix does. So grain decides only where the plain one's has grown too much.
    best = int(growths[0] > LARGEST_GROWTH and min(growths) < WORTH_IT * growths[0])
    notes = []
    if tried[best].luma == "healthiest" and wish == "auto":
        notes.append(
            f"luma is taken from the healthier records: its grain is {growths[best]:.2f} times the "
            f"scan's, and would be {growths[0]:.2f} times"
        )
    if growths[best] > LARGEST_GROWTH:
        notes.append(
            f"luma's grain in flat areas is {growths[best]:.2f} times the scan's: "
            'luma_from = "scan" in [source] keeps the scan\'s own'
        )
    return _Luma(balance=tried[best], growth=growths[best], notes=tuple(notes))


def _growth(plate: Pixels, balance: DyeBalance, medium: Medium) -> float:
    scan_709 = medium.look(plate).display_709
    return measure_growth(scan_709, medium.plate_to_display(medium.apply(plate, balance)))


def _with_clear_at_0(look: Look, level: float) -> Look:
    return replace(look, light=look.light * np.float32(10**level)) if level else look


def _retention(shares: Triple) -> Retention:
    cyan, magenta, yellow = shares
    return Retention(cyan=cyan, magenta=magenta, yellow=yellow)


def _triple(numbers: npt.ArrayLike) -> Triple:
    first, second, third = (float(number) for number in np.asarray(numbers))
    return first, second, third
