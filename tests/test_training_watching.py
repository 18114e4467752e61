"""What a training shows of itself, and what it is measured on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from chromaresolve.alignment import TeachingPair
from chromaresolve.colour import rgb_to_luma
from chromaresolve.errors import FrameError, StageError
from chromaresolve.shot import Shot
from chromaresolve.training import Wish, train
from chromaresolve.training.checkpoints import Plan
from chromaresolve.training.events import Events
from chromaresolve.training.measuring import CROP, cut_crop
from chromaresolve.training.page import Standing
from chromaresolve.training.plan import make_plan
from chromaresolve.training.watching import Watch, cut_log
from model_records import PLAN
from tiny import quiet, still


def size_of(path: Path) -> tuple[int, int]:
    """Height and width of a PNG."""
    picture = cv2.imread(str(path))
    assert picture is not None
    return (picture.shape[0], picture.shape[1])


def test_training_leaves_page_sheets_and_preview(trained_shot: Path) -> None:
    """The page has stopped loading itself anew; the last step has a contact sheet."""
    folder = trained_shot / "training"

    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "Step 60 of 60, finished" in page
    assert 'http-equiv="refresh"' not in page
    assert page.count("data:image/png") == 3
    assert [file.name for file in (folder / "sheets").iterdir()] == ["sheet_00000060.png"]
    assert size_of(folder / "preview_plate.png") == size_of(folder / "preview_recovered.png")
    assert size_of(folder / "preview_plate.png") == (180, 320)


def watch_over(folder: Path, said: list[str]) -> Watch:
    """The watch over a training of 400 steps."""
    standing = Standing(shot="sh010", step=0, steps=400, state="training")
    return Watch(folder, standing, Events(None), say=said.append, on_progress=still)


def test_log_has_every_loss_and_score(tmp_path: Path) -> None:
    """One line of JSON for each, in their order; scores are said."""
    said: list[str] = []
    watch = watch_over(tmp_path, said)

    watch.show_loss(50, 0.123456789)
    watch.show_score(50, 2.5)

    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines == [{"step": 50, "loss": 0.123457}, {"step": 50, "dE2000": 2.5}]
    assert said == ["step 50: dE2000 2.50 held out"]


def test_overfitting_is_said_once_while_it_lasts(tmp_path: Path) -> None:
    """The page shows it as long as it is so; a terminal need not repeat it at every measure."""
    said: list[str] = []
    watch = watch_over(tmp_path, said)

    for row in range(1, 13):
        for part in range(4):
            watch.show_loss(100 * row + part, 1.0 / (10 * row + part))
        watch.show_score(100 * row + 3, 2.0 + 0.3 * max(0, row - 2))

    assert sum(sentence.startswith("overfitting") for sentence in said) == 1


def test_what_was_logged_after_the_checkpoint_is_dropped(tmp_path: Path) -> None:
    """Those steps are done again; a line that a kill left half written goes too."""
    log = tmp_path / "log.jsonl"
    log.write_text('{"step": 50, "loss": 0.5}\n{"step": 100, "loss": 0.4}\n{"step": 15')

    cut_log(log, 50)

    assert log.read_text() == '{"step": 50, "loss": 0.5}\n'


def test_contact_sheets_show_the_most_colourful_piece() -> None:
    """A grey picture with one coloured corner: the corner, where it may be trusted."""
    grey = np.full((2 * CROP, 3 * CROP, 3), 0.5, np.float32)
    truth = grey.copy()
    truth[-CROP // 2 :: 2, -CROP // 2 :] = (0.9, 0.2, 0.1)
    truth[: CROP // 2 : 2, : CROP // 2] = (0.1, 0.2, 1.0)
    trust = np.ones(grey.shape[:2], np.float32)
    trust[:CROP, :CROP] = 0
    pair = TeachingPair(frame=3, plate=grey, shown=grey, truth=truth, trust=trust)

    crop = cut_crop(pair)

    np.testing.assert_array_equal(crop.truth, truth[CROP:, 2 * CROP :])
    assert rgb_to_luma(crop.plate).shape == (CROP, CROP)


def plan_of(root: Path, wish: Wish, wanted: Plan, said: list[str]) -> Plan:
    """Plan a training on a machine of 100 steps a second."""
    return make_plan(
        root / "training/other.json",
        Shot.load(root),
        wish,
        wanted,
        steps_per_second=lambda _plan, _seconds: 100.0,
        say=said.append,
    )


@pytest.mark.parametrize(
    ("wish", "steps", "every", "may_end_early"),
    [
        (Wish(steps=1000), 1000, 50, False),
        (Wish(minutes=2), 12_000, 600, True),
        (Wish(until_plateau=True), 1_080_000, 2000, True),
    ],
    ids=["steps", "minutes", "until plateau"],
)
def test_length_of_a_training(
    trained_shot: Path,
    tmp_path: Path,
    wish: Wish,
    steps: int,
    every: int,
    may_end_early: bool,
) -> None:
    """Steps are kept to; minutes and plateaus may end early; the time is told before it starts."""
    root = tmp_path / "shot"
    root.symlink_to(trained_shot)
    said: list[str] = []
    (trained_shot / "training/other.json").unlink(missing_ok=True)

    plan = plan_of(root, wish, replace(PLAN, patch=96), said)

    (trained_shot / "training/other.json").unlink()
    assert (plan.steps, plan.measure_every, plan.may_end_early) == (steps, every, may_end_early)
    assert "100.0 steps a second" in said[-1]


def test_smaller_patches_take_more_steps(trained_shot: Path) -> None:
    """Patches of 64 where 96 were asked for: half as many steps more, said before they are done."""
    said: list[str] = []

    plan = plan_of(trained_shot, Wish(steps=200), PLAN, said)

    (trained_shot / "training/other.json").unlink()
    assert plan.steps == 300
    assert len(said) == 1
    assert said[0].startswith("the pictures are too small for patches of 96 pixels: 64 are used")
    assert said[0].endswith("and 300 steps in place of 200")


def test_until_plateau_needs_frames_held_out(
    trained_shot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else tells when to stop: what to write is said."""
    monkeypatch.setattr("chromaresolve.training.plan.held_out_pairs", lambda _shot: ())

    with pytest.raises(StageError, match="write `hold_out = true` in one"):
        plan_of(trained_shot, Wish(until_plateau=True), PLAN, [])


def test_missing_preview_frame_is_named(aligned_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A frame that is not there stops before the first step."""
    root = copied(aligned_shot)
    manifest = root / "shot.toml"
    manifest.write_text(manifest.read_text().replace("[training]\n", "[training]\npreview = 77\n"))

    with pytest.raises(FrameError, match="no frame 77: there are 1-6"):
        train(
            Shot.load(root),
            Wish(steps=6, size="small", device="cpu"),
            say=quiet,
            on_progress=still,
        )
