"""Whether a shot still is what Resolve handed over: it may have been exported again since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from chromaresolve.bridge.handover import FILE
from chromaresolve.errors import ShotError
from chromaresolve.shot import Shot
from chromaresolve.turnover.accepting import pattern_of
from chromaresolve.turnover.finding import Finding
from chromaresolve.turnover.record import Turnover, load_turnover

SUBJECT = FILE
"""What these findings are about."""

REMEDY = "change shot.toml if Resolve is right; let it stand if you changed it on purpose"
"""What to do about a difference: only the artist knows who is right."""


def turnover_file(shot: Shot) -> Path | None:
    """Return what Resolve handed over to this shot; None for a shot made without."""
    file = shot.path(FILE)
    return file if file.is_file() else None


def check_agreement(shot: Shot) -> Iterable[Finding]:
    """Compare the shot with its `turnover.json`, where there is one."""
    file = turnover_file(shot)
    if file is None:
        return
    try:
        turnover = load_turnover(file)
    except ShotError as error:
        remedy = "export the pair from Resolve again"
        yield Finding(verdict="stop", subject=SUBJECT, sentence=str(error), remedy=remedy)
        return
    differing = [
        f"{what} {theirs or 'none'} (shot.toml: {ours or 'none'})"
        for what, theirs, ours in _facts(shot, turnover, file)
        if theirs != ours
    ]
    if differing:
        sentence = f"Resolve exported {', '.join(differing)}"
        yield Finding(verdict="note", subject=SUBJECT, sentence=sentence, remedy=REMEDY)
    else:
        yield Finding(verdict="ok", subject=SUBJECT, sentence="shot.toml says the same")
    if turnover.balanced is not None and has_own_plates(shot):
        yield Finding(
            verdict="stop",
            subject=SUBJECT,
            sentence="Resolve brought balanced plates, and shot.toml says that `balance` made them",
            remedy="remove its table [made.balance]",
        )
    if turnover.aces.version is None:
        yield Finding(
            verdict="note",
            subject=SUBJECT,
            sentence="nobody could say which ACES version the project has",
            remedy="look in Project Settings > Color Management; only 1.x fits",
        )


def _facts(
    shot: Shot, turnover: Turnover, file: Path
) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield what both say: its name, the turnover's word, the shot's."""
    stated = {
        "source": shot.source.scan,
        "reference": shot.reference.sequence,
        "balanced": shot.source.balanced,
        "master": shot.source.master,
    }
    for role, ours in stated.items():
        theirs = pattern_of(turnover, role, file, shot.root)
        if role == "balanced" and theirs is None and has_own_plates(shot):
            continue  # the tool's own balanced plates are no business of Resolve's
        yield role, theirs, ours
    yield "frame rate", str(turnover.frame_rate), str(shot.shot.frame_rate)
    yield "frames", str(turnover.frames), str(shot.shot.frames)
    yield "timecode", turnover.start_timecode, shot.source.timecode
    yield "reel", turnover.reel or None, shot.source.reel


def has_own_plates(shot: Shot) -> bool:
    """Say whether the tool's own balance wrote the balanced plates."""
    return "balance" in shot.made and bool(shot.made["balance"].settings.get("plates"))
