"""Ways of taking the trainer's step: the same sums, in other numbers and with fewer launches.

Every way trains the product's own network on the product's own draws with the product's own loss.
Only the captured ways take the step by themselves: one CUDA graph holds all of it, so that a step
costs one launch from Python in place of hundreds.
"""

from __future__ import annotations

import copy
import gc
import importlib.util
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import torch
from data import Trial
from ours import FINENESS, SETTINGS
from torch import Tensor, nn

from chromaresolve.training.batches import Augmentation, Batch, TeachingSet
from chromaresolve.training.checkpoints import State
from chromaresolve.training.group import Group
from chromaresolve.training.loss import chroma_loss
from chromaresolve.training.network import ChromaNetwork
from chromaresolve.training.schedule import rate_at
from chromaresolve.training.stepping import LARGEST_GRADIENT, Stepper, follow

EAGER_STEPS = 3
"""A captured way's steps before the capture: kernels are chosen and the optimiser has memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of taking steps."""

    name: str
    is_short: bool = True
    """The layers count in bfloat16; what they are added to, and the loss, in float32."""
    is_tuned: bool = True
    """cuDNN tries its kernels out for this size (`torch.backends.cudnn.benchmark`)."""
    compiled: str | None = None
    """The network goes through `torch.compile` in this mode."""
    is_captured: bool = False
    """The whole step is one CUDA graph, captured by hand, with a fused AdamW."""


WAYS = (
    Way(name="float32", is_short=False, is_tuned=False),
    Way(name="float32, tuned", is_short=False),
    Way(name="bfloat16"),
    Way(name="compiled", compiled="default"),
    Way(name="compiled, graphs", compiled="reduce-overhead"),
    Way(name="captured", is_captured=True),
    Way(name="compiled, captured", compiled="default", is_captured=True),
)
"""The first is the trainer as it is; the others are held to what it learns."""

TakeStep = Callable[[State, Batch, float], Tensor]
"""Trains one step at a learning rate and returns its loss."""


def why_not(way: Way, device: torch.device) -> str | None:
    """Return why a way cannot run on a device; None if it can."""
    is_cuda = device.type == "cuda"
    if not is_cuda and (way.is_captured or way.compiled == "reduce-overhead"):
        return "CUDA graphs need a CUDA device"
    if not is_cuda and way.is_tuned and not way.is_short:
        return "cuDNN needs a CUDA device: the same as float32 here"
    if way.compiled and is_cuda and importlib.util.find_spec("triton") is None:
        return "torch.compile needs Triton here, which is not installed"
    if way.compiled and not is_cuda and not shutil.which(os.environ.get("CXX", "g++")):
        return "torch.compile needs a C++ compiler here, and there is none"
    if way.is_short and is_cuda and not torch.cuda.is_bf16_supported(including_emulation=False):
        return "this GPU has no bfloat16"
    return None


def make_teaching(trial: Trial, patch: int, device: torch.device) -> TeachingSet:
    """Put a trial's pairs on the device, to be drawn from as the trainer draws."""
    return TeachingSet(
        trial.taught,
        patch=patch,
        augmentation=Augmentation(
            flip=SETTINGS.flip,
            translate=SETTINGS.translate,
            scale=SETTINGS.scale,
            exposure=SETTINGS.exposure,
        ),
        seed=SETTINGS.seed,
        device=device,
    )


class Learning:
    """One network being trained in one way, from the same first weights as every other."""

    def __init__(
        self, way: Way, teaching: TeachingSet, *, size: str, batch: int, device: torch.device
    ) -> None:
        """Make the network and its way of taking steps; nothing is compiled yet."""
        # After eight networks compiled anew, torch.compile would give up without a word.
        torch.compiler.reset()
        gc.collect()
        torch.backends.cudnn.benchmark = way.is_tuned
        self.way, self.teaching, self._batch = way, teaching, batch
        self.state = fresh_state(way, teaching, size, device)
        self._take: TakeStep = (
            CapturedStepper() if way.is_captured else Stepper(print, Group()).step
        )

    def draw(self) -> Batch:
        """Return the patches of the step that comes next."""
        return self.teaching.draw(self.state.step, self._batch)

    def step(self, batch: Batch, share: float) -> Tensor:
        """Train one step, given the share of the training that is gone, 0 to 1."""
        if self.way.compiled == "reduce-overhead":
            torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        rate = SETTINGS.learning_rate * rate_at(round(share * FINENESS), FINENESS)
        return self._take(self.state, batch, rate)


def fresh_state(way: Way, teaching: TeachingSet, size: str, device: torch.device) -> State:
    """Return the same first weights for every way; the average stays a plain float32 network."""
    torch.manual_seed(SETTINGS.seed)
    network = ChromaNetwork(size).to(device)
    network.take_scaling(teaching.scaling())
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(network).requires_grad_(requires_grad=False)
    if way.is_short:
        # Not around the whole: the plate's own chroma in bfloat16 is off by more than the loss
        # forgives, and what was learned on a CPU in 400 steps of 64 patches was 1.5 % worse.
        for name, child in network.named_children():
            network.register_module(name, InBfloat16(child, device.type))
    rate: float | Tensor = SETTINGS.learning_rate
    if way.is_captured:
        rate = torch.tensor(rate, device=device)
    optimiser = torch.optim.AdamW(
        network.parameters(),
        lr=rate,
        betas=(0.9, 0.99),
        weight_decay=1e-4,
        capturable=way.is_captured,
        fused=way.is_captured or None,
    )
    if way.compiled:
        network.compile(mode=way.compiled)
    return State(network=network, average=average, optimiser=optimiser)


class InBfloat16(nn.Module):
    """Layers whose convolutions count in bfloat16; their weights stay float32."""

    def __init__(self, layers: nn.Module, device_type: str) -> None:
        """Wrap them."""
        super().__init__()
        self.layers, self.device_type = layers, device_type

    def forward(self, x: Tensor) -> Tensor:
        """Return what the layers make, bfloat16: adding it to float32 gives float32 again."""
        # Each weight is used once in a step: a cache of them would only be in a capture's way.
        with torch.autocast(self.device_type, dtype=torch.bfloat16, cache_enabled=False):
            made: Tensor = self.layers(x)
        return made


class CapturedStepper:
    """Takes the trainer's step as one CUDA graph over patches and a rate that stay in one place.

    The running average is moved outside the graph, by the trainer's own function: its pace changes
    from step to step, and a graph would keep the first.
    """

    def __init__(self) -> None:
        """Begin without a graph; the first steps are taken one operator at a time."""
        self._graph: torch.cuda.CUDAGraph | None = None
        self._shown: Batch | None = None
        self._loss = torch.zeros(())

    def __call__(self, state: State, batch: Batch, rate: float) -> Tensor:
        """Train one step and return its loss; the next step writes over it."""
        for group in state.optimiser.param_groups:
            group["lr"].fill_(rate)
        shown = self._show(batch)
        if self._graph is None and state.step >= EAGER_STEPS:
            self._capture(state, shown)
        if self._graph is None:
            self._take_aside(state, shown)
        else:
            self._graph.replay()
        state.step += 1
        follow(state.average, state.network, state.step)
        return self._loss

    def _show(self, batch: Batch) -> Batch:
        """Lay the patches where the graph looks for them."""
        if self._shown is None:
            self._shown = Batch(
                plate=batch.plate.contiguous(memory_format=torch.channels_last).clone(),
                chroma=batch.chroma.clone(),
                trust=batch.trust.clone(),
            )
        self._shown.plate.copy_(batch.plate)
        self._shown.chroma.copy_(batch.chroma)
        self._shown.trust.copy_(batch.trust)
        return self._shown

    def _take_aside(self, state: State, shown: Batch) -> None:
        """Take a step on a stream of its own, as the capture of a backward pass asks for."""
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        here = torch.cuda.current_stream()
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            self._loss = take_whole(state, shown)
        here.wait_stream(aside)

    def _capture(self, state: State, shown: Batch) -> None:
        # Gradients that are there already would be added to; without them, each replay makes anew.
        state.optimiser.zero_grad(set_to_none=True)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._loss = take_whole(state, shown)
        self._graph = graph


def take_whole(state: State, batch: Batch) -> Tensor:
    """Do what the trainer's step does with a whole batch, but for the rate and the average."""
    state.optimiser.zero_grad(set_to_none=True)
    loss = chroma_loss(state.network(batch.plate), batch, trusted=batch.trust.sum())
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.network.parameters(), LARGEST_GRADIENT)
    state.optimiser.step()
    return loss.detach()
