"""A frame as it is looked at: every version of it as display values."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from chromaresolve.alignment import display_of, load_teaching, shot_chain, usable_pairs
from chromaresolve.colour import (
    luma_chroma_to_rgb,
    merge_chroma,
    rgb_to_chroma,
    rgb_to_luma,
)
from chromaresolve.composite import display_chain, display_of_recovered, recovered_frames
from chromaresolve.errors import FrameError
from chromaresolve.frames import Rgb, Sequence, cores, read_rgb
from chromaresolve.review import BaselineMap
from chromaresolve.shot import Pair, Shot

SCAN, PLATE, BASELINE, RECOVERED, TRUTH = (
    "faded scan",
    "balanced plate",
    "LUT baseline",
    "recovered",
    "Reference",
)
"""What the versions are called on the page, in the order in which they are chosen by number."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Versions:
    """A recovered frame and what it is compared with, display values (height, width, 3)."""

    frame: int
    """Source frame number."""
    pictures: Mapping[str, Rgb]
    """By name, in the order above; those that there are."""
    luma_plate_709: Rgb
    """The plate whose luma is kept."""

    @property
    def recovered_709(self) -> Rgb:
        """The recovered frame."""
        return self.pictures[RECOVERED]

    @property
    def truth_709(self) -> Rgb | None:
        """The plate's luma with the aligned Reference's chroma, where there is one."""
        return self.pictures.get(TRUTH)


def load_versions(shot: Shot, frame: int, baseline: BaselineMap | None) -> Versions:
    """Read every version of a frame.

    Raises:
        FrameError: One of them is broken or of another size; a missing Reference is just left out.
    """
    display = display_chain(shot)
    source = shot.source
    patterns = list(dict.fromkeys((source.scan, source.plate, source.luma_plate)))
    paths = [Sequence.find(pattern, shot.root).path(frame) for pattern in patterns]
    with ThreadPoolExecutor(cores()) as pool:
        *plates, recovered = pool.map(read_rgb, [*paths, recovered_frames(shot).path(frame)])
        by_pattern = dict(zip(patterns, plates, strict=True))
        _require_one_size(frame, recovered, by_pattern)
        plate, luma_plate = by_pattern[source.plate], by_pattern[source.luma_plate]
        pair = next((pair for pair in usable_pairs(shot) if pair.source == frame), None)
        truth = pool.submit(_truth, shot, pair, luma_plate)
        graded = pool.submit(lambda: display.to_working(baseline(plate)) if baseline else None)
        shown = {pattern: display.to_working(rgb) for pattern, rgb in by_pattern.items()}
        luma_plate_709 = shown[source.luma_plate]
        recovered_709 = display_of_recovered(shot)(recovered)
        pictures: dict[str, Rgb | None] = {
            SCAN: shown[source.scan],
            PLATE: shown[source.plate] if source.plate != source.scan else None,
            BASELINE: _on_luma(graded.result(), luma_plate_709),
            RECOVERED: recovered_709,
            TRUTH: truth.result(),
        }
    return Versions(
        frame=frame,
        pictures={name: rgb for name, rgb in pictures.items() if rgb is not None},
        luma_plate_709=luma_plate_709,
    )


def _on_luma(graded_709: Rgb | None, luma_plate_709: Rgb) -> Rgb | None:
    """Return a picture's chroma on the plate's luma: all rivals keep the same luma."""
    if graded_709 is None:
        return None
    return merge_chroma(luma_plate_709, rgb_to_chroma(graded_709)).rgb


def _truth(shot: Shot, pair: Pair | None, luma_plate: Rgb) -> Rgb | None:
    if pair is None:
        return None
    chain = shot_chain(shot)
    try:
        teaching = load_teaching(shot, pair, chain)
    except FrameError:
        return None
    luma = rgb_to_luma(chain.to_working(luma_plate))
    return display_of(shot, chain)(luma_chroma_to_rgb(luma, rgb_to_chroma(teaching.truth)))


def _require_one_size(frame: int, recovered: Rgb, plates: Mapping[str, Rgb]) -> None:
    for pattern, rgb in plates.items():
        if rgb.shape != recovered.shape:
            problem = f"frame {frame} is {rgb.shape[1]} x {rgb.shape[0]}, its recovery "
            problem += f"{recovered.shape[1]} x {recovered.shape[0]}: run `chromaresolve recover`"
            raise FrameError(pattern, problem)
