"""How a frame's colour differs from that of the frames beside it, where they show the same.

The neighbours are laid on the frame by the plate's own movement, and get its light. Colour is
compared in tiles, as a mean, so that neither grain nor a network's noise counts. What the plate's
own chroma does at the same place is taken off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import display_709_to_lab, lab_delta_e_2000, luma_chroma_to_rgb
from chromaresolve.review.change import Change, Steadiness, Turn
from chromaresolve.review.movement import Chroma, Neighbour, Small, lay
from chromaresolve.review.skin import measure_skin
from chromaresolve.review.softness import Softness, agreed, measure_softness

TILES = (9, 16)
"""Parts of the picture, down and across."""

LEAST_SHOWN = 1 / 3
"""Share of a tile that a neighbour must show."""

LEAST_TILES = 0.2
"""Share of the tiles that a neighbour must show: less is another picture."""

DARK = 0.1
"""Mean luma of a tile below which its colour cannot be told, display value: lightness L* of 4."""

WHITE = 0.94
"""Mean luma of a tile above which it cannot be told either: hardly any chroma fits."""

PLATES_SHARE = 2.0
"""What the plate's own chroma does counts so many times: fading has left it half its chroma or
less, so what flickers there flickers as much more where colour is given back."""

RELIGHT = 0.2
"""Logarithm of light's change from which on the plate's chroma explains nothing: what fading has
left of it, a cast above all, does not follow light in proportion."""

LIGHTS_GAIN = 1.0
"""How much more or less chroma than in proportion is granted for light changing, in shares of that
change: chroma follows luma only as far as blacks are black and whites do not clip."""

LIGHTS_SHARE, CLIPPED_SHARE = 1.5, 15.0
"""dE2000 that is granted for light changing by a factor of e besides, and where a channel clips:
there hue turns."""

CLIPS = 0.75
"""Mean of a tile's largest channel from which on some of it clips, display value."""

SURE = 0.02
"""Singular value, as a share of the largest, below which turn and cast are not told apart: in a
picture of one colour they are the same."""

LOCAL_SHARE = 0.06
"""Share of the tiles that are a part of the picture: those that differ most."""

Colours = NDArray[np.complex128]
"""Chroma of each tile, Cb + i Cr."""

Tiles = NDArray[np.float64]
"""One number for each tile, not a number where there is none, (tiles,)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """Tiles of this frame, and what a neighbour leads one to expect there."""

    luma: Tiles
    here: Colours
    off: Colours
    whole_off: Colours
    plate_here: Colours
    plate_off: Colours
    plate_whole_off: Colours
    light: Tiles
    skin: complex
    skin_here: complex
    skin_luma: float
    rest: float


def measure_steadiness(here: Small, before: Small | None, after: Small | None) -> Steadiness:
    """Measure how a frame differs from those beside it."""
    laid = [None if one is None else lay(one, here) for one in (before, after)]
    first, second = (None if one is None else _side(here, one) for one in laid)
    soft = [measure_softness(here, one) for one in laid if one is not None]
    return Steadiness(
        before=None if first is None else _change(first),
        after=None if second is None else _change(second),
        alone=None if first is None or second is None else _change(_agreed(first, second)),
        softness=_softness(soft),
    )


def _softness(sides: list[Softness]) -> Softness | None:
    """Return what both sides agree on; of one alone, which of the two has slid cannot be told."""
    if len(sides) == 2:
        return agreed(*sides)
    return replace(sides[0], right=0.0, down=0.0) if sides else None


def _side(here: Small, neighbour: Neighbour) -> _Side | None:
    """Return both in tiles; None where they do not show the same."""
    shows = neighbour.shows.astype(np.float32)
    share = _tiles(shows)
    told = share >= LEAST_SHOWN
    if told.mean() < LEAST_TILES:
        return None
    weight = np.where(told, share, np.nan)

    def mean(plane: NDArray[np.float32]) -> Tiles:
        return _tiles(plane * shows) / weight

    luma, luma_there = mean(here.luma), mean(neighbour.luma)
    lit = np.where((luma > DARK) & (np.fmax(luma, luma_there) < WHITE), luma, np.nan)
    gain = np.clip(lit / np.maximum(luma_there, 1e-3), 0.1, 10)
    light = np.abs(np.log(gain))

    def both(one: Chroma, other: Chroma) -> tuple[Colours, Colours]:
        own, there = (_complex(mean(c[..., 0]), mean(c[..., 1])) for c in (one, other))
        return own, _unlit(own - gain * there, gain * there, light)

    here_chroma, off = both(here.recovered, neighbour.recovered)
    plate_here, plate_off = both(here.plate, neighbour.plate)
    skin, skin_here, skin_luma, rest = measure_skin(here, neighbour)
    return _Side(
        luma=lit,
        here=here_chroma,
        off=off,
        whole_off=_alike(here_chroma, off),
        plate_here=plate_here,
        plate_off=plate_off,
        plate_whole_off=_alike(plate_here, plate_off),
        light=light,
        skin=skin,
        skin_here=skin_here,
        skin_luma=skin_luma,
        rest=rest,
    )


def _unlit(off: Colours, expected: Colours, light: Tiles) -> Colours:
    """Return a difference without the gain in chroma that light explains; a turn is none."""
    length = np.fmax(np.abs(expected), 1e-6)
    along = expected / length
    granted = LIGHTS_GAIN * light * length
    return off - along * np.clip((off * np.conj(along)).real, -granted, granted)


def _complex(cb: Tiles, cr: Tiles) -> Colours:
    return np.asarray(cb + 1j * cr, np.complex128)


def _tiles(plane: NDArray[np.float32]) -> Tiles:
    down, across = (min(pair) for pair in zip(TILES, plane.shape, strict=True))
    small = cv2.resize(plane, (across, down), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float64).ravel()


def _agreed(first: _Side, second: _Side) -> _Side:
    """Return the smaller of two differences where they point the same way, else none."""
    is_skin = not (np.isnan(first.skin_luma) or np.isnan(second.skin_luma))
    turn = [np.angle(s.skin_here * np.conj(s.skin)) for s in (first, second)]
    least = min(turn, key=abs) if turn[0] * turn[1] > 0 else 0.0
    return _Side(
        luma=first.luma,
        here=first.here,
        off=_smaller(first.off, second.off),
        whole_off=_smaller(first.whole_off, second.whole_off),
        plate_here=first.plate_here,
        # The plate is given the benefit: the larger of what it does on either side.
        plate_off=_larger(first.plate_off, second.plate_off),
        plate_whole_off=_larger(first.plate_whole_off, second.plate_whole_off),
        light=np.fmax(first.light, second.light),
        skin=first.skin_here * np.exp(-1j * least) if is_skin else 0j,
        skin_here=first.skin_here,
        skin_luma=first.skin_luma if is_skin else np.nan,
        # All else must stand still against either.
        rest=max(first.rest, second.rest),
    )


def _alike(here: Colours, off: Colours) -> Colours:
    """Return what of a difference all colours have alike: a turn, a gain and a cast.

    So neither grain nor what a network does here and there counts for the whole picture.
    """
    there = np.isfinite(off) & np.isfinite(here)
    alike = np.full(off.shape, np.nan, np.complex128)
    if there.any():
        expected = (here - off)[there]
        terms = np.stack([expected, np.ones_like(expected)], axis=1)
        alike[there] = terms @ np.linalg.lstsq(terms, off[there], rcond=SURE)[0]
    return alike


def _larger(first: Colours, second: Colours) -> Colours:
    return np.where(np.abs(first) > np.abs(second), first, second)


def _smaller(first: Colours, second: Colours) -> Colours:
    alike = (first * np.conj(second)).real > 0
    smaller = np.where(np.abs(first) < np.abs(second), first, second)
    agreed = np.where(alike, smaller, 0)
    return np.where(np.isnan(first) | np.isnan(second), np.nan, agreed)


def _change(side: _Side) -> Change:
    beyond = _beyond(side, side.off, side.plate_off)
    whole = _beyond(side, side.whole_off, side.plate_whole_off)
    told = np.isfinite(beyond)
    if not told.any():
        beyond, whole, told = np.zeros_like(beyond), np.zeros_like(beyond), np.ones_like(told)
    most = max(1, round(LOCAL_SHARE * beyond.size))
    part = np.argsort(np.where(told, beyond, -1))[-most:]
    return Change(
        whole=_root(whole),
        part=float(np.where(told, beyond, 0)[part].mean()),
        plate=_root(_distance(side.luma, side.plate_here, side.plate_off)),
        turn=_turn(side.here, side.whole_off),
        part_turn=_turn(side.here[part], side.off[part]),
        spot=_spot(np.where(told, beyond, 0)),
        light=float(np.median(side.light[told])) if np.isfinite(side.light[told]).any() else 0.0,
        skin=float(np.degrees(np.angle(side.skin_here * np.conj(side.skin)))),
        skin_distance=_skin_distance(side),
        rest=side.rest,
    )


def _beyond(side: _Side, off: Colours, plate_off: Colours) -> Tiles:
    """Return dE2000 of each tile's difference, without what plate and light explain."""
    distance = _distance(side.luma, side.here, off)
    plate = _distance(side.luma, side.plate_here, plate_off)
    share = PLATES_SHARE * np.clip(1 - side.light / RELIGHT, 0, 1)
    largest = np.fmax(*(_rgb(side.luma, c).max(axis=-1) for c in (side.here, side.here - off)))
    lights = np.where(largest > CLIPS, CLIPPED_SHARE, LIGHTS_SHARE)
    explained = share * plate + lights * side.light
    # As squares: what the plate does besides, its grain above all, does not add up with a fault.
    return np.sqrt(np.maximum(distance**2 - explained**2, 0))


def _distance(luma: Tiles, here: Colours, off: Colours) -> Tiles:
    """Return dE2000 of each tile's colour to the expected one, on the same luma."""
    labs = (display_709_to_lab(_rgb(luma, chroma)) for chroma in (here, here - off))
    return np.asarray(lab_delta_e_2000(*labs), np.float64)


def _rgb(luma: Tiles, chroma: Colours) -> NDArray[np.float64]:
    pair = np.stack([chroma.real, chroma.imag], axis=-1)
    return np.asarray(luma_chroma_to_rgb(luma, pair), np.float64)


def _turn(here: Colours, off: Colours) -> Turn:
    """Return the turn and the gain that take the expected colours nearest to these."""
    there = np.isfinite(off) & np.isfinite(here)
    here, off = here[there], off[there]
    if not off.size:
        return Turn(hue=0.0, saturation=1.0, cast=0j, chroma=0.0, off=0.0, tint=0.0)
    expected = here - off
    energy = float(np.mean(np.abs(expected) ** 2))
    best = complex(np.vdot(expected, here)) / (off.size * energy) if energy > 0 else 1 + 0j
    power = float(np.mean(np.abs(off) ** 2))
    return Turn(
        hue=float(np.degrees(np.angle(best))),
        saturation=abs(best),
        cast=complex(off.mean()),
        chroma=math.sqrt(energy),
        off=math.sqrt(power),
        tint=abs(off.mean()) ** 2 / power if power > 0 else 0.0,
    )


def _root(distance: Tiles) -> float:
    there = distance[np.isfinite(distance)]
    return float(np.sqrt(np.mean(np.square(there)))) if there.size else 0.0


def _spot(beyond: Tiles) -> tuple[float, float]:
    across = TILES[1] if beyond.size == TILES[0] * TILES[1] else max(1, beyond.size)
    row, column = divmod(int(beyond.argmax()), across)
    return (row + 0.5) / max(1, beyond.size // across), (column + 0.5) / across


def _skin_distance(side: _Side) -> float:
    if np.isnan(side.skin_luma):
        return 0.0
    luma = np.array([side.skin_luma])
    here, expected = np.array([side.skin_here]), np.array([side.skin])
    return float(_distance(luma, here, here - expected)[0])
