"""`chromaresolve composite`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder
from chromaresolve.errors import UsageError


def composite(
    shot: ShotFolder,
    *,
    on: Annotated[
        str,
        typer.Option(
            help="display: onto the plate's display values. aces: onto the shot's master, the ACES "
            "original, highlights above white kept: the archive's master."
        ),
    ] = "display",
    blend: Annotated[
        str,
        typer.Option(
            help="exact: the plate's own luma. color: W3C's Color blend, to compare, as "
            "NAME_COLOR_COMP_####.exr."
        ),
    ] = "exact",
    out: Annotated[Path | None, typer.Option(help="Write here instead.")] = None,
    timeline: Annotated[
        Path | None,
        typer.Option(help="Write the composite timeline to this .otio instead of merging."),
    ] = None,
    absolute: Annotated[
        bool, typer.Option("--absolute", help="In the timeline: name media by their whole paths.")
    ] = False,
    pair: Annotated[
        bool,
        typer.Option("--pair", help="With --timeline: Source and Reference, for the conform."),
    ] = False,
    json: AsJson = False,
) -> None:
    """Merge the recovered colour onto the original scan, as Resolve's composite mode Color does.

    With --timeline nothing is merged: the plate, the recovered frames, and the baseline and merge
    where they were made, become a timeline for Resolve's File > Import > Timeline. With --pair it
    holds the scan and the Reference over it instead, and nothing need be recovered yet.

    Example: chromaresolve composite sh010
    """
    from chromaresolve.composite import composite as composite_shot
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    if timeline is not None:
        if out is not None:
            raise UsageError("--timeline takes the merge from the shot's folder: leave --out away")
        if (on, blend) != ("display", "exact"):
            raise UsageError("--timeline merges nothing: leave --on and --blend away")
        _write_timeline(screen, shot, timeline, absolute=absolute, pair=pair)
        return
    if absolute or pair:
        option = "--absolute" if absolute else "--pair"
        raise UsageError(f"{option} is for --timeline: name the .otio too")
    with screen.progress("composite") as tell:
        made = composite_shot(
            Shot.load(shot), on=on, blend=blend, out=out, say=screen.say, on_progress=tell
        )
    where = out or made.path("composite")
    record = made.made.get("composite") if blend == "exact" else None
    screen.finish(f"composite: {where}", record.model_dump() if record else {"out": str(where)})


def _write_timeline(
    screen: Screen, folder: Path, file: Path, *, absolute: bool, pair: bool
) -> None:
    from chromaresolve.composite.otio import write_pair_timeline, write_timeline
    from chromaresolve.shot import Shot

    shot = Shot.load(folder)
    if pair:
        written = write_pair_timeline(shot, file, absolute=absolute, say=screen.say)
        bring_back = None
    else:
        written, bring_back = write_timeline(shot, file, absolute=absolute, say=screen.say)
    screen.finish(
        f"{file}: import it with File > Import > Timeline, in any edition of Resolve, the free one "
        "too; leave the dialog as it is",
        {
            "timeline": str(file),
            "bring_back": str(bring_back) if bring_back else None,
            "tracks": [track.name for track in written.tracks],
            "frames": f"{written.first}-{written.last}",
            "start_timecode": written.start_timecode,
            "drop_frame": written.drop_frame,
            "frame_rate": str(written.frame_rate),
        },
    )
