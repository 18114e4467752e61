"""What a balance leaves in the shot's folder: the record, the shader, the LUT and the evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chromaresolve import __version__
from chromaresolve.balance.course import Course
from chromaresolve.balance.cube import ACES_CUBE, ForAces, cube_settings
from chromaresolve.balance.diagnosis import Diagnosis
from chromaresolve.balance.medium import Medium
from chromaresolve.balance.sampling import Pixels
from chromaresolve.balance.transform import DyeBalance
from chromaresolve.cube import write_cube
from chromaresolve.errors import StageError, UsageError
from chromaresolve.files import shipped, write_text
from chromaresolve.frames import write_picture
from chromaresolve.shaders import read_shader, with_defaults
from chromaresolve.shot import Shot

FILE = "balance.json"
"""What was found; 'Place PreBalance' in Resolve reads it."""

FORMAT = 1
"""The version of its layout."""

FOLDER = "balance"
"""Where shader, LUT and evidence lie, in the shot's folder."""

SHADER = "ChromaResolve PreBalance"
"""The shader that a shot's own is made from; its name begins the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where everything is, relative to the shot's folder."""

    evidence: str
    """Before and after, with scopes."""
    dctl: str | None
    """The shot's own shader; None where it was not asked for."""
    cube: str | None
    """The same as a LUT."""
    aces_cube: str | None
    """The same for nodes that get ACEScct, where the balance is of display values."""


def name_files(shot: Shot, medium: Medium, *, dctl: bool) -> Files:
    """Return where a shot's files go."""
    stem = f"{FOLDER}/{SHADER} {shot.shot.name}"
    return Files(
        evidence=f"{FOLDER}/{shot.shot.name}_balance.png",
        dctl=f"{stem}.dctl" if dctl else None,
        cube=f"{stem}.cube" if dctl else None,
        aces_cube=f"{stem} ACEScct.cube" if dctl and not medium.is_scene else None,
    )


def write_shaders(shot: Shot, balance: DyeBalance, files: Files) -> None:
    """Write the shot's own shader, whose defaults are the balance, and the same as a LUT.

    Raises:
        StageError: A value that the artist stated is beyond the shader's controls.
    """
    if files.dctl is None or files.cube is None:
        return
    title = f"{shot.shot.name}: solved by ChromaResolve {__version__}"
    shader = read_shader(shipped("dctl") / f"{SHADER}.dctl")
    try:
        text = with_defaults(shader, balance.to_controls(), title=title)
    except UsageError as error:
        problem = f"[balance] does not fit the shader's controls: {error}"
        raise StageError(shot.file, problem) from error
    shot.path(FOLDER).mkdir(exist_ok=True)
    write_text(shot.path(files.dctl), text)
    write_cube(shot.path(files.cube), balance, title=title, **cube_settings(balance))
    if files.aces_cube:
        write_cube(shot.path(files.aces_cube), ForAces(balance), title=title, **ACES_CUBE)


def write_record(
    shot: Shot, diagnosis: Diagnosis, course: Course, medium: Medium, files: Files
) -> None:
    """Write `balance.json`."""
    ends = [{"frame": frame, **balance.to_record()} for frame, balance in course.ends or ()]
    content = {
        "version": FORMAT,
        "shot": shot.shot.name,
        "tool": __version__,
        "diagnosis": diagnosis.sentence,
        "encoding": medium.encoding,
        "dctl": files.dctl,
        "cube": files.cube,
        "aces_cube": files.aces_cube,
        "evidence": files.evidence,
        "balance": course.balance.to_record(),
        "deviation": dict(zip(("cyan", "magenta", "yellow"), diagnosis.deviation, strict=True)),
        "burnt_out": dict(zip(("red", "green", "blue"), diagnosis.burnt_out, strict=True)),
        "grain_growth": diagnosis.grain_growth,
        "spoke": diagnosis.spoke,
        "notes": diagnosis.notes,
        "drift": ends,
    }
    write_text(shot.path(FILE), json.dumps(content, indent=2) + "\n")


def load_balance(shot: Shot) -> DyeBalance:
    """Return the balance that `balance.json` keeps.

    Raises:
        StageError: There is none, or it is broken.
    """
    path = shot.path(FILE)
    try:
        record = dict(json.loads(path.read_text(encoding="utf-8"))["balance"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StageError(path, f"cannot be read ({error}): run `chromaresolve balance`") from error
    return DyeBalance.from_record(record)


def write_evidence(
    shot: Shot, diagnosis: Diagnosis, medium: Medium, plate: Pixels, balanced: Pixels, files: Files
) -> None:
    """Write the picture of before and after, with scopes."""
    from chromaresolve.balance.evidence import draw_evidence

    lines = [
        f"density measured in {'the scene' if medium.is_scene else 'the plate'}: {medium.reason}",
        f"luma grain in flat areas: {diagnosis.grain_growth:.2f} times the scan's",
        *(f"{who} spoke for it" for who in diagnosis.spoke),
        *diagnosis.notes,
    ]
    picture = draw_evidence(
        medium.look(plate).display_709,
        medium.plate_to_display(balanced),
        title=f"{shot.shot.name}: {diagnosis.sentence}",
        lines=lines,
        retention=diagnosis.balance.retention,
    )
    shot.path(FOLDER).mkdir(exist_ok=True)
    write_picture(shot.path(files.evidence), picture)
