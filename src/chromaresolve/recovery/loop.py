"""A model over a sequence: every frame read, recovered and written whole, none lost to another."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from chromaresolve.colour import merge_chroma, round_to_half
from chromaresolve.errors import FrameError
from chromaresolve.files import sha256, write_text
from chromaresolve.frames import (
    LOSSLESS,
    Making,
    Rgb,
    Sequence,
    frame_path,
    header_if_made,
    make_frames,
    read_frame,
    read_rgb,
    write_frame,
)
from chromaresolve.plates.showing import show_plate
from chromaresolve.recovery.model import Model, choose_provider
from chromaresolve.recovery.provenance import SHARE_KEY, gamut_share_in, provenance, sidecar
from chromaresolve.shot import (
    CropTable,
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

METHOD = 1
"""Changes when the same model on the same frame would give other pixels: old frames are redone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to recover, from what, to where."""

    model: Model
    """The model."""
    plates: Sequence
    """What the network sees."""
    luma_plates: Sequence
    """Whose luma, header and further channels the recovered frames keep."""
    frames: FrameRange
    """Which frames."""
    out: Path
    """The folder to write to."""
    pattern: str
    """The recovered frames' names, such as `SH010_ML_####.exr`."""
    compression: str = "zip"
    """EXR compression."""
    tile: int = 0
    """Tile edge; 0 lets the frame's size decide."""


@dataclass(slots=True)
class Rendering:
    """What came of a job."""

    making: Making
    """Frames written, kept, and failed."""
    gamut_share: float
    """Mean share of pixels whose chroma was pulled in to fit, over all frames."""


def recover(
    shot: Shot,
    *,
    frames: FrameRange | None = None,
    check: int | None = None,
    provider: str = "auto",
    out: Path | None = None,
    say: Say,
    on_progress: Progress,
) -> Shot:
    """Recover the shot's frames with its model, and return the shot that says so.

    Raises:
        ShotError: The model is missing or out of date.
        StageError: Some frames could not be recovered; all others were.
    """
    require(shot, "model", needed_for="recovery")
    wanted = frames or shot.shot.frames
    folder = out or shot.path("recovered")
    job = Job(
        model=_open(shot.path("model.onnx"), provider, say),
        plates=Sequence.find(shot.source.plate, shot.root),
        luma_plates=Sequence.find(shot.source.luma_plate, shot.root),
        frames=FrameRange(wanted.frames[:check]) if check else wanted,
        out=folder,
        pattern=frame_pattern(shot.shot.name),
        compression=shot.recovery.compression,
        tile=shot.recovery.tile,
    )
    rendering = render(job, say=say, on_progress=on_progress)
    if frames or check or out:
        return shot
    keys = [file_key(shot, job.model.path), table_key("recovery"), table_key("source")]
    return shot.with_made(
        "recovery",
        settings={"provider": provider, "frames": str(job.frames)},
        inputs=fingerprints(shot, keys),
        outputs=outputs(shot, [folder / sidecar_name(job)]),
        measured=measured(
            frames=len(rendering.making.written) + len(rendering.making.kept),
            gamut_share=rendering.gamut_share,
            seconds=rendering.making.seconds,
        ),
    )


def recover_headless(
    model: Path,
    plates: Sequence,
    *,
    frames: FrameRange | None,
    check: int | None,
    provider: str,
    out: Path,
    ocio: Path | None = None,
    say: Say,
    on_progress: Progress,
) -> Rendering:
    """Recover a sequence with a model alone: no shot, no torch, for render machines."""
    opened = _open(model, provider, say, ocio)
    say(f"the model was taught on {opened.facts['plate']} plates: give it the same kind")
    wanted = frames or FrameRange.of(plates.frames)
    name = str(opened.facts["shot"])
    job = Job(
        model=opened,
        plates=plates,
        luma_plates=plates,
        frames=FrameRange(wanted.frames[:check]) if check else wanted,
        out=out,
        pattern=frame_pattern(name),
    )
    return render(job, say=say, on_progress=on_progress)


def render(job: Job, *, say: Say, on_progress: Progress) -> Rendering:
    """Recover every frame of a job; a frame that cannot be is named at the end.

    Raises:
        StageError: Some frames could not be recovered; all others were.
    """
    if job.compression.partition(":")[0] not in LOSSLESS:
        say(f"{job.compression} is lossy: it moves values by up to 0.025 and breaks the luma law")
    shares: list[float] = []
    making = make_frames(
        job.frames,
        lambda number: _render_frame(job, number, shares),
        plates=job.plates,
        out=job.out,
        participle="recovered",
        say=say,
        on_progress=on_progress,
    )
    share = float(np.mean(shares)) if shares else 0.0
    _write_sidecar(job, making, share)
    making.require_whole(job.out, "recovered")
    return Rendering(making=making, gamut_share=share)


def frame_pattern(shot_name: str) -> str:
    """Return the name of a shot's recovered frames."""
    return f"{shot_name}_ML_####.exr"


def sidecar_name(job: Job) -> str:
    """Return the file name of the job's provenance sidecar."""
    return job.pattern.replace("_####.exr", ".json")


def _render_frame(job: Job, number: int, shares: list[float]) -> bool:
    """Recover one frame on disk; return False if it was there already and still true."""
    plate_file, luma_file = job.plates.path(number), job.luma_plates.path(number)
    target = frame_path(job.pattern, number, job.out)
    plate_sha256 = sha256(plate_file)
    recipe = _recipe(job, number, plate_sha256, luma_file)
    there = header_if_made(target, recipe)
    if there is not None:
        shares.append(gamut_share_in(there))
        return False
    luma_frame = read_frame(luma_file)
    plate = luma_frame.rgb if luma_file == plate_file else read_rgb(plate_file)
    if plate.shape != luma_frame.rgb.shape:
        raise FrameError(plate_file, f"is not the size of {luma_file.name}: export both alike")
    shown = show_plate(plate, job.plates, number, job.model.showing)
    rgb, share = recover_frame(job.model, shown, luma_frame.rgb, tile=job.tile)
    notes = provenance(job.model, source=plate_file.name, source_sha256=plate_sha256, recipe=recipe)
    write_frame(
        target,
        replace(luma_frame, rgb=rgb),
        compression=job.compression,
        pixel_type=_pixel_type(job.model),
        attributes={**notes, SHARE_KEY: share},
    )
    shares.append(share)
    return True


def recover_frame(model: Model, plate: Rgb, luma_plate: Rgb, *, tile: int) -> tuple[Rgb, float]:
    """Recover one frame's colour.

    Args:
        model: The model; its chain is the one it was trained in.
        plate: What the network is shown, encoded as on file, (height, width, 3).
        luma_plate: Whose luma is kept, as on file, the same size.
        tile: Tile edge; 0 lets the frame's size decide.

    Returns:
        The recovered frame as it goes to file, and the share of pixels whose chroma was pulled in.
    """
    chain = model.chain
    working = chain.to_working(plate)
    luma_working = working if luma_plate is plate else chain.to_working(luma_plate)
    chroma = model.run_tiled(working, tile)
    merge = merge_chroma(luma_working, chroma)
    if _pixel_type(model) == "half":
        recovered = round_to_half(merge.rgb, luma_working).astype(np.float32)
    else:
        recovered = chain.from_working(merge.rgb)
    return _inside_crop(recovered, luma_plate, model.facts["crop"]), merge.gamut_share


def _pixel_type(model: Model) -> str:
    # In the display chain a half keeps luma to the law's rounding. Behind a curve the same half
    # moves the working space's luma by more, so the other chains write float.
    return "half" if model.chain.name == "display" else "float"


def _inside_crop(recovered: Rgb, plate: Rgb, crop: dict[str, int]) -> Rgb:
    height, width = plate.shape[:2]
    area = CropTable.model_validate(crop).area(height, width)
    if recovered[area].size == recovered.size:
        return recovered
    whole = plate.copy()
    whole[area] = recovered[area]
    return whole


def _open(path: Path, provider: str, say: Say, ocio: Path | None = None) -> Model:
    chosen = choose_provider(provider)
    say(f"recovering on {chosen.name}: {chosen.reason}")
    model = Model.open(path, chosen, ocio=ocio)
    for note in model.chain.notes:
        say(note)
    return model


def _recipe(job: Job, number: int, plate_sha256: str, luma_file: Path) -> str:
    luma_sha256 = plate_sha256 if luma_file == job.plates.path(number) else sha256(luma_file)
    seen = [sha256(job.plates.path(n)) for n in job.model.showing.frames_seen(job.plates, number)]
    made_from = [METHOD, job.model.sha256, plate_sha256, luma_sha256, job.compression, *seen]
    return content_fingerprint(made_from)


def _write_sidecar(job: Job, making: Making, share: float) -> None:
    numbers = {
        "gamut_share": round(share, 6),
        "failed": [str(failure) for failure in making.failures],
    }
    content = sidecar(job.model, frames=making.frames, measured=numbers)
    write_text(job.out / sidecar_name(job), json.dumps(content, indent=2) + "\n")
