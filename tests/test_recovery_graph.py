"""Model files before they are run: what they say, and that nothing of them is elsewhere."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from chromaresolve.errors import ModelError
from chromaresolve.recovery.graph import read_properties
from chromaresolve.recovery.model import METADATA_KEY, Model
from chromaresolve.recovery.proving import ON_CPU
from tiny_model import FACTS, noise, tiny_network, write_model

SOON = 10.0
"""Seconds in which any file of a megabyte is refused; a loop that grows a number takes hours."""


def saved(network: onnx.ModelProto, path: Path) -> Path:
    """Write a model as it is, checked by nobody."""
    path.write_bytes(network.SerializeToString())
    return path


def elsewhere(name: str) -> onnx.TensorProto:
    """Return a tensor whose numbers are in a file outside the model's folder."""
    tensor = numpy_helper.from_array(np.zeros((2, 2), np.float32), name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "../../weights.bin"), ("offset", "0"), ("length", "16")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return tensor


def in_initializer(network: onnx.ModelProto) -> None:
    """Weights elsewhere, where weights mostly are."""
    network.graph.initializer.append(elsewhere("far"))


def in_constant(network: onnx.ModelProto) -> None:
    """Weights elsewhere, as a node's constant."""
    network.graph.node.append(helper.make_node("Constant", [], ["far"], value=elsewhere("far")))


def in_branch(network: onnx.ModelProto) -> None:
    """Weights elsewhere, in a graph within the graph."""
    branch = helper.make_graph([], "branch", [], [], [elsewhere("far")])
    node = helper.make_node("If", ["scale"], ["far"], then_branch=branch, else_branch=branch)
    network.graph.node.append(node)


def in_function(network: onnx.ModelProto) -> None:
    """Weights elsewhere, in a function that the model brings along."""
    node = helper.make_node("Constant", [], ["far"], value=elsewhere("far"))
    function = helper.make_function(
        "own", "Far", [], ["far"], [node], [helper.make_opsetid("", 17)]
    )
    network.functions.append(function)


def in_sparse(network: onnx.ModelProto) -> None:
    """Weights elsewhere, as the values of a sparse tensor."""
    sparse = network.graph.sparse_initializer.add()
    sparse.values.CopyFrom(elsewhere("far"))


def without_location(network: onnx.ModelProto) -> None:
    """A file named, but not said to be used: no reader can be trusted to agree."""
    far = elsewhere("far")
    far.ClearField("data_location")
    network.graph.initializer.append(far)


def nested(depth: int) -> bytes:
    """Return a model whose graphs lie in each other."""
    content = b""
    for _ in range(depth):
        for tag in (b"\x32", b"\x2a", b"\x0a"):  # a graph, in an attribute, in a node
            content = tag + varint(len(content)) + content
    return b"\x3a" + varint(len(content)) + content


def varint(number: int) -> bytes:
    """Return a number as protobuf writes it."""
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def test_properties_are_what_was_written(tmp_path: Path) -> None:
    """Every property, whatever its letters, as the library for the format wrote it."""
    network = tiny_network()
    properties = {"a": "", "Ü": "ß\n" * 300, METADATA_KEY: json.dumps(FACTS)}
    helper.set_model_props(network, properties)

    assert read_properties(saved(network, tmp_path / "model.onnx")) == properties


@pytest.mark.parametrize(
    "hide",
    [in_initializer, in_constant, in_branch, in_function, in_sparse, without_location],
    ids=lambda hide: hide.__name__,
)
def test_weights_elsewhere_are_refused(
    tmp_path: Path, hide: Callable[[onnx.ModelProto], None]
) -> None:
    """Wherever a model names another file, it is refused before anything opens that file."""
    network = tiny_network()
    helper.set_model_props(network, {METADATA_KEY: json.dumps(FACTS)})
    hide(network)
    path = saved(network, tmp_path / "model.onnx")

    with pytest.raises(ModelError, match="keeps weights in another file: export it as one file"):
        Model.open(path, ON_CPU)


def test_model_cut_at_any_length_is_refused(tmp_path: Path) -> None:
    """A copy that was not finished, wherever it stopped: one sentence, never a run."""
    content = write_model(tmp_path / "whole.onnx").read_bytes()
    path = tmp_path / "model.onnx"
    for length in (*range(0, len(content), 7), len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(ModelError) as caught:
            Model.open(path, ON_CPU)
        assert "\n" not in str(caught.value), f"cut to {length} bytes"


def test_any_bytes_are_read_or_refused(tmp_path: Path) -> None:
    """A model with 20 bytes changed is a model or a sentence: no other error, whichever bytes."""
    content = np.frombuffer(write_model(tmp_path / "whole.onnx").read_bytes(), np.uint8)
    random = np.random.default_rng(7)
    path = tmp_path / "model.onnx"
    refused = 0
    for _ in range(300):
        changed = content.copy()
        changed[random.integers(0, len(content), 20)] = random.integers(0, 256, 20)
        path.write_bytes(changed.tobytes())
        try:
            read_properties(path)
        except ModelError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xff" * 1_000_000, id="a number without an end"),
        pytest.param(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", id="longer than any file"),
        pytest.param(b"\x3a" * 1_000_000, id="field in field"),
        pytest.param(nested(2000), id="graphs in graphs"),
        pytest.param(b"\x72\x03\x0a\x01\xff", id="no UTF-8"),
        pytest.param(b"\x72\x02\x0a\x00", id="a key without a value"),
        pytest.param(b"this is not a model", id="words"),
    ],
)
def test_no_model_is_refused_soon(tmp_path: Path, content: bytes) -> None:
    """What is no model is refused in one sentence, and does not keep the machine busy."""
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    began = time.monotonic()

    with pytest.raises(ModelError, match="is cut off, or no model: copy it again, or run"):
        read_properties(path)

    assert time.monotonic() - began < SOON


def test_empty_file_is_no_model(tmp_path: Path) -> None:
    """Nothing at all is a valid message of the format: it is refused for what it does not say."""
    path = tmp_path / "model.onnx"
    path.touch()

    with pytest.raises(ModelError, match="is not a ChromaResolve model"):
        Model.open(path, ON_CPU)


def test_folder_is_no_model(tmp_path: Path) -> None:
    """A folder under a model's name is said to be unreadable."""
    with pytest.raises(ModelError, match="cannot be read: Is a directory"):
        read_properties(tmp_path)


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        pytest.param("{", "says of its training what is no JSON", id="no JSON"),
        pytest.param("[1]", "model format None is not 1: export again", id="a list"),
        pytest.param('{"format": 2}', "model format 2 is not 1: export again", id="newer"),
        pytest.param('{"format": 1}', "says nothing of its branch, ", id="empty"),
    ],
)
def test_metadata_that_makes_no_sense_is_refused(
    tmp_path: Path, metadata: str, problem: str
) -> None:
    """What a model says of itself is looked at before it is run."""
    network = tiny_network()
    helper.set_model_props(network, {METADATA_KEY: metadata})
    path = saved(network, tmp_path / "model.onnx")

    with pytest.raises(ModelError, match=problem) as caught:
        Model.open(path, ON_CPU)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("gone", sorted({"shot", "chain", "crop", "halo", "step"}))
def test_metadata_with_a_gap_is_refused(tmp_path: Path, gone: str) -> None:
    """A fact that recovery needs and the model does not say is named."""
    network = tiny_network()
    told = {name: fact for name, fact in FACTS.items() if name != gone}
    helper.set_model_props(network, {METADATA_KEY: json.dumps(told)})
    path = saved(network, tmp_path / "model.onnx")

    with pytest.raises(ModelError, match=f"says nothing of its {gone}: "):
        Model.open(path, ON_CPU)


def test_model_that_cannot_be_loaded_is_refused(tmp_path: Path) -> None:
    """Everything is said, but the graph is none: onnxruntime's own words, on one line."""
    network = tiny_network()
    network.graph.node[0].op_type = "Convolute"
    helper.set_model_props(network, {METADATA_KEY: json.dumps(FACTS)})
    path = saved(network, tmp_path / "model.onnx")

    with pytest.raises(ModelError, match="is not a model that onnxruntime can load: ") as caught:
        Model.open(path, ON_CPU)

    assert "\n" not in str(caught.value)


def test_hand_made_model_gives_the_convolution(tmp_path: Path) -> None:
    """The tests' own model is what it is said to be: the sum over its reach, in numpy."""
    model = Model.open(write_model(tmp_path / "model.onnx"), ON_CPU)
    plate = noise(3)
    weights = numpy_helper.to_array(tiny_network().graph.initializer[0])

    chroma = model.run(plate)

    window = plate[10:15, 20:25].transpose(2, 0, 1)
    expected = 0.1 * np.tanh((weights * window).sum(axis=(1, 2, 3)))
    np.testing.assert_allclose(chroma[12, 22], expected, atol=1e-6)
