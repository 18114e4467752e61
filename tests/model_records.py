"""The record of a training, for tests of what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chromaresolve.colour import chain_record, named_chain
from chromaresolve.training.checkpoints import Plan, Record

PLAN = Plan(
    fingerprint="5e" * 32,
    steps=400,
    size="small",
    patch=64,
    batch=8,
    learning_rate=2e-3,
    seed=7,
    measure_every=1,
    may_end_early=False,
)

RECORD = Record(
    tool="9.8.7",
    shot="SH010",
    film="The Lost Print",
    plan=PLAN,
    step=400,
    branch="chroma",
    plate="balanced",
    luma_from="scan",
    chain=chain_record(named_chain("display")),
    crop={"left": 4, "top": 0, "right": 0, "bottom": 6},
    pairs=("1:1", "4:3"),
    reference_kind="direct",
    hold_out={"step": 400, "dE2000": 2.346},
)


def record_with(**changes: Any) -> Record:
    """That record with some of it otherwise."""
    return replace(RECORD, **changes)
