"""A provider held against the processor's float32 before it is trusted with a film.

Providers were seen to give wrong numbers without a word: half precision on one system version,
tensor cores where plain float32 was asked for. So the first plate's first tile is run both ways, at
a size that is no multiple of anything.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import Provider

PROOF_SIZE = (253, 381)
"""Height and width of the tile: odd, and some strides large."""

FULL_TOLERANCE = 1e-5
"""The most that float32 may be off in chroma: the order of sums alone gives 1e-6."""

HALF_TOLERANCE = 2e-3
"""The most that float16 may be off: a tenth of a step that shows, and above what it was measured
to cost, 5e-4."""

ON_CPU = Provider("cpu", "to compare with")
"""The processor, which every other is compared with."""


def prove(model: Model, ready: Model, exact: Path, plate: Rgb) -> str:
    """Compare a model where it runs with its float32 on the processor; say how near it is.

    Args:
        model: The model on its provider, in its precision, for plates of any size.
        ready: The same as it is used, which may be for whole plates of one size alone.
        exact: The float32 model of the same training; the model itself where there is none.
        plate: The first plate in the chain's working space, (height, width, 3).

    Returns:
        A sentence, empty where both are the same and nothing was compared.

    Raises:
        StageError: The provider gives other numbers.
        ModelError: The exact model is broken.
    """
    if model.provider.is_cpu and (exact == model.path or not model.is_half):
        return ""
    reference = Model.open(exact, ON_CPU)
    _require_same_training(model, reference)
    height, width = PROOF_SIZE
    tile = np.ascontiguousarray(plate[:height, :width])
    worst = _largest(model.run(tile) - reference.run(tile))
    if ready is not model:
        beyond = np.ascontiguousarray(plate[: height + model.halo, : width + model.halo])
        off = ready.run(plate)[:height, :width] - reference.run(beyond)[:height, :width]
        worst = max(worst, _largest(off))
    allowed = HALF_TOLERANCE if model.is_half else FULL_TOLERANCE
    kind = "float16" if model.is_half else "float32"
    if worst > allowed:
        raise StageError(
            model.provider.name,
            f"gives other numbers than the processor: {kind} is {worst:.1e} off in chroma on the "
            f"first tile, {allowed:.0e} is allowed: ask for --provider cpu, and update the driver "
            "and onnxruntime",
        )
    against = "float16" if reference.is_half else "float32"
    return f"{model.provider.name} in {kind}: {worst:.1e} from the processor's {against} at most"


def _largest(off: NDArray[np.float32]) -> float:
    """Return the largest difference, infinity where one is no number."""
    return float(np.nan_to_num(np.abs(off), nan=np.inf).max())


def _require_same_training(model: Model, reference: Model) -> None:
    theirs, ours = reference.facts.get("checkpoint"), model.facts.get("checkpoint")
    if theirs != ours:
        raise StageError(
            model.path,
            f"is not the half of {reference.path.name}, which was trained otherwise: run "
            "`chromaresolve export` again",
        )
