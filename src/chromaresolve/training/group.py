"""Several processes that train one network together: `torchrun -m chromaresolve train SHOT`.

Every process draws the same batch and keeps its share of the patches; the gradients are added up,
so that all of them take the very step that one process would take. The first process alone speaks
and writes files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn

from chromaresolve.errors import StageError
from chromaresolve.training.batches import Batch

Fact = TypeVar("Fact")
"""What the first process makes for all."""


@dataclass(frozen=True, slots=True)
class Group:
    """The processes of one training, and which of them this is."""

    rank: int = 0
    """This process, counted from 0."""
    size: int = 1
    """How many there are."""

    @property
    def is_first(self) -> bool:
        """Whether this process speaks and writes."""
        return self.rank == 0

    def tell(self) -> str:
        """Say how many processes train, where it is more than one."""
        return f"; {self.size} processes" if self.size > 1 else ""

    def require_batch(self, batch: int) -> None:
        """Refuse a batch that leaves a process without a patch.

        Raises:
            StageError: There are more processes than patches.
        """
        if batch < self.size:
            raise StageError(
                "[training] batch",
                f"{batch} patches for {self.size} processes: write at least {self.size}, or start "
                "fewer processes",
            )

    def share(self, batch: Batch) -> Batch:
        """Return this process's patches of a batch."""
        return list(batch.split(self.size))[self.rank]

    def add_gradients(self, network: nn.Module, loss: Tensor) -> Tensor:
        """Add up a network's gradients over all processes, and return the loss added up."""
        if self.size == 1:
            return loss
        gradients = [
            weight.grad for weight in network.parameters() if isinstance(weight.grad, Tensor)
        ]
        # One message instead of one for each layer: a message costs more than its numbers.
        joined = torch.cat([loss.reshape(1), *(gradient.reshape(-1) for gradient in gradients)])
        distributed.all_reduce(joined)
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, added in zip(gradients, torch.split(joined[1:], sizes), strict=True):
            gradient.copy_(added.view_as(gradient))
        return joined[0]

    def is_wished(self, wish: bool, device: torch.device) -> bool:
        """Say whether any process wishes it: all of them get the same answer."""
        if self.size == 1:
            return wish
        wishes = torch.tensor(float(wish), device=device)
        distributed.all_reduce(wishes)
        return bool(wishes > 0)

    def agree(self, make: Callable[[], Fact]) -> Fact:
        """Let the first process make something, and return it to every process."""
        if self.size == 1:
            return make()
        facts: list[Any] = [make() if self.is_first else None]
        distributed.broadcast_object_list(facts)
        fact: Fact = facts[0]
        return fact


@contextmanager
def joined_group(device: torch.device) -> Iterator[Group]:
    """Join the group that torchrun started this process for; alone where it did not.

    torchrun says who is who in the environment: RANK, WORLD_SIZE, and where to meet.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Group()
        return
    if device.type == "cuda":
        # Each process of a machine has its own card.
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Group(rank=int(os.environ["RANK"]), size=size)
    finally:
        distributed.destroy_process_group()
