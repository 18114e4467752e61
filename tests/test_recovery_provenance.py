"""What a recovered frame and its sidecar say of how they were made."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from chromaresolve import __version__
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.provenance import provenance, sidecar

FACTS = {
    "branch": "chroma",
    "film": "La Muralla Verde",
    "shot": "sh010",
    "step": 12000,
    "reference_kind": "direct",
    "training": "7a" * 32,
    "chain": {"name": "display"},
    "luma_from": "balanced",
}
"""What a model says of itself, as far as provenance asks."""

MODEL = cast("Model", SimpleNamespace(path=Path("sh010/model.onnx"), sha256="5e" * 32, facts=FACTS))
"""A stand-in for a model."""


def test_header_names_all_that_made_it() -> None:
    """The trade's own names for tool, shot, checkpoint and source; hashes under ours."""
    said = provenance(MODEL, source="P_0001.exr", source_sha256="c0" * 32, recipe="all of it")

    assert said == {
        "MLProcessing": f"ChromaResolve {__version__}",
        "RecoveryType": "chroma",
        "FilmTitle": "La Muralla Verde",
        "ShotID": "sh010",
        "ModelCheckpoint": "sh010 step 12000",
        "SourceElement": "P_0001.exr",
        "ReferenceSource": "direct",
        "IPTCDigitalSourceType": "compositeWithTrainedAlgorithmicMedia",
        "chromaresolve:model_sha256": "5e" * 32,
        "chromaresolve:training": "7a" * 32,
        "chromaresolve:source_sha256": "c0" * 32,
        "chromaresolve:chain": "display",
        "chromaresolve:luma_from": "balanced",
        "chromaresolve:recipe": "all of it",
    }


def test_sidecar_tells_the_whole_story() -> None:
    """What it is, by what and from what it was made, and how it was delivered."""
    said = sidecar(MODEL, Delivery(version="v002"), frames="1-3", measured={"gamut_share": 0.5})

    assert said == {
        "tool": f"ChromaResolve {__version__}",
        "IPTCDigitalSourceType": "compositeWithTrainedAlgorithmicMedia",
        "RecoveryType": "chroma",
        "ReferenceSource": "direct",
        "delivery": {
            "name": "display",
            "compression": "zip",
            "feather": 4,
            "st2065_4": False,
            "version": "v002",
        },
        "model": {"file": "model.onnx", "sha256": "5e" * 32, **FACTS},
        "frames": "1-3",
        "measured": {"gamut_share": 0.5},
    }
