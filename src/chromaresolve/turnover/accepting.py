"""A shot made of what was handed over."""

from __future__ import annotations

from pathlib import Path

import tomlkit

from chromaresolve.bridge.handover import ROLES
from chromaresolve.colour import named_chain
from chromaresolve.errors import UsageError
from chromaresolve.files import write_text
from chromaresolve.frames import Sequence
from chromaresolve.shot import FrameRange, Shot, create, parse_rate
from chromaresolve.shot.document import put_value, read_document
from chromaresolve.turnover.record import Exported, Turnover, load_turnover


def accept(
    root: Path,
    *,
    scan: str,
    reference: str,
    balanced: str | None,
    master: str | None,
    branch: str,
    frame_rate: str,
    frames: str | None,
    film: str,
    ocio: str | None = None,
) -> Shot:
    """Make a shot from sequences on disk.

    Raises:
        UsageError: The branch or the frame rate is not one.
        FrameError: A sequence is not there.
        ColourError: The OCIO config cannot be read.
        ShotError: There is a shot in the folder already.
    """
    if branch not in ("chroma", "spatial"):
        raise UsageError(f"--branch {branch!r}: write chroma or spatial")
    rate = parse_rate(frame_rate)
    plates = Sequence.find(scan, root)
    # A studio's config that cannot be read is said now, not after an hour of training.
    named_chain("display", ocio=root / ocio if ocio else None)
    for pattern in (reference, balanced, master):
        if pattern is not None:
            Sequence.find(pattern, root)
    return create(
        root,
        scan=scan,
        reference=reference,
        balanced=balanced,
        master=master,
        branch=branch,
        frame_rate=rate,
        frames=FrameRange.parse(frames) if frames else FrameRange.of(plates.frames),
        film=film,
        ocio=ocio,
    )


def accept_turnover(root: Path, file: Path, *, branch: str, ocio: str | None = None) -> Shot:
    """Make a shot from what 5 Export Pair wrote down.

    Raises:
        UsageError: The branch is not one.
        FrameError: A sequence is not there.
        ColourError: The OCIO config cannot be read.
        ShotError: The turnover is not what it must be, or there is a shot in the folder already.
    """
    turnover = load_turnover(file)
    stated = {role: pattern_of(turnover, role, file, root) for role in ROLES}
    shot = accept(
        root,
        scan=stated["source"] or "",
        reference=stated["reference"] or "",
        balanced=stated["balanced"],
        master=stated["master"],
        branch=branch,
        frame_rate=str(turnover.frame_rate),
        frames=str(turnover.frames),
        film=turnover.film,
        ocio=ocio,
    )
    return _with_values(shot, turnover)


def pattern_of(turnover: Turnover, role: str, file: Path, root: Path) -> str | None:
    """Return where a sequence lies, as the shot in `root` names it; None if there is none."""
    exported: Exported | None = getattr(turnover, role)
    if exported is None:
        return None
    path = file.parent / exported.pattern
    # As named first: plates often lie behind a link, and where that leads is the disk's affair.
    for form in (Path.absolute, Path.resolve):
        if form(path).is_relative_to(form(root)):
            return form(path).relative_to(form(root)).as_posix()
    return path.resolve().as_posix()


def _with_values(shot: Shot, turnover: Turnover) -> Shot:
    """State in `shot.toml` what a turnover knows beyond two sequences."""
    reference, source = turnover.reference, turnover.source
    transform = source.input_transform if source else ""
    is_shown_as_scanned = not transform or "709" in transform
    values = {
        ("shot", "name"): turnover.name,
        ("source", "reel"): turnover.reel,
        ("source", "timecode"): turnover.start_timecode,
        ("reference", "offset"): reference.offset if reference else 0,
        ("reference", "kind"): reference.kind if reference else "direct",
        # A scan that came in through the inverse of the display's transform leaves with its own
        # values; any other was tone mapped on the way out.
        ("balance", "density"): "" if is_shown_as_scanned else "scene",
    }
    document = read_document(shot.file)
    for (table, key), value in values.items():
        if value != "":
            put_value(document.setdefault(table, tomlkit.table()), key, value)
    made = Shot.checked(document.unwrap(), shot.root)
    write_text(shot.file, document.as_string())
    return made
