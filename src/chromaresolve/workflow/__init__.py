"""Every stage of a shot in order: where it stands, what is next, and doing what is missing."""

from chromaresolve.workflow.glance import (
    Glance,
    Looker,
    Next,
    StageGlance,
    measure_disk,
    take_glance,
    tell_ago,
    tell_seconds,
)
from chromaresolve.workflow.rounds import go_rounds
from chromaresolve.workflow.running import Wishes, bring_up_to_date, next_stage, standing
from chromaresolve.workflow.words import glance_lines
from chromaresolve.workflow.working import RecoveryNow, TrainingNow

__all__ = [
    "Glance",
    "Looker",
    "Next",
    "RecoveryNow",
    "StageGlance",
    "TrainingNow",
    "Wishes",
    "bring_up_to_date",
    "glance_lines",
    "go_rounds",
    "measure_disk",
    "next_stage",
    "standing",
    "take_glance",
    "tell_ago",
    "tell_seconds",
]
