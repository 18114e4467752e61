"""Weights to begin with: those of a model that was taught before."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import TensorProto, numpy_helper
from torch import Tensor

from chromaresolve.errors import ModelError
from chromaresolve.recovery.model import METADATA_KEY
from chromaresolve.training.checkpoints import load_average, load_record
from chromaresolve.training.network import ChromaNetwork


def find_weights(path: Path) -> Path:
    """Return the file that holds the weights: the path itself, or the model of a shot's folder.

    Raises:
        ModelError: There is none.
    """
    file = path / "model.onnx" if path.is_dir() else path
    if not file.is_file():
        raise ModelError(
            file,
            "there is no model to begin with: give a model.onnx, a checkpoint, or a shot folder "
            "that has been exported",
        )
    return file


def load_weights(file: Path, network: ChromaNetwork, size: str) -> None:
    """Put a model's weights, or a checkpoint's averaged ones, into a network.

    Raises:
        ModelError: The file is neither, or of a network of another size.
    """
    if file.suffix == ".onnx":
        model = _read_model(file)
        _require_size(file, _size_of(model, file), size)
        network.load_state_dict(_weights_of(model, network, file))
        return
    _require_size(file, load_record(file).plan.size, size)
    load_average(file, network)


def _read_model(file: Path) -> onnx.ModelProto:
    try:
        return onnx.load(file)
    except (DecodeError, OSError) as error:
        raise ModelError(file, f"is not a model: {error}") from error


def _size_of(model: onnx.ModelProto, file: Path) -> str:
    texts = [one.value for one in model.metadata_props if one.key == METADATA_KEY]
    if not texts:
        raise ModelError(file, "is not a ChromaResolve model: it says nothing of its training")
    return str(json.loads(texts[0]).get("size", ""))


def _weights_of(model: onnx.ModelProto, network: ChromaNetwork, file: Path) -> dict[str, Tensor]:
    """Return the model's weights by their names in the network: the exporter keeps these.

    What it adds where that is nothing it leaves out.
    """
    found = {one.name: one for one in model.graph.initializer}
    if any(one.data_type == TensorProto.FLOAT16 for one in found.values()):
        problem = "has been rounded to half precision: give the model.onnx beside it"
        raise ModelError(file, problem)
    weights = {}
    for name, untrained in network.state_dict().items():
        if name in found:
            weights[name] = torch.from_numpy(numpy_helper.to_array(found[name]).copy())
        elif name.endswith(("bias", "added")):
            weights[name] = torch.zeros_like(untrained)
        else:
            raise ModelError(file, f"is of another version of the network: it has no {name}")
    return weights


def _require_size(file: Path, found: str, size: str) -> None:
    if found != size:
        problem = f"is a {found} network, and a {size} one is to be trained: write --size {found}"
        raise ModelError(file, problem)
