"""Channel Repair: the shader against its twin, what its header claims, what its tooltips say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from chromaresolve.shaders import lint, read_shader
from repair_twin import CHANNELS, LUMA_WEIGHTS, ChannelRepair, Channels, repair
from shader_bench import compile_cuda, needs, run_shader

Values: TypeAlias = Mapping[str, float]
"""Controls by their variables' names; a combo box's is the index of its choice."""

Pixels: TypeAlias = NDArray[np.float32]
"""R, G and B, shape (N, 3)."""

SHADER = Path(__file__).parents[1] / "dctl" / "ChromaResolve Channel Repair.dctl"

CONTROLS = read_shader(SHADER).controls

NEAR = 1e-5
"""Share of the largest number on a pixel's way: some tens of float32 steps, for ten stages."""

SAME = 2e-6
"""A few float32 steps of numbers around 1."""

LARGEST = 65504.0
"""The largest number of a half-float EXR."""

PIXEL = (0.25, 0.5, 0.75)
"""Its luma is 0.4649."""

TONES: dict[str, tuple[float, tuple[float, float, float]]] = {
    "offset": (0.1, (0.35, 0.6, 0.85)),
    "shadows": (0.4, (0.5875, 0.7, 0.8125)),
    "midtones": (2.0, (0.5, 0.70710678, 0.8660254)),
    "highlights": (2.0, (0.5, 1.0, 1.5)),
}
"""A setting of each tone control, and what it makes of PIXEL where it acts on all channels."""

ONE_CHANNEL = [
    (
        {f"{channel}_{tone}": setting},
        tuple(made if at == own else PIXEL[at] for at, made in enumerate(answer)),
    )
    for own, channel in enumerate(CHANNELS)
    for tone, (setting, answer) in TONES.items()
]

KNOWN: list[tuple[Values, tuple[float, ...]]] = [
    *(({f"all_{tone}": setting}, answer) for tone, (setting, answer) in TONES.items()),
    ({"all_offset": 0.25, "all_shadows": 0.4}, (0.7, 0.8125, 1.0)),
    ({"fade_correction": 1.0}, (0.0337815, 0.5149995, 0.9962175)),
    *ONE_CHANNEL,
    ({"red_from_green": 0.5}, (0.5, 0.5, 0.75)),
    ({"red_from_blue": 0.2}, (0.4, 0.5, 0.75)),
    ({"green_from_red": -0.4}, (0.25, 0.4, 0.75)),
    ({"green_from_blue": 0.2}, (0.25, 0.65, 0.75)),
    ({"blue_from_red": 1.0}, (0.25, 0.5, 1.0)),
    ({"blue_from_green": -1.0}, (0.25, 0.5, 0.25)),
    ({"red_from_green": 1.0, "green_from_red": 1.0}, (0.75, 0.75, 0.75)),
    ({"mixing_shadows": 0.5, "mixing_highlights": 0.5, "red_from_green": 0.5}, (0.375, 0.5, 0.75)),
    ({"mixing_shadows": 0.5, "mixing_highlights": 0.5, "red_lighten": 1}, (0.375, 0.5, 0.75)),
    ({"donor_luminance": 2.0, "red_from_green": 0.5}, (0.75, 0.5, 0.75)),
    ({"donor_luminance": 0.25, "red_darken": 1}, (0.125, 0.5, 0.75)),
    ({"donor_luminance": 0.25, "red_darken": 2}, (0.1875, 0.5, 0.75)),
    ({"red_darken": 1}, PIXEL),
    ({"red_lighten": 1}, (0.5, 0.5, 0.75)),
    ({"red_lighten": 2}, (0.75, 0.5, 0.75)),
    ({"green_darken": 1}, (0.25, 0.25, 0.75)),
    ({"donor_luminance": 0.5, "green_darken": 1}, (0.25, 0.125, 0.75)),
    ({"green_lighten": 2}, (0.25, 0.75, 0.75)),
    ({"green_darken": 1, "green_lighten": 2}, (0.25, 0.75, 0.75)),
    ({"blue_darken": 1}, (0.25, 0.5, 0.25)),
    ({"blue_darken": 2}, (0.25, 0.5, 0.5)),
    ({"donor_luminance": 2.0, "blue_lighten": 2}, (0.25, 0.5, 1.0)),
    ({"green_darken": 1, "red_lighten": 1}, (0.5, 0.25, 0.75)),
    ({"red_replace": 1}, (0.5, 0.5, 0.75)),
    ({"red_replace": 2}, (0.75, 0.5, 0.75)),
    ({"green_replace": 1}, (0.25, 0.25, 0.75)),
    ({"green_replace": 2}, (0.25, 0.75, 0.75)),
    ({"blue_replace": 1}, (0.25, 0.5, 0.25)),
    ({"blue_replace": 2}, (0.25, 0.5, 0.5)),
    ({"preserve_luminance": 1, "red_offset": 0.1}, (0.32874, 0.47874, 0.72874)),
    ({"channel_removal": 1}, (0.0, 0.5, 0.75)),
    ({"channel_removal": 2}, (0.25, 0.0, 0.75)),
    ({"channel_removal": 3}, (0.25, 0.5, 0.0)),
    ({"channel_preview": 1}, (0.25, 0.25, 0.25)),
    ({"channel_preview": 2}, (0.5, 0.5, 0.5)),
    ({"channel_preview": 3}, (0.75, 0.75, 0.75)),
    ({"channel_removal": 1, "channel_preview": 1}, (0.0, 0.0, 0.0)),
    ({"output_as": 1}, (0.4971022, 0.5826884, 0.6334179)),
    ({"channel_removal": 1, "output_as": 1}, (0.0928641, 0.5826884, 0.6334179)),
]
"""What the tooltips say, worked out by hand on PIXEL."""

ENDLESS: Values = {
    **{name: 0.1 for name in asdict(ChannelRepair()) if name.endswith("_midtones")},
    **{name: 3.0 for name in asdict(ChannelRepair()) if name.endswith("_highlights")},
    **{name: 2.0 for name in asdict(ChannelRepair()) if "_from_" in name},
    "donor_luminance": 3.0,
    "fade_correction": 1.0,
    "output_as": 1,
}
"""Everything that makes a number larger, as far as it goes."""


MASKS = ("mixing_shadows", "mixing_highlights", "donor_luminance")

MASKED: list[Values] = [
    {"red_from_green": 0.5, "blue_from_red": -1},
    {"green_darken": 1, "blue_darken": 2},
    {"red_lighten": 1, "green_lighten": 2},
]
"""What Mixing Shadows and Mixing Highlights act on."""

AT_BLACK = (0.6, -0.21, 0.2)
"""Luma below 0, with something in every channel."""

AT_WHITE = (1.5, 0.9, 1.2)
"""Luma above 1."""

ENDS: list[Values] = [
    {control.name: end}
    for control in CONTROLS
    if control.name != "channel_removal"
    for end in (
        range(len(control.choices) or 2)
        if control.lower is None or control.upper is None
        else (control.lower, control.upper)
    )
]
"""Every control at either end, every combo box at each choice, but for the one that drops light."""

LATE = ("channel_removal", "channel_preview", "output_as")
"""What acts after Preserve Luminance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The shader, compiled one way."""

    backend: str
    fast_math: bool = False

    def run(self, rgb: ArrayLike, values: Values | None = None) -> Pixels:
        """Return what the shader makes of pixels (N, 3), one pixel (3) or greys (N, 1)."""
        pixels = np.atleast_2d(np.asarray(rgb, np.float32))
        row = np.empty((1, len(pixels), 3), np.float32)
        row[0] = pixels
        settings = dict(values or {})
        made: Pixels = run_shader(
            SHADER, row, values=settings, backend=self.backend, fast_math=self.fast_math
        )[0]
        return made

    def run_greys(self, levels: ArrayLike, values: Values) -> Pixels:
        """Return what becomes of neutrals at these levels (N), as their red, (N)."""
        return self.run(np.reshape(levels, (-1, 1)), values)[:, 0]


CPP = pytest.param(Build(backend="cpp"), id="cpp")
POCL = pytest.param(Build(backend="pocl"), id="pocl")
POCL_FAST = pytest.param(Build(backend="pocl", fast_math=True), id="pocl-fast")
"""With the options that Resolve itself gives to OpenCL."""


@pytest.fixture(scope="module", params=[CPP, POCL_FAST])
def build(request: pytest.FixtureRequest) -> Build:
    """Give the shader, compiled each way."""
    compiled: Build = request.param
    needs(compiled.backend)
    return compiled


def draw_pixels(random: np.random.Generator) -> Pixels:
    """Draw pixels inside and outside the picture's range, small, large and extreme, (320, 3)."""
    extremes = np.array([-LARGEST, LARGEST, 0, 1, -1, 1e-5])
    sizes = 10 ** random.uniform(-6, 4.8, (80, 1))
    parts = (
        random.uniform(0, 1, (80, 3)),
        random.uniform(-1, 3, (80, 3)),
        random.normal(0, 1, (80, 3)) * sizes,
        random.choice(extremes, (80, 3)),
    )
    return np.concatenate(parts).astype(np.float32)


def draw_values(random: np.random.Generator, *, without: tuple[str, ...] = ()) -> dict[str, float]:
    """Draw a setting for every control from its whole range, but for those `without`."""
    values: dict[str, float] = {}
    for control in CONTROLS:
        if control.name in without:
            continue
        if control.lower is None or control.upper is None:
            values[control.name] = int(random.integers(max(len(control.choices), 2)))
        else:
            setting = random.uniform(control.lower, control.upper)
            values[control.name] = float(np.float32(setting))
    return values


def to_controls(values: Values) -> ChannelRepair:
    """Return the twin's controls; the rest keep their defaults."""
    return ChannelRepair(**values)  # type: ignore[arg-type]


def assert_near_twin(build: Build, pixels: Pixels, values: Values) -> None:
    """Compare with the twin, as near as float32 can come.

    Where Midtones are steep or large numbers cancel, float32 cannot hold NEAR: what one of its
    steps between the stages does to the twin itself is allowed on top.
    """
    random = np.random.default_rng(1)
    largest = np.ones(len(pixels))

    def step(light: Channels) -> Channels:
        np.maximum(largest, np.abs(light).max(axis=-1), out=largest)
        return light + 2.0**-23 * (1 + np.abs(light)) * random.uniform(-1, 1, light.shape)

    controls = to_controls(values)
    expected = repair(pixels, controls)
    stepped = [np.abs(repair(pixels, controls, keep=step) - expected) for _ in range(4)]
    np.maximum(largest, np.abs(expected).max(axis=-1), out=largest)
    allowed = NEAR * largest + 2 * np.max(stepped, axis=(0, -1))

    off = np.abs(build.run(pixels, values) - expected).max(axis=-1)

    worst = int(np.argmax(off / allowed))
    assert off[worst] <= allowed[worst], (
        f"{build.backend} is off by {off[worst]:g}, allowed {allowed[worst]:g}, "
        f"at {pixels[worst]} with {values}"
    )


def test_shader_equals_its_twin(build: Build) -> None:
    """Random settings of all controls, on pixels of all kinds."""
    random = np.random.default_rng(4)
    pixels = draw_pixels(random)

    for _ in range(12):
        values = draw_values(random)
        assert_near_twin(build, pixels, values)
        assert_near_twin(build, pixels, {**values, "channel_preview": 0, "output_as": 0})


@pytest.mark.slow
@pytest.mark.parametrize("build", [CPP, POCL, POCL_FAST], indirect=True)
def test_shader_equals_its_twin_many_times(build: Build) -> None:
    """The same with new pixels for each of many settings."""
    random = np.random.default_rng(5)

    for _ in range(300):
        values = draw_values(random)
        shown = {**values, "channel_removal": 0, "channel_preview": 0, "output_as": 0}
        assert_near_twin(build, draw_pixels(random), values)
        assert_near_twin(build, draw_pixels(random), shown)


def test_twin_has_the_controls_of_the_shader() -> None:
    """Names, order and defaults are the same in both."""
    assert {c.name: c.default for c in CONTROLS} == asdict(ChannelRepair())
    assert [c.name for c in CONTROLS] == list(asdict(ChannelRepair()))


def test_panel_keeps_the_vocabulary() -> None:
    """Colourists find the names they know, each explained, and no preset; Resolve has the room."""
    labels = [control.label for control in CONTROLS]
    tones = ("Offset", "Shadows", "Midtones", "Highlights")
    channels = ("Red", "Green", "Blue")
    pairs = [(own, other) for own, other in product(channels, channels) if own != other]

    assert labels == [
        *tones,
        "Fade Correction",
        *(f"{channel} {tone}" for channel in channels for tone in tones),
        *(f"{own} From {other}" for own, other in pairs),
        *("Mixing Shadows", "Mixing Highlights", "Donor Luminance"),
        *(f"{channel} {verb}" for channel in channels for verb in ("Darken", "Lighten")),
        *(f"{channel} Replace" for channel in channels),
        *("Preserve Luminance", "Channel Removal", "Channel Preview", "Output"),
    ]
    assert all(control.tooltip for control in CONTROLS)
    assert len(CONTROLS) <= 60
    assert max(Counter(control.kind for control in CONTROLS).values()) <= 64


def test_shader_builds_for_a_resolve_without_tooltips() -> None:
    """Resolve 18.6 knows no tooltips, and makes the same."""
    needs("cpp")
    pixels = draw_pixels(np.random.default_rng(6))[None]

    old = run_shader(SHADER, pixels, backend="cpp", version=(18, 6), values={"red_midtones": 2})
    new = run_shader(SHADER, pixels, backend="cpp", version=(19, 1), values={"red_midtones": 2})

    np.testing.assert_array_equal(old, new)


def test_shader_has_nothing_that_a_compiler_of_resolve_refuses() -> None:
    """OpenCL, CUDA and Metal, by our own rules."""
    assert lint(SHADER.read_text(encoding="ascii"), SHADER.name) == ()


def test_shader_builds_for_nvidia() -> None:
    """CUDA's compiler and assembler take it."""
    needs("cuda")

    assert compile_cuda(SHADER)


@pytest.mark.parametrize(("values", "expected"), KNOWN, ids=["+".join(v) for v, _ in KNOWN])
def test_control_does_what_its_tooltip_says(
    build: Build, values: Values, expected: tuple[float, ...]
) -> None:
    """One control, or one with what it needs, against the answer worked out by hand."""
    np.testing.assert_allclose(build.run(PIXEL, values)[0], expected, atol=SAME)
    np.testing.assert_allclose(repair(np.array(PIXEL), to_controls(values)), expected, atol=1e-7)


def test_known_answers_cover_every_control() -> None:
    """No control without an answer."""
    assert {name for values, _ in KNOWN for name in values} == {c.name for c in CONTROLS}


def test_defaults_change_no_pixel(build: Build) -> None:
    """To the bit, extreme pixels too."""
    pixels = draw_pixels(np.random.default_rng(7))

    np.testing.assert_array_equal(build.run(pixels), pixels)


def test_offset_moves_every_level_alike(build: Build) -> None:
    """Black and white, below and above."""
    levels = np.linspace(-1, 2, 31)

    for setting in (-0.5, 0.5):
        moved = build.run_greys(levels, {"all_offset": setting})
        np.testing.assert_allclose(moved - levels, setting, atol=SAME)


@pytest.mark.parametrize("name", ["all_shadows", "red_shadows"])
@pytest.mark.parametrize("setting", [-0.5, 0.25, 0.5])
def test_shadows_move_black_and_leave_white(build: Build, name: str, setting: float) -> None:
    """All of it at black and below, half between, less and less, nothing at white and above."""
    levels = np.linspace(-0.5, 1.5, 201).astype(np.float32)

    share = (build.run_greys(levels, {name: setting}) - levels) / np.float32(setting)

    np.testing.assert_allclose(share[levels <= 0], 1, atol=SAME)
    np.testing.assert_allclose(share[levels == 0.5], 0.5, atol=SAME)
    np.testing.assert_array_equal(share[levels >= 1], 0)
    assert (np.diff(share) <= SAME).all()
    assert np.abs(np.diff(share, n=2)).max() < 1e-3  # smooth: a corner would show at 1e-2


@pytest.mark.parametrize("gamma", [1.0, 2.4], ids=["linear", "gamma-2.4"])
@pytest.mark.parametrize("midtones", [0.25, 0.5, 2.0, 3.0])
def test_midtones_divide_density(build: Build, midtones: float, gamma: float) -> None:
    """Red Midtones 2 halves red's density, and no other's, under any pure gamma."""
    density = np.linspace(-0.3, 3.9, 22) * min(1, gamma)
    encoded = 10 ** (-density / gamma)

    made = build.run(np.repeat(encoded[:, None], 3, axis=1), {"red_midtones": midtones})

    red_density = -gamma * np.log10(made[:, 0].astype(np.float64))
    np.testing.assert_allclose(red_density, density / midtones, atol=NEAR)
    np.testing.assert_array_equal(made[:, 1:], np.stack((encoded, encoded), 1).astype(np.float32))


@pytest.mark.parametrize("midtones", [0.1, 0.5, 2.0, 3.0])
def test_midtones_are_straight_beyond_film(build: Build, midtones: float) -> None:
    """Beyond density 4 and a stop above white, on both sides of 0: a line through 0."""
    values = {"all_midtones": midtones}
    deep, bright = 1e-4 ** (1 / midtones - 1), 2.0 ** (1 / midtones - 1)

    levels = np.array([0, 1e-7, 5e-5, 1e-4, 2, 4, 100, LARGEST], np.float32)
    slopes = np.array([deep] * 4 + [bright] * 4)
    made = build.run_greys(levels, values)
    mirrored = build.run_greys(-levels, values)

    np.testing.assert_allclose(made, levels * slopes, rtol=NEAR, atol=1e-30)
    np.testing.assert_array_equal(mirrored, -made)


def test_no_control_clamps(build: Build) -> None:
    """At either end of every control, greys from -4 to 4 stay apart, and in order."""
    greys = np.linspace(-4, 4, 81)[:, None]

    for values in ENDS:
        steps = np.diff(build.run(greys, values).astype(np.float64), axis=0)
        in_order = (steps > 0).all(axis=0) | (steps < 0).all(axis=0)
        assert in_order.all(), f"{values}: {np.abs(steps).min(axis=0)} apart"


def test_extreme_light_stays_finite(build: Build) -> None:
    """Half-float's largest numbers, with every control at one of its ends."""
    random = np.random.default_rng(8)
    corners = np.array(list(product((-LARGEST, 0, LARGEST), repeat=3)), np.float32)

    assert np.isfinite(build.run(corners, ENDLESS)).all()
    for _ in range(15):
        values = draw_values(random)
        for control in CONTROLS:
            if control.lower is not None and control.upper is not None:
                values[control.name] = (control.lower, control.upper)[random.integers(2)]
        assert np.isfinite(build.run(corners, values)).all(), values


@pytest.mark.parametrize("channel", ["all", "red"])
def test_tone_controls_turn_nothing_around(build: Build, channel: str) -> None:
    """A brighter level never comes out darker, whatever the four controls say."""
    random = np.random.default_rng(9)
    levels = np.linspace(-1, 3, 4001)
    tones = tuple(f"{channel}_{tone}" for tone in TONES)

    for _ in range(6):
        drawn = draw_values(random)
        made = build.run_greys(levels, {tone: drawn[tone] for tone in tones})
        assert (np.diff(made) >= -SAME * np.abs(made[1:])).all()


@pytest.mark.parametrize("amount", [0.3, 1.0])
def test_fade_correction_is_one_fixed_curve(build: Build, amount: float) -> None:
    """Luma goes down an S, saturation up by the square; other pixels make no difference."""
    pixels = np.random.default_rng(10).uniform(0, 1, (50, 3)).astype(np.float32)
    values = {"fade_correction": amount}
    luma = (pixels @ LUMA_WEIGHTS)[:, None]
    curved = (1 - amount) * luma + amount * luma**2 * (3 - 2 * luma)

    made = build.run(pixels, values)

    np.testing.assert_allclose((made @ LUMA_WEIGHTS)[:, None], curved, atol=SAME)
    saturation = (made - curved) / curved
    np.testing.assert_allclose(
        saturation, (1 + amount**2) * (pixels - luma) / luma, rtol=1e-4, atol=1e-4
    )
    np.testing.assert_array_equal(build.run(pixels[::-7], values), made[::-7])
    np.testing.assert_array_equal(build.run(np.zeros(3), values), np.zeros((1, 3)))


@pytest.mark.parametrize("values", MASKED, ids=["mixing", "darken", "lighten"])
@pytest.mark.parametrize(
    ("rgb", "here", "there"),
    [
        pytest.param(AT_BLACK, "mixing_shadows", "mixing_highlights", id="black"),
        pytest.param(AT_WHITE, "mixing_highlights", "mixing_shadows", id="white"),
    ],
)
def test_masks_act_on_mixing_darken_and_lighten(
    build: Build, values: Values, rgb: tuple[float, ...], here: str, there: str
) -> None:
    """At black only Mixing Shadows counts, at white only Mixing Highlights, each by its share."""
    whole = build.run(rgb, values)
    rgb_kept = np.array(rgb, np.float32)

    assert not np.allclose(whole, rgb_kept)
    np.testing.assert_allclose(build.run(rgb, {**values, here: 0.0}), [rgb_kept], atol=SAME)
    np.testing.assert_allclose(build.run(rgb, {**values, there: 0.0}), whole, atol=SAME)
    np.testing.assert_allclose(
        build.run(rgb, {**values, here: 0.25}), 0.25 * whole + 0.75 * rgb_kept, atol=SAME
    )


@pytest.mark.parametrize("name", MASKS)
def test_masks_and_donor_leave_the_rest_alone(build: Build, name: str) -> None:
    """They do nothing to Replace, to the tone controls or to what follows."""
    random = np.random.default_rng(11)
    pixels = random.uniform(-0.5, 1.5, (50, 3)).astype(np.float32)
    drawn = draw_values(random, without=MASKS)
    masked_verbs = ("_from_", "_darken", "_lighten")
    values = {n: drawn[n] for n in drawn if not any(verb in n for verb in masked_verbs)}

    masked = build.run(pixels, {**values, name: 0.3})

    np.testing.assert_allclose(masked, build.run(pixels, values), rtol=NEAR, atol=NEAR)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        pytest.param({"red_replace": 1, "green_replace": 1}, [1, 0, 2], id="red-green"),
        pytest.param({"red_replace": 2, "blue_replace": 1}, [2, 1, 0], id="red-blue"),
        pytest.param({"green_replace": 2, "blue_replace": 2}, [0, 2, 1], id="green-blue"),
        pytest.param(
            {"red_replace": 1, "green_replace": 2, "blue_replace": 1}, [1, 2, 0], id="all-three"
        ),
    ],
)
def test_replace_swaps_channels(build: Build, values: Values, order: list[int]) -> None:
    """Each reads what stood there before any was replaced."""
    pixels = draw_pixels(np.random.default_rng(12))

    np.testing.assert_array_equal(build.run(pixels, values), pixels[:, order])


def test_preserve_luminance_keeps_luma(build: Build) -> None:
    """Luma is that of stages 1 and 2 whatever stages 3 to 6 do, by one number for all channels."""
    random = np.random.default_rng(13)
    pixels = np.concatenate(
        (np.zeros((1, 3)), random.uniform(-0.5, 1.5, (99, 3)), random.uniform(-1, 0, (20, 3)))
    ).astype(np.float32)
    early = [f"all_{tone}" for tone in TONES] + ["fade_correction"]

    for _ in range(6):
        values = draw_values(random, without=(*LATE, "preserve_luminance"))
        changed = build.run(pixels, values).astype(np.float64)
        kept = build.run(pixels, {**values, "preserve_luminance": 1}).astype(np.float64)
        luma = build.run(pixels, {name: values[name] for name in early}) @ LUMA_WEIGHTS

        size = np.maximum(1, np.abs(changed).max(axis=1) + np.abs(luma))
        assert (np.abs(kept @ LUMA_WEIGHTS - luma) / size).max() < SAME
        assert (np.ptp(kept - changed, axis=1) / size).max() < SAME


def test_preserve_luminance_alone_changes_nothing(build: Build) -> None:
    """With no channel touched there is no luma to give back."""
    pixels = draw_pixels(np.random.default_rng(14))

    np.testing.assert_allclose(build.run(pixels, {"preserve_luminance": 1}), pixels, rtol=SAME)


@pytest.mark.parametrize(
    ("light", "code"),
    [
        pytest.param(0.0, 95 / 1023, id="black"),
        pytest.param(0.01, 0.176, id="0.01"),
        pytest.param(0.18, 0.457, id="grey"),
        pytest.param(0.5, 0.583, id="0.5"),
        pytest.param(1.0, 685 / 1023, id="white"),
    ],
)
def test_cineon_equals_published_codes(build: Build, light: float, code: float) -> None:
    """Kodak's black and white, and the curve between them to the three decimals of the notes."""
    made = build.run_greys([light], {"output_as": 1})

    np.testing.assert_allclose(made, code, atol=5e-4 if 0 < light < 1 else SAME)


def test_cineon_is_printing_density(build: Build) -> None:
    """0.002 density per code at gamma 0.6, over black's own light; a straight line below black."""
    light = np.array([0.001, 0.18, 1, 8, 100, LARGEST])
    flare = 10 ** ((95 - 685) * 0.002 / 0.6)

    made = build.run_greys([*light, -1, -2, -1e-4, 1e-4, 0], {"output_as": 1}).astype(np.float64)

    printing_density = (made[:6] * 1023 - 685) * 0.002
    decoded = (10 ** (printing_density / 0.6) - flare) / (1 - flare)
    np.testing.assert_allclose(decoded, light, rtol=1e-4)
    black = made[-1]
    np.testing.assert_allclose(made[7] - black, 2 * (made[6] - black), rtol=NEAR)
    np.testing.assert_allclose(black - made[8], made[9] - black, rtol=0.01)
