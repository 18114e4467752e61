"""A 4K frame through recovery: tiles, memory and the luma law at the size people work at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.colour import measure_luma_law
from chromaresolve.frames import Frame, Header, Window
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.frame import recover_frame
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import choose_provider
from chromaresolve.recovery.tiles import TILE, Tiling, in_tiles
from tiny import quiet

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 4096, 2160
"""4K DCI."""


def test_4k_frame_in_tiles_equals_the_whole(trained_shot: Path) -> None:
    """Tiles of the default size give the full frame's chroma within 1e-5, and luma is exact."""
    random = np.random.default_rng(8)
    ramp = np.linspace(0.05, 0.95, WIDTH, dtype=np.float32)[None, :, None]
    rgb = (ramp + random.normal(0, 0.03, (HEIGHT, WIDTH, 3))).astype(np.float32)
    window = Window(x=0, y=0, width=WIDTH, height=HEIGHT)
    header = Header(
        path=Path("P_0001.exr"),
        pixel_type="float",
        data_window=window,
        display_window=window,
        pixel_aspect=1.0,
        compression="zip",
        attributes={},
    )
    model = Model.open(trained_shot / "model.onnx", choose_provider("cpu"))

    whole, tiled = model.run(rgb), in_tiles(rgb, model.run, tile=TILE, halo=model.halo)
    recovered = recover_frame(
        model,
        Delivery(),
        Frame(rgb=rgb, others={}, header=header),
        shown=rgb,
        tiling=Tiling(TILE, halo=model.halo, say=quiet),
    )

    off = np.abs(tiled - whole).max(axis=-1)
    worst = np.unravel_index(int(off.argmax()), off.shape)
    assert off.max() <= 1e-5, f"tiles differ by {off.max():.2g} at row, column {worst}"
    assert measure_luma_law(recovered.frame.rgb, rgb).is_kept
