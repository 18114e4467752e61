"""How fast one way of training is, what it costs, and whether it learns the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile
from ways import Learning

from chromaresolve.training.batches import TeachingSet
from chromaresolve.training.loss import chroma_loss

FIRST_STEPS = 5
"""Steps that compile, capture and choose kernels: timed for themselves."""

BUSY_STEPS = 50
"""Steps whose kernels are timed."""

AT_ONCE = 8
"""Repeats between looks at the clock, for which the device is waited for."""

PART = 0.25
"""Of the seconds, for drawing alone and for steps alone."""

JUDGED_DRAWS, JUDGED_FROM = 20, 900_000
"""How many draws judge what was learned, and the first's number: no training comes so far."""

NEARLY = 1.03
"""A way is right if its loss is at most so many times float32's: more than another order of sums
changes, less than any mistake in a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is the same for every way."""

    size: str
    """The network's."""
    batch: int
    """Patches in a step."""
    seconds: float
    """That steps are timed for."""
    equal_steps: int
    """After which the ways' losses are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What was measured of one way."""

    steps_per_second: float
    """Drawing included."""
    alone_per_second: float
    """Steps over one batch that is there already."""
    first_seconds: float
    """Of the first steps: with compiling and capturing."""
    peak_gib: float | None
    """The most GPU memory that tensors took, the pairs' included; None without a GPU."""
    busy: float | None
    """Share of the time in which the GPU computes or copies; None without a GPU."""
    loss: float
    """Of the average network after the equal steps, on draws that it has not seen."""

    def row(self) -> dict[str, object]:
        """Return everything by name."""
        return asdict(self)


def measure_speed(begin: Callable[[], Learning], device: torch.device, setting: Setting) -> Speed:
    """Measure one way: first how far equal steps bring it, then how fast it is.

    Args:
        begin: Makes an untrained network that is trained this way.
        device: Where it is trained.
        setting: What is the same for every way.
    """
    learning = begin()
    is_cuda = device.type == "cuda"
    if is_cuda:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    first_seconds = seconds_of(lambda: take_steps(learning, setting.equal_steps, FIRST_STEPS))
    take_steps(learning, setting.equal_steps, setting.equal_steps - FIRST_STEPS)
    loss = measure_loss(learning.state.average, learning.teaching, setting.batch)
    batch = learning.draw()
    alone = per_second(lambda: learning.step(batch, 1.0), PART * setting.seconds)
    steps = per_second(lambda: learning.step(learning.draw(), 1.0), setting.seconds)
    return Speed(
        steps_per_second=steps,
        alone_per_second=alone,
        first_seconds=first_seconds,
        peak_gib=torch.cuda.max_memory_allocated() / 2**30 if is_cuda else None,
        busy=min(1.0, busy_seconds(learning) * steps) if is_cuda else None,
        loss=loss,
    )


def take_steps(learning: Learning, of: int, count: int) -> None:
    """Take so many steps of a training of `of`."""
    for _ in range(count):
        learning.step(learning.draw(), learning.state.step / of)


def measure_loss(network: nn.Module, teaching: TeachingSet, batch: int) -> float:
    """Return a network's mean loss in float32, over the same draws whatever it was taught on."""
    losses = []
    with torch.no_grad():
        for number in range(JUDGED_DRAWS):
            drawn = teaching.draw(JUDGED_FROM + number, batch)
            losses.append(chroma_loss(network(drawn.plate), drawn, trusted=drawn.trust.sum()))
    return float(torch.stack(losses).mean())


def per_second(act: Callable[[], object], seconds: float) -> float:
    """Return how often something can be done in a second, the device waited for."""
    wait_for_device()
    began, count = time.perf_counter(), 0
    while (gone := time.perf_counter() - began) < seconds or not count:
        for _ in range(AT_ONCE):
            act()
        # Else Python runs seconds ahead of a device that is told little and does much.
        wait_for_device()
        count += AT_ONCE
    return count / gone


def seconds_of(act: Callable[[], object]) -> float:
    """Return how long something takes, the device waited for."""
    wait_for_device()
    began = time.perf_counter()
    act()
    wait_for_device()
    return time.perf_counter() - began


def wait_for_device() -> None:
    """Wait until the GPU has done what it was told, if there is one."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def busy_seconds(learning: Learning) -> float:
    """Return for how long a step, with its drawing, keeps the GPU busy.

    The profiler makes launches slow, not kernels: so the share of the time is this over the time of
    a step that was timed without it.
    """
    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        for _ in range(BUSY_STEPS):
            learning.step(learning.draw(), 1.0)
        torch.cuda.synchronize()
    spans = (
        (event.time_range.start, event.time_range.end)
        for event in seen.events() or ()
        if event.device_type.name == "CUDA" and not event.is_user_annotation
    )
    return 1e-6 * covered(spans) / BUSY_STEPS


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Return how long at least one of the spans lasts: what overlaps counts once."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total
