"""Reference -> Source geometry, and how far each pixel of the pair can be trusted."""

from chromaresolve.alignment.record import inspection_paths
from chromaresolve.alignment.stage import align
from chromaresolve.alignment.teaching import (
    TeachingPair,
    ToDisplay,
    aligned_path,
    display_of,
    held_out_pairs,
    load_shown,
    load_teaching,
    shot_chain,
    shot_showing,
    teaching_files,
    teaching_pairs,
    usable_pairs,
)

__all__ = [
    "TeachingPair",
    "ToDisplay",
    "align",
    "aligned_path",
    "display_of",
    "held_out_pairs",
    "inspection_paths",
    "load_shown",
    "load_teaching",
    "shot_chain",
    "shot_showing",
    "teaching_files",
    "teaching_pairs",
    "usable_pairs",
]
