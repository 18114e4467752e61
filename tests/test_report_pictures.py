"""Contact sheets and difference maps: exact pixels, neutral surround, legible words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.errors import FrameError
from chromaresolve.frames import Rgb, read_rgb
from chromaresolve.report import Row, contact_sheet, difference_map
from chromaresolve.report.pictures import (
    CAPTION_HEIGHT,
    GAP,
    LABEL_HEIGHT,
    SHEET_WIDTH,
    SMALLEST_CELL,
    SURROUND,
    shrink,
)

CODE = 1 / 255
"""A PNG holds 8 bit codes, so a value comes back within half of this."""


def picture(height: int, width: int, seed: int = 0) -> Rgb:
    """Return noise, which no scaling would leave alone."""
    return np.random.default_rng(seed).uniform(0, 1, (height, width, 3)).astype(np.float32)


def is_surround(pixels: Rgb) -> bool:
    """Say whether all of it is the sheet's empty grey."""
    return bool((np.abs(pixels - SURROUND) < CODE / 2).all())


def test_sheet_shows_pictures_as_they_are(tmp_path: Path) -> None:
    """A picture that fits is on the sheet pixel for pixel, each in its column and row."""
    cells = [picture(40, 300, seed) for seed in range(3)]
    rows = [
        Row(label="frame 1", cells=(("scan", cells[0]), ("recovered", cells[1]))),
        Row(label="frame 2", cells=(("scan", cells[2]),)),
    ]

    contact_sheet(rows, tmp_path / "sheet.png")

    sheet = read_rgb(tmp_path / "sheet.png")
    left, right = slice(GAP, GAP + 300), slice(300 + 2 * GAP, 600 + 2 * GAP)
    first, second = LABEL_HEIGHT, 2 * LABEL_HEIGHT + 40 + CAPTION_HEIGHT
    assert sheet.shape[1] == 600 + 3 * GAP
    assert np.abs(sheet[first : first + 40, left] - cells[0]).max() <= CODE / 2 + 1e-6
    assert np.abs(sheet[first : first + 40, right] - cells[1]).max() <= CODE / 2 + 1e-6
    assert np.abs(sheet[second : second + 40, left] - cells[2]).max() <= CODE / 2 + 1e-6
    assert is_surround(sheet[second : second + 40, right])


def test_sheet_is_neutral_around_the_pictures(tmp_path: Path) -> None:
    """Surround and letters are grey: nothing beside a picture tints the eye."""
    contact_sheet([Row(label="frame 1", cells=(("scan", picture(40, 300)),))], tmp_path / "s.png")

    sheet = read_rgb(tmp_path / "s.png")
    around = np.concatenate([sheet[:LABEL_HEIGHT], sheet[LABEL_HEIGHT + 40 :]])
    assert (np.ptp(around, axis=-1) == 0).all()
    assert is_surround(sheet[:, :GAP])


def test_sheet_names_rows_and_columns(tmp_path: Path) -> None:
    """Words stand above the row and below each picture, and nothing where none were given."""
    rows = [Row(label="frame 1", cells=(("scan", picture(40, 300)), ("", picture(40, 300))))]

    contact_sheet(rows, tmp_path / "sheet.png")

    sheet = read_rgb(tmp_path / "sheet.png")
    below = sheet[LABEL_HEIGHT + 40 :]
    assert sheet[:LABEL_HEIGHT].max() > 0.8
    assert below[:, : GAP + 300].max() > 0.6
    assert is_surround(below[:, GAP + 300 :])


def test_sheet_keeps_a_long_caption_to_its_picture(tmp_path: Path) -> None:
    """A caption is cut short before it runs into the next column, dollars and all."""
    cells = (("$x^2$ and a very long caption " * 4, picture(40, 300)), ("", picture(40, 300)))

    contact_sheet([Row(label="", cells=cells)], tmp_path / "sheet.png")

    sheet = read_rgb(tmp_path / "sheet.png")
    assert is_surround(sheet[LABEL_HEIGHT + 40 :, 300 + 2 * GAP :])
    assert not is_surround(sheet[LABEL_HEIGHT + 40 :, : GAP + 300])


@pytest.mark.parametrize(
    ("width", "columns", "expected"),
    [
        pytest.param(4096, 5, (SHEET_WIDTH - GAP) // 5 - GAP, id="4K, five columns"),
        pytest.param(4096, 1, SHEET_WIDTH - 2 * GAP, id="4K alone"),
        pytest.param(101, 2, SMALLEST_CELL, id="tiny"),
        pytest.param(300, 2, 300, id="as it is"),
    ],
)
def test_shrink_fits_the_sheet(width: int, columns: int, expected: int) -> None:
    """Pictures are as wide as the sheet has room for, and keep their shape."""
    flat = np.full((width // 2, width, 3), 0.5, dtype=np.float32)

    (row,) = shrink([Row(label="", cells=(("", flat),) * columns)])

    shapes = {rgb.shape for _, rgb in row.cells}
    assert shapes == {(round((width // 2) * expected / width), expected, 3)}
    np.testing.assert_array_equal(shrink([row])[0].cells[0][1], row.cells[0][1])


def test_shrink_averages() -> None:
    """A fine checkerboard becomes the grey between its two values: nothing shimmers."""
    board = np.indices((600, 4000)).sum(axis=0) % 2
    rgb = np.repeat(board[..., None], 3, axis=-1).astype(np.float32)

    (row,) = shrink([Row(label="", cells=(("", rgb),) * 4)])

    assert np.abs(row.cells[0][1] - 0.5).max() < 0.1


def test_sheet_takes_pictures_of_different_heights(tmp_path: Path) -> None:
    """A row is as high as its highest picture; what is left stays surround."""
    cells = (("tall", picture(90, 300)), ("flat", picture(30, 300)))

    contact_sheet([Row(label="", cells=cells)], tmp_path / "sheet.png")

    sheet = read_rgb(tmp_path / "sheet.png")
    assert sheet.shape[0] == LABEL_HEIGHT + 90 + CAPTION_HEIGHT + GAP
    assert is_surround(sheet[LABEL_HEIGHT + 30 : LABEL_HEIGHT + 90, 300 + 2 * GAP :])


def test_sheet_refuses_what_is_no_picture(tmp_path: Path) -> None:
    """Pixels that are not numbers are refused, and no half sheet is left."""
    broken = picture(40, 300)
    broken[3, 4, 1] = np.nan

    with pytest.raises(FrameError, match="not finite"):
        contact_sheet([Row(label="", cells=(("", broken),))], tmp_path / "sheet.png")
    with pytest.raises(ValueError, match="needs a picture"):
        contact_sheet([Row(label="empty", cells=())], tmp_path / "sheet.png")

    assert list(tmp_path.iterdir()) == []


def test_difference_map_is_black_where_nothing_differs() -> None:
    """The same picture differs nowhere, also outside 0 to 1."""
    rgb = picture(7, 5) * 14 - 1

    assert not difference_map(rgb, rgb).any()


def test_difference_map_amplifies_both_ways() -> None:
    """What is above and what is below show alike, channel by channel, and are not clamped."""
    first = np.zeros((1, 2, 3), dtype=np.float32)
    second = np.array([[[0.01, -0.01, 0.5], [0, 0, 0]]], dtype=np.float32)

    shown = difference_map(first, second)

    np.testing.assert_allclose(shown[0, 0], [0.08, 0.08, 4.0], rtol=1e-6)
    np.testing.assert_allclose(difference_map(first, second, gain=2)[0, 0], [0.02, 0.02, 1.0])
