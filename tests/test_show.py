"""A glance at a shot in the terminal: where it stands, what is at work, and what to do next."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chromaresolve.cli import main
from chromaresolve.files import file_state, lock
from chromaresolve.shot import FrameRange, Scalar, Shot, create
from chromaresolve.workflow import (
    Looker,
    glance_lines,
    measure_disk,
    take_glance,
    tell_ago,
    tell_seconds,
)
from chromaresolve.workflow.words import tell_size
from chromaresolve.workflow.working import Logs, watch_recovery, watch_training
from recovered_shot import write_recovered_shot

SCREEN_WIDTH, SCREEN_HEIGHT = 80, 24
"""Letters and lines of the smallest terminal that is still used, the VT100's."""


def drawn(root: Path, *, width: int | None = SCREEN_WIDTH) -> list[str]:
    """Return the lines of a glance."""
    shot = Shot.load(root)
    lines = glance_lines(take_glance(shot), measure_disk(shot), root.name, width=width)
    return ["".join(words for words, _ in line) for line in lines]


def assert_fits(lines: list[str]) -> None:
    """Assert that the lines are one screenful, with a line left for the prompt."""
    assert max(map(len, lines)) <= SCREEN_WIDTH, max(lines, key=len)
    assert len(lines) < SCREEN_HEIGHT


@pytest.fixture
def bare(tmp_path: Path) -> Shot:
    """A shot whose plates are not there, with a long name and a film's title."""
    return create(
        tmp_path / "a_rather_long_name_of_a_shot_0010",
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.parse("1001-1240"),
        film="The Seaside Fair",
    )


@pytest.fixture
def new(tmp_path: Path) -> Shot:
    """A shot of six frames that are there, of which nothing is made."""
    shot = create(
        tmp_path / "tiny",
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.parse("1-6"),
        film="Tiny",
    )
    shot.path("plates").mkdir()
    for frame in shot.shot.frames:
        shot.path(f"plates/P_{frame:04d}.exr").touch()
        shot.path(f"plates/R_{frame:04d}.exr").touch()
    return shot


def test_new_shot_says_what_comes_first(new: Shot) -> None:
    """Nothing is made, and the command to copy has the folder as it was typed."""
    lines = drawn(new.root)

    assert_fits(lines)
    assert lines[0] == "tiny: frames 1-6 at 24 a second, Tiny"
    assert any("check      not yet" in line and "optional" in line for line in lines)
    assert lines[-1].startswith("next: `chromaresolve pairs tiny`: ")


def test_done_stages_show_their_number(tmp_path: Path) -> None:
    """The number by which each is judged, and how long ago it was made."""
    shot = write_recovered_shot(tmp_path)
    measured: dict[str, dict[str, Scalar]] = {
        "check": {"findings": 22, "to_mend": 0},
        "balance": {"retention_cyan": 0.08, "retention_magenta": 0.61, "retention_yellow": 0.74},
        "pairs": {},
        "alignment": {"worst_residual_px": 0.0734, "left_out": 1},
        "baseline": {"hold_out_dE2000": 4.312},
        "training": {"steps": 4000, "hold_out_dE2000": 1.918},
        "model": {"largest_difference": 5.4e-07},
        "report": {"recovered_dE2000": 1.918, "baseline_dE2000": 4.312},
    }
    for stage, numbers in measured.items():
        shot = shot.with_made(stage, settings={}, inputs={}, outputs={}, measured=numbers)

    lines = drawn(shot.root)
    told = {line[4:14].strip(): line[35:] for line in lines if " done " in line}

    assert_fits(lines)
    assert told == {
        "check": "nothing to mend",
        "balance": "dyes left: C 8 %, M 61 %, Y 74 %",
        "pairs": "2 teach, 1 held out",
        "alignment": "worst residual 0.07 px, 1 left out",
        "baseline": "dE2000 4.31 on hold-outs",
        "training": "4,000 steps, dE2000 1.92 on hold-outs",
        "model": "5e-07 off the checkpoint at most",
        "recovery": "5 frames",
        "report": "dE2000 1.92 against the LUT's 4.31",
    }
    assert "everything is up to date" in lines
    assert any(line.startswith("worth doing: `chromaresolve review sh010`") for line in lines)


def test_stale_stages_say_why_in_short(tmp_path: Path) -> None:
    """What was changed is named where it bears first, and what rests on it says so."""
    shot = write_recovered_shot(tmp_path)
    shot.path("model.onnx").write_bytes(b"another model")

    lines = drawn(shot.root)
    facts = take_glance(shot).to_record()

    assert_fits(lines)
    assert any(
        "recovery" in line and "stale" in line and "model.onnx changed since" in line
        for line in lines
    )
    assert facts["next"] == "check"  # its References are not on disk, and no pair is aligned
    assert facts["stages"]["recovery"].startswith("out of date: recovery was made from model.onnx")


def test_missing_plates_are_named(bare: Shot) -> None:
    """A broken shot is shown like any other, with what is missing first of what to do."""
    lines = drawn(bare.root)

    assert_fits(lines)
    assert any(line.strip().startswith("missing") and "no such folder" in line for line in lines)
    assert any("`chromaresolve check " in line for line in lines)


def test_some_missing_frames_are_counted(new: Shot) -> None:
    """Which frames, as ranges."""
    for frame in (2, 3):
        new.path(f"plates/P_{frame:04d}.exr").unlink()

    assert take_glance(new).problems == ("Source: 2 of 6 frames are missing: 2-3",)


def test_running_training_is_shown(bare: Shot) -> None:
    """Step, loss and score while a process holds the training, and what to do meanwhile."""
    folder = bare.path("training")
    folder.mkdir()
    (folder / "plan.json").write_text('{"plan": {"steps": 5000}}', encoding="utf-8")
    rows = [{"step": 1200, "loss": 0.03125}, {"step": 1200, "dE2000": 2.5}]
    (folder / "log.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    (folder / "index.html").write_text(
        "<style>border-left: 0</style>training, 1 h 20 min left", encoding="utf-8"
    )
    with lock(folder / "training.lock", doing="training"):
        running = drawn(bare.root, width=None)
    stopped = drawn(bare.root, width=None)

    told = "step 1,200 of 5,000, {}dE2000 2.50, loss 0.03125"
    assert any(line.endswith("now: " + told.format("1 h 20 min left, ")) for line in running)
    assert any(line.endswith("training   at work") for line in running)
    assert running[-1].startswith("meanwhile: `chromaresolve report ")
    assert any(line.endswith(told.format("")) and "stopped" in line for line in stopped)


def test_killed_training_is_not_running(bare: Shot) -> None:
    """A lock file that a kill left is nobody's once the log has been still for a while."""
    folder = bare.path("training")
    folder.mkdir()
    (folder / "training.lock").write_text("process 1 on nowhere\n", encoding="utf-8")
    log = folder / "log.jsonl"
    log.write_text('{"step": 50, "loss": 1.0}\n', encoding="utf-8")
    long_ago = time.time() - 3600
    os.utime(log, (long_ago, long_ago))

    now = watch_training(bare, Logs())

    assert now is not None
    assert not now.is_running


def test_running_recovery_is_shown(tmp_path: Path) -> None:
    """Frames of those asked for, and how long the rest takes."""
    shot = write_recovered_shot(tmp_path)
    out = shot.path("recovered")
    claim = out / ".chromaresolve/claims/sh010_ML.here.1.claim"
    with lock(claim, doing="recovering", note="1-5"):
        begun = time.time_ns()
        rows = []
        for frame in (1, 2, 3):
            file = out / f"sh010_ML_{frame:04d}.exr"
            os.utime(file, ns=(0, begun + frame * 2 * 10**9))
            rows.append({"frame": frame, "made_by": "m", "file": file_state(file)})
        ledger = out / ".chromaresolve/sh010_ML/1-a.jsonl"
        ledger.parent.mkdir()
        ledger.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        lines = drawn(shot.root, width=None)

    assert any("now: 3 of 5 frames, 0.5 a second, about 4 s left" in line for line in lines)


def test_recovered_frames_that_went_are_not_counted(tmp_path: Path) -> None:
    """The ledger remembers a frame that was thrown away; the disk does not have it."""
    shot = write_recovered_shot(tmp_path)
    ledger = shot.path("recovered/.chromaresolve/sh010_ML/1-a.jsonl")
    ledger.parent.mkdir(parents=True)
    rows = [{"frame": n, "made_by": "m", "file": f"sh010_ML_000{n}.exr/1/{n}"} for n in (1, 2)]
    ledger.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    shot.path("recovered/sh010_ML_0002.exr").unlink()

    now = watch_recovery(shot, Logs())

    assert now is not None
    assert now.done == 1


def test_flagged_frames_ask_for_pairs(tmp_path: Path) -> None:
    """What the review flagged is counted, and accepted frames are not."""
    shot = write_recovered_shot(tmp_path)
    shot.path("review").mkdir()
    rows = [
        {"frame": 2, "reason": "hue", "verdict": "flagged", "wants_pair": True},
        {"frame": 4, "reason": "hue", "verdict": "accepted", "wants_pair": True},
    ]
    shot.path("review/flagged.json").write_text(json.dumps({"frames": rows}), encoding="utf-8")
    shot = shot.with_made("review", settings={}, inputs={}, outputs={}, measured={})

    assert any("1 flagged, 1 accepted" in line for line in drawn(shot.root))


def test_logs_are_read_on_not_again(tmp_path: Path) -> None:
    """A half line waits for its end, a log that was cut is read anew."""
    log, logs = tmp_path / "log.jsonl", Logs()
    log.write_text('{"step": 1}\n{"st', encoding="utf-8")
    first = [line["step"] for line in logs.lines(log)]
    with log.open("a", encoding="utf-8") as file:
        file.write('ep": 2}\nnot json\n{"step": 3}\n')
    second = [line["step"] for line in logs.lines(log)]
    log.write_text('{"step": 1}\n', encoding="utf-8")
    third = [line["step"] for line in logs.lines(log)]

    assert (first, second, third) == ([1], [1, 2, 3], [1])
    assert logs.lines(tmp_path / "none.jsonl") == ()


def test_files_are_not_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking again reads nothing that stayed as it was: it is done every few seconds."""
    shot = write_recovered_shot(tmp_path)
    looker = Looker()
    looker.glance(shot)
    read: list[Path] = []
    monkeypatch.setattr("chromaresolve.shot.stages.sha256", read.append)

    looker.glance(shot)

    assert read == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        pytest.param(-5, "0 s", id="a clock that is ahead"),
        pytest.param(59.4, "59 s", id="seconds"),
        pytest.param(60, "1 min", id="a minute"),
        pytest.param(3 * 3600 + 100, "3 h", id="hours"),
        pytest.param(30 * 3600, "30 h", id="not yet days"),
        pytest.param(72 * 3600, "3 d", id="days"),
    ],
)
def test_times_are_told_in_one_unit(seconds: float, words: str) -> None:
    """The unit that matters, and no other."""
    assert tell_seconds(seconds) == words


def test_time_since_is_told() -> None:
    """From what the manifest holds; what is no time says nothing."""
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    assert tell_ago("2026-01-01T09:00:00+00:00", now) == "3 h ago"
    assert tell_ago("2026-01-01T09:00:00", now) == "3 h ago"
    assert tell_ago("yesterday", now) == ""


def test_sizes_are_told_as_disks_are_sold() -> None:
    """Decimal units, two or three figures."""
    told = [tell_size(size) for size in (0, 999, 1000, 123_456, 1.5e9, 2e12)]

    assert told == ["0 B", "999 B", "1.0 kB", "123 kB", "1.5 GB", "2.0 TB"]


def test_json_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that is shown is there for programs, too; people read it on stderr."""
    shot = write_recovered_shot(tmp_path, film="Tiny")
    monkeypatch.setattr(sys, "argv", ["chromaresolve", "show", str(shot.root), "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    facts = json.loads(shown.out)

    assert not ended.value.code
    assert facts["pairs"] == {"teaching": 2, "held_out": 1}
    assert facts["frame_count"] == 5
    assert {one["stage"]: one["state"] for one in facts["standing"]}["training"] == "done"
    assert facts["disk"]["plates"] > 0
    assert (facts["training"]["step"], facts["recovery"]) == (400, None)
    assert facts["next"] == facts["advice"]["command"] == "check"
    assert "sh010: frames 1-5 at 24 a second, Tiny" in shown.err
    assert "\x1b" not in shown.err
