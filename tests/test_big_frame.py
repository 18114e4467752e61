"""A 4K frame through recovery: tiles, memory and the luma law at the size people work at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.colour import measure_luma_law
from chromaresolve.recovery.loop import recover_frame
from chromaresolve.recovery.model import Model, choose_provider
from chromaresolve.recovery.tiles import TILE

pytestmark = pytest.mark.slow


def test_4k_frame_in_tiles_equals_the_whole(trained_shot: Path) -> None:
    """Tiles of the default size give the full frame's chroma within 1e-5, and luma is exact."""
    random = np.random.default_rng(8)
    ramp = np.linspace(0.05, 0.95, 4096, dtype=np.float32)[None, :, None]
    plate = (ramp + random.normal(0, 0.03, (2160, 4096, 3))).astype(np.float32)
    model = Model.open(trained_shot / "model.onnx", choose_provider("cpu"))

    tiled, whole = model.run_tiled(plate, TILE), model.run(plate)
    recovered, _ = recover_frame(model, plate, plate, tile=0)

    off = np.abs(tiled - whole).max(axis=-1)
    worst = np.unravel_index(int(off.argmax()), off.shape)
    assert off.max() <= 1e-5, f"tiles differ by {off.max():.2g} at row, column {worst}"
    assert measure_luma_law(recovered, plate).is_kept
