"""A model ready to run on a provider, and what it says of itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import Chain, chain_from_record
from chromaresolve.errors import ModelError
from chromaresolve.files import sha256
from chromaresolve.frames import Rgb
from chromaresolve.plates.showing import Showing
from chromaresolve.recovery.graph import read_properties
from chromaresolve.recovery.providers import Provider
from chromaresolve.recovery.runners import AnySize, OneSize, Runner, Slots
from chromaresolve.recovery.sessions import Wanted, open_session
from chromaresolve.recovery.tiles import Size, in_tiles

MODEL_FORMAT = 1
"""The version of the model file's metadata."""

METADATA_KEY = "chromaresolve"
"""The model property that holds the metadata, as JSON."""

NEEDED = frozenset(
    {
        "branch", "chain", "crop", "film", "halo", "luma_from", "plate", "reference_kind", "shot",
        "step", "training",
    }
)  # fmt: skip
"""What recovery asks of the metadata, and cannot do without."""

HALF_MODEL = "model_fp16.onnx"
"""The half-precision variant's file, beside `model.onnx`."""

HALF = "float16"
"""What a model's metadata says of its precision if it counts in half inside."""


GAINS_BY_SIZE = {"tensorrt": "cuda", "cuda": "cuda", "directml": "cpu", "coreml": "cpu"}
"""Providers that are faster where all plates have one size, and where the plates then lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model ready to run, and what it says of itself."""

    path: Path
    """The file."""
    sha256: str
    """Its fingerprint."""
    facts: dict[str, Any]
    """Its metadata: shot, chain, plate, crop, halo, training and the rest."""
    chain: Chain
    """The colour chain it was trained in."""
    provider: Provider
    """Where it runs."""
    slots: Slots
    """Who runs it: as many at once as the device can use."""

    @classmethod
    def open(
        cls,
        path: Path,
        provider: Provider,
        *,
        ocio: Path | None = None,
        threads: int = 0,
        at_once: int = 1,
        largest: Size | None = None,
    ) -> Self:
        """Load a model file on a provider.

        Args:
            path: The model file.
            provider: Where to run it.
            ocio: Where the studio's OCIO config is on this machine; None for where it was.
            threads: Threads of one run on the processor; 0: as many as there are cores.
            at_once: How many plates may run at the same moment.
            largest: The largest plate to come, for providers that prepare for it.

        Raises:
            ModelError: The file is missing, broken, or not a model of ours.
            StageError: The provider cannot be started.
        """
        if not path.is_file():
            raise ModelError(path, "there is no model: run `chromaresolve export`")
        facts = _facts(path)
        is_half = facts.get("precision") == HALF
        wanted = Wanted(threads=threads, largest=largest, is_half=is_half)
        session = open_session(path, provider, wanted)
        return cls(
            path=path,
            sha256=sha256(path),
            facts=facts,
            chain=chain_from_record(facts["chain"], ocio=ocio),
            provider=provider,
            # A session takes any number of callers, each on a thread of its own.
            slots=Slots([AnySize(session)] * at_once),
        )

    @property
    def halo(self) -> int:
        """How far from a pixel the network can see, in pixels, a multiple of its stride."""
        return int(self.facts["halo"])

    @property
    def is_half(self) -> bool:
        """Whether it counts in float16 inside."""
        return self.facts.get("precision") == HALF

    @property
    def showing(self) -> Showing:
        """How plates are cleaned before the network sees them."""
        return Showing.from_record(self.facts.get("showing", {}))

    def for_size(self, size: Size) -> Self:
        """Return the model made ready for plates of one size, where its provider gains by it."""
        if self.provider.name not in GAINS_BY_SIZE:
            return self
        device = GAINS_BY_SIZE[self.provider.name]
        wanted = Wanted(size=size, largest=size, is_half=self.is_half)
        runners: list[Runner] = []
        for _ in range(self.slots.count):
            with self.slots.borrow() as other:
                session = open_session(self.path, self.provider, wanted)
                runners.append(OneSize(session, size, device=device, other=other))
        return replace(self, slots=Slots(runners))

    def run(self, plate: Rgb) -> NDArray[np.float32]:
        """Return the recovered Cb and Cr of a plate.

        Args:
            plate: (height, width, 3) float32 in the chain's working space, not clamped.

        Returns:
            (height, width, 2) float32.

        Raises:
            MemoryError: The plate is too large for the device.
            StageError: The device failed.
        """
        channels_first = np.ascontiguousarray(plate.transpose(2, 0, 1)[None])
        with self.slots.borrow() as runner:
            chroma = runner.run(channels_first)
        return np.ascontiguousarray(chroma[0].transpose(1, 2, 0))

    def run_tiled(self, plate: Rgb, tile: int) -> NDArray[np.float32]:
        """Return what `run` returns, tile by tile; 0 takes the plate in one piece."""
        return in_tiles(plate, self.run, tile=tile, halo=self.halo)


def _facts(path: Path) -> dict[str, Any]:
    text = read_properties(path).get(METADATA_KEY)
    if text is None:
        raise ModelError(path, "is not a ChromaResolve model: it says nothing of its training")
    try:
        told = json.loads(text)
    except ValueError as error:
        raise ModelError(path, f"says of its training what is no JSON: {error}") from error
    facts: dict[str, Any] = told if isinstance(told, dict) else {}
    if facts.get("format") != MODEL_FORMAT:
        raise ModelError(
            path, f"model format {facts.get('format')} is not {MODEL_FORMAT}: export again"
        )
    if missing := NEEDED - facts.keys():
        raise ModelError(path, f"says nothing of its {', '.join(sorted(missing))}: export again")
    return facts
