"""Grain in flat areas, before and after a balance: what undoing a loss costs."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from chromaresolve.balance.sampling import Pixels
from chromaresolve.colour import rgb_to_luma

BLOCK_PX = 16
"""Edge of the blocks in which grain is measured."""

COARSEST_PX = 3.0
"""Blur that takes the grain off: what is finer is grain, where the picture is flat."""

FLATTEST = 20.0
"""Percentage of the blocks that count: those where the blurred scan varies least."""

VISIBLE = 0.002
"""Display values of luma grain, half a code of eight bits, below which nobody sees it grow."""

LARGEST_GROWTH = 1.25
"""Luma grain of the balanced plate over the scan's, beyond which its luma is no gain."""


def measure_growth(scan_709: Pixels, balanced_709: Pixels) -> float:
    """Return the median ratio of luma grain after the balance to that before, in flat areas.

    It is 1 where the grain is not visible after the balance either, and on less than one block.
    """
    luma = rgb_to_luma(scan_709)
    if min(luma.shape) < BLOCK_PX:
        return 1.0
    smooth = np.asarray(cv2.GaussianBlur(luma, (0, 0), COARSEST_PX), np.float32)
    unrest = _blocks(smooth).std(axis=1)
    before, after = (
        np.sqrt((_blocks(_grain(picture)) ** 2).mean(axis=1))
        for picture in (luma, rgb_to_luma(balanced_709))
    )
    flat = (unrest <= np.percentile(unrest, FLATTEST)) & (before > 0)
    if not flat.any() or np.median(after[flat]) < VISIBLE:
        return 1.0
    return float(np.median(after[flat] / before[flat]))


def _grain(luma: Pixels) -> Pixels:
    return luma - np.asarray(cv2.GaussianBlur(luma, (0, 0), COARSEST_PX), np.float32)


def _blocks(plane: Pixels) -> npt.NDArray[np.float32]:
    """Return a plane's blocks, (blocks, pixels)."""
    height, width = (side - side % BLOCK_PX for side in plane.shape)
    tiles = plane[:height, :width].reshape(
        height // BLOCK_PX, BLOCK_PX, width // BLOCK_PX, BLOCK_PX
    )
    return np.ascontiguousarray(tiles.swapaxes(1, 2)).reshape(-1, BLOCK_PX * BLOCK_PX)
