"""From the network's chroma to the frame that goes to file: merge, gate, feather, delivery.

Luma is the plate's everywhere. Outside the live area (the gate) the frame is the plate; just inside
it, the plate's chroma becomes the recovered one over a few pixels, on the plate's luma throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import (
    Chain,
    convert,
    find_space,
    merge_chroma,
    rgb_to_chroma,
    rgb_to_luma,
    round_to_half,
)
from chromaresolve.colour.aces import ODT_TOLERANCE
from chromaresolve.colour.chains import WORKING_SPACES
from chromaresolve.colour.spaces import REC709_PICTURE
from chromaresolve.errors import FrameError
from chromaresolve.frames import Frame, Rgb
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.model import Model
from chromaresolve.shot import CropTable

ACES = "ACES - ACES2065-1"
"""The delivery's space, by a name that configs of ACES 1.2 and 1.3 know."""

WORTH_MENDING = ODT_TOLERANCE / 4
"""What the inverse output transform misses by less is left as it is."""

BAND = 128
"""Rows taken to ACES at a time: a 4K frame never has many temporaries of its own size."""

Area = tuple[slice, slice]
"""Rows and columns."""

Numbers = Mapping[str, float]
"""What was measured on a frame, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A recovered frame, ready to be written."""

    frame: Frame
    """Pixels and header as they go to file."""
    attributes: Mapping[str, str | int | float]
    """What its header says besides: delivery, version, and the numbers."""
    numbers: Numbers
    """What was measured: `gamut_share`, `feather`, and behind the inverse output transform
    `out_of_reach`, the share of pixels it cannot make, and `luma_off`, display luma's mean."""


def finish_frame(
    model: Model,
    delivery: Delivery,
    *,
    plate: Frame,
    working: Rgb,
    chroma: NDArray[np.float32],
) -> Finished:
    """Put recovered chroma on the plate's luma and make the frame that is delivered.

    Args:
        model: The model; its chain is the one it was trained in, its crop is the gate.
        delivery: What the frame is delivered as.
        plate: Whose luma, header and further channels the recovered frame keeps, as on file.
        working: The pixels of that very plate (not a cleaned one that the network was shown) in
            the chain's working space, (height, width, 3).
        chroma: The network's Cb and Cr, (height, width, 2).

    Raises:
        FrameError: The delivery cannot hold a value of the frame.
    """
    crop = CropTable.model_validate(model.facts["crop"])
    area = crop.area(*working.shape[:2])
    inside = working[area]
    feather = min(delivery.feather, *inside.shape[:2])
    edges = _gate_edges(crop, feather)
    merge = merge_chroma(inside, _feather(chroma[area], inside, edges))
    numbers = {"gamut_share": merge.gamut_share, "feather": float(feather if edges else 0)}
    if delivery.name == "display":
        rgb = _to_display_file(model.chain, plate.rgb, working, merge.rgb, area)
    else:
        rgb, measured = _to_aces_file(model.chain, plate, working, merge.rgb, area)
        numbers |= measured
    header = replace(
        plate.header, attributes=delivery.attributes(plate.header.attributes, model.chain)
    )
    others = plate.others
    if delivery.st2065_4:
        others = {n: p for n, p in others.items() if n == "A" and p.dtype == np.float16}
    return Finished(
        frame=Frame(rgb=rgb, others=others, header=header),
        attributes={
            "ShotVersion": delivery.version or "none",
            "chromaresolve:delivery": delivery.name,
            **{f"chromaresolve:{name}": number for name, number in numbers.items()},
        },
        numbers=numbers,
    )


Edge = tuple[Area, NDArray[np.float32]]
"""A strip along one edge of the gate, and how much of the recovered chroma each pixel has."""


def _gate_edges(crop: CropTable, feather: int) -> list[Edge]:
    """Return the strips along those edges of the gate that have something beyond them."""
    return list(_strips(crop, feather)) if feather else []


def _strips(crop: CropTable, feather: int) -> Iterator[Edge]:
    rising = np.linspace(0, 1, feather + 2, dtype=np.float32)[1:-1]
    first, last, every = slice(None, feather), slice(-feather, None), slice(None)
    if crop.top:
        yield (first, every), rising[:, None, None]
    if crop.bottom:
        yield (last, every), rising[::-1, None, None]
    if crop.left:
        yield (every, first), rising[None, :, None]
    if crop.right:
        yield (every, last), rising[None, ::-1, None]


def _feather(chroma: NDArray[np.float32], inside: Rgb, edges: list[Edge]) -> NDArray[np.float32]:
    """Blend chroma into the plate's own towards the gate's edges; in a corner both edges count."""
    if not edges:
        return chroma
    feathered = chroma.copy()
    for strip, share in edges:
        own = rgb_to_chroma(inside[strip])
        feathered[strip] = own + share * (feathered[strip] - own)
    return feathered


def _to_display_file(chain: Chain, plate: Rgb, working: Rgb, merged: Rgb, area: Area) -> Rgb:
    """Return the frame in Rec.709 2.4, or behind a scene chain in the plate's own encoding."""
    if chain.name != "display":
        return _put_back(chain.from_working(merged), plate, area)
    halves = round_to_half(merged, working[area]).astype(np.float32)
    return _put_back(halves, working, area)


def _put_back(rgb: Rgb, around: Rgb, area: Area) -> Rgb:
    """Return the whole frame: the live area's pixels in what is around them."""
    if rgb.size == around.size:
        return rgb
    whole = around.copy()
    whole[area] = rgb
    return whole


def _to_aces_file(
    chain: Chain, plate: Frame, working: Rgb, merged: Rgb, area: Area
) -> tuple[Rgb, dict[str, float]]:
    """Return the frame in ACES2065-1, and what the output transform could not take back.

    Scene chains over scene plates get there directly, and exactly; displayed values only through
    the inverse output transform.
    """
    whole = _put_back(merged, working, area)
    if "display" in {chain.name, chain.encoding} or not _is_scene(chain):
        return _display_to_aces(_to_display(chain, whole), plate.header.path, chain.ocio)
    space = WORKING_SPACES[chain.name]
    return convert(whole, from_space=space, to_space=ACES, ocio=chain.ocio), {}


def _is_scene(chain: Chain) -> bool:
    return find_space(chain.encoding, chain.ocio).kind == "scene"


def _to_display(chain: Chain, working: Rgb) -> Rgb:
    """Return Rec.709 2.4 of working values whose plate is a displayed picture."""
    if chain.name == "display":
        return working
    shown = chain.from_working(working)
    if chain.encoding == "display":
        return shown
    return convert(shown, from_space=chain.encoding, to_space=REC709_PICTURE, ocio=chain.ocio)


def _display_to_aces(
    display_709: Rgb, path: Path, ocio: Path | None
) -> tuple[Rgb, dict[str, float]]:
    """Return ACES2065-1 as half that shows as these values, and how far it does."""
    _require_shown(display_709, path)
    aces = np.empty_like(display_709)
    missed, luma_off = 0, 0.0
    for top in range(0, len(aces), BAND):
        rows = slice(top, top + BAND)
        aces[rows], off = _find_light(display_709[rows], ocio)
        missed += int(np.count_nonzero(_largest(off) > ODT_TOLERANCE))
        luma_off += float(np.abs(rgb_to_luma(off)).sum(dtype=np.float64))
    pixels = display_709.size / 3
    return aces, {"out_of_reach": missed / pixels, "luma_off": luma_off / pixels}


def _find_light(display_709: Rgb, ocio: Path | None) -> tuple[Rgb, Rgb]:
    """Return the light that shows as these display values, and how far off what it shows is.

    The inverse output transform is a fit: it misses 19 % of the colours between 0.05 and 0.95 by
    more than a 10-bit code. What it misses is added once and taken back again, and kept where that
    is nearer; then it misses 5 % of them, and 0.02 % of those between 0.25 and 0.75.
    """
    light, off = _light(display_709, display_709, ocio)
    worth = _largest(off) > WORTH_MENDING
    if worth.any():
        aim = np.clip(display_709[worth] - off[worth], 0, 1)
        mended, still_off = _light(aim, display_709[worth], ocio)
        nearer = _largest(still_off) < _largest(off[worth])
        worth[worth] = nearer
        light[worth], off[worth] = mended[nearer], still_off[nearer]
    return light, off


def _light(aim: Rgb, display_709: Rgb, ocio: Path | None) -> tuple[Rgb, Rgb]:
    """Return the inverse's answer, as halves, and what it shows less what it should show."""
    exact = convert(aim, from_space="display", to_space=ACES, ocio=ocio)
    light = exact.astype(np.float16).astype(np.float32)
    return light, convert(light, from_space=ACES, to_space="display", ocio=ocio) - display_709


def _largest(off: Rgb) -> NDArray[np.float32]:
    largest: NDArray[np.float32] = np.abs(off).max(axis=-1)
    return largest


def _require_shown(display_709: Rgb, path: Path) -> None:
    """Refuse values that no display shows: the inverse transform would make them up.

    Raises:
        FrameError: A value is more than a 10-bit code outside 0 to 1.
    """
    low, high = -ODT_TOLERANCE, 1 + ODT_TOLERANCE
    if display_709.min() >= low and display_709.max() <= high:
        return
    outside = np.argwhere(((display_709 < low) | (display_709 > high)).any(axis=-1))
    y, x = (int(place) for place in outside[0])
    raise FrameError(
        path,
        f"{len(outside)} recovered pixels are outside 0 to 1, the first at column {x}, row {y}; "
        "no ACES value shows as that: keep a balanced plate below white with [balance] knee, "
        "deliver display, or composite --on aces with an ACES original",
    )
