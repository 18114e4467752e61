"""One step of a training: the same step, whole or in parts where memory is short."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from chromaresolve.errors import StageError
from chromaresolve.telling import Say
from chromaresolve.training.batches import Batch
from chromaresolve.training.checkpoints import State
from chromaresolve.training.loss import chroma_loss

WARM_UP = 0.05
"""Share of the steps in which the learning rate rises: Adam's first estimates are wild."""

AVERAGE = 0.998
"""The running average's memory late in training: about the last 500 steps."""

LARGEST_GRADIENT = 1.0
"""Length to which longer gradients are shortened: one bad patch must not throw the weights."""


class Stepper:
    """Takes steps; remembers in how many parts a batch fits into the device's memory."""

    def __init__(self, say: Say) -> None:
        """Begin with whole batches."""
        self.parts = 1
        self._say = say

    def step(self, state: State, batch: Batch, rate: float) -> Tensor:
        """Train one step and return its loss, still on the device.

        Where memory runs out, the batch is taken in twice as many parts whose gradients are added
        up: the same step but for the order of sums, only slower. It is said once.

        Args:
            state: What is trained.
            batch: The patches of this step.
            rate: The learning rate.

        Raises:
            StageError: Not even one patch fits.
        """
        for group in state.optimiser.param_groups:
            group["lr"] = rate
        loss = self._gradients(state, batch)
        nn.utils.clip_grad_norm_(state.network.parameters(), LARGEST_GRADIENT)
        state.optimiser.step()
        state.step += 1
        follow(state.average, state.network, state.step)
        return loss

    def _gradients(self, state: State, batch: Batch) -> Tensor:
        count = len(batch.plate)
        while True:
            try:
                return _add_gradients(state, batch, min(self.parts, count))
            except torch.OutOfMemoryError as error:
                if self.parts >= count:
                    raise StageError(
                        "[training] patch",
                        "not even one patch fits into the device's memory: write a smaller patch, "
                        "or --size small",
                    ) from error
            self.parts *= 2
            torch.cuda.empty_cache()
            self._say(
                f"memory is short: the batch of {count} is taken in {min(self.parts, count)} "
                "parts, which is slower and gives the same"
            )


def _add_gradients(state: State, batch: Batch, parts: int) -> Tensor:
    """Put the gradients of a batch into the network, and return its loss."""
    state.optimiser.zero_grad(set_to_none=True)
    trusted = batch.trust.sum()
    losses = []
    for part in batch.split(parts):
        plate = part.plate.contiguous(memory_format=torch.channels_last)
        loss = chroma_loss(state.network(plate), part, trusted=trusted)
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(loss.detach())
    return torch.stack(losses).sum()


def rate_at(step: int, steps: int) -> float:
    """Return the learning rate's factor: a short rise, then half a cosine down to nothing."""
    rise = max(1, int(WARM_UP * steps))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + float(np.cos(np.pi * (step - rise) / max(1, steps - rise))))


def follow(average: nn.Module, network: nn.Module, step: int) -> None:
    """Move the running average; early on it follows quickly, so that it never shows the start."""
    keep = min(AVERAGE, (1 + step) / (10 + step))
    with torch.no_grad():
        ours: list[torch.Tensor] = list(average.parameters())
        theirs: list[torch.Tensor] = list(network.parameters())
        torch._foreach_lerp_(ours, theirs, 1 - keep)
