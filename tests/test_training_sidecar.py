"""The model for Flame gives RGB with the plate's luma, and its sidecar fits it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from chromaresolve.colour import chain_record, luma_chroma_to_rgb, named_chain, rgb_to_luma
from chromaresolve.errors import ModelError
from chromaresolve.files import sha256
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import choose_provider
from chromaresolve.training.sidecar import FLAME_KEY, flame_sidecar
from model_records import RECORD, record_with

EXACT = 2e-6
"""Float32 sums of a few values to 3, in another order."""


def sidecar_of(root: Path) -> dict[str, Any]:
    """The sidecar's one table."""
    content = json.loads((root / "model_flame.json").read_text(encoding="utf-8"))
    description: dict[str, Any] = content["ModelDescription"]
    return description


@pytest.mark.parametrize(("height", "width"), [(64, 96), (33, 35), (1, 1), (97, 131)])
def test_flame_model_gives_the_models_chroma_on_the_plates_luma(
    trained_shot: Path, height: int, width: int
) -> None:
    """Its RGB is luma and chroma joined as the rest of the tool joins them, nothing clamped."""
    plate = np.random.default_rng(4).uniform(-0.5, 1.5, (height, width, 3)).astype(np.float32)
    session = ort.InferenceSession(
        trained_shot / "model_flame.onnx", providers=["CPUExecutionProvider"]
    )

    recovered = session.run(["recovered"], {"plate": plate.transpose(2, 0, 1)[None]})[0]

    rgb = np.asarray(recovered)[0].transpose(1, 2, 0)
    chroma = Model.open(trained_shot / "model.onnx", choose_provider("cpu")).run(plate)
    expected = luma_chroma_to_rgb(rgb_to_luma(plate), chroma)
    np.testing.assert_allclose(rgb, expected, atol=EXACT, rtol=0)
    np.testing.assert_allclose(rgb_to_luma(rgb), rgb_to_luma(plate), atol=EXACT, rtol=0)


def test_sidecar_names_the_files_own_ends(trained_shot: Path) -> None:
    """Flame finds the tensors by these names, one picture in and one out."""
    graph = onnx.load(trained_shot / "model_flame.onnx").graph
    description = sidecar_of(trained_shot)

    assert [end["Name"] for end in description["Inputs"]] == [end.name for end in graph.input]
    assert [end["Name"] for end in description["Outputs"]] == [end.name for end in graph.output]
    for end in (graph.input[0], graph.output[0]):
        assert [size.dim_value for size in end.type.tensor_type.shape.dim] == [1, 3, 0, 0]


def test_sidecar_has_the_tokens_of_the_inference_builder(trained_shot: Path) -> None:
    """The tokens that Autodesk's page lists, and none that it would have to ignore."""
    description = sidecar_of(trained_shot)

    assert set(description) == {
        "MinimumVersion", "Name", "Description", "SupportsSceneLinear", "KeepAspectRatio",
        "Padding", "Inputs", "Outputs",
    }  # fmt: skip
    assert (description["Inputs"][0]["Type"], description["Outputs"][0]["Type"]) == (
        "Front",
        "Result",
    )
    assert description["Inputs"][0]["Channels"] == description["Outputs"][0]["Channels"] == "RGB"


def test_flame_model_says_what_it_was_made_from(trained_shot: Path) -> None:
    """The model's fingerprint goes with it, and `recover` does not take it for the model."""
    path = trained_shot / "model_flame.onnx"

    properties = {entry.key: entry.value for entry in onnx.load(path).metadata_props}

    assert properties == {FLAME_KEY: sha256(trained_shot / "model.onnx")}
    with pytest.raises(ModelError, match="is not a ChromaResolve model"):
        Model.open(path, choose_provider("cpu"))


@pytest.mark.parametrize(
    ("chain", "said", "is_linear"),
    [
        pytest.param("display", ": Rec.709 2.4 values, untouched.", False, id="display"),
        pytest.param("acescg", " to 'ACEScg'. Bring", True, id="acescg"),
        pytest.param("log", " to 'ACEScct'. Bring", False, id="log"),
    ],
)
def test_sidecar_says_which_values_to_connect(chain: str, said: str, *, is_linear: bool) -> None:
    """The network works in the chain's space, and Flame converts nothing by itself."""
    record = record_with(chain=chain_record(named_chain(chain)))

    description: Any = flame_sidecar(record)["ModelDescription"]

    assert said in description["Description"]
    assert description["SupportsSceneLinear"] is is_linear


def test_sidecar_names_the_shot_and_the_plate() -> None:
    """A model is for one shot and one kind of plate."""
    description: Any = flame_sidecar(RECORD)["ModelDescription"]

    assert description["Name"] == "ChromaResolve SH010"
    assert "Connect the balanced plate it was taught on, as" in description["Description"]
