"""Which part of a machine limits recovery, in words, and what would help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from chromaresolve.bench.plates import SIZES
from chromaresolve.bench.trial import Trial

Limit = Literal["cores", "device", "memory", "disk", "other"]
"""What holds a render back."""

NEAR = 0.85
"""A part that is used to this share is the limit: the last frames of a render leave cores idle."""

WAITING = 0.15
"""A disk that a frame waits for during this share of its time is the limit, if no other is."""

ON_CORES = {
    "decode": "plates in ZIP, or uncompressed, are read fastest",
    "infer": "a graphics card would help most",
    "merge": "a faster processor would help",
    "encode": 'frames in `compression = "piz"`, as lossless as ZIP, are written faster',
}
"""What helps where a part takes most of the processor's time."""

REMEDIES: dict[Limit, str] = {
    "device": "try --provider tensorrt, and the half-precision model with --model",
    "memory": "close what else takes memory, add some, or recover in tiles with --tile",
    "disk": "a faster disk would help: for a folder on the network, recover to a local one",
    "other": "something else uses the processor or the memory's bandwidth: close it, bench again",
}
"""What helps elsewhere."""


def find_limit(trial: Trial) -> Limit:
    """Return what holds this machine's renders back."""
    whole = trial.whole
    if trial.device_allows and whole.per_second >= NEAR * trial.device_allows:
        return "device"
    if whole.busy(trial.cores) >= NEAR:
        return "cores"
    if whole.workers < min(trial.cores, whole.frames):
        return "memory"
    return "disk" if disk_share(trial) >= WAITING else "other"


def disk_share(trial: Trial) -> float:
    """Return the share of a frame's time in which it waits for the disk, its parts done alone."""
    waiting = trial.stages["decode"].waiting + trial.stages["encode"].waiting
    return waiting / sum(stage.seconds for stage in trial.stages.values())


def tell_limit(trial: Trial) -> str:
    """Say which part is the limit and what would help."""
    limit = find_limit(trial)
    if limit == "cores":
        # Where a device runs the model, its part of the processor's time is waiting for it.
        own = [s for s in trial.stages.values() if s.name != "infer" or trial.provider == "cpu"]
        most = max(own, key=lambda stage: stage.cpu_seconds)
        share = most.cpu_seconds / trial.cpu_seconds
        return (
            f"the limit is the processor, and {share:.0%} of its work is to {most.name}: "
            f"{ON_CORES[most.name]}, and more cores always do"
        )
    facts = {
        "device": f"the limit is {trial.provider}, which runs the model",
        "memory": f"the limit is memory: room for {trial.whole.workers} frames at once",
        "disk": f"the limit is the disk: a frame waits for it {disk_share(trial):.0%} of its time",
        "other": "no part that was measured is the limit",
    }
    return f"{facts[limit]}: {REMEDIES[limit]}"


def tell_trial(trial: Trial) -> str:
    """Return everything as a table for people, the verdict last."""
    return "\n".join(_lines(trial))


def _lines(trial: Trial) -> Iterator[str]:
    height, width = SIZES[trial.size]
    whole = trial.whole
    yield (
        f"{trial.size} ({width} x {height}), plates {trial.plates}, frames {trial.compression}, "
        f"{trial.model} on {trial.provider}, {trial.cores} cores"
    )
    yield "one frame alone, one thread   processor   wall clock"
    for stage in trial.stages.values():
        yield f"{stage.name:<28} {stage.cpu_seconds:9.3f} s {stage.seconds:10.3f} s"
    yield f"{'sum':<28} {trial.cpu_seconds:9.3f} s"
    yield (
        f"the whole: {whole.per_second:.2f} frames/s with {whole.workers} at once, "
        f"{trial.share:.0%} of the {trial.allowed:.2f} that the parts allow; "
        f"{whole.frames} frames in {whole.seconds:.1f} s"
    )
    yield (
        f"memory: {whole.peak_bytes / 1e9:.1f} GB at most, "
        f"the bound is {whole.bound_bytes / 1e9:.1f} GB"
    )
    yield tell_limit(trial)
