"""How far the recovered frames are from the truth, and whether they keep their plate's luma.

The ground truth is the input plate's luma with the aligned Reference's chroma. Distances are
dE2000 of display values; the luma law is measured in the space that the shot's chain trains in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment import (
    aligned_path,
    display_of,
    held_out_pairs,
    load_teaching,
    shot_chain,
)
from chromaresolve.colour import (
    Chain,
    LumaLaw,
    delta_e_2000,
    luma_chroma_to_rgb,
    measure_luma_law,
    merge_chroma,
    rgb_to_chroma,
    rgb_to_luma,
)
from chromaresolve.composite import display_chain, recovered_frames
from chromaresolve.errors import FrameError
from chromaresolve.frames import Rgb, Sequence, read_rgb
from chromaresolve.shot import Pair, Shot

BaselineMap = Callable[[Rgb], Rgb]
"""Takes a plate as on file, (height, width, 3), to what the shot's LUT makes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How far a picture is from the truth, in dE2000."""

    mean: float
    """Over all pixels."""
    p95: float
    """What 95 % of the pixels stay below."""
    trusted: float
    """Mean weighted by the trust mask: dirt, subtitles and what does not align count less."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOut:
    """A held-out frame's pictures as display Rec.709 values, each (height, width, 3)."""

    frame: int
    """Source frame number."""
    scan_709: Rgb | None
    """The faded scan, where the plate is a balanced one."""
    plate_709: Rgb
    """What the network saw."""
    baseline_709: Rgb | None
    """The LUT baseline on the input plate's luma, where there is one."""
    recovered_709: Rgb
    """The recovered frame as on file."""
    truth_709: Rgb
    """The input plate's luma with the aligned Reference's chroma."""
    luma_plate_709: Rgb
    """The input plate: whose luma is to be kept."""
    trust: NDArray[np.float32]
    """How far each pixel of the truth can be trusted, (height, width), 0..1."""
    luma: LumaLaw
    """The recovered frame against the input plate, in the space the chain trains in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameNumbers:
    """What was measured on one held-out frame."""

    frame: int
    """Source frame number."""
    plate: Score
    """What the network saw."""
    baseline: Score | None
    """The LUT baseline, where there is one."""
    recovered: Score
    """The recovered frame."""
    luma: LumaLaw
    """In the space the chain trains in."""
    display_luma: LumaLaw
    """In display values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What was measured on a shot's held-out frames."""

    frames: tuple[FrameNumbers, ...]
    """Frame by frame."""
    problems: tuple[str, ...]
    """Why the others could not be measured."""

    @property
    def plate(self) -> Score | None:
        """The plate, mean over the frames; None if no frame was measured."""
        return _mean_score(frame.plate for frame in self.frames)

    @property
    def baseline(self) -> Score | None:
        """The LUT baseline, mean over the frames; None if there is none."""
        return _mean_score(frame.baseline for frame in self.frames)

    @property
    def recovered(self) -> Score | None:
        """The recovered frames, mean over the frames; None if no frame was measured."""
        return _mean_score(frame.recovered for frame in self.frames)

    @property
    def luma(self) -> LumaLaw | None:
        """The luma law over all frames; None if no frame was measured."""
        return _worst_luma([frame.luma for frame in self.frames])

    @property
    def display_luma(self) -> LumaLaw | None:
        """The luma law of display values over all frames; None if no frame was measured."""
        return _worst_luma([frame.display_luma for frame in self.frames])


def measure_shot(
    shot: Shot,
    *,
    baseline: BaselineMap | None = None,
    on_frame: Callable[[HeldOut, FrameNumbers], None] = lambda _held_out, _numbers: None,
) -> Numbers:
    """Measure the recovered frames of the held-out pairs; a frame that cannot be is named.

    Args:
        shot: A recovered shot.
        baseline: The shot's LUT, to be measured beside the recovery.
        on_frame: Given each frame's pictures and numbers, before they are let go.
    """
    frames, problems = [], []
    for pair in held_out_pairs(shot):
        try:
            held_out = load_held_out(shot, pair, baseline=baseline)
        except FrameError as error:
            problems.append(f"frame {pair.source} was not measured: {error}")
            continue
        numbers = measure_frame(held_out)
        on_frame(held_out, numbers)
        frames.append(numbers)
    return Numbers(frames=tuple(frames), problems=tuple(problems))


def load_held_out(shot: Shot, pair: Pair, *, baseline: BaselineMap | None = None) -> HeldOut:
    """Read a held-out frame's pictures.

    Raises:
        FrameError: One of them is missing, broken or of another size.
    """
    chain, display = shot_chain(shot), display_chain(shot)
    teaching = load_teaching(shot, pair, chain)
    if not teaching.trust.any():
        raise FrameError(aligned_path(shot, pair), "no pixel can be trusted: align another frame")
    source = shot.source
    plates = {
        pattern: read_rgb(Sequence.find(pattern, shot.root).path(pair.source))
        for pattern in {source.scan, source.plate, source.luma_plate}
    }
    scan, plate, luma_plate = (
        plates[pattern] for pattern in (source.scan, source.plate, source.luma_plate)
    )
    recovered = _read_recovered(shot, pair, chain)
    to_display = display_of(shot, chain)
    if not plate.shape == luma_plate.shape == scan.shape == recovered.shape:
        raise FrameError(
            source.plate, f"frame {pair.source} is not the size of its scan or recovery"
        )
    luma_working = chain.to_working(luma_plate)
    truth = luma_chroma_to_rgb(rgb_to_luma(luma_working), rgb_to_chroma(teaching.truth))
    luma_plate_709 = display.to_working(luma_plate)
    return HeldOut(
        frame=pair.source,
        scan_709=display.to_working(scan) if source.balanced else None,
        plate_709=display.to_working(plate),
        baseline_709=baseline and _lock_luma(display.to_working(baseline(plate)), luma_plate_709),
        recovered_709=to_display(recovered),
        truth_709=to_display(truth),
        luma_plate_709=luma_plate_709,
        trust=teaching.trust,
        luma=measure_luma_law(recovered, luma_working),
    )


def measure_frame(held_out: HeldOut) -> FrameNumbers:
    """Measure how far a held-out frame's pictures are from its truth."""
    truth, trust = held_out.truth_709, held_out.trust
    return FrameNumbers(
        frame=held_out.frame,
        plate=measure_score(held_out.plate_709, truth, trust),
        baseline=None
        if held_out.baseline_709 is None
        else measure_score(held_out.baseline_709, truth, trust),
        recovered=measure_score(held_out.recovered_709, truth, trust),
        luma=held_out.luma,
        display_luma=measure_luma_law(held_out.recovered_709, held_out.luma_plate_709),
    )


def measure_score(picture_709: Rgb, truth_709: Rgb, trust: NDArray[np.float32]) -> Score:
    """Measure how far a picture is from the truth.

    Args:
        picture_709: Display values, (height, width, 3).
        truth_709: The same size.
        trust: (height, width), 0..1, not 0 everywhere.
    """
    distance = delta_e_2000(picture_709, truth_709)
    return Score(
        mean=float(np.mean(distance, dtype=np.float64)),
        p95=float(np.percentile(distance, 95)),
        trusted=float(np.average(distance, weights=trust.astype(np.float64))),
    )


def _read_recovered(shot: Shot, pair: Pair, chain: Chain) -> Rgb:
    """Read a recovered frame in the chain's working space."""
    rgb = read_rgb(recovered_frames(shot).path(pair.source))
    # In the display chain the file holds the working values, whatever the plate's encoding is.
    return rgb if chain.name == "display" else chain.to_working(rgb)


def _lock_luma(picture_709: Rgb, luma_plate_709: Rgb) -> Rgb:
    """Return a picture's chroma on the input plate's luma: all rivals keep the same luma."""
    return merge_chroma(luma_plate_709, rgb_to_chroma(picture_709)).rgb


def _mean_score(scores: Iterable[Score | None]) -> Score | None:
    there = [(score.mean, score.p95, score.trusted) for score in scores if score]
    if not there:
        return None
    mean, p95, trusted = (float(number) for number in np.mean(there, axis=0))
    return Score(mean=mean, p95=p95, trusted=trusted)


def _worst_luma(laws: list[LumaLaw]) -> LumaLaw | None:
    if not laws:
        return None
    return LumaLaw(
        largest=float(np.max([law.largest for law in laws])),
        mean=float(np.mean([law.mean for law in laws])),
        share_broken=float(np.mean([law.share_broken for law in laws])),
        worst_ratio=float(np.max([law.worst_ratio for law in laws])),
    )
