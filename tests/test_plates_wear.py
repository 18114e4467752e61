"""Wear of a sequence: planted dust, scratches, flicker, weave, flashes and splices are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from weakref import ref

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from chromaresolve.errors import UsageError
from chromaresolve.plates import NO_GAIN, Speck, Wear, level_flicker, measure_wear
from chromaresolve.plates.flicker import measure_gain
from chromaresolve.plates.record import load_wear, record_to_wear, save_wear, wear_to_record
from chromaresolve.plates.scratches import Line, join_lines
from chromaresolve.plates.watching import PATH_FRAMES, smooth_path

Picture = NDArray[np.float32]
Frames = list[tuple[int, Picture]]

HEIGHT, WIDTH = 200, 280
"""Of the frames."""

FIRST = 11
"""Number of the first frame."""

PAN_PX = (1.3, -0.4)
"""How far right and down the picture moves in a frame."""

GRAIN = 0.015
"""Deviation of the grain, display values."""

SHIFT_PX = 0.1
"""How near the movement between two frames is found."""

GAIN = 0.004
"""How near a gain is found: less than a grey's change that is seen."""


@cache
def scene(seed: int = 0) -> Picture:
    """Return soft colour of every size that goes on beyond one edge where it left at the other."""
    down, across = np.fft.fftfreq(HEIGHT)[:, None], np.fft.rfftfreq(WIDTH)[None]
    radius = np.hypot(down, across)
    falling = np.exp(-((radius / 0.15) ** 2)) / np.maximum(radius, 0.01) ** 1.3
    noise = np.random.default_rng(seed).standard_normal((3, HEIGHT, WIDTH))
    planes = np.fft.irfft2(np.fft.rfft2(noise[0] + 0.3 * noise) * falling, (HEIGHT, WIDTH))
    planes = 0.45 + 0.1 * (planes - planes.mean()) / planes.std()
    return np.ascontiguousarray(np.moveaxis(planes, 0, 2), np.float32)


def moved(picture: Picture, right: float, down: float) -> Picture:
    """Return the picture moved exactly, round its edges (the shift theorem)."""
    turns = np.fft.fftfreq(HEIGHT)[:, None] * down + np.fft.rfftfreq(WIDTH)[None] * right
    spectrum = np.fft.rfft2(picture, axes=(0, 1)) * np.exp(-2j * np.pi * turns)[..., None]
    return np.asarray(np.fft.irfft2(spectrum, (HEIGHT, WIDTH), axes=(0, 1)), np.float32)


@lru_cache(maxsize=64)
def painted(number: int, off: tuple[float, float], seed: int) -> Picture:
    """Return one frame of a pan with grain."""
    noise = np.random.default_rng((seed, number)).standard_normal((HEIGHT, WIDTH, 3), np.float32)
    right, down = (number * pan + away for pan, away in zip(PAN_PX, off, strict=True))
    return moved(scene(seed), right, down) + np.float32(GRAIN) * noise


def footage(
    count: int, *, weave: NDArray[np.float64] | None = None, seed: int = 0
) -> list[Picture]:
    """Return frames of a pan with grain, off its path by the weave."""
    off = np.zeros((count, 2)) if weave is None else weave
    return [painted(number, (*off[number],), seed).copy() for number in range(count)]


def numbered(pictures: Sequence[Picture]) -> Frames:
    """Return the pictures with their frames' numbers."""
    return list(enumerate(pictures, start=FIRST))


def wear_of(pictures: Sequence[Picture]) -> Wear:
    """Return the wear of these frames."""
    return measure_wear(numbered(pictures))


def dusty(pictures: Sequence[Picture]) -> tuple[list[Picture], list[Speck]]:
    """Return the frames with light and dark dust of 4 to 9 pixels, and what was planted."""
    random = np.random.default_rng(9)
    dirtied, planted = [picture.copy() for picture in pictures], []
    for number, picture in enumerate(dirtied[1:-1], start=FIRST + 1):
        for count in range(6):
            x, y = int(random.integers(10, WIDTH - 10)), int(random.integers(10, HEIGHT - 10))
            size, is_light = int(random.integers(2, 5)), bool(count % 2)
            cv2.circle(picture, (x, y), size, (0.95,) * 3 if is_light else (0.02,) * 3, -1)
            area = round(np.pi * size**2)
            planted.append(Speck(frame=number, x=x, y=y, area=area, is_light=is_light))
    return dirtied, planted


def is_same_speck(one: Speck, other: Speck) -> bool:
    """Say whether two specks are one."""
    near = max(abs(one.x - other.x), abs(one.y - other.y)) <= 2
    return near and (one.frame, one.is_light) == (other.frame, other.is_light)


def test_measure_wear_of_clean_footage_finds_none() -> None:
    """Grain, a pan and colour are no wear, and that is said."""
    wear = wear_of(footage(12))

    assert wear.sentences() == ("no wear was found on 12 frames",)
    assert wear.disqualified() == {}
    assert not any((wear.specks, wear.scratches, wear.cuts, wear.flashes, wear.splices))
    assert wear.frames == tuple(range(FIRST, FIRST + 12))
    assert wear.size == (WIDTH, HEIGHT)


def test_measure_wear_finds_planted_dust() -> None:
    """Of dust on moving frames four fifths are found, and one in twenty at most is none."""
    dirtied, planted = dusty(footage(8))

    found = wear_of(dirtied).specks

    hits = [speck for speck in planted if any(is_same_speck(speck, one) for one in found)]
    wrong = [one for one in found if not any(is_same_speck(speck, one) for speck in planted)]
    assert len(hits) >= 0.8 * len(planted), f"{len(hits)} of {len(planted)}"
    assert len(wrong) <= 0.05 * len(planted), wrong


def test_measure_wear_disqualifies_a_dirty_frame() -> None:
    """A frame with dust on more than its share is named with the reason, its neighbours are not."""
    frames = footage(7)
    for x in range(20, 270, 20):
        cv2.circle(frames[3], (x, 60 + x // 3), 4, (0.95,) * 3, -1)

    out = wear_of(frames).disqualified()

    assert list(out) == [FIRST + 3]
    assert "dust covers" in out[FIRST + 3]


@pytest.mark.parametrize("light", [0.08, -0.08], ids=["light", "dark"])
def test_measure_wear_finds_a_planted_scratch(light: float) -> None:
    """A line that stays at its place while the picture moves is found with its run."""
    frames = footage(10)
    for frame in frames[2:8]:
        frame[:, 100:102] += np.float32(light)

    (scratch,) = wear_of(frames).scratches

    assert scratch.x == pytest.approx(100.5, abs=1)
    assert (scratch.first, scratch.last) == (FIRST + 2, FIRST + 7)
    assert scratch.is_light == (light > 0)


def test_join_lines_follows_what_wanders() -> None:
    """A scratch may move a little; what jumps, changes its kind or is short is none."""
    rows = [
        [Line(50, is_light=True), Line(90, is_light=False)],
        [Line(52, is_light=True), Line(90, is_light=True)],
        [Line(53, is_light=True), Line(80, is_light=True)],
        [Line(70, is_light=True)],
    ]

    (scratch,) = join_lines([1, 2, 3, 4], rows)

    assert (scratch.x, scratch.first, scratch.last) == (52.0, 1, 3)


def test_measure_wear_finds_planted_weave() -> None:
    """Every step is found to a tenth of a pixel, and the weave's deviation without the pan."""
    planted = np.random.default_rng(3).normal(0, (0.8, 0.4), (24, 2))

    wear = wear_of(footage(24, weave=planted))

    steps = np.diff(planted, axis=0) + PAN_PX
    assert np.abs(wear.shifts[1:] - steps).max() < SHIFT_PX
    assert wear.weave.std(axis=0) == pytest.approx(planted.std(axis=0), rel=0.3)
    assert any(sentence.startswith("weave: ") for sentence in wear.sentences())


def test_measure_wear_finds_planted_flicker() -> None:
    """The gains that level a frame are those that were planted, channel by channel."""
    planted = 1 + np.random.default_rng(4).normal(0, 0.03, (20, 3))
    frames = [
        frame * gain for frame, gain in zip(footage(20), planted.astype(np.float32), strict=True)
    ]

    wear = wear_of(frames)

    left = wear.gains * planted
    assert np.abs(left / left.mean(axis=0) - 1).max() < 0.02
    assert (left.std(axis=0) < planted.std(axis=0) / 4).all()
    assert any(sentence.startswith("flicker: ") for sentence in wear.sentences())


def test_level_flicker_brings_a_frame_to_its_neighbours() -> None:
    """Levelled with the gain that was found, one lighter frame is as light as those around it."""
    frames = footage(9)
    frames[4] = frames[4] * np.array([1.08, 1.05, 1.02], np.float32)
    gain = wear_of(frames).gain_at(FIRST + 4)

    left = measure_gain(frames[3], level_flicker(frames[4], gain))

    assert left == pytest.approx((1, 1, 1), abs=0.015)


def test_level_flicker_without_gain_is_the_plate() -> None:
    """Switched off, it returns the plate itself; frames that were not looked at have no gain."""
    plate = scene()

    assert level_flicker(plate, NO_GAIN) is plate
    assert wear_of(footage(3)).gain_at(4711) == NO_GAIN


@pytest.mark.parametrize("gain", [(1.1, 1.1, 1.1), (0.8, 1.0, 1.3)], ids=str)
def test_measure_gain_finds_what_was_planted(gain: tuple[float, float, float]) -> None:
    """A gain of each channel is found through grain and a little movement."""
    first, second = footage(2)

    found = measure_gain(first, second * np.array(gain, np.float32))

    assert found == pytest.approx(gain, rel=GAIN)


def test_measure_gain_of_darkness_is_1() -> None:
    """Black frames say nothing about light."""
    black = np.zeros((40, 60, 3), np.float32)

    assert measure_gain(black, black) == NO_GAIN
    assert measure_gain(black, black - 0.1) == NO_GAIN


def test_measure_wear_finds_a_cut() -> None:
    """The first frame of another picture is named; nothing is measured across."""
    wear = wear_of([*footage(6), *footage(6, seed=5)])

    assert wear.cuts == (FIRST + 6,)
    assert np.array_equal(wear.shifts[6], (0, 0))
    assert not any((wear.flashes, wear.splices, wear.specks))


@pytest.mark.parametrize(
    "flashed",
    [
        pytest.param(lambda frame: 1.5 * frame, id="lighter"),
        pytest.param(lambda frame: 0.6 * frame, id="darker"),
        pytest.param(lambda frame: 0 * frame, id="black"),
        pytest.param(lambda _: scene(7), id="another picture"),
    ],
)
def test_measure_wear_finds_a_flash(flashed: Callable[[Picture], Picture]) -> None:
    """One frame that is lighter, darker or another is a flash, no cut, and had better not teach."""
    frames = footage(9)
    frames[4] = flashed(frames[4])

    wear = wear_of(frames)

    assert wear.flashes == (FIRST + 4,)
    assert wear.cuts == ()
    assert list(wear.disqualified()) == [FIRST + 4]
    assert not any(sentence.startswith("flicker") for sentence in wear.sentences())


def test_measure_wear_finds_a_splice() -> None:
    """A line right across one frame is a splice mark, no dust."""
    frames = footage(8)
    frames[3][:4] = 0.95

    wear = wear_of(frames)

    assert wear.splices == (FIRST + 3,)
    assert wear.specks == ()
    assert "splice" in wear.disqualified()[FIRST + 3]


@pytest.mark.parametrize(
    "wild",
    [
        pytest.param(lambda frame: 2 * frame - 0.4, id="negative and above 1"),
        pytest.param(lambda frame: frame[:199, :277], id="odd size, not contiguous"),
        pytest.param(lambda frame: frame[..., :1].repeat(3, axis=2), id="mono"),
        pytest.param(lambda frame: 0 * frame, id="black"),
        pytest.param(lambda frame: np.full_like(frame, 0.4), id="grey"),
    ],
)
def test_measure_wear_takes_awkward_frames(wild: Callable[[Picture], Picture]) -> None:
    """Whatever the frames, what is reported is finite, and no wear is invented."""
    wear = wear_of([wild(frame) for frame in footage(10)])

    for rows in (wear.gains, wear.shifts, wear.weave):
        assert np.isfinite(rows).all()
        assert not rows.flags.writeable
    assert wear.disqualified() == {}
    assert wear.scratches == ()


@pytest.mark.parametrize("size", [(9, 11), (1, 1), (16, 280), (200, 5)], ids=str)
def test_measure_wear_takes_tiny_frames(size: tuple[int, int]) -> None:
    """Frames too small to tell anything are looked at without harm."""
    height, width = size

    wear = wear_of([frame[:height, :width] for frame in footage(4)])

    assert wear.size == (width, height)
    assert np.isfinite(wear.gains).all()
    assert np.isfinite(wear.shifts).all()


@pytest.mark.parametrize("count", [1, 2])
def test_measure_wear_takes_the_shortest_shots(count: int) -> None:
    """One frame or two have no wear that could be known."""
    wear = wear_of(footage(count))

    frames = "1 frame" if count == 1 else f"{count} frames"
    assert wear.sentences() == (f"no wear was found on {frames}",)
    assert np.array_equal(wear.gains, np.ones((count, 3)))


def test_measure_wear_refuses_what_is_no_sequence() -> None:
    """No frame at all, or frames of two sizes, are said to be wrong."""
    with pytest.raises(UsageError, match="there is no frame"):
        measure_wear([])
    with pytest.raises(UsageError, match="frame 2 is 270 x 200, those before it 280 x 200"):
        measure_wear([(1, scene()), (2, scene()[:, 10:])])


def test_measure_wear_lets_frames_go() -> None:
    """However long the shot, no more than the last two pictures are in memory."""
    seen: list[ref[Picture]] = []
    alive: list[int] = []

    def frames() -> Iterator[tuple[int, Picture]]:
        for number in range(8):
            picture = painted(number, (0, 0), 0).copy()
            seen.append(ref(picture))
            yield number, picture
            alive.append(sum(one() is not None for one in seen))

    measure_wear(frames())

    assert max(alive) <= 2


def test_measure_wear_gives_the_same_numbers_again() -> None:
    """Looked at again, and with one thread, a sequence has exactly the same wear."""
    frames = dusty(footage(6))[0]
    threads = cv2.getNumThreads()

    once = wear_to_record(wear_of(frames))
    cv2.setNumThreads(1)
    again = wear_to_record(wear_of(frames))
    cv2.setNumThreads(threads)

    assert once == again


def worn() -> Wear:
    """Return the wear of frames that have some of each kind."""
    frames = dusty([*footage(6), *footage(6, seed=5)])[0]
    for frame in frames[:5]:
        frame[:, 140:142] += np.float32(0.1)
    frames[8][:4] = 0.95
    return wear_of(frames)


def test_load_wear_returns_what_save_wear_wrote(tmp_path: Path) -> None:
    """Nothing is lost on the way, and the arrays stay read-only."""
    wear, file = worn(), tmp_path / "shot" / "wear.json"

    save_wear(file, wear, of="these frames")
    again = load_wear(file, of="these frames")

    assert again is not None
    assert wear.specks
    assert wear.scratches
    assert wear_to_record(again) == wear_to_record(wear)
    assert again.sentences() == wear.sentences()
    assert not again.gains.flags.writeable


def test_load_wear_of_other_frames_is_none(tmp_path: Path) -> None:
    """What is not there, or was found on other frames, is not known."""
    file = tmp_path / "wear.json"

    assert load_wear(file, of="these frames") is None
    save_wear(file, wear_of(footage(3)), of="these frames")
    assert load_wear(file, of="other frames") is None


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda text: text[: len(text) // 2], id="half of it"),
        pytest.param(lambda text: text.replace('"weave"', '"woven"'), id="a part is missing"),
        pytest.param(lambda text: text.replace("280, 200", "280"), id="no height"),
        pytest.param(lambda _: "[]", id="something else"),
    ],
)
def test_load_wear_that_is_broken_is_none(
    tmp_path: Path, broken: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    """A damaged record is told of and not used: the frames are looked at again."""
    file = tmp_path / "wear.json"
    save_wear(file, wear_of(footage(3)), of="these frames")
    file.write_text(broken(file.read_text(encoding="utf-8")), encoding="utf-8")

    assert load_wear(file, of="these frames") is None
    assert "looked at again" in caplog.text


def test_record_to_wear_refuses_rows_that_are_missing() -> None:
    """Numbers for fewer frames than there are do not pass."""
    record = wear_to_record(wear_of(footage(3)))

    with pytest.raises(ValueError, match="reshape"):
        record_to_wear({**record, "gains": record["gains"][1:]})


def test_smooth_path_is_scipys() -> None:
    """The parabola through the frames around, and through the outermost at both ends."""
    random = np.random.default_rng(0)
    for count in (PATH_FRAMES, 10, 40):
        path = random.normal(0, 3, (count, 2)).cumsum(axis=0)

        theirs = savgol_filter(path, PATH_FRAMES, 2, axis=0)

        np.testing.assert_allclose(smooth_path(path), theirs, atol=1e-9)
