"""Models and providers: chosen aloud, never exchanged in silence, equal in tiles and whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper

from chromaresolve.errors import ModelError, StageError
from chromaresolve.recovery.model import METADATA_KEY, Model
from chromaresolve.recovery.providers import Provider, choose_provider

TILED = 1e-5
"""Tiles and the full frame differ by the order of float32 sums at most."""


@pytest.fixture
def model(trained_shot: Path) -> Model:
    """The tiny shot's model on the CPU."""
    return Model.open(trained_shot / "model.onnx", choose_provider("cpu"))


@pytest.mark.parametrize(
    ("height", "width", "tile"),
    [
        pytest.param(700, 530, 256, id="no multiple of anything"),
        pytest.param(512, 512, 256, id="whole tiles"),
        pytest.param(257, 513, 256, id="slivers"),
    ],
)
def test_tiles_equal_the_full_frame(model: Model, height: int, width: int, tile: int) -> None:
    """A frame too large for the memory gives the same picture in tiles."""
    plate = np.random.default_rng(1).random((height, width, 3), dtype=np.float32)

    whole, tiled = model.run(plate), model.run_tiled(plate, tile)

    off = np.abs(whole - tiled).max(axis=-1)
    worst = np.unravel_index(int(off.argmax()), off.shape)
    assert off.max() <= TILED, f"tiles differ by {off.max():.2g} at row, column {worst}"


def test_tiles_need_their_halo(model: Model) -> None:
    """Without the halo the tiles would differ: the comparison above can fail."""
    plate = np.random.default_rng(1).random((512, 512, 3), dtype=np.float32)

    cut = np.concatenate([model.run(plate[:, :256]), model.run(plate[:, 256:])], axis=1)

    assert np.abs(cut - model.run(plate)).max() > 10 * TILED


def test_missing_provider_is_refused() -> None:
    """A provider asked for by name and not there: the line that brings it, never the CPU."""
    absent = "coreml" if "CoreMLExecutionProvider" not in ort.get_available_providers() else "cuda"

    with pytest.raises(StageError, match=f"{absent} was asked for, but this onnxruntime"):
        choose_provider(absent)


def test_unknown_provider_is_refused() -> None:
    """The known names are listed."""
    with pytest.raises(StageError, match="'gpu' is not known: write one of auto, tensorrt, cuda, "):
        choose_provider("gpu")


def test_auto_says_why() -> None:
    """A choice is printed with its reason."""
    chosen = choose_provider("auto")

    assert chosen.name in {"cpu", "cuda"}
    assert "this onnxruntime" in chosen.reason


def test_silent_fallback_is_an_error(trained_shot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that runs elsewhere than it was sent is stopped, with what to type."""

    class FellBack:
        """What onnxruntime gives when CUDA is installed but cannot start."""

        def __init__(self, *_args: object, **_options: object) -> None:
            """Start on the CPU without a word."""

        def get_providers(self) -> list[str]:
            """Say where it runs."""
            return ["CPUExecutionProvider"]

    monkeypatch.setattr(ort, "InferenceSession", FellBack)

    with pytest.raises(StageError, match="cuda is installed but did not start"):
        Model.open(trained_shot / "model.onnx", Provider("cuda", "asked for"))


def test_missing_model_is_named(tmp_path: Path) -> None:
    """The sentence names the file and the command that makes one."""
    with pytest.raises(ModelError, match=r"model\.onnx: there is no model: run `chromaresolve exp"):
        Model.open(tmp_path / "model.onnx", choose_provider("cpu"))


def test_broken_model_is_refused(tmp_path: Path) -> None:
    """A file that is no model is one line."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"this is not a model")

    with pytest.raises(ModelError, match="is cut off, or no model: copy it again, or") as caught:
        Model.open(path, choose_provider("cpu"))

    assert "\n" not in str(caught.value)


def _rewritten(trained_shot: Path, path: Path, facts: dict[str, object] | None) -> Path:
    """The tiny shot's model with other metadata."""
    loaded = onnx.load(trained_shot / "model.onnx")
    del loaded.metadata_props[:]
    if facts is not None:
        helper.set_model_props(loaded, {METADATA_KEY: json.dumps(facts)})
    onnx.save(loaded, path)
    return path


def test_foreign_model_is_refused(trained_shot: Path, tmp_path: Path) -> None:
    """A model without our metadata could be anything: it is not run on a film."""
    path = _rewritten(trained_shot, tmp_path / "foreign.onnx", None)

    with pytest.raises(ModelError, match="is not a ChromaResolve model"):
        Model.open(path, choose_provider("cpu"))


def test_newer_model_is_refused(trained_shot: Path, tmp_path: Path) -> None:
    """Another format of metadata is not guessed at."""
    path = _rewritten(trained_shot, tmp_path / "newer.onnx", {"format": 99})

    with pytest.raises(ModelError, match="model format 99 is not 1"):
        Model.open(path, choose_provider("cpu"))
