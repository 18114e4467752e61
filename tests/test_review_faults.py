"""Planted faults are found in their frames with their kinds, and good shots are silent."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import planted
from chromaresolve.alignment import shot_chain
from chromaresolve.colour import merge_chroma, rgb_to_chroma
from chromaresolve.errors import FrameError
from chromaresolve.fade import MODERATE, Fading
from chromaresolve.frames import write_rgb
from chromaresolve.review.faults import Faults, find_faults
from chromaresolve.review.record import Kind
from chromaresolve.review.strips import load_strips, save_strips
from chromaresolve.shot import Shot
from chromaresolve.shot.tables import CropTable
from footage import shot_frames
from planted import Recovered

WIDTH, HEIGHT = 240, 136
"""Of the shots here: small, and still wide enough for every measure."""

COUNT = 10
"""Frames of a shot."""

ODD = 6
"""The frame that faults are planted in."""

SLOW = pytest.mark.slow
"""Of what another case shows as well."""

FADING = Fading(retention=MODERATE, grain=0.02)
"""What befell the film."""


@pytest.fixture(scope="module")
def good() -> Recovered:
    """Return a good shot, not yet written."""
    scene = shot_frames(4, COUNT, width=WIDTH, height=HEIGHT)
    return planted.recovered(scene, seed=2, fading=FADING)


@pytest.fixture(scope="module")
def other() -> Recovered:
    """Return another good shot."""
    scene = shot_frames(9, COUNT, width=WIDTH, height=HEIGHT)
    return planted.recovered(scene, seed=3, fading=FADING)


@pytest.fixture
def shot(tmp_path: Path, written: Path) -> Shot:
    """Return the good shot on disk, to be spoilt."""
    shutil.copytree(written, tmp_path / "sh010")
    return Shot.load(tmp_path / "sh010")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, good: Recovered) -> Path:
    """Return the folder of the good shot, written once."""
    return planted.write(tmp_path_factory.mktemp("good"), good, pairs=(3, 8)).root


def spoil(shot: Shot, spoilt: Recovered, frames: Iterable[int]) -> Shot:
    """Write some recovered frames of another making into a shot."""
    for n in frames:
        planted.write_recovered(shot.root, n, spoilt.plates[n - 1], spoilt.chroma[n - 1])
    return shot


def look(shot: Shot) -> Faults:
    """Look for faults in silence."""
    return find_faults(shot, say=lambda _: None, on_progress=lambda *_: None)


def kinds_of(found: Faults) -> dict[int, Kind]:
    """Return the first reason's kind of each flagged frame."""
    return {n: reasons[0].kind for n, reasons in found.reasons.items()}


def test_find_faults_is_silent_on_a_good_shot(shot: Shot) -> None:
    """Nothing is flagged where nothing is planted; all is measured, and drawn as strips."""
    progress: list[tuple[int, int, str]] = []

    found = find_faults(shot, say=pytest.fail, on_progress=lambda *told: progress.append(told))

    assert not found.reasons
    assert list(found.measures) == list(range(1, COUNT + 1))
    assert all(isinstance(number, float) for number in found.measures[ODD].values())
    assert {"bleed", "banding", "alone", "step", "luma_off"} <= found.measures[ODD].keys()
    assert found.strips.frames == tuple(range(1, COUNT + 1))
    assert found.strips.plate.shape == found.strips.recovered.shape == (COUNT, 96, 3)
    assert progress[0][:2] == (0, COUNT)
    assert progress[-1][:2] == (COUNT, COUNT)


@pytest.mark.parametrize(
    ("plant", "frames", "kind"),
    [
        pytest.param(partial(planted.hue_jump, degrees=20), (ODD,), "hue", id="hue"),
        pytest.param(
            partial(planted.hue_jump, degrees=-20), (1,), "hue", id="hue-first", marks=SLOW
        ),
        pytest.param(
            partial(planted.hue_jump, degrees=20), (COUNT,), "hue", id="hue-last", marks=SLOW
        ),
        pytest.param(
            partial(planted.hue_jump, degrees=20), (4, 5, 6), "hue", id="hue-stretch", marks=SLOW
        ),
        pytest.param(
            partial(planted.cast, cb=-0.02, cr=0.015), (ODD,), "hue", id="cast", marks=SLOW
        ),
        pytest.param(
            partial(planted.saturation, gain=0.6), (ODD,), "saturation", id="pale", marks=SLOW
        ),
        pytest.param(
            partial(planted.saturation, gain=1.5), (ODD,), "saturation", id="runaway", marks=SLOW
        ),
        pytest.param(partial(planted.bleed, share=1 / 50), (ODD,), "bleed", id="bleed"),
        pytest.param(
            partial(planted.smear, share=1 / 60), (ODD,), "bleed", id="shifted chroma", marks=SLOW
        ),
        pytest.param(partial(planted.bands, step=5 / 255), (ODD,), "banding", id="bands"),
    ],
)
def test_find_faults_finds_chroma_faults(
    shot: Shot,
    good: Recovered,
    plant: Callable[..., Recovered],
    frames: tuple[int, ...],
    kind: Kind,
) -> None:
    """Each fault of chroma is flagged in its frames alone, under its own kind."""
    found = look(spoil(shot, plant(good, frames), frames))

    assert kinds_of(found) == dict.fromkeys(frames, kind), found.reasons
    assert all(reasons[0].strength > 1 for reasons in found.reasons.values())


@SLOW
def test_find_faults_names_how_far_the_hue_jumps(shot: Shot, good: Recovered) -> None:
    """The sentence has the degrees that were planted, within one of them."""
    found = look(spoil(shot, planted.hue_jump(good, [ODD], 20), [ODD]))

    words = found.reasons[ODD][0].sentence
    assert any(f"hue jumps by {degrees} degrees" in words for degrees in (19, 20, 21)), words


@SLOW
def test_find_faults_flags_where_another_hue_begins(shot: Shot, good: Recovered) -> None:
    """What turns and stays turned is flagged where it begins."""
    later = range(ODD, COUNT + 1)

    found = look(spoil(shot, planted.hue_jump(good, later, 20), later))

    assert found.reasons[ODD][0].kind == "hue"
    assert "from this frame on" in found.reasons[ODD][0].sentence
    assert min(found.reasons) == ODD


@pytest.mark.slow
def test_find_faults_calls_what_comes_and_goes_flicker(shot: Shot, good: Recovered) -> None:
    """Every frame of a flickering stretch is flagged as that, and no other."""
    turns = {3: 12, 4: -12, 5: 12, 6: -12, 7: 12}
    spoilt = good.changed(turns, lambda chroma, n: planted.rotated(chroma, turns[n]))

    found = look(spoil(shot, spoilt, turns))

    assert kinds_of(found) == dict.fromkeys(turns, "flicker"), found.reasons


@SLOW
def test_find_faults_flags_skin_that_turns_alone(tmp_path: Path) -> None:
    """Where only what has the colour of skin turns, it is said of skin."""
    scene = shot_frames(4, COUNT, width=WIDTH, height=HEIGHT)
    scene[:, 50:80, 100:150] = (0.78, 0.56, 0.45)
    good = planted.recovered(scene, seed=2, fading=FADING)
    calm = look(planted.write(tmp_path / "calm", good))

    found = look(planted.write(tmp_path / "turned", planted.skin_turned(good, [ODD], 14)))

    assert not calm.reasons
    assert kinds_of(found) == {ODD: "skin"}, found.reasons


@SLOW
def test_find_faults_tells_a_shot_without_colour(tmp_path: Path, good: Recovered) -> None:
    """Where hardly any chroma is left in the whole shot, every frame says so."""
    frames = range(1, COUNT + 1)

    found = look(planted.write(tmp_path, planted.saturation(good, frames, 0.02)))

    assert kinds_of(found) == dict.fromkeys(frames, "saturation")


@SLOW
def test_find_faults_flags_the_gamut_fit(shot: Shot, good: Recovered) -> None:
    """A frame whose header says that many pixels were pulled in is flagged."""
    plate, chroma = good.plates[ODD - 1], good.chroma[ODD - 1]
    planted.write_recovered(shot.root, ODD, plate, chroma, gamut_share=0.3)

    found = look(shot)

    assert kinds_of(found) == {ODD: "gamut"}
    assert "30.0%" in found.reasons[ODD][0].sentence


def test_find_faults_knows_a_frame_of_another_shot(shot: Shot, other: Recovered) -> None:
    """A recovered frame that is not its plate's picture is that, and nothing else besides."""
    planted.write_recovered(shot.root, ODD, other.plates[0], other.chroma[0])

    found = look(shot)

    assert {n: [r.kind for r in reasons] for n, reasons in found.reasons.items()} == {ODD: ["luma"]}
    assert "another picture" in found.reasons[ODD][0].sentence


@SLOW
def test_find_faults_says_whose_picture_a_frame_is(shot: Shot) -> None:
    """Frame 9 under the name of frame 6 is called the picture of plate 9."""
    shutil.copy(planted.recovered_file(shot.root, 9), planted.recovered_file(shot.root, ODD))

    found = look(shot)

    assert kinds_of(found) == {ODD: "luma"}
    assert "it is the picture of plate 9" in found.reasons[ODD][0].sentence


@SLOW
def test_find_faults_measures_a_shifted_picture(shot: Shot, good: Recovered) -> None:
    """A picture that lies 3 pixels to the right is told so, and is no other picture."""
    moved = (np.roll(p[ODD - 1], 3, axis=1) for p in (good.plates, good.chroma))
    planted.write_recovered(shot.root, ODD, *moved)

    found = look(shot)

    assert kinds_of(found) == {ODD: "crop"}
    assert "3.0 pixels right" in found.reasons[ODD][0].sentence


@pytest.mark.slow
def test_find_faults_flags_a_plate_of_another_shot(shot: Shot, other: Recovered) -> None:
    """A foreign plate with its own recovery is a join; its neighbours are not to blame."""
    write_rgb(planted.plate_file(shot.root, ODD), other.plates[0])
    planted.write_recovered(shot.root, ODD, other.plates[0], other.chroma[0])

    assert kinds_of(look(shot)) == {ODD: "join"}


@SLOW
def test_find_faults_flags_frames_beyond_a_cut(
    tmp_path: Path, good: Recovered, other: Recovered
) -> None:
    """The last frames, which are another shot's, are all flagged."""
    joined = Recovered(
        plates=good.plates[:7] + other.plates[7:],
        chroma=good.chroma[:7] + other.chroma[7:],
        truth=good.truth[:7] + other.truth[7:],
    )

    found = look(planted.write(tmp_path, joined))

    assert kinds_of(found) == dict.fromkeys((8, 9, 10), "join")
    assert "last 3 frames" in found.reasons[9][0].sentence


@SLOW
@pytest.mark.parametrize("edge", ["left", "top", "right", "bottom"])
def test_find_faults_flags_a_crop_that_is_too_much(
    tmp_path: Path, good: Recovered, edge: str
) -> None:
    """A stripe of picture that was left out of `[crop]` is flagged in every frame."""
    found = look(planted.write(tmp_path, good, crop={edge: 10}))

    assert kinds_of(found) == dict.fromkeys(range(1, COUNT + 1), "crop")
    assert f"the {edge} edge, 10 pixels" in found.reasons[ODD][0].sentence
    assert f"[crop] {edge} = 10 is wrong" in found.reasons[ODD][0].sentence


@pytest.mark.slow
def test_find_faults_flags_the_crop_of_one_frame(shot: Shot, good: Recovered) -> None:
    """A frame that was recovered with another crop than the rest is flagged alone."""
    plate, chroma = good.plates[ODD - 1], good.chroma[ODD - 1]
    planted.write_recovered(shot.root, ODD, plate, chroma, crop=CropTable(right=10))

    assert kinds_of(look(shot)) == {ODD: "crop"}


@SLOW
def test_find_faults_flags_what_is_recovered_outside_the_crop(
    tmp_path: Path, good: Recovered
) -> None:
    """Where `[crop]` was set after the recovery, its stripe has recovered colour."""
    found = look(planted.write(tmp_path, good, crop={"top": 8}, recovered_crop={}))

    assert kinds_of(found) == dict.fromkeys(range(1, COUNT + 1), "crop")
    assert "outside of [crop] top = 8" in found.reasons[1][0].sentence


@SLOW
def test_find_faults_accepts_a_crop_on_a_border(tmp_path: Path, good: Recovered) -> None:
    """A black border that is cropped is silent; one that was recovered is not."""
    plates = [plate.copy() for plate in good.plates]
    for plate in plates:
        plate[:, -10:] = np.float16(0.02)
    framed = replace(good, plates=plates)

    assert not look(planted.write(tmp_path / "cropped", framed, crop={"right": 10})).reasons
    found = look(planted.write(tmp_path / "not", framed))
    assert kinds_of(found) == dict.fromkeys(range(1, COUNT + 1), "crop")
    assert "is too little" in found.reasons[1][0].sentence


def test_find_faults_flags_a_reference_that_lies_off(shot: Shot, good: Recovered) -> None:
    """A Reference 2 pixels off its plate is flagged at its pair; one that lies on it is not."""
    planted.write_reference(shot.root, 8, good.truth[7], right=2)

    found = look(shot)

    assert kinds_of(found) == {8: "reference"}
    assert "mostly +2." in found.reasons[8][0].sentence


@SLOW
def test_find_faults_flags_a_reference_of_another_frame(shot: Shot, other: Recovered) -> None:
    """A Reference that shows another shot is another picture."""
    planted.write_reference(shot.root, 3, other.truth[2])

    found = look(shot)

    assert kinds_of(found) == {3: "reference"}
    assert "another picture" in found.reasons[3][0].sentence


@pytest.mark.parametrize(
    "name", ["flash", *(pytest.param(name, marks=SLOW) for name in ("fade-out", "dimmed"))]
)
@pytest.mark.slow
def test_find_faults_leaves_the_films_own_light_alone(tmp_path: Path, name: str) -> None:
    """A flash, a fade-out and a lamp that is dimmed belong to the film."""

    def light(rgb: planted.Frames, n: int) -> planted.Frames:
        if name == "flash":
            return np.clip(rgb * np.float32(1.5) + np.float32(0.08), 0, 1) if n == 4 else rgb
        if name == "fade-out":
            return rgb * np.float32(min(1, (COUNT - 1 - n) / 5))
        return rgb * np.float32(0.6 if n > 4 else 1)

    scene = shot_frames(4, COUNT, width=WIDTH, height=HEIGHT)
    shot = planted.recovered(scene, seed=5, fading=FADING, light=light)

    assert not look(planted.write(tmp_path, shot)).reasons


@SLOW
def test_find_faults_tells_a_fault_in_a_flash(tmp_path: Path) -> None:
    """The hue of a frame that jumps in a flash is flagged, in the second of two flashed frames."""

    def light(rgb: planted.Frames, n: int) -> planted.Frames:
        return np.clip(rgb * np.float32(1.5) + np.float32(0.08), 0, 1) if n in {4, 5} else rgb

    scene = shot_frames(4, COUNT, width=WIDTH, height=HEIGHT)
    shot = planted.recovered(scene, seed=5, fading=FADING, light=light)

    found = look(planted.write(tmp_path, planted.hue_jump(shot, [ODD], 20)))

    assert kinds_of(found) == {ODD: "hue"}, found.reasons


def test_find_faults_says_what_it_cannot_read(shot: Shot, good: Recovered) -> None:
    """A broken frame, one of another size and a missing plate are findings, and no crash."""
    planted.recovered_file(shot.root, 2).write_bytes(b"no frame")
    write_rgb(planted.recovered_file(shot.root, 5), good.plates[4][:-8])
    planted.plate_file(shot.root, 8).unlink()
    said: list[str] = []

    found = find_faults(shot, say=said.append, on_progress=lambda *_: None)

    assert kinds_of(found) == {2: "luma", 5: "luma", 8: "luma"}
    assert f"is {WIDTH} x {HEIGHT - 8}" in found.reasons[5][0].sentence
    assert len(said) == 3
    assert set(found.measures) == {1, 3, 4, 6, 7, 9, 10}


@pytest.mark.parametrize(
    "only",
    [(1,), *(pytest.param(o, marks=SLOW) for o in ((1, 2), (1, 2, 5, 6, 10), (4, 5, 6), (1, 10)))],
)
def test_find_faults_takes_few_frames(
    tmp_path: Path, good: Recovered, only: tuple[int, ...]
) -> None:
    """A shot of one frame, of two, or with gaps is looked at as far as it is there."""
    found = look(planted.write(tmp_path, good, only=only))

    assert tuple(found.measures) == only
    assert not found.reasons


def test_find_faults_needs_recovered_frames(tmp_path: Path, good: Recovered) -> None:
    """Without any recovered frame there is nothing to look at."""
    shot = planted.write(tmp_path, good, only=())

    with pytest.raises(FrameError):
        look(shot)


@SLOW
def test_find_faults_looks_through_other_chains(tmp_path: Path, good: Recovered) -> None:
    """A shot trained in ACEScg is as good: its law is measured there, its colours as displayed."""
    shot = planted.write(tmp_path, good, only=range(1, 5))
    written = shot.file.read_text()
    assert written.count('chain = "display"') == 1
    shot.file.write_text(written.replace('chain = "display"', 'chain = "acescg"'))
    shot = Shot.load(shot.root)
    chain = shot_chain(shot)
    for n in range(1, 5):
        plate = good.plates[n - 1]
        full = merge_chroma(plate, good.chroma[n - 1]).rgb
        working = chain.to_working(plate)
        merged = merge_chroma(working, rgb_to_chroma(chain.to_working(full))).rgb
        rgb = chain.from_working(merged)
        write_rgb(planted.recovered_file(shot.root, n), rgb, pixel_type="float")

    found = look(shot)

    assert not found.reasons
    assert all(m["luma_off"] > 0 for m in found.measures.values())


def test_strips_round_trip(tmp_path: Path, good: Recovered) -> None:
    """What is saved is loaded; before that there is nothing, and a broken file is nothing."""
    shot = planted.write(tmp_path, good, only=(1, 2))
    strips = look(shot).strips
    assert load_strips(shot) is None

    file = save_strips(shot, strips)
    loaded = load_strips(shot)

    assert file == shot.path("review/strips.npz")
    assert loaded is not None
    assert loaded.frames == strips.frames
    assert np.array_equal(loaded.plate, strips.plate)
    assert np.array_equal(loaded.recovered, strips.recovered)
    file.write_bytes(file.read_bytes()[:100])
    assert load_strips(shot) is None
