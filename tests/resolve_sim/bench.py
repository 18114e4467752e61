"""A small set-up for the simulator's own tests: a film project, sequences, and renders of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chromaresolve.frames import Attribute, Frame, Header, Rgb, Window, read_rgb, write_frame
from resolve_sim.rendering import pack_timecode
from resolve_sim.settings import has_new_names
from resolve_sim.simulator import Simulator

WIDTH, HEIGHT = 32, 18
"""Raster of the film."""

COUNT = 4
"""Frames of a sequence."""


def noise(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Rgb:
    """Return a picture whose values a half holds, from 0 to 1."""
    values = np.random.default_rng(seed).random((height, width, 3))
    return values.astype(np.float16).astype(np.float32)


class Bench:
    """One film in one simulated Resolve."""

    def __init__(
        self,
        root: Path,
        version: str = "21.0",
        edition: str = "studio",
        *,
        settings: dict[str, str] | None = None,
        **switches: Any,
    ) -> None:
        """Open a project in ACES with one empty timeline."""
        self.root = root
        self.sim = Simulator(root / "resolve", version, edition, **switches)
        new = has_new_names(self.sim.world)
        self.odt = "Rec.709 BT.1886" if new else "Rec.709"
        self.idt = "Inverse Rec.709 BT.1886" if new else "Rec.709"
        values = {
            "timelineResolutionWidth": str(WIDTH),
            "timelineResolutionHeight": str(HEIGHT),
            "colorScienceMode": "acescct",
            "colorAcesODT": self.odt,
            **(settings or {}),
        }
        self.project = self.sim.new_project("Film", **values)
        self.resolve = self.sim.resolve
        self.pool = self.project.GetMediaPool()
        self.timeline = self.pool.CreateEmptyTimeline("Pair")
        self.project.SetCurrentTimeline(self.timeline)

    def write(
        self,
        name: str,
        pictures: list[Rgb],
        *,
        first: int = 1001,
        timecodes: list[str] | None = None,
        reel: str = "",
        alpha: NDArray[np.float16] | None = None,
    ) -> str:
        """Write EXRs; return their printf pattern."""
        folder = self.root / name
        folder.mkdir()
        for number, picture in enumerate(pictures):
            path = folder / f"{name}.{first + number:04d}.exr"
            attributes: dict[str, Any] = {"reelName": reel} if reel else {}
            if timecodes:
                packed = pack_timecode(timecodes[number])
                attributes["timeCode"] = Attribute("timecode", packed)
            height, width, _ = picture.shape
            window = Window(x=0, y=0, width=width, height=height)
            header = Header(
                path=path,
                pixel_type="half",
                data_window=window,
                display_window=window,
                pixel_aspect=1.0,
                compression="zip",
                attributes=attributes,
            )
            others = {} if alpha is None else {"A": alpha}
            write_frame(path, Frame(rgb=picture, others=others, header=header))
        return str(folder / f"{name}.%04d.exr")

    def ask(self, pattern: str, first: int = 1001, count: int = COUNT) -> Any:
        """Import a sequence as a script does."""
        wish = {"FilePath": pattern, "StartIndex": first, "EndIndex": first + count - 1}
        return self.pool.ImportMedia([wish])

    def sequence(
        self,
        name: str = "scan",
        pictures: list[Rgb] | None = None,
        *,
        first: int = 1001,
        idt: str | None = None,
        **more: Any,
    ) -> Any:
        """Write and import a sequence; its input transform undoes the output transform."""
        seed = sum(name.encode())
        pictures = pictures or [noise(seed + number) for number in range(COUNT)]
        pattern = self.write(name, pictures, first=first, **more)
        (clip,) = self.ask(pattern, first, len(pictures))
        clip.SetClipProperty("IDT", self.idt if idt is None else idt)
        self.pool.SetSelectedClip(clip)
        return clip

    def place(self, clip: Any, track: int = 1, *, at: int = 0, **more: Any) -> Any:
        """Append a whole clip; `at` counts from the timeline's start."""
        while self.timeline.GetTrackCount("video") < track:
            self.timeline.AddTrack("video")
        first, count = int(clip.GetClipProperty("Start")), int(clip.GetClipProperty("Frames"))
        wish = {
            "mediaPoolItem": clip,
            "startFrame": first,
            "endFrame": first + count,
            "mediaType": 1,
            "trackIndex": track,
            "recordFrame": self.timeline.GetStartFrame() + at,
            **more,
        }
        return self.pool.AppendToTimeline(
            [{key: value for key, value in wish.items() if value is not None}]
        )

    def queue(self, name: str = "OUT_", codec: str = "RGBHalfZIP", **settings: Any) -> str:
        """Queue an EXR job into a folder of that name; return its id."""
        folder = self.root / f"renders_{name}"
        folder.mkdir(exist_ok=True)
        self.resolve.OpenPage("deliver")
        self.project.SetCurrentRenderFormatAndCodec("exr", codec)
        self.project.SetCurrentRenderMode(1)
        asked = {"TargetDir": str(folder), "CustomName": name, "SelectAllFrames": True, **settings}
        assert self.project.SetRenderSettings(asked) is True
        return str(self.project.AddRenderJob())

    def finish(self, job: str, *, polls: int = 20) -> dict[str, Any]:
        """Start a job and poll it to its end, or for so long; return its last status."""
        assert self.project.StartRendering([job], False) is True
        status: dict[str, Any] = {}
        for _ in range(polls):
            if not self.project.IsRenderingInProgress():
                break
            status = self.project.GetRenderJobStatus(job)
        return status

    def files(self, name: str = "OUT_") -> dict[int, Path]:
        """Return what a job wrote, by the number in the name."""
        found = (self.root / f"renders_{name}").rglob("*.exr")
        return {int(path.stem.rpartition("_")[2]): path for path in sorted(found)}

    def render(self, name: str = "OUT_", codec: str = "RGBHalfZIP", **settings: Any) -> list[Rgb]:
        """Render the timeline; return its pictures."""
        status = self.finish(self.queue(name, codec, **settings))
        assert status["CompletionPercentage"] == 100
        return [read_rgb(path) for path in self.files(name).values()]
