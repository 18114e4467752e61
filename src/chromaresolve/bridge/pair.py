"""The pair timeline as it lies: Source on V1, Reference on V2, perhaps Balanced on V3.

One frame of the timeline shows one frame of each: which file numbers those are is told by runs.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence

from .errors import BridgeError
from .media import Clip, clips_in, find_bin, find_clip
from .names import BALANCED_BIN, REFERENCE_BIN, SOURCE_BIN
from .placing import Placed
from .questions import Answers
from .sequences import find_sequence
from .session import Session
from .timecode import (
    DROP_FRAME,
    DROPPED,
    Rate,
    frames_per_day,
    frames_to_timecode,
    is_drop_frame,
    rate_from_resolve,
    timecode_to_frames,
)
from .values import read_project_setting, read_timeline_setting

SOURCE, REFERENCE, BALANCED = "Source", "Reference", "Balanced"
"""The tracks of the pair timeline, from V1 up."""

TRACKS: Mapping[str, int] = {SOURCE: 1, REFERENCE: 2, BALANCED: 3}
"""Where each lies."""

_BINS = {SOURCE: SOURCE_BIN, REFERENCE: REFERENCE_BIN, BALANCED: BALANCED_BIN}


class Run(NamedTuple):
    """Frames of one clip that lie on the timeline without a break."""

    start: int
    """Frames from the timeline's beginning."""
    duration: int
    """How many frames."""
    first: int
    """The file number of the first of them."""

    @property
    def end(self) -> int:
        """The frame after the last."""
        return self.start + self.duration

    @property
    def last(self) -> int:
        """The file number of the last frame."""
        return self.first + self.duration - 1

    @property
    def shift(self) -> int:
        """What the timeline frame is short of the file number."""
        return self.first - self.start


def runs_of(placed: Sequence[Placed]) -> List[Run]:
    """Return the runs of file numbers on a track; clips that go on without a break are one run."""
    runs: List[Run] = []
    for one in sorted(placed, key=lambda each: each.start):
        number = one.left_offset + (one.clip.first if one.clip else 0)
        before = runs[-1] if runs else None
        if before and (before.end, before.last + 1) == (one.start, number):
            runs[-1] = before._replace(duration=before.duration + one.duration)
        else:
            runs.append(Run(one.start, one.duration, number))
    return runs


def read_rate(session: Session, timeline: Optional[Any], answers: Answers) -> Rate:
    """Return the exact rate of a timeline (of the project where there is none), and drop frame.

    Raises:
        BridgeError: Resolve tells no rate of its own, and the answers do not help.
    """
    project = session.project()

    def read(key: str) -> Any:
        if timeline is None:
            return read_project_setting(session, project, key)
        return read_timeline_setting(session, timeline, key)

    return _rate(read, str(answers.get("frame_rate", "")))


def _rate(read: Callable[[str], Any], answered: str) -> Rate:
    said = read("timelineFrameRate")
    known = rate_from_resolve(answered) if answered else None
    try:
        rate, drop = rate_from_resolve(said)
    except BridgeError:
        # A 29.97 timeline was seen to say 29.0: then it is the rate that 1 Set Up Project set.
        if known is None or str(int(known[0])) != str(said).partition(".")[0]:
            raise
        rate, drop = known
    drop = drop or str(read("timelineDropFrameTimecode")) == "1"
    if known is not None and known[0] == rate:
        drop = drop or answered.strip().upper().endswith(DROP_FRAME.strip())
    return rate, drop and rate in DROPPED


def clip_rate(clip: Clip) -> Optional[Fraction]:
    """Return a clip's rate, exact; None where it is none that a timeline can have."""
    try:
        return clip.rate
    except BridgeError:
        return None


def find_clips(session: Session, answers: Answers) -> Dict[str, Clip]:
    """Return the shot's clips in the bins; Balanced only where there is one.

    Raises:
        BridgeError: A bin holds no clip of this shot, or several and nothing says which.
    """
    found = {}
    for name in TRACKS:
        place = _place(answers, name)
        if name == BALANCED and place is None and _place(answers, SOURCE) is not None:
            continue  # set-up was told which clips are this shot's, and of no balanced one
        clip = _find_clip(session, name, place)
        if clip is not None:
            found[name] = clip
        elif name != BALANCED:
            cause = "holds no clip"
            raise BridgeError(f"bin {_BINS[name]!r}", cause, "run 1 Set Up Project first")
    return found


def _place(answers: Answers, name: str) -> Optional[Path]:
    """Return where the frames lie, by an answer that may count from the shot folder."""
    answered = str(answers.get(name.lower(), "") or "").strip()
    folder = Path(str(answers.get("folder", "") or "")).expanduser()
    return folder / Path(answered).expanduser() if answered else None


def _find_clip(session: Session, name: str, place: Optional[Path]) -> Optional[Clip]:
    folder = find_bin(session, _BINS[name])
    if folder is None:
        return None
    clips = clips_in(session, folder)
    if place is not None:
        return _named(session, folder, clips, place)
    if len(clips) > 1:
        cause = f"holds {len(clips)} clips: {', '.join(clip.name for clip in clips)}"
        remedy = f"write the folder of this shot's frames into {name.lower()!r} of 1 Set Up Project"
        raise BridgeError(f"bin {_BINS[name]!r}", cause, remedy)
    return clips[0] if clips else None


def _named(session: Session, folder: Any, clips: Sequence[Clip], place: Path) -> Optional[Clip]:
    """Return the clip of a movie, or of the sequence that a folder or pattern stands for."""
    for clip in clips:
        if Path(clip.path) == place:
            return clip
    if place.is_file() and place.suffix.lower() != ".exr":
        return None
    return find_clip(session, folder, find_sequence(place))


def timecode_after(timecode: str, frames: int, rate: Fraction, drop_frame: bool) -> str:
    """Return the timecode so many frames after one, counted as a timeline of this rate counts.

    A clip counted without drop frame keeps its first number on a drop frame timeline.

    Raises:
        BridgeError: It is no timecode of this rate.
    """
    counted = is_drop_frame(timecode) and rate in DROPPED
    passed = timecode_to_frames(timecode, rate) + frames
    same = frames_to_timecode(passed % frames_per_day(rate, counted), rate, counted)
    return same if counted == drop_frame else _recounted(same, drop_frame)


def _recounted(timecode: str, drop_frame: bool) -> str:
    return timecode[:-3] + (";" if drop_frame else ":") + timecode[-2:]
