"""A render: the same files whatever happens on the way, nothing twice, nothing lost, all said."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import onnxruntime as ort
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from chromaresolve.cli import main
from chromaresolve.errors import DiskError, ModelError, StageError
from chromaresolve.frames import Rgb, Sequence, read_frame, read_rgb, write_frame, write_rgb
from chromaresolve.recovery import Wish, disk, frame, sizing, starting
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.ledger import FOLDER
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.proving import ON_CPU
from chromaresolve.recovery.starting import Work, start
from chromaresolve.shot import FrameRange
from tiny import quiet, still
from tiny_model import (
    FRAMES,
    Off,
    hashes,
    noise,
    on_device,
    plate_file,
    recover_reel,
    recovered_file,
    rubbish,
    write_model,
    write_reel,
)

HALF_STEP = 2**-9
"""The largest step between two halves below 2, twice: 1e-6 in chroma may move a value by one."""

PATIENCE = 20.0
"""Seconds that a thread waits for the others before the test gives up."""


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven plates and a model of them. Not to be changed."""
    return write_reel(tmp_path_factory.mktemp("reel"))


@pytest.fixture(scope="module")
def expected(reel: Path) -> dict[str, str]:
    """What an undisturbed render of one frame after the other makes, by name."""
    recover_reel(reel, reel / "undisturbed", workers=1)
    return hashes(reel / "undisturbed")


@pytest.fixture
def mine(reel: Path, tmp_path: Path) -> Path:
    """The reel's plates and model, to be changed."""
    shutil.copytree(reel / "plates", tmp_path / "reel/plates")
    shutil.copy(reel / "model.onnx", tmp_path / "reel")
    return tmp_path / "reel"


def forbid(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let these steps of a frame fail the test if they are taken."""
    for name in names:

        def refuse(*_args: object, _name: str = name, **_options: object) -> None:
            raise AssertionError(f"{_name} was called")

        monkeypatch.setattr(frame, name, refuse)


def never_sleep(monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """Do something in place of waiting for the disk."""
    monkeypatch.setattr("chromaresolve.recovery.disk.time.sleep", lambda _: then())


def frames_in(out: Path) -> list[int]:
    """The numbers of the frames that are there."""
    return [int(path.stem[-4:]) for path in sorted(out.glob("*.exr"))]


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_files_are_the_same_however_many_at_once(
    reel: Path, expected: dict[str, str], tmp_path: Path, workers: int
) -> None:
    """To the bit, and the sidecar too."""
    rendering = recover_reel(reel, tmp_path, workers=workers)

    assert hashes(tmp_path) == expected
    assert sorted(rendering.making.written) == list(range(1, FRAMES + 1))
    assert rendering.frames == FRAMES
    assert rubbish(tmp_path) == []


def test_never_more_frames_in_memory_than_workers(
    reel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plates and finished frames are counted while they live: three workers, three frames."""
    alive: list[str] = []
    most = 0
    together = threading.Barrier(3)
    recover_frame = frame.recover_frame

    def live(name: str, pixels: Rgb) -> None:
        nonlocal most
        alive.append(name)
        weakref.finalize(pixels, alive.remove, name)
        most = max(most, len(set(alive)))

    def read(path: Path) -> Any:
        plate = read_frame(path)
        live(path.name, plate.rgb)
        return plate

    def recover(*args: Any, **options: Any) -> Any:
        name = args[2].header.path.name
        if name != "P_0001.exr":  # the first is made alone
            together.wait(PATIENCE)
        finished = recover_frame(*args, **options)
        live(name, finished.frame.rgb)
        return finished

    monkeypatch.setattr(frame, "read_frame", read)
    monkeypatch.setattr(frame, "recover_frame", recover)

    recover_reel(reel, tmp_path, workers=3)

    assert most == 3
    assert alive == []


def test_second_render_reads_no_pixel(
    reel: Path, expected: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done is known at a glance: no file is opened for it."""
    recover_reel(reel, tmp_path)
    forbid(monkeypatch, "read_frame", "read_rgb", "sha256", "write_frame")

    rendering = recover_reel(reel, tmp_path)

    assert rendering.making.kept == list(range(1, FRAMES + 1))
    assert hashes(tmp_path) == expected


def lose_the_ledger(root: Path) -> Path:
    """Somebody copied the frames alone."""
    shutil.rmtree(root / "out" / FOLDER)
    return root


def tear_the_ledger(root: Path) -> Path:
    """The power went while a line was written."""
    (ledger,) = (root / "out" / FOLDER / "sh010_ML").iterdir()
    ledger.write_bytes(ledger.read_bytes()[:-100])
    return root


def copy_the_folder(root: Path) -> Path:
    """All was copied to another disk, and every file has another time."""
    return Path(shutil.copytree(root, root.with_name("copy"), copy_function=shutil.copy))


def touch_the_plates(root: Path) -> Path:
    """The plates were copied again, and are the same."""
    for plate in (root / "plates").iterdir():
        os.utime(plate, ns=(1, 1))
    return root


@pytest.mark.parametrize(
    "change",
    [lose_the_ledger, tear_the_ledger, copy_the_folder, touch_the_plates],
    ids=lambda change: change.__name__,
)
def test_frames_that_are_true_are_never_made_again(
    mine: Path,
    expected: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], Path],
) -> None:
    """What a glance cannot tell a thorough look does; then the ledger knows it again."""
    recover_reel(mine, mine / "out", workers=1)
    root = change(mine)
    forbid(monkeypatch, "recover_frame", "write_frame")

    thorough = recover_reel(root, root / "out")
    forbid(monkeypatch, "read_rgb")
    quick = recover_reel(root, root / "out")

    assert sorted(thorough.making.kept) == quick.making.kept == list(range(1, FRAMES + 1))
    assert thorough.means == quick.means
    assert hashes(root / "out") == expected


@pytest.mark.parametrize(
    "kept", [pytest.param(200, id="in its header"), pytest.param(-2000, id="in its pixels")]
)
def test_frame_that_is_cut_off_is_made_again(
    reel: Path, expected: dict[str, str], tmp_path: Path, kept: int
) -> None:
    """Its header may say that it is done; its pixels are read before that is believed."""
    recover_reel(reel, tmp_path)
    broken = recovered_file(tmp_path, 5)
    broken.write_bytes(broken.read_bytes()[:kept])

    assert recover_reel(reel, tmp_path).making.written == [5]
    assert hashes(tmp_path) == expected


def test_chunks_come_together_in_any_order(
    reel: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    """A farm's chunks, one of them lost and one done twice: the same files, the same sidecar."""
    for chunk in ("5-7", "1-2", "5-7", "3-4"):
        recover_reel(reel, tmp_path, frames=FrameRange.parse(chunk))
    recovered_file(tmp_path, 2).unlink()
    recover_reel(reel, tmp_path, frames=FrameRange.parse("1-2"))

    rendering = recover_reel(reel, tmp_path)

    assert rendering.making.kept == list(range(1, FRAMES + 1))
    assert hashes(tmp_path) == expected


def test_changed_plate_and_changed_model_are_noticed(mine: Path) -> None:
    """Only what was made of something else is made again."""
    out = mine / "out"
    recover_reel(mine, out)
    write_rgb(plate_file(mine, 3), noise(33))

    assert recover_reel(mine, out).making.written == [3]
    write_model(mine / "model.onnx", seed=2)
    assert len(recover_reel(mine, out).making.written) == FRAMES


def run_dying(after: int, words: str) -> Callable[..., Any]:
    """A session's run that fails for good after so many runs."""
    run = ort.InferenceSession.run
    runs = 0

    def run_or_die(*args: Any, **options: Any) -> Any:
        nonlocal runs
        runs += 1
        if runs > after:
            raise ort_errors.Fail(words)
        return run(*args, **options)

    return run_or_die


@pytest.mark.parametrize("workers", [1, 3])
def test_provider_that_dies_half_way_loses_no_frame(
    reel: Path, expected: dict[str, str], tmp_path: Path, *, workers: int
) -> None:
    """What was recovered is whole, the sentence says how much; the same command goes on."""
    failed = r"cpu: failed while running the model \(CUDA failure 700: illegal\)"
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(ort.InferenceSession, "run", run_dying(4, "CUDA failure 700:\nillegal"))
        with pytest.raises(StageError, match=failed):
            recover_reel(reel, tmp_path, workers=workers)
    there = hashes(tmp_path)
    assert there == {name: expected[name] for name in there}
    assert frames_in(tmp_path) != []
    assert rubbish(tmp_path) == []

    rendering = recover_reel(reel, tmp_path, workers=workers)

    assert len(rendering.making.kept) == len(there)
    assert hashes(tmp_path) == expected


def test_stopped_render_counts_its_frames(
    reel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four were there, and nothing is said of the other three but that they are to do."""
    monkeypatch.setattr(ort.InferenceSession, "run", run_dying(4, "gone"))

    with pytest.raises(StageError) as caught:
        recover_reel(reel, tmp_path, workers=1)

    sentence = str(caught.value)
    assert "; 4 of 7 frames are recovered and whole, and the same command goes on" in sentence
    assert "\n" not in sentence
    assert frames_in(tmp_path) == [1, 2, 3, 4]


def test_provider_that_turns_to_nan_writes_none_of_it(
    reel: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    """A card that goes bad on the way: its frames are named as failed, and none is on the disk."""
    run, runs, said = ort.InferenceSession.run, list[int](), list[str]()

    def run_or_spoil(*args: Any, **options: Any) -> Any:
        runs.append(1)
        (chroma,) = run(*args, **options)
        return [chroma * np.float32("nan" if len(runs) > 4 else 1)]

    with pytest.MonkeyPatch.context() as spoiling:
        spoiling.setattr(ort.InferenceSession, "run", run_or_spoil)
        with pytest.raises(StageError, match="3 of 7 frames could not be recovered"):
            recover_reel(reel, tmp_path, workers=1, say=said.append)

    assert frames_in(tmp_path) == [1, 2, 3, 4]
    assert len([sentence for sentence in said if "pixels that are not numbers" in sentence]) == 3
    assert recover_reel(reel, tmp_path).making.written == [5, 6, 7]
    assert hashes(tmp_path) == expected


def test_plate_of_another_size_is_recovered_in_its_own(mine: Path) -> None:
    """A proxy among the plates: its frame is as large as it is, and the others are as ever."""
    write_rgb(plate_file(mine, 3), noise(3, 33, 51))

    recover_reel(mine, mine / "out", workers=2)

    sizes = {read_rgb(recovered_file(mine / "out", number)).shape for number in (2, 4)}
    assert sizes == {(45, 63, 3)}
    assert read_rgb(recovered_file(mine / "out", 3)).shape == (33, 51, 3)


def test_provider_out_of_memory_goes_on_in_tiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said once, and the picture is the same."""
    root = write_reel(tmp_path, frames=3, size=(300, 420))
    recover_reel(root, root / "whole")
    run, said = ort.InferenceSession.run, list[str]()

    def run_short(*args: Any, **options: Any) -> Any:
        _, _, height, width = args[2]["plate"].shape
        if height * width > 300 * 300:
            raise ort_errors.RuntimeException("BFCArena: Failed to allocate memory of size 7")
        return run(*args, **options)

    monkeypatch.setattr(ort.InferenceSession, "run", run_short)

    recover_reel(root, root / "tiled", workers=2, say=said.append)

    assert [sentence for sentence in said if "out of memory" in sentence] == [
        "out of memory at 420 pixels: going on in tiles of 256"
    ]
    for number in (1, 2, 3):
        whole, tiled = (
            read_rgb(recovered_file(root / kind, number)) for kind in ("whole", "tiled")
        )
        off = np.abs(whole - tiled).max()
        assert off <= HALF_STEP, f"frame {number} is {off:.2g} off"


def test_interrupted_render_goes_on(reel: Path, expected: dict[str, str], tmp_path: Path) -> None:
    """Ctrl-C: what is there is whole, no claim is left, and the same command goes on."""

    def interrupt(done: int, _total: int, _note: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recover_reel(reel, tmp_path, workers=2, on_progress=interrupt)
    there = hashes(tmp_path)
    assert there == {name: expected[name] for name in there}
    assert rubbish(tmp_path) == []

    recover_reel(reel, tmp_path)

    assert hashes(tmp_path) == expected


def spoil_plates(root: Path) -> None:
    """One plate cut off, one that is text, one with NaN, one gone."""
    openexr = pytest.importorskip("OpenEXR", reason="writes NaN: it comes with the extra `dev`")
    cut = plate_file(root, 1)
    cut.write_bytes(cut.read_bytes()[:-2000])
    plate_file(root, 3).write_text("a shopping list")
    pixels = noise(4).astype(np.float16)
    pixels[5, 6] = np.nan
    channels = {name: np.ascontiguousarray(pixels[..., i]) for i, name in enumerate("RGB")}
    header = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}
    openexr.File(header, channels).write(str(plate_file(root, 4)))
    plate_file(root, 6).unlink()


SPOILED = {
    1: "P_0001.exr: picture is truncated or damaged",
    3: "P_0003.exr: is not an EXR, DPX, TIFF or PNG file",
    4: "P_0004.exr: not finite (NaN or Inf) in 1 pixel, the first at column 6, row 5",
    6: "no frame 6: there are 1-5,7",
}
"""What is said of each."""


@pytest.mark.parametrize("workers", [1, 3])
def test_bad_plates_cost_no_other(mine: Path, expected: dict[str, str], *, workers: int) -> None:
    """Each is named with what is wrong; the others are as ever; mended, they follow."""
    good = Path(shutil.copytree(mine, mine.with_name("good")))
    spoil_plates(mine)
    said: list[str] = []
    out = mine / "out"

    with pytest.raises(StageError, match="4 of 7 frames could not be recovered, the first: "):
        recover_reel(mine, out, workers=workers, frames=FrameRange.parse("1-7"), say=said.append)

    for problem in SPOILED.values():
        assert any(problem in sentence for sentence in said), problem
    assert frames_in(out) == [2, 5, 7]
    there = {name: value for name, value in hashes(out).items() if name.endswith(".exr")}
    assert there == {name: expected[name] for name in there}
    sidecar = json.loads((out / "sh010_ML.json").read_text())
    assert (sidecar["frames"], len(sidecar["measured"]["failed"])) == ("2,5,7", 4)
    assert rubbish(out) == []

    shutil.copytree(good / "plates", mine / "plates", dirs_exist_ok=True)
    recover_reel(mine, out, workers=workers)
    assert hashes(out) == expected


@pytest.fixture
def lying(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Off]:
    """Let a provider that is not the processor be chosen, with chroma that is off by so much."""

    def lie(by: float, at: tuple[int, ...] = (0, 0, 3, 3)) -> Off:
        honest = SimpleNamespace()  # its slots are known when it is opened
        runner = Off(cast("Model", honest), by, at)

        def open_elsewhere(path: Path, _provider: object, **_options: object) -> Model:
            model = Model.open(path, ON_CPU)
            honest.slots = model.slots
            return on_device(model, runner)

        provider = dataclasses.replace(ON_CPU, name="openvino")
        monkeypatch.setattr(starting, "choose_provider", lambda _: provider)
        monkeypatch.setattr(starting, "Model", SimpleNamespace(open=open_elsewhere))
        return runner

    return lie


@pytest.mark.parametrize("by", [2e-5, np.nan])
def test_provider_with_other_numbers_renders_nothing(
    reel: Path, tmp_path: Path, lying: Callable[..., Off], by: float
) -> None:
    """It is held against the processor before the first frame."""
    lying(by)

    with pytest.raises(StageError, match="openvino: gives other numbers than the processor"):
        recover_reel(reel, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_provider_is_proven_on_the_first_plate_that_can_be_read(
    mine: Path, lying: Callable[..., Off]
) -> None:
    """A first plate that is broken does not let an unproven provider at the others."""
    lying(1.0)
    plate_file(mine, 1).write_bytes(b"")

    with pytest.raises(StageError, match="openvino: gives other numbers than the processor"):
        recover_reel(mine, mine / "out")

    assert frames_in(mine / "out") == []


def test_full_precision_model_is_its_own_proof(mine: Path, lying: Callable[..., Off]) -> None:
    """Another model that happens to lie beside it is not what it is compared with."""
    lying(0.0)
    model = write_model(mine / "other.onnx", seed=3, checkpoint="another")
    said: list[str] = []

    start(work(mine, model=model), provider="auto", workers=1, tile=0, say=said.append)

    assert "openvino in float32: 0.0e+00 from the processor's float32 at most" in said


def work(root: Path, **changes: Any) -> Work:
    """The work that the reel is."""
    plates = Sequence.find("plates/P_####.exr", root)
    whole = Work(
        model=root / "model.onnx",
        exact=root / "model.onnx",
        delivery=Delivery(),
        plates=plates,
        luma_plates=plates,
        frames=FrameRange.of(plates.frames),
        out=root / "out",
    )
    return dataclasses.replace(whole, **changes)


def test_device_without_room_for_whole_plates_takes_pieces(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be made ready for whole plates runs plates of any size, and tiles of them."""

    def refuse(*_: object) -> None:
        raise MemoryError("CUDA failure 2: out of memory")

    monkeypatch.setattr(Model, "for_size", refuse)

    started = start(work(mine), provider="cpu", workers=1, tile=0, say=quiet)

    assert started.model.run(noise(1)).shape == (45, 63, 2)


def test_model_of_another_shot_is_refused(mine: Path) -> None:
    """A model is over-trained on its own shot; on another it is wrong everywhere."""
    with pytest.raises(
        ModelError, match=r"model\.onnx: was trained on shot 'sh010', and this is '"
    ):
        start(work(mine, name="sh020"), provider="cpu", workers=1, tile=0, say=quiet)


def test_choices_are_said_before_the_work(
    reel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Provider, frames at once and tiles with their reasons; time and disk after the first."""
    monkeypatch.setattr(sizing, "cores", lambda: 3)
    said: list[str] = []

    recover_reel(reel, tmp_path, say=said.append)

    assert said[0] == "recovering on cpu: asked for"
    assert said[1].startswith("3 frames at once at most, whole plates (")
    assert [sentence for sentence in said if sentence.startswith("6 frames to go: about 1 s and ")]


def test_render_of_nothing_to_do_estimates_nothing(reel: Path, tmp_path: Path) -> None:
    """All is there: no time is told."""
    recover_reel(reel, tmp_path)
    said: list[str] = []

    recover_reel(reel, tmp_path, say=said.append)

    assert said
    assert not [sentence for sentence in said if "to go" in sentence]


def test_progress_counts_all_frames_once(reel: Path, tmp_path: Path) -> None:
    """From none to all, although the first is made by itself and some are there already."""
    recover_reel(reel, tmp_path, frames=FrameRange.parse("2-3"))
    told: list[tuple[int, int]] = []

    recover_reel(
        reel, tmp_path, workers=2, on_progress=lambda done, total, _: told.append((done, total))
    )

    done = [far for far, _ in told]
    assert {total for _, total in told} == {FRAMES}
    assert done == sorted(done)
    assert (done[0], done[-1]) == (2, FRAMES)


@pytest.mark.parametrize("at", [1, 3])
def test_output_that_vanishes_for_a_moment_is_waited_for(
    reel: Path, expected: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """A network folder that goes and comes back costs seconds, not frames."""
    out, store = tmp_path / "share", tmp_path / "store"
    store.mkdir()
    out.symlink_to(store)
    said: list[str] = []
    never_sleep(monkeypatch, lambda: point(out, store))

    def unmount(done: int, _total: int, _note: str) -> None:
        if done == at and not said_to_wait(said):
            point(out, tmp_path / "nowhere")

    recover_reel(reel, out, workers=1, say=said.append, on_progress=unmount)

    assert said_to_wait(said)
    assert hashes(store) == expected
    assert rubbish(store) == []


@pytest.mark.parametrize("at", [1, 3])
def test_output_that_is_gone_for_good_is_named(
    reel: Path, expected: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """One sentence, and when it is back the same command goes on."""
    out, store = tmp_path / "share", tmp_path / "store"
    store.mkdir()
    out.symlink_to(store)
    never_sleep(monkeypatch, lambda: None)

    def unmount(done: int, _total: int, _note: str) -> None:
        if done == at:
            out.unlink()
            out.write_text("what the folder was mounted on")

    gone = (
        r"share: took no frame for 7\.5 s \(.*\): look whether the disk is there, and whether the "
    )
    with pytest.raises(StageError, match=gone + "network is up; the same command goes on with the"):
        recover_reel(reel, out, workers=1, on_progress=unmount)
    assert frames_in(store) == list(range(1, at + 1))
    point(out, store)

    rendering = recover_reel(reel, out)

    assert len(rendering.making.kept) == at
    assert hashes(store) == expected


def point(link: Path, to: Path) -> None:
    """Let a link lead elsewhere."""
    link.unlink()
    link.symlink_to(to)


def said_to_wait(said: list[str]) -> bool:
    """Whether it was said that a frame is tried again."""
    return any("trying again in" in sentence for sentence in said)


def test_full_disk_stops_cleanly(
    reel: Path, expected: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frames that are there are whole and counted; with room made, the rest follows."""
    written: list[Path] = []

    def write_until_full(path: Path, *args: Any, **options: Any) -> None:
        if len(written) == 2:
            raise DiskError(path, "cannot be written: error writing file")
        written.append(path)
        write_frame(path, *args, **options)

    def refuse(*_: object, **__: object) -> None:
        if len(written) == 2:
            raise OSError(28, os.strerror(28))

    with monkeypatch.context() as full:
        full.setattr(frame, "write_frame", write_until_full)
        full.setattr(disk, "_write_probe", refuse)
        with pytest.raises(
            StageError,
            match="takes no frame: No space left on device: make room there; 2 of 7 frames are",
        ):
            recover_reel(reel, tmp_path, workers=1)
    assert rubbish(tmp_path) == []

    recover_reel(reel, tmp_path)

    assert hashes(tmp_path) == expected


def test_frames_that_vanish_meanwhile_are_named(reel: Path, tmp_path: Path) -> None:
    """Somebody tidies up while the render runs: it does not end as if all were there."""

    def tidy(done: int, _total: int, _note: str) -> None:
        if done == 4:
            recovered_file(tmp_path, 1).unlink(missing_ok=True)
            recovered_file(tmp_path, 2).unlink(missing_ok=True)

    with pytest.raises(
        StageError, match="frames 1-2 are gone or changed since they were recovered"
    ):
        recover_reel(reel, tmp_path, workers=1, on_progress=tidy)

    assert recover_reel(reel, tmp_path).making.written == [1, 2]


@pytest.mark.parametrize(
    ("wish", "frames", "is_whole"),
    [
        pytest.param({}, "1-10", True, id="all"),
        pytest.param({"deliver": "display"}, "1-10", True, id="the default by name"),
        pytest.param({"check": 3}, "1-3", False, id="a look"),
        pytest.param({"every": 4}, "1-9:4", False, id="a proxy"),
        pytest.param({"every": 4, "check": 2}, "1,5", False, id="a look at a proxy"),
        pytest.param({"frames": FrameRange.parse("5-7")}, "5-7", False, id="a chunk"),
        pytest.param({"out": Path("elsewhere")}, "1-10", False, id="elsewhere"),
        pytest.param({"deliver": "aces2065-1"}, "1-10", False, id="for an archive"),
    ],
)
def test_wish_chooses_frames(wish: dict[str, Any], frames: str, *, is_whole: bool) -> None:
    """Only what leaves the whole shot recovered for Resolve is written in the shot's record."""
    wished = Wish(**wish)

    assert str(wished.choose(FrameRange.parse("1-10"))) == frames
    assert wished.is_whole == is_whole


def test_command_line_says_one_sentence(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A truncated model: exit status 1, the model's name, and what to do; no traceback."""
    model = mine / "model.onnx"
    model.write_bytes(model.read_bytes()[:900])
    words = ["--model", model, "--source", mine / "plates/P_####.exr", "--out", mine / "out"]
    monkeypatch.setattr("sys.argv", ["chromaresolve", "recover", *map(str, words)])

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("chromaresolve: ")
    assert last.endswith("is cut off, or no model: copy it again, or run `chromaresolve export`")


def test_nothing_is_said_to_standard_out(
    reel: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The room tells its callers, and prints nothing itself."""
    recover_reel(reel, tmp_path, say=quiet, on_progress=still)

    assert capfd.readouterr() == ("", "")
