"""Frames made one by one or several at once: bounded, in any order, one failure costs no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import OpenImageIO as oiio
import pytest

from chromaresolve.errors import ColourError, FrameError, StageError
from chromaresolve.frames import Making, Sequence, make_frames
from chromaresolve.frames.opening import CODEC_THREADS
from tiny import quiet, still

PATIENCE = 20.0
"""Seconds that a thread waits for the others before the test gives up."""


def make(
    tmp_path: Path, make_one: Callable[[int], bool], count: int = 12, **options: Any
) -> Making:
    """Make some frames of nothing."""
    numbers = range(1, count + 1)
    plates = Sequence(pattern="P_####.exr", paths={n: tmp_path / f"P_{n:04d}.exr" for n in numbers})
    told = {"participle": "recovered", "say": quiet, "on_progress": still, **options}
    return make_frames(numbers, make_one, plates=plates, out=tmp_path, **told)


@pytest.mark.parametrize("workers", [1, 3])
def test_frames_are_made_kept_or_failed(tmp_path: Path, workers: int) -> None:
    """Each frame comes to one end, and each failure is said."""
    said: list[str] = []

    def make_one(number: int) -> bool:
        if number in {2, 9}:
            raise FrameError(tmp_path / f"P_{number:04d}.exr", "is empty")
        if number == 5:
            raise ColourError("log", "holds no light")
        return number % 2 == 0

    making = make(tmp_path, make_one, workers=workers, say=said.append)

    assert sorted(making.written) == [4, 6, 8, 10, 12]
    assert sorted(making.kept) == [1, 3, 7, 11]
    assert len(making.failures) == 3
    assert sorted(said) == sorted(str(failure) for failure in making.failures)
    assert any("P_0005.exr: holds no light" in sentence for sentence in said)
    assert making.count == 12
    with pytest.raises(StageError, match="3 of 12 frames could not be recovered, the first: "):
        making.require_whole(tmp_path, "recovered")


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_never_more_frames_than_workers(tmp_path: Path, workers: int) -> None:
    """As many frames as workers are worked on together, and not one more."""
    lock, now, most = threading.Lock(), 0, 0
    together = threading.Barrier(workers)

    def make_one(_number: int) -> bool:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait(PATIENCE)
        with lock:
            now -= 1
        return True

    make(tmp_path, make_one, workers=workers)

    assert most == workers


@pytest.mark.parametrize("workers", [1, 3])
def test_fatal_error_begins_no_other_frame(tmp_path: Path, workers: int) -> None:
    """The disk is full: what is begun comes to its end, nothing else is begun."""
    begun: list[int] = []
    ended: list[int] = []

    def make_one(number: int) -> bool:
        begun.append(number)
        if number == 4:
            raise StageError(tmp_path, "takes no frame: No space left on device: make room there")
        time.sleep(0.01)
        ended.append(number)
        return True

    with pytest.raises(StageError, match="takes no frame"):
        make(tmp_path, make_one, count=60, workers=workers)

    assert set(begun) == {*ended, 4}
    assert len(begun) < 60


@pytest.mark.parametrize("workers", [1, 3])
def test_interruption_begins_no_other_frame(tmp_path: Path, workers: int) -> None:
    """Ctrl-C while progress is told: no thread goes on in the background."""
    begun: list[int] = []

    def make_one(number: int) -> bool:
        begun.append(number)
        time.sleep(0.005)
        return True

    def interrupt(done: int, _total: int, _note: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, make_one, count=60, workers=workers, on_progress=interrupt)

    assert len(begun) < 60
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("frame")]


@pytest.mark.parametrize("workers", [1, 3])
def test_progress_rises_to_the_end(tmp_path: Path, workers: int) -> None:
    """From none to all, one at a time, whichever frame is done first."""
    told: list[tuple[int, int]] = []

    def make_one(number: int) -> bool:
        time.sleep(0.01 if number % 3 else 0)
        return True

    make(
        tmp_path,
        make_one,
        workers=workers,
        on_progress=lambda done, total, _: told.append((done, total)),
    )

    assert told == [(done, 12) for done in (*range(13), 12)]


def test_codecs_have_one_thread_while_frames_are_side_by_side(tmp_path: Path) -> None:
    """Each frame's codec keeps to its worker; afterwards all is as it was, error or not."""
    before = {name: oiio.get_int_attribute(name) for name in CODEC_THREADS}
    seen: list[dict[str, int]] = []

    def make_one(number: int) -> bool:
        seen.append({name: oiio.get_int_attribute(name) for name in CODEC_THREADS})
        if number == 12:
            raise StageError(tmp_path, "is gone")
        return True

    with pytest.raises(StageError, match="is gone"):
        make(tmp_path, make_one, workers=2)

    assert seen == [CODEC_THREADS] * len(seen)
    assert {name: oiio.get_int_attribute(name) for name in CODEC_THREADS} == before


def test_no_frame_is_nothing(tmp_path: Path) -> None:
    """A range of which everything is there already."""
    making = make(tmp_path, lambda _: True, count=0, workers=3)

    assert (making.count, making.frames) == (0, "")
    making.require_whole(tmp_path, "recovered")


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    """A half of a frame goes before the first is made."""
    half = tmp_path / ".sh010_ML_0003.4711.tmp.exr"
    half.write_bytes(b"half")

    make(tmp_path, lambda _: half.exists(), count=1)

    assert not half.exists()


def test_parts_of_a_sequence_add_up() -> None:
    """The first frame and the others are one making."""
    making = Making(kept=[3], seconds=1.0)

    making.add(Making(written=[1, 2], failures=[FrameError("P", "is empty")], seconds=2.0))

    assert (making.count, making.frames, making.seconds) == (4, "1-3", 3.0)
