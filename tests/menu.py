"""Running a menu entry as a user does: answers in a window or in the answers file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chromaresolve.bridge import menu
from chromaresolve.bridge.questions import NEW_PROJECT, answers_file, save_answers
from resolve_sim import Simulator


class Menu:
    """The menu of one simulated Resolve, and what it said."""

    def __init__(self, sim: Simulator, home: Path) -> None:
        """Begin with ChromaResolve's data folder."""
        self.sim = sim
        self.home = home
        self.said: list[str] = []

    def run(self, step: str, **answers: object) -> bool:
        """Run an entry with these answers; what it says is in `said`."""
        self.said = []
        self.write_answers(step, answers)
        return menu.start(step, self.sim.names(), str(self.home), show=self.said.append)

    def write_answers(self, step: str, answers: dict[str, object]) -> None:
        """Answer in the window, or in the file where there is none."""
        in_window = self.sim.world.is_studio and self.sim.world.switches.ui_manager is not False
        if in_window:
            self.sim.answers.fill = answers
            self.sim.answers.click = ["ok"]
        else:
            manager = self.sim.application.manager
            project = manager.current.name if manager.current else ""
            name = NEW_PROJECT if step == "set_up" else project
            save_answers(answers_file(self.home, name), answers)

    def report(self) -> dict[str, Any]:
        """Return the report of the last run."""
        newest = max((self.home / "reports").glob("*.json"), key=lambda file: file.stat().st_mtime)
        return dict(json.loads(newest.read_text(encoding="utf-8")))

    def writes(self) -> list[str]:
        """Return the calls of the last run that could have changed something."""
        first = len(self.sim.calls) - int(self.report()["calls"])
        verbs = ("Set", "Add", "Create", "Delete", "Append", "Import", "Load", "Replace", "Start")
        names = [call.method for call in self.sim.calls[first:]]
        return [name for name in names if name.rpartition(".")[2].startswith(verbs)]
