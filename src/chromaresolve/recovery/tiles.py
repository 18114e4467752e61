"""A plate in tiles: the same chroma as from the whole plate, in less memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from chromaresolve.frames import Rgb

WHOLE_FRAME_PIXELS = 4_500_000
"""Up to this many pixels, which is 2K and more, a frame is taken in one piece: tiles see their halo
twice and cost twice the time (measured), and only above this is their smaller memory worth it."""

TILE = 1536
"""The tile's edge for larger frames: 2 GB on a CPU where a whole 4K frame takes 6."""


def in_tiles(
    plate: Rgb,
    run: Callable[[Rgb], NDArray[np.float32]],
    *,
    tile: int,
    halo: int,
) -> NDArray[np.float32]:
    """Return what `run` gives on the whole plate, tile by tile.

    Tiles begin at multiples of the tile's edge and the halo is a multiple of the network's
    stride, so that every tile falls on the network's own grid.

    Args:
        plate: (height, width, 3) in the chain's working space.
        run: Gives the chroma of a plate or of a part of it, (height, width, 2).
        tile: The tile's edge, a multiple of the network's stride; 0 lets the plate's size decide.
        halo: How far from a pixel the network can see, a multiple of its stride.
    """
    height, width = plate.shape[:2]
    tile = tile or (max(height, width) if height * width <= WHOLE_FRAME_PIXELS else TILE)
    if height <= tile and width <= tile:
        return run(plate)
    chroma = np.empty((height, width, 2), dtype=np.float32)
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            rows = slice(max(0, top - halo), min(height, top + tile + halo))
            columns = slice(max(0, left - halo), min(width, left + tile + halo))
            seen = run(plate[rows, columns])
            down, right = min(height, top + tile), min(width, left + tile)
            chroma[top:down, left:right] = seen[
                top - rows.start : down - rows.start,
                left - columns.start : right - columns.start,
            ]
    return chroma
