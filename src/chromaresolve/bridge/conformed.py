"""What lies on the pair timeline, judged: is it Source and Reference, frame for frame, at rest.

Facts in, findings out; Resolve is not called here.
"""

from __future__ import annotations

from typing import Iterator, List, Optional, Sequence, Tuple

from .conforming import Facts, Lane, choose, start_timecode, wrong_clips
from .pair import REFERENCE, SOURCE, Run
from .questions import Answers
from .step import Finding
from .untouched import judge


def judge_pair(facts: Facts, answers: Answers, new: Sequence[str] = ()) -> List[Finding]:
    """Say whether Source and Reference lie frame for frame, and what was done to each clip.

    Args:
        facts: The pair timeline.
        answers: What was asked for.
        new: The places of clips that were placed just now.
    """
    found = [Finding("stop", "timeline", f"{what} is no clip: remove it") for what in facts.strange]
    if not facts.is_there or any(not lane.seen for lane in facts.lanes):
        sentence = f"{facts.name} is not complete: run 2 Conform"
        return [*found, Finding("stop", "timeline", sentence)]
    wrong = [Finding("stop", name, ": ".join(told)) for name, told in wrong_clips(facts)]
    found += wrong or [*_correspondence(facts, answers), *_fitted(facts)]
    for seen in facts.seen:
        found += judge(seen)
    return [*found, *_unseen(facts, new)]


def _unseen(facts: Facts, new: Sequence[str]) -> Iterator[Finding]:
    """Say what may be on clips that were not placed just now, and no script would know."""
    old = sorted({f"V{seen.track}" for seen in facts.seen if seen.place not in new})
    if old:
        zoom = "" if facts.can_speed else ", dynamic zoom"
        sentence = (
            f"effects of the Edit page (OFX), stabilisation{zoom}, and grades of primaries or a "
            f"CDL alone cannot be seen by a script: look at {' and '.join(old)}"
        )
        yield Finding("note", "not seen", sentence)


def _correspondence(facts: Facts, answers: Answers) -> Iterator[Finding]:
    runs = facts.lane(SOURCE).runs
    if len(runs) > 1:
        told = ", ".join(f"{run.first}-{run.last} at frame {run.start}" for run in runs)
        sentence = f"lies in pieces ({told}): one shot is one run of frames, one timeline each"
        yield Finding("stop", SOURCE, sentence)
        return
    source = runs[0]
    for lane in facts.lanes:
        yield from _against(source, lane)
    yield from _asked(source, facts, answers)
    begins = start_timecode(facts, choose(facts, answers))
    if facts.begins != begins:
        sentence = f"begins at {facts.begins}, and the Source says {begins}: run 2 Conform"
        yield Finding("stop", "timecode", sentence)
    else:
        sentence = f"{begins} at frame {source.first - source.start}, as the Source has it"
        yield Finding("ok", "timecode", sentence)


def _against(source: Run, lane: Lane) -> Iterator[Finding]:
    runs = lane.runs
    holes = [after.start for before, after in zip(runs, runs[1:]) if before.end != after.start]
    if (runs[0].start, runs[-1].end) != (source.start, source.end) or holes:
        lies = ", ".join(f"{run.start}-{run.end - 1}" for run in runs)
        sentence = (
            f"lies on timeline frames {lies}, the Source on {source.start}-{source.end - 1}: trim "
            f"or fill V{lane.track} to the same frames, without gaps"
        )
        yield Finding("stop", lane.name, sentence)
        return
    shifts = sorted({run.shift - source.shift for run in runs})
    if len(shifts) == 1:
        told = f"file number {shifts[0]:+d} from the Source's" if shifts[0] else "same numbers"
        sentence = f"{runs[0].first}-{runs[-1].last} on V{lane.track}, {source.duration} frames"
        yield Finding("ok", lane.name, f"{sentence}, {told}" if lane.track > 1 else sentence)
    else:
        told = ", ".join(f"{run.shift - source.shift:+d} from frame {run.start}" for run in runs)
        sentence = f"its file numbers run apart from the Source's: {told}; look whether that is so"
        yield Finding("note", lane.name, sentence)


def _asked(source: Run, facts: Facts, answers: Answers) -> Iterator[Finding]:
    """Say where the answers and what lies there contradict each other; 0 contradicts nothing."""
    lies = {"source_first": source.first, "count": source.duration}
    reference = facts.lane(REFERENCE).runs[0]
    lies["reference_offset"] = reference.shift - source.shift
    for key, value in lies.items():
        asked = int(answers[key])
        if asked not in (0, value):
            sentence = (
                f"{asked} was asked for and {value} lies there: what lies there is never rebuilt; "
                f"delete {facts.name}, or take the clips off it, then run 2 Conform"
            )
            yield Finding("stop", key, sentence)


def _fitted(facts: Facts) -> Iterator[Finding]:
    """Record what Resolve does with a Reference of another raster."""
    for seen in facts.lane(REFERENCE).seen:
        size: Optional[Tuple[int, int]] = seen.placed.clip.raster if seen.placed.clip else None
        if size and all(size) and size != facts.raster:
            across, down = facts.raster
            own = seen.inspector.get("Scaling", 0)
            how = f"Scaling {own} of its own" if own else f"the project's {facts.fitting}"
            sentence = f"{size[0]} x {size[1]} is shown in {across} x {down} by {how}"
            yield Finding("ok", seen.name, sentence)
