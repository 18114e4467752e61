"""What runs inside DaVinci Resolve: the menu's steps, with Python's standard library alone.

Resolve's Python is whichever the artist installed (3.8 or newer), or the one Resolve brings. It
must never see the tool's own libraries, so this package imports nothing but the standard library
and itself, and is copied as `chromaresolve_bridge` into ChromaResolve's data folder.
"""

from __future__ import annotations

VERSION = "0.1.0"
"""The tool's version: an installed copy of another version is out of date."""
