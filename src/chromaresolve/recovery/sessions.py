"""onnxruntime's sessions: a model on a provider, with the options that recovery needs there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors
from platformdirs import user_cache_path

from chromaresolve.errors import ModelError, StageError
from chromaresolve.recovery.providers import (
    GPU_LINE,
    LIBRARIES,
    PROVIDERS,
    Provider,
    missing_library,
)
from chromaresolve.recovery.tiles import Size

ERRORS = (
    ort_errors.EPFail,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
"""What onnxruntime raises for a file or a frame it cannot run; they have no common parent."""

OUT_OF_MEMORY = ("out of memory", "failed to allocate", "bad_alloc", "bad allocation", "e_outofmem")
"""How the providers say that a frame is too large for them, in small letters."""

LEAST_EDGE = 64
"""The smallest plate a TensorRT engine is built for, in pixels: the network's stride."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a session is to run."""

    threads: int = 0
    """Threads of one run on the processor; 0: as many as there are cores."""
    size: Size | None = None
    """The one size of plate it is for, which lets a graphics card replay its work; None: any."""
    largest: Size | None = None
    """The largest plate it will see, for engines that are built ahead."""
    is_half: bool = False
    """Whether the model counts in float16."""


def open_session(path: Path, provider: Provider, wanted: Wanted) -> ort.InferenceSession:
    """Start a model on a provider, or refuse.

    Raises:
        ModelError: The file is broken, or no model.
        StageError: The provider does not start.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 4  # a fallback is looked for below, not read in a log
    options.intra_op_num_threads = wanted.threads
    options.inter_op_num_threads = 1
    # Idle threads would spin on the cores that other frames are worked on with.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if provider.name == "directml":
        options.enable_mem_pattern = False
    if wanted.size is not None:
        _fix_size(options, path, wanted.size)
    asked = [(PROVIDERS[provider.name], provider_options(provider.name, wanted))]
    if provider.name == "tensorrt":
        asked.append((PROVIDERS["cuda"], provider_options("cuda", wanted)))
    try:
        session = ort.InferenceSession(str(path), sess_options=options, providers=asked)
    except ERRORS as error:
        first_line = str(error).splitlines()[0]
        raise ModelError(path, f"is not a model that onnxruntime can load: {first_line}") from error
    if session.get_providers()[0] != PROVIDERS[provider.name]:
        raise _fell_back(provider)
    return session


def provider_options(name: str, wanted: Wanted) -> dict[str, str]:
    """Return what a provider is asked for, in its own words."""
    cache = str(user_cache_path("chromaresolve", appauthor=False, ensure_exists=True))
    known: Mapping[str, dict[str, str]] = {
        "cuda": {
            # Tensor cores round float32 to ten bits unless told not to: 1e-3, not 1e-6.
            "use_tf32": "0",
            "arena_extend_strategy": "kSameAsRequested",
            "enable_cuda_graph": str(int(wanted.size is not None)),
        },
        "tensorrt": {
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": cache,
            "trt_timing_cache_enable": "1",
            "trt_timing_cache_path": cache,
            "trt_fp16_enable": str(int(wanted.is_half)),
            **_profile(wanted.size or wanted.largest or (2160, 4096)),
        },
        "openvino": {"device_type": "AUTO", "cache_dir": cache},
        "coreml": {"ModelFormat": "MLProgram", "ModelCacheDirectory": cache},
    }
    return dict(known.get(name, {}))


def run_session(session: ort.InferenceSession, plate: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the chroma (1, 2, height, width) of a plate (1, 3, height, width).

    Raises:
        MemoryError: The plate is too large for the provider.
        StageError: The provider failed; it may be gone.
    """
    try:
        return np.asarray(session.run(["chroma"], {"plate": plate})[0], dtype=np.float32)
    except ERRORS as error:
        raise run_error(session, error) from error


def run_error(session: ort.InferenceSession, error: Exception) -> MemoryError | StageError:
    """Return what a failed run means: too large a plate, or a provider that is gone."""
    words = " ".join(str(error).split())
    if any(phrase in words.lower() for phrase in OUT_OF_MEMORY):
        return MemoryError(words)
    theirs = session.get_providers()[0]
    name = next((ours for ours, known in PROVIDERS.items() if known == theirs), theirs)
    return StageError(
        name,
        f"failed while running the model ({words[:200]}): what is recovered is whole; "
        "run the same command again, or with --provider cpu",
    )


def _fix_size(options: ort.SessionOptions, path: Path, size: Size) -> None:
    """Fix the plate's size, by the names that the model gives to height and width."""
    for name, edge in zip(_free_edges(path), size, strict=True):
        options.add_free_dimension_override_by_name(name, edge)


def _free_edges(path: Path) -> tuple[str, str]:
    plain = ort.SessionOptions()
    plain.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(str(path), plain, providers=[PROVIDERS["cpu"]])
    _, _, height, width = session.get_inputs()[0].shape
    return str(height), str(width)


def _profile(largest: Size) -> dict[str, str]:
    least = f"plate:1x3x{LEAST_EDGE}x{LEAST_EDGE}"
    most = f"plate:1x3x{largest[0]}x{largest[1]}"
    return {
        "trt_profile_min_shapes": least,
        "trt_profile_opt_shapes": most,
        "trt_profile_max_shapes": most,
    }


def _fell_back(provider: Provider) -> StageError:
    missing = missing_library(provider.name) if provider.name in LIBRARIES else ""
    reason = missing or f"type `{GPU_LINE}`, check the driver"
    return StageError(
        "--provider",
        f"{provider.name} is installed but did not start, and onnxruntime would go on slowly on "
        f"the CPU: {reason}, or ask for cpu",
    )
