"""The exported model is the trained network, and says where it is from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from chromaresolve.errors import ModelError, ShotError
from chromaresolve.files import sha256
from chromaresolve.recovery.model import METADATA_KEY, Model
from chromaresolve.recovery.providers import choose_provider
from chromaresolve.shot import Shot
from chromaresolve.training import export
from chromaresolve.training.checkpoints import load_average
from chromaresolve.training.exporting import TOLERANCE, compare, export_half
from chromaresolve.training.network import ChromaNetwork
from chromaresolve.training.precision import HALF_TOLERANCE


def trained_network(root: Path) -> ChromaNetwork:
    """The trained shot's network in PyTorch."""
    shot = Shot.load(root)
    network = ChromaNetwork("small").eval()
    load_average(shot.path(next(iter(shot.made["training"].outputs))), network)
    return network


@pytest.mark.parametrize(("height", "width"), [(64, 96), (33, 35), (1, 1), (181, 319)])
def test_onnxruntime_gives_what_pytorch_gives(trained_shot: Path, height: int, width: int) -> None:
    """Torch = onnxruntime within 1e-5 at sizes the export never saw, values beyond 0..1 too."""
    plate = np.random.default_rng(3).uniform(-0.5, 12, (height, width, 3)).astype(np.float32)
    with torch.inference_mode():
        theirs = trained_network(trained_shot)(torch.from_numpy(plate).permute(2, 0, 1)[None])

    ours = Model.open(trained_shot / "model.onnx", choose_provider("cpu")).run(plate)

    expected = theirs[0].permute(1, 2, 0).numpy()
    # Values up to 12 make sums up to 12 times larger than the display's.
    np.testing.assert_allclose(ours, expected, atol=12 * TOLERANCE, rtol=0)


def test_the_check_after_export_can_fail(trained_shot: Path) -> None:
    """Another network than the file's is noticed: the check does compare numbers."""
    torch.manual_seed(123)

    assert compare(ChromaNetwork("small").eval(), trained_shot / "model.onnx") > 100 * TOLERANCE


def test_difference_that_is_no_number_is_told(trained_shot: Path) -> None:
    """A network that gives no numbers differs from every file, however they are compared."""
    network = trained_network(trained_shot)
    torch.nn.init.constant_(network.head.weight, float("nan"))

    assert np.isnan(compare(network, trained_shot / "model.onnx"))


def test_export_lists_everything_it_wrote(trained_shot: Path) -> None:
    """The model comes first; the variant, Flame's pair and the card are part of the stage."""
    made = Shot.load(trained_shot).made["model"]

    assert list(made.outputs) == [
        "model.onnx",
        "model_fp16.onnx",
        "model_flame.onnx",
        "model_flame.json",
        "MODEL_CARD.md",
    ]
    assert all(sha256(trained_shot / file) == was for file, was in made.outputs.items())
    assert 0 < float(made.measured["largest_difference_fp16"]) < HALF_TOLERANCE


def test_card_holds_the_fingerprints_of_the_models(trained_shot: Path) -> None:
    """All three files of the shot, and the number that was measured on frames held out."""
    card = (trained_shot / "MODEL_CARD.md").read_text(encoding="utf-8")

    for name in ("model.onnx", "model_fp16.onnx", "model_flame.onnx"):
        assert sha256(trained_shot / name) in card
    measured = Shot.load(trained_shot).made["training"].measured["hold_out_dE2000"]
    assert f"held out: {measured:.2f}, at step 60." in card


def test_half_that_is_too_coarse_is_not_written(
    trained_shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variant that would be seen to differ is refused, and the file is not there."""
    shot = Shot.load(trained_shot)
    checkpoint = shot.path(next(iter(shot.made["training"].outputs)))
    monkeypatch.setattr("chromaresolve.training.exporting.HALF_TOLERANCE", 0.0)
    with pytest.raises(ModelError, match=r"differs from PyTorch by .* \(at most 0\)"):
        export_half(checkpoint, shot.path("model.onnx"), tmp_path / "half.onnx")

    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_export_goes_on_without_a_half_that_is_too_coarse(
    trained_shot: Path,
    copied: Callable[[Path], Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Recovery does not need it: the others are written, and an older variant does not stay."""
    root = copied(trained_shot)
    monkeypatch.setattr("chromaresolve.training.exporting.HALF_TOLERANCE", 0.0)

    made = export(Shot.load(root)).made["model"]

    assert "model_fp16.onnx" not in made.outputs
    assert not (root / "model_fp16.onnx").exists()
    assert "model_fp16.onnx" not in (root / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "recovery does not need it" in caplog.text


def test_model_file_says_where_it_is_from(trained_shot: Path) -> None:
    """Chain, crop, halo, training and pairs travel in the file itself."""
    model = onnx.load(trained_shot / "model.onnx")

    facts = json.loads({entry.key: entry.value for entry in model.metadata_props}[METADATA_KEY])
    assert facts["shot"] == "tiny"
    assert facts["chain"]["name"] == "display"
    assert facts["branch"] == "chroma"
    assert (facts["stride"], facts["halo"] % facts["stride"]) == (16, 0)
    assert len(facts["training"]) == len(facts["checkpoint"]) == 64
    assert len(facts["pairs"]) == 5
    assert facts["hold_out"]["step"] == facts["step"] == 60


def test_model_uses_only_plain_operators(trained_shot: Path) -> None:
    """Every provider runs them: no custom domain, no loop, no control flow."""
    model = onnx.load(trained_shot / "model.onnx")

    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
    assert not {"If", "Loop", "Scan"} & {node.op_type for node in model.graph.node}


def test_export_needs_a_training(aligned_shot: Path) -> None:
    """Without one, the command to run is named."""
    with pytest.raises(ShotError, match="export needs training: run `chromaresolve train` first"):
        export(Shot.load(aligned_shot))


@pytest.mark.slow
def test_failed_export_leaves_the_old_model(
    trained_shot: Path, copied: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that differs is not written: the file under the final name is the checked one."""
    root = copied(trained_shot)
    before = (root / "model.onnx").read_bytes()
    monkeypatch.setattr("chromaresolve.training.exporting.TOLERANCE", -1.0)

    with pytest.raises(ModelError, match="onnxruntime differs from PyTorch by"):
        export(Shot.load(root))

    assert (root / "model.onnx").read_bytes() == before
    assert not list(root.glob(".*tmp*"))
