"""The bench: what it measures, which part it calls the limit, and that it leaves nothing behind."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from chromaresolve.bench import (
    SIZES,
    Stage,
    Trial,
    Whole,
    Wish,
    bench,
    draw_plate,
    find_limit,
    stages,
    tell_trial,
    trial,
    whole,
    write_plates,
)
from chromaresolve.bench.plates import forget
from chromaresolve.bench.verdict import tell_limit
from chromaresolve.cli.bench import bench as command
from chromaresolve.errors import ModelError, StageError, UsageError
from chromaresolve.frames import read_rgb
from chromaresolve.recovery.providers import choose_provider
from tiny import quiet, still

TINY = (90, 160)
"""Height and width of plates that take no time."""

PARTS = {"decode": 0.1, "infer": 0.6, "merge": 0.2, "encode": 0.1}
"""Seconds of a frame's parts on a machine that is easy to reckon with: 1 in all."""

TAKEN = 64 * 2**20
"""Bytes taken for a moment: more than any noise of the allocator's."""

PATIENCE = 5.0
"""Seconds after which what should have been seen never will be, on a busy machine too."""


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Wish:
    """A wish whose plates are tiny."""
    monkeypatch.setitem(SIZES, "tiny", TINY)
    return Wish(size="tiny", provider="cpu", frames=3)


def a_trial(
    *,
    provider: str = "cpu",
    per_second: float = 3.8,
    cpu_seconds: float = 1.0,
    workers: int = 4,
    waiting: Mapping[str, float] | None = None,
) -> Trial:
    """A trial on four cores, whose parts allow 4 frames per second."""
    waits = waiting or {}
    parts = {
        name: Stage(name=name, cpu_seconds=seconds, seconds=seconds + waits.get(name, 0.0))
        for name, seconds in PARTS.items()
    }
    render = Whole(
        frames=21, seconds=6.0, per_second=per_second, cpu_seconds=cpu_seconds, workers=workers,
        tile=0, peak_bytes=2 * 10**9, bound_bytes=3 * 10**9,
    )  # fmt: skip
    return Trial(
        size="2k", provider=provider, model="demo.onnx", plates="zip", compression="dwaa",
        cores=4, stages=parts, whole=render,
    )  # fmt: skip


def test_bench_measures_every_part_and_the_whole(tiny: Wish, tmp_path: Path) -> None:
    """Real frames go through the real engine; the folder is as it was."""
    measured = bench(replace(tiny, folder=tmp_path), say=quiet, on_progress=still)

    assert list(measured.stages) == ["decode", "infer", "merge", "encode"]
    assert all(stage.cpu_seconds > 0 for stage in measured.stages.values())
    assert measured.whole.frames == 3
    assert measured.whole.per_second > 0
    assert measured.whole.peak_bytes > 10**8
    assert list(tmp_path.iterdir()) == []


def test_bench_of_one_frame_counts_that_one(tiny: Wish, tmp_path: Path) -> None:
    """Fewer frames than plates are drawn; there is no second one to count from the first."""
    measured = bench(replace(tiny, frames=1, folder=tmp_path), say=quiet, on_progress=still)

    assert measured.whole.frames == 1
    assert measured.whole.per_second == pytest.approx(1 / measured.whole.seconds)


def test_bench_says_what_it_does(tiny: Wish, tmp_path: Path) -> None:
    """Nobody looks at a silent screen; progress counts the frames of the whole."""
    said: list[str] = []
    steps: list[tuple[int, int]] = []

    bench(
        replace(tiny, folder=tmp_path),
        say=said.append,
        on_progress=lambda done, total, _: steps.append((done, total)),
    )

    assert said[:2] == ["drawing tiny plates", "measuring each part alone, in one thread"]
    assert (0, 3) in steps
    assert steps[-1] == (3, 3)


def test_bench_fills_its_seconds(tiny: Wish, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first frame, then whole rounds of all cores: as many as the parts let it expect."""
    monkeypatch.setattr(trial, "cores", lambda: 2)
    parts = a_trial().stages
    provider = choose_provider("cpu")

    counts = [
        trial._count(replace(tiny, seconds=seconds), parts, provider) for seconds in (10.0, 0.1)
    ]

    assert counts == [1 + 2 * 10, 1 + 2 * trial.LEAST_ROUNDS]


def test_bench_takes_no_more_than_the_disk_has(
    tiny: Wish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of what is free is left alone; a disk without room for two plates is refused."""
    plates = write_plates(tmp_path, TINY, count=2, compression="zip")
    plate = max(path.stat().st_size for path in plates.paths.values())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=20 * plate))

    assert trial._fitting(100, plates, tmp_path) == 5
    assert trial._fitting(4, plates, tmp_path) == 4

    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=plate))
    with pytest.raises(StageError, match="has no room for 2 plates: give --folder another"):
        bench(replace(tiny, folder=tmp_path), say=quiet, on_progress=still)


@pytest.mark.parametrize(
    ("change", "error", "problem"),
    [
        pytest.param({"size": "8k"}, UsageError, "--size '8k' is not known", id="size"),
        pytest.param({"plates": "jpeg"}, UsageError, "'jpeg' is not one of none", id="plates"),
        pytest.param({"compression": "jpeg"}, UsageError, "'jpeg' is not one", id="compression"),
        pytest.param({"provider": "gpu"}, StageError, "'gpu' is not known", id="provider"),
        pytest.param({"model": Path("none.onnx")}, ModelError, "there is no model", id="model"),
        pytest.param({"folder": Path("/no/such")}, StageError, "takes no folder", id="folder"),
    ],
)
def test_bench_refuses_in_one_sentence(
    tiny: Wish,
    tmp_path: Path,
    change: dict[str, Any],
    error: type[Exception],
    problem: str,
) -> None:
    """What cannot be measured is said, and nothing is left behind."""
    wish = replace(tiny, **{"folder": tmp_path, **change})

    with pytest.raises(error, match=problem):
        bench(wish, say=quiet, on_progress=still)

    assert list(tmp_path.iterdir()) == []


def test_plates_are_grainy_and_faded() -> None:
    """They cost a codec what a scan does, and each has grain of its own."""
    first, second = draw_plate(TINY, 1), draw_plate(TINY, 2)

    grain = np.diff(first, axis=1).std()
    assert first.shape == (*TINY, 3)
    assert first.dtype == np.float32
    assert grain > 3 / 255, f"neighbours differ by {grain:.4f} only"
    assert first[..., 0].mean() > first[..., 1].mean()
    assert np.array_equal(first, draw_plate(TINY, 1))
    assert not np.array_equal(first, second)


def test_plates_are_laid_as_often_as_asked(tmp_path: Path) -> None:
    """Two are drawn, the rest are copies or links of these; what is there stays."""
    few = write_plates(tmp_path, TINY, count=3, compression="zip")
    there = few.path(1).stat().st_mtime_ns
    many = write_plates(tmp_path, TINY, count=5, compression="zip", lay=os.link)

    assert many.frames == (1, 2, 3, 4, 5)
    assert many.path(1).stat().st_mtime_ns == there
    assert many.path(3).stat().st_ino != many.path(1).stat().st_ino
    assert many.path(4).stat().st_ino == many.path(2).stat().st_ino
    assert np.array_equal(read_rgb(many.path(5)), read_rgb(many.path(1)))


def test_plates_on_a_full_disk_are_refused(tmp_path: Path) -> None:
    """The sentence names the folder and what to do."""

    def lay(_drawn: Path, _path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StageError, match="takes no plates: No space left on device: make room"):
        write_plates(tmp_path, TINY, count=3, compression="zip", lay=lay)


def test_forgotten_plates_are_still_there(tmp_path: Path) -> None:
    """Only the system's memory is cleared of them."""
    plates = write_plates(tmp_path, TINY, count=2, compression="zip")
    before = read_rgb(plates.path(2))

    forget(plates)

    assert np.array_equal(read_rgb(plates.path(2)), before)


def test_speed_is_counted_from_the_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is done alone; the same count told twice is one frame."""
    told: list[int] = []
    clock = whole._Clock(lambda done, _total, _note: told.append(done))
    for now, done in ((100.0, 0), (103.0, 1), (103.5, 1), (104.0, 2), (105.0, 3), (109.0, 3)):
        monkeypatch.setattr(time, "perf_counter", lambda now=now: now)
        clock.tell(done, 3, "")

    assert clock.ends == [100.0, 103.0, 104.0, 105.0]
    assert clock.per_second() == 1.0
    assert told == [0, 1, 1, 2, 3, 3]


def test_memory_is_watched() -> None:
    """What was taken for a moment is seen, after it was given back too."""
    wanted, until = whole.taken_bytes() + 0.9 * TAKEN, time.monotonic() + PATIENCE
    with whole._watched_memory() as peak:
        taken = np.ones(TAKEN, np.uint8)
        while peak[0] < wanted and time.monotonic() < until:
            time.sleep(whole.LOOK_SECONDS)
        del taken

    assert peak[0] >= wanted


def test_trial_reckons_what_the_parts_allow() -> None:
    """Four cores over a second of work; a device allows what its own part takes."""
    on_cpu, on_card = a_trial(), a_trial(provider="cuda", per_second=1.5)

    assert on_cpu.cores_allow == pytest.approx(4.0)
    assert on_cpu.device_allows is None
    assert on_cpu.share == pytest.approx(0.95)
    assert on_card.device_allows == pytest.approx(1 / 0.6)
    assert on_card.allowed == pytest.approx(1 / 0.6)
    assert on_card.share == pytest.approx(0.9)
    assert on_cpu.whole.busy(4) == pytest.approx(0.95)


def test_stage_is_measured_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first runs take memory and count for nothing; of the others the middle one counts."""
    clock, lengths = [0.0], iter([90.0, 50.0, 2.0, 9.0, 3.0])

    def make() -> str:
        clock[0] += next(lengths)
        return "frame"

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(time, "process_time", lambda: clock[0] / 2)

    stage, made = stages._time("merge", make)

    assert (stage.name, stage.seconds, stage.cpu_seconds) == ("merge", 3.0, 1.5)
    assert stage.waiting == 1.5
    assert made == "frame"


def test_stage_waits_never_less_than_nothing() -> None:
    """Two clocks that tick differently are no time won."""
    assert Stage(name="merge", seconds=0.1, cpu_seconds=0.2).waiting == 0.0


@pytest.mark.parametrize(
    ("measured", "limit", "sentence"),
    [
        pytest.param(
            a_trial(), "cores", "60% of its work is to infer: a graphics card", id="cores"
        ),
        pytest.param(
            a_trial(provider="cuda", per_second=1.2, cpu_seconds=3.0),
            "cores",
            "20% of its work is to merge: a faster processor",
            id="cores beside a card",
        ),
        pytest.param(
            a_trial(provider="cuda", per_second=1.6), "device", "cuda, which runs", id="device"
        ),
        pytest.param(
            a_trial(per_second=1.9, workers=2), "memory", "room for 2 frames", id="memory"
        ),
        pytest.param(
            a_trial(per_second=2.0, waiting={"encode": 1.0}), "disk", "50% of its time", id="disk"
        ),
        pytest.param(a_trial(per_second=2.0), "other", "close it, bench again", id="other"),
    ],
)
def test_limit_is_named_with_what_helps(measured: Trial, limit: str, sentence: str) -> None:
    """Each kind of machine gets its own sentence."""
    assert find_limit(measured) == limit
    assert sentence in tell_limit(measured)


def test_table_says_everything_once() -> None:
    """Sizes, parts, the whole and the verdict, for people."""
    told = tell_trial(a_trial())

    assert "2k (2048 x 1556), plates zip, frames dwaa, demo.onnx on cpu, 4 cores" in told
    assert "infer" in told
    assert "3.80 frames/s with 4 at once, 95% of the 4.00 that the parts allow" in told
    assert "2.0 GB at most, the bound is 3.0 GB" in told
    assert told.splitlines()[-1] == tell_limit(a_trial())


def test_command_prints_every_trial_as_json(tiny: Wish, tmp_path: Path) -> None:
    """Several sizes and providers are one call; a program reads numbers."""
    app = Typer()
    app.command()(command)
    words = f"--size {tiny.size},{tiny.size} --provider cpu --frames 2 --folder {tmp_path} --json"

    shown = CliRunner().invoke(app, words.split())

    assert shown.exit_code == 0, shown.output
    trials = json.loads(shown.stdout)["trials"]
    assert [found["size"] for found in trials] == ["tiny", "tiny"]
    assert trials[0]["whole"]["frames"] == 2
    assert trials[0]["limit"] in {"cores", "memory", "disk", "other"}
    assert trials[0]["share"] == pytest.approx(
        trials[0]["whole"]["per_second"] / trials[0]["cores_allow"]
    )
