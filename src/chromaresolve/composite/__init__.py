"""The Color merge without Resolve: recovered colour on the plate, on the ACES original, in a file.

In Resolve the recovered frames lie on V2 above the plate, with composite mode Color. This room
writes what that stack shows, and the same on the ACES original for the archive.
"""

from __future__ import annotations

from chromaresolve.composite.blend import blend_color, clamp_color, merge_frame
from chromaresolve.composite.carry import Carried, carry_colour
from chromaresolve.composite.deliverable import recovered_frames, recovery_sidecar
from chromaresolve.composite.merge import composite, display_chain, display_of_recovered

__all__ = [
    "Carried",
    "blend_color",
    "carry_colour",
    "clamp_color",
    "composite",
    "display_chain",
    "display_of_recovered",
    "merge_frame",
    "recovered_frames",
    "recovery_sidecar",
]
