"""What was handed over: a shot made from sequences on disk, and whether they fit.

The checks read every header, and look once at every frame. They say what they saw, what it means
and what to do; only what makes the work impossible stops it.
"""

from __future__ import annotations

from chromaresolve.turnover.accepting import accept, accept_turnover
from chromaresolve.turnover.checking import check
from chromaresolve.turnover.finding import Finding

__all__ = ["Finding", "accept", "accept_turnover", "check"]
