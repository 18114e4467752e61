"""Training: repeatable, exact to resume, fixed in length before it starts, and it learns."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from chromaresolve.errors import ShotError, StageError
from chromaresolve.shot import Shot, out_of_date
from chromaresolve.training import Wish, stepping, train
from chromaresolve.training.checkpoints import load_record
from chromaresolve.training.device import choose_device
from tiny import quiet, still

STEPS = 12
"""Enough for the optimiser and the average to have memories."""


def last_weights(shot: Shot) -> dict[str, torch.Tensor]:
    """The finished training's final checkpoint."""
    return load_file(shot.path(next(iter(shot.made["training"].outputs))))


def train_briefly(root: Path, **wish: object) -> Shot:
    """Train a few steps of the small network on the CPU."""
    asked = {"steps": STEPS, "size": "small", "device": "cpu", **wish}
    return train(Shot.load(root), Wish(**asked), say=quiet, on_progress=still)  # type: ignore[arg-type]


def stop_training_after(root: Path, step: int) -> int:
    """Run a training and press Ctrl-C after a step; return the step of its checkpoint."""
    follow = stepping.follow

    def follow_and_stop(average: torch.nn.Module, network: torch.nn.Module, now: int) -> None:
        follow(average, network, now)
        if now == step:
            signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepping, "follow", follow_and_stop)
        with pytest.raises(KeyboardInterrupt):
            train_briefly(root)
    return load_record(root / "training/checkpoints/latest.safetensors").step


@pytest.mark.slow
def test_same_seed_gives_the_same_weights(
    aligned_shot: Path, copied: Callable[[Path], Path], tmp_path: Path
) -> None:
    """Two trainings of the same shot end with the same bits; stopping one in between too."""
    root = copied(aligned_shot)
    undisturbed = last_weights(train_briefly(root))
    again = Path(shutil.copytree(aligned_shot, tmp_path / "again" / "tiny"))
    stopped = stop_training_after(again, 5)

    resumed = last_weights(train_briefly(again))

    assert stopped == 5
    assert undisturbed.keys() == resumed.keys()
    assert [name for name in resumed if not torch.equal(undisturbed[name], resumed[name])] == []


def test_training_learns(trained_shot: Path) -> None:
    """Sixty steps bring held-out frames nearer to the truth than the first measure was."""
    log = (trained_shot / "training/log.jsonl").read_text()
    lines = [json.loads(line) for line in log.splitlines()]

    measures = [line["dE2000"] for line in lines if "dE2000" in line]
    assert len(measures) == 6
    assert measures[-1] < 0.95 * measures[0]


@pytest.mark.slow
def test_minutes_become_steps_once(aligned_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The number of steps is measured, written down, and not measured again."""
    root = copied(aligned_shot)

    first = train_briefly(root, steps=None, minutes=0.02)

    plan = json.loads((root / "training/plan.json").read_text())
    assert plan["asked"] == {"steps": None, "minutes": 0.02}
    assert plan["plan"]["steps"] == first.made["training"].measured["steps"]
    assert plan["plan"]["steps"] >= 50


@pytest.mark.slow
def test_finished_training_is_not_repeated(
    aligned_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """The same command again changes nothing and says so."""
    root = copied(aligned_shot)
    first = train_briefly(root)
    said: list[str] = []

    again = train(
        Shot.load(root),
        Wish(steps=STEPS, size="small", device="cpu"),
        say=said.append,
        on_progress=still,
    )

    assert again.made["training"] == first.made["training"]
    assert said[-1] == "already trained: 12 steps of these pairs and settings"


def test_what_is_only_shown_may_change(trained_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Another preview frame, or fewer contact sheets, and the training holds; another patch not."""
    root = copied(trained_shot)
    manifest = root / "shot.toml"
    text = manifest.read_text()

    shown = text.replace("[training]\n", "[training]\npreview = 2\ncontact_sheet_interval = 0\n")
    manifest.write_text(shown)
    assert not out_of_date(Shot.load(root), "training")

    manifest.write_text(text.replace("[training]\n", "[training]\npatch = 64\n"))
    assert out_of_date(Shot.load(root), "training")


def test_training_needs_the_alignment(faded_shot: Path) -> None:
    """Without aligned pairs the command to run is named."""
    with pytest.raises(ShotError, match="training needs alignment: run `chromaresolve align`"):
        train_briefly(faded_shot)


def test_changed_pairs_are_noticed(trained_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A pair held out after the training: the training says so and names the command."""
    root = copied(trained_shot)
    shot = Shot.load(root)
    pairs = [pair.model_copy(update={"hold_out": pair.source == 1}) for pair in shot.pair]

    reasons = out_of_date(shot.with_pairs(pairs), "training")

    assert reasons[0].startswith("training was made from pairs that changed since: run `chroma")


def test_must_resume_refuses_to_begin(aligned_shot: Path, copied: Callable[[Path], Path]) -> None:
    """`--resume` is for going on; there being nothing to go on with is an error."""
    with pytest.raises(StageError, match="there is no training of these pairs and settings"):
        train_briefly(copied(aligned_shot), must_resume=True)


def test_spatial_branch_is_refused(aligned_shot: Path, copied: Callable[[Path], Path]) -> None:
    """What cannot be trained yet is refused with a sentence."""
    root = copied(aligned_shot)
    manifest = root / "shot.toml"
    manifest.write_text(manifest.read_text().replace('branch = "chroma"', 'branch = "spatial"'))

    with pytest.raises(StageError, match='branch "spatial" cannot be trained yet'):
        train_briefly(root)


def test_missing_device_is_refused() -> None:
    """A device asked for by name is never replaced by another."""
    with pytest.raises(StageError, match="is not known: write auto, cpu, cuda or mps"):
        choose_device("tpu")
    if not torch.backends.mps.is_available():
        with pytest.raises(StageError, match="mps was asked for, but PyTorch finds none"):
            choose_device("mps")


def test_chosen_device_comes_with_its_reason() -> None:
    """A choice is printed with its reason."""
    device, reason = choose_device("auto")

    assert device.type in {"cpu", "cuda", "mps"}
    assert reason
