"""Files: whole or absent, also for a program killed in the middle; one program at a time."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chromaresolve import files
from chromaresolve.errors import FrameError, StageError
from chromaresolve.files import (
    TEMPORARY_NAME,
    is_held,
    lock,
    sha256,
    shipped,
    sweep,
    whole,
    write_bytes,
    write_text,
)

FIPS_180_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""SHA-256 of the three bytes "abc": FIPS 180-4's own example."""

PATIENCE_SECONDS = 20.0
"""How long a child may take to start on a busy machine before a test gives up."""

WRITE_HALF = """
import sys, time
from pathlib import Path
from chromaresolve.files import whole
with whole(Path(sys.argv[1])) as temporary:
    with temporary.open("wb") as file:
        file.write(b"half a")
        file.flush()
        print("ready", flush=True)
        time.sleep(60)
"""
"""A writer that stops in the middle of its frame."""

WRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from chromaresolve.files import write_bytes
print("ready", flush=True)
for letter in itertools.cycle((b"a", b"b")):
    write_bytes(Path(sys.argv[1]), letter * 1_000_000)
"""
"""A writer that puts one whole file in place of another, as fast as it can."""

HOLD_LOCK = """
import sys, time
from pathlib import Path
from chromaresolve.files import lock
with lock(Path(sys.argv[1]), doing="training"):
    print("ready", flush=True)
    time.sleep(60)
"""
"""A training that goes on."""

RACE = """
import sys
from pathlib import Path
from chromaresolve.errors import StageError
from chromaresolve.files import lock
path, inside, held = Path(sys.argv[1]), Path(sys.argv[2]), 0
print("ready", flush=True)
sys.stdin.readline()
for _ in range(300):
    try:
        with lock(path, doing="training"):
            inside.touch(exist_ok=False)
            inside.unlink()
            held += 1
    except StageError as error:
        assert "is already training this shot" in str(error), error
print(held)
"""
"""A program that wants the lock again and again, and finds out if another is inside with it."""


@contextmanager
def child(script: str, *arguments: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a script in another process and wait until it is ready; end it in any case."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def test_whole_puts_the_file_in_place(tmp_path: Path) -> None:
    """What was written under the temporary name stands under the final one, and nothing beside."""
    file = tmp_path / "recovered" / "a.0001.exr"

    with whole(file) as temporary:
        temporary.write_bytes(b"frame")
        assert temporary.name == f".a.0001.{os.getpid()}.tmp.exr"
        assert temporary.parent == file.parent
        assert not file.exists()

    assert file.read_bytes() == b"frame"
    assert names(file.parent) == ["a.0001.exr"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, SystemExit])
def test_whole_leaves_what_was_there_when_writing_fails(
    tmp_path: Path, error: type[BaseException]
) -> None:
    """A full disk, Ctrl-C, anything: the old file stays, the half one goes."""
    file = tmp_path / "a.exr"
    file.write_bytes(b"before")

    def write_half() -> None:
        with whole(file) as temporary:
            temporary.write_bytes(b"half a")
            raise error

    with pytest.raises(error):
        write_half()

    assert file.read_bytes() == b"before"
    assert names(tmp_path) == ["a.exr"]


def test_whole_takes_a_writer_that_replaces_its_file(tmp_path: Path) -> None:
    """Some libraries write beside the name they are given, and move: safetensors is one."""
    file = tmp_path / "latest.safetensors"

    with whole(file) as temporary:
        (tmp_path / "elsewhere").write_bytes(b"tensors")
        (tmp_path / "elsewhere").replace(temporary)

    assert file.read_bytes() == b"tensors"
    assert names(tmp_path) == ["latest.safetensors"]


def test_whole_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut the file is whole too: its content is flushed first, then it is moved."""
    file, flushed = tmp_path / "a.exr", []
    fsync = os.fsync

    def watch(descriptor: int) -> None:
        fsync(descriptor)
        flushed.append((os.fstat(descriptor).st_size, file.exists()))

    monkeypatch.setattr(os, "fsync", watch)
    write_bytes(file, b"frame")

    assert flushed == [(len(b"frame"), False)]


def test_kill_in_the_middle_leaves_no_half_file(tmp_path: Path) -> None:
    """After kill -9: no file under the final name, and the next start sweeps what is left."""
    file = tmp_path / "a.0001.exr"
    with child(WRITE_HALF, file) as writer:
        half = tmp_path / f".a.0001.{writer.pid}.tmp.exr"
        assert half.read_bytes() == b"half a"
        assert sweep(tmp_path) == [], "its writer is at work"

        writer.kill()
        writer.wait()

        assert not file.exists()
        assert sweep(tmp_path) == [half]
        assert names(tmp_path) == []


def test_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    """What stands there is one of the two contents, never a mixture and never a part."""
    file = tmp_path / "a.exr"
    for moment in range(5):
        with child(WRITE_FOR_EVER, file) as writer:
            wait_for(file)
            time.sleep(0.013 * moment)
            writer.kill()
            writer.wait()

        content = file.read_bytes()
        assert content in (b"a" * 1_000_000, b"b" * 1_000_000)
    sweep(tmp_path)
    assert names(tmp_path) == ["a.exr"]


def test_sweep_goes_by_the_writer_not_by_its_number(tmp_path: Path) -> None:
    """Numbers are given out again: the process of that number runs, but it is not the writer."""
    left_by_another = tmp_path / f".a.0001.{os.getpid()}.tmp.exr"
    left_by_another.write_bytes(b"half a")

    assert sweep(tmp_path) == [left_by_another]
    assert not left_by_another.exists()


def test_sweep_leaves_everything_else(tmp_path: Path) -> None:
    """Plates, hidden files and other programs' temporary files are not ours to remove."""
    others = [
        "a.0001.exr", ".a.0001.exr", ".hidden", "a.4711.tmp.exr", ".a.tmp.exr", ".a.x.tmp.exr",
        ".a.4711.tmp.tar.gz", ".4711.tmp.exr",
    ]  # fmt: skip
    for name in others:
        (tmp_path / name).touch()
    (tmp_path / ".folder.4711.tmp.d").mkdir()

    assert sweep(tmp_path) == []
    assert names(tmp_path) == sorted([*others, ".folder.4711.tmp.d"])


def test_sweep_of_a_folder_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    """The first start finds no folder yet."""
    assert sweep(tmp_path / "recovered") == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a.0001.exr", id="frame"),
        pytest.param("shot.toml", id="manifest"),
        pytest.param("PLATE", id="no suffix"),
        pytest.param(".hidden.json", id="hidden"),
        pytest.param("a b.0001.tar.gz", id="two suffixes"),
    ],
)
def test_temporary_name_is_known_again(tmp_path: Path, name: str) -> None:
    """Whatever is written, sequences pass its temporary name over and `sweep` finds it."""
    with whole(tmp_path / name) as temporary:
        temporary.touch()

        assert TEMPORARY_NAME.match(temporary.name)
        assert not TEMPORARY_NAME.match(name)


def test_text_is_utf8_with_line_feeds(tmp_path: Path) -> None:
    """The same bytes on every machine."""
    write_text(tmp_path / "a.toml", 'film = "L\'été"\n')

    assert (tmp_path / "a.toml").read_bytes() == b'film = "L\'\xc3\xa9t\xc3\xa9"\n'


def test_disk_that_takes_nothing_is_a_sentence(tmp_path: Path) -> None:
    """Where a folder should be there is a file: said in one line, with what to look at."""
    (tmp_path / "training").write_text("a file")

    with pytest.raises(StageError, match=r"cannot be written: .*: look at the disk's space"):
        write_bytes(tmp_path / "training" / "plan.json", b"{}")
    with (
        pytest.raises(StageError, match=r"training\.lock: cannot be written: "),
        lock(tmp_path / "training" / "training.lock", doing="training"),
    ):
        pass


def test_sha256_gives_the_published_value(tmp_path: Path) -> None:
    """FIPS 180-4's example, and a file larger than any buffer against the standard library."""
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"abc")
    large.write_bytes(bytes(range(251)) * 20_000)

    assert sha256(small) == FIPS_180_ABC
    assert sha256(large) == hashlib.sha256(large.read_bytes()).hexdigest()


def test_sha256_names_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """One frame that is gone does not stop the others: it is a frame's error."""
    with pytest.raises(FrameError, match=r"a\.exr: cannot be read: No such file"):
        sha256(tmp_path / "a.exr")


def test_lock_names_its_holder_and_goes_away(tmp_path: Path) -> None:
    """While it is held anyone can read by whom; afterwards it is gone."""
    path = tmp_path / "training" / "training.lock"

    with lock(path, doing="training"):
        assert path.read_text().startswith(f"process {os.getpid()} on ")

    assert names(path.parent) == []


def test_lock_goes_away_when_the_work_fails(tmp_path: Path) -> None:
    """An error inside leaves no lock behind."""

    def fail() -> None:
        with lock(tmp_path / "training.lock", doing="training"):
            raise StageError("training", "no pair teaches")

    with pytest.raises(StageError, match="no pair teaches"):
        fail()

    assert names(tmp_path) == []


def test_lock_is_refused_while_another_holds_it(tmp_path: Path) -> None:
    """The sentence names the process, and the lock stays its own."""
    path = tmp_path / "training.lock"
    with child(HOLD_LOCK, path) as holder:
        refused = rf"process {holder.pid} on .* is already training this shot: wait for it, or stop"
        for _ in range(2):
            with pytest.raises(StageError, match=refused), lock(path, doing="training"):
                pass


def test_lock_is_refused_within_one_program(tmp_path: Path) -> None:
    """The same program twice is still two trainings in one folder."""
    path = tmp_path / "training.lock"

    with lock(path, doing="training"):
        with (
            pytest.raises(StageError, match=f"process {os.getpid()} on "),
            lock(path, doing="training"),
        ):
            pass
        assert path.exists()


def test_lock_of_a_killed_program_is_taken_over(tmp_path: Path) -> None:
    """After kill -9 the next start goes on; nothing needs to be removed by hand."""
    path = tmp_path / "training.lock"
    with child(HOLD_LOCK, path) as holder:
        holder.kill()
        holder.wait()
        assert path.exists()

        with lock(path, doing="training"):
            assert path.read_text().startswith(f"process {os.getpid()} on ")

    assert names(tmp_path) == []


def test_lock_file_left_behind_is_nobodys(tmp_path: Path) -> None:
    """A number in a file proves nothing: this one is a running process that holds no lock."""
    path = tmp_path / "training.lock"
    path.write_text(f"process {os.getppid()} on a machine that was started again")

    with lock(path, doing="training"):
        pass

    assert names(tmp_path) == []


def test_lock_sweeps_what_a_killed_program_was_writing(tmp_path: Path) -> None:
    """The half of a file beside the lock goes when its work is taken up again."""
    (tmp_path / ".plan.4711.tmp.json").write_text('{"half')

    with lock(tmp_path / "training.lock", doing="training"):
        assert names(tmp_path) == ["training.lock"]


def test_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    """Three programs race for it 900 times: no two are ever inside together."""
    path, inside = tmp_path / "training.lock", tmp_path / "inside"
    with (
        child(RACE, path, inside) as a,
        child(RACE, path, inside) as b,
        child(RACE, path, inside) as c,
    ):
        for racer in (a, b, c):
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        held = [int(racer.communicate(timeout=PATIENCE_SECONDS)[0]) for racer in (a, b, c)]

        assert [racer.returncode for racer in (a, b, c)] == [0, 0, 0]
        assert min(held) > 0
    assert names(tmp_path) == []


def test_disk_without_locks_is_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Some network disks have none: files are whole all the same, and a warning says the rest."""

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", no_locks)
    left = tmp_path / ".a.4711.tmp.exr"
    left.touch()
    write_text(tmp_path / "a.json", "{}")

    with caplog.at_level(logging.WARNING), lock(tmp_path / "a.lock", doing="training"):
        assert (tmp_path / "a.lock").exists()

    assert "cannot be locked" in caplog.text
    assert names(tmp_path) == [left.name, "a.json"], "who writes it cannot be known"


def test_lock_holds_a_note_on_a_line_of_its_own(tmp_path: Path) -> None:
    """What the work is on stands below its holder, for others to read."""
    path = tmp_path / "a.claim"
    path.write_text("a much longer note of a program that was killed\n" * 3)

    with lock(path, doing="recovering", note="1-5,9"):
        assert path.read_text().partition("\n")[2] == "1-5,9"


def test_lock_is_held_as_long_as_its_holder_runs(tmp_path: Path) -> None:
    """Asked for by another process, without disturbing it; after kill -9 nobody holds it."""
    path = tmp_path / "a.claim"
    assert not is_held(path)

    with child(HOLD_LOCK, path) as holder:
        assert is_held(path)
        assert is_held(path)
        holder.kill()
        holder.wait()

        assert path.exists()
        assert not is_held(path)


@contextmanager
def no_room() -> Iterator[None]:
    """Let every file be too large for its disk for a while; the system raises EFBIG."""
    resource = pytest.importorskip("resource", reason="limits of a process are POSIX")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_lock_on_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    """There is room for the name, but not for a word in the file."""
    path = tmp_path / "a.claim"

    with (
        no_room(),
        pytest.raises(StageError, match=r"a\.claim: cannot be written: File too large: look at"),
        lock(path, doing="recovering"),
    ):
        pass

    assert not is_held(path)
    assert names(tmp_path) == []


def test_lock_on_a_disk_that_is_gone_hides_no_error(tmp_path: Path) -> None:
    """What went wrong is said, not that the lock could not be removed."""
    folder = tmp_path / "share"

    def lose_the_disk() -> None:
        with lock(folder / "a.claim", doing="recovering"):
            folder.rename(tmp_path / "gone")
            folder.write_text("what the folder was mounted on")
            raise StageError(folder, "took no frame")

    with pytest.raises(StageError, match="took no frame"):
        lose_the_disk()


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(entry.name for entry in folder.iterdir())


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.001)


def test_shipped_folders_are_found_in_a_wheel_and_in_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the package, else beside `src`; else the tool is not whole."""
    package = tmp_path / "src/chromaresolve"
    package.mkdir(parents=True)
    monkeypatch.setattr(files, "__file__", str(package / "files.py"))

    with pytest.raises(StageError, match="is missing: install ChromaResolve again"):
        shipped("dctl")
    (tmp_path / "dctl").mkdir()
    assert shipped("dctl") == tmp_path / "dctl"
    (package / "dctl").mkdir()
    assert shipped("dctl") == package / "dctl"
