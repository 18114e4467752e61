"""A shot's pre-balance: what the tool made, whether it fits a project, and where its files lie.

Resolve is not called here.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from typing import Any, Dict, Iterator, Mapping, NamedTuple, Optional, Sequence, Tuple

from .errors import BridgeError
from .installed import (
    Copy,
    fingerprint,
    is_there,
    load_copies,
    settle_copies,
    sha256,
    write_copies,
)
from .names import PRE_BALANCE
from .places import TOOL, Machine, shared_place, user_place
from .project_settings import COLOUR_PAGE, SCIENCE
from .step import Finding

FILE = "balance.json"
"""What the tool says about a shot's balance, in the shot's folder."""

VERSION = 1
"""How that is laid out."""

MAKE = "run `chromaresolve balance SHOT --dctl`"
"""What writes it."""

LUT_SPACE = "colorAcesNodeLUTProcessingSpace"
"""Resolve's name for what LUTs on nodes get in an ACES project."""

SPACE, GAMMA, APART = "colorSpaceTimeline", "colorSpaceTimelineGamma", "separateColorSpaceAndGamma"
"""Resolve's names for the timeline's colour space without ACES, and whether it is in two parts."""

ENCODING_KEYS = (SCIENCE, LUT_SPACE, SPACE, GAMMA, APART)
"""The settings that decide what nodes get."""

DISPLAY = "Rec.709 Gamma 2.4"
"""What Resolve calls the tool's `gamma24`."""

UNMANAGED = "davinciYRGB"
"""The colour science that hands clips to nodes as they are."""


class Lut(NamedTuple):
    """One form of a pre-balance: the DCTL, or the cube."""

    file: Path
    """In the shot's folder."""
    content: bytes
    """What stands in it."""

    @property
    def name(self) -> str:
        """What it is called, wherever it lies."""
        return self.file.name


class Balance(NamedTuple):
    """What the tool made of a shot."""

    encoding: str
    """What values it works on: `acescct`, `gamma24` or another word of the tool's."""
    diagnosis: str
    """How faded the film was found, in words."""
    dctl: Optional[Lut]
    """The exact form; None where only a cube fits."""
    cube: Optional[Lut]
    """The form that every edition takes; None where there is none."""
    aces_cube: Optional[Lut] = None
    """A balance of display values for nodes that get ACEScct; None where there is none."""

    @property
    def forms(self) -> Tuple[Lut, ...]:
        """Those that there are, the better one first."""
        return tuple(one for one in (self.dctl, self.cube) if one is not None)

    @property
    def cubes(self) -> Tuple[Lut, ...]:
        """Those that every edition takes."""
        return () if self.cube is None else (self.cube,)

    @property
    def names(self) -> Tuple[str, ...]:
        """What they are called."""
        return tuple(lut.name for lut in self.forms)


class Shelf(NamedTuple):
    """The folder from which Resolve is to take a pre-balance, and what is there."""

    folder: Path
    """Ours in one of Resolve's LUT folders."""
    luts: Tuple[Lut, ...]
    """What can be set from there, the better one first."""
    system: str
    """The machine's: Windows may write paths with backslashes."""
    by_hand: str
    """What the user does where a script cannot."""
    missing: Tuple[Lut, ...] = ()
    """Those that are not there, or are of an earlier balance."""
    is_settled: bool = True
    """Whether every node has been given them since they were written."""

    def path(self, lut: Lut) -> Path:
        """Return where a file is to lie."""
        return self.folder / lut.name

    def spoken(self, lut: Lut) -> Tuple[str, ...]:
        """Return what Resolve may know a file as: from its LUT folder on, or by its whole path."""
        relative = f"{TOOL}/{lut.name}"
        windows = (str(PureWindowsPath(relative)),) if self.system == "Windows" else ()
        return (relative, *windows, str(self.path(lut)))


def load_balance(folder: Path, name: str) -> Balance:
    """Read what the tool made of a shot.

    Raises:
        BridgeError: It is not there, not whole, or of another shot.
    """
    file = folder / FILE
    try:
        made: Dict[str, Any] = dict(json.loads(file.read_text(encoding="utf-8")))
        version = made["version"]
        shot, encoding, files = _stated(made) if version == VERSION else ("", "", ())
    except FileNotFoundError as error:
        raise BridgeError(str(file), "is not there", f"{MAKE} first") from error
    except (OSError, ValueError, LookupError, TypeError) as error:
        cause = f"is not what it must be ({type(error).__name__}: {error})"
        raise BridgeError(str(file), cause, f"{MAKE} again") from error
    if version != VERSION:
        cause = f"is of version {version}, which this menu does not know"
        remedy = "bring the tool and its menu to one version with `chromaresolve resolve install`"
        raise BridgeError(str(file), cause, remedy)
    if shot != name:
        raise BridgeError(str(file), f"is of shot {shot!r}", f"answer with the folder of {name!r}")
    dctl, cube, aces_cube = (None if one is None else _read(folder / one) for one in files)
    return Balance(encoding, str(made.get("diagnosis") or ""), dctl, cube, aces_cube)


def fitting(balance: Balance, settings: Mapping[str, str]) -> Balance:
    """Return the balance as the nodes of a project need it.

    A balance of display values has a cube besides for ACEScct nodes: it goes through the output
    transform, balances, and goes back.
    """
    if balance.encoding != "gamma24" or balance.aces_cube is None:
        return balance
    if _node_encoding(settings) != "acescct":
        return balance
    return Balance("acescct", balance.diagnosis, None, balance.aces_cube)


def judge_encoding(encoding: str, settings: Mapping[str, str]) -> Finding:
    """Say whether nodes of a project get what a balance works on."""
    subject, got = "the balance's encoding", _node_encoding(settings)
    if got == encoding:
        return Finding("ok", subject, f"{encoding}, as nodes get it here")
    # Nothing is converted in such a project: a log scan reaches the nodes as log.
    is_as_scanned = settings[SCIENCE] == UNMANAGED and encoding != "acescct"
    if got and not is_as_scanned:
        sentence = f"it works on {encoding}, and nodes get {got} here ({COLOUR_PAGE})"
        return Finding("stop", subject, sentence)
    told = ", ".join(settings[key] for key in (SCIENCE, SPACE) if settings[key]) or "nothing"
    sentence = (
        f"it works on {encoding}; what nodes get here is not known ({COLOUR_PAGE} tells {told}): "
        "look whether greys are neutral, and if not, balance the shot for what this project has"
    )
    return Finding("note", subject, sentence)


def is_named(lut: str, names: Sequence[str]) -> bool:
    """Say whether a node's LUT is one of these in our folder, however Resolve writes its path."""
    told = f"/{lut}".replace("\\", "/")
    return any(told.endswith(f"/{TOOL}/{name}") for name in names)


def find_shelf(machine: Machine, home: Path, shot: Path, luts: Tuple[Lut, ...]) -> Shelf:
    """Say which folder the files go to, and what is there already; change nothing.

    Scripts set LUTs of the folder for all users alone (measured by users of 19.1.3 and 21.0.2), and
    often only an administrator may write there: then this user's own is taken, which Resolve at
    least lists.

    Raises:
        BridgeError: No such folder can be written, or something else lies in a file's place.
    """
    master, own = shared_place(machine).luts / TOOL, user_place(machine).luts / TOOL
    files = " and ".join(str(lut.file) for lut in luts)
    names = " or ".join(lut.name for lut in luts)
    by_hand = (
        f"copy {files} into {master} (an administrator may have to), choose Update Lists in "
        f"{COLOUR_PAGE}, and run this entry again; or right click the Source's node on the Color "
        f"page > LUT > {TOOL} > {names}, then run 2 Conform"
    )
    shelf = Shelf(master, luts, machine.system, by_hand)
    with _told(shelf):
        if master.parent.is_dir() and _is_writable(master):
            return _look_into(shelf, home, shot)
        there = tuple(lut for lut in luts if is_there(shelf.path(lut)))
        for lut in there:
            if fingerprint(shelf.path(lut)) != sha256(lut.content):
                cause = "is of another balance, and you may not replace it"
                remedy = f"have an administrator copy {lut.file} there, then run this entry again"
                raise BridgeError(str(shelf.path(lut)), cause, remedy)
        if there:
            return shelf._replace(luts=there)
        if not _is_writable(own):
            raise BridgeError(str(own), "you may not write there", by_hand)
        return _look_into(shelf._replace(folder=own), home, shot)


def copy_missing(shelf: Shelf, home: Path, shot: Path) -> None:
    """Write what is missing, whole or not at all.

    Raises:
        BridgeError: The disk does not take it; the next run goes on.
    """
    with _told(shelf):
        contents = {shelf.path(lut): lut.content for lut in shelf.missing}
        write_copies(home, contents, str(shot.resolve()))


def settle(shelf: Shelf, home: Path) -> None:
    """Put on record that every node has been given what lies there.

    Raises:
        BridgeError: The disk does not take it; the next run does it all once more.
    """
    with _told(shelf):
        settle_copies(home, map(shelf.path, shelf.luts))


def _node_encoding(settings: Mapping[str, str]) -> str:
    """Return what LUTs on nodes get, in the tool's word or in Resolve's; empty if not known."""
    science, space = settings[SCIENCE], settings[SPACE]
    if science == "acescct" and settings[LUT_SPACE] == "acesAp0Linear":
        return "ACES AP0 linear"
    if science in ("acescct", "acescc"):
        return science
    if settings[APART] == "1":
        space = f"{space} {settings[GAMMA]}"
    if space == DISPLAY:
        return "gamma24"
    return space if science != UNMANAGED and space.startswith("DaVinci WG") else ""


def _look_into(shelf: Shelf, home: Path, shot: Path) -> Shelf:
    """Say what lies in a folder that may be written to; refuse what is not ours."""
    files, missing = load_copies(home).files, []
    for lut in shelf.luts:
        path = shelf.path(lut)
        if path.is_symlink() or fingerprint(path) != sha256(lut.content):
            _refuse_others(path, files.get(path), shot)
            missing.append(lut)
    known = [files[path] for path in map(shelf.path, shelf.luts) if path in files]
    is_settled = not missing and all(one.is_on for one in known)
    return shelf._replace(missing=tuple(missing), is_settled=is_settled)


def _refuse_others(path: Path, known: Optional[Copy], shot: Path) -> None:
    """Refuse to write over what is not this shot's earlier balance."""
    if not is_there(path):
        return
    if known is None or not known.is_at(path):
        cause = "ChromaResolve did not put this here"
        raise BridgeError(str(path), cause, "move it away, then run this entry again")
    # A shot that was moved leaves no balance behind; another film's shot of this name has one.
    if known.shot != str(shot.resolve()) and (Path(known.shot) / FILE).is_file():
        cause = f"is the balance of another shot of this name, {known.shot}, and on its nodes"
        raise BridgeError(str(path), cause, "give one of the two another name")


def _is_writable(folder: Path) -> bool:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return there.is_dir() and os.access(str(there), os.W_OK)


def _stated(made: Mapping[str, Any]) -> Tuple[str, str, Tuple[Optional[Path], ...]]:
    """Return shot, encoding, and the DCTL, the cube and the cube for ACEScct."""
    cubes = (made.get(key) for key in ("cube", "aces_cube"))
    files = (None if cube is None else _file(cube, ".cube") for cube in cubes)
    return str(made["shot"]), str(made["encoding"]), (_file(made["dctl"], ".dctl"), *files)


def _file(text: Any, suffix: str) -> Path:
    file = Path(text)
    if not file.name.startswith(f"{PRE_BALANCE} ") or file.suffix != suffix:
        raise ValueError(f"it names {text!r}, and no {suffix} that begins with {PRE_BALANCE!r}")
    return file


def _read(file: Path) -> Lut:
    try:
        return Lut(file, file.read_bytes())
    except OSError as error:
        cause = f"cannot be read ({error.strerror or error})"
        raise BridgeError(str(file), cause, f"{MAKE} again") from error


@contextmanager
def _told(shelf: Shelf) -> Iterator[None]:
    """Turn what a disk says into a sentence."""
    try:
        yield
    except OSError as error:
        cause = f"cannot be read or written ({error.strerror or error})"
        raise BridgeError(str(error.filename or shelf.folder), cause, shelf.by_hand) from error
