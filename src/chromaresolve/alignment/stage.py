"""The align stage: every pair's Reference brought onto its Source frame, with a trust mask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from chromaresolve.alignment.cropping import SIDES
from chromaresolve.alignment.grades import Grades, compare_grades
from chromaresolve.alignment.inspection import (
    difference_picture,
    measure_shimmer,
    wipe_picture,
)
from chromaresolve.alignment.laying import LaidPair, lay_pair, read_reference
from chromaresolve.alignment.placing import Placed, place_pairs
from chromaresolve.alignment.record import FILE, inspection_paths, save_alignment
from chromaresolve.alignment.registration import Registration
from chromaresolve.alignment.teaching import aligned_path, ground_truth, shot_chain
from chromaresolve.alignment.verification import Verification, verify
from chromaresolve.colour import Chain
from chromaresolve.errors import FrameError, StageError
from chromaresolve.frames import (
    Frame,
    Rgb,
    Sequence,
    read_header,
    read_rgb,
    write_frame,
    write_picture,
)
from chromaresolve.shot import (
    CropTable,
    FrameRange,
    Pair,
    Shot,
    file_key,
    fingerprints,
    measured,
    outputs,
    require,
    table_key,
)
from chromaresolve.structure import Mask
from chromaresolve.telling import Progress, Say

FEWEST_LEFT = 1 / 3
"""Share of the teaching pairs that must be left: where most fail, not the pairs are bad but what
they have in common."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Done:
    """What came of a pair."""

    frame: int
    problem: str
    row: Mapping[str, Any] = field(default_factory=dict)
    made: tuple[Path, ...] = ()
    laid: LaidPair | None = None


def align(shot: Shot, *, say: Say, on_progress: Progress) -> Shot:
    """Align every pair, write the aligned References, and return the shot that says so.

    A pair that does not fit, or whose ground truth is not the Source's picture but for its colour,
    is left out and named.

    Raises:
        StageError: Too few teaching pairs are left; the message names the first that failed.
    """
    require(shot, "pairs", needed_for="alignment")
    plates = Sequence.find(shot.source.plate, shot.root)
    references = Sequence.find(shot.reference.sequence, shot.root)
    placed = place_pairs(shot, plates, references, on_progress)
    shot = _crop(shot, placed, say)
    grades = compare_grades(shot, placed.registrations, placed.crop, plates, references)
    every: list[_Done] = []
    shimmer = _shimmer(_lay_all(shot, placed, grades, on_progress), every)
    left_out = {**placed.left_out, **{one.frame: one.problem for one in every if one.problem}}
    save_alignment(
        shot,
        placed.registrations,
        more={one.frame: one.row for one in every},
        left_out=left_out,
        said={
            "together": placed.together,
            "shimmer": shimmer,
            "grades": grades.sentence,
            "crop": list(placed.crop.sentences),
        },
    )
    notes = dict.fromkeys(note for one in every for note in one.row.get("notes", ()))
    told = (placed.together, shimmer, grades.sentence, *notes, *_tell_left_out(left_out))
    for sentence in filter(None, told):
        say(sentence)
    _require_enough(shot, left_out)
    tables = ("pair", "crop", "reference", "plates", "alignment")
    keys = [
        *map(table_key, tables),
        *(file_key(shot, file) for file in _files(shot, plates, references)),
    ]
    used = [one for frame, one in placed.registrations.items() if frame not in left_out]
    return shot.with_made(
        "alignment",
        settings={"model": "homography", "mode": shot.alignment.mode},
        inputs=fingerprints(shot, keys),
        outputs=outputs(shot, [*(path for one in every for path in one.made), shot.path(FILE)]),
        measured=measured(
            worst_residual_px=max(one.residual_px for one in used),
            lowest_agreement=min(one.agreement_after for one in used),
            left_out=len(left_out),
        ),
    )


def _crop(shot: Shot, placed: Placed, say: Say) -> Shot:
    """Write the crop that was found, unless the artist has one, and say what was found."""
    found, stated = placed.crop, shot.crop
    for sentence in found.sentences:
        say(sentence)
    edges = {side: getattr(found, side) for side in SIDES}
    if stated.found or stated == CropTable():
        return shot if stated == CropTable(**edges) else shot.with_crop(**edges)
    if any(getattr(stated, side) < edges[side] for side in SIDES):
        say(f"[crop] is yours and stays, though more of the Source is no picture: found {edges}")
    return shot


def _lay_all(shot: Shot, placed: Placed, grades: Grades, on_progress: Progress) -> Iterator[_Done]:
    """Lay, verify and write every pair that has a place, one after the other."""
    chain = shot_chain(shot)
    plates = Sequence.find(shot.source.plate, shot.root)
    references = Sequence.find(shot.reference.sequence, shot.root)
    pairs = [pair for pair in shot.pair if pair.source in placed.registrations]
    for done, pair in enumerate(pairs):
        on_progress(done, len(pairs), f"laying frame {pair.source}")
        registration = placed.registrations[pair.source]
        pictures = read_rgb(plates.path(pair.source)), read_reference(pair, references)
        try:
            laid = lay_pair(
                shot, pair, pictures, registration, placed.crop, levelled=grades.is_levelled
            )
        except (FrameError, StageError) as error:
            yield _Done(frame=pair.source, problem=error.problem)
            continue
        verified = _verified(laid, registration, chain)
        yield _Done(
            frame=pair.source,
            problem=verified.problem,
            row=_row(laid, verified),
            made=_write(shot, pair, laid, plates),
            laid=laid,
        )
    on_progress(len(pairs), len(pairs), "aligned")


def _write(shot: Shot, pair: Pair, laid: LaidPair, plates: Sequence) -> tuple[Path, ...]:
    """Write the aligned Reference with its trust, and the pictures to judge it by."""
    header = read_header(plates.path(pair.source))
    frame = Frame(rgb=laid.aligned, others={"A": laid.trust.astype(np.float16)}, header=header)
    paths = aligned_path(shot, pair), *inspection_paths(shot, pair.source)
    write_frame(paths[0], frame)
    title = f"frame {pair.source}"
    write_picture(paths[1], difference_picture(laid.compared, title=title))
    write_picture(paths[2], wipe_picture(laid.compared, title=title))
    return paths


def _shimmer(done: Iterator[_Done], every: list[_Done]) -> str:
    """Go through the pairs, keep what came of each, and say how much the edges tremble."""

    def frames() -> Iterator[tuple[Rgb, Rgb, Mask]]:
        for one in done:
            every.append(replace(one, laid=None))  # pictures are let go
            if one.laid is not None and not one.problem:
                yield one.laid.source, one.laid.aligned, one.laid.inside

    try:
        found = measure_shimmer(frames())
    except StageError:  # a single pair, or none: there is nothing to compare
        return ""
    return (
        f"edges of the Reference move by {found.median_px:.2f} px from pair to pair beside the "
        f"Source's own (95 % by less than {found.high_px:.2f} px)"
    )


def _verified(laid: LaidPair, registration: Registration, chain: Chain) -> Verification:
    """Verify that plate and ground truth are one picture but for their colour."""
    plate = chain.to_working(laid.source)
    return verify(
        plate,
        ground_truth(plate, chain.to_working(laid.aligned)),
        laid.trust,
        residual_px=registration.residual_px,
        agreement=registration.agreement_after,
    )


def _tell_left_out(left_out: Mapping[int, str]) -> Iterator[str]:
    """Say which pairs are left out, those with one reason together, and what to do about them."""
    for why in dict.fromkeys(left_out.values()):
        frames = [frame for frame, reason in left_out.items() if reason == why]
        are = "pair {} is" if len(frames) == 1 else "pairs {} are"
        yield f"{are.format(FrameRange.of(frames))} left out: {why}"
    if left_out:
        yield (
            'a pair that should fit can be laid by hand: write alignment = "manual" in its '
            "[[pair]], and where it lies in [[alignment.key]]"
        )


def _row(laid: LaidPair, verified: Verification) -> dict[str, Any]:
    """Return what `alignment.json` says of a pair besides its registration."""
    return {
        "trusted": round(verified.trusted_share, 4),
        "luma_error": float(f"{verified.luma_error:.3g}"),
        "below": round(verified.below, 6),
        "above": round(verified.above, 6),
        "notes": list(laid.notes),
    }


def _require_enough(shot: Shot, left_out: Mapping[int, str]) -> None:
    """Refuse to go on where too few pairs that teach are left.

    Raises:
        StageError: It names the first that failed.
    """
    failed = [pair.source for pair in shot.teaching if pair.source in left_out]
    left = len(shot.teaching) - len(failed)
    if left < max(1, FEWEST_LEFT * len(shot.teaching)):
        raise StageError(
            shot.file,
            f"{len(failed)} of {len(shot.teaching)} teaching pairs were left out, the first, "
            f"{failed[0]}, because {left_out[failed[0]]}",
        )


def _files(shot: Shot, plates: Sequence, references: Sequence) -> list[Path]:
    """Return every file that the alignment is made from."""
    files: set[Path] = set()
    for pair in shot.pair:
        files |= {plates.path(pair.source), references.path(pair.reference)}
        if pair.field_from is not None:
            files.add(references.path(pair.field_from))
        if pair.mask is not None:
            files.add(shot.path(pair.mask))
    return sorted(files)
