"""The model for Autodesk Flame's Inference node: an ONNX file from RGB to RGB, and its sidecar.

The node wants a `.json` of the same name beside the `.onnx`; its tokens are those of "Inference
Builder", https://help.autodesk.com/view/FLAME/2025/ENU/?guid=inference_builder, and `Channels` is
from "What's New in 2025.2" (wn-2025-2-inference.html on the same site). The two numbers of an
output, which change nothing at 1, were seen in published sidecars alone. No Flame has run it here.

A Flame node gives pictures, and chroma alone is none. So the plate's luma is joined to it in the
file, by arithmetic outside the network: the law that luma is the plate's holds in Flame too.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from chromaresolve.colour import LUMA_WEIGHTS, luma_chroma_to_rgb
from chromaresolve.training.card import KINDS
from chromaresolve.training.checkpoints import Record

MINIMUM_VERSION = "2025.2"
"""The first Flame that knows the token `Channels`."""

FLAME_KEY = "chromaresolve_flame"
"""The model property with the sha256 of the model it was made from: `recover` takes only that."""


def flame_model(model: onnx.ModelProto, model_sha256: str) -> onnx.ModelProto:
    """Return an exported model with the plate's luma joined to its chroma: `recovered`, RGB.

    Chroma is not pulled in where luma leaves no room for it, as `recover` does: values below 0 and
    above 1 come out as they are.
    """
    joined = onnx.ModelProto()
    joined.CopyFrom(model)
    graph = joined.graph
    weights = np.array(LUMA_WEIGHTS, np.float32).reshape(1, 3, 1, 1)
    graph.initializer.extend(
        numpy_helper.from_array(values, name)
        for name, values in (
            ("flame_luma_weights", weights),
            ("flame_chroma_to_rgb", _chroma_to_rgb()),
            ("flame_axis_1", np.array([1], np.int64)),
            ("flame_axis_2", np.array([2], np.int64)),
        )
    )
    # Products and sums, not a convolution: graphics cards may round its factors to ten bits.
    graph.node.extend([
        helper.make_node("Mul", ["plate", "flame_luma_weights"], ["flame_shares"]),
        helper.make_node("ReduceSum", ["flame_shares", "flame_axis_1"], ["flame_luma"], keepdims=1),
        helper.make_node("Unsqueeze", ["chroma", "flame_axis_1"], ["flame_pairs"]),
        helper.make_node("Mul", ["flame_pairs", "flame_chroma_to_rgb"], ["flame_parts"]),
        helper.make_node("ReduceSum", ["flame_parts", "flame_axis_2"], ["flame_rgb"], keepdims=0),
        helper.make_node("Add", ["flame_luma", "flame_rgb"], ["recovered"]),
    ])  # fmt: skip
    recovered = onnx.ValueInfoProto()
    recovered.CopyFrom(graph.input[0])
    recovered.name = "recovered"
    del graph.output[:]
    graph.output.append(recovered)
    del joined.metadata_props[:]
    helper.set_model_props(joined, {FLAME_KEY: model_sha256})
    return joined


def flame_sidecar(record: Record) -> dict[str, object]:
    """Return the content of the `.json` beside the Flame model."""
    return {
        "ModelDescription": {
            "MinimumVersion": MINIMUM_VERSION,
            "Name": f"ChromaResolve {record.shot}",
            "Description": _description(record),
            "SupportsSceneLinear": record.chain["name"] == "acescg",
            "KeepAspectRatio": False,
            "Padding": 1,
            "Inputs": [
                {
                    "Name": "plate",
                    "Description": f"The shot's {KINDS[record.plate]}",
                    "Type": "Front",
                    "Gain": 1.0,
                    "Channels": "RGB",
                }
            ],
            "Outputs": [
                {
                    "Name": "recovered",
                    "Description": "The plate's luma with recovered chroma",
                    "Type": "Result",
                    "InverseGain": 1.0,
                    "ScalingFactor": 1.0,
                    "Channels": "RGB",
                }
            ],
        }
    }


def _description(record: Record) -> str:
    """Return what the artist must know before connecting a clip, in plain sentences."""
    return (
        f"Recovers the colour of the shot {record.shot}, and of no other. "
        f"Connect the {KINDS[record.plate]} it was taught on, as these values: "
        f"{record.chain['steps']}. Bring the result back the same way. "
        "The luma is the plate's; values below 0 and above 1 are not clamped."
    )


def _chroma_to_rgb() -> NDArray[np.float32]:
    """Return what Cb and Cr of 1 add to R, G and B, shape (1, 3, 2, 1, 1)."""
    added = luma_chroma_to_rgb(np.zeros(2), np.eye(2))
    return np.ascontiguousarray(added.T)[None, :, :, None, None]
