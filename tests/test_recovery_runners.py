"""How a plate reaches the model: by slots, in one size, in tiles, smaller where memory is short."""

from __future__ import annotations

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime as ort
import psutil
import pytest
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from chromaresolve.errors import StageError
from chromaresolve.files import shipped
from chromaresolve.frames import Rgb
from chromaresolve.recovery import sizing, tiles
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.proving import ON_CPU
from chromaresolve.recovery.runners import AnySize, OneSize, Slots
from chromaresolve.recovery.sessions import Wanted, _fix_size, open_session
from chromaresolve.recovery.sizing import Sizing, choose_sizing, tell_estimate
from chromaresolve.recovery.tiles import LEAST_TILE, TILE, Tiling, choose_tile, in_tiles
from tiny import quiet
from tiny_model import REACH, noise, write_model

SAME = 1e-6
"""The same sums in another order, of chroma that is 0.1 at most."""

PATIENCE = 20.0
"""Seconds that a thread waits for the others before the test gives up."""

TWO_K, FOUR_K = (1556, 2048), (3112, 4096)
"""Full-aperture scans: height and width."""

Plane = NDArray[np.float32]
"""A plate or a chroma, channels first."""


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """The tests' own model on the processor."""
    return Model.open(write_model(tmp_path / "model.onnx"), ON_CPU)


def difference(ours: Plane, theirs: Plane) -> str:
    """Say by how much two chromas differ, and where; empty where they do not."""
    off = np.abs(ours - theirs).max(axis=-1)
    row, column = np.unravel_index(int(off.argmax()), off.shape)
    return f"{off.max():.2g} off at row {row}, column {column}" if off.max() > SAME else ""


class Counting:
    """A runner that counts who is in it at once."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.inside, self.most, self.runs = 0, 0, 0

    def run(self, plate: Plane) -> Plane:
        """Return the plate's first two channels, slowly."""
        self.inside += 1
        self.runs += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.002)
        self.inside -= 1
        return plate[:, :2]


def test_slot_has_one_borrower_at_a_time() -> None:
    """Eight threads, three runners: none is shared, all are used."""
    runners = [Counting() for _ in range(3)]
    slots = Slots(runners)
    together = threading.Barrier(3)

    def borrow(number: int) -> None:
        with slots.borrow() as runner:
            if number < 3:
                together.wait(PATIENCE)
            runner.run(np.zeros((1, 3, 2, 2), np.float32))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(borrow, range(24)))

    assert [runner.most for runner in runners] == [1, 1, 1]
    assert sum(runner.runs for runner in runners) == 24


def test_slot_comes_back_after_an_error() -> None:
    """A plate that failed leaves its runner to the next."""
    slots = Slots([Counting()])

    def fail() -> None:
        with slots.borrow():
            raise MemoryError

    for _ in range(3):
        with pytest.raises(MemoryError):
            fail()
    with slots.borrow() as runner:
        assert isinstance(runner, Counting)


def test_one_size_gives_what_any_size_gives(model: Model) -> None:
    """Bound memory is reused, and each plate's chroma is its own."""
    session = open_session(model.path, ON_CPU, Wanted(size=(40, 56)))
    any_size = AnySize(open_session(model.path, ON_CPU, Wanted()))
    one_size = OneSize(session, (40, 56), device="cpu", other=any_size)
    plates = [
        np.ascontiguousarray(noise(seed, 40, 56).transpose(2, 0, 1)[None]) for seed in (1, 2, 3)
    ]

    ours = [one_size.run(plate) for plate in plates]

    for mine, plate in zip(ours, plates, strict=True):
        np.testing.assert_allclose(mine, any_size.run(plate), atol=SAME)
    assert not np.array_equal(ours[0], ours[1])


def test_one_size_sends_another_size_on(model: Model) -> None:
    """A tile at an edge does not fit the bound memory: it goes to the session for any size."""
    session = open_session(model.path, ON_CPU, Wanted(size=(40, 56)))
    other = Counting()
    one_size = OneSize(session, (40, 56), device="cpu", other=other)

    one_size.run(np.zeros((1, 3, 40, 55), np.float32))

    assert other.runs == 1


def test_one_size_that_does_not_fit_is_a_lack_of_memory(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that other programs have filled: known before the first frame, and not a crash."""

    def refuse(*_args: object) -> None:
        raise ort_errors.RuntimeException("CUDA failure 2: out of memory")

    session = open_session(model.path, ON_CPU, Wanted(size=(40, 56)))
    monkeypatch.setattr(ort.OrtValue, "ortvalue_from_shape_and_type", refuse)

    with pytest.raises(MemoryError):
        OneSize(session, (40, 56), device="cpu", other=Counting())


@pytest.mark.parametrize(
    ("height", "width"),
    [
        pytest.param(300, 530, id="slivers"),
        pytest.param(512, 512, id="whole tiles"),
        pytest.param(257, 40, id="one pixel more than a tile"),
        pytest.param(100, 90, id="less than a tile"),
    ],
)
def test_tiles_give_the_whole_plates_chroma(model: Model, height: int, width: int) -> None:
    """With the halo that the model asks for; with one pixel less they would not."""
    plate = noise(4, height, width)
    whole = model.run(plate)

    assert not difference(model.run_tiled(plate, 256), whole)
    if max(height, width) > 256:
        assert difference(in_tiles(plate, model.run, tile=256, halo=REACH - 1), whole)


def test_tiles_take_a_plate_that_is_a_view(model: Model) -> None:
    """A plate cut out of another, mirrored: its memory is in no order."""
    plate = noise(4, 300, 600)[::-1, ::-2]

    assert not difference(model.run_tiled(plate, 256), model.run(np.ascontiguousarray(plate)))


class Short:
    """A device with memory for so many pixels."""

    def __init__(self, model: Model, pixels: int) -> None:
        """Take what runs the model, and the limit."""
        self.model, self.pixels = model, pixels
        self.refused: list[int] = []

    def run(self, plate: Rgb) -> Plane:
        """Run what there is memory for."""
        pixels = plate.shape[0] * plate.shape[1]
        if pixels > self.pixels:
            self.refused.append(pixels)
            raise MemoryError("CUDA out of memory")
        return self.model.run(plate)


def test_tiles_shrink_until_the_memory_will_do(model: Model) -> None:
    """Half the edge each time, said each time; the chroma is the same, and the size is kept."""
    plate, said = noise(5, 700, 1100), list[str]()
    device = Short(model, 300 * 300)
    tiling = Tiling(0, halo=REACH, say=said.append)

    first, second = tiling.run(plate, device.run), tiling.run(plate, device.run)

    assert not difference(first, model.run(plate))
    np.testing.assert_array_equal(first, second)
    assert tiling.tile == 256
    assert said == [
        "out of memory at 1100 pixels: going on in tiles of 512",
        "out of memory at 512 pixels: going on in tiles of 256",
    ]
    assert len(device.refused) == 2


def test_device_without_room_for_the_smallest_tile_is_named(model: Model) -> None:
    """No tile is small enough: what to do is said."""
    tiling = Tiling(0, halo=REACH, say=quiet)

    with pytest.raises(StageError, match=f"has no memory for a tile of {LEAST_TILE} pixels: close"):
        tiling.run(noise(5, 700, 1100), Short(model, 1000).run)


def test_threads_shrink_the_tile_once(model: Model) -> None:
    """Three frames run out of memory together: the tile is halved once, not three times."""
    plate, said = noise(5, 700, 700), list[str]()
    device = Short(model, 600 * 600)
    tiling = Tiling(0, halo=REACH, say=said.append)
    together = threading.Barrier(3)

    def run(piece: Rgb) -> Plane:
        if piece.shape[0] == 700:
            together.wait(PATIENCE)
        return device.run(piece)

    with ThreadPoolExecutor(3) as pool:
        chromas = list(pool.map(lambda _: tiling.run(plate, run), range(3)))

    assert said == ["out of memory at 700 pixels: going on in tiles of 320"]
    for chroma in chromas:
        assert not difference(chroma, model.run(plate))


@pytest.mark.parametrize(
    ("provider", "size", "wanted", "free", "tile"),
    [
        pytest.param("cpu", TWO_K, 0, None, 0, id="2K on a processor"),
        pytest.param("cpu", FOUR_K, 0, None, TILE, id="4K on a processor"),
        pytest.param("cpu", TWO_K, 512, None, 512, id="as asked"),
        pytest.param("coreml", FOUR_K, 0, None, 0, id="a device that cannot be asked"),
        pytest.param("cuda", FOUR_K, 0, 80 << 30, 0, id="a large card"),
        pytest.param("cuda", FOUR_K, 0, 8 << 30, 2176, id="a small card"),
        pytest.param("cuda", FOUR_K, 0, 1 << 20, LEAST_TILE, id="a full card"),
    ],
)
def test_tile_suits_the_device(
    monkeypatch: pytest.MonkeyPatch,
    *,
    provider: str,
    size: tuple[int, int],
    wanted: int,
    free: int | None,
    tile: int,
) -> None:
    """The whole plate where it fits, else tiles on the grid, with the reason."""
    monkeypatch.setattr(tiles, "free_device_bytes", lambda: free)

    chosen, reason = choose_tile(provider, size, wanted=wanted)

    assert (chosen, chosen % tiles.GRID) == (tile, 0)
    assert reason


@pytest.mark.parametrize(
    ("provider", "frames", "size", "workers", "expected"),
    [
        pytest.param("cpu", 100, TWO_K, None, (4, 4, 1), id="2K on a processor"),
        pytest.param("cpu", 100, TWO_K, 1, (1, 1, 4), id="one worker has all cores"),
        pytest.param("cpu", 2, TWO_K, None, (2, 2, 2), id="fewer frames than cores"),
        pytest.param("cpu", 100, TWO_K, 9, (9, 4, 1), id="more workers than cores"),
        pytest.param("cpu", 100, FOUR_K, None, (2, 2, 2), id="4K: as many as memory bears"),
        pytest.param("cpu", 100, (9000, 16000), None, (1, 1, 4), id="one at least"),
        pytest.param("cuda", 100, TWO_K, None, (6, 2, 0), id="a card is kept fed"),
        pytest.param("cuda", 1, TWO_K, None, (1, 1, 0), id="one frame"),
        pytest.param("cpu", 0, TWO_K, None, (1, 1, 4), id="nothing to do"),
    ],
)
def test_sizing_fits_cores_and_memory(
    monkeypatch: pytest.MonkeyPatch,
    *,
    provider: str,
    frames: int,
    size: tuple[int, int],
    workers: int | None,
    expected: tuple[int, int, int],
) -> None:
    """Four cores and 16 GiB free: workers, plates in the model at once, threads of each."""
    monkeypatch.setattr(sizing, "cores", lambda: 4)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=16 << 30))
    tile, _ = choose_tile("cpu", size) if provider == "cpu" else (0, "")

    chosen = choose_sizing(provider, frames, size, tile=tile, workers=workers)

    assert (chosen.workers, chosen.at_once, chosen.threads) == expected


@pytest.mark.parametrize(
    ("seconds", "frames", "free", "told"),
    [
        pytest.param(
            1.0, 100, 1e12, "100 frames to go: about 50 s and 1.2 GB (1000.0 GB free)", id="short"
        ),
        pytest.param(
            3.0, 2000, 5e9, "2000 frames to go: about 50 min and 24.0 GB (5.0 GB free): the disk "
            "has room for 416 of them; make room while it runs", id="a disk too small",
        ),
        pytest.param(
            9.0, 10_000, 1e12, "10000 frames to go: about 12 h 30 min and 120.0 GB (1000.0 GB "
            "free)", id="long",
        ),
        pytest.param(0.001, 2, 1e7, "2 frames to go: about 1 s and 24.0 MB (10.0 MB free): the "
                     "disk has room for 0 of them; make room while it runs", id="full"),
    ],
)  # fmt: skip
def test_time_and_disk_are_told_before_the_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    seconds: float,
    frames: int,
    free: float,
    told: str,
) -> None:
    """From the first frame: 12 MB of it, on two cores."""
    monkeypatch.setattr(sizing, "cores", lambda: 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=int(free)))
    two = Sizing(workers=3, at_once=2, threads=1)

    said = tell_estimate(tmp_path, seconds, size=12_000_000, frames=frames, sizing=two)

    assert said == told


def test_one_size_leaves_no_shape_to_be_reckoned(tmp_path: Path) -> None:
    """A CUDA graph takes only what runs on the card, and shapes are reckoned on the processor."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(tmp_path / "fixed.onnx")
    model = shipped("models") / "demo.onnx"

    _fix_size(options, model, (1080, 1920))
    ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    kinds = {node.op_type for node in onnx.load(tmp_path / "fixed.onnx").graph.node}
    assert "Conv" in kinds
    assert not kinds & {"Shape", "Range", "Mod", "Div", "Squeeze", "Size", "ConstantOfShape"}
