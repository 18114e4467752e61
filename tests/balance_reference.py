"""The dye balance in float64, from its definition: what every form of it is compared with.

Encodings are written as their publications have them. The steps go through light and not, as the
product's do, from density to density.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chromaresolve.balance.transform import DyeBalance
from chromaresolve.fade import NEGATIVE_STOCKS, STOCKS

Numbers = NDArray[np.float64]

MOST_LIGHT = 1e20
"""The brightest light that a balance carries."""

LUMA_709 = np.array([0.2126, 0.7152, 0.0722])
"""Rec. ITU-R BT.709-6, item 3.2."""

CINEON_BLACK = 10 ** ((95 - 685) * 0.002 / 0.6)
"""Light of code 95 before it is made 0."""

CINEON_TANGENT = 10 ** (-685 * 0.002 / 0.6) * np.log(10) * (0.002 / 0.6) * 1023 / (1 - CINEON_BLACK)
"""Light per value at code 0."""


def reference_decode(rgb: NDArray[np.floating], encoding: str) -> Numbers:
    """Light of encoded values, sign preserving."""
    value = np.asarray(rgb, dtype=np.float64)
    size = np.abs(value)
    if encoding == "linear":
        light = value
    elif encoding == "gamma24":
        light = np.sign(value) * size**2.4
    elif encoding == "srgb":
        light = np.sign(value) * np.where(
            size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4
        )
    elif encoding == "cineon":
        code = 1023 * np.clip(value, 0, 10)
        curve = (10 ** ((code - 685) * 0.002 / 0.6) - CINEON_BLACK) / (1 - CINEON_BLACK)
        light = curve + CINEON_TANGENT * np.minimum(value, 0)
    elif encoding == "logc3":
        curve = (10 ** ((np.clip(value, 0, 10) - 0.385537) / 0.247190) - 0.052272) / 5.555556
        is_curve = value > 5.367655 * 0.010591 + 0.092809
        light = np.where(is_curve, curve, (value - 0.092809) / 5.367655)
    else:
        curve = 2 ** (np.clip(value, 0, 10) * 17.52 - 9.72)
        straight = (value - 0.0729055341958355) / 10.5402377416545
        light = np.where(value <= 0.155251141552511, straight, curve)
    return np.clip(light, -MOST_LIGHT, MOST_LIGHT)


def reference_encode(light: NDArray[np.floating], encoding: str) -> Numbers:
    """Encoded values of light, the inverse of `reference_decode`."""
    light = np.clip(np.asarray(light, dtype=np.float64), -MOST_LIGHT, MOST_LIGHT)
    size = np.abs(light)
    if encoding == "linear":
        value = light
    elif encoding == "gamma24":
        value = np.sign(light) * size ** (1 / 2.4)
    elif encoding == "srgb":
        curve = 1.055 * np.maximum(size, 1e-9) ** (1 / 2.4) - 0.055
        value = np.sign(light) * np.where(size <= 0.0031308, 12.92 * size, curve)
    elif encoding == "cineon":
        lowest = reference_decode(np.zeros(1), "cineon")
        curve = np.maximum(light, lowest) * (1 - CINEON_BLACK) + CINEON_BLACK
        codes = 685 + 0.6 / 0.002 * np.log10(curve)
        value = codes / 1023 + np.minimum(light - lowest, 0) / CINEON_TANGENT
    elif encoding == "logc3":
        curve = 0.247190 * np.log10(5.555556 * np.maximum(light, 0) + 0.052272) + 0.385537
        value = np.where(light > 0.010591, curve, 5.367655 * light + 0.092809)
    else:
        curve = (np.log2(np.maximum(light, 1e-9)) + 9.72) / 17.52
        value = np.where(light <= 0.0078125, 10.5402377416545 * light + 0.0729055341958355, curve)
    return np.asarray(value, dtype=np.float64)


def reference_matrix(balance: DyeBalance, cap: float) -> Numbers:
    """The 3x3 from faded to fresh densities, its red gain held to the cap."""
    dyes = np.array(
        {**STOCKS, **NEGATIVE_STOCKS}["5383" if balance.stock == "generic" else balance.stock]
    )
    kept = balance.retention
    left = np.diag([kept.cyan, kept.magenta, kept.yellow])
    neutral = dyes @ left @ np.linalg.inv(dyes) @ np.ones(3)
    matrix = dyes @ np.linalg.inv(left) @ np.linalg.inv(dyes)
    if matrix[0, 0] > cap:
        excess = matrix[0, 0] - cap
        matrix[0, 0] = cap
        matrix[0, 1] += excess * neutral[0] / neutral[1]
    return np.asarray(matrix)


def reference_balance(rgb: NDArray[np.floating], balance: DyeBalance) -> Numbers:
    """The balanced picture, (..., 3)."""
    balanced = _print(rgb, balance, balance.red_gain_cap)
    luma_from = {
        "balance": lambda: balanced,
        "scan": lambda: np.asarray(rgb, np.float64),
        "healthiest": lambda: _print(
            rgb, balance, min(balance.red_gain_cap, balance.luma_gain_cap)
        ),
    }[balance.luma]()
    return np.asarray(balanced + ((luma_from - balanced) @ LUMA_709)[..., np.newaxis])


def _print(rgb: NDArray[np.floating], balance: DyeBalance, cap: float) -> Numbers:
    light = reference_decode(rgb, balance.encoding)
    base = np.array(balance.base)
    held = np.clip(light, 10.0 ** -(base + 4.0), 10.0 ** -(base - 0.3))
    density = -np.log10(held)
    fresh = balance.contrast * (density - base) @ reference_matrix(balance, cap).T
    fresh = fresh + 0.025 * np.array(balance.printer)
    if balance.knee:
        pressed = balance.knee * np.exp(np.minimum(fresh - balance.knee, 0) / balance.knee)
        fresh = np.where(fresh < balance.knee, pressed, fresh)
    printed = (1 - balance.amount) * density + balance.amount * fresh
    ratio = light / held
    if balance.contrast < 0:
        ratio = balance.amount + (1 - balance.amount) * ratio
    # Near the largest float64 the power alone overflows where the product does not.
    exponent = np.log10(np.maximum(np.abs(ratio), 1e-300)) - printed
    return reference_encode(np.sign(ratio) * 10 ** np.minimum(exponent, 20), balance.encoding)
