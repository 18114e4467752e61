"""Whether each pair's aligned Reference lies on its plate, seen anew from the files that teach."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chromaresolve.alignment import aligned_path, usable_pairs
from chromaresolve.alignment.doubts import LEAST_AGREEMENT
from chromaresolve.alignment.scoring import lay, length_of, residual_of
from chromaresolve.alignment.verification import LARGEST_RESIDUAL
from chromaresolve.alignment.views import PairViews, view
from chromaresolve.composite import display_chain
from chromaresolve.errors import ColourError, FrameError, StageError
from chromaresolve.frames import Rgb, Sequence, read_frame, read_rgb
from chromaresolve.review.record import Reason
from chromaresolve.shot import Pair, Shot
from chromaresolve.structure import Mask
from chromaresolve.telling import Say

GRACE = 1.5
"""How many times what alignment lets pass: it measured the same before it warped and trusted."""

TELLING = 0.3
"""Share of the picture's cells that must tell how far they lie off."""

NOT_BELOW = 0.75
"""Pixels of the file that are granted in any case: a small picture's cells tell no better."""


def judge_references(shot: Shot, *, say: Say) -> Iterator[tuple[int, Reason]]:
    """Give the frames of pairs whose aligned Reference does not lie on its plate."""
    for pair in usable_pairs(shot):
        if not aligned_path(shot, pair).is_file():
            continue
        try:
            reason = _judge(shot, pair)
        except (FrameError, ColourError) as error:
            problem = f"the aligned Reference cannot be compared: {error}"
            reason = Reason(kind="reference", sentence=problem, strength=1.0)
        except StageError as error:
            say(f"frame {pair.source}: the Reference was not looked at: {error}")
            continue
        if reason:
            yield pair.source, reason


def _judge(shot: Shot, pair: Pair) -> Reason | None:
    display = display_chain(shot)
    plate = read_rgb(Sequence.find(shot.source.plate, shot.root).path(pair.source))
    aligned = read_frame(aligned_path(shot, pair))
    if aligned.rgb.shape != plate.shape:
        sentence = "the aligned Reference is not the size of its plate: run `chromaresolve align`"
        return Reason(kind="reference", sentence=sentence, strength=2.0)
    trust = aligned.others.get("A")
    covered = np.ones(plate.shape[:2], np.bool_) if trust is None else trust > 0
    picture = np.zeros(plate.shape[:2], np.bool_)
    picture[shot.crop.area(*plate.shape[:2])] = True
    return _lies(display.to_working(plate), display.to_working(aligned.rgb), picture & covered)


def _lies(plate_709: Rgb, aligned_709: Rgb, mask: Mask) -> Reason | None:
    """Return how a Reference lies off its plate; None where it lies on it."""
    pair = PairViews(
        source=view(plate_709, mask, name="Source"),
        reference=view(aligned_709, mask, name="Reference"),
    )
    laid = lay(pair, np.eye(3))
    shifts = laid.cell_shifts() * pair.source_px
    lengths = length_of(shifts)
    limit = max(NOT_BELOW, GRACE * LARGEST_RESIDUAL * plate_709.shape[1])
    residual = residual_of(lengths)
    if len(lengths) > len(shifts) * TELLING and residual > limit:
        right, down = (float(way) for way in np.nanmedian(shifts, axis=0))
        sentence = (
            f"the aligned Reference lies up to {residual:.1f} pixels off its plate (mostly "
            f"{right:+.1f} across, {down:+.1f} down; {limit:.1f} is the most): align it again"
        )
        return Reason(kind="reference", sentence=sentence, strength=residual / limit)
    if laid.agreement < LEAST_AGREEMENT:
        sentence = (
            "the aligned Reference shows another picture, or lies far off: structure agrees by "
            f"{laid.agreement:.2f} ({LEAST_AGREEMENT} is the least)"
        )
        return Reason(kind="reference", sentence=sentence, strength=2.0)
    return None
