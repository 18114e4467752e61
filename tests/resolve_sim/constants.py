"""The numbers that Resolve gives names to, in the order of its documents."""

from __future__ import annotations

from resolve_sim.world import World

COMPOSITES = (
    "NORMAL", "ADD", "SUBTRACT", "DIFF", "MULTIPLY", "SCREEN", "OVERLAY", "HARDLIGHT", "SOFTLIGHT",
    "DARKEN", "LIGHTEN", "COLOR_DODGE", "COLOR_BURN", "EXCLUSION", "HUE", "SATURATE", "COLORIZE",
    "LUMA_MASK", "DIVIDE", "LINEAR_DODGE", "LINEAR_BURN", "LINEAR_LIGHT", "VIVID_LIGHT",
    "PIN_LIGHT", "HARD_MIX", "LIGHTER_COLOR", "DARKER_COLOR", "FOREGROUND", "ALPHA",
    "INVERTED_ALPHA", "LUM", "INVERTED_LUM",
)  # fmt: skip
"""Composite modes from 0 up; the user interface calls COLORIZE Color."""

RETIMES = ("USE_PROJECT", "NEAREST", "FRAME_BLEND", "OPTICAL_FLOW")
"""Retime interpolations from 0 up."""

SCALINGS = ("USE_PROJECT", "CROP", "FIT", "FILL", "STRETCH")
"""How a clip of another raster is fitted, from 0 up."""

RESIZE_FILTERS = (
    "USE_PROJECT", "SHARPER", "SMOOTHER", "BICUBIC", "BILINEAR", "BESSEL", "BOX", "CATMULL_ROM",
    "CUBIC", "GAUSSIAN", "LANCZOS", "MITCHELL", "NEAREST_NEIGHBOR", "QUADRATIC", "SINC", "LINEAR",
)  # fmt: skip
"""Resize filters from 0 up."""

EXPORTS = (
    "EXPORT_AAF", "EXPORT_DRT", "EXPORT_EDL", "EXPORT_FCP_7_XML", "EXPORT_FCPXML_1_8",
    "EXPORT_FCPXML_1_9", "EXPORT_FCPXML_1_10", "EXPORT_HDR_10_PROFILE_A", "EXPORT_HDR_10_PROFILE_B",
    "EXPORT_TEXT_CSV", "EXPORT_TEXT_TAB", "EXPORT_DOLBY_VISION_VER_2_9",
    "EXPORT_DOLBY_VISION_VER_4_0", "EXPORT_DOLBY_VISION_VER_5_1", "EXPORT_OTIO", "EXPORT_ALE",
    "EXPORT_ALE_CDL",
)  # fmt: skip
"""Timeline exports; their numbers are not documented."""

SUBTYPES = (
    "EXPORT_NONE", "EXPORT_AAF_NEW", "EXPORT_AAF_EXISTING", "EXPORT_CDL", "EXPORT_SDL",
    "EXPORT_MISSING_CLIPS",
)  # fmt: skip
"""What AAF and EDL need beside; their numbers are not documented."""

LUT_EXPORTS = (
    "EXPORT_LUT_17PTCUBE", "EXPORT_LUT_33PTCUBE", "EXPORT_LUT_65PTCUBE", "EXPORT_LUT_PANASONICVLUT",
)  # fmt: skip
"""LUT exports; their numbers are not documented."""


def composites(world: World) -> tuple[str, ...]:
    """Return the composite modes of this Resolve: without EXCLUSION, Color is 15."""
    if world.switches.color_composite == 16:
        return COMPOSITES
    return tuple(name for name in COMPOSITES if name != "EXCLUSION")


def constants(world: World) -> dict[str, float]:
    """Return what stands on `resolve`; they are floats, as Blackmagic's own stub says."""
    found = {name: float(number) for number, name in enumerate(EXPORTS)}
    found |= {name: float(number) for number, name in enumerate(SUBTYPES)}
    found |= {name: float(number) for number, name in enumerate(LUT_EXPORTS)}
    found |= {"CACHE_AUTO_ENABLED": -1.0, "CACHE_DISABLED": 0.0, "CACHE_ENABLED": 1.0}
    found |= {"KEYFRAME_MODE_ALL": 0.0, "KEYFRAME_MODE_COLOR": 1.0, "KEYFRAME_MODE_SIZING": 2.0}
    there = world.switches.composite_constants
    if there or (there is None and world.at_least(21, 1)):
        found |= {f"COMPOSITE_{name}": float(n) for n, name in enumerate(composites(world))}
        found |= {f"RETIME_{name}": float(number) for number, name in enumerate(RETIMES)}
        found |= {f"SCALE_{name}": float(number) for number, name in enumerate(SCALINGS)}
        found |= {f"RESIZE_FILTER_{n}": float(i) for i, n in enumerate(RESIZE_FILTERS)}
    return found
