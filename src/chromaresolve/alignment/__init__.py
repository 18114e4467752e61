"""Reference -> Source geometry, and how far each pixel of the pair can be trusted."""

from chromaresolve.alignment.stage import align
from chromaresolve.alignment.teaching import (
    TeachingPair,
    aligned_path,
    load_teaching,
    shot_chain,
    teaching_files,
)

__all__ = [
    "TeachingPair",
    "align",
    "aligned_path",
    "load_teaching",
    "shot_chain",
    "teaching_files",
]
