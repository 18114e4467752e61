"""`chromaresolve align`."""

from __future__ import annotations

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def align(shot: ShotFolder, *, json: AsJson = False) -> None:
    """Bring every pair's Reference onto its Source frame, and mask what cannot be trusted.

    Example: chromaresolve align sh010
    """
    from chromaresolve.alignment import align as align_shot
    from chromaresolve.alignment import usable_pairs
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    with screen.progress("align") as tell:
        aligned = align_shot(Shot.load(shot), say=screen.say, on_progress=tell)
    made = aligned.made["alignment"]
    screen.finish(
        f"{len(usable_pairs(aligned))} of {len(aligned.pair)} pairs aligned, the worst within "
        f"{made.measured['worst_residual_px']} pixels; next: `chromaresolve train {shot}`",
        made.model_dump(),
    )
