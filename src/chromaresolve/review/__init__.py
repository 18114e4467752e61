"""Which recovered frames stand out and why, how far held-out frames are from the truth."""

from chromaresolve.review.held_out import (
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
from chromaresolve.review.iterations import load_iterations
from chromaresolve.review.record import KINDS, TEACHABLE, FrameReview, Kind, Reason
from chromaresolve.review.stage import decide_frames, load_review, review
from chromaresolve.review.verdicts import Said

__all__ = [
    "KINDS",
    "TEACHABLE",
    "BaselineMap",
    "FrameNumbers",
    "FrameReview",
    "HeldOut",
    "Kind",
    "Numbers",
    "Reason",
    "Said",
    "Score",
    "decide_frames",
    "load_held_out",
    "load_iterations",
    "load_review",
    "measure_frame",
    "measure_score",
    "measure_shot",
    "review",
]
