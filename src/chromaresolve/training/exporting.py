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
from chromaresolve.files import sha256, whole
from chromaresolve.recovery.model import (
    METADATA_KEY,
    MODEL_FORMAT,
    Model,
    choose_provider,
)
from chromaresolve.shot import Shot, file_key, fingerprints, measured, outputs, require
from chromaresolve.training.checkpoints import Record, load_average, load_record
from chromaresolve.training.network import ChromaNetwork, halo

TOLERANCE = 1e-5
"""The most that onnxruntime may differ from PyTorch, in chroma: both are float32 and differ by the
order of sums alone (1e-7 measured); a wrong padding or resize differs by 0.1."""

CHECKED_SIZES = ((96, 128), (97, 131), (45, 259))
"""Heights and widths compared after every export; two are no multiple of the stride."""


def export(shot: Shot) -> Shot:
    """Write `model.onnx` from the finished training, check it, and return the shot that has it.

    Raises:
        ShotError: There is no finished training, or it is out of date.
        ModelError: onnxruntime does not give what PyTorch gives.
    """
    require(shot, "training", needed_for="export")
    checkpoint = shot.path(next(iter(shot.made["training"].outputs)))
    path = shot.path("model.onnx")
    worst = export_checkpoint(checkpoint, path)
    return shot.with_made(
        "model",
        settings={"opset": _opset(path), "precision": "float32"},
        inputs=fingerprints(shot, [file_key(shot, checkpoint)]),
        outputs=outputs(shot, [path]),
        measured=measured(largest_difference=worst),
    )


def export_checkpoint(checkpoint: Path, path: Path) -> float:
    """Write a checkpoint's averaged network as ONNX; return its largest difference to PyTorch."""
    record = load_record(checkpoint)
    network = ChromaNetwork(record.plan.size).eval()
    load_average(checkpoint, network)
    model = module_to_onnx(network, path, gives="chroma")
    helper.set_model_props(model, {METADATA_KEY: json.dumps(metadata(record, sha256(checkpoint)))})
    with whole(path) as temporary:
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, temporary)
        worst = compare(network, temporary)
        if worst > TOLERANCE:
            raise ModelError(
                path,
                f"onnxruntime differs from PyTorch by {worst:.2g} (at most {TOLERANCE:g}): "
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
    model = Model.open(path, choose_provider("cpu"))
    random = np.random.default_rng(0)
    worst = 0.0
    for height, width in CHECKED_SIZES:
        # Beyond 0..1 on both sides: scans have such values, and nothing may clamp them.
        plate = random.uniform(-0.5, 1.5, (height, width, 3)).astype(np.float32)
        with torch.inference_mode():
            theirs = network(torch.from_numpy(plate).permute(2, 0, 1)[None])
        ours = model.run(plate)
        worst = max(worst, float(np.abs(ours - theirs[0].permute(1, 2, 0).numpy()).max()))
    return worst


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
