"""Recovered colour carried from display values onto the scene-linear ACES original.

Where the display shows a pixel well, its merge is taken back through the inverse output transform,
so that the original with the recovered colour shows exactly the merge. The display knows little of
deep black and nothing above its white. There the original stays, and its colour is changed by an
RGB ratio and its luminance by a gain that are carried on smoothly from what the display does show,
by place and by brightness: no clamp, no grain of the ratio's own, the same hue up a highlight.

All changes are made in ACEScg (AP1), whose primaries hold what the output transform works on.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import convert
from chromaresolve.composite.grid import Field, Floats, Grid, Plane
from chromaresolve.frames import Rgb

AP0 = ((0.7347, 0.2653), (0.0, 1.0), (0.0001, -0.077))
"""CIE x, y of red, green and blue of ACES2065-1; SMPTE ST 2065-1, table 1."""

AP1 = ((0.713, 0.293), (0.165, 0.83), (0.128, 0.044))
"""The same of ACEScg; Academy S-2014-004, table 1."""

ACES_WHITE = (0.32168, 0.33767)
"""CIE x, y of the white of both."""

ACESCG = "ACES - ACEScg"
"""The space that changes are made in, by a name that configs of ACES 1.2 and 1.3 know."""

DISPLAY = "display"
"""Rec.709 2.4 through the ACES SDR video output transform."""

MERGE_WHITE = (0.90, 0.98)
"""Highest channel of the merge from which on, and at which, the display stops to be believed.

At 0.90 a step of 0.01 in the display is 10 % of light, at 0.98 it is 30 %: so would be an error of
the recovered chroma.
"""

SCAN_WHITE = (0.97, 0.998)
"""The same of the scan, which only has to show all of the original's detail: it clips at 1."""

BLACK = (0.02, 0.08)
"""Highest channel of both below which the display is not believed, and from which on it is.

Below 0.05 a step of 0.01 is 28 % of light, and light below 0.002 is not shown at all.
"""

SAMPLED_WHITE = (0.95, 0.995)
"""As `MERGE_WHITE`, for what is carried on: over a cell, errors of single pixels average out."""

SAMPLED_BLACK = (0.05, 0.10)
"""As `BLACK`, for what is carried on: the output transform's toe must not colour the ratio."""

DARKEST_STOP, BRIGHTEST_STOP = -6.0, 2.0
"""Of the highest ACEScg channel, in stops about 1: what the display shows well, some 0.08 to 0.96.

Beyond both ends the ratio stays what it was there.
"""

SAME_DISPLAY = 4 / 1023
"""Display difference below which the merge is what the scan shows, and the original stays.

So it keeps what the display cannot show of it, such as colours outside Rec.709.
"""

FAINT = 0.02
"""Share of its luminance that a channel counts as at least, when ratios are taken.

Less light than that is a rounding of the output transform's own.
"""

LARGEST_RATIO = 64.0
"""Six stops: a larger ratio is no dye's, and one over it is the smallest."""

SMALLEST_LIGHT = 1e-6
"""Far below the smallest light that a half holds exactly: keeps logarithms finite."""

LARGEST_HALF = float(np.finfo(np.float16).max)
"""65504; IEEE 754 binary16."""

BAND = 64
"""Rows worked on at a time: a 4K frame never has more than a few temporaries of its own size."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carried:
    """An ACES original with recovered colour."""

    aces: Rgb
    """ACES2065-1 as a half EXR holds it, (height, width, 3)."""
    reach: Plane
    """How far the display decides, (height, width): 1 where it shows the merge, 0 beyond it."""


def primaries_to_xyz(primaries: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """Return the 3x3 from linear RGB of ACES white to CIE XYZ, white at Y = 1 (SMPTE RP 177)."""
    xyz = np.array([_xy_to_xyz(xy) for xy in primaries]).T
    return xyz * np.linalg.solve(xyz, _xy_to_xyz(ACES_WHITE))


def _xy_to_xyz(xy: tuple[float, float]) -> NDArray[np.float64]:
    x, y = xy
    return np.array([x / y, 1.0, (1 - x - y) / y])


LUMINANCE_AP0 = primaries_to_xyz(AP0)[1]
"""Share of R, G and B in the luminance of ACES2065-1: CIE Y. That of blue is below 0."""

_TO_ACESCG = np.linalg.solve(primaries_to_xyz(AP1), primaries_to_xyz(AP0)).T.astype(np.float32)
_FROM_ACESCG = np.linalg.solve(primaries_to_xyz(AP0), primaries_to_xyz(AP1)).T.astype(np.float32)
_LUMINANCE = primaries_to_xyz(AP1)[1].astype(np.float32)


def carry_colour(
    master_aces: Rgb, scan_709: Rgb, merge_709: Rgb, *, ocio: Path | None = None
) -> Carried:
    """Give an ACES original the colour of its display merge.

    Where the merge is what the scan shows, the original comes back as it is, bit for bit.

    Args:
        master_aces: ACES2065-1, (height, width, 3), any range, holding halves.
        scan_709: What the output transform makes of it: the faded scan on the display.
        merge_709: The scan, or the balanced plate, with the recovered colour.
        ocio: A studio's config file, None for the built-in ACES 1.3 config.
    """
    height, width, _ = master_aces.shape
    grid = Grid.over(height, width, darkest=DARKEST_STOP, brightest=BRIGHTEST_STOP)
    change, carried = np.empty_like(master_aces), np.empty_like(master_aces)
    reach = np.empty((height, width), dtype=np.float32)

    def look(rows: slice) -> Floats:
        master, scan, merge = _to_acescg(master_aces[rows]), scan_709[rows], merge_709[rows]
        change[rows] = _shown_change(master, scan, merge, ocio)
        reach[rows] = _believe(scan, merge, MERGE_WHITE, BLACK)
        sampled = _believe(scan, merge, SAMPLED_WHITE, SAMPLED_BLACK)
        return grid.count(rows.start, _stops(master), sampled, _ratios(master, change[rows]))

    def carry(rows: slice) -> None:
        master = _to_acescg(master_aces[rows])
        full = _add_beyond(master, change[rows], reach[rows], field, rows.start)
        carried[rows] = _as_halves(master_aces[rows] + full @ _FROM_ACESCG)

    bands = [slice(top, top + BAND) for top in range(0, height, BAND)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # Added in order, so that the last digit does not depend on which thread was faster.
        field = grid.fill(np.sum(list(pool.map(look, bands)), axis=0))
        list(pool.map(carry, bands))
    return Carried(aces=carried, reach=reach)


def _to_acescg(aces: Rgb) -> Rgb:
    acescg: Rgb = aces @ _TO_ACESCG
    return acescg


def _luminance(acescg: Rgb) -> Plane:
    luminance: Plane = acescg @ _LUMINANCE
    return luminance


def _stops(acescg: Rgb) -> Plane:
    """Return the brightness that the grid sorts by: the highest channel, the first to clip."""
    stops: Plane = np.log2(np.maximum(acescg.max(axis=-1), SMALLEST_LIGHT))
    return stops.clip(DARKEST_STOP, BRIGHTEST_STOP)


def _believe(
    scan: Rgb, merge: Rgb, white: tuple[float, float], black: tuple[float, float]
) -> Plane:
    """Return how far the display is believed, 0 to 1."""
    of_merge, of_scan = merge.max(axis=-1), scan.max(axis=-1)
    believed = _rise(np.minimum(of_merge, of_scan), black)
    believed *= 1 - _rise(of_merge, white)
    believed *= 1 - _rise(of_scan, SCAN_WHITE)
    return believed


def _rise(values: Plane, ends: tuple[float, float]) -> Plane:
    """Return 0 up to the first end, 1 from the second on, and a smooth step between."""
    low, high = ends
    share = ((values - low) / (high - low)).clip(0, 1)
    risen: Plane = share * share * (3 - 2 * share)
    return risen


def _shown_change(master: Rgb, scan_709: Rgb, merge_709: Rgb, ocio: Path | None) -> Rgb:
    """Return what makes the original show the merge, in ACEScg; 0 where the scan shows it."""
    another = _rise(np.abs(merge_709 - scan_709).max(axis=-1), (0, SAME_DISPLAY))
    change: Rgb = another[..., None] * (_display_to_acescg(merge_709, ocio) - master)
    return change


def _display_to_acescg(display_709: Rgb, ocio: Path | None) -> Rgb:
    """Return the light that shows as these display values, as near as there is one.

    The inverse output transform misses 9 % of the colours between 0.25 and 0.75 by more than a
    10-bit code. What it misses is added once and taken back again, and then it misses none of them.
    """
    light = convert(display_709, from_space=DISPLAY, to_space=ACESCG, ocio=ocio)
    missed = display_709 - convert(light, from_space=ACESCG, to_space=DISPLAY, ocio=ocio)
    return convert(display_709 + missed, from_space=DISPLAY, to_space=ACESCG, ocio=ocio)


def _ratios(master: Rgb, change: Rgb) -> Rgb:
    """Return the logarithms of the RGB ratio and of the luminance gain, (height, width, 4)."""
    shown = master + change
    faint, shown_faint = (
        np.maximum(FAINT * _luminance(light), SMALLEST_LIGHT)[..., None]
        for light in (master, shown)
    )
    ratio = np.maximum(shown, shown_faint) / np.maximum(master, faint)
    gain = shown_faint / faint
    limit = np.log(np.float32(LARGEST_RATIO))
    logarithms: Rgb = np.log(np.concatenate((ratio, gain), axis=-1)).clip(-limit, limit)
    return logarithms


def _add_beyond(master: Rgb, change: Rgb, reach: Plane, field: Field, top: int) -> Rgb:
    """Return the whole change of a band: the display's where it reaches, the carried one beyond."""
    full = change * reach[..., None]
    rows, columns = np.nonzero(reach < 1)
    light = master[rows, columns]
    carried = _scale(light, field.read((rows + top, columns), _stops(light)))
    full[rows, columns] += (1 - reach[rows, columns])[:, None] * (carried - light)
    return full


def _scale(light: Rgb, logarithms: Rgb) -> Rgb:
    """Change colour by a ratio at constant luminance, then luminance by a gain, (n, 3).

    What is below 0 has no colour that a ratio could change; it takes part in the gain alone.
    """
    positive, negative = np.maximum(light, 0), np.minimum(light, 0)
    coloured = positive * np.exp(logarithms[:, :3])
    before, after = _luminance(positive), _luminance(coloured)
    same = np.divide(before, after, out=np.ones_like(before), where=after > 0)
    scaled: Rgb = np.exp(logarithms[:, 3:]) * (coloured * same[:, None] + negative)
    return scaled


def _as_halves(aces: Rgb) -> Rgb:
    """Round to half; a pixel beyond the largest half is brought down to it, its hue kept."""
    highest = np.abs(aces).max(axis=-1, keepdims=True)
    held = aces * np.minimum(1, LARGEST_HALF / np.maximum(highest, 1))
    halves: Rgb = held.astype(np.float16).astype(np.float32)
    return halves
