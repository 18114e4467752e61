"""How much of each dye is left: clouds of dye whose answer is known, and what each thing adds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.balance.cues import (
    LEAST_CELLS,
    LEAST_DYE,
    find_cues,
    measure_gains,
)
from chromaresolve.balance.sampling import Sample
from chromaresolve.balance.solving import (
    BASE_DEVIATION,
    DARK_FADING,
    FADING_PRIOR,
    FRESH_MAGENTA,
    LEAST_LEFT,
    LIGHT_FADING,
    MAGENTA_DEVIATION,
    USUAL,
    YELLOW_DEVIATION,
    Evidence,
    Habits,
    Neutral,
    Solved,
    habits_of,
    solve_retention,
)
from chromaresolve.fade import DEFAULT_STOCK, EXTREME, MILD, MODERATE, SEVERE, STOCKS, dye_matrix
from dye_clouds import HABITUAL, Triple, triple, usual_cloud

Numbers = NDArray[np.float64]

ALL_AGREES = 0.02
"""Miss of a retention where habits and proportion are those assumed: the pull to the middle of
`FADING_PRIOR`, which nearly no evidence is against."""

OWN_PROPORTION = 0.03
"""The same where the dyes keep another proportion, as measured films do."""


def solve(
    sample: Sample,
    *,
    habits: Habits = USUAL,
    gains: Triple | None = None,
    neutrals: tuple[Neutral, ...] = (),
    stock: str = DEFAULT_STOCK,
) -> Solved:
    """The likeliest fading of a sample."""
    return solve_retention(
        Evidence(cues=find_cues(sample, stock), habits=habits, gains=gains, neutrals=neutrals)
    )


def dark_faded(leading: float) -> Numbers:
    """Retentions in the proportion of dark fading, by the logarithm of cyan's."""
    return np.exp(leading * np.array(DARK_FADING))


def ratio_of(solved: Solved) -> float:
    """Logarithm of what is left of cyan over magenta."""
    return float(np.log(solved.retention[0] / solved.retention[1]))


@pytest.mark.parametrize("leading", [-0.05, -0.2, -0.5, -0.9, -1.6, -2.5, -3.5])
def test_known_fading_is_found(leading: float) -> None:
    """A picture of usual habits, faded in the usual proportion: 95 % to 3 % of cyan come back."""
    kept = dark_faded(leading)

    solved = solve(usual_cloud(kept))

    np.testing.assert_allclose(solved.retention, kept, atol=ALL_AGREES)
    np.testing.assert_allclose(solved.base, 0, atol=0.002)
    assert not solved.is_light_fading


@pytest.mark.parametrize(
    "retention",
    [
        pytest.param(MILD, id="mild"),
        pytest.param(MODERATE, id="moderate"),
        pytest.param(SEVERE, id="severe"),
        pytest.param(EXTREME, id="extreme"),
    ],
)
@pytest.mark.parametrize("stock", STOCKS)
def test_steps_of_fading_are_found_on_every_stock(retention: object, stock: str) -> None:
    """The four steps keep no exact proportion, and are told apart in the dyes of each stock."""
    kept = np.array([getattr(retention, dye) for dye in ("cyan", "magenta", "yellow")])

    solved = solve(usual_cloud(kept, stock=stock), stock=stock)

    np.testing.assert_allclose(solved.retention, kept, atol=OWN_PROPORTION)


@pytest.mark.parametrize("leading", [-0.9, -1.6])
def test_light_fading_is_recognised(leading: float) -> None:
    """Magenta gone first, as under a lamp: said, and measured as well."""
    kept = np.exp(leading * np.array(LIGHT_FADING))

    solved = solve(usual_cloud(kept))

    assert solved.is_light_fading
    np.testing.assert_allclose(solved.retention, kept, atol=ALL_AGREES)


def test_dye_never_grows() -> None:
    """A picture with more cyan than usual is no film whose cyan became more: all is left of it."""
    solved = solve(usual_cloud(np.ones(3), cast=(0.4, 0.1)))

    assert max(solved.retention) <= 1
    assert solved.retention[0] == pytest.approx(1, abs=0.01)


def test_nothing_left_is_held_at_the_least() -> None:
    """Below two hundredths nothing is left to restore: no gain of hundreds comes out."""
    assert solve(usual_cloud(np.array([0.002, 0.6, 0.1]))).retention[0] == LEAST_LEFT


KINDS = [
    pytest.param("white", 0.1, 0.02, id="white"),
    pytest.param("grey", 1.0, 0.5, id="grey"),
    pytest.param("black", 2.8, 0.8, id="black"),
]


@pytest.mark.parametrize(("kind", "amount", "least_share"), KINDS)
def test_neutral_sample_pins_the_ratio(kind: str, amount: float, least_share: float) -> None:
    """Of the miss that a cast in the picture makes, a grey takes half, a black four fifths.

    A white holds hardly any dye, and so says hardly anything of the dyes: mostly of the base.
    """
    sample = usual_cloud(HABITUAL, cast=(0.2, 0.0))
    truth = np.log(HABITUAL[0] / HABITUAL[1])
    neutral = Neutral(dyes=triple(HABITUAL * amount), kind=kind)

    without, with_it = (ratio_of(solve(sample, neutrals=n)) - truth for n in ((), (neutral,)))

    assert without > 0.15
    assert abs(with_it) < (1 - least_share) * without


def test_neutrals_of_all_kinds_settle_it() -> None:
    """A black, a grey and a white together: the cast of the picture is forgotten."""
    neutrals = tuple(
        Neutral(dyes=triple(HABITUAL * amount), kind=kind)
        for kind, amount in (("white", 0.1), ("grey", 1.0), ("black", 2.8))
    )

    for cast in ((0.25, 0.0), (-0.25, 0.2), (0.0, -0.3)):
        solved = solve(usual_cloud(HABITUAL, cast=cast), neutrals=neutrals)
        np.testing.assert_allclose(solved.retention, HABITUAL, atol=OWN_PROPORTION)


def test_reference_gains_pin_the_ratio() -> None:
    """The Reference's colours, dye for dye, take four fifths of the miss that a cast makes."""
    sample = usual_cloud(HABITUAL, cast=(0.2, 0.0))
    gains = triple(np.log(HABITUAL / HABITUAL[1]))
    truth = gains[0]

    without, with_it = (ratio_of(solve(sample, gains=g)) - truth for g in (None, gains))

    assert abs(with_it) < 0.2 * without


def test_references_habits_replace_the_usual() -> None:
    """A picture that is green by nature, and so is its Reference: nothing is taken for fading."""
    fresh = usual_cloud(np.ones(3), cast=(0.35, 0.35))
    faded = usual_cloud(HABITUAL, cast=(0.35, 0.35))

    solved = solve(faded, habits=habits_of(find_cues(fresh, DEFAULT_STOCK)))

    np.testing.assert_allclose(solved.retention, HABITUAL, atol=OWN_PROPORTION)
    assert solve(faded).retention[0] > HABITUAL[0] + 0.1


def test_deviation_shrinks_with_evidence() -> None:
    """Each thing that speaks for the retentions makes them surer, and two more than one."""
    sample = usual_cloud(HABITUAL)
    grey = Neutral(dyes=triple(HABITUAL))
    black = Neutral(dyes=triple(HABITUAL * 2.8), kind="black")
    gains = triple(np.log(HABITUAL / HABITUAL[1]))

    alone, one, two, asked, all_of_it = (
        np.array(found.deviation)
        for found in (
            solve(sample),
            solve(sample, neutrals=(grey,)),
            solve(sample, neutrals=(grey, black)),
            solve(sample, gains=gains),
            solve(sample, gains=gains, neutrals=(grey, black)),
        )
    )

    assert (one[[0, 2]] < 0.8 * alone[[0, 2]]).all()
    assert (two < one).all()
    assert (asked[[0, 2]] < 0.8 * alone[[0, 2]]).all()
    assert (all_of_it < np.minimum(two, asked)).all()


def test_deviation_is_about_the_miss() -> None:
    """Over many casts as fresh pictures have them, two thirds of the misses are within it."""
    random = np.random.default_rng(4)
    misses = []
    for _ in range(40):
        kept = dark_faded(random.uniform(-1.8, -0.2))
        cast = random.normal(0, np.hypot(USUAL.dark_deviation, USUAL.shading_deviation) / 2, 2)
        solved = solve(usual_cloud(kept, cast=(float(cast[0]), float(cast[1]))))
        misses.append((np.array(solved.retention) - kept) / solved.deviation)

    share = (np.abs(misses)[:, 0] <= 1).mean()
    assert 0.5 < share < 0.95, f"{share:.0%} of cyan within its deviation"


@pytest.mark.parametrize(
    "base",
    [
        pytest.param((0.0, 0.0, 0.08), id="yellow stain"),
        pytest.param((0.01, 0.01, 0.10), id="stain and level"),
    ],
)
def test_base_is_found(base: Triple) -> None:
    """The film beside the picture, given as a white without dye, says what the base holds."""
    clear = Neutral(dyes=base, kind="white")

    solved = solve(usual_cloud(HABITUAL, base=base), neutrals=(clear,))

    assert np.abs(np.subtract(solved.base, base)).max() < 0.6 * np.abs(base).max()
    np.testing.assert_allclose(solved.retention, HABITUAL, atol=OWN_PROPORTION)


@pytest.mark.parametrize("level", [-0.05, 0.05], ids=["too light", "too dark"])
def test_scans_level_is_partly_found(level: float) -> None:
    """A scan's level is the same in all records, and so hard to tell: a part of it is found."""
    base = (level, level, level)

    solved = solve(usual_cloud(HABITUAL, base=base), neutrals=(Neutral(dyes=base, kind="white"),))

    share = np.array(solved.base) / level
    assert share.min() > 0.15
    assert share.max() < 1
    np.testing.assert_allclose(solved.retention, HABITUAL, atol=OWN_PROPORTION)


def test_stain_is_half_found_without_a_word() -> None:
    """From the picture alone a yellow base is believed in by half: the rest may be its lights."""
    solved = solve(usual_cloud(HABITUAL, base=(0.0, 0.0, 0.08)))

    assert 0.02 < solved.base[2] < 0.08
    assert solved.base[2] > 5 * max(abs(solved.base[0]), abs(solved.base[1]))


VAGUE = replace(USUAL, light_deviation=1e6, dark_deviation=1e6, shading_deviation=1e6)
"""Habits that say nothing: what is left are the priors."""


def test_priors_alone_say_what_they_are() -> None:
    """With a picture that tells nothing, mean and deviation are those that the constants state."""
    mean, deviation = FADING_PRIOR
    kinetics = np.array(DARK_FADING)

    solved = solve(usual_cloud(HABITUAL), habits=VAGUE)

    kept = np.exp(mean * kinetics)
    np.testing.assert_allclose(solved.retention, kept, rtol=1e-4)
    stray = np.array([0, MAGENTA_DEVIATION, YELLOW_DEVIATION])
    expected = kept * np.hypot(deviation * kinetics, stray)
    np.testing.assert_allclose(solved.deviation, expected, rtol=1e-3)
    np.testing.assert_allclose(solved.base, 0, atol=1e-6)


def test_magenta_and_yellow_stray_as_far_as_stated() -> None:
    """A cast moves yellow from the proportion by no more than it may, and magenta by less."""
    kept = dark_faded(-0.9)

    solved = solve(usual_cloud(kept, cast=(0.0, 0.4)))

    miss = np.log(solved.retention) - np.log(kept)
    assert 0.5 * YELLOW_DEVIATION < miss[2] < 3 * YELLOW_DEVIATION
    assert abs(miss[1]) < MAGENTA_DEVIATION


def test_base_strays_as_far_as_stated() -> None:
    """Yellow is believed in the base, as old film stains; cyan and magenta hardly are."""
    bases = [solve(usual_cloud(HABITUAL, base=triple(0.05 * np.eye(3)[dye]))) for dye in range(3)]

    found = [abs(solved.base[dye]) for dye, solved in enumerate(bases)]
    assert found[2] > 2 * max(found[:2])
    assert BASE_DEVIATION[2] > 2 * max(BASE_DEVIATION[:2])


def test_black_says_how_dense_fresh_film_was() -> None:
    """A black that holds less than prints are made to speaks for more fading; a grey does not."""
    thin = triple(HABITUAL * 1.0)
    sample = usual_cloud(HABITUAL)

    grey, black = (solve(sample, neutrals=(Neutral(dyes=thin, kind=k),)) for k in ("grey", "black"))

    assert (np.array(black.retention) < np.array(grey.retention) - 0.001).all()
    assert FRESH_MAGENTA["black"][0] > 1


def test_answer_is_the_same_every_time() -> None:
    """No random start: two runs agree to the last bit."""
    sample = usual_cloud(HABITUAL, cast=(0.1, -0.1))

    assert solve(sample) == solve(sample)


def test_cues_are_those_of_the_cloud() -> None:
    """Ends, mean and the commonest step are measured as they were made."""
    cues = find_cues(usual_cloud(HABITUAL), DEFAULT_STOCK)

    light, dark = (np.array(end) / HABITUAL for end in (cues.light, cues.dark))
    np.testing.assert_allclose(light[[0, 2]] - light[1], USUAL.light, atol=0.002)
    np.testing.assert_allclose(np.log(dark[[0, 2]] / dark[1]), USUAL.dark, atol=0.002)
    shading = np.array(cues.shading) - np.log(HABITUAL / HABITUAL[1])
    np.testing.assert_allclose(shading[[0, 2]], USUAL.shading, atol=0.01)


def test_cues_of_clear_film_are_finite() -> None:
    """Where there is no dye, and no step, nothing is divided by none."""
    nothing = Sample(
        density=np.zeros((200, 3), np.float32),
        shading=np.zeros((0, 3), np.float32),
        burnt_out=(0.0, 0.0, 0.0),
    )

    cues = find_cues(nothing, DEFAULT_STOCK)

    assert cues.dark == (LEAST_DYE, LEAST_DYE, LEAST_DYE)
    assert cues.shading == (0.0, 0.0, 0.0)
    assert np.isfinite(solve(nothing).retention).all()


def tones(seed: int) -> NDArray[np.float32]:
    """Densities of a picture of soft coloured patches, (72, 96, 3)."""
    coarse = np.random.default_rng(seed).uniform(0.2, 2.0, (9, 12, 3))
    return np.repeat(np.repeat(coarse, 8, axis=0), 8, axis=1).astype(np.float32)


def test_gains_of_a_reference_are_measured() -> None:
    """Source and Reference of one picture: each dye's gain over magenta's, to a hundredth."""
    fresh = tones(0)
    dyes = dye_matrix(DEFAULT_STOCK)
    faded = (fresh @ np.linalg.inv(dyes).T * HABITUAL) @ dyes.T + 0.05

    gains = measure_gains([(faded.astype(np.float32), fresh)], DEFAULT_STOCK)

    assert gains is not None
    np.testing.assert_allclose(gains, np.log(HABITUAL / HABITUAL[1]), atol=0.01)


def test_gains_are_not_asked_of_another_picture() -> None:
    """A Reference whose tones are elsewhere is no Reference of this frame; others still count."""
    fresh, other = tones(0), tones(1)

    assert measure_gains([(fresh, other)], DEFAULT_STOCK) is None
    assert measure_gains([(fresh, np.ascontiguousarray(2.2 - fresh))], DEFAULT_STOCK) is None
    mixed = measure_gains([(fresh, other), (fresh, fresh)], DEFAULT_STOCK)
    np.testing.assert_allclose(mixed or np.ones(3), 0, atol=1e-6)


def test_gains_are_not_asked_of_an_even_grey() -> None:
    """No tone, no gain: neither a division by none nor a guess."""
    even = np.full((72, 96, 3), 0.5, np.float32)

    assert measure_gains([(tones(0), even)], DEFAULT_STOCK) is None
    assert measure_gains([(even, even)], DEFAULT_STOCK) is None


def test_gains_need_enough_of_both_pictures() -> None:
    """What is no picture in either is not compared; too few cells are no comparison."""
    fresh = tones(0)
    narrow = fresh.copy()
    narrow[:, 4:] = np.nan

    assert LEAST_CELLS > 18
    assert measure_gains([(narrow, fresh)], DEFAULT_STOCK) is None
    half = fresh.copy()
    half[:, 48:] = np.nan
    np.testing.assert_allclose(
        measure_gains([(half, fresh)], DEFAULT_STOCK) or np.ones(3), 0, atol=1e-6
    )
