"""What a training leaves behind: the record in its checkpoints, and what the manifest says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from chromaresolve import __version__
from chromaresolve.alignment import shot_showing, teaching_pairs
from chromaresolve.colour import Chain, chain_record
from chromaresolve.shot import Shot, measured, outputs
from chromaresolve.training.checkpoints import (
    Plan,
    Record,
    State,
    save_checkpoint,
    save_numbered,
)

ROLLING = "latest.safetensors"
"""The checkpoint that is written anew all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Keeps a training's checkpoints, each with the record of how it was made."""

    shot: Shot
    """The shot that is trained."""
    plan: Plan
    """What the training is to do."""
    chain: Chain
    """The colour chain it is trained in."""
    folder: Path
    """Where the checkpoints are."""

    @property
    def rolling(self) -> Path:
        """The checkpoint that is written anew all the time, to go on from."""
        return self.folder / ROLLING

    def keep_rolling(self, state: State, scores: Sequence[Mapping[str, float]]) -> None:
        """Write the checkpoint to go on from."""
        save_checkpoint(self.rolling, state, self._record(state, scores))

    def keep_numbered(self, state: State, scores: Sequence[Mapping[str, float]]) -> Path:
        """Keep this step's checkpoint for good, and return its file."""
        return save_numbered(self.folder, state, self._record(state, scores))

    def finish(
        self,
        state: State,
        scores: Sequence[Mapping[str, float]],
        *,
        inputs: Mapping[str, str],
        seconds: float,
        steps: int,
        softness: float,
    ) -> Shot:
        """Keep the last checkpoint and return the shot whose training is made.

        Args:
            state: As it is after the last step.
            scores: The held-out frames' scores, by `step` and `dE2000`, oldest first.
            inputs: The fingerprints of what it was made from.
            seconds: How long this run took.
            steps: Steps done in this run.
            softness: Of the Reference's chroma, in pixels.
        """
        final = self.keep_numbered(state, scores)
        self.keep_rolling(state, scores)
        numbers = measured(steps=state.step, seconds=seconds)
        if softness:
            numbers = measured(**numbers, reference_softness=softness)
        if steps:
            numbers = measured(**numbers, steps_per_second=steps / seconds)
        if scores:
            numbers = measured(**numbers, hold_out_dE2000=scores[-1]["dE2000"])
        settings = {k: v for k, v in asdict(self.plan).items() if k != "fingerprint"}
        return self.shot.with_made(
            "training",
            settings=settings,
            inputs=inputs,
            outputs=outputs(self.shot, [final]),
            measured=numbers,
        )

    def _record(self, state: State, scores: Sequence[Mapping[str, float]]) -> Record:
        shot = self.shot
        return Record(
            tool=__version__,
            shot=shot.shot.name,
            film=shot.shot.film,
            plan=self.plan,
            step=state.step,
            branch=shot.training.branch,
            plate="balanced" if shot.source.balanced else "scan",
            luma_from=shot.source.luma_from if shot.source.balanced else "scan",
            chain=chain_record(self.chain),
            showing=shot_showing(shot).to_record(),
            crop=shot.crop.model_dump(exclude={"found"}),
            pairs=tuple(f"{pair.source}:{pair.reference}" for pair in teaching_pairs(shot)),
            reference_kind=shot.reference.kind,
            hold_out=dict(scores[-1]) if scores else {},
        )
