"""A faded picture diagnosed: how near the truth it comes, and what it makes of what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.balance.course import Course, plan_course
from chromaresolve.balance.diagnosis import UNDIAGNOSED, Diagnosis, Film, diagnose
from chromaresolve.balance.encodings import decode
from chromaresolve.balance.grain import BLOCK_PX, FLATTEST, LARGEST_GROWTH, measure_growth
from chromaresolve.balance.medium import (
    CLEAR_DENSITY,
    CLEAR_PERCENTILE,
    MASTER,
    SCENE,
    Medium,
    at_level,
    find_level,
)
from chromaresolve.balance.negative import invert, looks_negative
from chromaresolve.balance.sampling import Look, sample_film
from chromaresolve.balance.transform import DyeBalance, apply_dye_balance
from chromaresolve.colour import convert, delta_e_2000, rgb_to_luma
from chromaresolve.errors import StageError
from chromaresolve.fade import (
    MILD,
    MODERATE,
    SEVERE,
    WHOLE,
    Fading,
    Retention,
    Telecine,
    dye_matrix,
    fade_frame,
    fade_matrix,
    make_reference,
    negative_frame,
)
from chromaresolve.fade.negative import BASE_DENSITY
from chromaresolve.fade.negative import GAMMA as NEGATIVE_GAMMA
from chromaresolve.shot import BalanceTable
from small_pictures import DISPLAY_MEDIUM, PAINTERS, STEPS, Picture, fresh, scanned

MEDIAN_MISS, WORST_MISS = 0.05, 0.12
"""How far a retention may be off: what the solver is judged by."""

PLAIN = BalanceTable()
"""Nothing set."""

DYES = ("cyan", "magenta", "yellow")


def left_of(retention: Retention) -> NDArray[np.float64]:
    """What is left of cyan, magenta and yellow."""
    return np.array([getattr(retention, dye) for dye in DYES])


@dataclass(frozen=True)
class Case:
    """What came of one picture faded by one step."""

    picture: str
    step: str
    misses: NDArray[np.float64] | None
    """Of each dye; None where it was refused."""
    reason: str = ""
    deviation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    is_left_alone: bool = False


FAST_STEPS = ("mild", "moderate", "severe")
"""Steps of fading that every run tries; the fourth is slow-marked."""


@lru_cache(maxsize=2)
def trials(steps: tuple[str, ...] = FAST_STEPS) -> tuple[Case, ...]:
    """Every picture at steps of fading, each from one frame with nothing set."""
    return tuple(try_one(name, step) for name in PAINTERS for step in steps)


def try_one(name: str, step: str) -> Case:
    """Fade one picture, and diagnose it."""
    film = Film(plates=[scanned(fresh(name), STEPS[step])])
    try:
        found = diagnose(film, DISPLAY_MEDIUM, PLAIN)
    except StageError as error:
        return Case(name, step, None, reason=error.problem)
    return Case(
        name,
        step,
        np.abs(left_of(found.balance.retention) - left_of(STEPS[step])),
        deviation=found.deviation,
        is_left_alone=found.balance.retention == WHOLE,
    )


def told(cases: Sequence[Case]) -> str:
    """The cases in lines, for a test that failed."""
    return "\n".join(
        f"{c.picture}, {c.step}: {c.reason[:60] if c.misses is None else c.misses.round(3)}"
        for c in cases
    )


@pytest.mark.slow
def test_retentions_are_found_in_the_median() -> None:
    """Over eight pictures and three steps, half of the answers are within 0.05 of every dye."""
    answered = [c.misses for c in trials() if c.misses is not None]

    assert np.median(np.max(answered, axis=1)) <= MEDIAN_MISS, told(trials())


@pytest.mark.slow
def test_no_answer_is_far_off() -> None:
    """Each answer is within 0.12 of every dye; what would not be was refused."""
    answers = [c for c in trials() if c.misses is not None and not c.is_left_alone]

    worst = max(float(np.max(c.misses)) for c in answers if c.misses is not None)
    assert worst <= WORST_MISS, told(answers)


@pytest.mark.slow
def test_most_pictures_are_answered() -> None:
    """A solver that refuses all is right about all: three quarters must have an answer."""
    answered = [c for c in trials() if c.misses is not None]

    assert len(answered) >= 0.75 * len(trials()), told(trials())
    for case in trials():
        assert case.misses is not None or "[balance] retention" in case.reason


def test_what_is_left_alone_is_hardly_faded() -> None:
    """Film said not to look faded is mildly faded at most, and is not said to be surely whole."""
    alone = [c for c in trials() if c.is_left_alone]

    assert {c.step for c in alone} <= {"mild"}, told(alone)
    for case in alone:
        assert case.misses is not None
        assert (case.misses <= 2 * np.array(case.deviation)).all(), told([case])


@pytest.mark.slow
def test_extreme_fading_is_found_as_well() -> None:
    """With 8 % of the cyan left more are refused; answers are held to what the others are."""
    cases = trials(("extreme",))
    answered = [c.misses for c in cases if c.misses is not None]

    assert len(answered) > 0.5 * len(cases), told(cases)
    assert np.median(np.max(answered, axis=1)) <= MEDIAN_MISS, told(cases)
    assert np.max(answered) <= WORST_MISS, told(cases)


def test_deviation_holds_two_thirds() -> None:
    """`Give or take` means it: two of three dyes are within one deviation, all but few in two."""
    ratios = np.array([c.misses / c.deviation for c in trials() if c.misses is not None])

    assert (ratios <= 1).mean() > 0.66
    assert (ratios <= 2).mean() > 0.95


@pytest.mark.parametrize("stock", ["5381", "2383"])
def test_other_stocks_hardly_matter(stock: str) -> None:
    """Film of any stock, solved as the generic one: the dyes are nearly the same."""
    fading = Fading(retention=MODERATE, stock=stock)
    scan = fade_frame(fresh("still life"), fading, frame=0)

    found = diagnose(Film(plates=[scan]), DISPLAY_MEDIUM, PLAIN)

    misses = np.abs(left_of(found.balance.retention) - left_of(MODERATE))
    assert misses.max() <= WORST_MISS


def test_frames_together_are_one_answer() -> None:
    """A shot's frames are looked at as one film, in any order."""
    scans = [scanned(fresh(f"fair {n}"), MODERATE, frame=n) for n in (0, 11, 23)]

    found = diagnose(Film(plates=scans), DISPLAY_MEDIUM, PLAIN)
    turned = diagnose(Film(plates=scans[::-1]), DISPLAY_MEDIUM, PLAIN)

    np.testing.assert_allclose(
        left_of(found.balance.retention), left_of(turned.balance.retention), atol=1e-4
    )
    assert np.abs(left_of(found.balance.retention) - left_of(MODERATE)).max() <= WORST_MISS


def test_gate_changes_nothing() -> None:
    """A scanner's gate around the picture: the same diagnosis to a hundredth."""
    scan = scanned(fresh("evening room"), SEVERE)
    gated = cv2.copyMakeBorder(scan, 9, 12, 20, 15, cv2.BORDER_CONSTANT, value=3 * (0.015,))

    plain, in_gate = (
        diagnose(Film(plates=[np.asarray(one, np.float32)]), DISPLAY_MEDIUM, PLAIN)
        for one in (scan, gated)
    )

    np.testing.assert_allclose(
        left_of(in_gate.balance.retention), left_of(plain.balance.retention), atol=0.01
    )


def test_diagnosis_is_a_sentence() -> None:
    """The line that people read has a share for each dye, leading with the one that fades first."""
    retention = Retention(cyan=0.24, magenta=0.914, yellow=0.6)
    found = Diagnosis(
        balance=DyeBalance(retention=retention),
        deviation=(0.0, 0.0, 0.0),
        burnt_out=(0.0, 0.0, 0.0),
        spoke=(),
    )

    assert found.sentence == "cyan 24 % left, magenta 91 %, yellow 60 %"


def test_fresh_film_is_left_alone() -> None:
    """Film that does not look faded stays as it is, to the last bit that float32 has."""
    scan = scanned(fresh("still life"), WHOLE)

    found = diagnose(Film(plates=[scan]), DISPLAY_MEDIUM, PLAIN)

    assert "does not look faded" in found.notes[0]
    assert found.deviation[0] > 0.1, "nobody can be sure of a tenth"
    np.testing.assert_allclose(found.balance.apply(scan), scan, atol=1e-5)


def test_light_fading_is_said() -> None:
    """Magenta gone first: measured, and the artist is told what that means."""
    bleached = Retention(cyan=0.7, magenta=0.35, yellow=0.55)
    scan = scanned(fresh("still life"), bleached)

    found = diagnose(Film(plates=[scan]), DISPLAY_MEDIUM, PLAIN)

    assert "magenta has gone first, as under a projector's lamp" in found.notes
    assert np.abs(left_of(found.balance.retention) - left_of(bleached)).max() <= WORST_MISS


def test_what_the_artist_states_is_in_the_balance() -> None:
    """Every value of [balance] that is no question comes out as it was put in."""
    table = BalanceTable(
        stock="5384",
        retention=(0.3, 0.9, 0.6),
        base=(0.02, 0.03, 0.08),
        red_gain_cap=3.0,
        amount=0.7,
        contrast=1.1,
        printer=(1.0, -2.0, 3.0),
        knee=0.1,
        luma="scan",
    )

    found = diagnose(Film(plates=[scanned(fresh("portrait"), SEVERE)]), DISPLAY_MEDIUM, table)

    assert found.balance == DyeBalance(
        retention=Retention(cyan=0.3, magenta=0.9, yellow=0.6),
        encoding="gamma24",
        stock="5384",
        base=(0.02, 0.03, 0.08),
        amount=0.7,
        red_gain_cap=3.0,
        printer=(1.0, -2.0, 3.0),
        contrast=1.1,
        knee=0.1,
        luma="scan",
    )
    assert found.spoke == ("[balance] retention",)


def test_neutral_place_is_heard() -> None:
    """The evening's brown wall misleads by little; a newspaper's grey makes it less."""
    scan = scanned(fresh("evening room"), MILD)
    paper = decode(scan[88:104, 80:104], "gamma24").mean(axis=(0, 1))
    density = (-float(np.log10(paper[0])), -float(np.log10(paper[1])), -float(np.log10(paper[2])))
    film = Film(plates=[scan])

    alone, helped = (
        diagnose(one, DISPLAY_MEDIUM, PLAIN)
        for one in (film, replace(film, neutrals=[(density, "grey")]))
    )

    misses = [abs(found.balance.retention.cyan - MILD.cyan) for found in (alone, helped)]
    assert misses[1] < misses[0]
    assert helped.deviation[0] < alone.deviation[0]
    assert helped.spoke == ("1 neutral sample(s)",)


TELECINE = Telecine(
    size=(180, 144),
    shift_px=(1.0, -1.0),
    scale=1.01,
    gamma=1.06,
    saturation=0.95,
    blur=0.5,
    noise=0.005,
    jpeg_quality=85,
)
"""An old standard-definition copy of the fresh film, for these small pictures."""


def beside(scan: Picture, reference: Picture) -> list[tuple[Look, Look]]:
    """Source and Reference of one frame."""
    return [(DISPLAY_MEDIUM.look(scan), DISPLAY_MEDIUM.look(reference))]


@pytest.mark.parametrize("name", ["fair 0", "fair 23", "valley", "evening room"])
def test_reference_answers_the_hard_ones(name: str) -> None:
    """With a telecine of the fresh film beside it, no picture is refused and none far off."""
    scan = scanned(fresh(name), MODERATE)
    film = Film(plates=[scan], beside=beside(scan, make_reference(fresh(name), TELECINE, frame=0)))

    found = diagnose(film, DISPLAY_MEDIUM, PLAIN)

    assert found.spoke == ("the Reference",)
    misses = np.abs(left_of(found.balance.retention) - left_of(MODERATE))
    assert misses.max() <= MEDIAN_MISS, misses


def grey(picture: Picture) -> Picture:
    """The picture without its colours."""
    return np.asarray(np.repeat(rgb_to_luma(picture)[..., np.newaxis], 3, axis=2), np.float32)


def faded_as_well(picture: Picture) -> Picture:
    """A Reference from a print that is no better."""
    return scanned(picture, SEVERE, frame=9)


NOT_ASKED = {
    "no colour": (grey, "the Reference has hardly any colour: it is not asked"),
    "of another picture": (
        lambda _picture: fresh("corridor"),
        "the Reference does not show what the Source does: it is not asked",
    ),
    "faded itself": (faded_as_well, "the Reference looks faded itself, to "),
    "black": (np.zeros_like, "the Reference shows no picture: it is not asked"),
    "burnt out": (np.ones_like, "the Reference shows no picture: it is not asked"),
}
"""What is wrong with the Reference, and what is said."""


@pytest.mark.parametrize(("make", "sentence"), NOT_ASKED.values(), ids=NOT_ASKED.keys())
def test_bad_reference_is_said_and_not_asked(make: object, sentence: str) -> None:
    """The diagnosis is that of the picture alone, and the note says why."""
    assert callable(make)
    original = fresh("portrait")
    scan = scanned(original, SEVERE)
    film = Film(plates=[scan])

    alone = diagnose(film, DISPLAY_MEDIUM, PLAIN)
    found = diagnose(replace(film, beside=beside(scan, make(original))), DISPLAY_MEDIUM, PLAIN)

    assert [note for note in found.notes if note.startswith(sentence)]
    assert found.balance == alone.balance
    assert found.spoke == ()


def test_good_frames_of_a_reference_are_asked() -> None:
    """One pair that does not match, of an edit that differs, does not spoil the others."""
    original = fresh("portrait")
    scan = scanned(original, SEVERE)
    pairs = [*beside(scan, original), *beside(scan, fresh("corridor"))]

    found = diagnose(Film(plates=[scan], beside=pairs), DISPLAY_MEDIUM, PLAIN)

    assert found.spoke == ("the Reference",)


NEGATIVES = [
    pytest.param(WHOLE, id="fresh"),
    pytest.param(MILD, id="mildly faded"),
]


@pytest.mark.parametrize("retention", NEGATIVES)
@pytest.mark.parametrize("name", PAINTERS)
def test_negative_is_recognised_and_refused(name: str, retention: Retention) -> None:
    """A colour negative that nobody stated is refused, with the line to write."""
    scan = scanned(negative_frame(fresh(name), retention=retention), WHOLE)

    with pytest.raises(StageError, match="this looks like a colour negative") as caught:
        diagnose(Film(plates=[scan]), DISPLAY_MEDIUM, PLAIN)

    assert "write negative = true in [source] of shot.toml to invert it" in str(caught.value)


POSITIVES = [
    WHOLE,
    *STEPS.values(),
    Retention(cyan=0.7, magenta=0.35, yellow=0.55),
    Retention(cyan=0.5, magenta=1.0, yellow=1.0),
]
"""Dark fading, light fading, and cyan alone gone: the most orange that a print becomes."""

STAINS = ((0.0, 0.0, 0.0), (0.0, 0.05, 0.15))
"""R, G, B density of the base: none, and as much as old prints have."""


@pytest.mark.parametrize("name", PAINTERS)
def test_no_faded_positive_is_taken_for_a_negative(name: str) -> None:
    """Prints of every fading, printed up to two stops too dark, stained or not, are prints."""
    sample = sample_film([DISPLAY_MEDIUM.look(fresh(name))], (0, 0, 0, 0))
    for retention, stain, stops in product(POSITIVES, STAINS, (0, 1, 2)):
        # Averaging and fading are both linear in density: the order makes no difference.
        faded = (sample.density + stops * np.log10(2)) @ fade_matrix(retention).T + stain
        assert not looks_negative(faded.astype(np.float32)), (retention, stain, stops)


def test_stated_negative_is_inverted() -> None:
    """`negative = true`: a positive whose tones follow the scene's, greys neutral, order kept."""
    original = fresh("portrait")
    scan = scanned(negative_frame(original), WHOLE)

    found = diagnose(Film(plates=[scan], negative=True), DISPLAY_MEDIUM, PLAIN)
    positive = found.balance.apply(scan)

    assert np.corrcoef(rgb_to_luma(positive).ravel(), rgb_to_luma(original).ravel())[0, 1] > 0.95
    assert np.median(delta_e_2000(positive, original)) < 8
    assert found.notes == (UNDIAGNOSED,)
    assert found.grain_growth == 1


def test_stated_positive_is_none() -> None:
    """`negative = false` is believed: nothing is inverted, and nobody is asked again."""
    scan = scanned(negative_frame(fresh("portrait")), WHOLE)
    table = BalanceTable(retention=(0.5, 0.93, 0.75))

    found = diagnose(Film(plates=[scan], negative=False), DISPLAY_MEDIUM, table)

    assert found.balance.contrast == 1


def test_faded_negative_is_inverted_with_the_stated_retention() -> None:
    """What is left of its dyes is not measured; stated, it is undone, and nothing is noted."""
    original = fresh("valley")
    scan = negative_frame(original, retention=MODERATE)
    stated = BalanceTable(retention=(0.5, 0.93, 0.75))

    as_if_fresh, undone = (
        diagnose(Film(plates=[scan], negative=True), DISPLAY_MEDIUM, table)
        for table in (PLAIN, stated)
    )

    misses = [
        float(np.median(delta_e_2000(found.balance.apply(scan), original)))
        for found in (as_if_fresh, undone)
    ]
    assert misses[1] < 0.5 * misses[0]
    assert undone.notes == ()


def test_inverting_gives_light_in_proportion() -> None:
    """Greys of known exposure on a negative of gamma 0.6: light comes back, white where densest."""
    exposure = np.geomspace(0.01, 1, 400)
    above = NEGATIVE_GAMMA * np.log10(exposure / exposure[0])
    density = (np.array(BASE_DENSITY) + above[:, np.newaxis]).astype(np.float32)
    density = np.concatenate(
        [np.tile(density[:1], (40, 1)), density, np.tile(density[-1:], (40, 1))]
    )

    balance = replace(invert(density, WHOLE), encoding="linear")
    light = apply_dye_balance((10.0 ** -density[40:-40]).astype(np.float32), balance)

    np.testing.assert_allclose(light, exposure[:, np.newaxis] * np.ones(3), rtol=0.01)


SCENE_MEDIUM = Medium(
    space="display", plate_space="display", is_scene=True, config=None, reason="a test says so"
)
"""Display plates, measured in the scene's light through the inverse output transform."""

MASTER_MEDIUM = replace(SCENE_MEDIUM, space=MASTER)
"""The same with the ACES original behind them."""


def faded_scene(original_709: Picture, retention: Retention) -> Picture:
    """ACEScg of a scene whose density, from clear film on, has faded."""
    light = convert(original_709, from_space="display", to_space=SCENE)
    clear = float(np.percentile(light.max(axis=2), CLEAR_PERCENTILE)) * 10**CLEAR_DENSITY
    density = -np.log10(np.maximum(light, 1e-6) / clear)
    return np.asarray(clear * 10 ** -(density @ fade_matrix(retention).T), np.float32)


SCENES = ("still life", "portrait", "evening room", "corridor")
"""Pictures whose fading in the scene still fits the screen."""


@pytest.mark.parametrize(
    ("medium", "names"),
    [
        pytest.param(SCENE_MEDIUM, SCENES, id="scan"),
        pytest.param(MASTER_MEDIUM, SCENES[:2], id="master"),
    ],
)
def test_fading_in_the_scene_is_found(medium: Medium, names: Sequence[str]) -> None:
    """Density before the output transform: through its inverse, or in the ACES original."""
    misses = []
    for name in names:
        scene = faded_scene(fresh(name), MODERATE)
        plate = convert(scene, from_space=SCENE, to_space=medium.space)
        found = diagnose(Film(plates=[plate]), medium, PLAIN).balance
        assert found.encoding == "acescct"
        misses.append(np.abs(left_of(found.retention) - left_of(MODERATE)))

    assert np.max(misses) <= WORST_MISS, np.round(misses, 3)
    assert np.median(misses) <= MEDIAN_MISS, np.round(misses, 3)


def test_scene_taken_for_display_is_another_fading() -> None:
    """Why there is a choice: measured on the screen, the same film seems to have lost more."""
    scan = convert(faded_scene(fresh("still life"), MODERATE), from_space=SCENE, to_space="display")

    in_scene, on_screen = (
        diagnose(Film(plates=[scan]), medium, PLAIN).balance.retention.cyan
        for medium in (SCENE_MEDIUM, DISPLAY_MEDIUM)
    )

    assert abs(on_screen - MODERATE.cyan) > abs(in_scene - MODERATE.cyan) + 0.03


def test_balance_through_the_master_is_the_fresh_film() -> None:
    """With the true retention stated, the plates made through the original are the fresh ones."""
    original = fresh("still life")
    master = convert(faded_scene(original, MODERATE), from_space=SCENE, to_space=MASTER)
    stated = BalanceTable(retention=(0.5, 0.93, 0.75))

    found = diagnose(Film(plates=[master]), MASTER_MEDIUM, stated)
    balanced = MASTER_MEDIUM.apply(master, found.balance)

    assert np.median(delta_e_2000(balanced, original)) < 3


def test_node_in_resolve_does_what_the_plates_had_done() -> None:
    """ACEScct in, the shader's transform, ACEScct out: the plates that the stage writes."""
    scan = convert(faded_scene(fresh("portrait"), MODERATE), from_space=SCENE, to_space="display")
    found = diagnose(Film(plates=[scan]), SCENE_MEDIUM, PLAIN)

    node = convert(np.clip(scan, 0, 1), from_space="display", to_space="ACEScct")
    shown = convert(found.balance.apply(node), from_space="ACEScct", to_space="display")

    np.testing.assert_allclose(shown, SCENE_MEDIUM.apply(scan, found.balance), atol=2e-3)


def test_plates_keep_what_no_output_transform_makes() -> None:
    """Values below 0 and beyond 1 are set aside and put back: nothing is clamped."""
    scan = np.array([[[-0.1, 0.5, 0.5], [0.4, 1.3, 0.4]]], np.float32)
    balance = DyeBalance(retention=MODERATE, encoding="acescct")

    balanced = SCENE_MEDIUM.apply(scan, balance)
    held = SCENE_MEDIUM.apply(np.clip(scan, 0, 1), balance)

    np.testing.assert_allclose(balanced - held, scan - np.clip(scan, 0, 1), atol=1e-6)


@pytest.mark.parametrize("stops", [-3, 2], ids=["darker", "lighter"])
def test_exposure_of_a_scene_changes_nothing_but_light(stops: int) -> None:
    """A scene scanned at another level: the same fading, and the same picture that much lighter."""
    master = convert(faded_scene(fresh("portrait"), SEVERE), from_space=SCENE, to_space=MASTER)
    lit = master * np.float32(2.0**stops)

    one, two = (diagnose(Film(plates=[m]), MASTER_MEDIUM, PLAIN) for m in (master, lit))

    np.testing.assert_allclose(
        left_of(one.balance.retention), left_of(two.balance.retention), atol=0.005
    )
    scene, lit_scene = (convert(m, from_space=MASTER, to_space=SCENE) for m in (master, lit))
    np.testing.assert_allclose(
        replace(two.balance, encoding="linear").apply(lit_scene),
        replace(one.balance, encoding="linear").apply(scene) * 2.0**stops,
        rtol=0.02,
        atol=1e-4,
    )


def test_level_is_where_film_is_clear() -> None:
    """With clear light of 4 in a bright frame, a dim one and broken pixels, it is that of 4."""
    light = np.random.default_rng(0).uniform(0.01, 3.9, (90, 160, 3)).astype(np.float32)
    light[:10] = 4.0
    light[50, 50] = np.nan
    light[60, :40] = np.inf
    looks = [Look(light=one, display_709=one) for one in (light, light * np.float32(0.1))]

    assert find_level(looks) == pytest.approx(-np.log10(4) - CLEAR_DENSITY, abs=0.01)


def test_balance_at_a_level_is_the_balance_moved() -> None:
    """Light through a darker film is balanced like light through a clear one, and as dark."""
    balance = DyeBalance(retention=SEVERE, encoding="linear", base=(0.02, 0.03, 0.1))
    light = np.random.default_rng(0).uniform(0.01, 1, (50, 3)).astype(np.float32)
    factor = np.float32(10**-0.7)

    moved = apply_dye_balance(light * factor, at_level(balance, 0.7))

    np.testing.assert_allclose(moved, apply_dye_balance(light, balance) * factor, rtol=1e-4)


def flat(level: float, noise: float, seed: int = 0) -> Picture:
    """An even grey with noise."""
    stray = np.random.default_rng(seed).normal(0, noise, (96, 160, 1))
    return np.asarray(level + np.repeat(stray, 3, axis=2), np.float32)


@pytest.mark.parametrize("gain", [0.5, 1.0, 1.6, 4.0])
def test_growth_of_grain_is_the_gain_of_it(gain: float) -> None:
    """Grain that is multiplied has grown by that much, whatever becomes of the tone."""
    scan = flat(0.5, 0.01)

    assert measure_growth(scan, (scan - 0.5) * gain + 0.2) == pytest.approx(gain, rel=0.01)


def test_growth_looks_where_it_is_flat() -> None:
    """Beside an edge the picture's own contrast grows too: that is no grain."""
    scan = flat(0.4, 0.01)
    balanced = scan.copy()
    stripes = np.sin(np.arange(80) * 0.9).astype(np.float32)[:, np.newaxis]
    scan[:, 80:] += 0.1 * stripes
    balanced[:, 80:] += 0.4 * stripes

    assert measure_growth(scan, balanced) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("scan", "balanced"),
    [
        pytest.param(flat(0.5, 0.0), flat(0.5, 0.01), id="no grain before"),
        pytest.param(flat(0.5, 0.0002), flat(0.5, 0.0008), id="too little to be seen"),
        pytest.param(flat(0.5, 0.01)[: BLOCK_PX - 1], flat(0.5, 0.05)[: BLOCK_PX - 1], id="small"),
    ],
)
def test_growth_is_one_where_there_is_nothing_to_measure(scan: Picture, balanced: Picture) -> None:
    """No ratio of nothing, and none of what nobody sees."""
    assert measure_growth(scan, balanced) == 1


def true_growth(scan: Picture, clean: Picture, balance: DyeBalance) -> float:
    """Luma grain after the balance over that before, where the picture without grain is flat.

    Known only because the same film without grain is known.
    """
    before = rgb_to_luma(scan) - rgb_to_luma(clean)
    after = rgb_to_luma(balance.apply(scan)) - rgb_to_luma(balance.apply(clean))
    smooth = np.asarray(cv2.GaussianBlur(rgb_to_luma(clean), (0, 0), 3), np.float32)
    unrest, one, two = (blocks(plane).std(axis=1) for plane in (smooth, before, after))
    is_flat = unrest <= np.percentile(unrest, FLATTEST)
    return float(np.median(two[is_flat] / one[is_flat]))


def blocks(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squares of a plane whose sides are cut to whole ones, (n, pixels)."""
    rows, columns = (side // BLOCK_PX for side in plane.shape)
    cut = plane[: rows * BLOCK_PX, : columns * BLOCK_PX]
    tiles = cut.reshape(rows, BLOCK_PX, columns, BLOCK_PX).swapaxes(1, 2)
    return tiles.reshape(rows * columns, -1)


SCAN_LUMA = 'luma_from = "scan" in [source]'
"""What is proposed where luma's grain grows too much."""


@pytest.mark.parametrize("noise", [0.004, 0.02], ids=["quiet scanner", "noisy scanner"])
@pytest.mark.parametrize("step", ["mild", "moderate", "severe"])
def test_luma_grain_does_not_grow_unsaid(step: str, noise: float) -> None:
    """Truly grown by a quarter or less, or the scan's own luma is proposed aloud."""
    retention = STEPS[step]
    cyan, magenta, yellow = left_of(retention)
    table = BalanceTable(retention=(float(cyan), float(magenta), float(yellow)))
    for name in ("valley", "corridor"):
        scan = scanned(fresh(name), retention, noise=noise)
        found = diagnose(Film(plates=[scan]), DISPLAY_MEDIUM, table)
        clean = fade_frame(fresh(name), Fading(retention=retention), frame=0)
        growth = true_growth(scan, clean, found.balance)

        is_proposed = any(SCAN_LUMA in note for note in found.notes)
        assert growth <= LARGEST_GROWTH or is_proposed, (name, growth)
        assert is_proposed == (found.grain_growth > LARGEST_GROWTH)
        assert found.grain_growth > growth - 0.1, "measured grain is never much less than the true"


def test_noisy_scan_proposes_its_own_luma() -> None:
    """Noise as strong as an old telecine's, and little cyan left: the note says by how much."""
    scan = scanned(fresh("corridor"), SEVERE, noise=0.02)

    found = diagnose(Film(plates=[scan]), DISPLAY_MEDIUM, PLAIN)

    note = next(note for note in found.notes if SCAN_LUMA in note)
    assert f"{found.grain_growth:.2f} times the scan's" in note
    assert found.grain_growth > LARGEST_GROWTH


def test_luma_is_chosen_by_its_grain() -> None:
    """Plain luma where it grows little; where the healthiest mix saves a tenth, that; as said."""
    quiet = Film(plates=[scanned(fresh("still life"), MODERATE)])
    noisy = Film(plates=[scanned(fresh("valley"), SEVERE, noise=0.02)])
    table = BalanceTable(retention=(0.2, 0.88, 0.55))

    plain, healthiest = (diagnose(film, DISPLAY_MEDIUM, table) for film in (quiet, noisy))
    asked = diagnose(noisy, DISPLAY_MEDIUM, table.model_copy(update={"luma": "balance"}))

    assert plain.balance.luma == "balance"
    assert healthiest.grain_growth <= asked.grain_growth
    assert asked.balance.luma == "balance"
    is_said = any("healthier records" in note for note in healthiest.notes)
    assert is_said == (healthiest.balance.luma == "healthiest")


def test_neutrals_come_out_neutral() -> None:
    """What it is all for: greys of a faded print, balanced, are grey within a just visible step."""
    original = fresh("corridor")
    greys = np.repeat(np.linspace(0.25, 0.9, 40, dtype=np.float32)[np.newaxis, :, np.newaxis], 3, 2)
    found = diagnose(Film(plates=[scanned(original, MODERATE)]), DISPLAY_MEDIUM, PLAIN)

    faded = fade_frame(greys, Fading(retention=MODERATE), frame=0)
    balanced = found.balance.apply(faded)
    neutral = np.repeat(rgb_to_luma(balanced)[..., np.newaxis], 3, axis=2)

    before = delta_e_2000(faded, np.repeat(rgb_to_luma(faded)[..., np.newaxis], 3, axis=2))
    assert np.median(before) > 10
    assert np.max(delta_e_2000(balanced, neutral)) < 4


def test_matrix_of_the_answer_is_the_inverse_of_the_fading() -> None:
    """Where nothing is capped, the balance of the true retention undoes the film's own 3x3."""
    undo = dye_matrix() @ np.diag(1 / left_of(MODERATE)) @ np.linalg.inv(dye_matrix())

    np.testing.assert_allclose(undo @ fade_matrix(MODERATE), np.eye(3), atol=1e-12)


def reel(first: Retention, last: Retention) -> list[Picture]:
    """Four frames of a pan whose film is faded so at its first, and so at its last, and between."""
    ends = np.log(left_of(first)), np.log(left_of(last))
    frames = []
    for number in range(4):
        cyan, magenta, yellow = np.exp(ends[0] + (ends[1] - ends[0]) * number / 3)
        kept = Retention(cyan=float(cyan), magenta=float(magenta), yellow=float(yellow))
        panned = np.ascontiguousarray(np.roll(fresh("still life"), 9 * number, axis=1))
        frames.append(scanned(panned, kept, frame=number))
    return frames


def plan(frames: Sequence[Picture]) -> tuple[Course, str]:
    """The course through a reel, by its halves."""
    early, late = (
        diagnose(Film(plates=part), DISPLAY_MEDIUM, PLAIN) for part in (frames[:2], frames[2:])
    )
    return plan_course(early, (0, early), (3, late))


def test_reel_that_drifts_is_followed() -> None:
    """Half of the cyan left at one end and a fifth at the other: both ends come out right."""
    course, sentence = plan(reel(MODERATE, SEVERE))

    assert sentence.startswith("the reel drifts: cyan ")
    assert course.ends is not None
    for frame, truth in ((0, MODERATE), (3, SEVERE)):
        found = left_of(course.at(frame).retention)
        assert np.abs(found - left_of(truth)).max() <= WORST_MISS, (frame, found)
    steps = np.diff([course.at(frame).retention.cyan for frame in range(4)])
    assert (steps < 0).all(), "steadily, so that nothing flickers"


def test_reel_that_does_not_drift_has_one_balance() -> None:
    """The picture's own change from one end to the other is no drift."""
    course, sentence = plan(reel(MODERATE, MODERATE))

    assert sentence == "the reel's ends do not differ: one balance for all"
    assert course.ends is None
    assert course.at(0) == course.at(3) == course.balance


def end_of_reel(retention: Retention, level: float) -> Diagnosis:
    """What was found at an end of a reel, in scene light of a level."""
    balance = DyeBalance(retention=retention, encoding="acescct", base=(0.01, 0.01, 0.03))
    return Diagnosis(
        balance=at_level(balance, level),
        deviation=(0.02, 0.02, 0.02),
        burnt_out=(0.0, 0.0, 0.0),
        spoke=(),
    )


def test_drift_does_not_darken_the_reel() -> None:
    """Ends whose scenes are lit otherwise have levels of their own: each is balanced at its own."""
    early, late = end_of_reel(MODERATE, -1.2), end_of_reel(SEVERE, 0.3)

    course, _ = plan_course(early, (10, early), (20, late))

    for frame, end in ((10, early), (20, late)):
        assert course.at(frame) == replace(end.balance, retention=course.at(frame).retention)
        np.testing.assert_allclose(
            left_of(course.at(frame).retention), left_of(end.balance.retention), atol=1e-9
        )


def test_drift_never_makes_more_dye_than_there_was() -> None:
    """On the line through two ends and beyond them, no share passes 1 or reaches 0."""
    early, late = end_of_reel(MILD, 0.0), end_of_reel(SEVERE, 0.0)

    course, _ = plan_course(early, (0, early), (10, late))

    for frame in (-20, -5, 0, 5, 10, 30):
        kept = left_of(course.at(frame).retention)
        assert (kept > 0).all()
        assert (kept <= 1).all()
    between = course.at(5).retention.cyan
    assert between == pytest.approx(np.sqrt(MILD.cyan * SEVERE.cyan))
