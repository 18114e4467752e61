"""A simulated project with Source and Reference in their bins, as 1 Set Up Project leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chromaresolve.bridge.exr_writing import write_half
from chromaresolve.bridge.questions import answers_file, save_answers
from chromaresolve.bridge.timecode import (
    frames_to_timecode,
    rate_from_resolve,
    timecode_to_frames,
)
from menu import Menu
from resolve_sim import Simulator, write_movie
from resolve_sim.item import TimelineItem
from resolve_sim.media import MediaPoolItem

PROJECT = "La Muralla Verde_ChromaRecovery"
"""The project's name."""

NAME = "LMV_SH010"
"""The shot's name."""

SIZE = (32, 24)
"""Raster of the Source and the timeline."""


class PairProject(Menu):
    """One project in a simulated Resolve, run through the menu with answers in the file."""

    def __init__(
        self,
        root: Path,
        version: str = "21.0",
        edition: str = "studio",
        *,
        rate: str = "24",
        size: tuple[int, int] = SIZE,
        **switches: Any,
    ) -> None:
        """Open a new project in ACES with this rate and raster, and with the bins."""
        sim = Simulator(root / "resolve", version, edition, **switches)
        super().__init__(sim, root / "home")
        self.root = root
        self.folder = root / NAME
        self.folder.mkdir()
        self.rate = rate
        old = sim.world.switches.transform_names == "old" or sim.world.version < (20, 0, 0)
        settings = {
            "timelineFrameRate": rate,
            "timelineDropFrameTimecode": str(int(rate.endswith("DF"))),
            "timelineResolutionWidth": str(size[0]),
            "timelineResolutionHeight": str(size[1]),
            "colorScienceMode": "acescct",
            "colorAcesODT": "Rec.709" if old else "Rec.709 BT.1886",
            "perfProxyMediaMode": "0",
        }
        sim.new_project(PROJECT, **settings)
        pool = sim.project.pool
        for name in ("Source", "Reference", "Balanced", "Recovered", "Baseline"):
            pool.AddSubFolder(pool.root, name)
        pool.current = pool.root
        self.answer(name=NAME, folder=str(self.folder), frame_rate=rate)

    def answer(self, **answers: Any) -> None:
        """Write answers into the project's file, as set-up and the user do."""
        save_answers(answers_file(self.home, PROJECT), answers)

    def sequence(
        self,
        bin_name: str,
        first: int = 1001,
        count: int = 10,
        *,
        size: tuple[int, int] = SIZE,
        timecode: str = "",
        reel: str = "A001",
        name: str = "",
    ) -> MediaPoolItem:
        """Bring a sequence into a bin: EXRs on disk, and their clip."""
        folder = self.root / "media" / (name or bin_name)
        stem = name or bin_name.lower()
        for number in range(first, first + count):
            write_half(
                folder / f"{stem}_{number:04}.exr",
                size[0],
                size[1],
                lambda y: ([0.1 * y] * size[0],) * 3,
                timecode=self.later(timecode, number - first) if timecode else None,
                strings={"reelName": reel} if reel else None,
            )
        wish = {
            "FilePath": str(folder / f"{stem}_%04d.exr"),
            "StartIndex": first,
            "EndIndex": first + count - 1,
        }
        return self._take(bin_name, wish)

    def movie(
        self, bin_name: str, count: int = 10, *, rate: str, size: tuple[int, int] = SIZE
    ) -> MediaPoolItem:
        """Bring a movie into a bin."""
        file = self.root / "media" / f"{bin_name}.mov"
        file.parent.mkdir(exist_ok=True)
        frames = [file.with_name(f"none_{n}.exr") for n in range(count)]
        write_movie(file, frames, width=size[0], height=size[1], rate=rate)
        return self._take(bin_name, str(file))

    def _take(self, bin_name: str, wish: object) -> MediaPoolItem:
        pool = self.sim.project.pool
        before = pool.current
        pool.current = next(one for one in pool.root.folders if one.name == bin_name)
        clips = pool.ImportMedia([wish])
        pool.current = before
        assert clips
        return clips[0]

    def later(self, timecode: str, frames: int) -> str:
        """Return the timecode so many frames later at the project's rate."""
        rate, drop = rate_from_resolve(self.rate)
        return frames_to_timecode(timecode_to_frames(timecode, rate) + frames, rate, drop)

    def pair(self, track: int, index: int = 1) -> TimelineItem:
        """Return the state of a clip on the pair timeline."""
        return self.sim.item(track, index, timeline=f"{NAME}_Pair")

    @property
    def text(self) -> str:
        """Everything the last run said."""
        return "\n".join(self.said)
