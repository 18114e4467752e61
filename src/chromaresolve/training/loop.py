"""Train one shot's network. The page reads in the order things happen."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from chromaresolve import __version__
from chromaresolve.alignment import (
    TeachingPair,
    held_out_pairs,
    load_teaching,
    shot_chain,
    shot_showing,
    teaching_files,
    teaching_pairs,
)
from chromaresolve.colour import Chain, chain_record, delta_e_2000, merge_chroma
from chromaresolve.errors import StageError
from chromaresolve.files import lock, sha256, sweep, write_text
from chromaresolve.frames import Rgb
from chromaresolve.recovery.tiles import in_tiles
from chromaresolve.shot import (
    Shot,
    content_fingerprint,
    file_key,
    fingerprints,
    measured,
    out_of_date,
    outputs,
    require,
    table_key,
)
from chromaresolve.telling import Progress, Say
from chromaresolve.training.batches import Augmentation, TeachingSet
from chromaresolve.training.checkpoints import (
    Plan,
    Record,
    State,
    load_record,
    load_state,
    save_checkpoint,
    save_numbered,
)
from chromaresolve.training.device import choose_device
from chromaresolve.training.network import ChromaNetwork, halo, parameter_count
from chromaresolve.training.plan import Wish, make_plan
from chromaresolve.training.stepping import Stepper, rate_at
from chromaresolve.training.stopping import ctrl_c_as_wish
from chromaresolve.training.warm_start import find_weights, load_weights

ROLLING_SECONDS = 15.0
"""A kill costs at most this much training."""

LOG_STEPS = 50
"""Steps between lines of the log; reading the loss makes the device wait, so not at every step."""

MEASURES = 10
"""How often the held-out frames are measured over a training, the end included."""

SPEED_SECONDS = 3.0
"""How long steps are timed to turn minutes into steps: long enough to even out other work."""


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
    say(f"training on {device.type}: {reason}")
    # Numbers too small to matter are a hundred times slower on a CPU: they count as nothing.
    torch.set_flush_denormal(True)
    folder = shot.path("training")
    with lock(folder / "training.lock", doing="training"):
        sweep(folder / "checkpoints")
        return _Training(shot, wish, device, say).run(on_progress)


class _Training:
    """One training: what stays the same from its first step to its last."""

    def __init__(self, shot: Shot, wish: Wish, device: torch.device, say: Say) -> None:
        self.shot, self.wish, self.device, self.say = shot, wish, device, say
        self.stepper = Stepper(say)
        self.start = find_weights(wish.start_from) if wish.start_from else None
        self.folder = shot.path("training")
        self.checkpoints = self.folder / "checkpoints"
        self.rolling = self.checkpoints / "latest.safetensors"
        self.chain: Chain = shot_chain(shot)
        self.inputs = fingerprints(shot, _input_keys(shot))
        for note in self.chain.notes:
            say(note)

    def run(self, on_progress: Progress) -> Shot:
        settings = self.shot.training
        teaching, held_out = (
            [load_teaching(self.shot, pair, self.chain) for pair in pairs]
            for pairs in (teaching_pairs(self.shot), held_out_pairs(self.shot))
        )
        self.teaching = TeachingSet(
            teaching,
            patch=settings.patch,
            augmentation=Augmentation(
                flip=settings.flip,
                translate=settings.translate,
                scale=settings.scale,
                exposure=settings.exposure,
            ),
            seed=settings.seed,
            device=self.device,
        )
        plan = self._plan()
        state = self._state(plan)
        began, saved, losses = time.monotonic(), time.monotonic(), []
        hold_out = self._restored_measure(state)
        first = state.step
        if first == plan.steps and self._is_finished():
            self.say(f"already trained: {plan.steps} steps of these pairs and settings")
            return self.shot
        with ctrl_c_as_wish() as wish_to_stop:
            while state.step < plan.steps:
                losses.append(self._step(state, plan))
                if state.step % LOG_STEPS == 0 or state.step == plan.steps:
                    loss = float(torch.stack(losses).mean())
                    losses.clear()
                    self._log({"step": state.step, "loss": round(loss, 6)})
                    on_progress(state.step, plan.steps, f"loss {loss:.4f}")
                if held_out and _is_measured(state.step, plan.steps):
                    score = self._measure(state, held_out, plan.size)
                    hold_out = {"step": state.step, "dE2000": score}
                    self._log(hold_out)
                    self.say(f"step {state.step}: dE2000 {score:.2f} held out")
                if state.step % settings.checkpoint_interval == 0:
                    save_numbered(self.checkpoints, state, self._record(plan, state, hold_out))
                is_stopped = wish_to_stop.is_set() and state.step < plan.steps
                if is_stopped or time.monotonic() - saved > ROLLING_SECONDS:
                    save_checkpoint(self.rolling, state, self._record(plan, state, hold_out))
                    saved = time.monotonic()
                if is_stopped:
                    self.say(f"stopped at step {state.step} of {plan.steps}")
                    raise KeyboardInterrupt
        seconds = time.monotonic() - began
        return self._finish(plan, state, hold_out, seconds=seconds, steps=state.step - first)

    def _is_finished(self) -> bool:
        return "training" in self.shot.made and not out_of_date(self.shot, "training")

    def _plan(self) -> Plan:
        settings = self.shot.training
        size = self.wish.size or settings.size
        facts: dict[str, object] = {"inputs": self.inputs, "size": size, "network": 1}
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
        )
        return make_plan(
            self.folder / "plan.json",
            self.shot,
            self.wish,
            wanted,
            steps_per_second=self._steps_per_second,
            say=self.say,
        )

    def _steps_per_second(self, plan: Plan) -> float:
        """Time the steps of a throw-away network, after a few that warm up."""
        state = self._fresh(plan)
        for _ in range(3):
            self._step(state, plan)
        _wait_for(self.device)
        began, before = time.monotonic(), state.step
        while time.monotonic() - began < SPEED_SECONDS:
            self._step(state, plan)
            _wait_for(self.device)
        return (state.step - before) / (time.monotonic() - began)

    def _fresh(self, plan: Plan) -> State:
        torch.manual_seed(plan.seed)
        network = ChromaNetwork(plan.size).to(self.device)
        if self.start:
            load_weights(self.start, network, plan.size)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        average = copy.deepcopy(network).requires_grad_(requires_grad=False)
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=plan.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4
        )
        return State(network=network, average=average, optimiser=optimiser)

    def _state(self, plan: Plan) -> State:
        """Return the state to go on from: the rolling checkpoint's, if it is this plan's."""
        state = self._fresh(plan)
        self.say(f"{plan.size} network, {parameter_count(state.network):,} parameters")
        if self.rolling.is_file() and load_record(self.rolling).plan == plan:
            load_state(self.rolling, state)
            self.say(f"going on from step {state.step} of {plan.steps}")
        elif self.start:
            self.say(f"beginning with the weights of {self.start}")
        self._cut_log(state.step)
        return state

    def _step(self, state: State, plan: Plan) -> torch.Tensor:
        """Train one step and return its loss, still on the device."""
        batch = self.teaching.draw(state.step, plan.batch)
        rate = plan.learning_rate * rate_at(state.step, plan.steps)
        return self.stepper.step(state, batch, rate)

    def _measure(self, state: State, held_out: Sequence[TeachingPair], size: str) -> float:
        """Return mean dE2000 on the held-out frames, where the truth may be trusted."""
        scores = []
        for pair in held_out:
            run = partial(_run, state.average, self.device)
            chroma = in_tiles(pair.shown, run, tile=0, halo=halo(size))
            recovered = self.chain.from_working(merge_chroma(pair.plate, chroma).rgb)
            distance = delta_e_2000(recovered, self.chain.from_working(pair.truth))
            scores.append(float(np.average(distance, weights=pair.trust)))
        return float(np.mean(scores))

    def _record(self, plan: Plan, state: State, hold_out: dict[str, float]) -> Record:
        shot = self.shot
        return Record(
            tool=__version__,
            shot=shot.shot.name,
            film=shot.shot.film,
            plan=plan,
            step=state.step,
            branch=shot.training.branch,
            plate="balanced" if shot.source.balanced else "scan",
            luma_from=shot.source.luma_from if shot.source.balanced else "scan",
            chain=chain_record(self.chain),
            showing=shot_showing(shot).to_record(),
            crop=shot.crop.model_dump(exclude={"found"}),
            pairs=tuple(f"{pair.source}:{pair.reference}" for pair in teaching_pairs(shot)),
            reference_kind=shot.reference.kind,
            hold_out=hold_out,
        )

    def _restored_measure(self, state: State) -> dict[str, float]:
        return dict(load_record(self.rolling).hold_out) if state.step else {}

    def _log(self, line: dict[str, float]) -> None:
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _cut_log(self, step: int) -> None:
        """Drop what was logged after the checkpoint: those steps will be done again."""
        log = self.folder / "log.jsonl"
        lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        # The last line may be half written if the program was killed while writing it.
        kept = [line for line in lines if line.endswith("}") and json.loads(line)["step"] <= step]
        write_text(log, "".join(f"{line}\n" for line in kept))

    def _finish(
        self, plan: Plan, state: State, hold_out: dict[str, float], *, seconds: float, steps: int
    ) -> Shot:
        record = self._record(plan, state, hold_out)
        final = save_numbered(self.checkpoints, state, record)
        save_checkpoint(self.rolling, state, record)
        numbers = measured(steps=state.step, seconds=seconds)
        if steps:
            numbers = measured(**numbers, steps_per_second=steps / seconds)
        if hold_out:
            numbers = measured(**numbers, hold_out_dE2000=hold_out["dE2000"])
        settings = {k: v for k, v in asdict(plan).items() if k != "fingerprint"}
        return self.shot.with_made(
            "training",
            settings=settings,
            inputs=self.inputs,
            outputs=outputs(self.shot, [final]),
            measured=numbers,
        )


def _input_keys(shot: Shot) -> list[str]:
    tables = ("pair", "plates", "crop", "colour", "training")
    files = [file_key(shot, file) for file in teaching_files(shot)]
    return [*(table_key(name) for name in tables), *files]


def _run(network: nn.Module, device: torch.device, plate: Rgb) -> NDArray[np.float32]:
    """Return a network's chroma of a plate, (height, width, 2)."""
    with torch.inference_mode():
        chroma = network(torch.from_numpy(plate).permute(2, 0, 1)[None].to(device))
    channels_last: NDArray[np.float32] = chroma[0].permute(1, 2, 0).cpu().numpy()
    return channels_last


def _is_measured(step: int, steps: int) -> bool:
    return step == steps or step % max(1, steps // MEASURES) == 0


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
    elif device.type == "mps":
        torch.mps.synchronize()
