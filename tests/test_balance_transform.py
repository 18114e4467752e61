"""The dye balance: its four forms agree, known fading is undone, and nothing is clamped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from balance_reference import LUMA_709, reference_balance
from chromaresolve.balance.cube import cube_settings
from chromaresolve.balance.encodings import ENCODINGS, Pixels, encode
from chromaresolve.balance.transform import (
    LIMITS,
    STOCK_NAMES,
    DyeBalance,
    Luma,
    apply_dye_balance,
    balance_matrix,
)
from chromaresolve.cube import read_cube, write_cube
from chromaresolve.errors import StageError, UsageError
from chromaresolve.fade import (
    EXTREME,
    MILD,
    MODERATE,
    SEVERE,
    Fading,
    Retention,
    dye_matrix,
    fade_frame,
    fade_matrix,
)
from chromaresolve.fade.film import BLACK_709
from chromaresolve.shaders import lint, read_shader, with_defaults
from chromaresolve.training.pre_balance import PreBalance
from shader_bench import compile_cuda, needs, run_shader

SHADER = Path(__file__).parents[1] / "dctl" / "ChromaResolve PreBalance.dctl"

ROUNDED = 1e-5
"""Largest miss of an encoded value by float32, per unit of the pixel's largest channel, for scans
that are balanced to display; a red gain of 6 multiplies float32's own 6e-8 and its logarithm's."""

AGREEMENT = 1e-4
"""The same between any two forms, for negatives, gains of 20 and printer points beyond 200, too."""

LOGARITHMIC = ("cineon", "logc3", "acescct")
LUMAS: tuple[Luma, ...] = ("balance", "healthiest", "scan")
RETENTIONS = {"mild": MILD, "moderate": MODERATE, "severe": SEVERE, "extreme": EXTREME}

ALL_OF_IT = DyeBalance(
    retention=SEVERE,
    base=(0.05, 0.02, 0.12),
    amount=0.9,
    red_gain_cap=3.0,
    printer=(4.0, -3.0, 2.0),
    contrast=1.1,
    knee=0.2,
)
"""Nothing at its default but the encoding, the stock and the luma."""


def scan_pixels(encoding: str, seed: int = 0) -> Pixels:
    """Pixels inside a file's range, around black, beyond white and where no scan can be, (9, n, 3).

    Logarithms of light end at 10, light and powers of it at the largest half float.
    """
    random = np.random.default_rng(seed)
    largest = 10.0 if encoding in LOGARITHMIC else 65504.0
    kinds = [
        random.uniform(0, 1, (180, 3)),
        random.uniform(-0.2, 1.4, (90, 3)),
        random.normal(0, 0.02, (45, 3)),
        random.uniform(-largest, largest, (45, 3)),
        random.choice([0, 1e-7, -1e-7, BLACK_709, 1, -1, largest, -largest], (45, 3)),
        np.repeat(random.uniform(0, 1, (45, 1)), 3, axis=1),
    ]
    return np.concatenate(kinds).reshape(9, -1, 3).astype(np.float32)


def random_balance(random: np.random.Generator, encoding: str, luma: Luma) -> DyeBalance:
    """A balance as a colourist might make it of a faded print."""
    return DyeBalance(
        retention=Retention(
            cyan=random.uniform(0.2, 1),
            magenta=random.uniform(0.8, 1),
            yellow=random.uniform(0.5, 1),
        ),
        encoding=encoding,
        stock=str(random.choice(STOCK_NAMES)),
        base=triple(random.uniform(-0.05, 0.15, 3)),
        amount=random.choice([0.5, 0.8, 1.0]),
        red_gain_cap=random.uniform(1.5, 6),
        printer=triple(random.uniform(-20, 20, 3)),
        contrast=random.uniform(0.5, 1.5),
        knee=random.choice([0.0, 0.1, 0.3]),
        luma=luma,
        luma_gain_cap=random.uniform(1, 1.5),
    )


def extremes(encoding: str) -> Iterator[DyeBalance]:
    """Every combination of a balance's ends, in one encoding.

    But none that inverts by half: nobody does, and where its light crosses none no digit is left.
    """
    retention = Retention(cyan=0.08, magenta=0.5, yellow=0.2)
    turns = {1.0: (0.0, 0.0, 0.0), 2.5: (-60.0, 60.0, 10.0), -1.4: (200.0, 180.0, 210.0)}
    for stock, luma, amount, cap, knee, contrast in product(
        STOCK_NAMES, LUMAS, (0.0, 0.5, 1.0), (1.2, 20.0), (0.0, 0.2), turns
    ):
        if contrast < 0 < amount < 1:
            continue
        yield DyeBalance(
            retention=retention,
            encoding=encoding,
            stock=stock,
            base=(0.1, -0.05, 0.2),
            amount=amount,
            red_gain_cap=cap,
            printer=turns[contrast],
            contrast=contrast,
            knee=knee,
            luma=luma,
        )


def triple(numbers: NDArray[np.floating]) -> tuple[float, float, float]:
    """Plain numbers for a record."""
    red, green, blue = (float(number) for number in numbers)
    return red, green, blue


def worst_miss(made: Pixels, expected: NDArray[np.floating], rgb: Pixels, own: Pixels) -> float:
    """Largest difference, per unit of the pixel's largest value on the way: 1 or more.

    `own` is the picture before its luma was replaced: replacing it takes large numbers from large
    ones.
    """
    sizes = [np.abs(picture).max(axis=-1) for picture in (expected, rgb, own)]
    unit = np.maximum(1, np.max(sizes, axis=0))[..., np.newaxis]
    return float(np.max(np.abs(made - expected) / unit))


def run_torch(rgb: Pixels, balance: DyeBalance) -> Pixels:
    """Run the module on a picture."""
    with torch.inference_mode():
        plate = PreBalance(balance)(torch.from_numpy(rgb).permute(2, 0, 1)[None])
    return np.asarray(plate[0].permute(1, 2, 0).numpy())


def run_cpp(rgb: Pixels, balance: DyeBalance) -> Pixels:
    """Run the shader as C++."""
    needs("cpp")
    return run_shader(SHADER, rgb, values=balance.to_controls(), backend="cpp")


def run_pocl(rgb: Pixels, balance: DyeBalance) -> Pixels:
    """Run the shader as OpenCL, with the flags that Resolve gives."""
    needs("pocl")
    values = balance.to_controls()
    return run_shader(SHADER, rgb, values=values, backend="pocl", fast_math=True)


FORMS: dict[str, Callable[[Pixels, DyeBalance], Pixels]] = {
    "torch": run_torch,
    "C++": run_cpp,
    "OpenCL": run_pocl,
}
"""Every form besides numpy's; .cube and ONNX have tests of their own."""


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_balance_is_its_definition(encoding: str) -> None:
    """Against float64 through light: 42 random balances, every kind of pixel, to 1e-5."""
    random = np.random.default_rng(1)
    rgb = scan_pixels(encoding)
    # Near Cineon's black, light is the difference of two numbers a hundred times as large.
    rounded = 3 * ROUNDED if encoding == "cineon" else ROUNDED

    for luma in 14 * LUMAS:
        balance = random_balance(random, encoding, luma)
        expected = reference_balance(rgb, balance)
        own = apply_dye_balance(rgb, replace(balance, luma="balance"))
        miss = worst_miss(apply_dye_balance(rgb, balance), expected, rgb, own)
        assert miss < rounded, f"{miss:.2g} with {balance}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_forms_agree(encoding: str, form: str) -> None:
    """Module and shader give what numpy gives: random balances, and some at their ends."""
    random = np.random.default_rng(2)
    rgb = scan_pixels(encoding, seed=1)
    balances = [random_balance(random, encoding, luma) for luma in 2 * LUMAS]
    at_their_ends = list(extremes(encoding))
    balances += [at_their_ends[place] for place in random.integers(len(at_their_ends), size=6)]

    for balance in balances:
        assert_form_agrees(form, rgb, balance)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_forms_agree_everywhere(encoding: str, form: str) -> None:
    """Every combination of encoding, stock, luma, amount, cap, knee and contrast."""
    rgb = scan_pixels(encoding, seed=2)

    for balance in extremes(encoding):
        assert_form_agrees(form, rgb, balance)


def assert_form_agrees(form: str, rgb: Pixels, balance: DyeBalance) -> None:
    """Compare a form with numpy's, and say where they differ most."""
    expected = apply_dye_balance(rgb, balance)
    own = apply_dye_balance(rgb, replace(balance, luma="balance"))
    made = FORMS[form](rgb, balance)
    assert np.isfinite(made).all(), f"{form}: not finite with {balance}"
    miss = worst_miss(made, expected, rgb, own)
    row, column, _ = np.unravel_index(np.abs(made - expected).argmax(), made.shape)
    where = f"{rgb[row, column]} -> {made[row, column]}, numpy {expected[row, column]}"
    assert miss < AGREEMENT, f"{form}: {miss:.2g}, {where} with {balance}"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("luma", LUMAS)
def test_amount_0_leaves_the_scan_as_it_is(encoding: str, luma: Luma) -> None:
    """Whatever the rest says, a negative's contrast included, and whatever the value."""
    rgb = scan_pixels(encoding)
    # Beyond 10^20, a logarithm's light is held: ACEScct 10 would be 2^165.
    rgb = rgb[np.abs(rgb).max(axis=-1) < (1.5 if encoding in LOGARITHMIC else np.inf)]

    for contrast in (1.1, -1.3):
        balance = replace(ALL_OF_IT, encoding=encoding, luma=luma, amount=0, contrast=contrast)
        assert worst_miss(apply_dye_balance(rgb, balance), rgb, rgb, rgb) < ROUNDED


@pytest.mark.parametrize("stock", STOCK_NAMES)
@pytest.mark.parametrize("fading", RETENTIONS)
def test_balance_undoes_the_fading(stock: str, fading: str) -> None:
    """What `fade_frame` does to any colour that dyes can make, the balance takes back."""
    retention = RETENTIONS[fading]
    faded_stock = "5383" if stock == "generic" else stock
    amounts = np.random.default_rng(3).uniform(0, 3.5, (31, 47, 3))
    density = amounts @ dye_matrix(faded_stock).T
    original = (10 ** (-density / 2.4)).astype(np.float32)

    scan = fade_frame(original, Fading(retention=retention, stock=faded_stock), frame=0)
    balanced = apply_dye_balance(
        scan, DyeBalance(retention=retention, stock=stock, red_gain_cap=20.0)
    )

    np.testing.assert_allclose(balanced, original, atol=ROUNDED)
    assert np.abs(scan - original).max() > 0.05


@pytest.mark.parametrize("stock", STOCK_NAMES)
@pytest.mark.parametrize("fading", RETENTIONS)
@pytest.mark.parametrize("cap", [1.0, 1.3, 4.5, 20.0])
def test_faded_greys_come_out_grey(stock: str, fading: str, cap: float) -> None:
    """B n = 1 also where the cap bites, and the cap is the red gain then."""
    retention = RETENTIONS[fading]
    faded_grey = fade_matrix(retention, "5383" if stock == "generic" else stock).sum(axis=1)

    matrix = balance_matrix(retention, stock, cap)

    np.testing.assert_allclose(matrix @ faded_grey, 1, atol=1e-12)
    assert matrix[0, 0] == pytest.approx(
        min(cap, balance_matrix(retention, stock)[0, 0]), rel=1e-12
    )


def test_capped_balance_gives_grey_pixels() -> None:
    """A faded grey ramp comes out grey in pixels, from base to black, with red gain 3 for 13."""
    density = np.linspace(0, 2.5, 200)[:, np.newaxis]
    faded = 10 ** -(density @ fade_matrix(EXTREME).sum(axis=1)[np.newaxis])

    balanced = apply_dye_balance(
        encode(faded.astype(np.float32), "gamma24"), DyeBalance(retention=EXTREME, red_gain_cap=3.0)
    )

    expected = 10 ** (-density / 2.4) * [1, 1, 1]
    np.testing.assert_allclose(balanced, expected, atol=ROUNDED)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_order_of_a_channels_values_is_kept(encoding: str, channel: int) -> None:
    """Through black, the film's deepest density and display white: strictly rising, 0 stays 0."""
    ramp = np.full((3001, 3), 0.4, np.float32)
    ramp[:, channel] = np.linspace(-0.5, 1.4, 3001)
    balance = replace(ALL_OF_IT, encoding=encoding, knee=0, printer=(-30, -30, -30))

    balanced = apply_dye_balance(ramp, balance)[:, channel]

    # The film's deepest blacks are pressed together below what float32 tells apart near a log's
    # black, never turned round.
    steps = np.diff(balanced)
    assert steps.min() >= (-1e-7 if encoding in LOGARITHMIC else 0)
    assert (steps[ramp[:-1, channel] > 0.2] > 0).all()
    if encoding not in LOGARITHMIC:
        assert balanced[0] < 0 < balanced[-1]
        black = apply_dye_balance(np.zeros((1, 3), np.float32), balance)
        np.testing.assert_array_equal(black, 0)


def test_negative_contrast_makes_a_positive() -> None:
    """A negative's darks come out light; what film cannot hold stays at its ends."""
    grey = np.repeat(np.linspace(0, 1, 201, dtype=np.float32), 3).reshape(-1, 3)
    balance = DyeBalance(
        retention=Retention(cyan=1, magenta=1, yellow=1), contrast=-1, printer=(100, 100, 100)
    )

    balanced = apply_dye_balance(grey, balance)

    assert (np.diff(balanced, axis=0) <= 0).all()
    # Density 2.5 - D: light of 0.1 becomes light of 10 ** -1.5.
    middle = apply_dye_balance(np.full((1, 3), 0.1 ** (1 / 2.4), np.float32), balance)
    np.testing.assert_allclose(middle, 10 ** (-1.5 / 2.4), rtol=ROUNDED)
    # 4.0 is the deepest: nothing at all prints like that.
    np.testing.assert_allclose(balanced[0], 10 ** (1.5 / 2.4), rtol=ROUNDED)


def test_printer_points_and_contrast_are_densities() -> None:
    """12 points are 0.3 of density, a stop; a contrast of 2 doubles density above the base."""
    fresh = Retention(cyan=1, magenta=1, yellow=1)
    light = np.array([[0.5, 0.1, 0.01]], np.float32)

    darker = apply_dye_balance(
        light, DyeBalance(retention=fresh, encoding="linear", printer=(12, 0, -12))
    )
    steeper = apply_dye_balance(
        light, DyeBalance(retention=fresh, encoding="linear", base=(0.1, 0, 0), contrast=2)
    )

    np.testing.assert_allclose(darker, [[0.5 * 10**-0.3, 0.1, 0.01 * 10**0.3]], rtol=ROUNDED)
    np.testing.assert_allclose(steeper, [[0.25 * 10**0.2, 0.01, 0.0001]], rtol=ROUNDED)


def test_knee_keeps_lights_below_white_and_in_order() -> None:
    """Lights that would pass display white stay below it; from the knee down nothing moves."""
    values = np.linspace(0.02, 1, 500, dtype=np.float32)
    grey = np.repeat(values, 3).reshape(-1, 3)
    brighter = DyeBalance(retention=Retention(cyan=1, magenta=1, yellow=1), printer=(-20,) * 3)
    plain = apply_dye_balance(grey, brighter)

    pressed = apply_dye_balance(grey, replace(brighter, knee=0.2))

    assert plain.max() > 1.5
    assert pressed.max() < 1
    assert (np.diff(pressed, axis=0) > 0).all()
    below = plain < 10 ** (-0.2 / 2.4)
    np.testing.assert_allclose(pressed[below], plain[below], rtol=ROUNDED)


def test_luma_comes_from_where_it_was_asked() -> None:
    """The scan's own, or that of a balance with less red gain; chroma is the balance's own."""
    rgb = scan_pixels("gamma24")[:4]
    balance = DyeBalance(retention=SEVERE, red_gain_cap=6.0, luma_gain_cap=1.2)
    own = apply_dye_balance(rgb, balance)
    held = apply_dye_balance(rgb, replace(balance, red_gain_cap=1.2))

    for luma, luma_from in (("scan", rgb), ("healthiest", held)):
        made = apply_dye_balance(rgb, replace(balance, luma=LUMAS[LUMAS.index(luma)]))
        np.testing.assert_allclose(made @ LUMA_709, luma_from @ LUMA_709, atol=2e-6)
        np.testing.assert_allclose(made - made[..., :1], own - own[..., :1], atol=2e-6)


def test_values_beyond_the_film_go_on_in_a_straight_line() -> None:
    """Twice the light comes out as twice the light, above white and below black."""
    base = np.full((4, 3), 0.3, np.float32)
    base[:, 1] = [8, 16, -0.001, -0.002]

    balanced = apply_dye_balance(base, replace(ALL_OF_IT, encoding="linear", amount=1))

    np.testing.assert_allclose(balanced[1, 1], 2 * balanced[0, 1], rtol=ROUNDED)
    np.testing.assert_allclose(balanced[3, 1], 2 * balanced[2, 1], rtol=ROUNDED)
    assert balanced[2, 1] < 0


def test_what_is_not_a_number_stays_none_and_spoils_nothing_else() -> None:
    """Its pixel's other channels are balanced as if it were black. Infinity is a lot of light."""
    rgb = np.full((3, 3), 0.5, np.float32)
    rgb[1, 2], rgb[2, 0] = np.nan, np.inf

    balanced = apply_dye_balance(rgb, ALL_OF_IT)

    np.testing.assert_array_equal(np.isnan(balanced), np.isnan(rgb))
    assert np.isfinite(balanced[2]).all()
    black = apply_dye_balance(np.array([0.5, 0.5, 0], np.float32), ALL_OF_IT)
    np.testing.assert_allclose(balanced[1, :2], black[:2], rtol=ROUNDED)


@pytest.mark.parametrize(
    "rgb",
    [
        pytest.param(scan_pixels("gamma24")[:, ::2], id="every other column"),
        pytest.param(scan_pixels("gamma24")[..., ::-1], id="channels turned round"),
        pytest.param(scan_pixels("gamma24").transpose(1, 0, 2), id="turned"),
        pytest.param(scan_pixels("gamma24").astype(np.float64), id="float64"),
        pytest.param(scan_pixels("gamma24")[0, 0], id="one pixel"),
        pytest.param(np.zeros((0, 3), np.float32), id="none"),
        pytest.param(np.full((3, 4099, 3), 0.25, np.float32), id="more than a block"),
    ],
)
def test_any_layout_gives_the_same(rgb: Pixels) -> None:
    """Views, other types and odd sizes: as if pixel by pixel, and the scan is not touched."""
    before = rgb.copy()

    balanced = apply_dye_balance(rgb, ALL_OF_IT)

    assert balanced.dtype == np.float32
    assert balanced.shape == rgb.shape
    packed = apply_dye_balance(np.ascontiguousarray(rgb, np.float32).reshape(-1, 3), ALL_OF_IT)
    np.testing.assert_allclose(balanced.reshape(-1, 3), packed, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(rgb, before)


def test_pixels_of_other_channels_are_refused() -> None:
    """Alpha is not a colour."""
    with pytest.raises(UsageError, match=r"pixels of shape \(2, 2, 4\): give \(\.\.\., 3\)"):
        apply_dye_balance(np.zeros((2, 2, 4), np.float32), ALL_OF_IT)


@pytest.mark.parametrize(
    ("encoding", "luma"), [*product(ENCODINGS, ["balance"]), ("gamma24", "scan")]
)
def test_cube_is_the_balance_at_its_nodes(encoding: str, luma: Luma, tmp_path: Path) -> None:
    """The file's table holds what numpy gives for the plate colours that its shaper leads there."""
    balance = replace(ALL_OF_IT, encoding=encoding, luma=luma)
    shaper = cube_settings(balance)["shaper"]
    path = tmp_path / "balance.cube"

    write_cube(path, balance, title="balance", size=9, shaper=shaper)

    cube = read_cube(path)
    places = np.linspace(0, 1, 9)
    if cube.shaper is not None:
        entries = np.linspace(0, 1, len(cube.shaper))
        places = np.interp(places, cube.shaper[:, 0], entries)
    nodes = np.stack(np.meshgrid(places, places, places, indexing="ij"), axis=-1)
    expected = apply_dye_balance(nodes.astype(np.float32), balance)
    unit = np.maximum(1, np.abs(expected))
    assert np.max(np.abs(cube.table - expected) / unit) < AGREEMENT
    np.testing.assert_array_less(
        np.abs(cube.apply(nodes.astype(np.float32)) - expected), unit / 1e4
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "mean", "worst_hundredth"),
    [
        pytest.param("gamma24", 0.0004, 0.0065, id="gamma 2.4"),
        pytest.param("acescct", 0.0003, 0.005, id="ACEScct"),
        pytest.param("linear", 0.0013, 0.015, id="linear"),
    ],
)
def test_cube_misses_what_it_says_between_nodes(
    encoding: str, mean: float, worst_hundredth: float, tmp_path: Path
) -> None:
    """The figures of `cube_settings`, on densities of a severely faded film up to the base's."""
    random = np.random.default_rng(4)
    fresh = random.uniform(0.05, 3, (20_000, 1)) + random.normal(0, 0.25, (20_000, 3))
    light = 10 ** -(np.clip(fresh, 0.02, 3.3) @ fade_matrix(SEVERE).T)
    rgb = encode(light.astype(np.float32), encoding)
    rgb = rgb[rgb.max(axis=1) <= 1]
    balance = DyeBalance(retention=SEVERE, encoding=encoding, red_gain_cap=4.5)
    path = tmp_path / "balance.cube"

    write_cube(path, balance, title="balance", **cube_settings(balance))

    miss = np.abs(read_cube(path).apply(rgb) - apply_dye_balance(rgb, balance))
    assert miss.mean() < mean
    assert np.percentile(miss, 99) < worst_hundredth


def test_shader_starts_as_a_moderately_faded_print() -> None:
    """Its defaults, as a LUT has them: gamma 2.4, `MODERATE`, all of it."""
    needs("cpp")
    rgb = scan_pixels("gamma24")

    made = run_shader(SHADER, rgb, backend="cpp")

    expected = apply_dye_balance(rgb, DyeBalance(retention=MODERATE))
    assert worst_miss(made, expected, rgb, expected) < AGREEMENT


def test_shader_with_a_balance_as_its_defaults_is_that_balance() -> None:
    """What is solved for a shot becomes a shader that needs no hand."""
    needs("cpp")
    balance = replace(ALL_OF_IT, encoding="cineon", stock="2383", luma="healthiest")
    rgb = scan_pixels("cineon")

    text = with_defaults(read_shader(SHADER), balance.to_controls(), title="sh010")

    expected = apply_dye_balance(rgb, balance)
    assert worst_miss(run_shader(text, rgb, backend="cpp"), expected, rgb, expected) < AGREEMENT


def test_shader_has_the_balances_controls() -> None:
    """As many as a balance has numbers, and View; the ranges are the balance's own."""
    controls = {control.name: control for control in read_shader(SHADER).controls}

    assert set(controls) == {*DyeBalance(retention=MILD).to_controls(), "view"}
    assert len(controls) <= 25
    for name, (lower, upper) in LIMITS.items():
        for control in (controls.get(f"{name}_{colour}") for colour in ("red", "green", "blue")):
            found = control or controls[name]
            assert (found.lower, found.upper) == (lower, upper), found.name
    assert len(controls["encoding"].choices) == len(ENCODINGS)
    assert len(controls["stock"].choices) == len(STOCK_NAMES)
    assert all(control.tooltip for control in controls.values())


def test_shader_builds_everywhere() -> None:
    """No fault that we know of, machine code for an NVIDIA card, and a Resolve without tooltips."""
    needs("cuda")
    needs("cpp")
    text = SHADER.read_text(encoding="ascii")

    assert lint(text, SHADER.name) == ()
    assert compile_cuda(SHADER)
    rgb = scan_pixels("gamma24")
    np.testing.assert_array_equal(
        run_shader(SHADER, rgb, backend="cpp", version=(18, 6)),
        run_shader(SHADER, rgb, backend="cpp"),
    )


def test_density_views_show_a_record_of_the_scan() -> None:
    """Grey, white at density 3, whatever the balance."""
    needs("cpp")
    light = np.array([[[1.0, 0.1, 0.001], [0.01, 10**-1.5, 1.0]]])
    rgb = encode(light.astype(np.float32), "logc3")
    values = replace(ALL_OF_IT, encoding="logc3").to_controls()

    for channel in range(3):
        grey = run_shader(SHADER, rgb, values={**values, "view": 1 + channel}, backend="cpp")
        expected = -np.log10(light[..., channel : channel + 1]) / 3
        np.testing.assert_allclose(grey, expected * np.ones(3), atol=AGREEMENT)


def test_clipping_view_lights_up_what_is_lost() -> None:
    """Beyond base or black of the film, or the ends of the file; the rest is dim and grey."""
    needs("cpp")
    inside, file_ends = [0.5, 0.4, 0.3], [0.5, 1.0, 0.0]
    rgb = np.array([[inside, [0.7, 0.4, 0.3], file_ends, [0.9, 0.4, 0.01]]], np.float32)
    # Light of the base alone is 0.45 ** 2.4; a stop more is 0.6 ** 2.4.
    base = -2.4 * np.log10(0.45)
    values = {"base_red": float(base), "view": 4}

    made = run_shader(SHADER, rgb, values=values, backend="cpp")

    dim = 0.25 * rgb @ LUMA_709
    lost = [[False, False, False], [True, False, False], [False, True, True], [True, False, True]]
    np.testing.assert_allclose(made, np.where([lost], 1, dim[..., np.newaxis]), atol=AGREEMENT)


def test_record_comes_back_as_it_was() -> None:
    """To a file's flat table and back, to the last digit."""
    balance = replace(ALL_OF_IT, encoding="acescct", stock="5386", luma="scan")

    record = balance.to_record()

    assert DyeBalance.from_record(record) == balance
    assert all(isinstance(entry, str | int | float) for entry in record.values())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param({"amount": None}, "amount is None", id="missing"),
        pytest.param({"base_red": "much"}, "base_red is 'much'", id="text"),
        pytest.param({"luma": 3}, "luma is 3", id="no name"),
        pytest.param({"knee": float("nan")}, "knee is nan", id="no number"),
        pytest.param({"retention_cyan": 0.0}, "cyan 0.0: give a share above 0", id="no dye"),
        pytest.param({"stock": "5247"}, "stock '5247': give one of generic", id="unknown stock"),
        pytest.param({"contrast": 9.0}, "contrast 9.0: give -4 to 4", id="out of range"),
    ],
)
def test_record_that_is_wrong_is_refused(change: dict[str, object], complaint: str) -> None:
    """The entry is named, with what to run."""
    record = {**ALL_OF_IT.to_record(), **change}

    with pytest.raises(StageError, match=f"balance: .*{complaint}.*run `chromaresolve balance`"):
        DyeBalance.from_record(record)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(
            {"encoding": "rec709"}, "encoding 'rec709': give one of linear", id="encoding"
        ),
        pytest.param({"luma": "source"}, "luma 'source': give one of balance", id="luma"),
        pytest.param({"amount": 1.2}, r"amount 1\.2: give 0 to 1", id="amount"),
        pytest.param({"red_gain_cap": 0.5}, r"red_gain_cap 0\.5: give 1 to 20", id="cap"),
        pytest.param({"base": (0, 0, 3.5)}, "base .*: give -2 to 3", id="base"),
        pytest.param({"knee": float("nan")}, "knee nan: give 0 to 1", id="no number"),
    ],
)
def test_balance_that_cannot_be_is_refused(change: dict[str, object], complaint: str) -> None:
    """Names and ranges, by the field's name."""
    with pytest.raises(UsageError, match=f"balance: {complaint}"):
        replace(ALL_OF_IT, **change)  # type: ignore[arg-type]  # that is the point
