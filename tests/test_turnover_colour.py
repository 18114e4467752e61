"""Values, levels, matrix, hidden transforms and roles: what colours say of an export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.colour import convert
from chromaresolve.fade import EXTREME, MILD, MODERATE, SEVERE, Retention
from chromaresolve.shot import Shot
from chromaresolve.turnover import Finding, check
from chromaresolve.turnover.levels import matrix_mistake
from footage import Frames, faded, handed_over, shot_frames, telecined
from tiny import still

COUNT = 3
"""Frames of each sequence: enough for a median."""

DEGREES = {"mild": MILD, "moderate": MODERATE, "severe": SEVERE, "extreme": EXTREME}
"""How far the Source has faded."""


def found_in(shot: Shot) -> dict[str, Finding]:
    """Check a shot; what was found, by subject."""
    return {finding.subject: finding for finding in check(shot, on_progress=still)[1]}


def said(root: Path, source: Frames, reference: Frames) -> dict[str, Finding]:
    """Check what is handed over; what was found, by subject."""
    return found_in(handed_over(root, source, reference))


def full_range(seed: int) -> Frames:
    """Return a shot with a black and a white in it."""
    frames = shot_frames(seed, COUNT, pan=0.5)
    frames[:, 10:20, 10:30] = 0.0
    frames[:, 10:20, 40:60] = 1.0
    return frames


def mono(frames: Frames) -> Frames:
    """Return the frames in black and white."""
    return np.repeat(frames.mean(axis=-1, keepdims=True), 3, axis=-1)


SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, 2, 3, 4))]
"""Films, most of them in the longer run."""


@pytest.mark.parametrize("degree", DEGREES)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_suspected_of_a_true_pair(tmp_path: Path, seed: int, degree: str) -> None:
    """A faded scan and a graded telecine of one film, from mild to extreme."""
    film = shot_frames(seed, COUNT)

    found = said(tmp_path, faded(film, DEGREES[degree], seed=seed), telecined(film, seed=seed))

    noted = {subject for subject, finding in found.items() if finding.verdict != "ok"}
    assert noted <= {"Source values"}
    assert found["hidden transforms"].sentence == "none suspected"


def test_legal_levels_are_suspected(tmp_path: Path) -> None:
    """Sixteen and two hundred and thirty-five, in all channels."""
    film = full_range(1)

    found = said(tmp_path, film, film * np.float32(219 / 255) + np.float32(16 / 255))

    assert found["Source levels"].verdict == "ok"
    assert found["Reference levels"].verdict == "note"
    assert "16 and 235 of 255" in found["Reference levels"].sentence
    assert "Data Levels to Video" in found["Reference levels"].remedy


def test_levels_expanded_twice_are_suspected(tmp_path: Path) -> None:
    """Blacks and whites cut off at both ends, borders apart."""
    film = shot_frames(2, COUNT)
    stretched = film.copy()
    stretched[:, 20:55, 20:55] = 0.0
    stretched[:, 20:55, 70:105] = 1.0

    finding = said(tmp_path, film, stretched)["Reference levels"]

    assert "expanded as if they were legal" in finding.sentence


def test_black_borders_are_no_clipping(tmp_path: Path) -> None:
    """A letterbox is black, a title white; neither is the picture."""
    film = full_range(3)
    film[:, :12] = film[:, -12:] = 0.0

    assert said(tmp_path, film, film)["Reference levels"].verdict == "ok"


@pytest.mark.parametrize("made_with_601", [True, False])
@pytest.mark.parametrize("is_telecined", [False, True])
def test_wrong_matrix_is_suspected(tmp_path: Path, made_with_601: bool, is_telecined: bool) -> None:
    """One standard's colours decoded with the other's matrix, where the pictures agree."""
    film = shot_frames(3, COUNT)
    wrong = film @ matrix_mistake(made_with_601=made_with_601).T
    if is_telecined:
        wrong = telecined(wrong, gains=(1.0, 1.0, 1.0), gamma=1.0, saturation=1.0)

    finding = said(tmp_path, film, wrong)["colour matrix"]

    standard = "Rec.601 colour" if made_with_601 else "Rec.709 colour"
    assert finding.verdict == "note"
    assert f"looks like {standard}" in finding.sentence


def test_matrices_are_the_standards() -> None:
    """Rec.601 green coded by 709: published luma weights; a mistake and its opposite cancel."""
    both = matrix_mistake(made_with_601=True) @ matrix_mistake(made_with_601=False)

    np.testing.assert_allclose(both, np.eye(3), atol=1e-5)
    # Y' of pure green, 0.587 in BT.601; decoding leaves luma what it was sent as, in 709's weights.
    green = matrix_mistake(made_with_601=True) @ np.array([0, 1, 0], np.float32)
    assert float(green @ np.array([0.2126, 0.7152, 0.0722])) == pytest.approx(0.587, abs=1e-4)


@pytest.mark.parametrize("degree", [None, SEVERE])
@pytest.mark.parametrize("seed", SEEDS)
def test_linear_reference_is_suspected(tmp_path: Path, seed: int, degree: Retention | None) -> None:
    """Linear light beside display values, however faded these are."""
    film = shot_frames(seed, COUNT)
    source = film if degree is None else faded(film, degree)
    linear = np.maximum(telecined(film), 0) ** np.float32(2.4)

    finding = said(tmp_path, source, linear)["hidden transforms"]

    assert finding.verdict == "note"
    assert finding.sentence.startswith("the Reference looks linear, the Source like gamma 2.")
    assert "Reference's input and output transform" in finding.remedy


@pytest.mark.parametrize("seed", SEEDS)
def test_linear_source_is_suspected(tmp_path: Path, seed: int) -> None:
    """The other way round."""
    film = shot_frames(seed, COUNT)
    linear = np.maximum(faded(film, MILD), 0) ** np.float32(2.4)

    finding = said(tmp_path, linear, telecined(film))["hidden transforms"]

    assert finding.sentence.startswith("the Source looks linear, the Reference like gamma 2.")


@pytest.mark.parametrize("space", ["ACEScct", "LogC3"])
def test_log_source_is_suspected(tmp_path: Path, space: str) -> None:
    """A log curve beside display values of the same picture."""
    film = shot_frames(3, COUNT)
    logged = convert(film, from_space="display", to_space=space)

    finding = said(tmp_path, logged, telecined(film, gamma=1.0))["hidden transforms"]

    assert finding.verdict == "note"
    assert finding.sentence.startswith("the Source looks like ")


@pytest.mark.parametrize("degree", ["moderate", "severe", "extreme"])
@pytest.mark.parametrize("seed", SEEDS)
def test_swapped_sequences_are_suspected(tmp_path: Path, seed: int, degree: str) -> None:
    """The Source has the colour, and the Reference the cast."""
    film = shot_frames(seed, COUNT)

    finding = said(tmp_path, telecined(film), faded(film, DEGREES[degree]))["roles"]

    assert finding.verdict == "note"
    assert "may be swapped" in finding.sentence
    assert finding.remedy.startswith("swap [source] scan and [reference] sequence")


def test_mono_reference_stops_the_chroma_branch(tmp_path: Path) -> None:
    """Black and white has no chroma to teach."""
    film = shot_frames(4, COUNT)

    finding = said(tmp_path, faded(film, MODERATE), mono(telecined(film)))["Reference colour"]

    assert (finding.verdict, finding.sentence) == ("stop", "the Reference is black and white")


def test_mono_reference_is_only_noted_for_the_spatial_branch(tmp_path: Path) -> None:
    """There its luma is wanted, and its chroma is not."""
    film = shot_frames(4, COUNT)
    shot = handed_over(tmp_path, faded(film, MODERATE), mono(telecined(film)), branch="spatial")

    assert found_in(shot)["Reference colour"].verdict == "note"


def test_toned_reference_is_noted(tmp_path: Path) -> None:
    """Sepia is one colour for each grey."""
    film = shot_frames(4, COUNT)
    sepia = mono(film) * np.array([1.08, 1.0, 0.8], np.float32)

    finding = said(tmp_path, faded(film, MODERATE), sepia)["Reference colour"]

    assert finding.verdict == "note"
    assert "toned or tinted" in finding.sentence


TURNED = {
    "mirrored left to right": (slice(None), slice(None, None, -1)),
    "upside down": (slice(None, None, -1), slice(None)),
    "turned by half a circle": (slice(None, None, -1), slice(None, None, -1)),
}
"""What happens to film in a gate, and how."""


@pytest.mark.parametrize("words", TURNED)
@pytest.mark.parametrize("seed", [2, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 1, 3))])
def test_turned_reference_is_stopped(tmp_path: Path, seed: int, words: str) -> None:
    """Each way has its own words."""
    film = shot_frames(seed, COUNT)
    turned = telecined(film)[(slice(None), *TURNED[words])]

    found = said(tmp_path, faded(film, MODERATE), turned)

    assert (found["content"].verdict, found["content"].sentence) == (
        "stop",
        f"the Reference is {words}",
    )
    assert "Reference worth" not in found


def test_strangers_are_noted(tmp_path: Path) -> None:
    """Two shots of different sets, by number and by any other offset."""
    source, reference = faded(shot_frames(1, COUNT), MODERATE), telecined(shot_frames(60, COUNT))

    finding = said(tmp_path, source, reference)["content"]

    assert finding.verdict == "note"
    assert finding.sentence.startswith("Source and Reference have nothing in common: no frame of")
    assert "another shot" in finding.remedy


def test_other_offset_is_offered(tmp_path: Path) -> None:
    """The Reference begins twelve frames earlier, with another shot."""
    film = shot_frames(1, 6, pan=2.0)
    reference = telecined(np.concatenate([shot_frames(60, 12), film]))

    finding = said(tmp_path, faded(film, MODERATE), reference)["content"]

    assert finding.verdict == "note"
    assert finding.sentence.startswith("Source and Reference do not look alike at offset 0; frame ")
    offset = int(finding.remedy.rpartition("= ")[2])
    assert offset == pytest.approx(12, abs=2)  # six frames of one shot are much alike


def test_sequences_that_never_meet_are_compared_all_the_same(tmp_path: Path) -> None:
    """Numbered from 1 and from 1001: no frame in common, and the offset is named."""
    film = shot_frames(1, COUNT)
    shot = handed_over(tmp_path, faded(film, MODERATE), telecined(film))
    for frame in range(1, COUNT + 1):
        plate = tmp_path / f"plates/REF_{frame:04d}.exr"
        plate.rename(tmp_path / f"plates/REF_{frame + 1000:04d}.exr")

    found = found_in(shot)

    assert found["frames in common"].verdict == "stop"
    assert "set [reference] offset = " in found["content"].remedy
    offset = int(found["content"].remedy.rpartition("= ")[2])
    assert offset == pytest.approx(1000, abs=COUNT - 1)


def test_reference_with_pillars_is_still_alike(tmp_path: Path) -> None:
    """Borders that only one of the two has are left out."""
    film = shot_frames(5, COUNT)
    import cv2

    pillared = np.zeros_like(film)
    for row, frame in enumerate(telecined(film)):
        pillared[row, :, 20:140] = cv2.resize(frame, (120, 90), interpolation=cv2.INTER_AREA)

    assert said(tmp_path, faded(film, MODERATE), pillared)["content"].verdict == "ok"


def test_values_outside_are_counted_by_frame(tmp_path: Path) -> None:
    """How many, how far, which way, and where the most are."""
    film = np.clip(shot_frames(6, COUNT), 0.05, 0.95)
    film[1, :9] = 12.0
    film[2, :18] = -0.5

    finding = said(tmp_path, film, film)["Source values"]

    assert finding.verdict == "note"
    assert finding.frames == "2-3"
    assert finding.sentence == (
        "10.00% of pixels lie outside 0..1 (-0.5 to 12; 6.67% below, 3.33% above; most in frame 3: "
        "2880 pixels, columns 0-159, rows 0-17)"
    )


def test_overshoot_of_a_scaler_is_no_reason_to_worry(tmp_path: Path) -> None:
    """A few pixels just outside are counted, and pass."""
    film = np.clip(shot_frames(6, COUNT), 0.05, 0.95)
    film[1, 4, :5] = 1.04
    film[1, 5, 0] = 0.05

    finding = said(tmp_path, film, film)["Source values"]

    assert (finding.verdict, finding.sentence) == (
        "ok",
        "within 0..1 but for 5 pixels a frame at most (0.05 to 1.04)",
    )


@pytest.mark.parametrize(
    ("tone", "word"),
    [
        pytest.param(0.0, "black", id="black"),
        pytest.param(1.0, "white", id="white"),
        pytest.param(0.4, "of one even colour", id="grey"),
    ],
)
def test_empty_frames_are_named(tmp_path: Path, tone: float, word: str) -> None:
    """Frames that show nothing, by what they are."""
    film = shot_frames(7, 6)
    film[2:4] = tone

    finding = said(tmp_path, film, film)["Source empty frames"]

    assert finding.frames == "3-4"
    assert finding.sentence == f"2 frames (3-4) are {word}"
