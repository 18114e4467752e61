"""One faded film at a time: what the solver says of it, and how near each way brings it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from brushes import Picture
from fades import Faded, make_telecine
from numpy.typing import NDArray
from rivals import PerChannel

from chromaresolve.balance.diagnosis import DYES, Film, diagnose
from chromaresolve.balance.medium import DISPLAY, Medium
from chromaresolve.balance.transform import DyeBalance, Triple
from chromaresolve.colour import display_709_to_lab, lab_delta_e_2000
from chromaresolve.errors import StageError
from chromaresolve.fade import WHOLE, Retention
from chromaresolve.shot import BalanceTable

THIN = 37
"""Each how-manyth pixel is compared: a prime, so that no column is favoured."""

UNCAPPED = 20.0
"""A red gain cap that never bites here: undoing an extreme fade takes 12.7."""

MEDIUM = Medium(
    space=DISPLAY,
    plate_space=DISPLAY,
    is_scene=False,
    config=None,
    reason="the plates are display values",
)
"""Display values are the scan itself."""

SCAN, BEST, RANGES, GAINS = "scan", "best per channel", "ranges alike", "gains 1/n"
BLIND, BLIND_UNCAPPED, BESIDE = "ours", "ours, no cap", "ours, Reference"
TRUE, TRUE_UNCAPPED = "true k", "true k, no cap"
WAYS = (SCAN, BEST, RANGES, GAINS, BLIND, BLIND_UNCAPPED, BESIDE, TRUE, TRUE_UNCAPPED)
"""Ways to treat a scan: three that treat channels alone, then those in dyes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the solver said of a film."""

    balance: DyeBalance | None = None
    """None if it refused."""
    deviation: Triple = (0.0, 0.0, 0.0)
    """How sure it says it is of each dye."""
    reason: str = ""
    """Why it refused."""

    @property
    def is_left(self) -> bool:
        """Whether it found nothing to undo."""
        return self.balance is not None and self.balance.retention == WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of one film."""

    picture: str
    fade: str
    truth: Triple
    """What is left of each dye."""
    alone: Answer
    """From the scan alone."""
    beside: Answer
    """With a Reference."""
    difference: dict[str, float]
    """Mean dE2000 to the fresh picture, by `WAYS`; those of an answer only where there is one."""


def measure_trial(faded: Faded) -> Trial:
    """Ask the solver without and with a Reference, and compare every way."""
    telecine = make_telecine(faded)
    alone, beside = ask(faded.scan_709), ask(faded.scan_709, telecine)
    scan, fresh = thin(faded.scan_709), thin(faded.fresh_709)
    fresh_lab = display_709_to_lab(fresh)

    def miss(pixels_709: NDArray[np.float32]) -> float:
        return float(lab_delta_e_2000(display_709_to_lab(pixels_709), fresh_lab).mean())

    true = DyeBalance(retention=faded.retention, base=faded.base)
    difference = {
        SCAN: miss(scan),
        BEST: miss(PerChannel.best(scan, fresh).apply(scan)),
        RANGES: miss(PerChannel.stretched(scan).apply(scan)),
        TRUE: miss(true.apply(scan)),
        TRUE_UNCAPPED: miss(uncapped(true).apply(scan)),
    }
    if alone.balance:
        difference[GAINS] = miss(PerChannel.neutral(alone.balance).apply(scan))
        difference[BLIND] = miss(alone.balance.apply(scan))
        difference[BLIND_UNCAPPED] = miss(uncapped(alone.balance).apply(scan))
    if beside.balance:
        difference[BESIDE] = miss(beside.balance.apply(scan))
    return Trial(
        picture=faded.picture,
        fade=faded.fade,
        truth=left_of(faded.retention),
        alone=alone,
        beside=beside,
        difference=difference,
    )


def ask(scan_709: Picture, telecine_709: Picture | None = None) -> Answer:
    """Return what the solver says, with its defaults."""
    beside = []
    if telecine_709 is not None:
        beside = [(MEDIUM.look(scan_709), MEDIUM.look(telecine_709))]
    try:
        found = diagnose(Film(plates=[scan_709], beside=beside), MEDIUM, BalanceTable())
    except StageError as error:
        return Answer(reason=error.problem)
    return Answer(balance=found.balance, deviation=found.deviation)


def uncapped(balance: DyeBalance) -> DyeBalance:
    """Return a balance that does all there is to do, luma too."""
    return replace(balance, red_gain_cap=UNCAPPED, luma="balance")


def left_of(retention: Retention) -> Triple:
    """Return what is left of cyan, magenta and yellow."""
    cyan, magenta, yellow = (float(getattr(retention, dye)) for dye in DYES)
    return cyan, magenta, yellow


def thin(picture_709: Picture) -> NDArray[np.float32]:
    """Return the pixels that are compared, (n, 3)."""
    return picture_709.reshape(-1, 3)[::THIN]
