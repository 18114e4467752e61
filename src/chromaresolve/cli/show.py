"""`chromaresolve show`."""

from __future__ import annotations

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def show(shot: ShotFolder, *, json: AsJson = False) -> None:
    """Show where a shot stands and what to do next.

    Example: chromaresolve show sh010
    """
    from chromaresolve.shot import Shot
    from chromaresolve.workflow import next_stage, standing

    screen = Screen(as_json=json)
    loaded = Shot.load(shot)
    rows = standing(loaded)
    head = f"{loaded.shot.name}: frames {loaded.shot.frames} at {loaded.shot.frame_rate} a second"
    screen.say(head + (f", {loaded.shot.film}" if loaded.shot.film else ""))
    for stage, state in rows.items():
        screen.say(f"{stage:>10}  {state}")
    todo = next_stage(loaded)
    screen.finish(
        f"next: `chromaresolve {todo.command} {shot}`" if todo else "everything is up to date",
        {"shot": loaded.shot.name, "stages": rows, "next": todo.command if todo else None},
    )
