"""`chromaresolve export`."""

from __future__ import annotations

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def export(shot: ShotFolder, *, json: AsJson = False) -> None:
    """Write the trained network as model.onnx, and prove it equal.

    Example: chromaresolve export sh010
    """
    from chromaresolve.shot import Shot
    from chromaresolve.training import export as export_shot

    screen = Screen(as_json=json)
    made = export_shot(Shot.load(shot)).made["model"]
    screen.finish(
        f"model.onnx differs from PyTorch by {made.measured['largest_difference']:.1e} at most; "
        f"next: `chromaresolve recover {shot}`",
        made.model_dump(),
    )
