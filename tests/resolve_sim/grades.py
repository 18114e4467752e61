"""Node graphs: what the API shows of a grade, and what a grade does to the picture."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from resolve_sim.model import Model
from resolve_sim.world import Look, World


@dataclass
class Node:
    """One corrector node."""

    lut: str = ""
    label: str = ""
    is_enabled: bool = True
    cache: int = -1
    tools: list[str] = field(default_factory=list)
    """Names of the OFX in the node, which GetToolsInNode shows."""
    cdl: tuple[tuple[float, ...], ...] = ()
    """Slope, offset, power and saturation, as SetCDL set them."""
    look: Look | None = None
    """What primaries and curves do to the display picture: the API shows nothing of it."""


class Graph(Model):
    """The nodes of one version of a clip's grade, or of a timeline's; indices count from 1."""

    def __init__(self, world: World) -> None:
        """Begin with one node that does nothing."""
        super().__init__(world)
        self.nodes = [Node()]

    def node(self, index: int) -> Node | None:
        """Return a node; None if there is none of that index."""
        return self.nodes[index - 1] if 1 <= index <= len(self.nodes) else None

    def take(self, other: Graph) -> None:
        """Take over another graph's nodes."""
        self.nodes = [Node(**{**vars(n), "tools": list(n.tools)}) for n in other.nodes]

    def GetNumNodes(self) -> int:
        """Return how many nodes there are."""
        return len(self.nodes)

    def SetLUT(self, index: int, path: str) -> bool:
        """Put a LUT on a node: only one that Resolve has listed, by its path in the LUT folder."""
        node, listed = self.node(index), self._listed(path)
        is_dctl = path.endswith((".dctl", ".dctle"))
        if is_dctl and not (self.world.is_studio or self.world.switches.dctl_in_free):
            return False
        if node is None or (path and listed is None):
            return False
        node.lut = listed or ""
        return True

    def _listed(self, path: str) -> str | None:
        folder, way = self.world.lut_folder, self.world.switches.lut_paths
        if way == "backslash":
            path = "" if "/" in path else path.replace("\\", "/")
        file = Path(path)
        if way == "absolute" and not file.is_absolute():
            return None
        if file.is_absolute():
            if not file.is_relative_to(folder):
                return None
            path = file.relative_to(folder).as_posix()
        return path if path in self.world.luts else None

    def GetLUT(self, index: int) -> str:
        """Return the path of a node's LUT in the LUT folder."""
        node = self.node(index)
        lut = node.lut if node else ""
        return lut.replace("/", "\\") if self.world.switches.lut_paths == "backslash" else lut

    def SetNodeCacheMode(self, index: int, mode: float) -> bool:
        """Choose how a node is cached."""
        node = self.node(index)
        if node is None or mode not in (-1, 0, 1):
            return False
        node.cache = int(mode)
        return True

    def GetNodeCacheMode(self, index: int) -> int | None:
        """Return how a node is cached."""
        node = self.node(index)
        return node.cache if node else None

    def GetNodeLabel(self, index: int) -> str:
        """Return a node's label."""
        node = self.node(index)
        return node.label if node else ""

    def GetToolsInNode(self, index: int) -> list[str] | None:
        """Return the names of a node's tools; None of one that has none."""
        node = self.node(index)
        return list(node.tools) or None if node else None

    def SetNodeEnabled(self, index: int, is_enabled: bool) -> bool:
        """Switch a node on or off."""
        node = self.node(index)
        if node is None:
            return False
        node.is_enabled = is_enabled
        return True

    def set_cdl(self, cdl: dict[str, object]) -> bool:
        """Give a node an ASC CDL, all of it as strings."""
        values = [cdl.get(key) for key in ("Slope", "Offset", "Power", "Saturation")]
        index = cdl.get("NodeIndex")
        try:
            numbers = tuple(tuple(map(float, str(value).split())) for value in values)
        except ValueError:
            return False
        node = self.node(int(index)) if isinstance(index, str) and index.isdecimal() else None
        if node is None or [len(number) for number in numbers] != [3, 3, 3, 1]:
            return False
        node.cdl = numbers
        return True

    def ApplyGradeFromDRX(self, path: str, mode: int) -> bool:
        """Put a saved grade in the whole graph's place."""
        file = Path(path)
        if file.suffix != ".drx" or not file.is_file() or mode not in (0, 1, 2):
            return False
        self.nodes = [Node(**node) for node in json.loads(file.read_text("utf-8"))["nodes"]]
        return True

    def ApplyArriCdlLut(self) -> bool:
        """Refuse: no clip here is an ARRI's."""
        return False

    def ResetAllGrades(self) -> bool:
        """Leave one node that does nothing."""
        self.nodes = [Node()]
        return True

    def snapshot(self) -> list[dict[str, object]]:
        """Return the nodes as plain values."""
        return [{**vars(n), "tools": list(n.tools), "look": n.look is not None} for n in self.nodes]


class Versions:
    """A clip's colour versions: local ones are its own, remote ones would be shared."""

    def __init__(self, world: World) -> None:
        """Begin with one local version."""
        self.world = world
        self.graphs = {(0, "Version 1"): Graph(world)}
        self.current = (0, "Version 1")

    @property
    def graph(self) -> Graph:
        """The nodes of the version in use."""
        return self.graphs[self.current]

    def add(self, name: str, kind: int) -> bool:
        """Add a version with the grade of the current one."""
        if not name or kind not in (0, 1) or (kind, name) in self.graphs:
            return False
        graph = Graph(self.world)
        graph.take(self.graph)
        self.graphs[kind, name] = graph
        if self.world.switches.add_version_loads:
            self.current = (kind, name)
        return True

    def load(self, name: str, kind: int) -> bool:
        """Use another version."""
        if (kind, name) not in self.graphs:
            return False
        self.current = (kind, name)
        return True

    def delete(self, name: str, kind: int) -> bool:
        """Delete a version that is not in use."""
        if (kind, name) not in self.graphs or (kind, name) == self.current:
            return False
        del self.graphs[kind, name]
        return True

    def rename(self, old: str, new: str, kind: int) -> bool:
        """Rename a version."""
        if (kind, old) not in self.graphs or not new or (kind, new) in self.graphs:
            return False
        self.graphs[kind, new] = self.graphs.pop((kind, old))
        if self.current == (kind, old):
            self.current = (kind, new)
        return True

    def names(self, kind: int) -> list[str]:
        """Return the names of the local (0) or remote (1) versions."""
        return [name for one, name in self.graphs if one == kind]
