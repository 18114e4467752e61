"""The model card says what the checkpoint's record says, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chromaresolve.files import sha256
from chromaresolve.training.card import model_card
from model_records import RECORD, record_with


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A file to write a card about."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"a model")
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, "one shot of The Lost Print: SH010.", id="shot"),
        pytest.param({}, "for that shot's balanced plate and for no other", id="plate"),
        pytest.param({}, "keep the luma of the scan.", id="luma"),
        pytest.param({}, "- Steps: 400 of 400, 8 patches of 64 px each.", id="steps"),
        pytest.param({}, "(source:reference): 2: 1:1, 4:3.", id="pairs"),
        pytest.param({}, "not picture: left 4, bottom 6.", id="crop"),
        pytest.param({"crop": {"left": 0}}, "not picture: none.", id="no crop"),
        pytest.param({}, f"`{RECORD.plan.fingerprint}`", id="fingerprint"),
        pytest.param({}, "held out: 2.35, at step 400.", id="held out"),
        pytest.param({"hold_out": {}}, "No frame was held out", id="none held out"),
        pytest.param({}, "shown to the network as they are.", id="not cleaned"),
        pytest.param(
            {"showing": {"degrain": 0.5, "temporal": False}}, "degrained by 0.5;", id="degrained"
        ),
        pytest.param(
            {"showing": {"degrain": 1.0, "temporal": True}},
            "degrained by 1 with the frames beside it;",
            id="degrained over time",
        ),
        pytest.param({}, "- Conversions: Rec.709 2.4 values, untouched.", id="colour"),
        pytest.param({"reference_kind": "constructed"}, "no archival evidence", id="constructed"),
    ],
)
def test_card_says_it(model: Path, changes: dict[str, Any], said: str) -> None:
    """Each fact of the record stands in the card, in the trade's words."""
    assert said in model_card(record_with(**changes), {model: "what it is"}, opset=20)


def test_card_claims_no_archive_where_the_reference_is_direct(model: Path) -> None:
    """A caveat stands only where it holds."""
    assert "archival" not in model_card(RECORD, {model: "what it is"}, opset=20)


def test_card_names_each_file_with_its_fingerprint(model: Path) -> None:
    """Years later the file can be proven to be the one that the card is about."""
    card = model_card(RECORD, {model: "what it is"}, opset=20)

    assert f"| `model.onnx` | what it is | `{sha256(model)}` |" in card
    assert "ONNX, opset 20" in card


def test_odd_title_does_not_break_the_card(model: Path) -> None:
    """A title with a line end or a bar stays one line."""
    card = model_card(record_with(film="One |\n# Two"), {model: "what it is"}, opset=20)

    assert "one shot of One \\| # Two: SH010." in card
