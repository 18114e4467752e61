"""The closed-form colour map of a shot: the floor that the network must beat, and Resolve's V3."""

from chromaresolve.baseline.choice import recolour
from chromaresolve.baseline.sharpening import find_sharpening
from chromaresolve.baseline.stage import cube_path, fit, measure

__all__ = ["cube_path", "find_sharpening", "fit", "measure", "recolour"]
