"""The balance stage: a shot's fading diagnosed, undone, and handed to Resolve."""

from __future__ import annotations

from collections.abc import Sequence as Listed
from pathlib import Path

import numpy as np

from chromaresolve.balance.course import Course, plan_course
from chromaresolve.balance.diagnosis import Diagnosis, Film, diagnose
from chromaresolve.balance.handover import (
    FILE,
    name_files,
    write_evidence,
    write_record,
    write_shaders,
)
from chromaresolve.balance.medium import MASTER, Medium, choose_medium
from chromaresolve.balance.plates import plate_pattern, write_plates
from chromaresolve.balance.sampling import Look, light_to_density
from chromaresolve.balance.transform import Triple
from chromaresolve.errors import StageError
from chromaresolve.frames import Sequence, read_rgb
from chromaresolve.shot import (
    Shot,
    file_key,
    fingerprints,
    measured,
    outputs,
    table_key,
    value_key,
)
from chromaresolve.telling import Progress, Say

SAMPLED_FRAMES = 12
"""Frames that the balance is solved from, spread over the shot."""

BESIDE_FRAMES = 4
"""Of those, how many are compared with their Reference frames: the colours hardly change."""

DRIFT_FRAMES = 6
"""Frames below which a reel is too short to drift."""


def balance(
    shot: Shot, *, plates: bool, dctl: bool = False, say: Say, on_progress: Progress
) -> Shot:
    """Diagnose the shot's fading, write what undoes it, and return the shot.

    Args:
        shot: The shot.
        plates: Write the balanced plates, and let the shot use them.
        dctl: Write the shot's own shader and LUT for Resolve.
        say: Told the diagnosis and what the artist should know.
        on_progress: Told how far the plates are.

    Raises:
        StageError: The picture does not tell how it has faded, or a frame could not be balanced.
    """
    medium = choose_medium(shot)
    before = shot.made.get("balance")
    # What was made once is made anew: an old shader or plate would undo another fading.
    dctl = dctl or bool(before and before.settings.get("dctl"))
    is_ours = shot.source.balanced == plate_pattern(shot)
    plates = plates or bool(before and before.settings.get("plates") and is_ours)
    scan = _measured_plates(shot, medium)
    numbers = _spread(_frames_there(shot, scan), SAMPLED_FRAMES)
    diagnosis = _diagnose(shot, medium, scan, numbers)
    course = _course(shot, medium, scan, numbers, diagnosis, say)
    _tell(diagnosis, medium, say)
    files = name_files(shot, medium, dctl=dctl)
    write_shaders(shot, course.balance, files)
    middle = numbers[len(numbers) // 2]
    plate = read_rgb(scan.path(middle))
    balanced = medium.apply(plate, course.at(middle))
    write_evidence(shot, diagnosis, medium, plate, balanced, files)
    write_record(shot, diagnosis, course, medium, files)
    if plates:
        shot = write_plates(shot, medium, scan, course, say, on_progress)
    made = [
        name for name in (FILE, files.evidence, files.dctl, files.cube, files.aces_cube) if name
    ]
    return shot.with_made(
        "balance",
        settings={"density": medium.encoding, "plates": plates, "dctl": dctl},
        inputs=fingerprints(shot, _input_keys(shot, scan, numbers)),
        outputs=outputs(shot, (shot.path(name) for name in made)),
        measured=measured(
            **{
                name: number
                for name, number in course.balance.to_record().items()
                if isinstance(number, float)
            },
            grain_growth=diagnosis.grain_growth,
        ),
    )


def _measured_plates(shot: Shot, medium: Medium) -> Sequence:
    """Return what is measured and balanced: the ACES original where it stands behind the scan."""
    pattern = shot.source.master if medium.space == MASTER else None
    return Sequence.find(pattern or shot.source.scan, shot.root)


def _frames_there(shot: Shot, scan: Sequence) -> list[int]:
    """Return the shot's frames that are on disk: a scan may hold its neighbours' too.

    Raises:
        StageError: None is.
    """
    there = set(scan.frames)
    frames = [number for number in shot.shot.frames if number in there]
    if not frames:
        raise StageError(
            shot.file,
            f"no frame of {shot.shot.frames} is in {scan.pattern} ({scan.first}-{scan.last}): "
            "set [shot] frames, or name other plates",
        )
    return frames


def _input_keys(shot: Shot, scan: Sequence, numbers: Listed[int]) -> list[str]:
    """Return what the balance was made from."""
    tables = [table_key("balance"), table_key("crop")]
    stated = {
        "source": ("scan", "master", "negative"),
        "colour": ("encoding", "ocio"),
        "reference": ("sequence", "offset"),
    }
    values = [value_key(table, field) for table, fields in stated.items() for field in fields]
    paths = [scan.path(number) for number in numbers]
    paths += [path for _, path in _frames_beside(shot, numbers)]
    return [*tables, *values, *(file_key(shot, path) for path in paths)]


def _tell(diagnosis: Diagnosis, medium: Medium, say: Say) -> None:
    where = "the scene's light" if medium.is_scene else "the plate's own light"
    say(f"density is measured in {where}: {medium.reason}")
    for who in diagnosis.spoke:
        say(f"{who} spoke for it")
    sure = ", ".join(
        f"{dye} {100 * deviation:.0f}"
        for dye, deviation in zip(("cyan", "magenta", "yellow"), diagnosis.deviation, strict=True)
    )
    say(f"{diagnosis.sentence} (give or take {sure})")
    for note in diagnosis.notes:
        say(note)


def _diagnose(shot: Shot, medium: Medium, scan: Sequence, numbers: Listed[int]) -> Diagnosis:
    """Return the fading of some frames."""
    crop = shot.crop
    film = Film(
        plates=[read_rgb(scan.path(number)) for number in numbers],
        beside=_beside(shot, medium, scan, numbers),
        neutrals=_neutrals(shot, medium, scan),
        crop=(crop.left, crop.top, crop.right, crop.bottom),
        negative=shot.source.negative,
    )
    try:
        return diagnose(film, medium, shot.balance)
    except StageError as error:
        raise StageError(shot.file, error.problem) from error


def _beside(
    shot: Shot, medium: Medium, scan: Sequence, numbers: Listed[int]
) -> list[tuple[Look, Look]]:
    """Return Source and Reference of some frames that both are there for."""
    return [
        (medium.look(read_rgb(scan.path(number))), medium.beside().look(read_rgb(reference)))
        for number, reference in _frames_beside(shot, numbers)
    ]


def _frames_beside(shot: Shot, numbers: Listed[int]) -> list[tuple[int, Path]]:
    """Return some of the frames, and the Reference that is asked beside each."""
    if not shot.balance.use_reference or shot.source.negative:
        return []
    references = Sequence.find(shot.reference.sequence, shot.root)
    offset = shot.reference.offset
    there = [number for number in numbers if number + offset in references.paths]
    return [(n, references.path(n + offset)) for n in _spread(there, BESIDE_FRAMES)]


def _neutrals(shot: Shot, medium: Medium, plates: Sequence) -> list[tuple[Triple, str]]:
    """Return density and kind of the artist's neutral places.

    Raises:
        StageError: A place is not in the picture.
    """
    densities: list[tuple[Triple, str]] = []
    for place, sample in enumerate(shot.balance.sample, start=1):
        where = f"balance.sample {place}"
        if sample.frame not in plates.frames:
            raise StageError(shot.file, f"{where}: frame {sample.frame} is not there: give another")
        plate = read_rgb(plates.path(sample.frame))
        height, width = plate.shape[:2]
        if sample.x >= width or sample.y >= height:
            raise StageError(
                shot.file,
                f"{where}: ({sample.x}, {sample.y}) is outside the frame of {width} x {height}: "
                "give a place inside",
            )
        half = max(sample.size // 2, 1)
        rows = slice(max(sample.y - half, 0), sample.y + half)
        columns = slice(max(sample.x - half, 0), sample.x + half)
        light = medium.look(plate[rows, columns]).light.mean(axis=(0, 1), keepdims=True)
        red, green, blue = (float(one) for one in light_to_density(light)[0, 0])
        densities.append(((red, green, blue), sample.kind))
    return densities


def _course(
    shot: Shot,
    medium: Medium,
    scan: Sequence,
    numbers: Listed[int],
    whole: Diagnosis,
    say: Say,
) -> Course:
    """Return the balance over the reel."""
    if not shot.balance.drift or len(numbers) < DRIFT_FRAMES:
        return Course(balance=whole.balance)
    half = len(numbers) // 2
    early, late = (
        (part[len(part) // 2], _diagnose_part(shot, medium, scan, part))
        for part in (numbers[:half], numbers[half:])
    )
    course, sentence = plan_course(whole, early, late)
    say(sentence)
    return course


def _diagnose_part(shot: Shot, medium: Medium, scan: Sequence, part: Listed[int]) -> Diagnosis:
    """Return the fading of a part of the reel.

    Raises:
        StageError: That part does not tell.
    """
    try:
        return _diagnose(shot, medium, scan, part)
    except StageError as error:
        where = f"[balance] drift: frames {part[0]}-{part[-1]}"
        raise StageError(shot.file, f"{where}: {error.problem}") from error


def _spread(numbers: Listed[int], count: int) -> list[int]:
    count = min(count, len(numbers))
    places = np.linspace(0, len(numbers) - 1, count).round().astype(int)
    return [numbers[place] for place in places]
