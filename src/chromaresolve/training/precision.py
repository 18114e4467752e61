"""The model in half precision, for graphics cards that run it faster in half the memory.

Plate in and chroma out stay float32, and so do the network's two ends: half precision would round a
plate by more than a faded one's colours differ, and the first guess in every pixel. Only what the
network adds to the guess is computed with half's eleven bits. The model's own graph is rewritten,
which takes no time; to export a second one takes seconds.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

HALF_TOLERANCE = 1 / 224
"""The most that the half variant may differ, in chroma: one step of an 8-bit video recording, whose
chroma of -0.5..0.5 has 224 steps (Rec. ITU-R BT.709-6, item 3.4). Most References come so."""

CHROMA = "chroma"
"""What the model gives."""

GUESS, EVEN = "affine", "whiten"
"""The weights of the network's two ends, which stay as they are: see `ChromaNetwork`."""

EVEN_HALF, CHANGE_HALF, CHANGE = "even_half", "change_half", "change"
"""Even colours in half, and what the network adds to its first guess, in half and as it was."""


def to_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return an exported model with its weights and layers in float16: float32 in, float32 out.

    Even colours beyond half's largest, 65504, come out as no number; a film scan has none.
    """
    half = onnx.ModelProto()
    half.CopyFrom(model)
    graph = half.graph
    last = next(node for node in graph.node if CHROMA in node.output)
    guess = next(node for node in graph.node if GUESS in node.input)
    first = next(node for node in graph.node if EVEN in node.input)
    kept = {*guess.input, *_made_of(graph, first), *_resize_scales(graph)}
    _round_weights(graph, kept=kept)
    even = first.output[0]
    change = next(name for name in last.input if name != guess.output[0])
    for node in graph.node:
        if node not in (guess, first, last):
            _rename(node, {even: EVEN_HALF, change: CHANGE_HALF})
    _rename(last, {change: CHANGE})
    whole = list(graph.node)
    rounded = helper.make_node("Cast", [even], [EVEN_HALF], to=TensorProto.FLOAT16)
    whole.insert(whole.index(first) + 1, rounded)
    widened = helper.make_node("Cast", [CHANGE_HALF], [CHANGE], to=TensorProto.FLOAT)
    whole.insert(whole.index(last), widened)
    del graph.node[:], graph.value_info[:]
    graph.node.extend(whole)
    return half


def _made_of(graph: onnx.GraphProto, last: NodeProto) -> set[str]:
    """Return the names of all that goes into a node, from the plate on."""
    names, made = set(last.input), {name: node for node in graph.node for name in node.output}
    for name in last.input:
        if name in made:
            names |= _made_of(graph, made[name])
    return names


def _round_weights(graph: onnx.GraphProto, *, kept: set[str]) -> None:
    """Round every float32 constant of a graph to half but those kept."""
    for values in graph.initializer:
        if values.data_type == TensorProto.FLOAT and values.name not in kept:
            rounded = numpy_helper.to_array(values).astype(np.float16)
            values.CopyFrom(numpy_helper.from_array(rounded, values.name))


def _resize_scales(graph: onnx.GraphProto) -> set[str]:
    """Return the names of the scales of Resize nodes: ONNX wants those in float32 always."""
    return {node.input[2] for node in graph.node if node.op_type == "Resize"}


def _rename(node: NodeProto, names: dict[str, str]) -> None:
    for ends in (node.input, node.output):
        renamed = [names.get(name, name) for name in ends]
        del ends[:]
        ends.extend(renamed)
