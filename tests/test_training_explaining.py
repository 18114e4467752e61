"""A training explained: planted errors are named, and the frames that would help."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from chromaresolve.alignment import aligned_path
from chromaresolve.colour import rgb_to_chroma, rgb_to_luma
from chromaresolve.errors import ModelError, ShotError, StageError
from chromaresolve.frames import Frame, read_header, write_frame, write_rgb
from chromaresolve.pairs.table import save_findings
from chromaresolve.shot import FrameRange, Pair, Shot, create
from chromaresolve.training.additions import (
    Addition,
    at_tones_of,
    choose_frames,
    frames_apart,
    shows,
)
from chromaresolve.training.checkpoints import State, save_checkpoint
from chromaresolve.training.colour_errors import (
    BadColour,
    ColourError,
    FrameErrors,
    find_bad,
    mean_shares,
    measure_errors,
    measure_shares,
)
from chromaresolve.training.explaining import NEWEST, Explanation, explain, tell
from chromaresolve.training.network import ChromaNetwork
from model_records import record_with
from tiny import quiet, still

GREY = (0.5, 0.5, 0.5)
RED = (0.6, 0.1, 0.1)
SKIN = (0.7, 0.52, 0.42)
HEIGHT, WIDTH = 64, 96
PATCH = np.s_[16:32, 24:48]
"""Where a colour is planted: 16 x 24 pixels."""
PATCH_SHARE = 16 * 24 / (HEIGHT * WIDTH)
"""A sixteenth of the picture."""
EVERYWHERE = np.ones((HEIGHT, WIDTH), np.float32)
LAST = 9
"""Frames of the small shot."""
TAUGHT, HELD_OUT, REDDEST = (1, LAST), 3, 6
"""Frames that teach, the one held out, and the one outside the pairs that shows most red."""


def painted(
    colour: tuple[float, float, float] = GREY, patch: tuple[float, float, float] = GREY
) -> NDArray[np.float32]:
    """A picture of one colour with a patch of another."""
    picture = np.tile(np.array(colour, np.float32), (HEIGHT, WIDTH, 1))
    picture[PATCH] = patch
    return picture


def errors(*colours: ColourError, frame: int = 1, mean: float = 2.0) -> FrameErrors:
    """What is known of a frame with these colours."""
    return FrameErrors(frame=frame, mean=mean, p95=2 * mean, colours=colours)


def off(
    colour: str, distance: float, share: float = 0.1, direction: str = "too pale"
) -> ColourError:
    """A colour that is off."""
    return ColourError(colour=colour, share=share, distance=distance, direction=direction)


def bad(colour: str, *, held_out: float = 0.05, taught: float = 0.0) -> BadColour:
    """A colour that is bad in the held-out frames."""
    return BadColour(colour=colour, excess=4.0, held_out=held_out, taught=taught)


@pytest.mark.parametrize(
    ("truth", "recovered", "colour", "direction"),
    [
        pytest.param(RED, (0.35, 0.17, 0.17), "red", "too pale", id="pale"),
        pytest.param(SKIN, (0.74, 0.51, 0.34), "orange", "too saturated", id="saturated"),
        pytest.param(SKIN, (0.74, 0.5, 0.5), "orange", "too red", id="red"),
        pytest.param((0.45, 0.4, 0.1), (0.35, 0.44, 0.1), "yellow", "too green", id="green"),
        pytest.param((0.5, 0.2, 0.5), (0.53, 0.2, 0.3), "pink", "too yellow", id="pink"),
        pytest.param((0.1, 0.1, 0.1), (0.1, 0.1, 0.16), "dark grey", "too blue", id="blue"),
        pytest.param((0.9, 0.9, 0.9), (0.9, 0.9, 0.7), "light grey", "too yellow", id="yellow"),
    ],
)
def test_planted_error_is_named(
    truth: tuple[float, float, float],
    recovered: tuple[float, float, float],
    colour: str,
    direction: str,
) -> None:
    """One patch is off: it alone is bad, with its share and the way it is off."""
    found = measure_errors(
        7,
        recovered_709=painted(patch=recovered),
        truth_709=painted(patch=truth),
        trust=EVERYWHERE,
    )

    (worst,) = found.bad
    assert (worst.colour, worst.direction) == (colour, direction)
    assert worst.share == pytest.approx(PATCH_SHARE)
    assert found.mean == pytest.approx(worst.share * worst.distance, rel=1e-5)
    assert found.p95 == pytest.approx(worst.distance, rel=1e-5)  # more than 5 % of it is off


def test_errors_that_point_nowhere_have_no_direction() -> None:
    """A grey that is half too red and half too green is neither."""
    recovered = painted()
    recovered[PATCH][:8] += (0.2, -0.06, 0.0)
    recovered[PATCH][8:] -= (0.2, -0.06, 0.0)

    found = measure_errors(1, recovered_709=recovered, truth_709=painted(), trust=EVERYWHERE)

    assert [one.direction for one in found.colours] == [""]
    assert found.mean > 1


def test_what_is_not_trusted_is_not_judged() -> None:
    """An error under a black mask is none, and its pixels belong to no share."""
    trust = EVERYWHERE.copy()
    trust[PATCH] = 0

    found = measure_errors(1, recovered_709=painted(), truth_709=painted(patch=RED), trust=trust)

    assert (found.mean, found.p95, found.bad) == (0, 0, ())
    assert [(one.colour, one.share) for one in found.colours] == [("grey", 1)]


def test_trust_weighs() -> None:
    """Half-trusted pixels count half, in the share as in the mean."""
    trust = np.where(painted(patch=RED)[..., 1] < 0.2, 0.5, 1).astype(np.float32)

    shares = measure_shares(painted(patch=RED), trust)

    half = PATCH_SHARE / 2
    assert shares["red"] == pytest.approx(half / (1 - half))


def test_specks_are_not_named() -> None:
    """A colour of less than 0.3 % of a frame is left out, however far off."""
    truth = painted()
    truth[:4, :4] = RED  # 0.26 %

    found = measure_errors(1, recovered_709=painted(), truth_709=truth, trust=EVERYWHERE)

    assert [one.colour for one in found.colours] == ["grey"]


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        pytest.param((0.03, 0.02, 0.03), "dark grey", id="a black is no purple"),
        pytest.param((1.3, -0.1, -0.1), "light red", id="beyond the display"),
    ],
)
def test_pixels_have_names(colour: tuple[float, float, float], name: str) -> None:
    """Where an eye sees no colour it is a grey, and nothing is too far out for a name."""
    assert measure_shares(painted(colour, colour), EVERYWHERE) == {name: 1}


def test_bad_colours_are_compared_with_what_is_taught() -> None:
    """Over frames in which it is bad: mean share and mean excess; the costliest colour first."""
    frames = [
        errors(off("red", 10, share=0.02), off("grey", 2.2), mean=2),
        errors(off("red", 6, share=0.04), off("blue", 9, share=0.4), mean=4),
    ]

    found = find_bad(frames, mean_shares([{"blue": 0.5, "red": 0.02}, {"blue": 0.1}]))

    assert [(one.colour, one.is_taught) for one in found] == [("blue", True), ("red", False)]
    red = found[1]
    assert (red.excess, red.held_out, red.taught) == pytest.approx((5, 0.03, 0.01))


def test_little_errors_are_not_bad() -> None:
    """What no eye sees is not named, though it be five times the mean."""
    assert errors(off("red", 0.9), mean=0.2).bad == ()


def test_frames_that_show_most_and_lie_far_are_chosen() -> None:
    """Of like ones the farthest; one that shows too little never."""
    shown = {2: {"red": 0.05}, 20: {"red": 0.045}, 40: {"red": 0.02}, 60: {"red": 0.002}}

    assert choose_frames(shown, [bad("red")], [1]) == [20, 2, 40]


def test_second_frame_brings_the_other_colour() -> None:
    """What one frame brought counts half for the next."""
    shown = {10: {"red": 0.06}, 11: {"red": 0.06}, 30: {"blue": 0.04}}

    chosen = choose_frames(shown, [bad("red"), bad("blue")], [1])

    assert chosen[:2] == [11, 30]
    assert frames_apart(30, [1, 34]) == 4


def test_little_of_a_colour_does_not_count_as_shown() -> None:
    """Nor does a colour that nobody asked for."""
    wanted = [bad("red"), bad("blue")]

    assert shows({"red": 0.004, "blue": 0.002, "grey": 0.9}, wanted) == {"red": 0.004}


def test_reference_comes_at_its_plates_tones() -> None:
    """A darker Reference, shifted by a pixel, has the plate's luma again, and keeps its chroma."""
    rng = np.random.default_rng(3)
    plate = rng.uniform(0.2, 0.9, (HEIGHT, WIDTH, 3)).astype(np.float32)
    reference = np.roll(plate, 1, axis=1) * np.float32(0.5)

    laid = at_tones_of(plate, reference)

    luma = np.roll(rgb_to_luma(plate), 1, axis=1)
    assert np.abs(rgb_to_luma(laid) - luma).max() < 1e-5
    assert np.abs(rgb_to_chroma(laid) - rgb_to_chroma(reference)).max() < 1e-5
    assert laid.dtype == np.float32


def test_even_reference_stays_even() -> None:
    """A patch of one luma comes out as one luma, whatever the plate's texture."""
    rng = np.random.default_rng(4)
    plate = rng.uniform(0.0, 1.0, (HEIGHT, WIDTH, 3)).astype(np.float32)

    laid = at_tones_of(plate, painted(patch=RED))

    assert np.ptp(rgb_to_luma(laid)[PATCH]) < 1e-6


def said_of(**changes: object) -> str:
    """What is told of an explanation with one held-out frame, and this."""
    explanation = Explanation(
        shot="sh010",
        step=400,
        frames=(errors(off("red", 9.0, 0.021), frame=12, mean=2.5),),
        bad=(),
        looked_at=30,
        additions=(),
    )
    return "\n".join(tell(replace(explanation, **changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {},
            "frame 12, held out: dE2000 2.50, 95 % of it below 5.00; "
            "worst in red (2.1% of it, dE2000 9.0, too pale)",
            id="frame",
        ),
        pytest.param({"frames": (errors(),)}, "no colour stands out", id="no colour"),
        pytest.param({"frames": (errors(),)}, "off alike, so more pairs will", id="alike"),
        pytest.param({"frames": (errors(mean=0.4),)}, "there is nothing to do", id="good"),
        pytest.param(
            {"bad": (bad("brown", taught=0.06),)},
            "still off: brown (5.0% of held-out frames, 6.0% of teaching ones): more pairs will "
            "hardly help; train longer, or look in alignment/",
            id="taught enough",
        ),
        pytest.param(
            {"bad": (bad("red"),)},
            "none of the 30 frames outside the pairs shows 0.3% of red: bring a Reference",
            id="nowhere",
        ),
        pytest.param(
            {"bad": (bad("red"), bad("blue"))},
            "too little: red (5.0% of held-out frames, 0.0% of teaching ones), blue (",
            id="taught too little",
        ),
        pytest.param(
            {"bad": (bad("red"),), "looked_at": 0},
            "no frame outside the pairs has a Reference that may teach: bring more",
            id="no candidate",
        ),
    ],
)
def test_explanation_says_it(changes: Mapping[str, object], said: str) -> None:
    """Where it is, what it is, and what to do."""
    assert said in said_of(**changes)


def test_lines_to_add_can_be_pasted() -> None:
    """What is told after the manifest's name is a pair in TOML, whole with its other field."""
    pair = Pair(source=40, reference=41, field_from=42, reason='shows "red"')
    addition = Addition(pair=pair.model_dump(exclude_defaults=True), shows={"red": 0.05}, apart=14)

    _, found, lines = said_of(bad=(bad("red"),), additions=(addition,)).partition("shot.toml:\n")

    assert found
    written, _, then = lines.partition("then run")
    assert Pair(**tomllib.loads(written)["pair"][0]) == pair
    assert then == " `chromaresolve align sh010` and `chromaresolve train sh010`"


@pytest.fixture(scope="module")
def red_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grey plates; a network that gives the plate's chroma back; a red that nothing teaches.

    The held-out frame shows it, one frame outside the pairs shows more, the others none.
    """
    shot = create(
        tmp_path_factory.mktemp("explained") / "red",
        scan="plates/RED_SOURCE_####.exr",
        reference="plates/RED_REF_####.exr",
        frames=FrameRange.parse(f"1-{LAST}"),
    )
    texture = np.random.default_rng(5).uniform(0.85, 1.15, (HEIGHT, WIDTH, 1)).astype(np.float32)
    for frame in shot.shot.frames:
        reference = painted(patch=RED if frame == HELD_OUT else GREY)
        if frame == REDDEST:
            reference[8:40, 24:72] = RED
        reference *= texture
        plate = np.repeat(rgb_to_luma(reference)[..., np.newaxis], 3, axis=-1)
        write_rgb(shot.path(f"plates/RED_SOURCE_{frame:04d}.exr"), plate)
        write_rgb(shot.path(f"plates/RED_REF_{frame:04d}.exr"), reference)
        header = read_header(shot.path(f"plates/RED_SOURCE_{frame:04d}.exr"))
        trusted = Frame(rgb=reference, others={"A": EVERYWHERE}, header=header)
        write_frame(aligned_path(shot, Pair(source=frame, reference=frame)), trusted)
    network = ChromaNetwork("small")
    torch.nn.init.zeros_(network.head.weight)
    optimiser = torch.optim.AdamW(network.parameters())
    save_checkpoint(
        shot.path(NEWEST),
        State(network=network, average=copy.deepcopy(network), optimiser=optimiser, step=400),
        record_with(pairs=tuple(f"{frame}:{frame}" for frame in TAUGHT)),
    )
    held_out = Pair(source=HELD_OUT, reference=HELD_OUT, hold_out=True)
    shot = shot.with_pairs([*(Pair(source=frame, reference=frame) for frame in TAUGHT), held_out])
    return shot.with_made("alignment", settings={}, inputs={}, outputs={}, measured={}).root


@pytest.fixture
def red_shot(red_folder: Path, copied: Callable[[Path], Path]) -> Shot:
    """That shot, to be changed."""
    return Shot.load(copied(red_folder))


@pytest.mark.slow
def test_frame_that_shows_the_missing_colour_is_proposed(red_shot: Shot) -> None:
    """The red is pale, nothing teaches it, and the one frame outside the pairs that has it is."""
    explanation = explain(red_shot, say=quiet, on_progress=still)

    (frame,) = explanation.frames
    assert (frame.frame, explanation.step) == (HELD_OUT, 400)
    assert {(one.colour, one.direction) for one in frame.bad} == {("red", "too pale")}
    (red,) = explanation.bad
    assert red.held_out == pytest.approx(PATCH_SHARE)
    assert red.taught == 0
    assert explanation.looked_at == LAST - 3
    (addition,) = explanation.additions
    reason = f"shows red ({addition.shows['red']:.1%})"
    assert addition.pair == {"source": REDDEST, "reference": REDDEST, "reason": reason}
    assert addition.shows["red"] == pytest.approx(0.25, abs=0.02)  # 32 x 48 pixels of 64 x 96
    assert addition.apart == LAST - REDDEST
    assert json.loads(json.dumps(explanation.to_record()))["frames"][0]["frame"] == HELD_OUT


@pytest.mark.slow
def test_frame_left_out_by_pairs_is_not_proposed(red_shot: Shot) -> None:
    """A frame that `pairs` found unfit stays out, and it is said that no other shows the red."""
    save_findings(red_shot, timing="", wear=(), left_out={REDDEST: "blurred"}, preview=1)

    explanation = explain(red_shot, say=quiet, on_progress=still)

    assert explanation.additions == ()
    assert "none of the 5 frames outside the pairs shows 0.3% of red" in tell(explanation)[-1]


def test_taught_colour_asks_for_no_frames(red_shot: Shot) -> None:
    """Where the frames that teach are as red as the one held out, no other is looked at."""
    for frame in TAUGHT:
        path = aligned_path(red_shot, Pair(source=frame, reference=frame))
        header = read_header(path)
        lit = Frame(rgb=painted(patch=(0.62, 0.46, 0.46)), others={"A": EVERYWHERE}, header=header)
        write_frame(path, lit)

    explanation = explain(red_shot, say=quiet, on_progress=still)

    (red,) = explanation.bad
    assert red.taught > 0.9 * PATCH_SHARE
    assert (explanation.looked_at, explanation.additions) == (0, ())
    assert "more pairs will hardly help" in tell(explanation)[-1]


def test_untrained_shot_is_refused(red_shot: Shot) -> None:
    """Without a checkpoint the command to run is named."""
    red_shot.path(NEWEST).unlink()

    with pytest.raises(ModelError, match="there is no checkpoint: run `chromaresolve train`"):
        explain(red_shot, say=quiet, on_progress=still)


def test_nothing_held_out_is_said(red_shot: Shot) -> None:
    """Nothing can be measured, and how to hold a pair out is said."""
    shot = red_shot.with_pairs(red_shot.teaching)

    with pytest.raises(StageError, match=r"no pair is held out.*write hold_out = true"):
        explain(shot, say=quiet, on_progress=still)


def test_hold_outs_that_the_alignment_left_out_are_said(red_shot: Shot) -> None:
    """A pair that was held out and did not lie well is no pair that was never there."""
    content = {"pairs": {}, "left_out": {HELD_OUT: "does not fit"}}
    red_shot.path("alignment/alignment.json").write_text(json.dumps(content))

    with pytest.raises(StageError, match="the alignment left out every held-out pair"):
        explain(red_shot, say=quiet, on_progress=still)


def test_other_pairs_than_were_taught_are_refused(red_shot: Shot) -> None:
    """A frame that taught and is held out now would be praised for what it was told."""
    pairs = [pair.model_copy(update={"hold_out": pair.source != 1}) for pair in red_shot.pair]

    with pytest.raises(ModelError, match=r"with other pairs .*: run `chromaresolve train`"):
        explain(red_shot.with_pairs(pairs), say=quiet, on_progress=still)


def test_unaligned_shot_is_refused(red_shot: Shot) -> None:
    """What the truth rests on must hold."""
    shot = red_shot.with_made(
        "alignment", settings={}, inputs={"table:pair": "other"}, outputs={}, measured={}
    )

    with pytest.raises(ShotError, match="run `chromaresolve align`"):
        explain(shot, say=quiet, on_progress=still)


def test_held_out_frame_without_trust_is_said(red_shot: Shot) -> None:
    """It is passed over aloud; where it was the only one, that is the end."""
    path = aligned_path(red_shot, Pair(source=HELD_OUT, reference=HELD_OUT))
    nothing = Frame(rgb=painted(), others={"A": 0 * EVERYWHERE}, header=read_header(path))
    write_frame(path, nothing)
    said: list[str] = []

    with pytest.raises(StageError, match="no held-out frame is trusted anywhere"):
        explain(red_shot, say=said.append, on_progress=still)

    assert f"frame {HELD_OUT} is not explained" in said[-1]
