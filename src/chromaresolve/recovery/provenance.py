"""What a recovered frame says of itself: in its header for ever, and in a sidecar for archives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from chromaresolve import __version__
from chromaresolve.frames import RECIPE_KEY, Header
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.model import Model

OURS = "chromaresolve:"
"""How the names of our own header attributes begin; those that are numbers were measured."""

MODEL_KEY = f"{OURS}model_sha256"
"""The header attribute that names the model by its contents."""

MEASURED = ("gamut_share", "feather", "out_of_reach", "luma_off")
"""What finishing a frame measures, and its header keeps."""

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
        MODEL_KEY: model.sha256,
        "chromaresolve:training": str(facts["training"]),
        "chromaresolve:source_sha256": source_sha256,
        "chromaresolve:chain": str(facts["chain"]["name"]),
        "chromaresolve:luma_from": str(facts["luma_from"]),
        RECIPE_KEY: recipe,
    }


def numbers_in(header: Header) -> dict[str, float]:
    """Return what was measured on a frame made earlier, as it says of itself."""
    said = {name: header.attributes.get(f"{OURS}{name}") for name in MEASURED}
    return {name: value for name, value in said.items() if isinstance(value, float)}


def sidecar(
    model: Model, delivery: Delivery, *, frames: str, measured: Mapping[str, object]
) -> dict[str, object]:
    """Return the sidecar's content: the model's whole story, and what the recovery measured."""
    return {
        "tool": f"ChromaResolve {__version__}",
        "IPTCDigitalSourceType": DIGITAL_SOURCE_TYPE,
        "RecoveryType": str(model.facts["branch"]),
        "ReferenceSource": str(model.facts["reference_kind"]),
        "delivery": asdict(delivery),
        "model": {"file": model.path.name, "sha256": model.sha256, **model.facts},
        "frames": frames,
        "measured": dict(measured),
    }
