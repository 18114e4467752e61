"""A faded scan balanced by undoing the loss of its dyes: the transform itself, and its record.

A scan's red, green and blue densities are mixtures of what the three dyes absorb. Turned back into
amounts of dye, divided by the share that is left of each, and mixed again, they are those of fresh
film: one 3x3 in density. Undoing the cyan dye's loss multiplies the red channel's grain, so the
matrix's red gain has a cap; what red density is then missing comes from the healthier green record,
so that greys stay grey.

The same transform stands in `dctl/ChromaResolve PreBalance.dctl`, in `training.pre_balance` and in
the .cube files made from it; the tests hold the four together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, Self, TypeAlias, cast, get_args

import numpy as np
from numpy.typing import NDArray

from chromaresolve.balance.encodings import (
    ENCODINGS,
    NO_LIGHT,
    Pixels,
    density_to_rgb,
    rgb_to_density,
)
from chromaresolve.colour import LUMA_WEIGHTS
from chromaresolve.errors import StageError, UsageError
from chromaresolve.fade import (
    DEFAULT_STOCK,
    NEGATIVE_STOCKS,
    STOCKS,
    Retention,
    dye_matrix,
    fade_matrix,
)

Triple: TypeAlias = tuple[float, float, float]
"""One number each for red, green and blue."""

Luma: TypeAlias = Literal["balance", "healthiest", "scan"]
"""Whose luma the balanced picture has."""

GENERIC_STOCK = "generic"
"""The stock to name when nobody knows it."""

STOCK_NAMES = (GENERIC_STOCK, *STOCKS, *NEGATIVE_STOCKS)
"""Stocks that a balance may name, the default first."""

DEEPEST_DENSITY = 4.0
"""Density above the base of the blackest black a print holds."""

BEYOND_BASE = 0.3
"""Density below the base's own down to which film is believed: a stop, for a base set too dense."""

PRINTER_POINT = 0.025
"""Density of one printer point, on the printers that film laboratories time prints with."""

LIMITS = MappingProxyType(
    {
        "base": (-2.0, 3.0),
        "amount": (0.0, 1.0),
        "red_gain_cap": (1.0, 20.0),
        "printer": (-240.0, 240.0),
        "contrast": (-4.0, 4.0),
        "knee": (0.0, 1.0),
        "luma_gain_cap": (1.0, 20.0),
    },
)
"""What each number of a balance may be; the shader's controls have the same ends."""

BLOCK_PIXELS = 1 << 12
"""Pixels balanced at a time: temporaries stay in cache, and in memory that is not given back to the
system after each step (from 128 KiB on it is; twice as slow)."""

_DYES = ("cyan", "magenta", "yellow")
_CHANNELS = ("red", "green", "blue")


@dataclass(frozen=True, slots=True, kw_only=True)
class DyeBalance:
    """How a faded scan is balanced; one for a whole shot, so that nothing flickers."""

    retention: Retention
    """What is left of each dye."""
    encoding: str = "gamma24"
    """What the scan's values are, one of `ENCODINGS`."""
    stock: str = GENERIC_STOCK
    """The print stock, one of `STOCK_NAMES`."""
    base: Triple = (0.0, 0.0, 0.0)
    """Density of the film without any dye, taken off before the dyes are unmixed."""
    amount: float = 1.0
    """How much of it is done: 0 leaves the scan as it is."""
    red_gain_cap: float = 12.0
    """Largest gain of red density in the red channel: its grain grows with it."""
    printer: Triple = (0.0, 0.0, 0.0)
    """Printer points added, each 0.025 of density; more is darker."""
    contrast: float = 1.0
    """Gain of all densities; below 0 a negative becomes a positive."""
    knee: float = 0.0
    """Density below which lights are pressed together and never pass display white; 0 is off."""
    luma: Luma = "balance"
    """`balance` lets luma follow; `scan` keeps the scan's; `healthiest` takes it from a balance
    whose red gain is held to `luma_gain_cap`, so from the records that kept most, with less grain.
    """
    luma_gain_cap: float = 1.5
    """Largest red gain of that other balance."""

    def __post_init__(self) -> None:
        """Refuse what no balance can be.

        Raises:
            UsageError: A name is unknown, or a number is none or beyond its `LIMITS`.
        """
        names = {"encoding": tuple(ENCODINGS), "stock": STOCK_NAMES, "luma": get_args(Luma)}
        for field, known in names.items():
            if getattr(self, field) not in known:
                raise UsageError(
                    f"balance: {field} {getattr(self, field)!r}: give one of {', '.join(known)}"
                )
        for field, (lower, upper) in LIMITS.items():
            if not all(lower <= number <= upper for number in np.ravel(getattr(self, field))):
                raise UsageError(
                    f"balance: {field} {getattr(self, field)!r}: give {lower:g} to {upper:g}"
                )

    def apply(self, rgb: Pixels) -> Pixels:
        """Return balanced pixels (..., 3): a colour map, as `write_cube` takes it."""
        return apply_dye_balance(rgb, self)

    def to_record(self) -> dict[str, str | float]:
        """Return the balance as the flat table that files keep."""
        return {
            "encoding": self.encoding,
            "stock": self.stock,
            **{f"retention_{dye}": getattr(self.retention, dye) for dye in _DYES},
            **{f"base_{name}": self.base[i] for i, name in enumerate(_CHANNELS)},
            "amount": self.amount,
            "red_gain_cap": self.red_gain_cap,
            "luma": self.luma,
            "luma_gain_cap": self.luma_gain_cap,
            **{f"printer_{name}": self.printer[i] for i, name in enumerate(_CHANNELS)},
            "contrast": self.contrast,
            "knee": self.knee,
        }

    def to_controls(self) -> dict[str, float]:
        """Return the values of the controls of `ChromaResolve PreBalance.dctl`; View is left."""
        numbers = {
            name.removeprefix("retention_"): entry
            for name, entry in self.to_record().items()
            if not isinstance(entry, str)
        }
        return numbers | {
            "encoding": list(ENCODINGS).index(self.encoding),
            "stock": STOCK_NAMES.index(self.stock),
            "luma": get_args(Luma).index(self.luma),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, object]) -> Self:
        """Return the balance that a file keeps.

        Raises:
            StageError: An entry is missing, or is none that a balance can have.
        """
        numbers = {
            name: _read_number(record, name)
            for name in ("amount", "red_gain_cap", "contrast", "knee", "luma_gain_cap")
        }
        dyes = {dye: _read_number(record, f"retention_{dye}") for dye in _DYES}
        try:
            return cls(
                retention=Retention(**dyes),
                encoding=_read_name(record, "encoding"),
                stock=_read_name(record, "stock"),
                base=_read_triple(record, "base"),
                printer=_read_triple(record, "printer"),
                luma=cast("Luma", _read_name(record, "luma")),
                **numbers,
            )
        except UsageError as error:
            raise StageError("balance", f"{error}; run `chromaresolve balance`") from error


def balance_matrix(
    retention: Retention, stock: str = GENERIC_STOCK, red_gain_cap: float = math.inf
) -> NDArray[np.float64]:
    """Return the 3x3 that takes R, G, B densities of faded film to those of fresh film.

    It is M diag(1 / k) M^-1. Where its red gain is beyond the cap, what red density that takes off
    a faded neutral is asked of green density instead: neutrals come out neutral all the same, and
    saturated reds and cyans with less colour than they had.

    Raises:
        UsageError: The stock is not one of `STOCK_NAMES`.
    """
    stock = DEFAULT_STOCK if stock == GENERIC_STOCK else stock
    dyes = dye_matrix(stock)
    left = np.array([retention.cyan, retention.magenta, retention.yellow])
    matrix = np.asarray((dyes / left) @ np.linalg.inv(dyes), dtype=np.float64)
    faded_neutral = fade_matrix(retention, stock).sum(axis=1)
    excess = max(matrix[0, 0] - red_gain_cap, 0.0)
    matrix[0, 0] -= excess
    matrix[0, 1] += excess * faded_neutral[0] / faded_neutral[1]
    return matrix


def luma_balance(balance: DyeBalance) -> DyeBalance:
    """Return the balance that `healthiest` takes luma from: the red gain held lower."""
    cap = min(balance.red_gain_cap, balance.luma_gain_cap)
    return replace(balance, red_gain_cap=cap, luma="balance")


def apply_dye_balance(rgb: Pixels, balance: DyeBalance) -> Pixels:
    """Return balanced pixels (..., 3), float32, in the encoding they came in.

    Light that film cannot hold, beyond `BEYOND_BASE` and `DEEPEST_DENSITY`, keeps its ratio to the
    nearest that it can: a straight line, on which black stays black, negative values stay negative
    and the order of a channel's values is kept. (A negative contrast turns the order round, so
    there the ends hold.) What is not a number stays none, and is as good as black to the others.

    Raises:
        UsageError: The last axis is not R, G and B.
    """
    rgb = np.asarray(rgb, dtype=np.float32)
    if rgb.ndim == 0 or rgb.shape[-1] != 3:
        raise UsageError(f"pixels of shape {rgb.shape}: give (..., 3)")
    flat = rgb.reshape(-1, 3)
    balanced = np.empty(flat.shape, dtype=np.float32)
    for start in range(0, len(flat), BLOCK_PIXELS):
        # Channel by channel, in memory too: four times as fast as RGB triples.
        planes = np.ascontiguousarray(flat[start : start + BLOCK_PIXELS].T)
        balanced[start : start + BLOCK_PIXELS] = _balance(planes, balance).T
    return balanced.reshape(rgb.shape)


def _balance(planes: Pixels, balance: DyeBalance) -> Pixels:
    """Return balanced pixels with the luma that was asked for, (3, n)."""
    density, sign = rgb_to_density(planes, balance.encoding)
    balanced = _print(density, sign, balance)
    if balance.luma == "balance":
        return balanced
    luma_from = planes
    if balance.luma == "healthiest":
        luma_from = _print(density, sign, luma_balance(balance))
    balanced += np.array(LUMA_WEIGHTS, dtype=np.float32) @ (luma_from - balanced)
    return balanced


def _print(density: Pixels, sign: Pixels, balance: DyeBalance) -> Pixels:
    """Return the encoded picture (3, n) of a scan's densities and the signs of its light."""
    base, printer = _column(balance.base), _column(balance.printer)
    above_base = density - base
    held = np.where(sign > 0, above_base, np.float32(DEEPEST_DENSITY))
    np.clip(held, -BEYOND_BASE, DEEPEST_DENSITY, out=held)
    fresh = _contrast_matrix(balance) @ held
    fresh += np.float32(PRINTER_POINT) * printer
    fresh = _press_lights(fresh, balance.knee)
    held += base
    beyond = density - held
    held += np.float32(balance.amount) * (fresh - held)
    if balance.contrast < 0:
        beyond, sign = _hold_ends(beyond, sign, balance.amount)
    held += beyond
    return density_to_rgb(held, sign, balance.encoding)


@lru_cache(maxsize=8)
def _contrast_matrix(balance: DyeBalance) -> Pixels:
    """Return the 3x3 with the contrast in it, made once for all blocks; not to be changed."""
    matrix = balance_matrix(balance.retention, balance.stock, balance.red_gain_cap)
    return (balance.contrast * matrix).astype(np.float32)


def _press_lights(density: Pixels, knee: float) -> Pixels:
    """Return densities whose lights come near 0, display white, and never pass it."""
    if not knee:
        return density
    # A falling exponential lies above its tangent: the larger of the two is the line down to the
    # knee and the exponential beyond.
    pressed = np.exp(np.minimum(density, np.float32(knee)) / np.float32(knee) - np.float32(1))
    return np.maximum(density, np.float32(knee) * pressed)


def _hold_ends(beyond: Pixels, sign: Pixels, amount: float) -> tuple[Pixels, Pixels]:
    """Return density and sign of what light beyond film keeps of its ratio: 1 - amount."""
    ratio = sign * np.exp2(beyond * np.float32(-math.log2(10)))
    kept = np.float32(amount) + np.float32(1 - amount) * ratio
    return -np.log10(np.maximum(np.abs(kept), np.float32(NO_LIGHT))), np.sign(kept)


def _column(triple: Triple) -> Pixels:
    return np.array(triple, dtype=np.float32)[:, np.newaxis]


def _read_number(record: Mapping[str, object], name: str) -> float:
    number = record.get(name)
    if not isinstance(number, int | float) or not math.isfinite(number):
        raise StageError("balance", f"{name} is {number!r}: run `chromaresolve balance`")
    return float(number)


def _read_triple(record: Mapping[str, object], name: str) -> Triple:
    red, green, blue = (_read_number(record, f"{name}_{channel}") for channel in _CHANNELS)
    return red, green, blue


def _read_name(record: Mapping[str, object], name: str) -> str:
    text = record.get(name)
    if not isinstance(text, str):
        raise StageError("balance", f"{name} is {text!r}: run `chromaresolve balance`")
    return text
