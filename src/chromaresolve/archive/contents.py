"""What of a shot goes into its package, what is only named there, and what stays behind.

The shot's folder keeps its layout in the package, so that the package gives back a working shot.
What a studio's manifest names outside that folder has a place of its own beside it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Literal

from chromaresolve.composite import recovered_frames
from chromaresolve.errors import FrameError, StageError, UsageError
from chromaresolve.files import TEMPORARY_NAME
from chromaresolve.frames import Sequence
from chromaresolve.shot import FrameRange, Shot, out_of_date, require, stage_named
from chromaresolve.telling import Say

SHOT = "shot"
"""The folder in the package that is the shot's."""

OUTSIDE = "outside"
"""The folder in the package for what the manifest names outside the shot's folder."""

Share = Literal["record", "masters", "plates"]
"""What a file counts as: the record of the work, a recovered master, or what it was made from."""

How = Literal["copy", "reference"]
"""Whether a file lies in the package, or is only named there with its checksum."""

RULES: tuple[tuple[str, Share, str], ...] = (
    ("shot.toml", "record", "the manifest: what was asked for, and what every stage made"),
    ("model.onnx", "record", "the model, from the plate's RGB to chroma (Cb, Cr)"),
    ("model_fp16.onnx", "record", "the same model with half precision inside"),
    ("model_flame.onnx", "record", "the same model as Autodesk Flame takes it, RGB to RGB"),
    ("model_flame.json", "record", "what Flame must know of it"),
    ("MODEL_CARD.md", "record", "the model's card: what it was taught on, how well, its limits"),
    ("check.json", "record", "whether Source and Reference fit: what was found"),
    ("balance.json", "record", "how the dyes have faded, and the balance that undoes it"),
    ("balance/*", "record", "the balance: sheet of evidence, shader, LUT"),
    ("pairs/*", "record", "how the pairs were chosen; the plates' wear"),
    ("alignment/alignment.json", "record", "where each Reference lies on its Source, as matrices"),
    ("alignment/reference_*.exr", "record", "a Reference as it was taught; alpha is its trust"),
    ("alignment/*", "record", "a picture by which the alignment was judged"),
    ("baseline/*.cube", "record", "the LUT that the model had to beat"),
    ("training/plan.json", "record", "how the training was planned"),
    ("training/log.jsonl", "record", "the training's log, one JSON object a line"),
    ("training/index.html", "record", "the training's page: curves and pictures"),
    ("training/sheets/*", "record", "what the network could do at a step"),
    ("review/*", "record", "which recovered frames stood out, and why"),
    ("report/*", "record", "the report: numbers, pictures, verdicts"),
    ("stills/*", "record", "a still of the composite timeline"),
    ("notes/*", "record", "notes, the tool's and the artist's"),
    ("turnover.json", "record", "what DaVinci Resolve handed over"),
    ("bring_back.json", "record", "the composite timeline as it went back to Resolve"),
    ("recovered*/*.json", "record", "the recovery's sidecar: model, settings, numbers"),
    ("composite/*.json", "record", "the composite's sidecar: what was merged with what"),
    ("recovered*/*", "masters", "a recovered frame"),
    ("composite/*", "masters", "a recovered frame merged onto the original"),
    ("movies/*", "masters", "a review movie"),
    ("delivery/*", "masters", "what Resolve rendered of the composite timeline"),
)
"""Which files of the shot's folder belong in the package, the first that fits, and what each is."""

REMADE = ("baseline/*", "training/*", "farm/*", ".chromaresolve/*")
"""What can be made again from what is in the package, or helps only while the work goes on."""

OPTIONAL = {"report": "report", "review": "review", "composite": "composite"}
"""Stages that need not be made, each with its folder: left out where it tells of other frames."""

SHOWN = 4
"""How many folders a sentence lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file, and its place in the package."""

    place: str
    """Where it lies in the payload, with forward slashes: `shot/model.onnx`."""
    file: Path
    """The file as it is now."""
    share: Share
    """What it counts as."""
    what: str
    """What it is, for a reader who knows nothing."""

    @property
    def size(self) -> int:
        """Bytes.

        Raises:
            StageError: The file is gone.
        """
        try:
            return self.file.stat().st_size
        except OSError as error:
            problem = f"cannot be read: {error.strerror}: look whether its disk is there"
            raise StageError(self.file, problem) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything that a package of a shot is about."""

    inside: tuple[Item, ...]
    """The files that are copied."""
    by_reference: tuple[Item, ...]
    """The files that stay where they are, and are named with their checksums."""


def choose_contents(shot: Shot, *, masters: How, plates: How, say: Say) -> Contents:
    """Choose what goes into a shot's package.

    Args:
        shot: The shot, recovered.
        masters: Whether recovered frames, composites and movies are copied.
        plates: The same for the plates and the Reference.
        say: Told what is left out.

    Raises:
        ShotError: The recovery is missing or out of date.
        UsageError: A file has a name that no package can hold, or that another has, too.
        StageError: A folder cannot be read.
    """
    require(shot, "recovery", needed_for="the archive")
    _tell_masters(shot, say)
    left_out = tuple(_left_out(shot, say))
    items = _named(shot, say)
    items |= _found(shot, items, left_out, say)
    for place in items:
        _require_plain(place)
    how: dict[Share, How] = {"record": "copy", "masters": masters, "plates": plates}
    ordered = sorted(items.values(), key=lambda item: item.place)
    return Contents(
        inside=tuple(item for item in ordered if how[item.share] == "copy"),
        by_reference=tuple(item for item in ordered if how[item.share] == "reference"),
    )


def _named(shot: Shot, say: Say) -> dict[str, Item]:
    """Return the files that the manifest names, by place."""
    items: dict[str, Item] = {}
    for item in _plates(shot, say):
        other = items.setdefault(item.place, item)
        if other.file.resolve() != item.file.resolve():
            raise UsageError(f"{item.file} and {other.file} are called alike: rename one of them")
    return items


def _found(
    shot: Shot, named: Mapping[str, Item], left_out: tuple[str, ...], say: Say
) -> dict[str, Item]:
    """Return what else of the shot's folder belongs in the package, by place."""
    known = {item.file.resolve() for item in named.values()}
    items, unknown = {}, []
    for file, name in _walk(shot.root):
        if name.startswith(left_out) or file.resolve() in known:
            continue
        if item := _item(shot, file, name):
            items[item.place] = item
        elif not _is_remade(name):
            unknown.append(name)
    if unknown:
        folders = _folders(unknown)
        say(f"left out, as no part of the record: {folders}; what you put into notes goes")
    return items


def name_in_package(name: str) -> str:
    """Return how a name of the manifest is found in the package, or the name where it is not."""
    inner = _within(name)
    return f"{SHOT}/{inner}" if inner else name


def _within(name: str) -> str:
    """Return a name relative to the shot's folder, or "" where it leads out of it."""
    inner = posixpath.normpath(name)
    leads_out = inner.startswith(("/", "../")) or Path(inner).is_absolute()
    return "" if leads_out else inner


def _tell_masters(shot: Shot, say: Say) -> None:
    """Say which recovered frames are missing: their record alone does not."""
    try:
        _tell_gaps(shot, recovered_frames(shot).paths, "the recovered frames", say)
    except FrameError as error:
        say(f"the recovered frames are left out: {error}")


def _left_out(shot: Shot, say: Say) -> Iterator[str]:
    """Yield the folders of stages that were not made, or that tell of other frames."""
    for stage, folder in OPTIONAL.items():
        command = stage_named(stage).command
        if stage not in shot.made:
            say(f"the {stage} is not in the package, as there is none: `chromaresolve {command}`")
            yield f"{folder}/"
        elif reasons := out_of_date(shot, stage):
            say(f"the {stage} is left out: {reasons[0]}")
            yield f"{folder}/"


def _plates(shot: Shot, say: Say) -> Iterator[Item]:
    """Yield the files that the manifest names, wherever they lie."""
    sequences = {
        "scan": (shot.source.scan, "the faded scan"),
        "balanced": (shot.source.balanced, "the balanced scan"),
        "master": (shot.source.master, "the ACES original"),
        "reference": (shot.reference.sequence, "the Reference"),
    }
    for label, (pattern, what) in sequences.items():
        if pattern is None:
            continue
        try:
            paths = Sequence.find(pattern, shot.root).paths
        except FrameError as error:
            say(f"{what} is left out: {error}")
            continue
        if label != "reference":  # not every frame needs to have one
            _tell_gaps(shot, paths, what, say)
        for file in paths.values():
            yield _placed(shot, file, label, "plates", f"a frame of {what}")
    single = [(shot.colour.ocio, "ocio", "the studio's OCIO config")]
    single += [(pair.mask, "masks", "a painted mask of a pair") for pair in shot.pair]
    for name, label, what in single:
        if name and shot.path(name).is_file():
            yield _placed(shot, shot.path(name), label, "record", what)
        elif name:
            say(f"{what} is left out: there is no {name!r}")


def _tell_gaps(shot: Shot, paths: Container[int], what: str, say: Say) -> None:
    missing = [frame for frame in shot.shot.frames if frame not in paths]
    if missing:
        say(f"frames {FrameRange.of(missing)} of {what} are not on disk: they are left out")


def _placed(shot: Shot, file: Path, label: str, share: Share, what: str) -> Item:
    inner = _within(shot.relative(file))
    place = f"{SHOT}/{inner}" if inner else f"{OUTSIDE}/{label}/{file.name}"
    return Item(place=place, file=file, share=share, what=what)


def _walk(
    root: Path, name: str = "", seen: frozenset[Path] = frozenset()
) -> Iterator[tuple[Path, str]]:
    """Yield a folder's files in order, with their names from the top."""
    here = (root / name).resolve()
    if here in seen:  # a link that leads back to where it is
        return
    try:
        entries = sorted((root / name).iterdir())
    except OSError as error:
        problem = f"cannot be read: {error.strerror}: get the right to read it, or move it away"
        raise StageError(root / name, problem) from error
    for entry in entries:
        inner = f"{name}/{entry.name}" if name else entry.name
        if entry.is_dir():
            # Who knows where a link leads that is none of the tool's folders.
            if _rule(f"{inner}/") or not entry.is_symlink():
                yield from _walk(root, inner, seen | {here})
        elif entry.is_file() and not TEMPORARY_NAME.match(entry.name):
            yield entry, inner


def _item(shot: Shot, file: Path, name: str) -> Item | None:
    """Return a file of the shot's folder as it goes into the package; None if it does not."""
    if name in _checkpoints(shot):
        what = "the checkpoint that the model was exported from, and its record"
        return Item(place=f"{SHOT}/{name}", file=file, share="record", what=what)
    hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
    rule = _rule(name)
    if hidden or rule is None:
        return None
    _, share, what = rule
    return Item(place=f"{SHOT}/{name}", file=file, share=share, what=what)


def _rule(name: str) -> tuple[str, Share, str] | None:
    return next((rule for rule in RULES if fnmatchcase(name, rule[0])), None)


def _checkpoints(shot: Shot) -> set[str]:
    made = shot.made.get("training")
    weights = list(made.outputs) if made else []
    return {*weights, *(str(PurePosixPath(name).with_suffix(".json")) for name in weights)}


def _is_remade(name: str) -> bool:
    hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
    return hidden or any(fnmatchcase(name, pattern) for pattern in REMADE)


def _require_plain(place: str) -> None:
    """Refuse a name that manifests write in two ways.

    RFC 8493, 2.1.3, has line breaks and the percent sign escaped, and programs differ in whether
    they read the latter so; other control characters end a line for some of them.
    """
    if "%" in place or "\\" in place or not place.isprintable():
        raise UsageError(
            f"{place!r} cannot stand in a package: rename it without %, backslash or control "
            "characters"
        )


def _folders(names: list[str]) -> str:
    """Count files by the folder they lie in: `truth (24 files), contact_sheet.png`."""
    counts: dict[str, int] = {}
    for name in names:
        top, slash, _ = name.partition("/")
        counts[top + slash] = counts.get(top + slash, 0) + 1
    told = [
        f"{name.rstrip('/')} ({count} file{'s' if count > 1 else ''})" if name[-1] == "/" else name
        for name, count in counts.items()
    ]
    more = len(told) - SHOWN
    return ", ".join(told[:SHOWN]) + (f" and {more} more" if more > 0 else "")
