"""One step of a training: the same step, whole or in parts where memory is short."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from chromaresolve.errors import StageError
from chromaresolve.telling import Say
from chromaresolve.training.batches import Batch
from chromaresolve.training.checkpoints import State
from chromaresolve.training.group import Group
from chromaresolve.training.loss import chroma_loss
from chromaresolve.training.network import ChromaNetwork

AVERAGE = 0.998
"""The running average's memory late in training: about the last 500 steps."""

LARGEST_GRADIENT = 1.0
"""Length to which longer gradients are shortened: one bad patch must not throw the weights."""


class Stepper:
    """Takes steps; remembers in how many parts a batch fits into the device's memory."""

    def __init__(self, say: Say, group: Group, *, is_mixed: bool = False) -> None:
        """Begin with whole batches.

        Args:
            say: Told once, if memory is short.
            group: The processes that train together.
            is_mixed: Count in bfloat16 where it costs nothing: see `counts_in_bfloat16`.
        """
        self.parts = 1
        self._say, self._group, self._is_mixed = say, group, is_mixed

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
        trusted = batch.trust.sum()
        loss = self._gradients(state, self._group.share(batch), trusted)
        loss = self._group.add_gradients(state.network, loss)
        nn.utils.clip_grad_norm_(state.network.parameters(), LARGEST_GRADIENT)
        state.optimiser.step()
        state.step += 1
        follow(state.average, state.network, state.step)
        return loss

    def _gradients(self, state: State, batch: Batch, trusted: Tensor) -> Tensor:
        count = len(batch.plate)
        while True:
            try:
                return self._add_gradients(state, batch, min(self.parts, count), trusted)
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

    def _add_gradients(self, state: State, batch: Batch, parts: int, trusted: Tensor) -> Tensor:
        """Put the gradients of a batch into the network, and return its loss."""
        state.optimiser.zero_grad(set_to_none=True)
        losses = []
        for part in batch.split(parts):
            plate = part.plate.contiguous(memory_format=torch.channels_last)
            loss = chroma_loss(self._predict(state.network, plate), part, trusted=trusted)
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
        return torch.stack(losses).sum()

    def _predict(self, network: nn.Module, plate: Tensor) -> Tensor:
        """Return the network's chroma; mixed, its layers in bfloat16 but neither end nor loss.

        bfloat16 would round the first guess, and the plate before its colours are brought to even
        spread, to a code value of 8 bits: more than a faded plate's colours differ by.
        """
        if self._is_mixed and isinstance(network, ChromaNetwork):
            even = network.even(plate)
            with torch.autocast(plate.device.type, torch.bfloat16):
                change = network.change(even)
            return network.guess(plate) + change.float()
        chroma: Tensor = network(plate)
        return chroma


def follow(average: nn.Module, network: nn.Module, step: int) -> None:
    """Move the running average; early on it follows quickly, so that it never shows the start."""
    keep = min(AVERAGE, (1 + step) / (10 + step))
    with torch.no_grad():
        ours: list[torch.Tensor] = list(average.parameters())
        theirs: list[torch.Tensor] = list(network.parameters())
        torch._foreach_lerp_(ours, theirs, 1 - keep)
