"""How fast this machine recovers film: each part alone, the whole, and which part is the limit.

Plates are drawn, so no film is needed; everything is written to a folder that is removed again.
"""

from __future__ import annotations

from chromaresolve.bench.plates import SIZES, draw_plate, write_plates
from chromaresolve.bench.stages import Stage, measure_stages
from chromaresolve.bench.trial import Trial, Wish, bench
from chromaresolve.bench.verdict import find_limit, tell_trial
from chromaresolve.bench.whole import Whole, measure_whole

__all__ = [
    "SIZES",
    "Stage",
    "Trial",
    "Whole",
    "Wish",
    "bench",
    "draw_plate",
    "find_limit",
    "measure_stages",
    "measure_whole",
    "tell_trial",
    "write_plates",
]
