"""`chromaresolve report`."""

from __future__ import annotations

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def report(shot: ShotFolder, *, json: AsJson = False) -> None:
    """Write one page that shows what was done and measured.

    Example: chromaresolve report sh010
    """
    from chromaresolve.report import report as report_shot
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    with screen.progress("report") as tell:
        made = report_shot(Shot.load(shot), say=screen.say, on_progress=tell)
    page = made.path("report/index.html")
    screen.finish(f"open {page}", made.made["report"].model_dump())
