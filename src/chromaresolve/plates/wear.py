"""What time has done to a sequence, as it was found, and what to say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.plates.flicker import NO_GAIN, Gain
from chromaresolve.plates.scratches import Scratch
from chromaresolve.plates.specks import Speck
from chromaresolve.shot import FrameRange

DIRTY_SHARE = 0.002
"""Share of a frame under dust beyond which it had better not teach: what is clean of it is still
taught well, but dirt comes in clouds whose edges are not seen."""

NOTICED_FLICKER = 0.01
"""Deviation of a frame's gain that is worth a sentence: a grey that changes by 1 % is seen."""

NOTICED_WEAVE_PX = 0.1
"""Deviation of a frame's place that is worth a sentence; less is not seen and hardly measured."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wear:
    """What was found on consecutive frames. Arrays are read-only, with a row for each frame."""

    frames: tuple[int, ...]
    """The frames' numbers."""
    size: tuple[int, int]
    """Their width and height."""
    gains: NDArray[np.float64]
    """(frames, 3): what R, G and B are multiplied by to be as light as in the frames around."""
    shifts: NDArray[np.float64]
    """(frames, 2): how far right and down the picture moved since the frame before, pixels; 0 for
    the first of a shot. What the camera did is in it."""
    weave: NDArray[np.float64]
    """(frames, 2): how far right and down the picture lies off its smooth path, pixels."""
    specks: tuple[Speck, ...]
    """Dust and dirt, in the order of the frames."""
    scratches: tuple[Scratch, ...]
    """Lines down the film."""
    cuts: tuple[int, ...]
    """Frames that begin with another picture than the one before."""
    flashes: tuple[int, ...]
    """Single frames that are lighter or darker than both neighbours, or show something else."""
    splices: tuple[int, ...]
    """Frames with a line right across that their neighbours have not."""

    def gain_at(self, frame: int) -> Gain:
        """Return what levels a frame's flicker, for `level_flicker`; no gain for unknown frames."""
        if frame not in self.frames:
            return NO_GAIN
        red, green, blue = self.gains[self.frames.index(frame)].tolist()
        return red, green, blue

    def disqualified(self) -> Mapping[int, str]:
        """Return the frames that had better not teach, and why."""
        width, height = self.size
        areas: Counter[int] = Counter()
        for speck in self.specks:
            areas[speck.frame] += speck.area
        dirty = {
            frame: f"dust covers {100 * area / (width * height):.1f} % of it"
            for frame, area in sorted(areas.items())
            if area > DIRTY_SHARE * width * height
        }
        spliced = dict.fromkeys(self.splices, "a splice runs across it")
        return dirty | spliced | dict.fromkeys(self.flashes, "it is a flash, or another picture")

    def sentences(self) -> tuple[str, ...]:
        """Return what was found, a sentence for each kind, or one that says that nothing was."""
        found = tuple(self._sentences())
        return found or (f"no wear was found on {_counted(len(self.frames), 'frame')}",)

    def _sentences(self) -> Iterator[str]:
        if self.specks:
            frame, most = Counter(speck.frame for speck in self.specks).most_common(1)[0]
            light = sum(speck.is_light for speck in self.specks)
            yield (
                f"dust: {_counted(len(self.specks), 'speck')} on "
                f"{_counted(len(self.frames), 'frame')}, {light} light, most on frame {frame}: "
                f"{most}"
            )
        for scratch in self.scratches:
            kind = "light" if scratch.is_light else "dark"
            yield f"scratch: {kind}, at x {scratch.x:.0f}, frames {scratch.first}-{scratch.last}"
        steady = [frame not in self.flashes for frame in self.frames]
        flicker = (1 / self.gains[steady]).std(axis=0) if any(steady) else np.zeros(3)
        if flicker.max() > NOTICED_FLICKER:
            red, green, blue = (100 * flicker).round(1)
            yield f"flicker: R, G and B vary by {red} %, {green} % and {blue} % from frame to frame"
        # The median, as a picture that moves in layers jumps when another layer becomes the larger.
        right, down = 1.4826 * np.median(np.abs(self.weave), axis=0)
        if max(right, down) > NOTICED_WEAVE_PX:
            yield f"weave: {right:.1f} px across and {down:.1f} px down, standard deviation"
        for name, frames in (
            ("cuts before frames", self.cuts),
            ("flashes, or frames of another picture", self.flashes),
            ("splices across frames", self.splices),
        ):
            if frames:
                yield f"{name}: {FrameRange.of(frames)}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
