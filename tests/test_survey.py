"""A sequence looked at once: what the survey says of frames whose truth is known."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from chromaresolve.frames import Rgb, Sequence, read_rgb, write_rgb
from chromaresolve.structure import rgb_to_tone
from chromaresolve.survey import Survey, looking, survey, survey_file, tone_thumbs
from chromaresolve.survey.measures import (
    measure_beyond,
    measure_blocks,
    measure_comb,
    measure_extremes,
    measure_grain,
    measure_sharpness,
    measure_thumb,
)
from chromaresolve.survey.record import COLUMNS
from tiny import still

HALF_STEP = 2**-11
"""Relative error of a value kept as half."""


def picture(*, shift: int = 0, width: int = 320, height: int = 180) -> Rgb:
    """Return blobs and edges that moved to the right: detail of every size, no pattern."""
    numbers = np.random.default_rng(5)
    shown = np.full((height, width + 64, 3), 0.2, np.float32)
    for _ in range(60):
        x, y = (int(numbers.integers(0, side)) for side in (width + 64, height))
        colour = tuple(float(value) for value in numbers.uniform(0.15, 0.85, 3))
        cv2.circle(shown, (x, y), int(numbers.integers(4, 24)), colour, -1, cv2.LINE_AA)
    return np.ascontiguousarray(shown[:, 32 - shift : 32 - shift + width])


def with_noise(rgb: Rgb, deviation: float) -> Rgb:
    """Return the picture with white noise of this deviation in every channel."""
    noise = np.random.default_rng(6).standard_normal(rgb.shape, np.float32)
    return rgb + np.float32(deviation) * noise


def interlaced(first: Rgb, second: Rgb) -> Rgb:
    """Return the even lines of one moment and the odd lines of another."""
    woven = first.copy()
    woven[1::2] = second[1::2]
    return woven


def compressed(rgb: Rgb, quality: int) -> Rgb:
    """Return the picture after JPEG."""
    codes = np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", codes, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.float32) / np.float32(255)


def scaled(rgb: Rgb, width: int, height: int) -> Rgb:
    """Return the picture in another raster."""
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def write_frames(root: Path, count: int) -> Sequence:
    """Write frames 1 to `count`, each with its own picture."""
    for frame in range(1, count + 1):
        write_rgb(root / f"A_{frame:04d}.exr", picture(shift=frame, width=200, height=100))
    return Sequence.find("A_####.exr", root)


def look(root: Path, cache: Path | None = None) -> Survey:
    """Look at what is there."""
    return survey(Sequence.find("A_####.exr", root), cache=cache, on_progress=still)


@pytest.fixture
def frames_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose pixels are read from now on."""
    read: list[str] = []

    def note(path: Path) -> Rgb:
        read.append(path.name)
        return read_rgb(path)

    monkeypatch.setattr(looking, "read_rgb", note)
    return read


def same(one: Survey, other: Survey) -> bool:
    """Say whether two surveys hold the same, bit for bit."""
    return one.frames == other.frames and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in COLUMNS
    )


def test_survey_has_a_row_for_each_frame(tmp_path: Path) -> None:
    """Columns have the length and type that is said, and cannot be written to."""
    write_frames(tmp_path, 3)

    seen = look(tmp_path)

    assert (seen.frames, seen.unreadable, seen.width, seen.height) == ((1, 2, 3), {}, 200, 100)
    assert seen.thumbs.shape == (3, 48, 96, 3)
    assert seen.thumbs.dtype == np.float16
    assert seen.beyond.shape == seen.extremes.shape == seen.grain.shape == (3, 2)
    assert seen.comb.shape == seen.sharpness.shape == seen.blocks.shape == (3,)
    assert not any(getattr(seen, name).flags.writeable for name in COLUMNS)


def test_survey_finds_rows_by_frame(tmp_path: Path) -> None:
    """A frame number leads to its row; one that is not there is a KeyError."""
    write_frames(tmp_path, 3)
    (tmp_path / "A_0002.exr").unlink()

    seen = look(tmp_path)

    assert (seen.index_of(1), seen.index_of(3)) == (0, 1)
    with pytest.raises(KeyError):
        seen.index_of(2)


def test_survey_keeps_only_what_is_asked(tmp_path: Path) -> None:
    """The rows of some frames, in every column; what is not there is left out."""
    write_frames(tmp_path, 4)
    seen = look(tmp_path)

    some = seen.only([9, 3, 2])

    assert some.frames == (2, 3)
    assert all(np.array_equal(getattr(some, n), getattr(seen, n)[1:3]) for n in COLUMNS)
    assert not some.thumbs.flags.writeable
    assert some.width == seen.width


def test_survey_never_raises_for_a_frame(tmp_path: Path) -> None:
    """A broken file, a NaN, another size: named, and the others are seen."""
    write_frames(tmp_path, 6)
    (tmp_path / "A_0001.exr").write_bytes(b"")
    holed = picture(width=200, height=100)
    write_rgb(tmp_path / "A_0003.exr", holed[:50])
    write_rgb(tmp_path / "A_0004.exr", holed, pixel_type="float")
    raw = (tmp_path / "A_0005.exr").read_bytes()
    (tmp_path / "A_0005.exr").write_bytes(raw[: len(raw) // 2])

    seen = look(tmp_path)

    assert seen.frames == (2, 4, 6)
    assert seen.unreadable[1] == "is empty (0 bytes): export or copy it again"
    assert seen.unreadable[3].startswith("is 200 x 50, and the first frame 200 x 100")
    assert "truncated" in seen.unreadable[5]


def test_survey_without_a_readable_frame_is_empty(tmp_path: Path) -> None:
    """Nothing that can be read is no reason to fail."""
    (tmp_path / "A_0001.exr").write_bytes(b"")

    seen = look(tmp_path, survey_file(tmp_path, "source"))

    assert (seen.frames, seen.width, list(seen.unreadable)) == ((), 0, [1])
    assert tone_thumbs(seen).shape == (0, 1, 96)


def test_survey_tells_how_far_it_is(tmp_path: Path) -> None:
    """Once for every frame, and at the end."""
    told: list[tuple[int, int]] = []

    survey(write_frames(tmp_path, 2), cache=None, on_progress=lambda *said: told.append(said[:2]))

    assert told == [(0, 2), (1, 2), (2, 2)]


def test_cache_gives_back_every_bit(tmp_path: Path, frames_read: list[str]) -> None:
    """The second time no picture is read, and nothing differs."""
    write_frames(tmp_path, 3)
    cache = survey_file(tmp_path, "source")

    first, again = look(tmp_path, cache), look(tmp_path, cache)

    assert cache == tmp_path / ".chromaresolve/survey_source.npz"
    assert len(frames_read) == 3
    assert same(first, again)


def test_changed_frame_is_looked_at_alone(tmp_path: Path, frames_read: list[str]) -> None:
    """Only the file that changed is read again, and what is seen is what is there now."""
    write_frames(tmp_path, 4)
    cache = survey_file(tmp_path, "source")
    look(tmp_path, cache)
    frames_read.clear()
    write_rgb(tmp_path / "A_0003.exr", picture(width=200, height=100) + np.float32(1))
    os.utime(tmp_path / "A_0003.exr", ns=(1, 1))

    seen = look(tmp_path, cache)

    assert frames_read == ["A_0003.exr"]
    assert seen.beyond[:, 1].tolist() == [0, 0, 1, 0]
    assert same(seen, look(tmp_path))


def spoil(cache: Path) -> None:
    """End the file early."""
    cache.write_bytes(cache.read_bytes()[:500])


def empty(cache: Path) -> None:
    """Leave nothing in it."""
    cache.write_bytes(b"")


def shorten(cache: Path) -> None:
    """Leave a frame out of one column."""
    with np.load(cache) as packed:
        columns = dict(packed)
    np.savez(cache, **{**columns, "comb": columns["comb"][:1]})


def age(cache: Path) -> None:
    """Make it another version's."""
    with np.load(cache) as packed:
        columns = dict(packed)
    np.savez(cache, **{**columns, "version": np.array("0")})


@pytest.mark.parametrize("harm", [spoil, empty, shorten, age])
def test_broken_cache_is_made_again(
    tmp_path: Path, frames_read: list[str], harm: Callable[[Path], None]
) -> None:
    """What cannot be understood is thrown away, not believed."""
    write_frames(tmp_path, 2)
    cache = survey_file(tmp_path, "source")
    whole = look(tmp_path, cache)
    harm(cache)
    frames_read.clear()

    seen = look(tmp_path, cache)

    assert len(frames_read) == 2
    assert same(seen, whole)
    assert same(look(tmp_path, cache), whole)
    assert len(frames_read) == 2


def test_stopped_survey_keeps_what_it_saw(tmp_path: Path, frames_read: list[str]) -> None:
    """Stopped half-way by Ctrl-C, the next one goes on there."""
    sequence = write_frames(tmp_path, 4)
    cache = survey_file(tmp_path, "source")

    def stop(done: int, _total: int, _note: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survey(sequence, cache=cache, on_progress=stop)
    look(tmp_path, cache)

    assert frames_read == [f"A_{frame:04d}.exr" for frame in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("width", "height", "rows"),
    [
        pytest.param(960, 540, 54, id="whole areas"),
        pytest.param(2048, 1556, 73, id="2K"),
        pytest.param(101, 57, 54, id="odd"),
        pytest.param(64, 36, 54, id="smaller"),
        pytest.param(5, 400, 7680, id="narrow"),
    ],
)
def test_thumb_is_the_mean_of_areas(width: int, height: int, rows: int) -> None:
    """Its mean is the picture's, and values beyond 0 and 1 survive."""
    ramp = np.linspace(-0.5, 1.5, width, dtype=np.float32)[np.newaxis, :, np.newaxis]
    rgb = np.ascontiguousarray(np.broadcast_to(ramp, (height, width, 3)))

    thumb = measure_thumb(rgb).astype(np.float32)

    assert thumb.shape == (rows, 96, 3)
    assert float(thumb.mean()) == pytest.approx(0.5, abs=0.02)
    assert float(thumb.min()) < -0.45
    assert float(thumb.max()) > 1.45


def test_thumb_averages_exactly_where_areas_fit() -> None:
    """Ten by ten pixels make one, nothing else."""
    rgb = np.random.default_rng(1).random((540, 960, 3), np.float32)

    thumb = measure_thumb(rgb)

    expected = rgb.reshape(54, 10, 96, 10, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(thumb, expected, rtol=HALF_STEP, atol=1e-6)


def test_thumb_stays_finite() -> None:
    """A light that half cannot hold stands as half's largest value."""
    assert float(measure_thumb(np.full((4, 96, 3), 1e6, np.float32)).max()) == 65504


def test_tone_thumbs_are_the_tone_of_thumbs(tmp_path: Path) -> None:
    """The same mix of channels as everywhere."""
    write_frames(tmp_path, 2)
    seen = look(tmp_path)

    tones = tone_thumbs(seen)

    assert tones.shape == (2, 48, 96)
    assert tones.dtype == np.float32
    np.testing.assert_array_equal(tones[1], rgb_to_tone(seen.thumbs[1].astype(np.float32)))


def test_values_beyond_are_counted_exactly() -> None:
    """A pixel counts once, whichever of its channels lies outside; 0 and 1 lie inside."""
    rgb = np.full((10, 10, 3), 0.5, np.float32)
    rgb[0, :] = 0
    rgb[1, :] = 1
    rgb[2, :3, 0] = -0.001
    rgb[3, :4] = 1.001
    rgb[4, 0] = (-1, 0.5, 2)

    extremes = measure_extremes(rgb)

    assert extremes == (-1, 2)
    assert measure_beyond(rgb, extremes) == pytest.approx((0.04, 0.05))


SOFT_COMB, CLEAR_COMB = 0.2, 0.4
"""Between grain's and a moving picture's: measured 0 to 0.1, and 0.5 to 0.98."""

CLEAN = {
    "sharp": picture(),
    "grainy": with_noise(picture(), 0.05),
    "grain alone": with_noise(np.full_like(picture(), 0.4), 0.05),
    "compressed": compressed(picture(), 30),
    "flat": np.full((90, 160, 3), 0.4, np.float32),
    "scaled": scaled(picture(width=720, height=480), 960, 540),
    "three lines": np.random.default_rng(3).random((3, 40, 3), np.float32),
}
"""Pictures that are progressive."""

COMBED = {
    "moving": interlaced(picture(), picture(shift=4)),
    "grainy": interlaced(with_noise(picture(), 0.03), with_noise(picture(shift=6), 0.03)),
    "compressed": compressed(interlaced(picture(), picture(shift=4)), 60),
    "scaled": scaled(
        interlaced(picture(width=720, height=480), picture(shift=8, width=720, height=480)),
        960,
        540,
    ),
}
"""Pictures of two moments."""


@pytest.mark.parametrize("name", CLEAN)
def test_comb_is_none_in_progressive_pictures(name: str) -> None:
    """Detail, grain and compression are no comb."""
    assert measure_comb(rgb_to_tone(CLEAN[name])) < SOFT_COMB


@pytest.mark.parametrize("name", COMBED)
def test_comb_shows_two_moments(name: str) -> None:
    """Lines that belong to two moments are told, also after scaling."""
    assert measure_comb(rgb_to_tone(COMBED[name])) > CLEAR_COMB


def test_sharpness_falls_with_blur_alone() -> None:
    """Blur lowers it; grain, gain, lift and colour hardly move it."""
    sharp = picture()
    measured = measure_sharpness(rgb_to_tone(sharp))

    motion = measure_sharpness(rgb_to_tone(np.asarray(cv2.blur(sharp, (9, 1)), np.float32)))
    defocus = measure_sharpness(rgb_to_tone(np.asarray(cv2.blur(sharp, (5, 5)), np.float32)))
    graded = measure_sharpness(rgb_to_tone(0.1 + 0.5 * sharp))
    grainy = measure_sharpness(rgb_to_tone(with_noise(sharp, 0.03)))

    assert motion < 0.8 * measured
    assert defocus < 0.8 * measured
    assert graded == pytest.approx(measured, rel=1e-3)
    assert grainy == pytest.approx(measured, rel=0.05)


def test_sharpness_of_nothing_is_zero() -> None:
    """A picture without detail is not divided by nothing."""
    assert measure_sharpness(np.full((90, 160), 0.4, np.float32)) == 0


@pytest.mark.parametrize("deviation", [0.005, 0.02, 0.08])
def test_grain_is_measured_where_it_is_flat(deviation: float) -> None:
    """Known noise is found within a fifth beside edges and on a slope."""
    slope = np.linspace(0.1, 0.4, 960, dtype=np.float32)[:, np.newaxis]
    rgb = scaled(picture(), 960, 540) / np.float32(2) + slope

    luma, chroma = measure_grain(with_noise(rgb, deviation))

    # Rec.709: of white noise in R, G and B, luma keeps 0.7496, Cb and Cr 0.6417 and 0.6765.
    assert luma == pytest.approx(0.7496 * deviation, rel=0.2)
    assert chroma == pytest.approx(0.659 * deviation, rel=0.2)


def test_grain_is_not_looked_for_in_clear_film() -> None:
    """A black border has no grain, and hides none."""
    rgb = with_noise(np.full((160, 320, 3), 0.5, np.float32), 0.02)
    rgb[:, :160] = 0

    assert measure_grain(rgb)[0] == pytest.approx(0.015, rel=0.2)


def test_grain_of_a_tiny_frame_is_zero() -> None:
    """Where no patch fits, nothing is said."""
    assert measure_grain(np.full((8, 8, 3), 0.5, np.float32)) == (0, 0)


def test_blocks_rise_with_compression() -> None:
    """None before, more the stronger it is; a crop of three pixels hides nothing."""
    clean = with_noise(picture(), 0.01)
    none, fine, coarse = (
        measure_blocks(rgb_to_tone(shown))
        for shown in (clean, compressed(clean, 60), compressed(clean, 20))
    )
    cropped = np.ascontiguousarray(compressed(clean, 20)[3:, 3:])

    assert none < 0.05
    assert 0.05 < fine < coarse
    assert measure_blocks(rgb_to_tone(cropped)) == pytest.approx(coarse, rel=0.2)


def test_blocks_need_both_directions() -> None:
    """A picket fence eight pixels wide is a fence."""
    fence = picture()
    fence[:, ::8] *= 0.7

    assert measure_blocks(rgb_to_tone(fence)) < 0.05
