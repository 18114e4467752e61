"""The Color merge without Resolve: the plate's luma with the recovered frames' chroma.

In Resolve the recovered frames lie on V2 above the plate, with composite mode Color. This room
writes what that stack shows. Resolve's blend is not documented to the last digit; here it is the
Rec.709 Y'CbCr merge, so that the luma law of a recovered frame holds for a composite too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from chromaresolve import __version__
from chromaresolve.alignment import shot_chain
from chromaresolve.colour import (
    Chain,
    merge_chroma,
    rgb_to_chroma,
    round_to_half,
)
from chromaresolve.errors import FrameError, StageError
from chromaresolve.files import sha256, write_text
from chromaresolve.frames import (
    LOSSLESS,
    RECIPE_KEY,
    Frame,
    Rgb,
    Sequence,
    frame_path,
    header_if_made,
    make_frames,
    read_frame,
    write_frame,
)
from chromaresolve.recovery.loop import Rendering, frame_pattern
from chromaresolve.recovery.provenance import DIGITAL_SOURCE_TYPE, SHARE_KEY, gamut_share_in
from chromaresolve.shot import (
    FrameRange,
    Shot,
    content_fingerprint,
    file_key,
    fingerprints,
    measured,
    outputs,
    require,
    table_key,
)
from chromaresolve.telling import Progress, Say

METHOD = "Color on display 1"
"""Changes when the same two frames would give other pixels: old composites are made again."""

COMPOSITE_KEY = "chromaresolve:composite"
"""The header attribute that says what was merged with what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What to merge, and where to write it."""

    shot: Shot
    recovered: Sequence
    plates: Sequence
    frames: FrameRange
    out: Path

    @property
    def pattern(self) -> str:
        return f"{self.shot.shot.name}_COMP_####.exr"

    @property
    def sidecar(self) -> Path:
        return self.out / f"{self.shot.shot.name}_COMP.json"

    @property
    def compression(self) -> str:
        return self.shot.recovery.compression


def composite(
    shot: Shot,
    *,
    on: str = "display",
    frames: FrameRange | None = None,
    out: Path | None = None,
    say: Say,
    on_progress: Progress,
) -> Shot:
    """Merge the recovered colour onto the plate, and return the shot that says so.

    Raises:
        ShotError: The recovery is missing or out of date.
        StageError: The merge cannot be made on that, or some frames could not be merged; all
            others were.
    """
    _require_display(shot, on)
    require(shot, "recovery", needed_for="composite")
    job = _Job(
        shot=shot,
        recovered=recovered_frames(shot),
        plates=Sequence.find(shot.source.luma_plate, shot.root),
        frames=frames or shot.shot.frames,
        out=out or shot.path("composite"),
    )
    say(f"luma of {shot.source.luma_plate}, chroma of {job.recovered.pattern}")
    rendering = _merge_all(job, say, on_progress)
    if frames or out:
        return shot
    keys = [file_key(shot, recovery_sidecar(shot)), *map(table_key, ("source", "crop", "recovery"))]
    return shot.with_made(
        "composite",
        settings={"on": on, "frames": str(job.frames), "luma": shot.source.luma_plate},
        inputs=fingerprints(shot, keys),
        outputs=outputs(shot, [job.sidecar]),
        measured=measured(
            frames=len(rendering.making.written) + len(rendering.making.kept),
            gamut_share=rendering.gamut_share,
            seconds=rendering.making.seconds,
        ),
    )


def recovered_frames(shot: Shot) -> Sequence:
    """Find the shot's recovered frames.

    Raises:
        FrameError: There is none.
    """
    return Sequence.find(f"recovered/{frame_pattern(shot.shot.name)}", shot.root)


def recovery_sidecar(shot: Shot) -> Path:
    """Return the sidecar that tells the story of a recovery that was made."""
    return shot.path(next(iter(shot.made["recovery"].outputs)))


def display_chain(shot: Shot) -> Chain:
    """Return the way from the shot's plates to Rec.709 2.4 display values."""
    return shot_chain(shot, "display")


def merge_frame(plate_709: Rgb, recovered_709: Rgb) -> tuple[Rgb, float]:
    """Merge one frame: the plate's luma, the recovered chroma.

    Args:
        plate_709: Display values as on file, (height, width, 3), any range.
        recovered_709: The same size.

    Returns:
        The composite as a half EXR holds it, luma exact, and the share of pixels whose chroma had
        to give way to fit the plate's bounds.
    """
    merge = merge_chroma(plate_709, rgb_to_chroma(recovered_709))
    return round_to_half(merge.rgb, plate_709).astype(np.float32), merge.gamut_share


def _require_display(shot: Shot, on: str) -> None:
    if on == "aces":
        problem = "the merge onto the ACES original cannot be made yet: ask for display"
        raise StageError("--on aces", problem)
    if on != "display":
        raise StageError("--on", f"{on!r} is not known: write display")
    if display_chain(shot).hops:
        raise StageError(
            shot.file,
            f"the plates are {shot.colour.encoding!r}, and the merge is made on Rec.709 2.4 "
            "display values: export the plates under that ODT",
        )


def _merge_all(job: _Job, say: Say, on_progress: Progress) -> Rendering:
    if job.compression.partition(":")[0] not in LOSSLESS:
        say(f"{job.compression} is lossy: the composite's luma is not exactly the plate's")
    shares: list[float] = []
    making = make_frames(
        job.frames,
        lambda number: _merge_on_disk(job, number, shares),
        plates=job.plates,
        out=job.out,
        participle="merged",
        say=say,
        on_progress=on_progress,
    )
    rendering = Rendering(making=making, gamut_share=float(np.mean(shares)) if shares else 0.0)
    _write_sidecar(job, rendering)
    making.require_whole(job.out, "merged")
    return rendering


def _merge_on_disk(job: _Job, number: int, shares: list[float]) -> bool:
    """Merge one frame on disk; return False if it was there already and still true."""
    plate_file, recovered_file = job.plates.path(number), job.recovered.path(number)
    target = frame_path(job.pattern, number, job.out)
    made_from = [METHOD, sha256(plate_file), sha256(recovered_file), job.compression]
    recipe = content_fingerprint([*made_from, job.shot.crop.model_dump()])
    there = header_if_made(target, recipe)
    if there is not None:
        shares.append(gamut_share_in(there))
        return False
    plate, recovered = read_frame(plate_file), read_frame(recovered_file)
    if plate.rgb.shape != recovered.rgb.shape:
        raise FrameError(recovered_file, f"is not the size of {plate_file.name}: recover it again")
    rgb, share = _merge_picture_area(job, plate, recovered)
    # A recovered frame's header is its plate's, with what made it added: that is carried on.
    attributes = {**plate.header.attributes, **recovered.header.attributes}
    header = replace(plate.header, attributes=attributes)
    write_frame(
        target,
        Frame(rgb=rgb, others=plate.others, header=header),
        compression=job.compression,
        attributes={
            COMPOSITE_KEY: f"luma of {plate_file.name}, chroma of {recovered_file.name}",
            RECIPE_KEY: recipe,
            SHARE_KEY: share,
        },
    )
    shares.append(share)
    return True


def _merge_picture_area(job: _Job, plate: Frame, recovered: Frame) -> tuple[Rgb, float]:
    """Merge inside the crop; what is not picture stays the plate's own."""
    height, width, _ = plate.rgb.shape
    area = job.shot.crop.area(height, width)
    rgb = plate.rgb.copy()
    rgb[area], share = merge_frame(plate.rgb[area], recovered.rgb[area])
    return rgb, share


def _write_sidecar(job: _Job, rendering: Rendering) -> None:
    content = {
        "tool": f"ChromaResolve {__version__}",
        "IPTCDigitalSourceType": DIGITAL_SOURCE_TYPE,
        "composite": f"luma of {job.plates.pattern}, chroma of {job.recovered.pattern}",
        "frames": rendering.making.frames,
        "measured": {
            "gamut_share": round(rendering.gamut_share, 6),
            "failed": [str(failure) for failure in rendering.making.failures],
        },
        "recovery": json.loads(recovery_sidecar(job.shot).read_text(encoding="utf-8")),
    }
    write_text(job.sidecar, json.dumps(content, indent=2) + "\n")
