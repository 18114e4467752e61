"""What no picture tells is refused with its reason, and what speaks for the fading gets past it."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from chromaresolve.balance.cues import find_cues
from chromaresolve.balance.diagnosis import Film, diagnose
from chromaresolve.balance.doubts import (
    LEAST_COLOUR,
    LEAST_CONTRAST,
    MOST_BURNT_OUT,
    MOST_CAST,
    MOST_DEVIATION,
    NOT_FADED,
    WAYS_OUT,
    doubt,
    is_faded,
    measure_colour,
)
from chromaresolve.balance.sampling import Sample
from chromaresolve.balance.solving import USUAL, Evidence, Neutral, Solved
from chromaresolve.errors import StageError
from chromaresolve.fade import DEFAULT_STOCK, SEVERE, dye_matrix
from chromaresolve.shot import BalanceTable
from dye_clouds import HABITUAL, Numbers, triple, usual_cloud
from small_pictures import DISPLAY_MEDIUM, Picture, fresh, scanned

SURE = Solved(
    retention=triple(HABITUAL),
    deviation=(0.07, 0.05, 0.08),
    base=(0.0, 0.0, 0.0),
    is_light_fading=False,
)
"""The right answer for film faded to `HABITUAL`."""

GAINS = triple(np.log(HABITUAL / HABITUAL[1]))
"""What a Reference of such film says."""

GREY = Neutral(dyes=triple(HABITUAL))
"""What a grey of such film holds."""


def film_of(fresh_dyes: Numbers) -> Sample:
    """The sample of a film whose fresh dyes are given, (n, 3), faded to `HABITUAL`."""
    density = (fresh_dyes * HABITUAL) @ dye_matrix(DEFAULT_STOCK).T
    steps = np.diff(density[::50], axis=0)
    return Sample(
        density=density.astype(np.float32),
        shading=steps.astype(np.float32),
        burnt_out=(0.0, 0.0, 0.0),
    )


def coloured(amounts: Numbers, strength: float = 0.2) -> Numbers:
    """Dyes of a picture with those amounts of neutral, and colours of no single hue around it."""
    stray = np.random.default_rng(0).normal(0, strength, (len(amounts), 3))
    return np.maximum(amounts[:, np.newaxis] * np.exp(stray), 0.001)


TONES = np.random.default_rng(1).permutation(np.linspace(0.1, 2.6, 4000))
"""Amounts of neutral dye in an ordinary picture, in no order."""

ORDINARY = film_of(coloured(TONES))
"""Nothing is to be doubted here."""

ONE_TINT = film_of(TONES[:, np.newaxis] * np.array([0.9, 1.0, 1.2]))
"""A sepia picture."""

FLAT = film_of(coloured(np.full(4000, 1.0) + 0.02 * TONES, 0.02))
"""Fog."""

GREEN = film_of(coloured(TONES) * np.array([1.5, 1.0, 1.7]) + np.array([0.3, 0.0, 0.35]))
"""A wood: every place holds more cyan and yellow than magenta, the lightest too."""


def doubted(
    sample: Sample,
    *,
    solved: Solved = SURE,
    neutrals: tuple[Neutral, ...] = (),
    gains: tuple[float, float, float] | None = None,
) -> str | None:
    """Why a sample's fading is doubted."""
    cues = find_cues(sample, DEFAULT_STOCK)
    evidence = Evidence(cues=cues, habits=USUAL, neutrals=neutrals, gains=gains)
    return doubt(sample, evidence, solved, DEFAULT_STOCK)


def test_ordinary_picture_is_not_doubted() -> None:
    """Tones, colours of every hue, greys among them: the answer stands."""
    assert doubted(ORDINARY) is None
    assert doubted(usual_cloud(HABITUAL)) is not None, "a cloud without colours is one tint"


UNSURE = replace(SURE, deviation=(0.2, 0.05, 0.08))

REFUSALS = {
    "nearly one tint": (ONE_TINT, SURE, "nearly of one tint"),
    "red burnt out": (
        replace(ORDINARY, burnt_out=(0.25, 0.0, 0.0)),
        SURE,
        "red is burnt out in 25% of the picture",
    ),
    "flat": (FLAT, SURE, f"which is too little to tell how it faded (from {LEAST_CONTRAST})"),
    "no neutral seen": (GREEN, SURE, "no neutral is seen: the whole picture would hold"),
    "too uncertain": (ORDINARY, UNSURE, "cyan could be 50% or 20% more or less"),
}
"""The sample, what was solved, and what is said."""


@pytest.mark.parametrize(("sample", "solved", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_each_doubt_is_said(sample: Sample, solved: Solved, sentence: str) -> None:
    """Each with what was seen, in numbers, and what the artist can do about it, on one line."""
    reason = doubted(sample, solved=solved)

    assert reason is not None
    assert sentence in reason
    assert "[balance] retention" in reason
    assert "\n" not in reason


@pytest.mark.parametrize(
    ("name", "is_past"),
    [
        pytest.param("nearly one tint", True, id="one tint"),
        pytest.param("no neutral seen", True, id="no neutral"),
        pytest.param("red burnt out", False, id="burnt out"),
        pytest.param("flat", False, id="flat"),
        pytest.param("too uncertain", False, id="uncertain"),
    ],
)
@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param({"neutrals": (GREY,)}, id="sample"),
        pytest.param({"gains": GAINS}, id="Reference"),
    ],
)
def test_evidence_gets_past_what_it_answers(
    name: str, evidence: dict[str, tuple[Neutral, ...]], *, is_past: bool
) -> None:
    """A grey, or the Reference, knows the picture's own cast; neither sees what is not on film."""
    sample, solved, _ = REFUSALS[name]
    neutrals = evidence.get("neutrals", ())
    gains = GAINS if "gains" in evidence else None

    reason = doubted(sample, solved=solved, neutrals=neutrals, gains=gains)

    assert (reason is None) == is_past


@pytest.mark.parametrize(
    ("casts", "sentence"),
    [
        pytest.param((0.6, 0.0), "82% more cyan", id="cyan"),
        pytest.param((0.0, -0.7), "50% less yellow", id="little yellow"),
        pytest.param((-0.8, 0.7), "55% less cyan", id="less of one, more of another"),
    ],
)
def test_cast_is_said_of_the_right_dye(casts: tuple[float, float], sentence: str) -> None:
    """Dye and share are those of the one that strays most, as a ratio: half is as far as double."""
    tint = np.exp([casts[0], 0.0, casts[1]])
    sample = film_of(coloured(TONES + 0.6) * tint)

    reason = doubted(sample)

    assert reason is not None
    share, direction, dye = sentence.split()
    found = re.search(r"would hold (\d+)% (more|less) (\w+) than magenta", reason)
    assert found is not None, reason
    assert found.group(2, 3) == (direction, dye)
    assert int(found[1]) == pytest.approx(int(share[:-1]), abs=3)


def test_small_cast_is_no_doubt() -> None:
    """Up to `MOST_CAST` a picture may be of one hue: most are, a little."""
    tint = np.exp([0.8 * MOST_CAST, 0.0, 0.0])

    assert doubted(film_of(coloured(TONES + 0.6) * tint)) is None


def test_neutral_light_end_outweighs_a_cast() -> None:
    """A wall that is grey at the light end speaks for the dyes, however green the rest is."""
    wall = np.full((400, 3), 0.4)
    wood = coloured(TONES + 0.8) * np.array([1.9, 1.0, 1.9])

    assert doubted(film_of(np.concatenate([wall, wood]))) is None
    assert doubted(film_of(wood)) is not None


def test_limits_are_where_they_are_stated() -> None:
    """Just inside is no doubt, just outside is one."""
    for share, is_doubted in ((MOST_BURNT_OUT - 0.01, False), (MOST_BURNT_OUT + 0.01, True)):
        burnt = replace(ORDINARY, burnt_out=(share, 0.9, 0.9))
        assert (doubted(burnt) is not None) == is_doubted
    for deviation, is_doubted in ((MOST_DEVIATION - 0.01, False), (MOST_DEVIATION + 0.01, True)):
        unsure = replace(SURE, deviation=(0.0, 0.0, deviation))
        assert (doubted(ORDINARY, solved=unsure) is not None) == is_doubted
    for left, is_left in ((NOT_FADED + 0.01, False), (NOT_FADED - 0.01, True)):
        assert is_faded(replace(SURE, retention=(1.0, 1.0, left))) == is_left


def test_colour_is_measured_without_density() -> None:
    """A picture of one tint has none, whatever its contrast and its tint."""
    neutral = TONES[:, np.newaxis] * np.ones(3)

    assert measure_colour(neutral) < 1e-6
    assert measure_colour(3 * neutral * np.array([1.5, 1.0, 0.4]) + 0.2) < 1e-6
    assert measure_colour(coloured(TONES, 0.01)) < LEAST_COLOUR
    assert measure_colour(coloured(TONES, 0.1)) > LEAST_COLOUR
    assert measure_colour(np.ones((10, 3))) == 0


def toned(picture: Picture, tint: tuple[float, float, float]) -> Picture:
    """The picture in one tint."""
    luma = picture.mean(axis=2, keepdims=True)
    return np.asarray(luma * np.array(tint), np.float32)


@pytest.mark.parametrize(
    "tint", [pytest.param((1.0, 1.0, 1.0), id="grey"), pytest.param((1.0, 0.9, 0.75), id="sepia")]
)
@pytest.mark.parametrize("name", ["still life", "valley", "portrait"])
def test_black_and_white_film_is_refused(name: str, tint: tuple[float, float, float]) -> None:
    """On faded colour stock it looks pink, and no picture tells what its greys were."""
    scan = scanned(toned(fresh(name), tint), SEVERE)

    with pytest.raises(StageError, match="the picture is nearly of one tint"):
        diagnose(Film(plates=[scan]), DISPLAY_MEDIUM, BalanceTable())


def test_every_refusal_names_a_way_that_gets_past() -> None:
    """A sepia print: refused; a stated retention, a neutral place, or amount 0 gets past."""
    scan = scanned(toned(fresh("still life"), (1.0, 0.9, 0.75)), SEVERE)
    film = Film(plates=[scan])

    with pytest.raises(StageError, match="nearly of one tint") as caught:
        diagnose(film, DISPLAY_MEDIUM, BalanceTable())

    assert WAYS_OUT in str(caught.value)
    stated = diagnose(film, DISPLAY_MEDIUM, BalanceTable(retention=(0.2, 0.88, 0.55)))
    assert stated.spoke == ("[balance] retention",)
    assert stated.deviation == (0.0, 0.0, 0.0)
    left_out = diagnose(film, DISPLAY_MEDIUM, BalanceTable(amount=0.0))
    np.testing.assert_allclose(left_out.balance.apply(scan), scan, atol=1e-6)
    grey = np.array([1.0, 1.0, 1.0]) @ (dye_matrix() * [0.2, 0.88, 0.55]).T
    pinned = diagnose(
        replace(film, neutrals=[(triple(grey), "grey")]), DISPLAY_MEDIUM, BalanceTable()
    )
    assert pinned.spoke == ("1 neutral sample(s)",)
    assert pinned.balance.retention.cyan == pytest.approx(0.2, abs=0.05)


def test_reference_that_is_not_asked_is_said_in_the_refusal() -> None:
    """`give a Reference` is no help to who gave one: why it was not asked comes first."""
    original = fresh("valley")
    scan = scanned(original, SEVERE)
    grey = np.repeat(original.mean(axis=2, keepdims=True), 3, axis=2)
    beside = [(DISPLAY_MEDIUM.look(scan), DISPLAY_MEDIUM.look(grey))]

    with pytest.raises(StageError) as caught:
        diagnose(Film(plates=[scan], beside=beside), DISPLAY_MEDIUM, BalanceTable())

    assert caught.value.problem.startswith(
        "the Reference has hardly any colour: it is not asked; no neutral is seen"
    )
