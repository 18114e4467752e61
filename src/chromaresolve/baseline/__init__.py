"""The closed-form colour map of a shot: the floor that the network must beat, and Resolve's V3."""

from chromaresolve.baseline.choice import recolour
from chromaresolve.baseline.cube import Cube, read_cube, write_cube
from chromaresolve.baseline.stage import cube_path, fit, measure

__all__ = ["Cube", "cube_path", "fit", "measure", "read_cube", "recolour", "write_cube"]
