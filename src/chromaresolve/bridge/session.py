"""A session with Resolve: finding it, knowing what it is, and the few objects every step needs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from .calling import Caller
from .errors import BridgeError
from .journal import Journal
from .methods import OLDEST, Version

API_FOLDERS = {
    "darwin": "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Developer/Scripting",
    "win32": r"%PROGRAMDATA%\Blackmagic Design\DaVinci Resolve\Support\Developer\Scripting",
    "linux": "/opt/resolve/Developer/Scripting",
}
"""Where Resolve's scripting modules lie by default, for use from outside (Studio only)."""

API_LIBRARIES = {
    "darwin": "/Applications/DaVinci Resolve/DaVinci Resolve.app/Contents/Libraries/Fusion/"
    "fusionscript.so",
    "win32": r"C:\Program Files\Blackmagic Design\DaVinci Resolve\fusionscript.dll",
    "linux": "/opt/resolve/libs/Fusion/fusionscript.so",
}
"""The library those modules load."""


class Session(Caller):
    """One running Resolve, as a step sees it."""

    def __init__(self, resolve: Any, names: Mapping[str, Any], journal: Journal) -> None:
        """Take a Resolve that was found, and what else the script was given.

        Raises:
            BridgeError: The Resolve is older than this workflow needs.
        """
        super().__init__(OLDEST, journal)
        self.resolve = resolve
        self.names = names
        self.version = self._read_version()
        if self.version < OLDEST:
            oldest = ".".join(map(str, OLDEST[:2]))
            cause = f"this is Resolve {self.spoken_version}; the workflow needs {oldest} or newer"
            raise BridgeError("DaVinci Resolve", cause, f"update to {oldest} or newer")
        self.edition = self._read_edition()
        journal.record("resolve", {"version": self.spoken_version, "edition": self.edition})

    @property
    def spoken_version(self) -> str:
        """The version as people write it."""
        return ".".join(map(str, self.version))

    @property
    def is_studio(self) -> bool:
        """Whether this is the Studio edition."""
        return self.edition == "studio"

    def project(self) -> Any:
        """Return the open project.

        Raises:
            RefusedError: None is open.
        """
        return self.demand(self.manager(), "ProjectManager.GetCurrentProject")

    def manager(self) -> Any:
        """Return the project manager."""
        return self.demand(self.resolve, "Resolve.GetProjectManager")

    def pool(self) -> Any:
        """Return the open project's media pool."""
        return self.demand(self.project(), "Project.GetMediaPool")

    def bins(self) -> Dict[str, Any]:
        """Return the bins directly under the root, by name."""
        root = self.demand(self.pool(), "MediaPool.GetRootFolder")
        folders = self.listed(root, "Folder.GetSubFolderList")
        return {self.text(folder, "Folder.GetName"): folder for folder in folders}

    def timelines(self) -> Dict[str, Any]:
        """Return the project's timelines by name; there is no function that finds one by name."""
        project = self.project()
        count = int(self.number(project, "Project.GetTimelineCount"))
        found = (self.demand(project, "Project.GetTimelineByIndex", i + 1) for i in range(count))
        return {self.text(one, "Timeline.GetName"): one for one in found}

    def items(self, timeline: Any, track: int) -> List[Any]:
        """Return what lies on a video track, transitions left out, in order of time."""
        listed = self.listed(timeline, "Timeline.GetItemListInTrack", "video", track)
        clips = [
            one for one in listed if self.ask(one, "TimelineItem.GetMediaPoolItem") is not None
        ]
        return sorted(clips, key=lambda one: self.number(one, "TimelineItem.GetStart"))

    def _read_version(self) -> Version:
        numbers = self.listed(self.resolve, "Resolve.GetVersion")[:3]
        if len(numbers) < 3 or not all(isinstance(number, (int, float)) for number in numbers):
            cause = f"does not say which version it is (it answered {numbers!r})"
            raise BridgeError(
                "DaVinci Resolve", cause, "restart Resolve, then run this entry again"
            )
        major, minor, patch = (int(number) for number in numbers)
        return (major, minor, patch)

    def _read_edition(self) -> str:
        name = self.text(self.resolve, "Resolve.GetProductName")
        return "studio" if "studio" in name.lower() else "free"


def find_resolve(names: Mapping[str, Any]) -> Any:
    """Find Resolve: handed to the script, through `bmd` or `app`, or from outside.

    Args:
        names: The launcher's global names; Resolve puts `resolve`, `bmd`, `app` there.

    Raises:
        BridgeError: No Resolve answers.
    """
    for candidate in _candidates(names):
        # Anything may stand there: only an object that knows its version is Resolve.
        if candidate is not None and callable(getattr(candidate, "GetVersion", None)):
            return candidate
    raise BridgeError(
        "DaVinci Resolve",
        "no running Resolve answers",
        "start Resolve, open a project, and run this entry from Workspace > Scripts (from outside: "
        "Studio only, with Preferences > System > General > External scripting = Local)",
    )


def _candidates(names: Mapping[str, Any]) -> Any:
    yield names.get("resolve")
    bmd = names.get("bmd")
    if bmd is not None and callable(getattr(bmd, "scriptapp", None)):
        yield bmd.scriptapp("Resolve")
    app = names.get("app")
    if app is not None and callable(getattr(app, "GetResolve", None)):
        yield app.GetResolve()
    yield _resolve_from_outside()


def _resolve_from_outside() -> Optional[Any]:
    """Load Resolve's own module, as a script that runs in a terminal must."""
    system = "linux" if sys.platform.startswith("linux") else sys.platform
    folder = os.environ.get("RESOLVE_SCRIPT_API") or API_FOLDERS.get(system, "")
    os.environ.setdefault("RESOLVE_SCRIPT_LIB", API_LIBRARIES.get(system, ""))
    modules = Path(os.path.expandvars(folder)) / "Modules"
    if not modules.is_dir():
        return None
    sys.path.append(str(modules))
    try:
        import DaVinciResolveScript  # type: ignore[import-not-found]
    except (ImportError, SystemExit):  # old copies of it import what newer Pythons lack
        return None
    finally:
        sys.path.remove(str(modules))
    return DaVinciResolveScript.scriptapp("Resolve")
