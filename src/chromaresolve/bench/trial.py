"""A trial of this machine: plates are drawn, every part is measured alone, then the whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chromaresolve.bench.plates import DRAWN, SIZES, write_plates
from chromaresolve.bench.stages import Stage, measure_stages
from chromaresolve.bench.whole import Whole, measure_whole, taken_bytes
from chromaresolve.errors import StageError, UsageError
from chromaresolve.files import shipped
from chromaresolve.frames import Sequence, cores
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.providers import Provider, choose_provider
from chromaresolve.recovery.starting import Work
from chromaresolve.shot import FrameRange
from chromaresolve.telling import Progress, Say

LEAST_ROUNDS = 3
"""The whole is so many frames on every core at least."""

LEFT_FREE = 0.5
"""Of the disk's free space, what a trial does not touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be measured."""

    size: str = "2k"
    """The plates' size, a key of SIZES."""
    provider: str = "auto"
    """What runs the model."""
    model: Path | None = None
    """The model; the one that is shipped if None."""
    plates: str = "zip"
    """The plates' EXR compression."""
    compression: str = "zip"
    """The recovered frames' EXR compression."""
    frames: int | None = None
    """How many frames the whole is; as many as fit the seconds if None."""
    seconds: float = 20.0
    """About how long the whole takes."""
    folder: Path | None = None
    """On whose disk; the system's folder for temporary files if None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was measured."""

    size: str
    """The plates' size, a key of SIZES."""
    provider: str
    """What ran the model."""
    model: str
    """The model's file."""
    plates: str
    """The plates' EXR compression."""
    compression: str
    """The recovered frames' EXR compression."""
    cores: int
    """How many cores this process may use."""
    stages: dict[str, Stage]
    """Each part alone, by name."""
    whole: Whole
    """The render."""

    @property
    def cpu_seconds(self) -> float:
        """Processor time of a frame: the sum of its parts, each alone."""
        return sum(stage.cpu_seconds for stage in self.stages.values())

    @property
    def cores_allow(self) -> float:
        """Frames per second if every core did nothing but the parts, as fast as alone."""
        return self.cores / self.cpu_seconds

    @property
    def device_allows(self) -> float | None:
        """Frames per second of the model alone, where another device runs it."""
        return None if self.provider == "cpu" else 1 / self.stages["infer"].seconds

    @property
    def allowed(self) -> float:
        """The lower of the two: frames per second that no engine can exceed on this machine."""
        return min(self.cores_allow, self.device_allows or self.cores_allow)

    @property
    def share(self) -> float:
        """How much of that the engine reaches."""
        return self.whole.per_second / self.allowed

    def as_facts(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            **asdict(self),
            "cores_allow": self.cores_allow,
            "device_allows": self.device_allows,
            "share": self.share,
        }


def bench(wish: Wish, *, say: Say, on_progress: Progress) -> Trial:
    """Measure how fast this machine recovers plates.

    Raises:
        UsageError: There is no such size or compression.
        ModelError: The model is missing or broken.
        StageError: The folder takes no plates, or the provider does not start.
    """
    if wish.size not in SIZES:
        raise UsageError(f"--size {wish.size!r} is not known: write one of {', '.join(SIZES)}")
    before = taken_bytes()
    provider = choose_provider(wish.provider)
    model = wish.model or shipped("models") / "demo.onnx"
    with _folder(wish.folder) as folder:
        say(f"drawing {wish.size} plates")
        work = _work(wish, model, folder, DRAWN)
        say("measuring each part alone, in one thread")
        stages = measure_stages(work, provider)
        count = wish.frames or _count(wish, stages, provider)
        whole = measure_whole(
            _work(wish, model, folder, _fitting(count, work.plates, folder)),
            size=SIZES[wish.size],
            provider=provider.name,
            before_bytes=before,
            say=say,
            on_progress=on_progress,
        )
    return Trial(
        size=wish.size,
        provider=provider.name,
        model=model.name,
        plates=wish.plates,
        compression=wish.compression,
        cores=cores(),
        stages=stages,
        whole=whole,
    )


@contextmanager
def _folder(parent: Path | None) -> Iterator[Path]:
    try:
        made = TemporaryDirectory(prefix="chromaresolve_bench_", dir=parent)
    except OSError as error:
        where = parent or "the folder for temporary files"
        problem = f"takes no folder: {error.strerror}: give --folder another"
        raise StageError(where, problem) from error
    with made as name:
        yield Path(name)


def _work(wish: Wish, model: Path, folder: Path, count: int) -> Work:
    """Write the plates that are not there yet, and return what there is to do."""
    plates = write_plates(folder / "plates", SIZES[wish.size], count=count, compression=wish.plates)
    return Work(
        model=model,
        exact=model.with_name("model.onnx"),
        delivery=Delivery(compression=wish.compression),
        plates=plates,
        luma_plates=plates,
        frames=FrameRange(tuple(range(1, count + 1))),
        out=folder / "recovered",
    )


def _count(wish: Wish, stages: dict[str, Stage], provider: Provider) -> int:
    """Return how many frames take about the wished seconds: the first, and whole rounds of all."""
    here = cores()
    each = sum(stage.cpu_seconds for stage in stages.values()) / here
    if not provider.is_cpu:
        each = max(each, stages["infer"].seconds)
    return 1 + here * max(LEAST_ROUNDS, round(wish.seconds / each / here))


def _fitting(count: int, plates: Sequence, folder: Path) -> int:
    """Return how many of the frames have room on the disk, twice: as plates and recovered.

    Raises:
        StageError: Not even two have.
    """
    plate = max(path.stat().st_size for path in plates.paths.values())
    room = int(LEFT_FREE * shutil.disk_usage(folder).free / (2 * plate))
    if room < DRAWN:
        raise StageError(folder, f"has no room for {DRAWN} plates: give --folder another")
    return min(count, room)
