"""`chromaresolve review`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder
from chromaresolve.errors import UsageError

if TYPE_CHECKING:
    from chromaresolve.review import Said


def review(
    shot: ShotFolder,
    *,
    accept: Annotated[
        str | None, typer.Option(help="These frames are right as they are, such as 5,9-12.")
    ] = None,
    reject: Annotated[
        str | None, typer.Option(help="These are not, whatever the review says of them.")
    ] = None,
    why: Annotated[str, typer.Option(help="With --accept or --reject: the reason.")] = "",
    json: AsJson = False,
) -> None:
    """Look at every recovered frame without a reference, and say which stand out and why.

    Example: chromaresolve review sh010

    Example: chromaresolve review sh010 --reject 1007 --why "her coat turns green"
    """
    from chromaresolve.review import load_review
    from chromaresolve.review import review as review_shot
    from chromaresolve.shot import Shot

    if why and not (accept or reject):
        raise UsageError("--why: say --accept or --reject with it")
    screen = Screen(as_json=json)
    if accept or reject:
        _decide(screen, shot, {"accepted": accept, "rejected": reject}, why)
        return
    with screen.progress("review") as tell:
        made = review_shot(Shot.load(shot), say=screen.say, on_progress=tell)
    numbers = made.made["review"].measured
    standing = f"{numbers['flagged']} of {numbers['frames']} frames stand out"
    if numbers["rejected"]:
        standing += f", {numbers['rejected']} were rejected"
    screen.finish(
        f"{standing}: {made.path('review/flagged.json')}; next: `chromaresolve report {shot}`",
        load_review(made) or {},
    )


def _decide(screen: Screen, folder: Path, said: dict[Said, str | None], why: str) -> None:
    from chromaresolve.review import decide_frames, load_review
    from chromaresolve.shot import FrameRange, Shot

    shot = Shot.load(folder)
    ranges = {verdict: FrameRange.parse(frames) for verdict, frames in said.items() if frames}
    both = set.intersection(*map(set, ranges.values())) if len(ranges) > 1 else set()
    if both:
        raise UsageError(f"frame {min(both)} cannot be both accepted and rejected")
    for verdict, frames in ranges.items():
        decide_frames(shot, frames, verdict, why=why, say=screen.say)
    screen.finish(
        "remembered; the composite's markers and `pairs --add-from-review` go by it",
        load_review(shot) or {},
    )
