"""Manifests the tests write, read and compare."""

from __future__ import annotations

from pathlib import Path

from chromaresolve.shot import Shot

SHOTS = Path(__file__).parent / "shots"
"""One folder for each thing that can be wrong, named after it."""

SMALL = """\
schema = 1

[shot]
name = "SH010"
frames = "1-24"

[source]
scan = "plates/SH010_SOURCE_####.exr"

[reference]
sequence = "plates/SH010_REF_####.exr"
"""
"""The least that is a manifest."""

COMMENTED = """\
# SH010, the kiss. Ask Marta before touching this.
schema = 1 # do not raise by hand

[shot] # see the call sheet
name = "SH010"
frames = "1-24"   # handles are cut off

# Scanned in 2019, warped in the last third.
[source]
scan = "plates/SH010_SOURCE_####.exr" # 4K

# The 1987 telecine.
[reference]
offset = 0
sequence = 'plates/SH010_REF_####.exr'

# her face is best here
[[pair]] # the close-up
source = 1 # first frame
reference = 1

# the fan hides this one
[[pair]]
source = 12
reference = 12
reason = "fan"

# Perforations on the left.
[crop]
left = 0x10 # sixteen

# end of my part
"""
"""A manifest as an artist types it: comments above, beside and below, numbers in odd ways."""


def write_manifest(root: Path, text: str) -> Path:
    """Make a shot folder of a manifest's text."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "shot.toml").write_text(text, encoding="utf-8")
    return root


def read_manifest(root: Path) -> str:
    """Return the manifest as it stands."""
    return (root / "shot.toml").read_text(encoding="utf-8")


def made(shot: Shot, stage: str, steps: int = 1) -> Shot:
    """Say that a stage was run."""
    return shot.with_made(
        stage,
        settings={"steps": steps},
        inputs={"file:plates/SH 010.exr": "1f"},
        outputs={"model.onnx": "2e"},
        measured={"dE2000": 2.25},
    )
