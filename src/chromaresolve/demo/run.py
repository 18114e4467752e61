"""The demo: a faded shot made from nothing, the whole workflow on it, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from chromaresolve.demo.score import VERSIONS, Score, load_versions, score, sheet_path
from chromaresolve.demo.shoot import shoot
from chromaresolve.errors import ShotError
from chromaresolve.report import Row, contact_sheet
from chromaresolve.shot import FrameRange, Shot
from chromaresolve.telling import Progress, Say
from chromaresolve.workflow import bring_up_to_date

WIDTH, HEIGHT = 960, 540
"""The demo's raster: half of high definition each way, for two processor cores."""

SHOWN_FRAMES = (4, 12, 22)
"""Frames on the contact sheet; none of them has a Reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the demo measured."""

    folder: Path
    """The shot it worked in."""
    score: Score
    """How near it came."""
    seconds: Mapping[str, float]
    """Wall-clock seconds of each stage."""
    sheet: Path
    """The contact sheet."""

    def as_table(self) -> str:
        """Return the numbers as a person reads them."""
        s = self.score
        lines = [
            "",
            f"mean dE2000 on {len(s.frames)} frames never seen ({FrameRange.of(s.frames)})",
            f"{'':16}  to plate luma + true chroma   to the unfaded film",
        ]
        lines += [
            f"{name:16}  {s.to_truth[name]:27.2f}   {s.to_original[name]:19.2f}"
            for name in VERSIONS
        ]
        ratio = s.to_truth["recovered"] / s.to_truth["LUT baseline"]
        law = "holds" if s.luma_share <= 1 else "IS BROKEN"
        lines += [
            f"recovered / LUT baseline: {ratio:.2f}",
            f"luma law {law} on every pixel: largest error {s.luma_largest:.6f}",
            f"largest share of what the law allows a pixel: {s.luma_share:.2f}",
            "seconds: " + ", ".join(f"{name} {t:.1f}" for name, t in self.seconds.items()),
            f"look at {self.sheet} and {self.folder / 'report' / 'index.html'}",
        ]
        return "\n".join(lines)

    def as_facts(self) -> dict[str, object]:
        """Return the numbers as a machine reads them."""
        facts = asdict(self)
        facts["folder"], facts["sheet"] = str(self.folder), str(self.sheet)
        return facts


def run_demo(
    folder: Path,
    *,
    steps: int,
    width: int = WIDTH,
    height: int = HEIGHT,
    say: Say,
    on_progress: Progress,
) -> Result:
    """Make the demo's shot, run every stage, and measure. Run again, it does what is missing."""
    began = time.monotonic()
    shot = _shot(folder, width, height, on_progress)
    shooting = time.monotonic() - began
    shot, seconds = bring_up_to_date(shot, steps=steps, say=say, on_progress=on_progress)
    began = time.monotonic()
    result = score(shot)
    _draw_sheet(shot)
    return Result(
        folder=folder,
        score=result,
        seconds={"shooting": shooting, **seconds, "measuring": time.monotonic() - began},
        sheet=sheet_path(shot),
    )


def _shot(folder: Path, width: int, height: int, on_progress: Progress) -> Shot:
    try:
        return Shot.load(folder)
    except ShotError:
        if (folder / "shot.toml").exists():
            raise
        return shoot(folder, width=width, height=height, on_progress=on_progress)


def _draw_sheet(shot: Shot) -> None:
    rows = []
    for versions in load_versions(shot, SHOWN_FRAMES):
        cells = [(name, versions.pictures[name]) for name in VERSIONS]
        rows.append(
            Row(label=f"frame {versions.frame}", cells=(*cells, ("the film", versions.original)))
        )
    contact_sheet(rows, sheet_path(shot))
