"""The simulator as tests use it: a Resolve on a folder, its log, its faults and its whole state."""

from __future__ import annotations

import dataclasses
import json
import types
from pathlib import Path
from typing import Any

from resolve_sim.application import Resolve
from resolve_sim.calling import Call, Proxy, Switchboard, model_of
from resolve_sim.dialogs import Answers, Bmd, Fusion
from resolve_sim.faults import Fault, How
from resolve_sim.item import TimelineItem
from resolve_sim.project import Project
from resolve_sim.state import snapshot
from resolve_sim.switches import Switches
from resolve_sim.timeline import Timeline
from resolve_sim.world import Look, World, parse_version


class Simulator:
    """A DaVinci Resolve that is as strict as the real one is reported to be.

    Versions are "19.1", "20.3", "21.0", "21.1" or longer ones; switches are those of `Switches`.
    """

    def __init__(
        self,
        root: Path,
        version: str = "21.0",
        edition: str = "studio",
        **switches: Any,
    ) -> None:
        """Start Resolve; `root` takes its LUT folders."""
        if edition not in ("studio", "free"):
            raise ValueError(edition)
        self.world = World(root, parse_version(version), edition, Switches(**switches))
        self.world.lut_folder.mkdir(parents=True, exist_ok=True)
        self.world.user_lut_folder.mkdir(exist_ok=True)
        self.world.refresh_luts()
        self.switchboard = Switchboard(self.world)
        self.answers = Answers()
        self.fusion = Fusion(self.world)
        self.application = Resolve(self.world, self.fusion)
        self._resolve = Proxy(self.switchboard, self.application)
        self.fusion.resolve = self.resolve

    @property
    def refuses_python(self) -> bool:
        """Whether this Resolve runs no Python: the free edition from 21.1."""
        return not self.world.is_studio and self.world.at_least(21, 1)

    @property
    def resolve(self) -> Any:
        """What a script gets; None where Python is refused."""
        return None if self.refuses_python else self._resolve

    def names(self) -> dict[str, Any]:
        """Return the globals that a menu script sees; none where Python is refused."""
        if self.refuses_python:
            return {}
        bmd = Bmd(self.fusion, self.answers)
        return {
            "resolve": self.resolve,
            "fusion": self.fusion,
            "fu": self.fusion,
            "app": self.fusion,
            "bmd": bmd,
        }

    def lua_names(self) -> dict[str, Any]:
        """Return what a Lua script sees, which every edition runs."""
        return {"resolve": self._resolve}

    @property
    def calls(self) -> list[Call]:
        """Every call so far, in order."""
        return self.switchboard.calls

    @property
    def hang_seconds(self) -> float:
        """How long a call that hangs takes."""
        return self.world.hang_seconds

    @hang_seconds.setter
    def hang_seconds(self, seconds: float) -> None:
        self.world.hang_seconds = seconds

    def write_log(self, path: Path) -> None:
        """Write the log as JSON Lines, as Record Diagnostics does: call, args, answer."""
        lines = [
            {"call": f"{one.owner}.{one.method}", "args": one.args, "answer": one.result}
            for one in self.calls
        ]
        text = "".join(f"{json.dumps(line, default=str)}\n" for line in lines)
        path.write_text(text, encoding="utf-8")

    def external_module(self) -> types.ModuleType:
        """Return what `import DaVinciResolveScript` gives: only Studio answers scripts outside."""
        module = types.ModuleType("DaVinciResolveScript")
        resolve = self.resolve if self.world.is_studio else None
        vars(module)["scriptapp"] = lambda name: resolve if name == "Resolve" else None
        return module

    def fail(
        self, *, number: int | None = None, call: str = "", nth: int | None = 1, how: How = "false"
    ) -> None:
        """Let one call go wrong: by its number in the log, or the nth (None: every) of a method.

        `raise` raises what a lost connection raises; `ghost` answers an object that is not there;
        `hang` blocks for `hang_seconds` and then works; `lie` answers success and does nothing.
        """
        self.switchboard.faults.append(Fault(how, number, call, nth))

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self.switchboard.faults.clear()

    def turn(self, **switches: Any) -> None:
        """Turn switches while Resolve runs, as a user or an update would."""
        self.world.switches = dataclasses.replace(self.world.switches, **switches)

    def open_modal(self) -> None:
        """Open a dialog in front of everything."""
        self.world.modal = True

    def close_modal(self) -> None:
        """Close the dialog."""
        self.world.modal = False

    def lut(self, path: str, look: Look, *, space: str = "display") -> None:
        """Say what a LUT (by its path in the LUT folder) does to a picture.

        `space` is "display" (values to the power of 1/2.4, not clamped) or "working".
        """
        self.world.looks[path] = (space, look)

    def by_hand(self, key: str, value: str) -> None:
        """Set a project setting in the user interface, which may do more than the API."""
        self.project.settings.values[key] = value

    def new_project(self, name: str, **settings: str) -> Any:
        """Make and open a project by hand, with these settings."""
        project = Project(self.world, name)
        project.settings.values |= settings
        self.application.manager.open(project)
        return self.switchboard.wrap(project)

    @property
    def project(self) -> Project:
        """The open project's state."""
        project = self.application.manager.current
        if project is None:
            raise LookupError("no project is open")
        return project

    def timeline(self, name: str | None = None) -> Timeline:
        """Return a timeline's state, the open one's without a name."""
        timelines = self.project.pool.timelines
        found = [one for one in timelines if one.name == name or (not name and one.is_current)]
        return found[0]

    def item(self, track: int = 1, index: int = 1, *, timeline: str | None = None) -> TimelineItem:
        """Return the state of an item on a video track; both count from 1."""
        items = self.timeline(timeline).tracks["video"][track - 1].items
        return sorted(items, key=lambda item: item.start)[index - 1]

    def state(self, proxy: Any) -> Any:
        """Return the state behind what a script holds."""
        return model_of(proxy)

    def snapshot(self) -> dict[str, Any]:
        """Return the whole state as plain values, to compare before with after."""
        return snapshot(self.world, self.application)
