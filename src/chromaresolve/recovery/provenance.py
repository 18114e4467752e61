"""What a recovered frame says of itself: in its header for ever, and in a sidecar for archives."""

from __future__ import annotations

from collections.abc import Mapping

from chromaresolve import __version__
from chromaresolve.frames import RECIPE_KEY, Header
from chromaresolve.recovery.model import Model

SHARE_KEY = "chromaresolve:gamut_share"
"""The header attribute with the share of pixels whose chroma was pulled in to fit."""

DIGITAL_SOURCE_TYPE = "compositeWithTrainedAlgorithmicMedia"
"""IPTC NewsCodes, Digital Source Type: a captured picture (the scan's luma) with a part made by a
trained model (its chroma)."""


def provenance(model: Model, *, source: str, source_sha256: str, recipe: str) -> dict[str, str]:
    """Return the header attributes of a recovered frame.

    The first eight carry the names that the trade's workflow guides give them; those beginning
    with `chromaresolve:` are ours and are read back.
    """
    facts = model.facts
    return {
        "MLProcessing": f"ChromaResolve {__version__}",
        "RecoveryType": str(facts["branch"]),
        "FilmTitle": str(facts["film"]),
        "ShotID": str(facts["shot"]),
        "ModelCheckpoint": f"{facts['shot']} step {facts['step']}",
        "SourceElement": source,
        "ReferenceSource": str(facts["reference_kind"]),
        "IPTCDigitalSourceType": DIGITAL_SOURCE_TYPE,
        "chromaresolve:model_sha256": model.sha256,
        "chromaresolve:training": str(facts["training"]),
        "chromaresolve:source_sha256": source_sha256,
        "chromaresolve:chain": str(facts["chain"]["name"]),
        "chromaresolve:luma_from": str(facts["luma_from"]),
        RECIPE_KEY: recipe,
    }


def gamut_share_in(header: Header) -> float:
    """Return the gamut share that a frame made earlier says of itself."""
    return float(str(header.attributes.get(SHARE_KEY, 0.0)))


def sidecar(model: Model, *, frames: str, measured: Mapping[str, object]) -> dict[str, object]:
    """Return the sidecar's content: the model's whole story, and what the recovery measured."""
    return {
        "tool": f"ChromaResolve {__version__}",
        "IPTCDigitalSourceType": DIGITAL_SOURCE_TYPE,
        "model": {"file": model.path.name, "sha256": model.sha256, **model.facts},
        "frames": frames,
        "measured": dict(measured),
    }
