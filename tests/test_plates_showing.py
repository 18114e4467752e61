"""The plate as the network sees it: cleaned where the shot asks for it, and only then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from chromaresolve.alignment import load_teaching, shot_chain
from chromaresolve.colour import measure_luma_law
from chromaresolve.errors import StageError
from chromaresolve.frames import Sequence, read_rgb
from chromaresolve.plates import degrain
from chromaresolve.plates.showing import Showing, show_plate
from chromaresolve.recovery import Wish, recover
from chromaresolve.recovery.model import METADATA_KEY
from chromaresolve.shot import Shot
from tiny import quiet, still, with_degrain


def plates_of(root: Path) -> Sequence:
    """The tiny shot's scan."""
    return Sequence.find("plates/TINY_SOURCE_####.exr", root)


def test_plate_that_is_not_cleaned_is_shown_as_it_is(faded_shot: Path) -> None:
    """Not a copy, not a rounding away: the very same picture."""
    plates = plates_of(faded_shot)
    plate = read_rgb(plates.path(3))

    assert show_plate(plate, plates, 3, Showing(temporal=True)) is plate


@pytest.mark.parametrize(
    ("showing", "frame", "seen"),
    [
        pytest.param(Showing(degrain=1.0, temporal=True), 3, (2, 4), id="both neighbours"),
        pytest.param(Showing(degrain=1.0, temporal=True), 1, (2,), id="the first has one"),
        pytest.param(Showing(degrain=1.0), 3, (), id="in space alone"),
        pytest.param(Showing(temporal=True), 3, (), id="nothing is cleaned"),
    ],
)
def test_shown_plate_is_made_of_the_frames_it_names(
    faded_shot: Path, showing: Showing, frame: int, seen: tuple[int, ...]
) -> None:
    """What a recovered frame's recipe counts is what the frame was made from."""
    plates = plates_of(faded_shot)
    plate = read_rgb(plates.path(frame))
    neighbours = [read_rgb(plates.path(other)) for other in seen]

    assert showing.frames_seen(plates, frame) == seen
    shown = show_plate(plate, plates, frame, showing)
    wanted = degrain(plate, strength=showing.degrain, neighbours=neighbours)
    np.testing.assert_array_equal(shown, wanted)


def test_grain_of_scene_linear_plates_is_refused() -> None:
    """Its law is that of display values; the sentence says what to write instead."""
    Showing(degrain=0.0).require_display("ACEScg")
    with pytest.raises(StageError, match=r'encoding is "ACEScg": write degrain = 0'):
        Showing(degrain=0.5).require_display("ACEScg")


def test_teaching_shows_the_cleaned_plate_and_keeps_the_luma(
    aligned_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """The ground truth's luma is the untouched plate's, whatever the network is shown."""
    root = copied(aligned_shot)
    shot = with_degrain(Shot.load(root), 1.0)
    pair = shot.pair[0]
    taught = load_teaching(shot, pair, shot_chain(shot))
    plate = read_rgb(plates_of(root).path(pair.source))

    np.testing.assert_array_equal(taught.plate, plate)
    np.testing.assert_array_equal(taught.shown, degrain(plate, strength=1.0))
    assert np.abs(taught.shown - plate).max() > 0.001


@pytest.mark.slow
def test_recovery_cleans_as_training_did_and_keeps_the_untouched_luma(
    trained_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """The model itself says how its plates are cleaned, so that a farm does the same."""
    root = copied(trained_shot)
    before = read_rgb(root / "recovered/tiny_ML_0003.exr")
    say_showing(root / "model.onnx", Showing(degrain=1.0, temporal=True))
    shot = Shot.load(root)
    out = root / "cleaned"
    recover(shot, Wish(provider="cpu", out=out), say=quiet, on_progress=still)
    after = read_rgb(out / "tiny_ML_0003.exr")

    plate = read_rgb(plates_of(root).path(3))
    assert measure_luma_law(after, plate).is_kept
    assert np.abs(after - before).max() > 0.001


def say_showing(model: Path, showing: Showing) -> None:
    """Write into a model how its plates are cleaned."""
    proto = onnx.load(model)
    facts = json.loads(next(one.value for one in proto.metadata_props if one.key == METADATA_KEY))
    del proto.metadata_props[:]
    facts["showing"] = showing.to_record()
    helper.set_model_props(proto, {METADATA_KEY: json.dumps(facts)})
    onnx.save(proto, model)
