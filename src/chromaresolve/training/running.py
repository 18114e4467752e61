"""A training's steps, from where it stands to its end, and everything that is due between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from chromaresolve.scopes.curves import load_log
from chromaresolve.telling import Progress, Say
from chromaresolve.training.checkpoints import Plan, State
from chromaresolve.training.group import Group
from chromaresolve.training.measuring import Measuring
from chromaresolve.training.page import Standing
from chromaresolve.training.recording import Keeper
from chromaresolve.training.schedule import find_end, is_measured
from chromaresolve.training.sheets import is_sheet_step
from chromaresolve.training.stopping import ctrl_c_as_wish
from chromaresolve.training.watching import Watch, watching

ROLLING_SECONDS = 15.0
"""A kill costs at most this much training."""

LOG_STEPS = 50
"""Steps between lines of the log; reading the loss makes the device wait, so not at every step."""

STOP_STEPS = 20
"""Steps between asking the other processes of a group whether any wishes to stop."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of a training: it begins where the last one was stopped."""

    plan: Plan
    """What the training is to do."""
    state: State
    """What is trained."""
    step: Callable[[State, Plan, int], Tensor]
    """Trains one step of a training with that end, and returns its loss."""
    keeper: Keeper
    """Keeps the checkpoints."""
    measuring: Measuring
    """Measures and shows what the network can do."""
    group: Group
    """The processes that train together."""
    first_step: int
    """Steps done before this run."""
    scores: list[dict[str, float]] = field(default_factory=list)
    """The held-out frames' scores, by `step` and `dE2000`, oldest first."""
    end: int = 0
    """The last step, by what is known so far."""
    losses: list[Tensor] = field(default_factory=list)
    """Since the last line of the log, still on the device."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.state.step >= self.end

    def recall(self, log: Path) -> None:
        """Read the scores of the steps done from the log, and where the training ends by them."""
        lines = self.group.agree(lambda: load_log(log))
        done = [line for line in lines if line["step"] <= self.first_step]
        self.scores = [line for line in done if "dE2000" in line]
        self.end = self._find_end()

    def go(self, watch: Watch | None) -> None:
        """Train to the end.

        Args:
            watch: Told and shown everything; None for all but the first process of a group.

        Raises:
            KeyboardInterrupt: The user stopped it; the rolling checkpoint is written.
        """
        saved = time.monotonic()
        with ctrl_c_as_wish() as wish:
            while self.state.step < self.end:
                self.losses.append(self.step(self.state, self.plan, self.end))
                self._look(watch)
                is_stopped = self._is_stopped(wish)
                if watch and (is_stopped or time.monotonic() - saved > ROLLING_SECONDS):
                    self.keeper.keep_rolling(self.state, self.scores)
                    saved = time.monotonic()
                if is_stopped:
                    if watch:
                        watch.end(self.state.step, "stopped")
                    raise KeyboardInterrupt

    def _look(self, watch: Watch | None) -> None:
        """Do what is due after a step: log, measure, contact sheet, numbered checkpoint."""
        step, end = self.state.step, self.end
        if step % LOG_STEPS == 0 or step == end:
            loss = float(torch.stack(self.losses).mean())
            self.losses.clear()
            if watch:
                watch.show_loss(step, loss)
        if is_measured(step, end, self.plan.measure_every):
            self._measure(watch)
        settings = self.keeper.shot.training
        if watch and is_sheet_step(step, end, settings.contact_sheet_interval):
            watch.show_sheet(step, self.measuring.rows(self.state.average))
        if watch and step % settings.checkpoint_interval == 0:
            self.keeper.keep_numbered(self.state, self.scores)

    def _measure(self, watch: Watch | None) -> None:
        """Measure the held-out frames, and end earlier where they have stopped improving."""
        step = self.state.step
        made = self.measuring.measure(self.state.average) if watch else None
        if watch and made and made.preview:
            watch.show_preview(step, *made.preview)
        score = self.group.agree(lambda: made.score if made else None)
        if score is None:
            return
        self.scores.append({"step": step, "dE2000": score})
        if watch:
            watch.show_score(step, score)
        before, self.end = self.end, self._find_end()
        if watch and self.end < before:
            watch.shorten(self.end)
            watch.note(
                f"held-out frames have stopped improving: the last steps begin, and the training "
                f"ends at step {self.end:,} of {self.plan.steps:,}"
            )

    def _find_end(self) -> int:
        if not self.plan.may_end_early:
            return self.plan.steps
        return find_end(self.plan.steps, self.scores)

    def _is_stopped(self, wish: threading.Event) -> bool:
        """Say whether the user wishes to stop, in any process, and something is left to do."""
        step = self.state.step
        if self.group.size > 1 and step % STOP_STEPS:
            return False
        device = next(self.state.network.parameters()).device
        return self.group.is_wished(wish.is_set(), device) and step < self.end


@contextmanager
def watch_over(
    run: Run, folder: Path, *, say: Say, on_progress: Progress
) -> Iterator[Watch | None]:
    """Give the watch over a run; its page says in the end that it is finished."""
    if not run.group.is_first:
        yield None
        return
    standing = Standing(
        shot=run.keeper.shot.shot.name, step=run.first_step, steps=run.end, state="training"
    )
    with watching(folder, standing, say=say, on_progress=on_progress) as watch:
        yield watch
        watch.end(run.state.step, "finished")
