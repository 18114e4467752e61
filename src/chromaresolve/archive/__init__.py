"""A shot as a package for an archive, which whoever opens it in thirty years can check and read."""

from chromaresolve.archive.checking import Checked, verify
from chromaresolve.archive.contents import How
from chromaresolve.archive.lists import in_units
from chromaresolve.archive.packing import Package, archive
from chromaresolve.archive.unpacking import extract

__all__ = ["Checked", "How", "Package", "archive", "extract", "in_units", "verify"]
