"""A model file and the provider that runs it.

onnxruntime lists providers that it then cannot start, and goes on without a word on the CPU; here a
session that does not run where it was sent is an error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from chromaresolve.colour import Chain, chain_from_record
from chromaresolve.errors import ModelError, StageError
from chromaresolve.files import sha256
from chromaresolve.frames import Rgb
from chromaresolve.plates.showing import Showing
from chromaresolve.recovery.tiles import in_tiles

MODEL_FORMAT = 1
"""The version of the model file's metadata."""

METADATA_KEY = "chromaresolve"
"""The model property that holds the metadata, as JSON."""

PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""The command line's name of each provider, and onnxruntime's."""

CHOSEN_ALONE = ("cuda", "cpu")
"""What `auto` picks from, fastest first. The others are run when asked for by name."""

LOAD_ERRORS = (
    ort_errors.EPFail,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
"""What onnxruntime raises for a file it cannot run; its exceptions have no common parent."""

GPU_LINE = "pip uninstall onnxruntime; pip install 'chromaresolve[gpu]'"
"""What brings the CUDA provider: the two wheels fill one folder, so the CPU one goes first."""


def installed_providers() -> tuple[str, ...]:
    """Return the command line's names of the providers that this onnxruntime brings."""
    there = set(ort.get_available_providers())
    return tuple(name for name, theirs in PROVIDERS.items() if theirs in there)


@dataclass(frozen=True, slots=True)
class Provider:
    """Where the model runs, and why."""

    name: str
    """The command line's name."""
    reason: str
    """A sentence for the user."""


def choose_provider(name: str) -> Provider:
    """Return the provider asked for, or the fastest that is installed, with the reason.

    Raises:
        StageError: A provider was asked for by name and is not there.
    """
    there = installed_providers()
    if name == "auto":
        chosen = next(kind for kind in CHOSEN_ALONE if kind in there)
        if chosen == "cpu":
            return Provider(chosen, "this onnxruntime has no CUDA provider")
        return Provider(chosen, "this onnxruntime has it, and it is the fastest")
    if name not in PROVIDERS:
        known = ", ".join(["auto", *PROVIDERS])
        raise StageError("--provider", f"{name!r} is not known: write one of {known}")
    if name not in there:
        raise StageError(
            "--provider",
            f"{name} was asked for, but this onnxruntime has not got it: "
            f"type `{GPU_LINE}`, or ask for auto",
        )
    return Provider(name, "asked for")


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
    session: ort.InferenceSession
    """onnxruntime's session."""

    @classmethod
    def open(cls, path: Path, provider: Provider, *, ocio: Path | None = None) -> Self:
        """Load a model file on a provider.

        Args:
            path: The model file.
            provider: Where to run it.
            ocio: Where the studio's OCIO config is on this machine; None for where it was.

        Raises:
            ModelError: The file is missing, broken, or not a model of ours.
            StageError: The provider cannot be started.
        """
        if not path.is_file():
            raise ModelError(path, "there is no model: run `chromaresolve export`")
        session = _session(path, provider)
        facts = _facts(path, session)
        return cls(
            path=path,
            sha256=sha256(path),
            facts=facts,
            chain=chain_from_record(facts["chain"], ocio=ocio),
            session=session,
        )

    @property
    def halo(self) -> int:
        """How far from a pixel the network can see, in pixels, a multiple of its stride."""
        return int(self.facts["halo"])

    @property
    def showing(self) -> Showing:
        """How plates are cleaned before the network sees them."""
        return Showing.from_record(self.facts.get("showing", {}))

    def run(self, plate: Rgb) -> NDArray[np.float32]:
        """Return the recovered Cb and Cr of a plate.

        Args:
            plate: (height, width, 3) float32 in the chain's working space, not clamped.

        Returns:
            (height, width, 2) float32.
        """
        channels_first = np.ascontiguousarray(plate.transpose(2, 0, 1)[None])
        chroma = self.session.run(["chroma"], {"plate": channels_first})[0]
        return np.ascontiguousarray(np.asarray(chroma)[0].transpose(1, 2, 0))

    def run_tiled(self, plate: Rgb, tile: int) -> NDArray[np.float32]:
        """Return what `run` returns, tile by tile; 0 lets the plate's size decide."""
        return in_tiles(plate, self.run, tile=tile, halo=self.halo)


def _session(path: Path, provider: Provider) -> ort.InferenceSession:
    wanted = PROVIDERS[provider.name]
    options = ort.SessionOptions()
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(str(path), sess_options=options, providers=[wanted])
    except LOAD_ERRORS as error:
        first_line = str(error).splitlines()[0]
        raise ModelError(path, f"is not a model that onnxruntime can load: {first_line}") from error
    if session.get_providers()[0] != wanted:
        raise StageError(
            "--provider",
            f"{provider.name} is installed but did not start, and onnxruntime would go on slowly "
            f"on the CPU: type `{GPU_LINE}`, check the driver, or ask for cpu",
        )
    return session


def _facts(path: Path, session: ort.InferenceSession) -> dict[str, Any]:
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise ModelError(path, "is not a ChromaResolve model: it says nothing of its training")
    facts: dict[str, Any] = json.loads(text)
    if facts.get("format") != MODEL_FORMAT:
        raise ModelError(
            path, f"model format {facts.get('format')} is not {MODEL_FORMAT}: export again"
        )
    return facts
