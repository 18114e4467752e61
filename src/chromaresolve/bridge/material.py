"""The frames a shot begins with: where they lie, their bins, and their clip attributes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .errors import BridgeError, RefusedError
from .exr import ExrHeader, read_header
from .media import Clip, find_bin, find_clip
from .names import BALANCED_BIN, DISPLAY_TRANSFORM, REFERENCE_BIN, SOURCE_BIN
from .project_settings import Shape
from .questions import Answers
from .sequences import (
    CONSOLIDATED,
    PICTURES,
    PLACE,
    ImageSequence,
    find_sequence,
    gaps_in_words,
)
from .session import Session
from .step import Finding
from .timecode import rate_from_resolve, rate_to_text
from .values import write_clip

DISPLAY_TRANSFORMS: Tuple[str, ...] = (DISPLAY_TRANSFORM, "Rec.709")
"""What undoes the Rec.709 2.4 output transform is called, newest name first."""

NO_TRANSFORM = "No Input Transform"
"""The input transform of pictures that are ACES2065-1 already."""

BY_HAND = "in the media pool, right click on it"
"""Where a user finds a clip's attributes."""

PIXEL_ASPECTS: Dict[str, float] = {"square": 1.0, "cinemascope": 2.0}
"""Width of a pixel over its height; those of 16:9 and 4:3 in standard definition depend on the
standard, and are not compared."""

SAME_ASPECT = 0.01
"""Pixel aspects nearer than this are one: headers are written by hand."""


class Role(NamedTuple):
    """What a sequence is to the shot."""

    name: str
    """As people call it."""
    key: str
    """The answer that says where it lies."""
    bin: str
    """The bin it goes to."""
    transforms: Tuple[str, ...]
    """Names of its input transform; the first that Resolve takes is right."""
    is_scan: bool = True
    """Whether its values are full range, whatever a header says."""


class Attribute(NamedTuple):
    """One clip attribute as it must be."""

    key: str
    """Resolve's name for it."""
    spoken: str
    """What its menu calls it."""
    values: Tuple[str, ...]
    """What it may be, the best first."""


class Material(NamedTuple):
    """One sequence on disk, and its clip where it is in Resolve already."""

    role: Role
    """What it is to the shot."""
    sequence: ImageSequence
    """Its frames on disk."""
    header: Optional[ExrHeader]
    """What its first frame says of itself; None where it is no EXR that is read here."""
    clip: Optional[Clip]
    """Its clip in the media pool."""


def roles(answers: Answers) -> Tuple[Role, ...]:
    """Return what the shot has, by the user's answers."""
    every = (
        Role("Source", "source", SOURCE_BIN, transform_names(str(answers["source_transform"]))),
        Role(
            "Reference",
            "reference",
            REFERENCE_BIN,
            transform_names(str(answers["reference_transform"])),
            is_scan=False,
        ),
        Role("Balanced", "balanced", BALANCED_BIN, DISPLAY_TRANSFORMS),
        Role("Master", "master", SOURCE_BIN, (NO_TRANSFORM,)),
    )
    return tuple(role for role in every if str(answers[role.key]).strip())


def transform_names(answer: str) -> Tuple[str, ...]:
    """Return what an input transform may be called in the version that runs."""
    name = answer.strip() or DISPLAY_TRANSFORM
    return DISPLAY_TRANSFORMS if name == DISPLAY_TRANSFORM else (name,)


def attributes(role: Role) -> Tuple[Attribute, ...]:
    """Return the clip attributes that a role asks for."""
    idt = Attribute("IDT", "ACES Input Transform", role.transforms)
    alpha = Attribute("Alpha mode", "Clip Attributes > Alpha mode", ("None",))
    level = Attribute("Data Level", "Clip Attributes > Data Level", ("Full",))
    return (idt, alpha, level) if role.is_scan else (idt, alpha)


def find_material(answers: Answers, folder: Path) -> Tuple[Material, ...]:
    """Find the sequences that the answers name; paths may be relative to the shot folder.

    Raises:
        BridgeError: One is not there, has gaps, or two are the same.
    """
    found: List[Material] = []
    for role in roles(answers):
        sequence = _find(folder / Path(str(answers[role.key]).strip()).expanduser())
        for other in found:
            if other.sequence.files == sequence.files:
                cause = f"is given for {other.role.name} and for {role.name}"
                raise BridgeError(sequence.pattern, cause, "give each its own frames")
        header = _header(sequence)
        found.append(Material(role=role, sequence=sequence, header=header, clip=None))
    return tuple(found)


def with_clip(session: Session, material: Material) -> Material:
    """Return a sequence with its clip in the open project, where there is one of its length."""
    folder, sequence = find_bin(session, material.role.bin), material.sequence
    clip = find_clip(session, folder, sequence) if folder is not None else None
    is_whole = clip is not None and clip.frames == len(sequence.frames)
    return material._replace(clip=clip if is_whole else None)


def has_attribute(attribute: Attribute, clip: Optional[Clip]) -> bool:
    """Say whether a clip's attribute is as it must be.

    One that Resolve does not list is none that the clip has, as DPX has no alpha mode.
    """
    if clip is None:
        return False
    return attribute.key not in clip.properties or (
        str(clip.properties[attribute.key]) in attribute.values
    )


def write_attribute(session: Session, clip: Clip, attribute: Attribute) -> bool:
    """Set an attribute to the first value that Resolve takes; return whether it took one."""
    for value in attribute.values:
        try:
            write_clip(session, clip.remote, attribute.key, value)
        except RefusedError:
            continue  # called otherwise in this version, or not for scripts to change
        return True
    return False


def check(material: Material, shape: Shape) -> Finding:
    """Compare a clip with its files and with the project."""
    role, clip = material.role, material.clip
    if clip is None:
        return Finding("stop", role.name, f"it is not in bin {role.bin!r}")
    problems = [
        *_wrong_attributes(role, clip),
        *_wrong_raster(role, clip, shape),
        *_wrong_rate(material, clip, shape),
        *_wrong_pixels(material, clip, shape),
        *_wrong_timecode(material, clip),
    ]
    if problems:
        return Finding("note", role.name, f"{clip.name}: {'; '.join(problems)}")
    width, height = clip.raster
    seen = f"{width}x{height}, {clip.frames} frames from {clip.start_timecode}"
    return Finding("ok", role.name, f"{clip.name}: {seen}, {clip.properties.get('IDT')}")


def _find(place: Path) -> ImageSequence:
    is_pattern = PLACE.search(place.name) or CONSOLIDATED.search(place.name)
    if not (place.parent if is_pattern else place).exists():
        remedy = "choose the folder that holds the frames"
        raise BridgeError(str(place), "is not there on this machine", remedy)
    if place.is_file() and place.suffix.lower() not in PICTURES:
        remedy = (
            "export it as an image sequence, or drag it to its bin by hand, choose its ACES Input "
            "Transform there and leave this answer empty"
        )
        raise BridgeError(str(place), "is no image sequence", remedy)
    sequence = find_sequence(place)
    if sequence.missing:
        cause = f"frames are missing: {gaps_in_words(sequence.missing)}"
        remedy = "find them, or give the frames before and after the gap as two shots"
        raise BridgeError(sequence.pattern, cause, remedy)
    return sequence


def _header(sequence: ImageSequence) -> Optional[ExrHeader]:
    try:
        return read_header(sequence.files[0])
    except BridgeError:
        return None  # no EXR, or of a kind that Resolve reads and we do not


def _wrong_attributes(role: Role, clip: Clip) -> List[str]:
    return [
        f"its {one.spoken.rpartition(' > ')[2]} is {clip.properties[one.key]!r} and must be "
        f"{one.values[0]!r}: {BY_HAND}, {one.spoken}"
        for one in attributes(role)
        if not has_attribute(one, clip)
    ]


def _wrong_raster(role: Role, clip: Clip, shape: Shape) -> List[str]:
    if clip.raster in {(0, 0), (shape.width, shape.height)}:
        return []
    width, height = clip.raster
    seen = f"it is {width}x{height} and the project {shape.width}x{shape.height}"
    if role.is_scan:
        return [f"{seen}: pixels would be cut off or missing; look at 'width' and 'height'"]
    return [f"{seen}: it lies unscaled in the middle until 3 Align Reference"]


def _wrong_rate(material: Material, clip: Clip, shape: Shape) -> List[str]:
    wanted, problems = rate_from_resolve(shape.rate)[0], []
    shown: Any = clip.properties.get("FPS", "")
    try:
        rate: Optional[Fraction] = clip.rate
    except BridgeError:
        rate = None
    if rate != wanted:
        problems.append(
            f"it plays at {shown} frames per second and the project at {shape.rate}: {BY_HAND}, "
            "Clip Attributes > Video Frame Rate"
        )
    said = material.header.frame_rate if material.header else None
    if said is not None and said != wanted:
        problems.append(f"its files say {rate_to_text(said)} frames per second")
    return problems


def _wrong_pixels(material: Material, clip: Clip, shape: Shape) -> List[str]:
    problems = []
    shown = str(clip.properties.get("PAR", ""))
    if shown and shown.lower().replace(":", "_").replace(" ", "_") != shape.pixel_aspect:
        problems.append(
            f"its pixel aspect is {shown!r} and the project's {shape.pixel_aspect!r}: {BY_HAND}, "
            "Clip Attributes > Pixel Aspect Ratio"
        )
    said = material.header.pixel_aspect if material.header else None
    wanted = PIXEL_ASPECTS.get(shape.pixel_aspect)
    if said is not None and wanted is not None and abs(said - wanted) > SAME_ASPECT:
        problems.append(f"its files say pixel aspect {said:g}: look at 'pixel_aspect'")
    return problems


def _wrong_timecode(material: Material, clip: Clip) -> List[str]:
    said = material.header.timecode if material.header else None
    if said is None or not clip.start_timecode or said == clip.start_timecode:
        return []
    seen = f"it starts at {clip.start_timecode} and its files say {said}"
    return [f"{seen}: {BY_HAND}, Clip Attributes > Timecode"]
