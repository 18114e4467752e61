"""The manual path: where a person has laid the Reference, keyed over the shot.

Keys are told as an Inspector tells them: the picture is zoomed, then turned, then moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chromaresolve.alignment.geometry import Matrix, raster_to_raster
from chromaresolve.alignment.refining import Refined, shown_corners
from chromaresolve.alignment.registration import Registration, describe
from chromaresolve.alignment.scoring import lay, length_of
from chromaresolve.alignment.views import PairViews
from chromaresolve.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """How the Reference lies on one frame of the Source.

    The Reference is first stretched over the Source's raster; then it is scaled, turned and moved
    there, all about the raster's middle.
    """

    translate: tuple[float, float] = (0.0, 0.0)
    """To the right and down, Source pixels."""
    scale: tuple[float, float] = (1.0, 1.0)
    """Along the Reference's rows and columns; above 1 it grows."""
    rotate: float = 0.0
    """Degrees, counter-clockwise as seen."""

    def __post_init__(self) -> None:
        """Refuse a scale that turns the picture over or makes it nothing."""
        if min(self.scale) <= 0:
            raise UsageError(f"a key's scale is {self.scale!r}: give two numbers above 0")


def key_at(keys: Mapping[int, Key], frame: int) -> Key:
    """Return how the Reference lies on a frame, straight between the keys before and after it.

    Scale goes by equal ratios. Before the first key and after the last it is held.

    Args:
        keys: By frame, at least one.
        frame: Any.

    Raises:
        UsageError: There is no key.
    """
    if not keys:
        raise UsageError(f"frame {frame} is to be aligned by hand: give a [[alignment.key]]")
    frames = sorted(keys)
    numbers = np.array([_numbers(keys[one]) for one in frames])
    x, y, across, down, rotate = (float(np.interp(frame, frames, one)) for one in numbers.T)
    return Key(translate=(x, y), scale=(float(np.exp(across)), float(np.exp(down))), rotate=rotate)


def key_to_matrix(key: Key, *, source: tuple[int, ...], reference: tuple[int, ...]) -> Matrix:
    """Return the matrix from Source pixels to Reference pixels.

    Args:
        key: How the Reference lies.
        source: Shape of the Source's raster, (height, width, ...).
        reference: The same of the Reference's.
    """
    x, y = (source[1] - 1) / 2, (source[0] - 1) / 2
    cosine, sine = np.cos(np.radians(key.rotate)), np.sin(np.radians(key.rotate))
    middle = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    scaled = np.diag([*key.scale, 1.0])
    turned = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    moved = np.array([[1, 0, key.translate[0]], [0, 1, key.translate[1]], [0, 0, 1]])
    lies = middle @ moved @ turned @ scaled @ np.linalg.inv(middle)
    matrix = raster_to_raster(source, reference) @ np.linalg.inv(lies)
    return np.asarray(matrix / matrix[2, 2], dtype=np.float64)


def manual_registration(pair: PairViews, key: Key) -> Registration:
    """Lay the Reference as a person says, and measure how well it fits; nothing is refused.

    How exactly a person sees is not known: `corner_px` is infinite.

    Args:
        pair: Both views.
        key: How the Reference lies on this frame.
    """
    matrix = pair.from_files(
        key_to_matrix(key, source=pair.source.file_shape, reference=pair.reference.file_shape)
    )
    refined = Refined(
        matrix=matrix,
        size=(pair.source.width, pair.source.height),
        corners=shown_corners(pair, matrix),
        covariance=np.full((8, 8), np.inf),
    )
    x, y = key.translate
    method = (
        f"by hand: moved {x:g} px right and {y:g} px down, scaled {key.scale[0]:g} by "
        f"{key.scale[1]:g}, turned {key.rotate:g} degrees counter-clockwise"
    )
    laid = lay(pair, matrix)
    return describe(pair, refined, laid, length_of(laid.cell_shifts()), method=method)


def _numbers(key: Key) -> tuple[float, ...]:
    return (*key.translate, *np.log(key.scale).tolist(), key.rotate)
