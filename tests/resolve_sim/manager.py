"""The project manager: which projects there are, which is open, and what of it was saved."""

from __future__ import annotations

import time
from copy import deepcopy
from pathlib import Path

from resolve_sim.model import Model
from resolve_sim.project import UNTITLED, Project
from resolve_sim.world import World


class ProjectManager(Model):
    """All projects of one database."""

    def __init__(self, world: World) -> None:
        """Begin with the untitled project, or with another."""
        super().__init__(world)
        self.saved: dict[str, Project] = {}
        self.current: Project | None = None
        self.readings = 0
        self.recent: set[str] = set()
        """Projects that were open and not closed: they cannot be deleted (quirk 18)."""
        name = world.switches.current_project
        if name:
            self.current = Project(world, name)
            self.current.is_blocking = world.switches.blocking
            if name != UNTITLED:
                self.recent.add(name)
                self.saved[name] = deepcopy(self.current)

    @property
    def is_ready(self) -> bool:
        """Whether the database has answered yet."""
        return self.readings >= self.world.switches.ready_after

    def GetProjectListInCurrentFolder(self) -> list[str]:
        """Return the names of the projects."""
        found = sorted(self.saved) if self.is_ready else []
        self.readings += 1
        return found

    def GetFolderListInCurrentFolder(self) -> list[str]:
        """Return no folders: there are none here."""
        return []

    def GotoRootFolder(self) -> bool:
        """Go to the root folder."""
        return True

    def GetCurrentFolder(self) -> str:
        """Return the name of the folder."""
        return ""

    def GetCurrentDatabase(self) -> dict[str, str] | None:
        """Return which database is open."""
        found = {"DbType": "Disk", "DbName": "Local Database"} if self.is_ready else None
        self.readings += 1
        return found

    def GetCurrentProject(self) -> Project | None:
        """Return the open project."""
        return self.current

    def CreateProject(self, name: str, _media: str | None = None) -> Project | None:
        """Make and open a project; None if the name is taken, or the open one blocks."""
        if not name or name in self.saved or self._is_blocked() or not self.is_ready:
            return None
        self.open(Project(self.world, name))
        return self.current

    def open(self, project: Project) -> None:
        """Put a new project in the open one's place."""
        self._leave()
        self.current = project
        self.recent.add(project.name)
        self.saved[project.name] = deepcopy(project)

    def LoadProject(self, name: str) -> Project | None:
        """Open a project as it was saved; None if there is none, or the open one blocks."""
        if self.current is not None and self.current.name == name:
            return self.current
        is_blocked = self._is_blocked() and self.world.switches.blocking_load
        if name not in self.saved or is_blocked or not self.is_ready:
            return None
        self._leave()
        self.current = deepcopy(self.saved[name])
        self.current.is_blocking = False
        self.recent.add(name)
        return self.current

    def _is_blocked(self) -> bool:
        return self.current is not None and self.current.is_blocking

    def _leave(self) -> None:
        if self.current is not None:
            self.current.die()
            self.current = None

    def SaveProject(self) -> bool:
        """Save the open project; the untitled one cannot be."""
        if self.current is None or self.current.is_blocking:
            return False
        if self.current.name == UNTITLED:
            if self.world.switches.headless:
                time.sleep(self.world.hang_seconds)
            return False
        for timeline in self.current.pool.timelines:
            timeline.drop_fragile()
        self.saved[self.current.name] = deepcopy(self.current)
        return True

    def CloseProject(self, project: Project) -> bool:
        """Close the open project; what was not saved is lost, and the untitled one opens."""
        if project is not self.current:
            return False
        self._leave()
        self.recent.discard(project.name)
        self.current = Project(self.world, UNTITLED)
        return True

    def DeleteProject(self, name: str) -> bool:
        """Delete a project that is not open, and was not since it was last closed."""
        return name not in self.recent and self.saved.pop(name, None) is not None

    def ExportProject(self, name: str, path: str, _with_stills: bool = True) -> bool:
        """Write a project to a file."""
        if name not in self.saved or not Path(path).parent.is_dir():
            return False
        Path(path).write_bytes(b"a project's stand-in")
        return True
