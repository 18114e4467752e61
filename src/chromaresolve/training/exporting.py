"""A trained network as an ONNX file that `recover` needs nothing beside, proven equal to it."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper

from chromaresolve.errors import ModelError
from chromaresolve.files import sha256, whole, write_text
from chromaresolve.recovery.model import HALF_MODEL, METADATA_KEY, MODEL_FORMAT, Model
from chromaresolve.recovery.proving import ON_CPU
from chromaresolve.shot import Shot, file_key, fingerprints, measured, outputs, require
from chromaresolve.training.card import CARD, model_card
from chromaresolve.training.checkpoints import Record, load_average, load_record
from chromaresolve.training.network import ChromaNetwork, halo
from chromaresolve.training.precision import HALF_TOLERANCE, to_half
from chromaresolve.training.sidecar import flame_model, flame_sidecar

logger = logging.getLogger(__name__)

TOLERANCE = 1e-5
"""The most that onnxruntime may differ from PyTorch, in chroma: both are float32 and differ by the
order of sums alone (1e-7 measured); a wrong padding or resize differs by 0.1."""

CHECKED_SIZES = ((96, 128), (97, 131), (45, 259))
"""Heights and widths compared after every export; two are no multiple of the stride."""

FLAME_MODEL = "model_flame.onnx"
"""The model from RGB to RGB for Flame; its sidecar has the same name."""


def export(shot: Shot) -> Shot:
    """Write `model.onnx` from the finished training, check it, and return the shot that has it.

    With it go the half-precision variant, the model for Flame with its sidecar, and the model card.

    Raises:
        ShotError: There is no finished training, or it is out of date.
        ModelError: onnxruntime does not give what PyTorch gives.
    """
    require(shot, "training", needed_for="export")
    checkpoint = shot.path(next(iter(shot.made["training"].outputs)))
    record = load_record(checkpoint)
    path, half, flame = (shot.path(name) for name in ("model.onnx", HALF_MODEL, FLAME_MODEL))
    numbers = {"largest_difference": export_checkpoint(checkpoint, path)}
    notes = {path: f"for `recover`; {numbers['largest_difference']:.1e} from PyTorch at most"}
    half_difference = _export_half_if_near(checkpoint, path, half)
    if half_difference is not None:
        numbers["largest_difference_fp16"] = half_difference
        notes[half] = f"the same with float16 inside; {half_difference:.1e} from PyTorch at most"
    export_for_flame(path, flame, record)
    notes[flame] = "the same for Flame, RGB to RGB with the plate's luma"
    card, opset = shot.path(CARD), _opset(path)
    write_text(card, model_card(record, notes, opset=opset))
    return shot.with_made(
        "model",
        settings={"opset": opset, "precision": "float32"},
        inputs=fingerprints(shot, [file_key(shot, checkpoint)]),
        outputs=outputs(shot, [*notes, flame.with_suffix(".json"), card]),
        measured=measured(**numbers),
    )


def export_checkpoint(checkpoint: Path, path: Path) -> float:
    """Write a checkpoint's averaged network as ONNX; return its largest difference to PyTorch."""
    record, network = _load(checkpoint)
    model = module_to_onnx(network, path, gives="chroma")
    facts = metadata(record, sha256(checkpoint))
    return _write_checked(model, facts, path, network, tolerance=TOLERANCE)


def export_half(checkpoint: Path, model: Path, path: Path) -> float:
    """Write its exported model with float16 inside; return its largest difference to PyTorch.

    Raises:
        ModelError: The difference would be seen; no file is written.
    """
    record, network = _load(checkpoint)
    facts = {**metadata(record, sha256(checkpoint)), "precision": "float16"}
    half = to_half(onnx.load(model))
    return _write_checked(half, facts, path, network, tolerance=HALF_TOLERANCE)


def _export_half_if_near(checkpoint: Path, model: Path, path: Path) -> float | None:
    """Return what `export_half` does, or None, and no file, where half is too coarse."""
    try:
        return export_half(checkpoint, model, path)
    except ModelError as error:
        logger.warning("%s; recovery does not need it", error)
        path.unlink(missing_ok=True)
        return None


def export_for_flame(model: Path, path: Path, record: Record) -> None:
    """Write an exported model for Flame's Inference node, and its sidecar beside it."""
    joined = flame_model(onnx.load(model), sha256(model))
    with whole(path) as temporary:
        onnx.checker.check_model(joined, full_check=True)
        onnx.save(joined, temporary)
    write_text(path.with_suffix(".json"), json.dumps(flame_sidecar(record), indent=2) + "\n")


def _load(checkpoint: Path) -> tuple[Record, ChromaNetwork]:
    record = load_record(checkpoint)
    network = ChromaNetwork(record.plan.size).eval()
    load_average(checkpoint, network)
    return record, network


def _write_checked(
    model: onnx.ModelProto,
    facts: Mapping[str, object],
    path: Path,
    network: ChromaNetwork,
    *,
    tolerance: float,
) -> float:
    """Write a model if it gives what the network gives in PyTorch; return how nearly."""
    helper.set_model_props(model, {METADATA_KEY: json.dumps(facts)})
    with whole(path) as temporary:
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, temporary)
        worst = compare(network, temporary)
        # Written so that a difference that is no number is refused too.
        if not worst <= tolerance:
            raise ModelError(
                path,
                f"onnxruntime differs from PyTorch by {worst:.2g} (at most {tolerance:.2g}): "
                "not written; report this with the versions that `chromaresolve doctor` prints",
            )
    return worst


def metadata(record: Record, checkpoint_sha256: str) -> Mapping[str, object]:
    """Return everything that recovery needs to know, and where the model is from."""
    size = record.plan.size
    return {
        "format": MODEL_FORMAT,
        "tool": record.tool,
        "shot": record.shot,
        "film": record.film,
        "branch": record.branch,
        "plate": record.plate,
        "luma_from": record.luma_from,
        "chain": record.chain,
        "showing": record.showing,
        "crop": record.crop,
        "size": size,
        "stride": ChromaNetwork(size).stride,
        "halo": halo(size),
        "step": record.step,
        "training": record.plan.fingerprint,
        "checkpoint": checkpoint_sha256,
        "pairs": record.pairs,
        "reference_kind": record.reference_kind,
        "hold_out": record.hold_out,
        "plan": asdict(record.plan),
    }


def compare(network: torch.nn.Module, path: Path) -> float:
    """Return the largest difference between PyTorch and onnxruntime over awkward sizes."""
    model = Model.open(path, ON_CPU)
    random = np.random.default_rng(0)
    differences = []
    for height, width in CHECKED_SIZES:
        # Beyond 0..1 on both sides: scans have such values, and nothing may clamp them.
        plate = random.uniform(-0.5, 1.5, (height, width, 3)).astype(np.float32)
        with torch.inference_mode():
            theirs = network(torch.from_numpy(plate).permute(2, 0, 1)[None])
        ours = model.run(plate)
        differences.append(np.abs(ours - theirs[0].permute(1, 2, 0).numpy()).max())
    return float(np.max(differences))


def module_to_onnx(module: torch.nn.Module, path: Path, *, gives: str) -> onnx.ModelProto:
    """Return a module over pictures of any size as ONNX, from `plate` to what it gives.

    Raises:
        ModelError: PyTorch's exporter gives nothing.
    """
    size = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    # The exporter warns of torchvision's absence and of its own deprecations: not our user's.
    noise = logging.getLogger("torch.onnx")
    level = noise.level
    noise.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module,
                (torch.rand(1, 3, 97, 131),),
                dynamo=True,
                verbose=False,
                input_names=["plate"],
                output_names=[gives],
                dynamic_shapes={"plate": size},
            )
    finally:
        noise.setLevel(level)
    if program is None:
        raise ModelError(path, "PyTorch's exporter returned nothing: report this")
    return program.model_proto


def _opset(path: Path) -> int:
    return int(onnx.load(path).opset_import[0].version)
