"""Colour maps as `.cube` files, written and read as DaVinci Resolve does."""

from chromaresolve.cube.file import Cube, Shaper, read_cube, write_cube
from chromaresolve.cube.table import ColourMap

__all__ = ["ColourMap", "Cube", "Shaper", "read_cube", "write_cube"]
