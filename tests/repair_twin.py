"""Channel Repair in float64, written from what its controls mean: the shader is held to this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Channels = NDArray[np.float64]
"""R, G and B, shape (..., 3), black 0 and white 1; values beyond both are kept."""

Plane = NDArray[np.float64]
"""One number per pixel, shape (...)."""

CHANNELS = ("red", "green", "blue")

OTHERS = ((1, 2), (0, 2), (0, 1))
"""Each channel's two others, in the order of their combo boxes."""

LUMA_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
"""Rec. ITU-R BT.709-6, item 3.2."""

FILM = (1e-4, 2.0)
"""Light between density 4 and a stop above white."""

CINEON_BLACK, CINEON_WHITE = 95, 685
"""Codes of black and of reference white, of 1023."""

CODES_PER_DECADE = 0.6 / 0.002
"""Gamma 0.6 at 0.002 density per code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRepair:
    """The controls, in the order of the panel; names are the shader's variables."""

    all_offset: float = 0.0
    """Added to every level."""
    all_shadows: float = 0.0
    """Added to black; to white nothing; between them as `weigh_shadows` says."""
    all_midtones: float = 1.0
    """Divides density; in a straight line through 0 beyond what film can hold."""
    all_highlights: float = 1.0
    """Multiplies every level."""
    fade_correction: float = 0.0
    """Share of a smoothstep in the luma curve; its square is added to saturation."""
    red_offset: float = 0.0
    """This and the next eleven: as for all three channels, on one."""
    red_shadows: float = 0.0
    red_midtones: float = 1.0
    red_highlights: float = 1.0
    green_offset: float = 0.0
    green_shadows: float = 0.0
    green_midtones: float = 1.0
    green_highlights: float = 1.0
    blue_offset: float = 0.0
    blue_shadows: float = 0.0
    blue_midtones: float = 1.0
    blue_highlights: float = 1.0
    red_from_green: float = 0.0
    """This and the next five: share of a donor that is added, times the mask."""
    red_from_blue: float = 0.0
    green_from_red: float = 0.0
    green_from_blue: float = 0.0
    blue_from_red: float = 0.0
    blue_from_green: float = 0.0
    mixing_shadows: float = 1.0
    """The mask at black: how much mixing, darken and lighten do there."""
    mixing_highlights: float = 1.0
    """The mask at white."""
    donor_luminance: float = 1.0
    """Multiplies every donor of mixing, darken and lighten."""
    red_darken: int = 0
    """This and the other darkens: 0, or which of the two others is the upper limit."""
    red_lighten: int = 0
    """This and the other lightens: 0, or which of the two others is the lower limit."""
    green_darken: int = 0
    green_lighten: int = 0
    blue_darken: int = 0
    blue_lighten: int = 0
    red_replace: int = 0
    """This and the next two: 0, or which of the two others stands here."""
    green_replace: int = 0
    blue_replace: int = 0
    preserve_luminance: int = 0
    """1 adds to all three channels what mixing and the channels' own tone took from luma."""
    channel_removal: int = 0
    """0, or which channel is 0."""
    channel_preview: int = 0
    """0, or which channel all three show."""
    output_as: int = 0
    """1 encodes the result as Cineon."""


def exact(light: Channels) -> Channels:
    """Return pixels as they are: no rounding between the stages."""
    return light


def repair(
    rgb: NDArray[np.floating],
    controls: ChannelRepair,
    *,
    keep: Callable[[Channels], Channels] = exact,
) -> Channels:
    """Return pixels (..., 3) as the controls make them; `keep` rounds them between the stages."""
    light = keep(np.asarray(rgb, dtype=np.float64))
    light = keep(set_tone(light, controls, ("all",)))
    after_fade = keep(correct_fade(light, controls.fade_correction))
    light = keep(set_tone(after_fade, controls, CHANNELS))
    mask = measure_mask(light, controls)
    light = keep(mix(light, mask, controls))
    light = replace(keep(limit(light, mask, controls)), controls)
    if controls.preserve_luminance:
        light = keep(light + ((after_fade - light) @ LUMA_WEIGHTS)[..., None])
    if controls.channel_removal:
        light = light * (np.arange(1, 4) != controls.channel_removal)
    if controls.channel_preview:
        light = light[..., [controls.channel_preview - 1] * 3]
    return light_to_cineon(light) if controls.output_as else light


def weigh_shadows(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 at black and below, 0 at white and above, a cubic without corners between."""
    held = np.clip(level, 0, 1)
    weight: NDArray[np.float64] = 1 - 3 * held**2 + 2 * held**3
    return weight


def set_tone(light: Channels, controls: ChannelRepair, channels: tuple[str, ...]) -> Channels:
    """Return pixels after offset, shadows, midtones and highlights, in that order."""
    offset, shadows, midtones, highlights = (
        np.array([getattr(controls, f"{channel}_{name}") for channel in channels])
        for name in ("offset", "shadows", "midtones", "highlights")
    )
    moved = light + offset
    lifted = moved + shadows * weigh_shadows(moved)
    held = np.clip(np.abs(lifted), *FILM)
    density = -np.log10(held)
    toned: Channels = highlights * 10 ** (-density / midtones) * (lifted / held)
    return toned


def correct_fade(light: Channels, amount: float) -> Channels:
    """Return pixels with luma on the curve, the same below 0, and 1 + amount^2 the saturation."""
    luma = light @ LUMA_WEIGHTS
    held = np.minimum(np.abs(luma), 1)
    curved = np.where(held < 1, np.sign(luma) * (3 * held**2 - 2 * held**3), luma)
    aim = luma + amount * (curved - luma)
    gain = np.divide(aim, luma, out=np.full_like(luma, 1 - amount), where=luma != 0)
    chroma = light - luma[..., None]
    corrected: Channels = gain[..., None] * (luma[..., None] + (1 + amount**2) * chroma)
    return corrected


def measure_mask(light: Channels, controls: ChannelRepair) -> Plane:
    """Return how much mixing, darken and lighten do at each pixel."""
    shadow = weigh_shadows(light @ LUMA_WEIGHTS)
    return shadow * controls.mixing_shadows + (1 - shadow) * controls.mixing_highlights


def mix(light: Channels, mask: Plane, controls: ChannelRepair) -> Channels:
    """Return pixels with their donors added, all read before any is written."""
    shares = np.zeros((3, 3))
    for to, others in enumerate(OTHERS):
        for donor in others:
            shares[to, donor] = getattr(controls, f"{CHANNELS[to]}_from_{CHANNELS[donor]}")
    return light + mask[..., None] * controls.donor_luminance * (light @ shares.T)


def limit(light: Channels, mask: Plane, controls: ChannelRepair) -> Channels:
    """Return pixels held to their darken donors, then raised to their lighten donors."""
    limited = light.copy()
    for verb, extreme in (("darken", np.minimum), ("lighten", np.maximum)):
        for at, channel in enumerate(CHANNELS):
            if choice := getattr(controls, f"{channel}_{verb}"):
                donor = controls.donor_luminance * light[..., OTHERS[at][choice - 1]]
                kept = (1 - mask) * limited[..., at]
                limited[..., at] = kept + mask * extreme(limited[..., at], donor)
    return limited


def replace(light: Channels, controls: ChannelRepair) -> Channels:
    """Return pixels whose channels stand where the combo boxes put them, all at once."""
    choices = [getattr(controls, f"{channel}_replace") for channel in CHANNELS]
    return light[..., [(at, *OTHERS[at])[choice] for at, choice in enumerate(choices)]]


def light_to_cineon(light: Channels) -> Channels:
    """Return Kodak Cineon codes over 1023; below black, the tangent there."""
    flare = 10 ** ((CINEON_BLACK - CINEON_WHITE) / CODES_PER_DECADE)
    lit = np.log10(np.maximum(light, 0) * (1 - flare) + flare)
    slope = CODES_PER_DECADE / np.log(10) * (1 - flare) / flare
    codes: Channels = CINEON_WHITE + CODES_PER_DECADE * lit + slope * np.minimum(light, 0)
    return codes / 1023
