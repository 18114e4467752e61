"""What all objects of one simulated Resolve share: version, switches, page, dialog, numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resolve_sim.switches import Switches

Picture = NDArray[np.float64]
"""(height, width, 3), as deep as it takes for a half to survive a transform and its inverse."""

Look = Callable[[Picture], Picture]
"""What a LUT, a node or a tool does to a picture."""


@dataclass
class World:
    """The application around projects and timelines."""

    root: Path
    version: tuple[int, int, int]
    edition: str
    switches: Switches
    page: str | None = "edit"
    modal: bool = False
    hang_seconds: float = 0.05
    luts: set[str] = field(default_factory=set)
    looks: dict[str, tuple[str, Look]] = field(default_factory=dict)
    presets: dict[str, dict[str, str]] = field(default_factory=dict)
    """Saved project settings."""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __deepcopy__(self, _memo: dict[int, object]) -> World:
        """Stay one: what is copied lives in the same world."""
        return self

    def at_least(self, *version: int) -> bool:
        """Say whether this Resolve is that version or newer."""
        return self.version >= version

    def identity(self) -> str:
        """Return an identity that no other object has."""
        return f"00000000-0000-4000-8000-{next(self.numbers):012d}"

    @property
    def is_studio(self) -> bool:
        """Whether this is Resolve Studio."""
        return self.edition == "studio"

    @property
    def lut_folder(self) -> Path:
        """The master LUT folder."""
        return self.root / "LUT"

    @property
    def user_lut_folder(self) -> Path:
        """The user's own LUT folder, which SetLUT does not see."""
        return self.root / "UserLUT"

    def refresh_luts(self) -> None:
        """List the LUTs anew, as Resolve does at its start and in RefreshLUTList."""
        folders = [self.lut_folder]
        if self.switches.lut_custom_path and self.switches.lut_custom_reached:
            folders.append(self.switches.lut_custom_path)
        self.luts = {
            path.relative_to(folder).as_posix()
            for folder in folders
            for path in folder.rglob("*")
            if path.suffix.lower() in {".cube", ".dat", ".3dl", ".m3d", ".dctl", ".dctle"}
        }


def parse_version(text: str) -> tuple[int, int, int]:
    """Return `21.0.4` (or `21.0`, which stands for its first release) as numbers."""
    numbers = [int(part) for part in text.split(".")]
    major, minor = numbers[0], numbers[1] if len(numbers) > 1 else 0
    return major, minor, numbers[2] if len(numbers) > 2 else 0
