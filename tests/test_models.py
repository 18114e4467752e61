"""The shipped models are what `models.toml` says."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.files import sha256
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import choose_provider

MODELS = Path(__file__).parents[1] / "models"
"""Where they are."""

LISTED = tomllib.loads((MODELS / "models.toml").read_text(encoding="utf-8"))["model"]
"""Their entries."""


def test_every_model_is_listed() -> None:
    """No file without an entry, no entry without a file."""
    assert {entry["file"] for entry in LISTED} == {file.name for file in MODELS.glob("*.onnx")}


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["file"])
def test_model_is_what_its_entry_says(entry: dict[str, str]) -> None:
    """The file's own sha256, shot and size; and it runs on a picture of odd size."""
    path = MODELS / entry["file"]
    model = Model.open(path, choose_provider("cpu"))
    plate = np.random.default_rng(0).random((45, 71, 3), dtype=np.float32)

    chroma = model.run(plate)

    assert sha256(path) == entry["sha256"]
    assert (model.facts["shot"], model.facts["size"]) == (entry["shot"], entry["size"])
    assert entry["licence"]
    assert chroma.shape == (45, 71, 2)
    assert np.isfinite(chroma).all()
