"""Fields: of combed frames whose film is known, the woven one is the film, value for value."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from chromaresolve.errors import StageError
from chromaresolve.fade import SEVERE
from chromaresolve.pairs.fields import Field, find_fields, weave_fields
from footage import Frames, faded, interlaced, pulled_down, shot_frames, telecined, with_grain

BIG: dict[str, Any] = {"width": 320, "height": 180, "pan": 4.0, "action": 3.0}
"""Large and lively enough for fields to differ."""

FILM = with_grain(shot_frames(3, 8, **BIG), 0.01)
"""Eight frames A B C D E F G H."""

VIDEO = pulled_down(FILM)
"""A B BC CD D E F FG GH H."""


def source_of(film: Frames) -> Frames:
    """Return frames as the Source shows them: faded, grainy, of another size and framing."""
    moved = telecined(film, size=(320, 180), shift_px=(5.0, -3.0), scale=1.0, gamma=1.0)
    scan = faded(moved, SEVERE)
    return np.stack([cv2.resize(one, (512, 300), interpolation=cv2.INTER_CUBIC) for one in scan])


SOURCE = source_of(FILM)
"""What the scan shows of the same film."""


@pytest.mark.parametrize(
    ("row", "moment", "neighbour", "keeps"),
    [
        pytest.param(2, 1, -1, "upper", id="BC for B"),
        pytest.param(2, 2, 1, "lower", id="BC for C"),
        pytest.param(3, 2, -1, "upper", id="CD for C"),
        pytest.param(3, 3, 1, "lower", id="CD for D"),
        pytest.param(7, 5, -1, "upper", id="FG for F"),
        pytest.param(8, 7, 1, "lower", id="GH for H"),
    ],
)
def test_woven_frame_is_the_film_s_own(row: int, moment: int, neighbour: int, keeps: Field) -> None:
    """The Source tells which moment is meant, and its frame comes out exactly."""
    found = find_fields(
        VIDEO[row],
        before_rgb=VIDEO[row - 1],
        after_rgb=VIDEO[row + 1],
        source_rgb=SOURCE[moment],
        where="REF_0003",
    )

    assert found is not None
    assert (found.neighbour, found.keeps) == (neighbour, keeps)
    assert found.likeness > 0
    woven = weave_fields(VIDEO[row], VIDEO[row + neighbour], where="REF_0003", keeps=keeps)
    np.testing.assert_array_equal(woven, FILM[moment])


@pytest.mark.parametrize(("row", "neighbour", "moment"), [(2, -1, 1), (2, 1, 2), (3, 1, 3)])
def test_weave_finds_the_field_to_keep(row: int, neighbour: int, moment: int) -> None:
    """Only one of the two leaves no comb."""
    woven = weave_fields(VIDEO[row], VIDEO[row + neighbour], where="REF_0003")

    np.testing.assert_array_equal(woven, FILM[moment])


def test_without_a_source_some_whole_moment_is_found() -> None:
    """Either is one moment of the film."""
    found = find_fields(VIDEO[2], before_rgb=VIDEO[1], after_rgb=VIDEO[3], where="REF_0003")

    assert found is not None
    assert (found.likeness, found.comb < 0.2) == (0.0, True)
    other = VIDEO[2 + found.neighbour]
    woven = weave_fields(VIDEO[2], other, where="REF_0003", keeps=found.keeps)
    assert any(np.array_equal(woven, shown) for shown in FILM)


@pytest.mark.parametrize(("before", "after", "neighbour"), [(1, None, -1), (None, 3, 1)])
def test_at_the_ends_the_one_neighbour_serves(
    before: int | None, after: int | None, neighbour: int
) -> None:
    """The first frame and the last have one neighbour each."""
    found = find_fields(
        VIDEO[2],
        before_rgb=None if before is None else VIDEO[before],
        after_rgb=None if after is None else VIDEO[after],
        source_rgb=SOURCE[2],
        where="REF_0003",
    )

    assert found is not None
    assert found.neighbour == neighbour


def test_shifted_fields_are_found() -> None:
    """Film at 25 whose fields are one apart: every frame is combed, and none is lost."""
    shifted = interlaced(FILM[1:], FILM[:-1])

    found = find_fields(
        shifted[3], before_rgb=shifted[2], after_rgb=shifted[4], source_rgb=SOURCE[4], where="REF"
    )

    assert found is not None
    assert (found.neighbour, found.keeps) == (1, "upper")
    woven = weave_fields(shifted[3], shifted[4], where="REF", keeps="upper")
    np.testing.assert_array_equal(woven, FILM[4])


def test_whole_frame_needs_no_weaving() -> None:
    """A progressive frame is left alone."""
    assert find_fields(VIDEO[1], before_rgb=VIDEO[0], after_rgb=VIDEO[2], where="REF") is None


def test_interlaced_video_is_refused() -> None:
    """Every field is a moment of its own: no neighbour has its other half."""
    fields = shot_frames(5, 12, **BIG)
    video = interlaced(fields[0::2], fields[1::2])

    with pytest.raises(StageError, match="REF_0004: shows two moments, and no frame beside it"):
        find_fields(video[3], before_rgb=video[2], after_rgb=video[4], where="REF_0004")


@pytest.mark.parametrize(
    ("size", "words"),
    [
        pytest.param((640, 720), "no fields any longer: it was scaled after", id="to 720 lines"),
        pytest.param((640, 486), "it was scaled a little after the telecine", id="to 486 lines"),
        pytest.param((640, 540), "it was scaled a little after the telecine", id="to 540 lines"),
    ],
)
def test_scaled_telecine_is_refused(size: tuple[int, int], words: str) -> None:
    """Of 480 lines made some others no line is one field's any more."""
    film = shot_frames(3, 4, width=480, height=480, pan=6.0, action=4.0)
    video = pulled_down(film)
    scaled = [cv2.resize(one, size, interpolation=cv2.INTER_CUBIC) for one in video]
    before, frame, after = (np.asarray(one, np.float32) for one in scaled[1:4])

    with pytest.raises(StageError, match=words):
        find_fields(frame, before_rgb=before, after_rgb=after, where="REF_0003")


def test_frame_alone_is_refused() -> None:
    """Without a neighbour there is no other field."""
    with pytest.raises(StageError, match="no frame beside it holds the other field"):
        find_fields(VIDEO[2], before_rgb=None, after_rgb=None, where="REF_0003")


def test_neighbour_of_another_size_is_refused() -> None:
    """Both sizes are named, as width x height."""
    sizes = r"\(320 x 180 and 320 x 178\): export one size"
    with pytest.raises(StageError, match=sizes):
        find_fields(VIDEO[2], before_rgb=VIDEO[1][:178], after_rgb=None, where="REF_0003")
    with pytest.raises(StageError, match=sizes):
        weave_fields(VIDEO[2], VIDEO[1][:178], where="REF_0003")


def test_values_beyond_the_range_survive_weaving() -> None:
    """Negative ones, and those above 1; odd heights too."""
    frame, other = np.full((3, 2, 3), -0.5, np.float32), np.full((3, 2, 3), 7.0, np.float32)

    woven = weave_fields(frame, other, where="REF", keeps="lower")

    np.testing.assert_array_equal(woven[:, 0, 0], [7.0, -0.5, 7.0])
    np.testing.assert_array_equal(frame, -0.5)
