"""A plate in tiles: the same chroma as from the whole plate, in less memory."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.telling import Say

WHOLE_FRAME_PIXELS = 4_500_000
"""Up to this many pixels, which is 2K and more, the processor takes a frame in one piece: tiles see
their halo twice and cost twice the time (measured), and only above this is it worth it."""

TILE = 1536
"""The tile's edge for larger frames: 2 GB on a CPU where a whole 4K frame takes 6."""

LEAST_TILE = 256
"""Smaller tiles are mostly halo: a device without room for one cannot run the model."""

GRID = 64
"""Tiles are multiples of this, so that they begin on every size of network's own grid."""

DEVICE_BYTES = 700
"""Memory that a run takes for each pixel in float32, in bytes (measured on a CPU: 680)."""

DEVICE_SHARE = 0.8
"""How much of a device's free memory the runs may fill."""

ON_DEVICE = 2
"""Plates on a graphics card at once: one is copied while the other is worked on."""

NVML = {"win32": "nvml.dll"}.get(sys.platform, "libnvidia-ml.so.1")
"""NVIDIA's management library, which comes with the driver."""

Size = tuple[int, int]
"""Height and width of a plate, in pixels."""

Run = Callable[[Rgb], NDArray[np.float32]]
"""Gives the chroma of a plate or of a part of it, (height, width, 2)."""


class Tiling:
    """How large a piece of a plate the device is given: smaller once it has had too little memory.

    Threads may share one: a tile that was too large for one of them is too large for all.
    """

    def __init__(self, tile: int, *, halo: int, say: Say) -> None:
        """Begin with a tile's edge; 0 for whole plates."""
        self.tile, self.halo, self.say = tile, halo, say
        self._lock = threading.Lock()

    def run(self, plate: Rgb, run: Run) -> NDArray[np.float32]:
        """Return the chroma of a plate, (height, width, 2).

        Raises:
            StageError: The device has no room for the smallest tile.
        """
        while True:
            tile = self.tile
            try:
                return in_tiles(plate, run, tile=tile, halo=self.halo)
            except MemoryError as error:
                self._shrink(tile or max(plate.shape[:2]), error)

    def _shrink(self, too_large: int, error: MemoryError) -> None:
        with self._lock:
            if 0 < self.tile < too_large:
                return  # another thread has shrunk it meanwhile
            if too_large <= LEAST_TILE:
                raise StageError(
                    "the device",
                    f"has no memory for a tile of {LEAST_TILE} pixels: close what else uses it, "
                    "or ask for --provider cpu",
                ) from error
            self.tile = max(LEAST_TILE, too_large // 2 // GRID * GRID)
            self.say(f"out of memory at {too_large} pixels: going on in tiles of {self.tile}")


def choose_tile(provider: str, size: Size, *, wanted: int = 0) -> tuple[int, str]:
    """Return the tile's edge for plates of a size, 0 for whole plates, and the reason.

    Args:
        provider: The command line's name of it.
        size: The plates' height and width.
        wanted: The edge that was asked for; 0 for what suits the device.
    """
    if wanted:
        return wanted, "asked for"
    pixels = size[0] * size[1]
    if provider == "cpu":
        return (TILE if pixels > WHOLE_FRAME_PIXELS else 0), "what suits a processor's memory"
    free = free_device_bytes()
    if free is None:
        return 0, "smaller if the device runs out of memory"
    room = DEVICE_SHARE * free / ON_DEVICE / DEVICE_BYTES
    reason = f"the device has {free / 2**30:.0f} GiB free"
    return (0 if pixels <= room else max(LEAST_TILE, int(room**0.5) // GRID * GRID)), reason


def tile_on_cpu(plate: Rgb) -> int:
    """Return the tile's edge that suits a plate on a processor, 0 for the whole plate."""
    return choose_tile("cpu", (plate.shape[0], plate.shape[1]))[0]


def free_device_bytes() -> int | None:
    """Return the first NVIDIA card's free memory in bytes; None where there is no such card."""
    try:
        nvml = ctypes.CDLL(NVML)
    except OSError:
        return None
    card, memory = ctypes.c_void_p(), (ctypes.c_ulonglong * 3)()
    if nvml.nvmlInit_v2():
        return None
    try:
        failed = nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(card))
        failed = failed or nvml.nvmlDeviceGetMemoryInfo(card, memory)
    finally:
        nvml.nvmlShutdown()
    return None if failed else int(memory[1])  # total, free, used


def in_tiles(plate: Rgb, run: Run, *, tile: int, halo: int) -> NDArray[np.float32]:
    """Return what `run` gives on the whole plate, tile by tile.

    Tiles begin at multiples of the tile's edge and the halo is a multiple of the network's
    stride, so that every tile falls on the network's own grid.

    Args:
        plate: (height, width, 3) in the chain's working space.
        run: Gives the chroma of a plate or of a part of it.
        tile: The tile's edge, a multiple of the network's stride; 0 for the whole plate.
        halo: How far from a pixel the network can see, a multiple of its stride.
    """
    height, width = plate.shape[:2]
    if not tile or (height <= tile and width <= tile):
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
