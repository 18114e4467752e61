"""How a room tells what it does: it never prints, it is handed these.

The command line hands in its screen, the demo and the tests whatever they like.
"""

from __future__ import annotations

from collections.abc import Callable

Say = Callable[[str], None]
"""Told a sentence the user should see."""

Progress = Callable[[int, int, str], None]
"""Told how many of how many are done, and a note."""
