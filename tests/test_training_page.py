"""The page of a training: whole, by itself, alive while the training runs, and honest."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from chromaresolve.frames import write_picture
from chromaresolve.scopes.curves import load_log
from chromaresolve.training.page import Standing, tell_time, write_training_page

REFRESH = '<meta http-equiv="refresh" content="5">'
"""What makes a browser load the page anew."""


def write_log(folder: Path, *, scores: tuple[float, ...] = (3.0, 2.0)) -> None:
    """Write a log as the training does: a loss every 50 steps, a held-out score every 200."""
    lines = [{"step": step, "loss": 10 / step} for step in range(50, 200 * len(scores) + 1, 50)]
    lines += [{"step": 200 * place, "dE2000": n} for place, n in enumerate(scores, start=1)]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / "log.jsonl").write_text(text, encoding="utf-8")


def read_page(folder: Path) -> str:
    """Return the page's text."""
    return (folder / "index.html").read_text(encoding="utf-8")


def test_page_shows_where_the_training_stands(tmp_path: Path) -> None:
    """Step, time left, both curves, the sheet and the preview are on it, and nothing outside."""
    write_log(tmp_path)
    pictures = [tmp_path / f"{name}.png" for name in ("sheet", "plate", "recovered")]
    for shade, picture in enumerate(pictures, start=1):
        write_picture(picture, np.full((4, 4, 3), shade / 4, np.float32))
    standing = Standing(
        shot="sh010",
        step=400,
        steps=40_000,
        state="training",
        seconds_left=200,
        sheet=pictures[0],
        preview=(pictures[1], pictures[2]),
        notes=("batch 2 <fits>",),
    )

    write_training_page(tmp_path, standing)

    page = read_page(tmp_path)
    assert "Step 400 of 40,000, training, 3 min 20 s left." in page
    assert "<title>sh010: 1 % trained</title>" in page
    assert "batch 2 &lt;fits&gt;" in page
    assert page.count("<polyline") == 2
    assert "dE2000 of held-out frames: 2, lowest 2 at step 400" in page
    assert "verfitting" not in page
    shown = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    expected = [pictures[place].read_bytes() for place in (1, 2, 0)]
    assert [base64.b64decode(letters) for letters in shown] == expected
    assert page.count("src=") == len(shown)
    assert not re.search(r"<script|<link|<iframe|href=|url\(", page)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("training", True, id="training"),
        pytest.param("stopped", False, id="stopped"),
        pytest.param("finished", False, id="finished"),
    ],
)
def test_page_loads_itself_anew_while_training(
    tmp_path: Path, state: Literal["training", "stopped", "finished"], *, expected: bool
) -> None:
    """It is reloaded while the training runs, and left alone when it does not."""
    write_training_page(tmp_path, Standing(shot="sh010", step=400, steps=400, state=state))

    page = read_page(tmp_path)
    assert (REFRESH in page) is expected
    assert f"Step 400 of 400, {state}." in page


def test_page_before_the_first_step_has_no_curve(tmp_path: Path) -> None:
    """No log, no steps and no pictures yet: the page says so, and what is missing is left out."""
    gone = tmp_path / "gone.png"
    standing = Standing(
        shot="sh010", step=0, steps=0, state="training", sheet=gone, preview=(gone, gone)
    )

    write_training_page(tmp_path, standing)

    page = read_page(tmp_path)
    assert "No curve yet." in page
    assert "<img" not in page


def test_page_names_overfitting(tmp_path: Path) -> None:
    """Where the curves part, the page says since when."""
    write_log(tmp_path, scores=(3.0, 2.0, 2.3, 2.4, 2.5))

    write_training_page(tmp_path, Standing(shot="sh010", step=1000, steps=9000, state="training"))

    assert "Overfitting: the loss still falls, but the held-out frames get worse" in read_page(
        tmp_path
    )


def test_log_of_a_killed_training_is_read(tmp_path: Path) -> None:
    """A last line that is half written is left out."""
    log = tmp_path / "log.jsonl"
    log.write_text('{"step": 50, "loss": 0.5}\n{"step": 100, "lo', encoding="utf-8")

    assert load_log(log) == [{"step": 50, "loss": 0.5}]
    assert load_log(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(None, "", id="unknown"),
        pytest.param(-3.0, "0 s left", id="late"),
        pytest.param(59.4, "59 s left", id="seconds"),
        pytest.param(59.6, "1 min 0 s left", id="rounded up"),
        pytest.param(3599.0, "59 min 59 s left", id="minutes"),
        pytest.param(4320.0, "1 h 12 min left", id="hours"),
    ],
)
def test_time_left_is_told(seconds: float | None, expected: str) -> None:
    """Two units say enough."""
    assert tell_time(seconds) == expected
