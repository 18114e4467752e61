"""`chromaresolve show`."""

from __future__ import annotations

from rich.text import Text

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder

LOOKS = {
    "plain": "",
    "head": "bold",
    "quiet": "dim",
    "stale": "yellow",
    "trouble": "red",
    "work": "bold cyan",
}
"""What each tone looks like: colour only where something asks for a look."""


def show(shot: ShotFolder, *, json: AsJson = False) -> None:
    """Show where a shot stands, what is at work, what is stale, and what to do next.

    Example: chromaresolve show sh010
    """
    from chromaresolve.shot import Shot
    from chromaresolve.workflow import glance_lines, measure_disk, take_glance

    screen = Screen(as_json=json)
    loaded = Shot.load(shot)
    glance, disk = take_glance(loaded), measure_disk(loaded)
    console = screen.console
    is_drawn = not screen.is_read and not screen.is_farmed and screen.console.is_terminal
    lines = glance_lines(
        glance,
        disk,
        str(shot),
        width=console.width if is_drawn else None,
        marks=console.encoding.lower().startswith("utf"),
    )
    for line in lines:
        if is_drawn:
            console.print(Text.assemble(*((words, LOOKS[tone]) for words, tone in line)))
        elif line:
            screen.say("".join(words for words, _ in line).rstrip())
    if json:
        screen.finish("", {**glance.to_record(), "disk": disk})
