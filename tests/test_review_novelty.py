"""What no pair teaches is found: on shots whose recovery is arithmetic, so that it is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment import aligned_path
from chromaresolve.alignment.teaching import ground_truth
from chromaresolve.colour import (
    display_to_aces,
    luma_chroma_to_rgb,
    merge_chroma,
    named_chain,
    rgb_to_chroma,
    rgb_to_ycbcr,
)
from chromaresolve.fade import SEVERE, Fading, fade_frame
from chromaresolve.frames import (
    Frame,
    Rgb,
    frame_path,
    read_frame,
    read_rgb,
    write_frame,
    write_rgb,
)
from chromaresolve.review.novelty import Novelty, measure_novelty
from chromaresolve.review.novelty_features import (
    PLACES_ACROSS,
    Spread,
    measure_features,
    shrink,
)
from chromaresolve.review.novelty_taught import MOST_TOLD, Unlike
from chromaresolve.review.novelty_words import commonest_colours, join_names, tell_novelty
from chromaresolve.shot import FrameRange, Pair, Shot, create
from tiny import quiet, still, with_degrain

WIDTH, HEIGHT = 130, 74
"""A little more than one place a pixel."""

GRAIN = 0.03
"""Of a 2K scan of a print."""

NEAR_0 = 0.05
"""Score of what is taught and given back: halves are rounded, nothing else is off."""

EDGE_SHARE = 2.0
"""Per cent of a frame that the places around a patch may take: each also sees what is beside it."""

GREEN, RED = (0.1, 0.6, 0.2), (0.7, 0.1, 0.1)
"""Colours that the scene has not."""


def scene(shift: int = 0) -> Rgb:
    """Return a fresh picture: sky, sand and a brown house, moved to the right."""
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    down = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, np.newaxis, np.newaxis]
    picture[:] = np.array([0.45, 0.6, 0.8]) * (1 - down) + np.array([0.75, 0.65, 0.5]) * down
    picture[30:60, 20 + shift : 60 + shift] = (0.45, 0.33, 0.25)
    picture[40:50, 30 + shift : 40 + shift] = (0.3, 0.3, 0.32)
    return picture


def with_patch(picture: Rgb, colour: tuple[float, float, float], size: int = 30) -> Rgb:
    """Return a picture with a square of a colour, so many pixels across."""
    patched = picture.copy()
    patched[20 : 20 + size, 85 : 85 + size] = colour
    return patched


def write_shot(
    root: Path,
    fresh: Mapping[int, Rgb],
    *,
    pairs: tuple[int, ...] = (1, 2),
    trust: NDArray[np.float32] | None = None,
    recovered: Mapping[int, Rgb] | None = None,
    grain: float = 0.0,
    left_out: tuple[int, ...] = (),
) -> Shot:
    """Write a shot that is recovered without an error, but for what `recovered` has instead."""
    fading = Fading(retention=SEVERE, grain=grain, bits=10)
    shot = create(
        root,
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.of(fresh),
    )
    for frame, film in fresh.items():
        plate = fade_frame(film, fading, frame=frame)
        write_rgb(frame_path("plates/P_####.exr", frame, shot.root), plate)
        chroma = rgb_to_chroma((recovered or {}).get(frame, film))
        write_rgb(recovered_file(shot, frame), merge_chroma(plate, chroma).rgb)
    shot = shot.with_pairs(Pair(source=n, reference=n, reason="by hand") for n in pairs)
    for pair in shot.pair:
        header = read_frame(frame_path("plates/P_####.exr", pair.source, shot.root)).header
        film = fresh[pair.source]
        alpha = np.ones(film.shape[:2], np.float16) if trust is None else trust.astype(np.float16)
        laid = Frame(rgb=film, others={"A": alpha}, header=header)
        write_frame(aligned_path(shot, pair), laid, pixel_type="float")
    record = {"pairs": {}, "left_out": {str(frame): "it is no match" for frame in left_out}}
    shot.path("alignment/alignment.json").write_text(json.dumps(record))
    return shot


def recovered_file(shot: Shot, frame: int) -> Path:
    """Return where a recovered frame lies."""
    return frame_path(f"recovered/{shot.shot.name}_ML_####.exr", frame, shot.root)


def measure(shot: Shot) -> Mapping[int, Novelty]:
    """Measure all frames of a shot."""
    return measure_novelty(shot, shot.shot.frames.frames, say=quiet, on_progress=still)


def scores(shot: Shot) -> list[float]:
    """Return the scores of all frames, in order."""
    return [one.score for one in measure(shot).values()]


def test_score_a_pair_near_0(tmp_path: Path) -> None:
    """A frame that was taught, and one equal to it, are not new."""
    shot = write_shot(tmp_path / "taught", {1: scene(), 2: scene(6), 3: scene(6)})
    assert max(scores(shot)) < NEAR_0


@pytest.mark.parametrize(
    ("colour", "name"),
    [pytest.param(GREEN, "light green", id="green"), pytest.param(RED, "light red", id="red")],
)
def test_flag_a_new_colour_and_name_it(
    tmp_path: Path, colour: tuple[float, float, float], name: str
) -> None:
    """A colour that no pair has is flagged, and the sentence says how much of it there is."""
    new = with_patch(scene(3), colour)
    shot = write_shot(tmp_path / "new", {1: scene(), 2: scene(6), 3: scene(3), 4: new})
    found = measure(shot)
    assert found[3].score < 0.5
    assert found[4].score > 1
    share, _, what = found[4].sentence.partition(" % of it ")
    assert float(share) == pytest.approx(100 * 30 * 30 / (WIDTH * HEIGHT), abs=EDGE_SHARE)
    assert what.startswith("shows colours that no pair teaches")
    assert f"recovered as {name};" in what


def test_score_more_where_more_is_new(tmp_path: Path) -> None:
    """The larger what is new, the higher the score."""
    grown = {3 + i: with_patch(scene(3), GREEN, size) for i, size in enumerate((0, 12, 24, 40))}
    shot = write_shot(tmp_path / "grown", {1: scene(), 2: scene(6), **grown})
    found = scores(shot)[2:]
    assert all(np.diff(found) > 0), found
    assert found[0] < 1 < found[-1]


def test_score_grain_and_movement_as_usual(tmp_path: Path) -> None:
    """Frames that differ from the pairs by their grain, and by what moves, are not new."""
    frames = {n: scene(n) for n in (1, 4, 6, 9)}
    shot = write_shot(tmp_path / "grain", frames, pairs=(1, 9), grain=GRAIN)
    assert max(scores(shot)) < 0.5


@pytest.mark.parametrize(
    ("is_trusted", "is_new"),
    [pytest.param(True, False, id="trusted"), pytest.param(False, True, id="untrusted")],
)
def test_learn_nothing_from_what_is_not_trusted(
    tmp_path: Path, *, is_trusted: bool, is_new: bool
) -> None:
    """What a pair shows where it is not trusted is not taught."""
    trust = np.ones((HEIGHT, WIDTH), np.float32)
    if not is_trusted:
        trust[18:54, 80:120] = 0
    patched = with_patch(scene(), RED)
    shot = write_shot(tmp_path / "trust", {1: patched, 2: patched}, pairs=(1,), trust=trust)
    assert (measure(shot)[2].score >= 1) == is_new


def test_flag_a_taught_colour_recovered_as_another(tmp_path: Path) -> None:
    """What looks like something taught and is recovered otherwise is told as that."""
    wrong = scene(3)
    wrong[30:60, 23:63] = wrong[30:60, 23:63] * (0.4, 1.0, 1.6)
    shot = write_shot(
        tmp_path / "wrong", {1: scene(), 2: scene(6), 3: scene(3)}, recovered={3: wrong}
    )
    found = measure(shot)[3]
    assert found.score > 1
    assert "unlike what the pairs teach there" in found.sentence
    assert "blue" in found.sentence


def test_work_with_one_pair(tmp_path: Path) -> None:
    """One pair is enough to tell what is new and what is not."""
    new = with_patch(scene(3), GREEN)
    shot = write_shot(tmp_path / "one", {1: scene(), 2: scene(3), 3: new}, pairs=(1,))
    found = measure(shot)
    assert found[2].score < 0.5
    assert found[3].score > 1


def test_flag_nothing_without_a_usable_pair(tmp_path: Path) -> None:
    """Where alignment left all pairs out nothing is flagged, and that is said."""
    shot = write_shot(tmp_path / "left-out", {1: scene(), 2: scene(6)}, left_out=(1, 2))
    said: list[str] = []
    found = measure_novelty(shot, (1, 2), say=said.append, on_progress=still)
    assert found == dict.fromkeys((1, 2), Novelty(score=0.0, sentence=""))
    assert said == ["novelty: no pair can be used, so nothing tells which frames are new"]


def test_flag_nothing_where_no_pixel_is_trusted(tmp_path: Path) -> None:
    """Pairs that are trusted nowhere teach nothing."""
    trust = np.zeros((HEIGHT, WIDTH), np.float32)
    shot = write_shot(tmp_path / "untrusted", {1: scene(), 2: scene(6)}, trust=trust)
    assert scores(shot) == [0, 0]


def test_compare_plates_of_other_sizes(tmp_path: Path) -> None:
    """A frame of another raster is compared by what it shows."""
    large = cv2.resize(scene(3), (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_NEAREST)
    shot = write_shot(tmp_path / "sizes", {1: scene(), 2: scene(6), 3: np.asarray(large)})
    assert scores(shot)[2] < 0.5


def test_look_at_nothing_outside_the_crop(tmp_path: Path) -> None:
    """What [crop] takes off is never recovered, so its colour is no news."""
    scene_of = {1: scene(), 2: scene(6), 3: scene(3)}
    edged = {n: np.where(np.arange(WIDTH)[:, np.newaxis] < 12, RED, scene_of[n]) for n in scene_of}
    shot = write_shot(tmp_path / "gate", scene_of, recovered={3: edged[3].astype(np.float32)})
    assert scores(shot)[2] > 1
    text = shot.file.read_text().replace("[training]", "[crop]\nleft = 13\n\n[training]")
    shot.file.write_text(text)
    assert scores(Shot.load(shot.root))[2] < 0.5


def test_name_a_crop_larger_than_the_frame(tmp_path: Path) -> None:
    """A frame that has nothing inside the crop is named, not a crash."""
    shot = write_shot(tmp_path / "all-gate", {1: scene(), 2: scene(6)})
    text = shot.file.read_text().replace("[training]", f"[crop]\nleft = {WIDTH}\n\n[training]")
    shot.file.write_text(text)
    said: list[str] = []
    found = measure_novelty(Shot.load(shot.root), (1,), say=said.append, on_progress=still)
    assert found[1].score == 0
    assert "is smaller than what [crop] takes off" in said[0]


def test_see_scene_plates_as_the_display_shows_them(tmp_path: Path) -> None:
    """Plates of scene light, and frames that are delivered so, are compared on the display."""
    fresh = {1: scene(), 2: scene(6), 3: scene(3), 4: with_patch(scene(3), GREEN, 40)}
    shot = write_shot(tmp_path / "scene-light", fresh)
    chain = named_chain("acescg", encoding="ACES2065-1")
    for frame, film in fresh.items():
        plate = display_to_aces(read_rgb(frame_path("plates/P_####.exr", frame, shot.root)))
        write_rgb(frame_path("plates/P_####.exr", frame, shot.root), plate)
        truth = ground_truth(chain.to_working(plate), chain.to_working(display_to_aces(film)))
        write_rgb(recovered_file(shot, frame), chain.from_working(truth))
    for pair in shot.pair:
        laid = read_frame(aligned_path(shot, pair))
        light = Frame(rgb=display_to_aces(laid.rgb), others=laid.others, header=laid.header)
        write_frame(aligned_path(shot, pair), light, pixel_type="float")
    table = 'chain = "acescg"\nencoding = "ACES2065-1" #'
    shot.file.write_text(shot.file.read_text().replace('chain = "display"', table))
    found = scores(with_degrain(shot, 0.0))
    assert found[2] < 0.5
    assert found[3] > 1


def test_name_a_frame_that_cannot_be_read(tmp_path: Path) -> None:
    """A broken frame is named; all others are measured."""
    shot = write_shot(tmp_path / "broken", {1: scene(), 2: scene(6), 3: scene(3)})
    recovered_file(shot, 3).write_bytes(b"not an EXR")
    said: list[str] = []
    found = measure_novelty(shot, (1, 2, 3), say=said.append, on_progress=still)
    assert set(found) == {1, 2}
    assert "frame 3 was not measured" in said[0]


def test_name_a_recovered_frame_of_another_shape(tmp_path: Path) -> None:
    """A recovered frame that cannot be its plate's is named."""
    shot = write_shot(tmp_path / "shape", {1: scene(), 2: scene(6), 3: scene(3)})
    write_rgb(recovered_file(shot, 3), scene()[:40])
    said: list[str] = []
    found = measure_novelty(shot, (1, 2, 3), say=said.append, on_progress=still)
    assert set(found) == {1, 2}
    assert "has another shape than its plate" in said[0]


def test_learn_from_a_pair_that_was_not_recovered_yet(tmp_path: Path) -> None:
    """Where only some frames were recovered, pairs that were not teach all the same."""
    shot = write_shot(tmp_path / "part", {1: scene(), 2: scene(6), 3: with_patch(scene(), RED)})
    recovered_file(shot, 1).unlink()
    recovered_file(shot, 2).unlink()
    found = measure_novelty(shot, (3,), say=quiet, on_progress=still)
    assert found[3].score > 1


def test_tell_progress_for_each_frame(tmp_path: Path) -> None:
    """Every frame is told of before it is read, and the end too."""
    shot = write_shot(tmp_path / "told", {1: scene(), 2: scene(6)})
    told: list[tuple[int, int]] = []
    measure_novelty(
        shot, iter((1, 2)), say=quiet, on_progress=lambda done, of, _: told.append((done, of))
    )
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_shrink_to_means() -> None:
    """A place is the mean of its pixels; a picture that is small already stays as it is."""
    picture = np.random.default_rng(1).random((6, 2 * PLACES_ACROSS, 3)).astype(np.float32)
    picture[0, 0] = -0.5
    small = shrink(picture)
    assert small.shape == (3, PLACES_ACROSS, 3)
    np.testing.assert_allclose(small[0, 0], picture[:2, :2].mean(axis=(0, 1)), atol=1e-6)
    assert shrink(small) is small


def test_count_colours_in_their_own_spread() -> None:
    """In steps of the shot's colours, what is taught has a deviation of one along each of them."""
    random = np.random.default_rng(2)
    ycbcr = random.normal((0.5, 0.02, 0.1), (0.2, 0.02, 0.05), (4000, 3)).astype(np.float32)
    spread = Spread.of(ycbcr)
    steps = (ycbcr - spread.mean) @ spread.axes
    # What is grain for a channel is taken from its spread: 3e-3 beside 0.02 costs 1 %.
    np.testing.assert_allclose(np.cov(steps.T), np.eye(3), atol=0.03)


def test_describe_a_flat_picture_alike_everywhere() -> None:
    """Without anything around it, a place shows its colour only, up to the picture's edges."""
    flat = luma_chroma_to_rgb(
        np.full((9, 11), 0.4, np.float32), np.full((9, 11, 2), 0.1, np.float32)
    )
    spread = Spread.of(rgb_to_ycbcr(scene()).reshape(-1, 3))
    features = measure_features(flat, spread)
    assert features.shape == (9 * 11, 9)
    np.testing.assert_allclose(features, np.broadcast_to(features[0], features.shape), atol=1e-4)


def test_count_what_is_far_off_no_more() -> None:
    """One place that is off by any amount cannot outweigh a picture."""
    unlike = Unlike(
        distance=np.zeros(4, np.float32), difference=np.array([0, 0, 0, 80], np.float32)
    )
    assert unlike.expected == MOST_TOLD / 4


def test_say_so_where_all_is_a_little_off() -> None:
    """A frame that is a little off everywhere has no place to point at."""
    usual = Unlike(distance=np.ones(100, np.float32), difference=np.ones(100, np.float32))
    unlike = Unlike(distance=np.ones(4, np.float32), difference=np.full(4, 2.5, np.float32))
    sentence = tell_novelty(unlike, usual, np.full((2, 2, 3), 0.5, np.float32))
    assert sentence == (
        "a little unlike what the pairs teach all over; "
        "expected to be off by dE2000 2.5, where 1.0 is usual"
    )


def test_name_the_commonest_colours_first() -> None:
    """Colours are named by how much of them there is, greys as greys, and specks not at all."""
    colours = np.array([[0.1, 0.6, 0.2]] * 30 + [[0.6, 0.1, 0.1]] * 60 + [[0.1, 0.1, 0.7]] * 3)
    assert commonest_colours(colours.astype(np.float32)) == ["red", "green"]
    dark = np.array([[0.030, 0.032, 0.028]], np.float32)
    assert commonest_colours(dark) == ["dark grey"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        pytest.param(["red"], "red", id="one"),
        pytest.param(["red", "blue"], "red and blue", id="two"),
        pytest.param(["red", "blue", "grey"], "red, blue and grey", id="three"),
    ],
)
def test_join_names_as_they_are_said(names: list[str], said: str) -> None:
    """Several colours are one phrase."""
    assert join_names(names) == said
