"""Colour: luma and chroma, the merge onto a plate, differences, spaces and chains.

Luma maths, merge and differences need numpy alone. OpenColorIO is opened by the first conversion
between named spaces.
"""

from chromaresolve.colour.aces import aces_to_display, display_to_aces, measure_out_of_reach
from chromaresolve.colour.chains import (
    CHAIN_NAMES,
    Chain,
    chain_from_record,
    chain_record,
    named_chain,
)
from chromaresolve.colour.difference import (
    delta_e_2000,
    display_709_to_lab,
    lab_delta_e_2000,
    rgb_to_xyz_matrix,
)
from chromaresolve.colour.gamut import (
    GamutFit,
    Merge,
    fit_gamut,
    merge_chroma,
    round_to_half,
)
from chromaresolve.colour.law import LumaLaw, measure_luma_law
from chromaresolve.colour.luma import (
    CB_RANGE,
    CR_RANGE,
    LUMA_WEIGHTS,
    luma_chroma_to_rgb,
    rgb_to_chroma,
    rgb_to_luma,
    rgb_to_ycbcr,
    ycbcr_to_rgb,
)
from chromaresolve.colour.spaces import (
    BUILT_IN_CONFIG,
    Space,
    convert,
    find_space,
)

__all__ = [
    "BUILT_IN_CONFIG",
    "CB_RANGE",
    "CHAIN_NAMES",
    "CR_RANGE",
    "LUMA_WEIGHTS",
    "Chain",
    "GamutFit",
    "LumaLaw",
    "Merge",
    "Space",
    "aces_to_display",
    "chain_from_record",
    "chain_record",
    "convert",
    "delta_e_2000",
    "display_709_to_lab",
    "display_to_aces",
    "find_space",
    "fit_gamut",
    "lab_delta_e_2000",
    "luma_chroma_to_rgb",
    "measure_luma_law",
    "measure_out_of_reach",
    "merge_chroma",
    "named_chain",
    "rgb_to_chroma",
    "rgb_to_luma",
    "rgb_to_xyz_matrix",
    "rgb_to_ycbcr",
    "round_to_half",
    "ycbcr_to_rgb",
]
