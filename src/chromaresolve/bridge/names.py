"""What things are called in Resolve: project, bins, timelines, tracks, colour versions."""

from __future__ import annotations

from typing import Tuple

SOURCE_BIN = "Source"
REFERENCE_BIN = "Reference"
BALANCED_BIN = "Balanced"
RECOVERED_BIN = "Recovered"
BASELINE_BIN = "Baseline"

BINS: Tuple[str, ...] = (SOURCE_BIN, REFERENCE_BIN, BALANCED_BIN, RECOVERED_BIN, BASELINE_BIN)
"""The bins of a project, under the root."""

NEUTRAL_VERSION = "ChromaResolve Neutral"
"""The colour version without any grade: what the network is taught from."""

BALANCED_VERSION = "ChromaResolve Balanced"
"""The colour version that carries our PreBalance and nothing else."""

PRE_BALANCE = "ChromaResolve PreBalance"
"""How the name of our pre-balance shader begins, wherever it is installed."""

TEMPORARY = "ChromaResolve temporary"
"""How everything is called that a step makes and removes again."""

DISPLAY_TRANSFORM = "Inverse Rec.709 BT.1886"
"""The input transform of display-referred pictures in an ACES project."""

DISPLAY_ODTS: Tuple[str, ...] = ("Rec.709 BT.1886", "Rec.709")
"""What the Rec.709 2.4 output transform is called, newest name first."""

NO_ODT = "No Output Transform"
"""The output transform that leaves ACES2065-1 as it is."""


def project_name(film: str) -> str:
    """Return the project's name, `[FILM_TITLE]_ChromaRecovery`."""
    return f"{film}_ChromaRecovery"


def pair_timeline(name: str) -> str:
    """Return the name of the timeline that holds Source and Reference."""
    return f"{name}_Pair"


def composite_timeline(name: str) -> str:
    """Return the name of the composite timeline."""
    return f"{name}_Composite"
