"""Where the training runs, and why."""

from __future__ import annotations

import os

import torch

from chromaresolve.errors import StageError


def choose_device(name: str) -> tuple[torch.device, str]:
    """Return the device asked for, or the fastest there is, with the reason in words.

    Raises:
        StageError: A device was asked for by name and is not there.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        chosen = next(kind for kind, is_there in there.items() if is_there)
        found = {"cuda": "a CUDA GPU is there", "mps": "an Apple GPU is there"}
        return torch.device(chosen), found.get(chosen, "no GPU that PyTorch can use is there")
    if name not in there:
        raise StageError("--device", f"{name!r} is not known: write auto, cpu, cuda or mps")
    if not there[name]:
        raise StageError(
            "--device",
            f"{name} was asked for, but PyTorch finds none: "
            "install a PyTorch built for it, or ask for auto",
        )
    return torch.device(name), "asked for"


def counts_in_bfloat16(device: torch.device) -> bool:
    """Say whether the device multiplies in bfloat16 faster than in float32.

    Graphics cards do, and processors that have the instructions; others only pretend to.
    """
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001 - there is no public one
    return device.type == "cuda"


def make_deterministic() -> None:
    """Let the same training on the same machine give the same bits, even where that is slower.

    A CPU does so anyway; a graphics card adds up in whatever order its cores finish.
    """
    # cuBLAS wants this before its first use, or it refuses to be deterministic.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(mode=True)
