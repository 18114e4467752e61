"""What lies beside the frames: a disk that is tried again, a ledger, and who works on what."""

from __future__ import annotations

import errno
import json
import os
import platform
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chromaresolve.errors import DiskError, StageError
from chromaresolve.files import is_held, lock
from chromaresolve.recovery import claims, disk
from chromaresolve.recovery.claims import claim
from chromaresolve.recovery.disk import WAITS, require_writable, write_patiently
from chromaresolve.recovery.ledger import FOLDER, Ledger
from chromaresolve.shot import FrameRange
from tiny import quiet

SIZE = 3_000_000
"""Bytes of a frame: more than two pieces of the probe."""


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were waited for the disk, without waiting."""
    seconds: list[float] = []
    monkeypatch.setattr("chromaresolve.recovery.disk.time.sleep", seconds.append)
    return seconds


def refuse_probes(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the system refuse every file that is written to try it."""

    def refuse(_folder: Path, size: int) -> None:  # noqa: ARG001 - as it is called
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(disk, "_write_probe", refuse)


class Stumbling:
    """A disk that refuses so many frames, and then takes them."""

    def __init__(self, refusals: float) -> None:
        """Begin."""
        self.refusals, self.tried = refusals, 0

    def write(self) -> None:
        """Write a frame, or do not."""
        self.tried += 1
        if self.tried <= self.refusals:
            raise DiskError("SH010_ML_0001.exr", "cannot be written: Input/output error")


def test_folder_is_made_and_left_clean(tmp_path: Path) -> None:
    """A folder that takes files, with nothing left in it of the trying."""
    require_writable(tmp_path / "a/b")

    assert list((tmp_path / "a/b").iterdir()) == []


def test_folder_under_a_file_is_refused(tmp_path: Path) -> None:
    """No folder can be there."""
    (tmp_path / "a").write_text("a file")

    with pytest.raises(StageError, match="b: takes no frame: Not a directory: look whether the di"):
        require_writable(tmp_path / "a/b")


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        pytest.param(errno.ENOSPC, "No space left on device: make room there", id="full"),
        pytest.param(errno.EDQUOT, "Disk quota exceeded: make room there", id="quota"),
        pytest.param(errno.EFBIG, "File too large: make room there", id="file size"),
        pytest.param(
            errno.EROFS, "Read-only file system: get the right to write there, or", id="r"
        ),
        pytest.param(errno.EACCES, "Permission denied: get the right to write there, or", id="no"),
        pytest.param(errno.EIO, "Input/output error: look whether the disk is there, or", id="io"),
    ],
)
def test_disk_that_takes_nothing_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    """Before any work is done, in the system's words, with what to do."""
    refuse_probes(monkeypatch, number)

    with pytest.raises(StageError, match=f"takes no frame: {remedy}"):
        require_writable(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EROFS])
def test_full_disk_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waited: list[float], number: int
) -> None:
    """Waiting makes no room."""
    refuse_probes(monkeypatch, number)
    stumbling = Stumbling(9)

    with pytest.raises(StageError, match="takes no frame: "):
        write_patiently(stumbling.write, tmp_path, size=SIZE, say=quiet)

    assert (waited, stumbling.tried) == ([], 1)


@pytest.mark.parametrize("refusals", [0, 1, len(WAITS)])
def test_disk_that_stumbles_is_tried_again(
    tmp_path: Path, waited: list[float], refusals: int
) -> None:
    """The frame is written at last, and each new try was said."""
    said: list[str] = []
    stumbling = Stumbling(refusals)

    write_patiently(stumbling.write, tmp_path, size=SIZE, say=said.append)

    assert waited == list(WAITS[:refusals])
    assert len(said) == refusals
    assert all("Input/output error; trying again in" in sentence for sentence in said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        pytest.param(None, "cannot be written: Input/output error", id="the library's words"),
        pytest.param(errno.ESTALE, "Stale file handle", id="the system's words"),
    ],
)
def test_disk_that_is_gone_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    waited: list[float],
    number: int | None,
    reason: str,
) -> None:
    """After some seconds nobody waits any more, and one sentence says why."""
    if number is not None:
        refuse_probes(monkeypatch, number)

    with pytest.raises(StageError, match=rf"took no frame for 7.5 s \({reason}\): look whether"):
        write_patiently(Stumbling(99).write, tmp_path, size=SIZE, say=quiet)

    assert waited == list(WAITS)


def frame(out: Path, number: int) -> Path:
    """A frame's file."""
    return out / f"SH010_ML_{number:04d}.exr"


def note(ledger: Ledger, number: int, **changes: str) -> None:
    """Write a frame and its entry."""
    target = frame(ledger.out, number)
    target.write_bytes(bytes(number))
    entry = {"made_by": "model", "glance": f"plate {number}", "recipe": f"whole {number}"}
    ledger.add(number, target=target, numbers={"gamut_share": number / 7}, **{**entry, **changes})


def opened(out: Path) -> Ledger:
    """The ledger as another render finds it."""
    return Ledger.open(out, "SH010_ML")


def known(ledger: Ledger) -> list[int]:
    """The frames of which a ledger says that they are there."""
    entries = ledger.whole("model", lambda number: frame(ledger.out, number))
    return [entry.frame for entry in entries]


def test_ledger_tells_the_next_render(tmp_path: Path) -> None:
    """What was noted is found, with its numbers, and nothing else is."""
    ledger = opened(tmp_path)
    note(ledger, 3)

    again = opened(tmp_path)
    entry = again.find(3, "plate 3", frame(tmp_path, 3))

    assert entry is not None
    assert entry.numbers == {"gamut_share": 0.428571}
    assert entry == ledger.entries[3]
    assert again.find(3, "another plate", frame(tmp_path, 3)) is None
    assert again.find(4, "plate 4", frame(tmp_path, 4)) is None


def test_ledger_knows_a_frame_that_changed(tmp_path: Path) -> None:
    """Overwritten, touched or gone: the entry speaks of another file."""
    note(opened(tmp_path), 3)
    target = frame(tmp_path, 3)
    os.utime(target, ns=(1, 1))

    assert opened(tmp_path).find(3, "plate 3", target) is None
    assert known(opened(tmp_path)) == []
    target.unlink()
    assert opened(tmp_path).find(3, "plate 3", target) is None


def test_ledger_of_another_model_is_not_counted(tmp_path: Path) -> None:
    """Frames of an earlier model lie in the same folder until they are redone."""
    ledger = opened(tmp_path)
    note(ledger, 1, made_by="an earlier model")
    note(ledger, 2)

    assert known(opened(tmp_path)) == [2]


@pytest.mark.parametrize(
    "torn",
    [
        pytest.param(b'{"frame": 3, "made_by": "mo', id="cut off"),
        pytest.param(b'{"frame": 3}\n', id="too little"),
        pytest.param(b'{"frame": 3, "more": 1}\n', id="of another version"),
        pytest.param(b"[3]\n", id="a list"),
        pytest.param(b"3\n\n\0\0\0\xff\xff\n", id="a disk's rubbish"),
    ],
)
def test_torn_line_counts_for_nothing(tmp_path: Path, torn: bytes) -> None:
    """A kill in the middle of a line costs that line alone."""
    ledger = opened(tmp_path)
    note(ledger, 1)
    note(ledger, 2)
    with ledger.file.open("ab") as file:
        file.write(torn)

    assert known(opened(tmp_path)) == [1, 2]


def test_ledgers_of_a_farm_are_read_together(tmp_path: Path) -> None:
    """Each machine writes to its own; the last word on a frame holds."""
    first, second = opened(tmp_path), opened(tmp_path)
    note(first, 1)
    note(first, 2)
    note(second, 2)
    note(second, 3)
    os.utime(first.file, ns=(10**18, 10**18))
    os.utime(second.file, ns=(2 * 10**18, 2 * 10**18))

    assert first.file != second.file
    assert known(opened(tmp_path)) == [1, 2, 3]


def test_ledger_is_written_by_many_threads(tmp_path: Path) -> None:
    """Lines never run into each other."""
    ledger = opened(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: note(ledger, number), range(1, 101)))

    lines = ledger.file.read_text().splitlines()
    assert sorted(json.loads(line)["frame"] for line in lines) == list(range(1, 101))


def test_ledger_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """The frame is there and counts; the render stops with what to look at."""
    (tmp_path / FOLDER).write_text("a file where a folder must be")
    ledger = opened(tmp_path)

    with pytest.raises(StageError, match=r"jsonl: cannot be written: Not a directory: look at the"):
        note(ledger, 1)
    assert known(ledger) == [1]


def test_ledger_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    """A ledger that is not a file, or on a disk that fails: named, never a traceback."""
    (tmp_path / FOLDER / "SH010_ML/a.jsonl").mkdir(parents=True)

    with pytest.raises(StageError, match=r"a\.jsonl: cannot be read: Is a directory"):
        opened(tmp_path)


def claimed(out: Path, frames: str, stem: str = "SH010_ML") -> list[Path]:
    """Claim frames, and return the claims that lie there meanwhile."""
    with claim(out, stem, FrameRange.parse(frames)):
        return sorted((out / FOLDER / "claims").glob("*.claim"))


@pytest.fixture
def others(tmp_path: Path) -> Callable[[str], Path]:
    """The name of a claim that another render holds or held."""

    def other(stem: str) -> Path:
        return tmp_path / FOLDER / f"claims/{stem}.{platform.node()}.4711.claim"

    return other


def test_claim_names_its_frames_and_goes(tmp_path: Path) -> None:
    """While the render runs anyone can read which frames are its; afterwards nothing is left."""
    with claim(tmp_path, "SH010_ML", FrameRange.parse("1-5,9")):
        (file,) = (tmp_path / FOLDER / "claims").iterdir()
        holder, frames = file.read_text().splitlines()

        assert holder == f"process {os.getpid()} on {platform.node()}"
        assert frames == "1-5,9"
        assert is_held(file)

    assert list((tmp_path / FOLDER / "claims").iterdir()) == []


def test_same_frames_are_refused(tmp_path: Path, others: Callable[[str], Path]) -> None:
    """The frames that are another's are named, and by whom they are held."""
    with (
        lock(others("SH010_ML"), doing="recovering", note="3-8"),
        pytest.raises(
            StageError,
            match=rf"process {os.getpid()} on .* is already recovering frames 5,7 here: wait for "
            "it, stop it, or ask for other --frames",
        ),
    ):
        claimed(tmp_path, "1,5,7,20")


@pytest.mark.parametrize(
    ("stem", "held"),
    [
        pytest.param("SH010_ML", "1-2,4-8:2", id="other frames"),
        pytest.param("SH020_ML", "1-99", id="another shot"),
        pytest.param("SH010_ML_ACES", "1-99", id="another delivery"),
        pytest.param("SH010_ML", "no range", id="by an earlier version"),
    ],
)
def test_other_frames_are_allowed(
    tmp_path: Path, others: Callable[[str], Path], stem: str, held: str
) -> None:
    """The chunks of a farm share a folder."""
    with lock(others(stem), doing="recovering", note=held):
        assert len(claimed(tmp_path, "3,5")) == 2


def test_claim_of_a_render_that_ended_is_nobodys(
    tmp_path: Path, others: Callable[[str], Path]
) -> None:
    """Killed, or the machine lost its power: the file is there, nobody holds it, it goes."""
    left = others("SH010_ML")
    left.parent.mkdir(parents=True)
    left.write_text(f"process 1 on {platform.node()}\n1-99")

    assert len(claimed(tmp_path, "3-5")) == 1
    assert not left.exists()


def test_claims_are_made_one_at_a_time(tmp_path: Path) -> None:
    """Eight renders want the same frames at the same moment: one has them at any time."""
    inside, most, refused = 0, 0, 0
    together = threading.Barrier(8)

    def want(_number: int) -> None:
        nonlocal inside, most, refused
        together.wait(20)
        try:
            with claim(tmp_path, "SH010_ML", FrameRange.parse("1-9")):
                inside += 1
                most = max(most, inside)
                together.wait(20)
                inside -= 1
        except StageError:
            refused += 1
            together.wait(20)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(want, range(8)))

    assert (most, refused) == (1, 7)


def test_claiming_that_never_ends_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another render stands still while it claims: after some seconds it is said who."""
    monkeypatch.setattr(claims, "PATIENCE", 0.1)

    with (
        lock(tmp_path / FOLDER / "claims/claiming.lock", doing="claiming"),
        pytest.raises(StageError, match=f"process {os.getpid()} on .* is already claiming frames"),
    ):
        claimed(tmp_path, "1")
