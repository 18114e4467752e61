"""The rows of the contact sheet: a held-out frame's versions, and how far each is off."""

from __future__ import annotations

import numpy as np

from chromaresolve.colour import rgb_to_luma
from chromaresolve.frames import Rgb
from chromaresolve.report.pictures import DIFFERENCE_GAIN, Row, difference_map
from chromaresolve.report.scoping import LUMA_GAIN
from chromaresolve.review import FrameNumbers, HeldOut, Score


def held_out_rows(held_out: HeldOut, numbers: FrameNumbers) -> tuple[Row, Row]:
    """Return a held-out frame's pictures, and below them how far each is from the truth."""
    truth, scan = held_out.truth_709, held_out.scan_709
    versions = [
        ("faded scan", scan, None),
        ("faded scan" if scan is None else "balanced plate", held_out.plate_709, numbers.plate),
        ("LUT baseline", held_out.baseline_709, numbers.baseline),
        ("recovered", held_out.recovered_709, numbers.recovered),
    ]
    there = [(name, rgb, score) for name, rgb, score in versions if rgb is not None]
    luma = difference_map(
        _grey_luma(held_out.recovered_709), _grey_luma(held_out.luma_plate_709), gain=LUMA_GAIN
    )
    pictures = [(_caption(name, score), rgb) for name, rgb, score in there]
    distances = [(f"{name} to truth", difference_map(rgb, truth)) for name, rgb, _ in there]
    label = f"frame {held_out.frame}, held out"
    luma_caption = f"luma, recovered to plate, x {LUMA_GAIN:g}"
    return (
        Row(label=label, cells=(*pictures, ("ground truth", truth))),
        Row(
            label=f"{label}: difference x {DIFFERENCE_GAIN:g}",
            cells=(*distances, (luma_caption, luma)),
        ),
    )


def _caption(name: str, score: Score | None) -> str:
    return f"{name}, dE2000 {score.mean:.2f}" if score else name


def _grey_luma(picture_709: Rgb) -> Rgb:
    return np.repeat(rgb_to_luma(picture_709)[..., None], 3, axis=-1)
