"""Where a shot's frames go beyond what its pairs teach: the model is extrapolating there.

The score says how far a frame's recovered colour is expected to be off, in units of a limit: the
mean dE2000 from the true colours of the taught places most like its own. It was measured against
true errors on painted shots (benchmarks/review_novelty.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chromaresolve.errors import FrameError
from chromaresolve.review.novelty_pictures import Pictures
from chromaresolve.review.novelty_taught import Taught, learn
from chromaresolve.review.novelty_words import tell_novelty
from chromaresolve.shot import Shot
from chromaresolve.telling import Progress, Say

MINDED = 1.0
"""Mean dE2000 of a frame, beyond what is usual for the shot's own pairs, from which it stands out:
a twentieth of a picture that is clearly of another colour, or all of it just visibly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelty:
    """How far a frame is from all that was taught."""

    score: float
    """How far its colours are expected to be off, in units of the limit: from 1 on it is flagged.
    """
    sentence: str
    """What is new in it, in words; lower case, no full stop, empty where that cannot be told."""


def measure_novelty(
    shot: Shot, frames: Iterable[int], *, say: Say, on_progress: Progress
) -> Mapping[int, Novelty]:
    """Measure how far recovered frames are from what was taught; one that cannot be read is named.

    Args:
        shot: A recovered shot.
        frames: Source frame numbers.
        say: Told of what could not be measured.
        on_progress: Told how far it is.

    Raises:
        FrameError: There are no recovered frames.
    """
    frames = tuple(frames)
    pictures = Pictures.of(shot)
    taught = learn(shot, pictures, say=say)
    if taught is None:
        say("novelty: no pair can be used, so nothing tells which frames are new")
        return dict.fromkeys(frames, Novelty(score=0.0, sentence=""))
    found = {}
    for done, frame in enumerate(frames):
        on_progress(done, len(frames), f"frame {frame}: what is new in it")
        try:
            found[frame] = _measure_frame(taught, pictures, frame)
        except FrameError as error:
            say(f"novelty: frame {frame} was not measured: {error}")
    on_progress(len(frames), len(frames), "looked for what is new")
    return found


def _measure_frame(taught: Taught, pictures: Pictures, frame: int) -> Novelty:
    plate_709, recovered_709 = pictures.plate_places(frame), pictures.recovered_places(frame)
    if plate_709.shape != recovered_709.shape:
        raise FrameError(pictures.recovered.path(frame), "has another shape than its plate")
    unlike = taught.compare(plate_709, recovered_709)
    return Novelty(
        score=unlike.expected / (taught.usual.expected + MINDED),
        sentence=tell_novelty(unlike, taught.usual, recovered_709),
    )
