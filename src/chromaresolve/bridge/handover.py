"""What Resolve hands to the tool: `turnover.json` in the shot's folder.

It is written anew after every sequence that was exported, so that a render that fails costs none of
those before it: what is not done yet is null, and the tool does not begin until Source and
Reference are there. What comes back is read in `returned`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from . import VERSION
from .errors import BridgeError
from .journal import write_whole

FORMAT = 1
"""The version of the file's layout."""

FILE = "turnover.json"
"""Its name in the shot's folder."""

ROLES = ("source", "reference", "balanced", "master")
"""What can be exported, in the order in which it is."""


class Exported(NamedTuple):
    """One sequence that was exported, verified and put in its place."""

    pattern: str
    """Its frames, relative to the shot's folder."""
    first: int
    """Its first frame: the Source file's own number."""
    last: int
    """Its last frame, inclusive."""
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
    notes: Tuple[str, ...] = ()
    """What the artist should know of it."""
    more: Mapping[str, Any] = {}
    """`unscaled` of the Source; `transform`, `offset` and `kind` of the Reference."""

    @property
    def frames(self) -> range:
        """Its frames."""
        return range(self.first, self.last + 1)

    @property
    def prefix(self) -> str:
        """How its files begin, relative to the shot's folder."""
        return self.pattern.partition("#")[0]


class Turnover(NamedTuple):
    """Everything that is handed over about one shot."""

    facts: Mapping[str, Any]
    """What holds for the whole shot: names, rate, raster, colour management."""
    sequences: Mapping[str, Exported]
    """By role, those that are done."""
    notes: Tuple[str, ...] = ()
    """What the artist was told."""


def load_turnover(folder: Path) -> Optional[Turnover]:
    """Read what was handed over; None where nothing was.

    Raises:
        BridgeError: It is not what it must be.
    """
    file = folder / FILE
    try:
        return from_text(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        cause = f"is not what it must be ({type(error).__name__}: {error})"
        raise BridgeError(str(file), cause, "delete it, and run 5 Export Pair again") from error


def save_turnover(folder: Path, turnover: Turnover) -> None:
    """Write it, whole or not at all.

    Raises:
        BridgeError: The disk does not take it.
    """
    file = folder / FILE
    try:
        write_whole(file, to_text(turnover))
    except OSError as error:
        cause = f"cannot be written ({error.strerror or error})"
        remedy = "look whether the shot's folder may be written to and the disk has room"
        raise BridgeError(str(file), cause, remedy) from error


def from_text(text: str) -> Turnover:
    """Return what stands in the file's text.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: It is not what it must be.
    """
    content = json.loads(text)
    if content.pop("format") != FORMAT:
        raise ValueError("it is of another version")
    del content["tool"]
    notes = tuple(map(str, content.pop("notes")))
    found = {role: content.pop(role) for role in ROLES}
    sequences = {role: _exported(one) for role, one in found.items() if one is not None}
    return Turnover(facts=content, sequences=sequences, notes=notes)


def to_text(turnover: Turnover) -> str:
    """Return what stands in the file."""
    content: Dict[str, Any] = {
        "format": FORMAT,
        "tool": f"ChromaResolve {VERSION}",
        **turnover.facts,
        **{role: _plain(turnover.sequences.get(role)) for role in ROLES},
        "notes": list(turnover.notes),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _plain(exported: Optional[Exported]) -> Optional[Dict[str, Any]]:
    if exported is None:
        return None
    content = exported._asdict()
    more, first, last = content.pop("more"), content.pop("first"), content.pop("last")
    return {**content, "frames": f"{first}-{last}", **more}


def _exported(content: Dict[str, Any]) -> Exported:
    first, _, last = content.pop("frames").partition("-")
    known = {name: content.pop(name) for name in Exported._fields if name in content}
    known["notes"] = tuple(map(str, known["notes"]))
    return Exported(first=int(first), last=int(last), more=content, **known)
