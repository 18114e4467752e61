"""The pre-balance as ONNX: numpy's numbers at any size, plain operators, and its record inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from chromaresolve.balance.encodings import ENCODINGS
from chromaresolve.balance.transform import DyeBalance, apply_dye_balance
from chromaresolve.errors import ModelError
from chromaresolve.fade import MODERATE, SEVERE
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import choose_provider
from chromaresolve.training.pre_balance import METADATA_KEY, PreBalance, export_pre_balance

AGREEMENT = 1e-4
"""Per unit of a pixel's largest channel: all forms are float32, each with its own logarithm."""

SIZES = ((31, 47), (96, 130))
"""Heights and widths; the export saw neither."""

PRINT = DyeBalance(
    retention=SEVERE, base=(0.05, 0.0, 0.1), printer=(3, 0, -2), knee=0.1, luma="healthiest"
)


def assert_file_agrees(path: Path, balance: DyeBalance) -> None:
    """Run the file at two sizes, beyond 0..1 on both sides, and compare with numpy."""
    session = ort.InferenceSession(str(path))
    random = np.random.default_rng(5)
    for height, width in SIZES:
        rgb = random.uniform(-0.3, 1.6, (height, width, 3)).astype(np.float32)
        plate = np.ascontiguousarray(rgb.transpose(2, 0, 1)[np.newaxis])
        made = np.asarray(session.run(["balanced"], {"plate": plate})[0])[0].transpose(1, 2, 0)
        expected = apply_dye_balance(rgb, balance)
        unit = np.maximum(1, np.abs(expected).max(axis=-1, keepdims=True))
        worst = float((np.abs(made - expected) / unit).max())
        assert worst < AGREEMENT, f"{worst:.2g} at {height} x {width} with {balance}"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for the tests that only look at it: an export takes seconds."""
    path = tmp_path_factory.mktemp("pre_balance") / "balance.onnx"
    export_pre_balance(PRINT, path)
    return path


@pytest.mark.slow
def test_file_gives_what_numpy_gives(exported: Path) -> None:
    """Within 1e-4, by onnxruntime, at sizes the export never saw, values beyond 0..1 too."""
    assert_file_agrees(exported, PRINT)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"luma": "scan", "contrast": 1.2, "amount": 0.8}, id="scan's luma"),
        pytest.param({"contrast": -1.0, "printer": (110, 100, 105)}, id="negative"),
    ],
)
def test_files_of_all_encodings_give_what_numpy_gives(
    encoding: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    """The operators that the fast test's file lacks: logarithms, toes and held ends."""
    balance = DyeBalance(retention=MODERATE, encoding=encoding, **settings)

    export_pre_balance(balance, tmp_path / "balance.onnx")

    assert_file_agrees(tmp_path / "balance.onnx", balance)


def test_file_uses_only_plain_operators(exported: Path) -> None:
    """Every provider runs them: no custom domain, no loop, no control flow; any size."""
    model = onnx.load(exported)

    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
    assert not {"If", "Loop", "Scan"} & {node.op_type for node in model.graph.node}
    shape = model.graph.input[0].type.tensor_type.shape.dim
    assert [side.dim_value for side in shape] == [1, 3, 0, 0]


def test_file_says_which_balance_it_is(exported: Path) -> None:
    """The record travels in the file, and comes back as the balance."""
    properties = {entry.key: entry.value for entry in onnx.load(exported).metadata_props}

    assert DyeBalance.from_record(json.loads(properties[METADATA_KEY])) == PRINT


def test_file_is_no_network_that_recovers_a_shot(exported: Path) -> None:
    """Given to `recover`, it is refused, not run."""
    with pytest.raises(ModelError, match="is not a ChromaResolve model"):
        Model.open(exported, choose_provider("cpu"))


def test_module_balances_a_batch() -> None:
    """Plates of one batch do not see each other, and the plates given stay as they were."""
    plates = torch.from_numpy(np.random.default_rng(6).random((2, 3, 9, 11), np.float32))
    before = plates.clone()
    module = PreBalance(PRINT)

    together = module(plates)

    assert torch.equal(plates, before)
    assert torch.allclose(together[1:], module(plates[1:]), rtol=0, atol=1e-6)
