"""A new shot folder: its manifest with the artist's tables laid out, and the schema for editors."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path

import tomlkit

from chromaresolve.errors import ShotError
from chromaresolve.files import write_text
from chromaresolve.shot.document import FILE_NAME, SCHEMA
from chromaresolve.shot.ranges import FrameRange
from chromaresolve.shot.record import Shot, manifest_schema

SCHEMA_FILE = ".chromaresolve/shot.schema.json"
"""Where editors find the schema, relative to the shot folder."""

TEMPLATE = """\
#:schema ./{schema_file}
# The tables above [made] are yours; every stage writes its own table under [made].
schema = {schema}

[shot]
name = {name}
film = {film}
frame_rate = {rate}
frames = {frames} # inclusive

[source]
scan = {scan}
{balanced}{master}luma_from = "balanced" # "scan": keep the raw scan's luma instead

[reference]
sequence = {reference}
offset = 0 # Reference frame number minus Source frame number
kind = "direct" # "constructed": an informed estimate, not archival
note = "" # where it comes from

[colour]
chain = "display" # train on the Rec.709 2.4 values as exported
{ocio}
[plates]
degrain = 1.0 # for the network's eyes only; 0 where the plates are no display pictures

[training]
branch = {branch}
size = "medium"
minutes = 10.0
"""


def create(
    root: Path,
    *,
    scan: str,
    reference: str,
    frames: FrameRange,
    film: str = "",
    frame_rate: Fraction = Fraction(24),
    balanced: str | None = None,
    master: str | None = None,
    branch: str = "chroma",
    ocio: str | None = None,
) -> Shot:
    """Make a shot folder with its manifest. Frames on disk are not looked at.

    Raises:
        ShotError: There is a manifest already, or one of these cannot stand in one.
    """
    file = root / FILE_NAME
    if file.exists():
        raise ShotError(file, "", "there is a shot here already: choose another folder")
    text = TEMPLATE.format(
        schema_file=SCHEMA_FILE,
        schema=SCHEMA,
        name=_quoted(_shot_name(root)),
        film=_quoted(film),
        rate=_quoted(str(frame_rate)),
        frames=_quoted(str(frames)),
        scan=_quoted(scan),
        reference=_quoted(reference),
        branch=_quoted(branch),
        balanced=f"balanced = {_quoted(balanced)}\n" if balanced else "",
        master=f"master = {_quoted(master)}\n" if master else "",
        ocio=f"ocio = {_quoted(ocio)}\n" if ocio else "",
    )
    # Checked before it is written: what is refused must not stand in the way of the next try.
    shot = Shot.checked(tomllib.loads(text), root)
    write_text(root / SCHEMA_FILE, manifest_schema())
    write_text(file, text)
    return shot


def _quoted(text: str) -> str:
    return tomlkit.item(text).as_string()


def _shot_name(root: Path) -> str:
    """Make a name out of the folder's: what a file name cannot hold becomes a dash."""
    name = "".join(
        c if c.isascii() and (c.isalnum() or c in "_.-") else "-" for c in root.resolve().name
    )
    return name.lstrip("_.-").rstrip("-.") or "shot"
