"""Train one shot's network. The page reads in the order things happen."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

import torch
from torch import Tensor

from chromaresolve.alignment import shot_chain, teaching_files, teaching_pairs
from chromaresolve.errors import StageError
from chromaresolve.files import lock, sha256, sweep
from chromaresolve.shot import (
    Shot,
    content_fingerprint,
    file_key,
    fingerprints,
    out_of_date,
    require,
    table_key,
    value_key,
)
from chromaresolve.telling import Progress, Say
from chromaresolve.training.batches import TeachingSet
from chromaresolve.training.checkpoints import Plan, State, load_record, load_state
from chromaresolve.training.device import choose_device, counts_in_bfloat16, make_deterministic
from chromaresolve.training.group import Group, joined_group
from chromaresolve.training.lessons import load_lessons
from chromaresolve.training.measuring import Measuring
from chromaresolve.training.network import ChromaNetwork, parameter_count
from chromaresolve.training.page import LOG
from chromaresolve.training.plan import LEAST_STEPS, Wish, make_plan
from chromaresolve.training.recording import Keeper
from chromaresolve.training.running import Run, watch_over
from chromaresolve.training.schedule import rate_at
from chromaresolve.training.stepping import Stepper
from chromaresolve.training.warm_start import find_weights, load_weights

ONLY_SHOWN = ("checkpoint_interval", "contact_sheet_interval", "preview")
"""Settings that do not change what is learned: they may be changed while a training is stopped."""

NETWORK = 3
"""The version of the network and of what it is taught: a training of another one cannot be gone on
with."""


def train(shot: Shot, wish: Wish, *, say: Say, on_progress: Progress) -> Shot:
    """Train the shot's network, or finish a training that was stopped.

    Raises:
        ShotError: The alignment is missing or out of date.
        StageError: The shot asks for what this version cannot train.
    """
    require(shot, "alignment", needed_for="training")
    if shot.training.branch != "chroma":
        raise StageError(shot.file, 'branch "spatial" cannot be trained yet: write "chroma"')
    if not teaching_pairs(shot):
        raise StageError(shot.file, "no pair teaches: run `chromaresolve pairs`")
    device, reason = choose_device(wish.device)
    if wish.deterministic:
        make_deterministic()
    folder = shot.path("training")
    with _without_denormals(), joined_group(device) as group:
        tell = say if group.is_first else _keep_quiet
        tell(f"training on {device.type}: {reason}{group.tell()}")
        with lock(folder / "training.lock", doing="training") if group.is_first else nullcontext():
            if group.is_first:
                sweep(folder / "checkpoints")
            trained = _Training(shot, wish, device, group, tell).run(on_progress)
            group.agree(lambda: None)  # until the first has written everything
        return trained if group.is_first else Shot.load(shot.root)


class _Training:
    """One training: what stays the same from its first step to its last."""

    def __init__(
        self, shot: Shot, wish: Wish, device: torch.device, group: Group, say: Say
    ) -> None:
        self.shot, self.wish, self.device, self.group, self.say = shot, wish, device, group, say
        self.start = find_weights(wish.start_from) if wish.start_from else None
        self.folder = shot.path("training")
        self.chain = shot_chain(shot)
        self.inputs = fingerprints(shot, _input_keys(shot))
        for note in self.chain.notes:
            say(note)

    def run(self, on_progress: Progress) -> Shot:
        lessons = load_lessons(self.shot, self.chain, say=self.say)
        self.teaching = TeachingSet.of_shot(self.shot, lessons.taught, device=self.device)
        plan = self.group.agree(self._plan)
        self.group.require_batch(plan.batch)
        keeper = Keeper(
            shot=self.shot, plan=plan, chain=self.chain, folder=self.folder / "checkpoints"
        )
        state = self._state(plan, keeper)
        measuring = Measuring.of_shot(
            self.shot, self.chain, lessons, size=plan.size, device=self.device
        )
        run = Run(
            plan=plan,
            state=state,
            step=partial(self._step, self._stepper(self.say, self.group)),
            keeper=keeper,
            measuring=measuring,
            group=self.group,
            first_step=state.step,
        )
        run.recall(self.folder / LOG)
        if self.group.agree(self._is_finished) and run.is_over:
            self.say(f"already trained: {state.step} steps of these pairs and settings")
            return self.shot
        began = time.monotonic()
        with watch_over(run, self.folder, say=self.say, on_progress=on_progress) as watch:
            run.go(watch)
        if not self.group.is_first:
            return self.shot
        return keeper.finish(
            state,
            run.scores,
            inputs=self.inputs,
            seconds=time.monotonic() - began,
            softness=lessons.softness,
            steps=state.step - run.first_step,
        )

    def _is_finished(self) -> bool:
        return "training" in self.shot.made and not out_of_date(self.shot, "training")

    def _plan(self) -> Plan:
        settings = self.shot.training
        size = self.wish.size or settings.size
        facts: dict[str, object] = {"inputs": self.inputs, "size": size, "network": NETWORK}
        if self.start:
            facts["from"] = sha256(self.start)
        wanted = Plan(
            fingerprint=content_fingerprint(facts),
            steps=0,
            size=size,
            patch=self.teaching.patch,
            batch=settings.batch,
            learning_rate=settings.learning_rate,
            seed=settings.seed,
            measure_every=0,
            may_end_early=False,
        )
        return make_plan(
            self.folder / "plan.json",
            self.shot,
            self.wish,
            wanted,
            steps_per_second=self._steps_per_second,
            say=self.say,
        )

    def _steps_per_second(self, plan: Plan, seconds: float) -> float:
        """Time the steps of a throw-away network, after a few that warm up."""
        state, stepper = self._fresh(plan), self._stepper(_keep_quiet, Group())
        for _ in range(3):
            self._step(stepper, state, plan, LEAST_STEPS)
        _wait_for(self.device)
        began, before = time.monotonic(), state.step
        while time.monotonic() - began < seconds:
            self._step(stepper, state, plan, LEAST_STEPS)
            _wait_for(self.device)
        return (state.step - before) / (time.monotonic() - began)

    def _fresh(self, plan: Plan) -> State:
        torch.manual_seed(plan.seed)
        network = ChromaNetwork(plan.size).to(self.device)
        network.take_scaling(self.teaching.scaling())
        if self.start:
            load_weights(self.start, network, plan.size)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        average = copy.deepcopy(network).requires_grad_(requires_grad=False)
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=plan.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4
        )
        return State(network=network, average=average, optimiser=optimiser)

    def _state(self, plan: Plan, keeper: Keeper) -> State:
        """Return the state to go on from: the rolling checkpoint's, if it is this plan's."""
        state = self._fresh(plan)
        self.say(f"{plan.size} network, {parameter_count(state.network):,} parameters")
        if keeper.rolling.is_file() and load_record(keeper.rolling).plan == plan:
            load_state(keeper.rolling, state)
            self.say(f"going on from step {state.step} of {plan.steps}")
        elif self.start:
            self.say(f"beginning with the weights of {self.start}")
        return state

    def _stepper(self, say: Say, group: Group) -> Stepper:
        return Stepper(say, group, is_mixed=counts_in_bfloat16(self.device))

    def _step(self, stepper: Stepper, state: State, plan: Plan, end: int) -> Tensor:
        """Train one step of a training that ends so, and return its loss on the device."""
        batch = self.teaching.draw(state.step, plan.batch)
        return stepper.step(state, batch, plan.learning_rate * rate_at(state.step, end))


def _input_keys(shot: Shot) -> list[str]:
    tables = ("pair", "plates", "crop", "colour")
    settings = [name for name in type(shot.training).model_fields if name not in ONLY_SHOWN]
    return [
        *(table_key(name) for name in tables),
        *(value_key("training", name) for name in settings),
        *(file_key(shot, file) for file in teaching_files(shot)),
    ]


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
    elif device.type == "mps":
        torch.mps.synchronize()


@contextmanager
def _without_denormals() -> Iterator[None]:
    """Let numbers too small to matter, a hundred times slower on a CPU, count as nothing here."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _keep_quiet(_sentence: str) -> None:
    """Say nothing: the first process of a group speaks for all."""
