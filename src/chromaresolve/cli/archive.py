"""`chromaresolve archive`."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen
from chromaresolve.errors import UsageError


class Share(StrEnum):
    """How frames go into a package."""

    COPY = "copy"
    REFERENCE = "reference"


def archive(
    shot: Annotated[Path | None, typer.Argument(metavar="SHOT", help="The shot's folder.")] = None,
    *,
    out: Annotated[
        Path | None, typer.Option(help="Write the package here instead of SHOT_archive.")
    ] = None,
    masters: Annotated[
        Share, typer.Option(help="Recovered frames: copied, or named with their checksums.")
    ] = Share.COPY,
    plates: Annotated[Share, typer.Option(help="Plates and Reference: the same.")] = Share.COPY,
    verify: Annotated[
        Path | None, typer.Option(metavar="BAG", help="Check a package instead of making one.")
    ] = None,
    extract: Annotated[
        Path | None, typer.Option(metavar="BAG", help="Check a package and give back its shot.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="With --extract: the new shot's folder.")] = None,
    originals: Annotated[
        Path | None,
        typer.Option(help="With --verify or --extract: where files by reference lie, to check."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Make a package of a recovered shot for an archive: a BagIt bag that explains itself.

    Example: chromaresolve archive sh010 --out /archive/sh010 --plates reference

    Example: chromaresolve archive --verify /archive/sh010
    """
    if sum(one is not None for one in (shot, verify, extract)) != 1:
        raise UsageError("archive: name a SHOT, or --verify BAG, or --extract BAG, and only one")
    if (extract is None) != (to is None):
        raise UsageError("archive: --extract and --to go together")
    if originals is not None and shot is not None:
        raise UsageError("archive: --originals is for --verify and --extract")
    if shot is None and (out is not None or Share.REFERENCE in {masters, plates}):
        raise UsageError("archive: --out, --masters and --plates are for making a package")
    screen = Screen(as_json=json)
    if verify is not None:
        _verify(screen, verify, originals)
    elif extract is not None and to is not None:
        _extract(screen, extract, to, originals)
    elif shot is not None:
        _make(screen, shot, out, masters=masters, plates=plates)


def _make(screen: Screen, folder: Path, out: Path | None, *, masters: Share, plates: Share) -> None:
    from chromaresolve.archive import archive as archive_shot
    from chromaresolve.archive import in_units
    from chromaresolve.shot import Shot

    with screen.progress("archive") as tell:
        package = archive_shot(
            Shot.load(folder),
            out=out,
            masters=masters.value,
            plates=plates.value,
            say=screen.say,
            on_progress=tell,
        )
    screen.finish(
        f"{package.bag}: {package.files} files, {in_units(package.size)}, packed and checked; "
        f"later: `chromaresolve archive --verify {package.bag}`",
        {**asdict(package), "bag": str(package.bag)},
    )


def _verify(screen: Screen, bag: Path, originals: Path | None) -> None:
    from chromaresolve.archive import verify

    with screen.progress("verify") as tell:
        checked = verify(bag, originals=originals, say=screen.say, on_progress=tell)
    beside = f", and {checked.looked_at} by reference" if checked.looked_at else ""
    screen.finish(
        f"{bag}: whole: {checked.files} files{beside} are as they were packed",
        {**asdict(checked), "bag": str(bag), "whole": True},
    )


def _extract(screen: Screen, bag: Path, to: Path, originals: Path | None) -> None:
    from chromaresolve.archive import extract

    with screen.progress("extract") as tell:
        shot = extract(bag, to=to, originals=originals, say=screen.say, on_progress=tell)
    screen.finish(
        f"{shot.root}: shot {shot.shot.name} is back; next: `chromaresolve show {shot.root}`",
        {"shot": shot.shot.name, "root": str(shot.root)},
    )
