"""A training's contact sheets: exact pixels, amplified differences, and when there is one."""

from __future__ import annotations

from itertools import islice, pairwise, takewhile
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.errors import FrameError
from chromaresolve.frames import Rgb, read_rgb
from chromaresolve.scopes import SURROUND
from chromaresolve.training.sheets import (
    CELL,
    GAP,
    LINE,
    is_sheet_step,
    sheet_row,
    sheet_steps,
    write_contact_sheet,
)

CODE = 1 / 255
"""A PNG holds 8 bit codes, so a value comes back within half of this."""

TOP = GAP + 2 * LINE
"""Where the first row's pictures begin."""


def crop(height: int, width: int, seed: int) -> Rgb:
    """Return noise, which no scaling would leave alone."""
    return np.random.default_rng(seed).uniform(0, 1, (height, width, 3)).astype(np.float32)


def test_row_shows_the_difference_amplified() -> None:
    """What is 0.01 off shows as 0.08, above or below, and black is no difference."""
    truth = np.full((1, 3, 3), 0.5, np.float32)
    recovered = truth + np.array([0.01, -0.01, 0], np.float32)[None, :, None]

    name, pictures = sheet_row("frame 7", plate_709=truth, truth_709=truth, recovered_709=recovered)

    assert name == "frame 7"
    assert list(pictures) == ["plate", "ground truth", "recovered", "difference x 8"]
    np.testing.assert_allclose(
        pictures["difference x 8"][0, :, 1], [0.08, 0.08, 0], rtol=1e-5, atol=1e-7
    )


def test_sheet_shows_small_crops_as_they_are(tmp_path: Path) -> None:
    """Every crop is on the sheet pixel for pixel, in its column and row, and words around it."""
    rows = [
        (f"frame {row}", {f"column {place}": crop(40, 150, 2 * row + place) for place in range(2)})
        for row in range(2)
    ]

    drawn = write_contact_sheet(tmp_path / "sheet.png", rows, title="sh010, step 100")

    sheet = read_rgb(tmp_path / "sheet.png")
    assert sheet.shape[1] == 2 * 150 + 3 * GAP
    assert np.abs(sheet - drawn).max() <= CODE / 2 + 1e-6
    for row, (_, pictures) in enumerate(rows):
        top = TOP + row * (40 + LINE + GAP)
        for place, picture in enumerate(pictures.values()):
            left = GAP + place * (150 + GAP)
            off = np.abs(sheet[top : top + 40, left : left + 150] - picture).max()
            assert off <= CODE / 2 + 1e-6, f"row {row}, column {place}: {off:.4f} off"
        assert sheet[top + 40 : top + 40 + LINE].max() > 0.5, f"row {row} has no name"
    assert sheet[: GAP + LINE].max() > 0.5, "no title"
    assert np.ptp(sheet[:TOP], axis=-1).max() == 0, "the words are not neutral"
    np.testing.assert_allclose(sheet[:, :GAP], SURROUND[0], atol=CODE / 2)


def test_sheet_shrinks_frames(tmp_path: Path) -> None:
    """Pictures of a film's size become as wide as a cell and keep their shape and brightness."""
    wide = {"plate": np.full((540, 1440, 3), 0.25, np.float32)}

    write_contact_sheet(tmp_path / "sheet.png", [("frame 1", wide)], title="sh010")

    sheet = read_rgb(tmp_path / "sheet.png")
    height = 540 * CELL // 1440
    assert sheet.shape == (TOP + height + LINE + GAP, CELL + 2 * GAP, 3)
    np.testing.assert_allclose(sheet[TOP : TOP + height, GAP:-GAP], 0.25, atol=CODE)


def test_sheet_refuses_what_is_no_picture(tmp_path: Path) -> None:
    """Pixels that are not numbers, missing columns and no rows at all are refused."""
    broken = crop(40, 150, 0)
    broken[3, 4, 1] = np.nan
    path = tmp_path / "sheet.png"

    with pytest.raises(FrameError, match="not finite"):
        write_contact_sheet(path, [("", {"plate": broken})], title="")
    with pytest.raises(ValueError, match="needs the columns"):
        write_contact_sheet(path, [("", {"plate": broken}), ("", {})], title="")
    with pytest.raises(ValueError, match="needs a row"):
        write_contact_sheet(path, [], title="")
    assert list(tmp_path.iterdir()) == []


def test_sheet_steps_get_sparser() -> None:
    """Every hundred steps to a thousand, then at least 10 % further each time, in hundreds."""
    steps = list(islice(sheet_steps(), 20))

    assert steps[:16] == [*range(100, 1001, 100), 1100, 1300, 1500, 1700, 1900, 2100]
    assert all(10 * later >= 11 * step for step, later in pairwise(steps[9:]))
    assert len(list(takewhile(lambda step: step <= 40_000, sheet_steps()))) < 50


def test_sheet_step_agrees_with_the_steps() -> None:
    """A step has a sheet if it is one of the steps, or the last; with an interval of 0, never."""
    among = set(takewhile(lambda step: step <= 3000, sheet_steps(20)))

    found = {step for step in range(3001) if is_sheet_step(step, 3000, 20)}

    assert found == among | {3000}
    assert is_sheet_step(123, 123)
    assert not is_sheet_step(0, 0)
    assert not any(is_sheet_step(step, 300, 0) for step in range(301))


def test_sheet_steps_refuse_no_interval() -> None:
    """An interval below 1 would never get anywhere."""
    with pytest.raises(ValueError, match="1 is the least"):
        next(sheet_steps(0))
