"""`chromaresolve report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder
from chromaresolve.errors import UsageError


def report(
    shot: ShotFolder,
    *,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show training and recovery live, on this machine.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where --serve listens; 8642 if not said.")
    ] = None,
    stills: Annotated[
        bool, typer.Option("--stills", help="Write stills of hold-outs and flagged frames, too.")
    ] = False,
    tiff: Annotated[
        bool, typer.Option("--tiff", help="The stills as 16 bit TIFF instead of PNG.")
    ] = False,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print the page to report.pdf, with Chromium or its like.")
    ] = False,
    open_it: Annotated[
        bool, typer.Option("--open", help="Open it in the browser; with --serve, the live page.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Write one page that shows what was done and measured; --serve shows the work live.

    Example: chromaresolve report sh010 --stills --pdf

    Example: chromaresolve report sh010 --serve --open
    """
    _require_together(serve=serve, port=port, stills=stills, tiff=tiff, pdf=pdf, json=json)
    screen = Screen(as_json=json)
    if serve:
        _serve(shot, port, screen, open_it=open_it)
        return
    from chromaresolve.report import report as report_shot
    from chromaresolve.shot import Shot

    with screen.progress("report") as tell:
        made = report_shot(Shot.load(shot), say=screen.say, on_progress=tell)
    page = made.path("report/index.html")
    more: dict[str, object] = {}
    if stills:
        from chromaresolve.report.stills import write_stills

        with screen.progress("stills") as tell:
            files = write_stills(
                made, kind="tiff" if tiff else "png", say=screen.say, on_progress=tell
            )
        screen.say(f"{len(files)} stills in {made.path('report/stills')}")
        more["stills"] = [str(file) for file in files]
    if pdf:
        from chromaresolve.report.printing import print_page

        more["pdf"] = str(print_page(made, say=screen.say))
        screen.say(f"printed {more['pdf']}")
    if open_it:
        _open(page.absolute().as_uri())
    screen.finish(f"open {page}", {**made.made["report"].model_dump(), **more})


def _require_together(
    *, serve: bool, port: int | None, stills: bool, tiff: bool, pdf: bool, json: bool
) -> None:
    if serve and (stills or pdf or json):
        raise UsageError("--serve goes on until Ctrl-C: leave --stills, --pdf and --json out")
    if port is not None and not serve:
        raise UsageError("--port is where --serve listens: say --serve")
    if tiff and not stills:
        raise UsageError("--tiff is what --stills are written as: say --stills")


def _serve(folder: Path, port: int | None, screen: Screen, *, open_it: bool) -> None:
    from chromaresolve.report.serving import PORT, serve
    from chromaresolve.shot import Shot
    from chromaresolve.workflow import Looker

    serve(
        Shot.load(folder),
        Looker(),
        port=port or PORT,
        say=screen.say,
        on_ready=_open if open_it else lambda _address: None,
    )


def _open(address: str) -> None:
    import webbrowser

    webbrowser.open(address)
