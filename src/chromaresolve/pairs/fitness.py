"""Which frames must not teach: black, torn, passing to another shot, blurred, flashed, dirty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chromaresolve.errors import FrameError
from chromaresolve.files import file_state
from chromaresolve.frames import Rgb, Sequence, read_rgb
from chromaresolve.pairs.coverage import find_blurred
from chromaresolve.pairs.timing import Timing
from chromaresolve.plates import Wear, load_wear, measure_wear, save_wear
from chromaresolve.shot import Shot, content_fingerprint
from chromaresolve.survey import Survey
from chromaresolve.telling import Progress
from chromaresolve.turnover.cadence import COMBED
from chromaresolve.turnover.passages import find_passages

MOSTLY = 1 / 2
"""Share of the frames that must be whole for the combed ones to be left out: with fewer, the combed
ones are woven anew."""

BLACK = 0.02
"""A frame whose brightest value is below this holds no picture."""

WEAR_FILE = "pairs/wear.json"
"""What time has done to the plates, as it was measured."""


def find_unfit(
    common: Iterable[int], ours: Survey, theirs: Survey, timing: Timing, wear: Wear
) -> dict[int, str]:
    """Return the Source frames that must not teach, and why.

    Args:
        common: The Source frames that have a Reference.
        ours: The plates.
        theirs: The Reference.
        timing: Which Reference frame belongs to which Source frame.
        wear: What was found on the plates.
    """
    frames = list(common)
    blurred, worn, unfit = find_blurred(ours), wear.disqualified(), {}
    passing, theirs_passing = (find_passages(seen).by_frame() for seen in (ours, theirs))
    combed = find_combed(frames, theirs, timing)
    if len(combed) > MOSTLY * len(frames):
        combed = frozenset()
    for frame in frames:
        mine, other = ours.index_of(frame), theirs.index_of(timing.reference[frame])
        if ours.extremes[mine, 1] < BLACK or theirs.extremes[other, 1] < BLACK:
            unfit[frame] = "black in one of the two"
        elif frame in combed:
            unfit[frame] = "the Reference's two fields are of different moments"
        elif frame in passing:
            unfit[frame] = f"{passing[frame]} of the Source"
        elif timing.reference[frame] in theirs_passing:
            unfit[frame] = f"{theirs_passing[timing.reference[frame]]} of the Reference"
        elif frame in worn:
            unfit[frame] = worn[frame]
        elif frame in blurred:
            unfit[frame] = blurred[frame]
    return unfit


def find_combed(common: Iterable[int], theirs: Survey, timing: Timing) -> frozenset[int]:
    """Return the Source frames whose Reference frame shows two moments, a field each."""
    return frozenset(
        frame for frame in common if theirs.comb[theirs.index_of(timing.reference[frame])] > COMBED
    )


def look_for_wear(shot: Shot, plates: Sequence, ours: Survey, on_progress: Progress) -> Wear:
    """Return what time has done to the plates, from the last look where they are the same."""
    frames = [frame for frame in ours.frames if frame in frozenset(shot.shot.frames)]
    of = content_fingerprint([file_state(plates.path(frame)) for frame in frames])
    file = shot.path(WEAR_FILE)
    wear = load_wear(file, of=of)
    if wear is None:
        wear = measure_wear(_pictures(plates, frames, on_progress))
        file.parent.mkdir(exist_ok=True)
        save_wear(file, wear, of=of)
    return wear


def _pictures(
    plates: Sequence, frames: list[int], on_progress: Progress
) -> Iterator[tuple[int, Rgb]]:
    for done, frame in enumerate(frames):
        on_progress(done, len(frames), f"wear of frame {frame}")
        try:
            picture = read_rgb(plates.path(frame))
        except FrameError:
            continue  # it could be read when the sequence was surveyed: it is named there next time
        yield frame, picture
    on_progress(len(frames), len(frames), "wear")
