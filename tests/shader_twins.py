"""What ChromaResolve Color Merge and ChromaResolve Inspect should show, in numpy.

The merges are the product's own. All else is written from its definition, in float64.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import (
    CB_RANGE,
    CR_RANGE,
    LUMA_WEIGHTS,
    merge_chroma,
    rgb_to_chroma,
)
from chromaresolve.composite import blend_color

Picture = NDArray[np.float32]
Numbers = NDArray[np.float64]

MID_GREY = 0.5
"""Stands for no difference, and for no chroma."""

DIM = 0.2
"""How bright Out Of Range leaves the picture beneath its marks."""

MARK_BELOW, MARK_ABOVE = 0.5, 1.0
"""Out Of Range's marks of a channel below 0 and above 1."""

SKIN_ANGLE = 90 + 33
"""Degrees of the skin line from +Cb towards +Cr: NTSC's +I leads R' - Y' by 33 (SMPTE 170M).
Resolve's manual calls its skin tone line the in-phase reference."""

SKIN_LEAST = 0.02
"""The shortest chroma that counts as a hue; about five codes of 8 bits."""


class LumaFrom(IntEnum):
    """The clip whose luma stays."""

    OUTGOING = 0
    INCOMING = 1


class MergeKind(IntEnum):
    """How luma and chroma are joined."""

    CHROMARESOLVE = 0
    COLOR = 1


class MergeView(IntEnum):
    """What Color Merge shows."""

    MERGE = 0
    OUTGOING = 1
    INCOMING = 2
    LUMA_DIFFERENCE = 3
    CHROMA_DIFFERENCE = 4


class InspectView(IntEnum):
    """What Inspect shows."""

    LUMA = 0
    CB = 1
    CR = 2
    CHROMA = 3
    CHROMA_DIFFERENCE = 4
    OUT_OF_RANGE = 5
    SKIN_LINE = 6


def color_merge(
    outgoing_rgba: Picture,
    incoming_rgba: Picture,
    *,
    luma_from: float = LumaFrom.OUTGOING,
    merge_kind: float = MergeKind.CHROMARESOLVE,
    merge_amount: float = 1.0,
    follow_progress: float = 0,
    view: float = MergeView.MERGE,
    difference_gain: float = 8.0,
    progress: float = 0.5,
) -> NDArray[np.floating]:
    """Return what Color Merge makes of two clips, (H, W, 4).

    The settings go by the names of the shader's variables, a combo box by the index of its choice.
    """
    plate, colour = outgoing_rgba, incoming_rgba
    if luma_from == LumaFrom.INCOMING:
        plate, colour = colour, plate
    if view == MergeView.OUTGOING:
        return outgoing_rgba
    if view == MergeView.INCOMING:
        return incoming_rgba
    if view == MergeView.MERGE:
        share = merge_amount * progress if follow_progress else merge_amount
        rgb = (1 - share) * plate[..., :3] + share * join(plate, colour, merge_kind)
    else:
        rgb = grey(difference(outgoing_rgba, incoming_rgba, view, difference_gain))
    return np.concatenate((rgb, plate[..., 3:]), axis=-1)


def join(plate_rgba: Picture, colour_rgba: Picture, merge_kind: float) -> Picture:
    """Return the whole merge, R'G'B'."""
    plate, colour = plate_rgba[..., :3], colour_rgba[..., :3]
    if merge_kind == MergeKind.COLOR:
        return blend_color(plate, colour)
    return merge_chroma(plate, rgb_to_chroma(colour)).rgb


def difference(outgoing_rgba: Picture, incoming_rgba: Picture, view: float, gain: float) -> Numbers:
    """Return one of the difference views: incoming against outgoing."""
    outgoing, incoming = y_cb_cr(outgoing_rgba), y_cb_cr(incoming_rgba)
    luma, cb, cr = (later - earlier for earlier, later in zip(outgoing, incoming, strict=True))
    if view == MergeView.LUMA_DIFFERENCE:
        return MID_GREY + gain * luma
    return gain * np.hypot(cb, cr)


def inspect(
    rgb: Picture,
    *,
    view: float = InspectView.LUMA,
    chroma_gain: float = 1.0,
    skin_width: float = 10.0,
) -> Numbers:
    """Return what Inspect makes of a picture, (H, W, 3); settings as for `color_merge`."""
    luma, cb, cr = y_cb_cr(rgb)
    match view:
        case InspectView.CB:
            shown = grey(MID_GREY + chroma_gain * cb)
        case InspectView.CR:
            shown = grey(MID_GREY + chroma_gain * cr)
        case InspectView.CHROMA:
            shown = MID_GREY + chroma_gain * (rgb - grey(luma))
        case InspectView.CHROMA_DIFFERENCE:
            shown = grey(chroma_gain * np.hypot(cb, cr))
        case InspectView.OUT_OF_RANGE:
            marks = (MARK_BELOW, MARK_ABOVE)
            shown = np.select((rgb < 0, rgb > 1), marks, grey(DIM * luma.clip(0, 1)))
        case InspectView.SKIN_LINE:
            shown = np.where(is_skin(rgb, skin_width), rgb, grey(luma))
        case _:
            shown = grey(luma)
    return shown


def is_skin(rgb: Picture, width: float) -> NDArray[np.bool_]:
    """Tell, as (H, W, 1), whose chroma lies within so many degrees of the skin line."""
    _, cb, cr = y_cb_cr(rgb)
    aside = (np.degrees(np.arctan2(cr, cb)) - SKIN_ANGLE + 180) % 360 - 180
    near: NDArray[np.bool_] = (np.abs(aside) <= width) & (np.hypot(cb, cr) >= SKIN_LEAST)
    return near[..., None]


def y_cb_cr(pixels: NDArray[np.floating]) -> tuple[Numbers, Numbers, Numbers]:
    """Return Y', Cb and Cr of Rec. ITU-R BT.709-6, items 3.2 and 3.3, in float64."""
    rgb = pixels[..., :3].astype(np.float64)
    luma: Numbers = rgb @ np.array(LUMA_WEIGHTS)
    return luma, (rgb[..., 2] - luma) / CB_RANGE, (rgb[..., 0] - luma) / CR_RANGE


def grey(value: Numbers) -> Numbers:
    """Return a grey of this value, (..., 3)."""
    return np.repeat(value[..., None], 3, axis=-1)
