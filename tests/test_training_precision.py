"""The half-precision variant is near the network, and rounds nothing that it need not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from chromaresolve.frames import Rgb
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import choose_provider
from chromaresolve.training.precision import HALF_TOLERANCE, to_half

EXACT = 2e-7
"""Two float32 sums of three products of values to 1.5, in another order, for factors up to 1."""


def random_plate(height: int, width: int) -> Rgb:
    """Noise beyond 0..1 on both sides, the worst that a network can be shown."""
    return np.random.default_rng(5).uniform(-0.5, 1.5, (height, width, 3)).astype(np.float32)


@pytest.mark.parametrize(("height", "width"), [(64, 96), (33, 35), (1, 1), (181, 319)])
def test_half_variant_is_near_the_model(trained_shot: Path, height: int, width: int) -> None:
    """Within a step of 8-bit video at sizes the export never saw, values beyond 0..1 too."""
    plate = random_plate(height, width)
    provider = choose_provider("cpu")

    half = Model.open(trained_shot / "model_fp16.onnx", provider).run(plate)

    full = Model.open(trained_shot / "model.onnx", provider).run(plate)
    np.testing.assert_allclose(half, full, atol=HALF_TOLERANCE, rtol=0)
    assert half.dtype == np.float32


def test_half_variant_is_half_inside_and_float32_outside(trained_shot: Path) -> None:
    """Programs connect float32 pictures; the weights are float16."""
    graph = onnx.load(trained_shot / "model_fp16.onnx").graph

    ends = [*graph.input, *graph.output]
    assert {end.type.tensor_type.elem_type for end in ends} == {TensorProto.FLOAT}
    weights = [values for values in graph.initializer if len(values.dims) == 4]
    halves = [values for values in weights if values.data_type == TensorProto.FLOAT16]
    # Those that are not are the two ends.
    whole = {values.name for values in weights if values.data_type == TensorProto.FLOAT}
    assert whole == {"affine", "mean", "whiten"}
    assert len(halves) > 10


def test_first_guess_is_not_rounded_to_half(trained_shot: Path, tmp_path: Path) -> None:
    """Where the network changes nothing, its affine guess comes out in float32."""
    half = onnx.load(trained_shot / "model_fp16.onnx")
    values = {one.name: numpy_helper.to_array(one) for one in half.graph.initializer}
    for one in half.graph.initializer:
        if one.name in ("head.weight", "head.bias"):
            silent = np.zeros(list(one.dims), np.float16)
            one.CopyFrom(numpy_helper.from_array(silent, one.name))
    onnx.save(half, tmp_path / "silent.onnx")
    plate = random_plate(17, 23)

    chroma = Model.open(tmp_path / "silent.onnx", choose_provider("cpu")).run(plate)

    guess = plate @ values["affine"][:, :, 0, 0].T + values["added"]
    np.testing.assert_allclose(chroma, guess, atol=EXACT * 4, rtol=0)


def test_model_itself_stays_as_it_was(trained_shot: Path) -> None:
    """For whoever saves or compares it next."""
    model = onnx.load(trained_shot / "model.onnx")
    before = model.SerializeToString()

    to_half(model)

    assert model.SerializeToString() == before
