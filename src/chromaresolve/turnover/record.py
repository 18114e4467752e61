"""What Resolve's menu wrote down about the pair it exported: `turnover.json`, read strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.handover import FORMAT
from chromaresolve.bridge.timecode import timecode_to_frames
from chromaresolve.errors import ShotError
from chromaresolve.shot.tables import Table
from chromaresolve.shot.values import FileName, Frames, Rate, Timecode

AGAIN = "run 5 Export Pair in Resolve again"
"""What to do about a turnover that is not what it must be."""


class Resolve(Table):
    """The Resolve that exported."""

    version: str
    """Such as `21.0.4`."""
    edition: str
    """`studio` or `free`."""
    project: str
    """The project's name."""
    timeline: str
    """The timeline's name."""


class Aces(Table):
    """The project's colour management."""

    science: str
    """Such as `acescct`."""
    version: str | None
    """Such as `1.3`; none where neither Resolve nor the user said."""
    odt: str
    """The output transform of the pair."""
    gamut_compress: str | None
    """`None` is Resolve's word for off; none where it could not be read."""


class Exported(Table):
    """One sequence that was exported."""

    pattern: FileName
    """Its frames, relative to the turnover's folder."""
    frames: Frames
    """Which frames these are."""
    compression: str
    """As the files' headers say."""
    clip: str
    """The clip's name in Resolve."""
    file: str
    """Where the clip's own media lie."""
    input_transform: str
    """The clip's ACES input transform."""
    size: int
    """Of all files together, in bytes."""
    made_from: str
    """Stands for everything it was made from: another one is another export."""
    notes: tuple[str, ...]
    """What the artist was told of it."""
    unscaled: bool = False
    """Of the Source: its pixels are the scan's own, one to one."""
    transform: Mapping[str, float] = {}
    """Of the Reference: what the Inspector moved, by Resolve's names."""
    offset: int = 0
    """Of the Reference: its frame number minus the Source's, as exported."""
    kind: Literal["direct", "constructed"] = "direct"
    """Of the Reference."""


class Turnover(Table):
    """`turnover.json`."""

    format: Literal[1]
    """The version of the file's layout."""
    tool: str
    """What wrote it."""
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """The shot's name, as every file of it begins."""
    film: str
    """The film's title."""
    resolve: Resolve
    """Where it comes from."""
    frame_rate: Rate
    """Frames per second, exact."""
    drop_frame: bool
    """Whether its timecode drops numbers."""
    frames: Frames
    """The Source's frames."""
    start_timecode: Timecode
    """Of the first of them."""
    reel: str
    """The Source's reel; empty where it has none."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""
    pixel_aspect: str
    """Such as `square`."""
    aces: Aces
    """Colour management."""
    encoding: Literal["display"]
    """What the pair's values are."""
    source: Exported | None
    """The faded scan; none while its export is not done."""
    reference: Exported | None
    """The better coloured copy; none while its export is not done."""
    balanced: Exported | None
    """The balanced scan, where there is one."""
    master: Exported | None
    """The ACES original, where it was asked for."""
    offsets: Mapping[str, int]
    """Shifts in time that were in force, in frames."""
    notes: tuple[str, ...]
    """What the artist was told."""

    @model_validator(mode="after")
    def _has_a_timecode_of_its_rate(self) -> Self:
        try:
            timecode_to_frames(self.start_timecode, self.frame_rate)
        except BridgeError as error:
            raise ValueError(str(error)) from error
        return self


def load_turnover(file: Path) -> Turnover:
    """Read what Resolve handed over.

    Raises:
        ShotError: It is not there, not what it must be, not finished, or of an ACES that this tool
            does not have.
    """
    turnover = _checked(file, _read(file))
    version = turnover.aces.version
    if version is not None and version.partition(".")[0] != "1":
        problem = (
            f"the project is ACES {version}, whose output transforms make another picture than "
            f"those of 1.x, which this tool has: set it to 1.3 with 1 Set Up Project, and {AGAIN}"
        )
        raise ShotError(file, "aces.version", problem)
    for role in ("source", "reference"):
        if getattr(turnover, role) is None:
            raise ShotError(file, role, f"is not exported yet: {AGAIN}")
    return turnover


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ShotError(file, "", f"is not there: {AGAIN}") from None
    except (OSError, ValueError) as error:
        raise ShotError(file, "", f"cannot be read ({error}): {AGAIN}") from error
    if not isinstance(content, dict):
        raise ShotError(file, "", f"is no turnover: {AGAIN}")
    if content.get("format") != FORMAT:
        problem = (
            f"found {content.get('format')!r}, and this ChromaResolve reads {FORMAT}: bring it and "
            "its menu in Resolve to one version with `chromaresolve resolve install`"
        )
        raise ShotError(file, "format", problem)
    return content


def _checked(file: Path, content: dict[str, Any]) -> Turnover:
    try:
        # As JSON: only there is a list a tuple.
        return Turnover.model_validate_json(json.dumps(content))
    except ValidationError as error:
        problems = error.errors()
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        said = first["msg"].removeprefix("Value error, ")
        where = ".".join(map(str, first["loc"]))
        raise ShotError(file, where, f"{said[0].lower()}{said[1:]}{more}: {AGAIN}") from error
