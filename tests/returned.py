"""A shot that was recovered, and a simulated Resolve to bring it back into."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from chromaresolve.bridge.timecode import is_drop_frame, rate_to_resolve
from chromaresolve.composite.timeline import plan_timeline, write_bring_back
from chromaresolve.shot import Pair, Shot
from composite_shot import EVERY, say_recovered, write_composite_shot
from menu import Menu
from resolve_sim import Simulator
from tiny import quiet

PROJECT = "La Muralla Verde_ChromaRecovery"
"""The project's name."""


def write_returned(root: Path, *, flagged: Mapping[int, str] | None = None, **shot: Any) -> Shot:
    """Write a recovered shot and what it hands back to Resolve."""
    made = say_recovered(write_composite_shot(root, **{"sequences": EVERY, **shot}))
    made = made.with_pairs(
        [Pair(source=1001, reference=1001), Pair(source=1004, reference=1004, hold_out=True)]
    )
    if flagged:
        frames = [{"frame": n, "reason": why, "verdict": "flagged"} for n, why in flagged.items()]
        made.path("review").mkdir()
        made.path("review/flagged.json").write_text(json.dumps({"frames": frames}))
    write_bring_back(plan_timeline(made, say=quiet))
    return made


class ReturnProject(Menu):
    """A project in a simulated Resolve that waits for what was recovered."""

    def __init__(
        self,
        root: Path,
        shot: Shot,
        version: str = "21.0",
        edition: str = "studio",
        **switches: Any,
    ) -> None:
        """Open the project at the shot's rate and raster, with another timeline open."""
        sim = Simulator(root / "resolve", version, edition, **switches)
        super().__init__(sim, root / "home")
        self.shot = shot
        facts = json.loads(shot.path("bring_back.json").read_text(encoding="utf-8"))
        drop = is_drop_frame(facts["start_timecode"])
        settings = {
            "timelineFrameRate": rate_to_resolve(Fraction(facts["frame_rate"]), drop),
            "timelineDropFrameTimecode": str(int(drop)),
            "timelineResolutionWidth": str(facts["width"]),
            "timelineResolutionHeight": str(facts["height"]),
            "colorScienceMode": "acescct",
            "colorAcesODT": "Rec.709" if sim.world.version < (20, 0, 0) else "Rec.709 BT.1886",
        }
        sim.new_project(PROJECT, **settings)
        sim.project.pool.CreateEmptyTimeline("cutting copy")

    def step(self, name: str, **answers: object) -> bool:
        """Run an entry on the shot."""
        folder, shot = str(self.shot.root), self.shot.shot.name
        return self.run(name, folder=folder, name=shot, **answers)
