"""How much is done at once: as many frames as the cores and the memory bear, and no more."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from chromaresolve.frames import cores
from chromaresolve.recovery.tiles import DEVICE_BYTES, ON_DEVICE, Size

FRAME_BYTES = 130
"""Memory that a frame takes for each pixel beside the model's run: the plate, its working values,
chroma, the merge, and what goes to file, as float32 (measured)."""

MOST_HALO = 320
"""What a tile sees around itself at most, in pixels: that of the large network."""

MEMORY_SHARE = 0.7
"""How much of the memory that is free may be filled."""

SPARE = 2
"""Frames above the number of cores, where a graphics card runs the model: they wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """How a render uses the machine."""

    workers: int
    """Frames worked on, and so in memory, at any moment: the bound."""
    at_once: int
    """Plates that the model runs on at the same moment."""
    threads: int
    """Threads of one run on the processor."""


def choose_sizing(
    provider: str, frames: int, size: Size, *, tile: int, workers: int | None
) -> Sizing:
    """Return how a render of some frames uses the machine.

    Args:
        provider: The command line's name of what runs the model.
        frames: How many frames there are to do.
        size: One plate's height and width.
        tile: The tile's edge on the processor; 0 for whole plates.
        workers: How many frames at once, if the artist said so.
    """
    here, is_cpu = cores(), provider == "cpu"
    needed = frame_bytes(size, tile=tile, is_cpu=is_cpu)
    fitting = int(MEMORY_SHARE * psutil.virtual_memory().available / needed)
    wanted = workers or min(here if is_cpu else here + SPARE, max(1, fitting))
    count = max(1, min(wanted, frames))
    at_once = min(count, here) if is_cpu else min(count, ON_DEVICE)
    threads = max(1, here // count) if is_cpu else 0
    return Sizing(workers=count, at_once=at_once, threads=threads)


def frame_bytes(size: Size, *, tile: int, is_cpu: bool) -> int:
    """Return how much memory a frame takes while it is worked on; the model's run with it.

    Args:
        size: The plate's height and width.
        tile: The tile's edge; 0 for whole plates.
        is_cpu: Whether the model runs in this memory, and not in a device's own.
    """
    pixels = size[0] * size[1]
    seen = min(pixels, (tile + 2 * MOST_HALO) ** 2) if tile else pixels
    return max(1, pixels * FRAME_BYTES + (seen * DEVICE_BYTES if is_cpu else 0))


def tell_estimate(folder: Path, seconds: float, *, size: int, frames: int, sizing: Sizing) -> str:
    """Say how long a render takes and how much disk it needs, from its first frame.

    Args:
        folder: Where it is written.
        seconds: What the first frame took, by itself.
        size: Bytes of the first frame's file.
        frames: Frames that are still to do.
        sizing: How the machine is used.
    """
    total = seconds * frames / max(1, min(sizing.workers, cores()))
    needed, free = size * frames, shutil.disk_usage(folder).free
    told = (
        f"{frames} frames to go: about {_duration(total)} and {_amount(needed)} "
        f"({_amount(free)} free)"
    )
    if needed <= free:
        return told
    return f"{told}: the disk has room for {free // size} of them; make room while it runs"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def _amount(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
