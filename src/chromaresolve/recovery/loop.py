"""A model over a sequence: every frame read, recovered and written whole, none lost to another."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from chromaresolve.colour import merge_chroma, round_to_half
from chromaresolve.errors import FrameError, StageError
from chromaresolve.files import sha256, sweep, write_text
from chromaresolve.frames import (
    LOSSLESS,
    Frame,
    Rgb,
    Sequence,
    frame_path,
    read_frame,
    read_header,
    read_rgb,
    write_frame,
)
from chromaresolve.recovery.model import Model, choose_provider
from chromaresolve.recovery.provenance import RECIPE_KEY, SHARE_KEY, provenance, sidecar
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

METHOD = 1
"""Changes when the same model on the same frame would give other pixels: old frames are redone."""

WHOLE_FRAME_PIXELS = 2_400_000
"""Up to this many pixels a frame is recovered in one piece; above it the memory is better spent."""

TILE = 1024
"""The tile's edge for larger frames."""

Say = Callable[[str], None]
"""Told a sentence the user should see."""

Progress = Callable[[int, int, str], None]
"""Told how many of how many frames are done, and a note."""


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

    written: list[Path] = field(default_factory=list)
    """Frames recovered now."""
    kept: list[Path] = field(default_factory=list)
    """Frames found there already, made from the same things."""
    failures: list[FrameError] = field(default_factory=list)
    """Frames that could not be recovered, and why."""
    gamut_share: float = 0.0
    """Mean share of pixels whose chroma was pulled in to fit, over all frames."""
    seconds: float = 0.0
    """Wall-clock time."""


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
        pattern=f"{shot.shot.name}_ML_####.exr",
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
            frames=len(rendering.written) + len(rendering.kept),
            gamut_share=rendering.gamut_share,
            seconds=rendering.seconds,
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
    say: Say,
    on_progress: Progress,
) -> Rendering:
    """Recover a sequence with a model alone: no shot, no torch, for render machines."""
    opened = _open(model, provider, say)
    say(f"the model was taught on {opened.facts['plate']} plates: give it the same kind")
    wanted = frames or FrameRange.of(plates.frames)
    name = str(opened.facts["shot"])
    job = Job(
        model=opened,
        plates=plates,
        luma_plates=plates,
        frames=FrameRange(wanted.frames[:check]) if check else wanted,
        out=out,
        pattern=f"{name}_ML_####.exr",
    )
    return render(job, say=say, on_progress=on_progress)


def render(job: Job, *, say: Say, on_progress: Progress) -> Rendering:
    """Recover every frame of a job; a frame that cannot be is named at the end.

    Raises:
        StageError: Some frames could not be recovered; all others were.
    """
    sweep(job.out)
    if job.compression.partition(":")[0] not in LOSSLESS:
        say(f"{job.compression} is lossy: it moves values by up to 0.025 and breaks the luma law")
    rendering = Rendering()
    shares: list[float] = []
    began = time.monotonic()
    for done, number in enumerate(job.frames):
        on_progress(done, len(job.frames), f"frame {number}")
        try:
            _render_frame(job, number, rendering, shares)
        except FrameError as error:
            rendering.failures.append(error)
            say(str(error))
    on_progress(len(job.frames), len(job.frames), "recovered")
    rendering.seconds = time.monotonic() - began
    rendering.gamut_share = float(np.mean(shares)) if shares else 0.0
    _write_sidecar(job, rendering)
    if rendering.failures:
        raise StageError(
            job.out,
            f"{len(rendering.failures)} of {len(job.frames)} frames could not be recovered, the "
            f"first: {rendering.failures[0]}; mend them and run the same command again",
        )
    return rendering


def sidecar_name(job: Job) -> str:
    """Return the file name of the job's provenance sidecar."""
    return job.pattern.replace("_####.exr", ".json")


def _render_frame(job: Job, number: int, rendering: Rendering, shares: list[float]) -> None:
    plate_file, luma_file = job.plates.path(number), job.luma_plates.path(number)
    target = frame_path(job.pattern, number, job.out)
    plate_sha256 = sha256(plate_file)
    recipe = _recipe(job, plate_sha256, luma_file, plate_file)
    share_there = _share_if_made(target, recipe)
    if share_there is not None:
        rendering.kept.append(target)
        shares.append(share_there)
        return
    luma_frame = read_frame(luma_file)
    plate = luma_frame.rgb if luma_file == plate_file else read_rgb(plate_file)
    if plate.shape != luma_frame.rgb.shape:
        raise FrameError(plate_file, f"is not the size of {luma_file.name}: export both alike")
    rgb, share = recover_frame(job.model, plate, luma_frame.rgb, tile=job.tile)
    notes = provenance(job.model, source=plate_file.name, source_sha256=plate_sha256, recipe=recipe)
    recovered = Frame(rgb=rgb, others=luma_frame.others, header=luma_frame.header)
    write_frame(
        target,
        recovered,
        compression=job.compression,
        pixel_type=_pixel_type(job.model),
        attributes={**notes, SHARE_KEY: share},
    )
    rendering.written.append(target)
    shares.append(share)


def recover_frame(model: Model, plate: Rgb, luma_plate: Rgb, *, tile: int) -> tuple[Rgb, float]:
    """Recover one frame's colour.

    Args:
        model: The model; its chain is the one it was trained in.
        plate: What the network sees, as on file, (height, width, 3).
        luma_plate: Whose luma is kept, as on file, the same size.
        tile: Tile edge; 0 lets the frame's size decide.

    Returns:
        The recovered frame as it goes to file, and the share of pixels whose chroma was pulled in.
    """
    chain = model.chain
    working = chain.to_working(plate)
    luma_working = working if luma_plate is plate else chain.to_working(luma_plate)
    chroma = model.run_tiled(working, tile or _usual_tile(plate))
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
    if not any(crop.values()):
        return recovered
    height, width = plate.shape[:2]
    rows = slice(crop["top"], height - crop["bottom"])
    columns = slice(crop["left"], width - crop["right"])
    whole = plate.copy()
    whole[rows, columns] = recovered[rows, columns]
    return whole


def _usual_tile(plate: Rgb) -> int:
    return 0 if plate.shape[0] * plate.shape[1] <= WHOLE_FRAME_PIXELS else TILE


def _open(path: Path, provider: str, say: Say) -> Model:
    chosen = choose_provider(provider)
    say(f"recovering on {chosen.name}: {chosen.reason}")
    return Model.open(path, chosen)


def _recipe(job: Job, plate_sha256: str, luma_file: Path, plate_file: Path) -> str:
    luma_sha256 = plate_sha256 if luma_file == plate_file else sha256(luma_file)
    made_from = [METHOD, job.model.sha256, plate_sha256, luma_sha256, job.compression]
    return content_fingerprint(made_from)


def _share_if_made(path: Path, recipe: str) -> float | None:
    """Return the gamut share of a whole frame of this very recipe, or None if it is not there."""
    if not path.is_file():
        return None
    try:
        attributes = read_header(path).attributes
    except FrameError:
        return None
    if attributes.get(RECIPE_KEY) != recipe:
        return None
    return float(str(attributes.get(SHARE_KEY, 0.0)))


def _write_sidecar(job: Job, rendering: Rendering) -> None:
    numbers = {
        "gamut_share": round(rendering.gamut_share, 6),
        "failed": [str(failure) for failure in rendering.failures],
    }
    frames = _frames_there(job, [*rendering.written, *rendering.kept])
    content = sidecar(job.model, frames=frames, measured=numbers)
    write_text(job.out / sidecar_name(job), json.dumps(content, indent=2) + "\n")


def _frames_there(job: Job, paths: Iterable[Path]) -> str:
    there = set(paths)
    numbers = [n for n in job.frames if frame_path(job.pattern, n, job.out) in there]
    return str(FrameRange.of(numbers)) if numbers else ""
