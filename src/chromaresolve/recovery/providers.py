"""What can run a model on this machine: onnxruntime's providers, chosen aloud, never in silence.

onnxruntime lists providers that it then cannot start, for want of a library that its wheel does not
bring, and goes on without a word on the CPU. Here the provider's own library is opened first, which
names what is missing; and a session that does not run where it was sent is an error.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort

from chromaresolve.errors import StageError

PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""The command line's name of each provider, and onnxruntime's; what `auto` tries, in this order."""

LIBRARIES = {"tensorrt": "onnxruntime_providers_tensorrt", "cuda": "onnxruntime_providers_cuda"}
"""The providers that are libraries of their own, opened when a session first asks for them."""

ON_NVIDIA = frozenset(LIBRARIES)
"""The providers that need an NVIDIA graphics card with its driver."""

DRIVER = {"win32": "nvcuda.dll"}.get(sys.platform, "libcuda.so.1")
"""What NVIDIA's driver brings, and no wheel."""

GPU_LINE = "pip uninstall onnxruntime; pip install 'chromaresolve[gpu]'"
"""What brings the CUDA provider: the two wheels fill one folder, so the CPU one goes first."""

BRINGS = {
    "nvinfer": "pip install tensorrt",
    "cublas": "pip install 'onnxruntime-gpu[cuda,cudnn]'",
    "cudnn": "pip install 'onnxruntime-gpu[cuda,cudnn]'",
    "cudart": "pip install 'onnxruntime-gpu[cuda,cudnn]'",
    "cufft": "pip install 'onnxruntime-gpu[cuda,cudnn]'",
    "curand": "pip install 'onnxruntime-gpu[cuda,cudnn]'",
    "nvrtc": "pip install 'onnxruntime-gpu[cuda,cudnn]'",
}
"""What to type for a library that is missing, by a part of its name."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Where the model runs, and why."""

    name: str
    """The command line's name."""
    reason: str
    """A sentence for the user."""

    @property
    def is_cpu(self) -> bool:
        """Whether this is the processor itself, whose float32 all others are compared with."""
        return self.name == "cpu"


def installed_providers() -> tuple[str, ...]:
    """Return the command line's names of the providers that this onnxruntime brings."""
    there = set(ort.get_available_providers())
    return tuple(name for name, theirs in PROVIDERS.items() if theirs in there)


def choose_provider(name: str) -> Provider:
    """Return the provider asked for, or the fastest that starts here, with the reason.

    Raises:
        StageError: A provider was asked for by name and is not there; or a graphics card is there
            and its provider does not start.
    """
    if name != "auto":
        return _asked_for(name)
    passed: list[str] = []
    for kind in installed_providers():
        hindrance = _hindrance(kind)
        if hindrance is None:
            return Provider(kind, _why(kind, passed))
        if kind == "cuda" and has_driver():
            raise StageError("cuda", f"{hindrance}; or ask for --provider cpu, which is slow")
        passed.append(f"{kind}: {hindrance}")
    raise StageError("onnxruntime", "brings no provider at all: type `pip install 'onnxruntime'`")


def has_driver() -> bool:
    """Say whether NVIDIA's driver is on this machine."""
    try:
        ctypes.CDLL(DRIVER)
    except OSError:
        return False
    return True


def missing_library(name: str) -> str:
    """Say which library a provider cannot find and what brings it; empty where it finds them all.

    Args:
        name: A provider of LIBRARIES.
    """
    with redirect_stdout(sys.stderr):  # it prints what it cannot load
        ort.preload_dlls()
    folder = Path(ort.__file__).parent / "capi"
    ending = ".dll" if sys.platform == "win32" else ".so"
    prefix = "" if sys.platform == "win32" else "lib"
    shared = prefix + "onnxruntime_providers_shared" + ending
    try:
        ctypes.CDLL(str(folder / shared), mode=getattr(ctypes, "RTLD_GLOBAL", 0))
        ctypes.CDLL(str(folder / (prefix + LIBRARIES[name] + ending)))
    except OSError as error:
        return f"{_library_in(str(error))} is missing: type `{_line_for(str(error))}`"
    return ""


def _asked_for(name: str) -> Provider:
    if name not in PROVIDERS:
        known = ", ".join(["auto", *PROVIDERS])
        raise StageError("--provider", f"{name!r} is not known: write one of {known}")
    if name not in installed_providers():
        raise StageError(
            "--provider",
            f"{name} was asked for, but this onnxruntime has not got it: "
            f"type `{GPU_LINE}`, or ask for auto",
        )
    hindrance = _hindrance(name)
    if hindrance is not None:
        raise StageError("--provider", f"{name} was asked for, but {hindrance}; or ask for auto")
    return Provider(name, "asked for")


def _hindrance(name: str) -> str | None:
    """Say why a provider that is installed will not start, or None."""
    if name in ON_NVIDIA and not has_driver():
        return f"this machine has no NVIDIA driver ({DRIVER})"
    return (missing_library(name) or None) if name in LIBRARIES else None


def _why(chosen: str, passed: list[str]) -> str:
    if passed:
        return f"the fastest that starts here ({'; '.join(passed)})"
    if chosen == "cpu":
        return "this onnxruntime brings no other"
    return "this onnxruntime has it, and it is the fastest"


def _library_in(words: str) -> str:
    """Return the name of the library in the words of the system's loader."""
    named = next(_library_names(words), None)
    return named or " ".join(words.split())


def _library_names(words: str) -> Iterator[str]:
    for match in re.finditer(r"[\w.+-]+\.(?:so|dll|dylib)(?:\.\d+)*", words):
        yield match[0]


def _line_for(words: str) -> str:
    return next((line for part, line in BRINGS.items() if part in words), GPU_LINE)
