"""Shader files, read: what a shader is, and which controls it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from chromaresolve.errors import ColourError
from chromaresolve.shaders.controls import Control, read_controls
from chromaresolve.shaders.plain import without_strings

ShaderKind: TypeAlias = Literal["transform", "transform_rgba", "transition"]
"""A colour, a colour with alpha, or a cut between two clips."""

PIXEL = "int p_Width, int p_Height, int p_X, int p_Y"
SIDES = ", ".join(f"__TEXTURE__ p_{side}Tex{part}" for side in ("From", "To") for part in "RGBA")

ENTRIES: dict[str, ShaderKind] = {
    f"__DEVICE__ float3 transform({PIXEL}, float p_R, float p_G, float p_B)": "transform",
    f"__DEVICE__ float3 transform({PIXEL}, __TEXTURE__ p_TexR, __TEXTURE__ p_TexG, "
    "__TEXTURE__ p_TexB)": "transform",
    f"__DEVICE__ float4 transform({PIXEL}, float p_R, float p_G, float p_B, float p_A)": (
        "transform_rgba"
    ),
    f"__DEVICE__ float4 transform({PIXEL}, __TEXTURE__ p_TexR, __TEXTURE__ p_TexG, "
    "__TEXTURE__ p_TexB, __TEXTURE__ p_TexA)": "transform_rgba",
    f"__DEVICE__ float4 transition({PIXEL}, {SIDES})": "transition",
}
"""The entry functions, to the letter (DaVinci Resolve 20.1, Developer/DaVinciCTL/README.txt).

Resolve looks for this text, not for its meaning: other names or a line break, and it finds nothing.
"""

ENTRY_NAME = re.compile(r"\b(?:transform|transition)[ ]*\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shader:
    """One DCTL."""

    name: str
    """The file's name without its ending, as Resolve's menus show it."""
    text: str
    kind: ShaderKind
    controls: tuple[Control, ...]
    """In the order of the panel."""


def read_shader(path: Path) -> Shader:
    """Read a shader from disk.

    Raises:
        ColourError: The file cannot be read, has no entry function, or a control is not one.
    """
    try:
        text = path.read_bytes().decode("utf-8")  # line ends as they are
    except OSError as error:
        problem = f"cannot be read: {error.strerror}: look whether it is there and may be read"
        raise ColourError(str(path), problem) from error
    except UnicodeDecodeError as error:
        raise ColourError(str(path), "is not a text file: give a .dctl") from error
    kinds = [ENTRIES[head] for _, head in entry_heads(text) if head in ENTRIES]
    if not kinds:
        problem = "has no entry function of Resolve's: copy one from its README, to the letter"
        raise ColourError(str(path), problem)
    return Shader(name=path.stem, text=text, kind=kinds[0], controls=read_controls(text, str(path)))


def entry_heads(text: str) -> Iterator[tuple[int, str]]:
    """Give each line that begins an entry function: its number, and the line up to its brace."""
    for number, line in enumerate(without_strings(text).split("\n"), start=1):
        if ENTRY_NAME.search(line):
            yield number, line.partition("{")[0].rstrip()
