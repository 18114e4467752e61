"""A colour map as a .cube file, written and read as DaVinci Resolve does.

The file format: Blackmagic Design, "Cube LUT Format Specification" in Resolve's developer
documentation. Resolve takes a colour through a 1D table (the shaper) and then a 3D table, linear
between the entries, and clamps what lies outside either table's range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from chromaresolve.cube.table import (
    BLOCK_PIXELS,
    ColourMap,
    Floats,
    Pixels,
    clamp_to_domain,
    interpolate,
    table_to_planes,
)
from chromaresolve.errors import ColourError
from chromaresolve.files import write_text

Shaper = Literal["none", "log"]
"""`log` for scene-linear plates: a 3D table alone would have no nodes left for the shadows."""

LARGEST_WRITTEN = 65
"""Nodes along a channel that Resolve's manual calls compatible; larger costs speed there."""

LARGEST_READ = 256
"""Nodes along a channel that Resolve's specification allows."""

LARGEST_SHAPER = 65536
"""Entries of a 1D table that Resolve's specification allows."""

SHAPER_SIZE = 16384
"""Entries of the shapers we write: over a range of 90 still a step of one `LOG_TOE`."""

LOG_TOE = 0.18 / 32
"""Where the log shaper turns straight: five stops below mid grey, deeper than film prints."""

_NUMBERS_AFTER = {
    "LUT_1D_SIZE": 1,
    "LUT_1D_INPUT_RANGE": 2,
    "LUT_3D_SIZE": 1,
    "LUT_3D_INPUT_RANGE": 2,
    "DOMAIN_MIN": 3,
    "DOMAIN_MAX": 3,
}
_LARGEST = {"LUT_1D_SIZE": LARGEST_SHAPER, "LUT_3D_SIZE": LARGEST_READ}

_Header = dict[str, list[float]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cube:
    """A colour map read from a .cube file."""

    table: Pixels
    """Colours at the nodes, (n, n, n, 3), indexed [red, green, blue]."""
    lower: Pixels
    """Colour at node 0 of each channel, (3,), as it comes out of the shaper."""
    upper: Pixels
    """Colour at the last node of each channel, (3,), as it comes out of the shaper."""
    shaper: Pixels | None = None
    """Entries of the 1D table that goes first, (m, 3); None for none."""
    shaper_lower: float = 0.0
    """Value at the shaper's first entry."""
    shaper_upper: float = 1.0
    """Value at the shaper's last entry."""

    def apply(self, rgb: Pixels) -> Pixels:
        """Return the mapped colours (..., 3) as Resolve would, that is clamped to the range."""
        flat = np.asarray(rgb, dtype=np.float32).reshape(-1, 3)
        mapped, planes = np.empty(flat.shape, dtype=np.float32), table_to_planes(self.table)
        for start in range(0, len(flat), BLOCK_PIXELS):
            shaped = self._shape(flat[start : start + BLOCK_PIXELS])
            places = (self.clamp_to_range(shaped) - self.lower) / (self.upper - self.lower)
            mapped[start : start + BLOCK_PIXELS] = interpolate(planes, places)
        return mapped.reshape(np.shape(rgb))

    def clamp_to_range(self, shaped: Pixels) -> Pixels:
        """Return the nearest colours (..., 3) that the 3D table has nodes for."""
        return clamp_to_domain(shaped, self.lower, self.upper)

    def _shape(self, rgb: Pixels) -> Pixels:
        if self.shaper is None:
            return rgb
        entries = np.linspace(self.shaper_lower, self.shaper_upper, len(self.shaper))
        # np.interp holds its first and last entry outside the range, which is Resolve's clamp.
        shaped = [np.interp(rgb[:, i], entries, self.shaper[:, i]) for i in range(3)]
        return np.stack(shaped, axis=1).astype(np.float32)


def write_cube(
    path: Path,
    colour_map: ColourMap,
    *,
    title: str,
    size: int = 33,
    lower: float = 0.0,
    upper: float = 1.0,
    shaper: Shaper = "none",
) -> None:
    """Write a colour map as a .cube file for Resolve, whole or not at all.

    The title is a comment: Resolve's specification has no TITLE line, and OpenColorIO (so Nuke)
    refuses a file with both a TITLE and an input range.

    Args:
        path: The file, `.cube`.
        colour_map: The map; it is asked for the colours at the nodes.
        title: Shown to whoever opens the file; characters beyond ASCII are escaped.
        size: Nodes along each channel: 33, or 65 for more precision.
        lower: Plate value at the first node; Resolve clamps what is below.
        upper: Plate value at the last node; Resolve clamps what is above.
        shaper: `log` when the plate is scene-linear; keep `lower` near 0 then.

    Raises:
        ColourError: The size or range is none, or the map gives values that are not finite.
    """
    if not 2 <= size <= LARGEST_WRITTEN:
        raise ColourError(str(path), f"size {size!r}: give 2 to {LARGEST_WRITTEN} nodes")
    if not lower < upper:
        raise ColourError(str(path), f"range {lower!r} to {upper!r}: give the lower value first")
    lines = [f"# {' '.join(title.encode('ascii', 'backslashreplace').decode('ascii').split())}"]
    nodes, shaped, rows = np.linspace(lower, upper, size), (lower, upper), ""
    if shaper == "log":
        entries, curve = np.linspace(lower, upper, SHAPER_SIZE), _log_curve(upper - lower)
        lines += [f"LUT_1D_SIZE {SHAPER_SIZE}", f"LUT_1D_INPUT_RANGE {lower:.7f} {upper:.7f}"]
        # The curve turned round as it is read between its entries, so that the nodes are exact.
        nodes, shaped = np.interp(np.linspace(0, 1, size), curve, entries), (0.0, 1.0)
        rows = _rows(np.repeat(curve, 3))
    lines += [f"LUT_3D_SIZE {size}", f"LUT_3D_INPUT_RANGE {shaped[0]:.7f} {shaped[1]:.7f}"]
    colours = colour_map.apply(_red_fastest(nodes))
    if not np.isfinite(colours).all():
        raise ColourError(
            str(path), "the colour map gives values that are not finite: fit it again"
        )
    write_text(path, "\n".join(lines) + "\n" + rows + _rows(colours))


def read_cube(path: Path) -> Cube:
    """Read a .cube file with a 3D table and perhaps a shaper before it.

    Comments and blank lines may stand anywhere, and TITLE and the DOMAIN_MIN and DOMAIN_MAX of the
    Adobe dialect are understood.

    Raises:
        ColourError: The file is missing or not text, or a line of it, named, is wrong.
    """
    header, rows = _split_lines(path)
    if "LUT_3D_SIZE" not in header:
        raise ColourError(str(path), "has no LUT_3D_SIZE: export the map as a 3D .cube")
    size, entries = (int(header.get(key, [0])[0]) for key in ("LUT_3D_SIZE", "LUT_1D_SIZE"))
    colours = _read_colours(path, rows, entries + size**3)
    shaper_range = header.get("LUT_1D_INPUT_RANGE", [0.0, 1.0])
    low, high = header.get("LUT_3D_INPUT_RANGE", [0.0, 1.0])
    lower = np.array(header.get("DOMAIN_MIN", [low] * 3), dtype=np.float32)
    upper = np.array(header.get("DOMAIN_MAX", [high] * 3), dtype=np.float32)
    if not (shaper_range[0] < shaper_range[1] and (lower < upper).all()):
        raise ColourError(str(path), "its input range has no width: give the lower value first")
    return Cube(
        table=colours[entries:].reshape(size, size, size, 3).transpose(2, 1, 0, 3),
        lower=lower,
        upper=upper,
        shaper=colours[:entries] if entries else None,
        shaper_lower=shaper_range[0],
        shaper_upper=shaper_range[1],
    )


def _log_curve(width: float) -> Floats:
    """Return the log shaper's entries, 0 to 1, over a range of this width."""
    stops = np.log2(np.linspace(0, width, SHAPER_SIZE) / LOG_TOE + 1)
    return np.asarray(stops / stops[-1])


def _red_fastest(nodes: Floats) -> Pixels:
    """Return the plate colours of a 3D table's rows in file order, (n^3, 3)."""
    blue, green, red = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    return np.stack((red, green, blue), axis=-1).reshape(-1, 3).astype(np.float32)


def _rows(colours: npt.NDArray[np.floating]) -> str:
    # One format for all rows: ten times as fast as a row at a time.
    values = colours.ravel().tolist()
    return "%.7f %.7f %.7f\n" * (len(values) // 3) % tuple(values)


def _split_lines(path: Path) -> tuple[_Header, list[tuple[int, str]]]:
    """Return what the header says, and the numbered lines of the tables."""
    header: _Header = {}
    rows: list[tuple[int, str]] = []
    for number, line in _numbered_lines(path):
        if not line[0].isalpha():
            rows.append((number, line))
        elif not line.startswith("TITLE"):
            keyword, *words = line.split()
            header[keyword] = _read_keyword(f"{path}: line {number}", keyword, words)
    return header, rows


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Give the lines that are neither blank nor comments, numbered from 1."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ColourError(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ColourError(str(path), "is not a text file: give a .cube") from error
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if content and not content.startswith("#"):
            yield number, content


def _read_keyword(where: str, keyword: str, words: list[str]) -> list[float]:
    """Return the numbers after a keyword of the header, checked."""
    if keyword not in _NUMBERS_AFTER:
        raise ColourError(where, f"keyword {keyword!r} is not known here: take it out if it may go")
    expected = _NUMBERS_AFTER[keyword]
    numbers = _read_numbers(words)
    if len(numbers) != expected:
        found = " ".join(words)
        raise ColourError(where, f"{keyword} needs {expected} number(s), found {found!r}")
    largest = _LARGEST.get(keyword)
    if largest and not (numbers[0].is_integer() and 2 <= numbers[0] <= largest):
        raise ColourError(where, f"{keyword} must be 2 to {largest}, found {words[0]!r}")
    return numbers


def _read_numbers(words: list[str]) -> list[float]:
    """Return the finite numbers that the words are; none if one of them is something else."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return []
    return numbers if np.isfinite(numbers).all() else []


def _read_colours(path: Path, rows: list[tuple[int, str]], expected: int) -> Pixels:
    """Return the rows as colours, (expected, 3)."""
    if len(rows) != expected:
        problem = f"has {len(rows)} rows of colours, its header promises {expected}: write it again"
        raise ColourError(f"{path}: line {rows[-1][0]}" if rows else str(path), problem)
    try:
        colours = np.loadtxt([line for _, line in rows], dtype=np.float32, comments=None, ndmin=2)
    except ValueError as error:
        raise _name_broken_row(path, rows) from error
    if colours.shape[1] != 3 or not np.isfinite(colours).all():
        raise _name_broken_row(path, rows)
    return colours


def _name_broken_row(path: Path, rows: list[tuple[int, str]]) -> ColourError:
    number, line = next(row for row in rows if len(_read_numbers(row[1].split())) != 3)
    return ColourError(f"{path}: line {number}", f"three numbers are needed, found {line!r}")
