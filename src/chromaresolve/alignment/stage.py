"""The align stage: every pair's Reference brought onto its Source frame, with a trust mask."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.registration import Registration, register, warp_reference
from chromaresolve.alignment.teaching import aligned_path
from chromaresolve.alignment.trust import level_reference, trust_mask
from chromaresolve.colour import rgb_to_luma
from chromaresolve.errors import StageError
from chromaresolve.files import write_text
from chromaresolve.frames import Frame, Sequence, read_header, read_rgb, write_frame
from chromaresolve.shot import (
    Pair,
    Shot,
    file_key,
    fingerprints,
    measured,
    outputs,
    require,
    table_key,
)
from chromaresolve.telling import Progress


def align(shot: Shot, *, on_progress: Progress) -> Shot:
    """Align every pair, write the aligned References, and return the shot that says so.

    Raises:
        StageError: A pair cannot be aligned; the message names it and what to do.
    """
    require(shot, "pairs", needed_for="alignment")
    plates = Sequence.find(shot.source.plate, shot.root)
    references = Sequence.find(shot.reference.sequence, shot.root)
    made: list[Path] = []
    results: dict[int, Registration] = {}
    sources: list[Path] = []
    for done, pair in enumerate(shot.pair):
        on_progress(done, len(shot.pair), f"frame {pair.source}")
        source_file, reference_file = plates.path(pair.source), references.path(pair.reference)
        results[pair.source] = _align_pair(shot, pair, source_file, reference_file)
        made.append(aligned_path(shot, pair))
        sources += [source_file, reference_file]
    on_progress(len(shot.pair), len(shot.pair), "aligned")
    solution = shot.path("alignment/alignment.json")
    write_text(solution, json.dumps(_solution(results), indent=2) + "\n")
    tables = (table_key("pair"), table_key("crop"), table_key("reference"))
    keys = [*tables, *(file_key(shot, path) for path in sources)]
    return shot.with_made(
        "alignment",
        settings={"model": "homography", "level_luma": shot.reference.level_luma},
        inputs=fingerprints(shot, keys),
        outputs=outputs(shot, [*made, solution]),
        measured=measured(
            worst_residual_px=max(result.residual_px for result in results.values()),
            lowest_agreement=min(result.agreement_after for result in results.values()),
        ),
    )


def _align_pair(shot: Shot, pair: Pair, source_file: Path, reference_file: Path) -> Registration:
    source, reference = read_rgb(source_file), read_rgb(reference_file)
    try:
        result = register(reference, source)
    except StageError as error:
        raise StageError(
            shot.file,
            f"pair {pair.source} (Reference {pair.reference}): {error.problem}; "
            "take another frame in [[pair]], or remove this one",
        ) from error
    height, width = source.shape[:2]
    warped, inside = warp_reference(reference, result.matrix, width=width, height=height)
    trust = trust_mask(source, warped, inside) * _picture_area(shot, width, height)
    if shot.reference.level_luma:
        warped = level_reference(warped, rgb_to_luma(source), trust)
    header = read_header(source_file)
    frame = Frame(rgb=warped, others={"A": trust.astype(np.float16)}, header=header)
    write_frame(aligned_path(shot, pair), frame)
    return result


def _picture_area(shot: Shot, width: int, height: int) -> NDArray[np.float32]:
    """Return 1 inside the crop and 0 outside, (height, width)."""
    area = np.zeros((height, width), dtype=np.float32)
    area[shot.crop.area(height, width)] = 1
    if not area.any():
        raise StageError(shot.file, f"[crop] leaves nothing of {width} x {height}: make it smaller")
    return area


def _solution(results: dict[int, Registration]) -> dict[str, object]:
    """Return what `alignment.json` holds: by Source frame, the matrix and how well it fits."""
    return {
        "maps": "Source pixel centres to Reference pixel centres",
        "pairs": {
            str(frame): {
                "matrix": result.matrix.tolist(),
                "residual_px": round(result.residual_px, 4),
                "agreement_before": round(result.agreement_before, 4),
                "agreement_after": round(result.agreement_after, 4),
                "method": result.method,
            }
            for frame, result in results.items()
        },
    }
