"""One page that shows what was done to a shot and how well: numbers, pictures, and where from."""

from chromaresolve.report.numbers import (
    BaselineMap,
    FrameNumbers,
    HeldOut,
    Numbers,
    Score,
    load_held_out,
    measure_frame,
    measure_score,
    measure_shot,
)
from chromaresolve.report.page import report
from chromaresolve.report.pictures import Row, contact_sheet, difference_map

__all__ = [
    "BaselineMap",
    "FrameNumbers",
    "HeldOut",
    "Numbers",
    "Row",
    "Score",
    "contact_sheet",
    "difference_map",
    "load_held_out",
    "measure_frame",
    "measure_score",
    "measure_shot",
    "report",
]
