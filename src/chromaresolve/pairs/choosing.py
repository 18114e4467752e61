"""Pairs chosen, written to the manifest, and explained: a table and a contact sheet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chromaresolve.errors import ShotError, StageError
from chromaresolve.frames import Sequence
from chromaresolve.pairs.adding import add_flagged
from chromaresolve.pairs.coverage import (
    Choice,
    Families,
    cover,
    find_families,
    measure_cover,
)
from chromaresolve.pairs.fitness import WEAR_FILE, find_unfit, look_for_wear
from chromaresolve.pairs.sheet import write_sheet
from chromaresolve.pairs.table import save_findings, write_table
from chromaresolve.pairs.timing import Timing, match_frames
from chromaresolve.pairs.weaving import weave_pairs
from chromaresolve.plates import Wear
from chromaresolve.shot import (
    Pair,
    Shot,
    fingerprints,
    measured,
    outputs,
    table_key,
    value_key,
)
from chromaresolve.survey import Survey, survey, survey_file
from chromaresolve.telling import Progress, Say

SHOT_PAIRS = 6
"""Pairs chosen for a shot when no number is asked for: the middle of the trade's 4 to 9."""

SCENE_PAIRS = 16
"""The same for a scene, of the trade's 12 to 24."""

SEQUENCE_PAIRS = 33
"""The same for a sequence, of the trade's 24 to 64 and more."""

HELD_OUT = 0.2
"""Share of the teaching pairs held out besides them, to measure: 15 to 25 % is usual."""

HOLD_OUT_FROM = 4
"""With fewer frames than this to choose from, all are needed to teach and none is held out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """What may be chosen from."""

    timing: Timing
    """Which Reference frame belongs to which Source frame."""
    families: Families
    """The colours of the shot."""
    eligible: tuple[int, ...]
    """Source frames that may teach."""
    left_out: dict[int, str]
    """Source frames that may not, and why."""
    wear: Wear
    """What time has done to the plates."""
    reference: Survey
    """The Reference, looked at."""


def choose(
    shot: Shot,
    *,
    count: int | None = None,
    add_from_review: bool = False,
    say: Say,
    on_progress: Progress,
) -> Shot:
    """Choose pairs, write them to the manifest, and return the shot that has them.

    Pairs that are there already are kept and only checked, unless more are asked for.

    Raises:
        ShotError: The pairs in the manifest do not fit the frames on disk.
        StageError: Source and Reference have no frame in common.
    """
    plates = Sequence.find(shot.source.plate, shot.root)
    references = Sequence.find(shot.reference.sequence, shot.root)
    if count is None and shot.pair and not add_from_review:
        _check_pairs(shot, plates, references)
        return _made(shot, {"offset": shot.reference.offset}, {}, [])
    found = _look(shot, plates, references, say, on_progress)
    if add_from_review:
        pairs = add_flagged(
            shot, found.families, found.timing.reference, set(found.eligible), say=say
        )
    else:
        pairs = _choose(shot, found, count or _usual_count(shot))
    shot = shot.with_pairs(weave_pairs(pairs, found.reference, plates, references, say))
    preview = _preview(shot, found)
    files = _explain(shot, found, plates, references, preview)
    numbers = {
        "frames_in_common": len(found.timing.reference),
        "colours_taught": measure_cover(found.families, [pair.source for pair in shot.teaching]),
        "preview": preview,
    }
    return _made(shot, {"offset": found.timing.offset}, numbers, files)


def _look(
    shot: Shot, plates: Sequence, references: Sequence, say: Say, on_progress: Progress
) -> Candidates:
    """Look at both sequences, and find what may be chosen from."""
    # Unbalanced plates are the Source that `check` has looked at: not a second time.
    name = "plate" if shot.source.balanced else "source"
    ours = survey(plates, cache=survey_file(shot.root, name), on_progress=on_progress)
    theirs = survey(references, cache=survey_file(shot.root, "reference"), on_progress=on_progress)
    timing = match_frames(ours, theirs, stated=shot.reference.offset)
    say(timing.sentence)
    wanted = set(shot.shot.frames)
    common = [frame for frame in timing.reference if frame in wanted]
    if not common:
        raise StageError(
            shot.file,
            f"no frame of {shot.shot.frames} has both a plate ({plates.first}-{plates.last}) and a "
            f"Reference ({references.first}-{references.last}, offset {timing.offset}): "
            "set [reference] offset",
        )
    wear = look_for_wear(shot, plates, ours, on_progress)
    for sentence in wear.sentences():
        say(sentence)
    left_out = find_unfit(common, ours, theirs, timing, wear)
    eligible = [frame for frame in common if frame not in left_out]
    if not eligible:  # better a blurred frame than none
        eligible, left_out = common, {}
    return Candidates(
        timing=timing,
        families=find_families(ours),
        eligible=tuple(eligible),
        left_out=left_out,
        wear=wear,
        reference=theirs,
    )


def _choose(shot: Shot, found: Candidates, count: int) -> list[Pair]:
    """Return pairs that teach and pairs that are held out, in the order of their frames."""
    frames = found.eligible
    held_out = 0
    if len(frames) >= HOLD_OUT_FROM:
        held_out = max(1, round(HELD_OUT * min(count, len(frames))))
    count = max(1, min(count, len(frames) - held_out))
    anchors = {frames[0]: "first frame"}
    if count > 1:
        anchors[frames[-1]] = "last frame"
    teaching = cover(found.families, frames, count, anchors=anchors)
    rest = set(frames) - {choice.frame for choice in teaching}
    measuring = cover(found.families, rest, held_out)
    pairs = [
        *(_pair(shot, found, choice, hold_out=False) for choice in teaching),
        *(_pair(shot, found, choice, hold_out=True) for choice in measuring),
    ]
    return sorted(pairs, key=lambda pair: pair.source)


def _pair(shot: Shot, found: Candidates, choice: Choice, *, hold_out: bool) -> Pair:
    reason = "held out: measured, never taught" if hold_out else choice.reason
    written = {pair.source: pair for pair in shot.pair}
    if choice.frame in written:  # the artist's own words about a frame stay
        return written[choice.frame].model_copy(update={"hold_out": hold_out})
    reference = found.timing.reference[choice.frame]
    return Pair(source=choice.frame, reference=reference, hold_out=hold_out, reason=reason)


def _preview(shot: Shot, found: Candidates) -> int:
    """Return a frame outside all pairs, as far from them as can be: to watch while training."""
    taken = [pair.source for pair in shot.pair]
    frames = found.families.frames
    return max(frames, key=lambda frame: min(abs(frame - other) for other in taken))


def _explain(
    shot: Shot, found: Candidates, plates: Sequence, references: Sequence, preview: int
) -> list[Path]:
    """Write the table, the contact sheet, and what was found."""
    table, sheet = shot.path("pairs/pairs.csv"), shot.path("pairs/pairs.png")
    table.parent.mkdir(exist_ok=True)
    write_table(table, shot, found.left_out)
    write_sheet(sheet, shot.pair, plates, references)
    record = save_findings(
        shot,
        timing=found.timing.sentence,
        wear=found.wear.sentences(),
        left_out=found.left_out,
        preview=preview,
    )
    return [table, sheet, record, shot.path(WEAR_FILE)]


def _made(
    shot: Shot,
    settings: dict[str, int],
    numbers: dict[str, float],
    files: list[Path],
) -> Shot:
    stated = (value_key("reference", "sequence"), value_key("reference", "offset"))
    keys = [table_key("source"), *stated]
    return shot.with_made(
        "pairs",
        settings=settings,
        inputs=fingerprints(shot, keys),
        outputs=outputs(shot, files),
        measured=measured(**numbers, teaching=len(shot.teaching), held_out=len(shot.held_out)),
    )


def _check_pairs(shot: Shot, plates: Sequence, references: Sequence) -> None:
    sources = [pair.source for pair in shot.pair]
    twice = sorted({n for n in sources if sources.count(n) > 1})
    if twice:
        raise ShotError(shot.file, "pair", f"source {twice[0]} is there twice: remove one")
    here, there = set(plates.frames), set(references.frames)
    missing = [
        pair.source for pair in shot.pair if pair.source not in here or pair.reference not in there
    ]
    if missing:
        raise ShotError(
            shot.file,
            "pair",
            f"source {missing[0]} has no plate or no Reference on disk: take another frame",
        )
    if not shot.teaching:
        raise ShotError(shot.file, "pair", "every pair is held out: none is left to teach")


def _usual_count(shot: Shot) -> int:
    return {"shot": SHOT_PAIRS, "scene": SCENE_PAIRS, "sequence": SEQUENCE_PAIRS}[shot.scope.kind]
