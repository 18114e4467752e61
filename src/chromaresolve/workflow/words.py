"""A glance as the lines of a terminal: a screenful of 24 by 80, each word with its tone."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from chromaresolve.workflow.glance import Glance, StageGlance, tell_ago, tell_seconds
from chromaresolve.workflow.working import RecoveryNow, TrainingNow

Tone = Literal["plain", "head", "quiet", "stale", "trouble", "work"]
"""How a word is meant; the terminal chooses what that looks like."""

Line: TypeAlias = tuple[tuple[str, Tone], ...]
"""A line: words and their tones."""

STATES: Mapping[str, Tone] = {"done": "plain", "stale": "stale", "not yet": "quiet"}
"""The tone of each state."""

MARKS = {"done": "●", "stale": "◐", "not yet": "○"}
"""What stands before each stage where the terminal has more than ASCII."""

PLAIN_MARKS = {"done": "+", "stale": "!", "not yet": "."}
"""The same in ASCII."""

SHOWN_FOLDERS = 3
"""How many folders are named of what takes room on the disk."""

MOST_PROBLEMS = 3
"""How many problems are told before they are only counted."""

LABEL = 10
"""Letters of the column of names."""


def glance_lines(
    glance: Glance, disk: Mapping[str, int], folder: str, *, width: int | None, marks: bool = True
) -> Iterator[Line]:
    """Give the lines that tell where a shot stands.

    Args:
        glance: What is known of the shot.
        disk: Bytes in each folder.
        folder: The shot's folder as the user typed it: it stands in the command to copy.
        width: Letters in a line; None for as many as it takes.
        marks: Whether the terminal shows more than ASCII.
    """
    yield _cut(_head(glance), width)
    yield _cut(_pairs_line(glance), width)
    yield ()
    signs = MARKS if marks else PLAIN_MARKS
    for stage in glance.stages:
        is_at_work = stage.stage in _at_work(glance)
        yield _cut(_stage_line(stage, signs, is_at_work=is_at_work), width)
    yield ()
    for line in (*_work_lines(glance), *_problem_lines(glance)):
        yield _cut(line, width)
    yield _cut(_labelled("disk", _disk_words(disk), "quiet"), width)
    yield ()
    yield from _next_lines(glance, folder, width)


def tell_size(size: float) -> str:
    """Say how many bytes, in decimal units as disks are sold: `1.2 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


def training_words(now: TrainingNow) -> str:
    """Say how far a training is."""
    of = f" of {now.steps:,}" if now.steps else ""
    told = [f"step {now.step:,}{of}", now.left]
    if now.hold_out is not None:
        told.append(f"dE2000 {now.hold_out:.2f}")
    if now.loss is not None:
        told.append(f"loss {now.loss:.4g}")
    return ", ".join(filter(None, told))


def recovery_words(now: RecoveryNow) -> str:
    """Say how far a recovery is."""
    told = [f"{now.done:,} of {now.total:,} frames"]
    if now.per_second:
        told.append(f"{now.per_second:.3g} a second")
    if now.seconds_left is not None:
        told.append(f"about {tell_seconds(now.seconds_left)} left")
    return ", ".join(told)


def _head(glance: Glance) -> Line:
    shot = glance.shot.shot
    tail = f", {shot.film}" if shot.film else ""
    # One sentence that scripts have read since the first version; its parts only differ in tone.
    frames = f"frames {shot.frames} at {shot.frame_rate} a second"
    return ((shot.name, "head"), (f": {frames}{tail}", "plain"))


def _pairs_line(glance: Glance) -> Line:
    shot = glance.shot
    pairs = f"{len(shot.teaching)} teach, {len(shot.held_out)} held out"
    seen = "balanced plates" if shot.source.balanced else "the scan as it is"
    count = len(shot.shot.frames)
    frames = f"{count:,} {'frame' if count == 1 else 'frames'}"
    return ((f"{frames}; pairs: {pairs}; the network sees {seen}", "quiet"),)


def _stage_line(stage: StageGlance, signs: Mapping[str, str], *, is_at_work: bool) -> Line:
    if is_at_work:
        mark = f"  {signs['done']} "
        return ((mark, "work"), (f"{stage.stage:<{LABEL}}", "plain"), (" at work", "work"))
    tone, sign = STATES[stage.state], signs[stage.state]
    ago = tell_ago(stage.at) if stage.at else ""
    words = stage.reason if stage.state == "stale" else stage.fact
    if stage.state == "not yet" and not words:
        words = "" if stage.is_required else "optional"
    return (
        (f"  {sign} ", tone),
        (f"{stage.stage:<{LABEL}}", "quiet" if stage.state == "not yet" else "plain"),
        (f" {stage.state:<8}", tone),
        (f"{ago:<12}", "quiet"),
        (words, "stale" if stage.state == "stale" else "quiet" if not stage.at else "plain"),
    )


def _work_lines(glance: Glance) -> Iterator[Line]:
    training, recovery = glance.training, glance.recovery
    if training and training.is_running:
        yield _labelled("training", f"now: {training_words(training)}", "work")
    elif training and _is_unfinished(glance, training):
        stopped = f"stopped {tell_seconds(training.seconds_ago)} ago: {training_words(training)}"
        yield _labelled("training", stopped, "stale")
    if recovery and recovery.is_running:
        yield _labelled("recovery", f"now: {recovery_words(recovery)}", "work")
    elif recovery and 0 < recovery.done < recovery.total:
        yield _labelled("recovery", f"stopped: {recovery_words(recovery)}", "stale")


def _is_unfinished(glance: Glance, now: TrainingNow) -> bool:
    return "training" not in glance.shot.made and 0 < now.step < now.steps


def _problem_lines(glance: Glance) -> Iterator[Line]:
    for problem in glance.problems[:MOST_PROBLEMS]:
        yield _labelled("missing", problem, "trouble")
    more = len(glance.problems) - MOST_PROBLEMS
    if more > 0:
        yield _labelled("", f"and {more} more", "trouble")


def _disk_words(disk: Mapping[str, int]) -> str:
    named = [f"{name} {tell_size(size)}" for name, size in disk.items() if name[0] != "."]
    shown = ", ".join(named[:SHOWN_FOLDERS])
    return f"{tell_size(sum(disk.values()))}: {shown}" if shown else tell_size(sum(disk.values()))


def _labelled(label: str, words: str, tone: Tone) -> Line:
    return ((f"    {label:<{LABEL}} ", "quiet"), (words, tone))


def _next_lines(glance: Glance, folder: str, width: int | None) -> Iterator[Line]:
    """Give what to do, with the command to copy; on a line of its own where both are too long."""
    folder = shlex.quote(folder)
    if _at_work(glance):
        command, why = f"chromaresolve report {folder} --serve", "watch it work"
        label = "meanwhile"
    elif glance.next is None:
        yield (("everything is up to date", "plain"),)
        return
    else:
        name, _, options = glance.next.command.partition(" ")
        command = f"chromaresolve {name} {folder} {options}".strip()
        label, why = ("next" if glance.next.is_needed else "worth doing"), glance.next.why
    if not _at_work(glance) and glance.next and not glance.next.is_needed:
        yield (("everything is up to date", "plain"),)
    line = f"{label}: `{command}`: {why}"
    if width is None or len(line) <= width:
        yield ((f"{label}: ", "quiet"), (f"`{command}`", "head"), (f": {why}", "plain"))
        return
    yield ((f"{label}: ", "quiet"), (f"`{command}`", "head"))
    for part in textwrap.wrap(why, width - 2):
        yield ((f"  {part}", "plain"),)


def _at_work(glance: Glance) -> set[str]:
    """Return the stages that a process works on."""
    now = {"training": glance.training, "recovery": glance.recovery}
    return {stage for stage, one in now.items() if one is not None and one.is_running}


def _cut(line: Line, width: int | None) -> Line:
    """Return a line no wider than the terminal."""
    if width is None or sum(len(words) for words, _ in line) <= width:
        return line
    kept: list[tuple[str, Tone]] = []
    room = width - 1
    for words, tone in line:
        kept.append((words[:room], tone))
        room -= len(words)
        if room <= 0:
            break
    return (*kept, ("…", kept[-1][1]))
