"""`chromaresolve align`."""

from __future__ import annotations

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def align(shot: ShotFolder, *, json: AsJson = False) -> None:
    """Bring every pair's Reference onto its Source frame, and mask what cannot be trusted.

    Example: chromaresolve align sh010
    """
    from chromaresolve.alignment import align as align_shot
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    with screen.progress("align") as tell:
        made = align_shot(Shot.load(shot), on_progress=tell).made["alignment"]
    screen.finish(
        f"{len(made.outputs) - 1} pairs aligned, the worst within "
        f"{made.measured['worst_residual_px']} pixels; next: `chromaresolve train {shot}`",
        made.model_dump(),
    )
