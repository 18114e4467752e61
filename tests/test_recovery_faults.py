"""Killed, starved, refused, twice at once: the right frames, whole, and one clear sentence."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.errors import StageError
from chromaresolve.files import sha256
from chromaresolve.frames import read_rgb, write_rgb
from chromaresolve.shot import FrameRange
from ctrl_c import hear_ctrl_c
from tiny_model import (
    FRAMES,
    HEIGHT,
    WIDTH,
    hashes,
    noise,
    plate_file,
    recover_reel,
    recovered_file,
    rubbish,
    write_reel,
)

pytestmark = pytest.mark.slow

resource = pytest.importorskip("resource", reason="limits of a process are POSIX")

KILLS = 20
"""Random moments at which a render is killed."""

PATIENCE = 60.0
"""Seconds a child may take on a busy machine before a test gives up."""

ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}
"""The tests share the machine."""

STAND_STILL = """
import sys, time
from pathlib import Path
from chromaresolve.shot import FrameRange
from tiny_model import recover_reel

def tell(done, total, note):
    if done == 2:
        print("ready", flush=True)
        time.sleep(600)

root, out, frames = Path(sys.argv[1]), Path(sys.argv[2]), FrameRange.parse(sys.argv[3])
recover_reel(root, out, frames=frames, workers=1, on_progress=tell)
"""
"""A render that stands still after two frames."""

STAND_BY = """
import os, sys
from pathlib import Path
from tiny_model import recover_reel

print("ready", flush=True)
for line in sys.stdin:
    render = os.fork()
    if not render:
        recover_reel(Path(sys.argv[1]), Path(line.strip()), workers=2)
        os._exit(0)
    print(render, flush=True)
    sys.stdin.readline()
    os.waitpid(render, 0)
    print("ended", flush=True)
"""
"""Renders to one folder after the other, each in a process of its own that starts at once."""

LONG = 100
"""Frames of a render that lasts for seconds."""

FRAME_SECONDS = 0.03
"""About as long as a frame takes: kills come at any moment of it."""


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plates large enough that a render of seven is not over at once. Not to be changed."""
    return write_reel(tmp_path_factory.mktemp("reel"), size=(271, 401))


@pytest.fixture(scope="module")
def expected(reel: Path) -> dict[str, str]:
    """What an undisturbed render makes, by name."""
    recover_reel(reel, reel / "undisturbed")
    return hashes(reel / "undisturbed")


def words(root: Path, out: Path, *more: str) -> list[str]:
    """The command line of a render."""
    given = ["recover", "--model", root / "model.onnx", "--source", root / "plates/P_####.exr"]
    given += ["--out", out, "--provider", "cpu", *more]
    return [sys.executable, "-m", "chromaresolve", *map(str, given)]


def command(root: Path, out: Path, *more: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a render by the command line."""
    return subprocess.run(
        words(root, out, *more),
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=ONE_THREAD,
        **options,
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence that a refused render ends with."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert last.startswith("chromaresolve: ")
    return last


@contextmanager
def child(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a script in another process and wait until it is ready; end it in any case."""
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**ONE_THREAD, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        try:
            assert answer(process) == "ready"
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[str], line: object) -> str:
    """Write a line to a process, and return its answer."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return answer(process)


def answer(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A disk of its own, of so many bytes, where this machine lets us have one."""
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a disk of its own needs root and `mount`")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"this machine mounts no tmpfs: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    """Change a mounted disk."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def test_killed_at_any_moment_ends_with_the_same_files(
    reel: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    """Kill -9 at 20 random moments: each frame is whole or absent; run again, all are the same."""
    random = np.random.default_rng(20)
    left = []
    with child(STAND_BY, reel) as standing_by:
        for number in range(KILLS):
            out = tmp_path / f"killed {number}"
            render = int(ask(standing_by, out))
            wait_for_frames(out, int(random.integers(0, FRAMES)))
            time.sleep(random.uniform(0, FRAME_SECONDS))
            os.kill(render, signal.SIGKILL)  # if it has ended, its number is still its own
            assert ask(standing_by, "wait for it") == "ended"
            there = {path.name: sha256(path) for path in out.glob("sh010_ML_*.exr")}
            assert there == {name: expected[name] for name in there}, f"killed {number}"
            left.append(len(there))

            recover_reel(reel, out)

            assert hashes(out) == expected, f"killed {number}, with {left[-1]} frames there"
            assert rubbish(out) == []
    in_the_middle = sum(0 < count < FRAMES for count in left)
    assert in_the_middle >= KILLS // 2, f"the kills came at no awkward moments: {left}"


def wait_for_frames(out: Path, count: int) -> None:
    """Wait until so many frames are there."""
    until = time.monotonic() + PATIENCE
    while not out.is_dir() or len(list(out.glob("sh010_ML_*.exr"))) < count:
        assert time.monotonic() < until, f"{count} frames never came"
        time.sleep(0.001)


def test_ctrl_c_stops_between_frames(reel: Path, tmp_path: Path) -> None:
    """One sentence, exit status 130, no claim left; the same command goes on."""
    long, out = tmp_path / "long", tmp_path / "out"
    (long / "plates").mkdir(parents=True)
    (long / "model.onnx").symlink_to(reel / "model.onnx")
    for number in range(1, LONG + 1):
        plate_file(long, number).symlink_to(plate_file(reel, 1))
    with subprocess.Popen(
        words(long, out),
        stderr=subprocess.PIPE,
        text=True,
        env=ONE_THREAD,
        preexec_fn=hear_ctrl_c,  # noqa: PLW1509 - it sets one signal, and no thread is running
    ) as process:
        wait_for_frames(out, 2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130, said
    assert "stopped: run the same command again to go on" in said
    assert "Traceback" not in said
    there = [path for path in out.glob("*.exr") if np.isfinite(read_rgb(path)).all()]
    assert 2 <= len(there) < LONG
    assert rubbish(out) == []
    rendering = recover_reel(long, out)
    assert (len(rendering.making.kept), rendering.frames) == (len(there), LONG)


def test_file_size_limit_stops_cleanly(tmp_path: Path) -> None:
    """A disk that takes no file as large as the fourth frame: said, counted, and resumed."""
    root, out = write_reel(tmp_path), tmp_path / "out"
    write_rgb(plate_file(root, 4), noise(4, 2 * HEIGHT, 2 * WIDTH))
    recover_reel(root, root / "undisturbed")
    expected = hashes(root / "undisturbed")
    limit = 2 * recovered_file(root / "undisturbed", 1).stat().st_size

    done = command(
        root,
        out,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )

    sentence = refusal(done)
    count = len(list(out.glob("*.exr")))
    assert 1 <= count < FRAMES
    assert "takes no frame: File too large: make room there; " in sentence
    assert f"{count} of {FRAMES} frames are recovered and whole, and the same command" in sentence
    assert rubbish(out) == []
    assert command(root, out).returncode == 0
    assert hashes(out) == expected


def test_full_disk_stops_cleanly(reel: Path, expected: dict[str, str], tmp_path: Path) -> None:
    """A disk with room for some frames: those are whole, the rest follows once there is room."""
    size = sum(path.stat().st_size for path in (reel / "undisturbed").glob("*.exr"))
    with mounted(tmp_path / "disk", str(size * 4 // 7)) as folder:
        out = folder / "out"

        sentence = refusal(command(reel, out))

        assert "takes no frame: No space left on device: make room there; " in sentence
        frames = {name: v for name, v in hashes(out).items() if name.endswith(".exr")}
        assert frames == {name: expected[name] for name in frames}
        assert f"; {len(frames)} of {FRAMES} frames are recovered" in sentence
        assert len(frames) > 0
        assert rubbish(out) == []
        remount(folder, f"size={size * 2}")
        assert command(reel, out).returncode == 0
        assert hashes(out) == expected


def test_disk_full_to_the_last_page_is_a_sentence(reel: Path, tmp_path: Path) -> None:
    """However little room is left, for a claim, a line of the ledger or nothing: one sentence."""
    for pages in range(8):
        with mounted(tmp_path / f"disk {pages}", "64k") as folder:
            fill(folder, pages * 4096)
            with pytest.raises(StageError, match="No space left on device") as caught:
                recover_reel(reel, folder)
            assert "\n" not in str(caught.value)
            assert not list(folder.glob("*.exr"))


def fill(folder: Path, left: int) -> None:
    """Fill a disk but for so many bytes."""
    free = shutil.disk_usage(folder).free
    (folder / "filler").write_bytes(bytes(free - left))


def test_read_only_output_is_refused_before_any_work(reel: Path, tmp_path: Path) -> None:
    """At once, naming the folder and the way out."""
    with mounted(tmp_path / "disk", "1m") as folder:
        remount(folder, "ro")

        sentence = refusal(command(reel, folder / "out"))

    assert f"{folder}/out: takes no frame: Read-only file system: get the right to" in sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_the_right_to_write_is_refused(reel: Path, tmp_path: Path) -> None:
    """Another's folder."""
    out = tmp_path / "out"
    out.mkdir(mode=0o555)

    assert "takes no frame: Permission denied: get the right to" in refusal(command(reel, out))


def test_two_renders_share_a_folder_not_a_frame(
    reel: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    """The same frames are refused, others are allowed, and a killed render's are taken over."""
    out = tmp_path / "out"
    with child(STAND_STILL, reel, out, "1-4") as other:
        sentence = refusal(command(reel, out, "--frames", "3-7"))
        assert f"process {other.pid} on " in sentence
        assert "is already recovering frames 3-4 here: wait for it, stop it, or ask" in sentence
        assert not recovered_file(out, 5).exists()

        assert command(reel, out, "--frames", "5-7").returncode == 0
        assert recovered_file(out, 5).exists()

        other.kill()
        other.wait()
        done = command(reel, out)

    assert done.returncode == 0, done.stderr
    assert hashes(out) == expected
    assert rubbish(out) == []


def test_two_renders_of_other_frames_at_once_lose_nothing(
    reel: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    """Two machines, even and odd frames, into one folder; then one look gathers all."""
    out = tmp_path / "out"
    chunks = [
        subprocess.Popen(
            words(reel, out, "--frames", frames), env=ONE_THREAD, stderr=subprocess.DEVNULL
        )
        for frames in ("1-7:2", "2-6:2")
    ]
    assert [chunk.wait(PATIENCE) for chunk in chunks] == [0, 0]

    rendering = recover_reel(reel, out)

    assert rendering.making.kept == list(FrameRange.parse(f"1-{FRAMES}"))
    assert hashes(out) == expected
