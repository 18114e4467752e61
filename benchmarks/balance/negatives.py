"""Whether negatives are recognised, and no print is taken for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from brushes import Picture
from fades import BITS
from tables import ANSWERS, markdown
from trials import Answer, Trial, ask

from chromaresolve.fade import BROAD_BAND, STATUS_M, WHOLE, Retention, Scanner, negative_frame

RECOGNISED = "this looks like a colour negative"
"""How the refusal of a negative begins."""

NEGATIVES: Mapping[str, tuple[Retention, Scanner]] = MappingProxyType(
    {
        "fresh": (WHOLE, STATUS_M),
        "fresh, broad-band scanner": (WHOLE, BROAD_BAND),
        "faded to 80, 95, 85 %": (Retention(cyan=0.80, magenta=0.95, yellow=0.85), STATUS_M),
    },
)
"""What is left of their dyes, and what scanned them."""


def negative_table(shown: Mapping[str, Picture], trials: Sequence[Trial]) -> str:
    """Return how many negatives are recognised, and how many prints are taken for one."""
    rows = []
    for kind, (retention, scanner) in NEGATIVES.items():
        missed = [
            name
            for name, fresh_709 in shown.items()
            if not is_recognised(ask(_scan_negative(fresh_709, retention, scanner)))
        ]
        rows.append(
            [f"negative, {kind}", str(len(shown)), _share(len(shown) - len(missed), missed)]
        )
    fresh = [name for name, fresh_709 in shown.items() if is_recognised(ask(fresh_709))]
    rows.append(["fresh print", str(len(shown)), _share(len(fresh), fresh)])
    faded = [
        trial.picture
        for trial in trials
        if any(is_recognised(answer(trial)) for answer in ANSWERS.values())
    ]
    rows.append(["faded print, every trial", str(len(trials)), _share(len(faded), faded)])
    return markdown(["film", "films", "taken for a negative"], rows)


def is_recognised(answer: Answer) -> bool:
    """Say whether a film was refused as a negative."""
    return answer.reason.startswith(RECOGNISED)


def _scan_negative(fresh_709: Picture, retention: Retention, scanner: Scanner) -> Picture:
    steps = np.float32(2**BITS - 1)
    scan = negative_frame(fresh_709, retention=retention, scanner=scanner)
    return np.asarray(np.rint(scan * steps) / steps, np.float32)


def _share(count: int, odd_ones: Sequence[str]) -> str:
    return f"{count} ({', '.join(dict.fromkeys(odd_ones))})" if odd_ones else str(count)
