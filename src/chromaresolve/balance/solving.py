"""How much of each dye is left: the likeliest retentions and base, and how sure that is.

Fresh film is not known, so the answer is the one that asks least of four things at once: the habits
of fresh pictures, or of the Reference where there is one; places that the artist says are neutral;
the proportion in which dyes fade; and a base that holds next to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from chromaresolve.balance.cues import LEAST_DYE, Cues

Numbers = npt.NDArray[np.float64]

DARK_FADING = (1.0, 0.09, 0.40)
"""In the dark each dye follows first-order kinetics, so the logarithms of what is left of cyan,
magenta and yellow keep one proportion. Fitted to the four steps of `chromaresolve.fade`; stocks and
stores differ, which is what the deviations below allow."""

LIGHT_FADING = (0.35, 1.0, 0.60)
"""The same where a print faded under the lamp: magenta goes first. Assumed; the order of the dyes
is what practitioners tell, the numbers are ours."""

LIGHT_FADING_COST = 5.0
"""How much better light fading must explain the cues: films that faded in the dark are the rule."""

FADING_PRIOR = (-0.9, 1.0)
"""Mean and deviation of the logarithm of what is left of the dye that fades most: 5 % to all."""

MAGENTA_DEVIATION = 0.05
"""How far magenta strays from the proportion, as a logarithm."""

YELLOW_DEVIATION = 0.12
"""How far yellow does: it depends most on damp and on what the laboratory left in the film."""

BASE_DEVIATION = (0.01, 0.01, 0.05)
"""Dye amounts that the base may hold: little, and mostly yellow, for old film stains."""

LEVEL_DEVIATION = 0.03
"""Density that a scan's own level may add to all three records alike."""

LEAST_LEFT = 0.02
"""Share of a dye below which nothing is left to restore; the shader's sliders end there too."""

REFERENCE_DEVIATION = 0.07
"""How far a Reference's own grade moves the ratio of its dyes, as a logarithm."""

NEUTRAL_DEVIATION = 0.02
"""Difference of amounts of dye in what somebody calls neutral, where it holds none."""

NEUTRAL_GROWTH = 0.03
"""Added to that for each unit of dye."""


FRESH_MAGENTA: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"white": (0.1, 0.1), "grey": (1.0, math.inf), "black": (2.8, 0.6)}
)
"""Magenta dye of fresh film in what somebody calls white or black, and its deviation: whites are
nearly clear, and prints are made to a density of about 3. A grey may be anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neutral:
    """A place that the artist says is neutral."""

    dyes: tuple[float, float, float]
    """What the faded film holds there."""
    kind: str = "grey"
    """A key of `FRESH_MAGENTA`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a fresh picture's cyan and yellow are, against its magenta, and how far they stray."""

    light: tuple[float, float]
    """Difference of amounts at the light end."""
    light_deviation: float
    """How far that strays where the light end is white."""
    light_growth: float
    """Added to that for each unit of dye the light end holds: it is no white then."""
    dark: tuple[float, float]
    """Logarithm of the ratio at the dark end."""
    dark_deviation: float
    """How far that strays."""
    shading: tuple[float, float]
    """Logarithm of the commonest ratio of steps."""
    shading_deviation: float
    """How far that strays."""


USUAL = Habits(
    light=(-0.03, 0.03),
    light_deviation=0.06,
    light_growth=0.12,
    dark=(-0.04, 0.13),
    dark_deviation=0.16,
    shading=(-0.08, 0.15),
    shading_deviation=0.32,
)
"""Of 24 fresh pictures, photographs, film frames and animation: medians and robust deviations.
Shadows are warm, lights hardly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The likeliest fading. Triples are cyan, magenta, yellow."""

    retention: tuple[float, float, float]
    """What is left of each dye, up to 1."""
    deviation: tuple[float, float, float]
    """Standard deviation of each."""
    base: tuple[float, float, float]
    """What the base holds of each dye."""
    is_light_fading: bool
    """Whether magenta went first, as under a projector's lamp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that speaks for the retentions."""

    cues: Cues
    """What the Source shows."""
    habits: Habits
    """What a fresh picture would show."""
    gains: tuple[float, float, float] | None = None
    """Logarithm of each dye's gain from Reference to Source, over magenta's; None without one."""
    neutrals: tuple[Neutral, ...] = ()
    """Places that the artist says are neutral."""


def habits_of(reference: Cues) -> Habits:
    """Return the habits of this very picture, as its Reference shows them."""
    light, dark, shading = (
        _against_magenta(np.asarray(amounts))
        for amounts in (reference.light, np.log(reference.dark), reference.shading)
    )
    return Habits(
        light=(float(light[0]), float(light[1])),
        light_deviation=0.04,
        light_growth=0.04,
        dark=(float(dark[0]), float(dark[1])),
        dark_deviation=0.10,
        shading=(float(shading[0]), float(shading[1])),
        shading_deviation=0.15,
    )


def solve_retention(evidence: Evidence) -> Solved:
    """Return the likeliest retentions and base."""
    dark, light = (_solve(evidence, kinetics) for kinetics in (DARK_FADING, LIGHT_FADING))
    if light[1] + LIGHT_FADING_COST < dark[1]:
        return light[0]
    return dark[0]


def _solve(evidence: Evidence, kinetics: Sequence[float]) -> tuple[Solved, float]:
    """Return the likeliest fading of one kind, and what it asks of the evidence."""
    # Places: the logarithm of the leading dye, how far magenta and yellow stray, the base's cyan,
    # magenta and yellow, and the scan's level.
    start = np.array([-0.5, 0, 0, 0, 0, 0, 0])
    # No dye grows: dark fading that did would explain away what a lamp has bleached.
    most = np.array([0, *[np.inf] * 6])
    found = least_squares(
        _misses,
        start,
        args=(evidence, np.array(kinetics)),
        loss="soft_l1",
        bounds=(-np.inf, most),
    )
    slopes = np.asarray(found.jac)
    covariance = np.linalg.pinv(slopes.T @ slopes)
    turn = np.zeros((3, len(start)))
    turn[:, 0], turn[1, 1], turn[2, 2] = kinetics, 1, 1
    logs, base = _unpack(found.x, np.array(kinetics))
    kept = np.clip(np.exp(logs), LEAST_LEFT, 1.0)
    solved = Solved(
        retention=_triple(kept),
        deviation=_triple(kept * np.sqrt(np.diag(turn @ covariance @ turn.T))),
        base=_triple(base),
        is_light_fading=tuple(kinetics) == LIGHT_FADING,
    )
    return solved, float(found.cost)


def _unpack(place: Numbers, kinetics: Numbers) -> tuple[Numbers, Numbers]:
    """Return the logarithms of the retentions, and the base's dyes."""
    return place[0] * kinetics + np.array([0, place[1], place[2]]), place[3:6] + place[6]


def _misses(place: Numbers, evidence: Evidence, kinetics: Numbers) -> Numbers:
    """Return by how many deviations each thing is missed."""
    logs, base = _unpack(place, kinetics)
    mean, deviation = FADING_PRIOR
    prior = [
        (place[0] - mean) / deviation,
        place[1] / MAGENTA_DEVIATION,
        place[2] / YELLOW_DEVIATION,
        *(place[3:6] / np.array(BASE_DEVIATION)),
        place[6] / LEVEL_DEVIATION,
    ]
    return np.concatenate(
        [
            prior,
            _habit_misses(logs, base, evidence),
            *(_neutral_misses(logs, base, neutral) for neutral in evidence.neutrals),
        ]
    )


def _habit_misses(logs: Numbers, base: Numbers, evidence: Evidence) -> Numbers:
    cues, habits = evidence.cues, evidence.habits
    light = (np.array(cues.light) - base) / np.exp(logs)
    reach = habits.light_deviation + habits.light_growth * max(float(light[1]), 0.0)
    dark = np.log(np.maximum(np.array(cues.dark) - base, LEAST_DYE)) - logs
    misses = [
        (_against_magenta(light) - habits.light) / reach,
        (_against_magenta(dark) - habits.dark) / habits.dark_deviation,
        (_against_magenta(cues.shading - logs) - habits.shading) / habits.shading_deviation,
    ]
    if evidence.gains is not None:
        misses.append(_against_magenta(evidence.gains - logs) / REFERENCE_DEVIATION)
    return np.concatenate(misses)


def _neutral_misses(logs: Numbers, base: Numbers, neutral: Neutral) -> Numbers:
    fresh = (np.array(neutral.dyes) - base) / np.exp(logs)
    usual, deviation = FRESH_MAGENTA[neutral.kind]
    reach = NEUTRAL_DEVIATION + NEUTRAL_GROWTH * abs(float(fresh[1]))
    return np.append(_against_magenta(fresh) / reach, (fresh[1] - usual) / deviation)


def _against_magenta(dyes: Numbers) -> Numbers:
    return np.asarray(dyes[[0, 2]] - dyes[1])


def _triple(numbers: npt.ArrayLike) -> tuple[float, float, float]:
    cyan, magenta, yellow = (float(number) for number in np.asarray(numbers))
    return cyan, magenta, yellow
