"""Our network through the trainer's own classes, and peers that learn chroma the same way."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from data import Picture, Trial
from pacing import Learnt, keep_stepping
from scores import Recolour
from torch import nn

from chromaresolve.alignment import TeachingPair
from chromaresolve.baseline import find_sharpening
from chromaresolve.colour import merge_chroma
from chromaresolve.plates import degrain
from chromaresolve.shot.tables import TrainingTable
from chromaresolve.training.batches import Augmentation, TeachingSet
from chromaresolve.training.checkpoints import State
from chromaresolve.training.device import counts_in_bfloat16
from chromaresolve.training.group import Group
from chromaresolve.training.network import ChromaNetwork
from chromaresolve.training.schedule import rate_at
from chromaresolve.training.stepping import Stepper

SETTINGS = TrainingTable()
"""A shot's defaults: patch, batch, learning rate and augmentation that need no touching."""

FINENESS = 10_000
"""Steps that the schedule counts with, as time and not steps decides how long it is."""

logger = logging.getLogger(__name__)


def learn_ours(
    trial: Trial, *, size: str, seconds: float, seed: int, device: str
) -> Iterator[Learnt]:
    """Train our network of a size, as a new shot does: plates degrained, soft truth sharpened."""
    began = time.perf_counter()
    prepared = replace(trial, taught=prepare([show(pair) for pair in trial.taught]))
    make = partial(ChromaNetwork, size)
    used = time.perf_counter() - began
    for learnt in learn_chroma(
        prepared, make, seconds=seconds, seed=seed, device=device, used=used
    ):

        def recolour(pair: TeachingPair, made: Recolour = learnt.recolour) -> Picture:
            return made(show(pair))

        yield replace(learnt, recolour=recolour)


def show(pair: TeachingPair) -> TeachingPair:
    """Return a pair whose plate is shown without its grain, as `[plates] degrain = 1` does."""
    return replace(pair, shown=degrain(pair.plate, strength=1.0))


def prepare(pairs: Sequence[TeachingPair]) -> tuple[TeachingPair, ...]:
    """Return pairs whose truth is as sharp as their plates, as every training takes them."""
    sharpening = find_sharpening(pairs)
    return tuple(map(sharpening.sharpen, pairs)) if sharpening else tuple(pairs)


def learn_chroma(
    trial: Trial,
    make: Callable[[], nn.Module],
    *,
    seconds: float,
    seed: int,
    device: str,
    used: float = 0.0,
) -> Iterator[Learnt]:
    """Train any network that takes a plate and gives Cb and Cr, as the trainer trains ours.

    The learning rate's fall ends with the seconds, not with a number of steps; `used` of them are
    gone before the first.
    """
    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    place = torch.device(device)
    teaching = TeachingSet(
        trial.taught,
        patch=SETTINGS.patch,
        augmentation=Augmentation(
            flip=SETTINGS.flip,
            translate=SETTINGS.translate,
            scale=SETTINGS.scale,
            exposure=SETTINGS.exposure,
        ),
        seed=seed,
        device=place,
    )
    network = make()
    if isinstance(network, ChromaNetwork):
        network.take_scaling(teaching.scaling())
    state, stepper = _fresh_state(network, place), stepper_on(place)

    def step(share: float) -> None:
        batch = teaching.draw(state.step, SETTINGS.batch)
        rate = SETTINGS.learning_rate * rate_at(round(share * FINENESS), FINENESS)
        stepper.step(state, batch, rate)

    def recolour(pair: TeachingPair) -> Picture:
        return merge_chroma(pair.plate, run_network(state.average, pair.shown, device)).rgb

    return keep_stepping(step, recolour, seconds=seconds, used=used)


def stepper_on(device: torch.device) -> Stepper:
    """Return what takes the trainer's steps on a device."""
    return Stepper(logger.info, Group(), is_mixed=counts_in_bfloat16(device))


def run_network(network: nn.Module, plate_rgb: Picture, device: str) -> Picture:
    """Return what a network makes of a plate, (height, width, channels)."""
    shown = torch.from_numpy(np.ascontiguousarray(plate_rgb)).permute(2, 0, 1)[None].to(device)
    with torch.inference_mode():
        made = network(shown)[0]
    return np.ascontiguousarray(made.permute(1, 2, 0).cpu().numpy())


def _fresh_state(network: nn.Module, device: torch.device) -> State:
    network = network.to(device, memory_format=torch.channels_last)
    average = copy.deepcopy(network).requires_grad_(requires_grad=False)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=SETTINGS.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4
    )
    return State(network=network, average=average, optimiser=optimiser)
