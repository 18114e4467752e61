"""Place PreBalance: what it copies, what it sets, what it refuses, and what it never touches."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Callable
from copy import copy, deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.bridge import installed, place_balance, pre_balance, rendering
from chromaresolve.bridge.install import install, uninstall
from chromaresolve.bridge.names import BALANCED_VERSION, NEUTRAL_VERSION, TEMPORARY
from chromaresolve.bridge.places import Machine, shared_place, user_place
from chromaresolve.bridge.pre_balance import find_shelf, judge_encoding, load_balance
from chromaresolve.frames import read_rgb
from faults import FAST, HOWS, SLOW, How, sweep
from machines import SYSTEMS, machine_at, snapshot
from pair_project import NAME, PairProject
from resolve_sim.grades import Node

DCTL = f"ChromaResolve PreBalance {NAME}.dctl"
CUBE = f"ChromaResolve PreBalance {NAME}.cube"
ACES_CUBE = f"ChromaResolve PreBalance {NAME} ACEScct.cube"
"""What the tool calls the two forms of this shot's balance."""

USERS = "Version 1"
"""The artist's own colour version."""

TWO_ROUNDINGS = 2.0**-10
"""Relative: a half keeps eleven bits; a value goes through a transform, its inverse and a half."""

EDITIONS = [
    pytest.param("19.1", "free", DCTL, id="19.1 free, takes a DCTL"),
    pytest.param("19.1", "studio", DCTL, id="19.1 Studio"),
    pytest.param("20.3", "studio", DCTL, id="20.3 Studio"),
    pytest.param("21.0", "free", CUBE, id="21.0 free, takes none"),
    pytest.param("21.0", "studio", DCTL, id="21.0 Studio"),
    pytest.param("21.1", "studio", DCTL, id="21.1 Studio"),
]
"""Where Resolve lists Python scripts, and which form it ends with."""


class Placing(PairProject):
    """A conformed pair in a Resolve whose LUT folder is that of a computer of our own."""

    def __init__(
        self,
        root: Path,
        version: str = "21.0",
        edition: str = "studio",
        *,
        clips: int = 1,
        system: str = "Linux",
        **switches: Any,
    ) -> None:
        """Conform a Source of one or more clips, with a grade of the artist's on each."""
        self.disk = root
        machine = machine_at(root, system)
        self.luts = shared_place(machine).luts / "ChromaResolve"
        # The simulator's LUT folder is `resolve/LUT`: on Linux that is where Resolve's own lies.
        (root / "opt").mkdir()
        super().__init__(root / "opt", version, edition, **switches)
        if system != "Linux":
            self.luts.parent.parent.mkdir(parents=True)
            self.luts.parent.symlink_to(self.sim.world.lut_folder)
        self.machine = Machine(machine.system, machine.home, machine.env, machine.root)
        self.sequence("Source", 1001, 2, timecode="01:00:00:00")
        self.sequence("Reference", 1001, 2)
        self.write_balance()
        assert self.run("conform"), self.text
        self.pair(1).versions.graphs[0, USERS].nodes = [Node(lut="film.cube", label="look")]
        for _ in range(clips - 1):
            self._cut()

    def _cut(self) -> None:
        """Cut the first clip of the Source in two, as with the razor."""
        first = self.pair(1)
        first.duration //= 2
        second = copy(first)
        second.start += first.duration
        second.source_start += first.duration
        second.versions = deepcopy(first.versions)
        first.track.items.append(second)

    def write_balance(self, content: str = "// 1\n", *, cube: bool = True, **more: Any) -> None:
        """Write what `chromaresolve balance --dctl` writes."""
        folder = self.folder / "balance"
        folder.mkdir(exist_ok=True)
        (folder / DCTL).write_text(content, encoding="utf-8")
        if cube:
            (folder / CUBE).write_text(f"# {content}", encoding="utf-8")
        made = {
            "version": 1,
            "shot": NAME,
            "tool": "ChromaResolve 0.1.0",
            "encoding": "acescct",
            "dctl": f"balance/{DCTL}",
            "cube": f"balance/{CUBE}" if cube else None,
            "diagnosis": "cyan 24 % left, magenta 91 %, yellow 60 %",
            "solver": {"of": "a later version"},
            **more,
        }
        (self.folder / "balance.json").write_text(json.dumps(made), encoding="utf-8")

    def lut(self, clip: int = 1) -> str:
        """Return what the only node of the balanced version carries."""
        (node,) = self.pair(1, clip).versions.graphs[0, BALANCED_VERSION].nodes
        return node.lut

    def place(self, **answers: Any) -> bool:
        """Run the entry."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(place_balance, "this_machine", lambda: self.machine)
            return self.run("place_balance", **answers)


@pytest.fixture
def ready(tmp_path: Path) -> Callable[..., Placing]:
    """Make a conformed pair and the tool's balance of it."""

    def make(*args: Any, **switches: Any) -> Placing:
        return Placing(tmp_path, *args, **switches)

    return make


@pytest.fixture
def denied(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Take away the right to write into folders, which root has everywhere."""

    def deny(*folders: Path) -> None:
        true_access = os.access

        def access(path: str, mode: int) -> bool:
            is_below = any(folder in (Path(path), *Path(path).parents) for folder in folders)
            return not is_below and true_access(path, mode)

        monkeypatch.setattr(os, "access", access)

    return deny


@pytest.mark.parametrize(("version", "edition", "form"), EDITIONS)
def test_place_lays_the_balance_on_the_source(
    ready: Callable[..., Placing], version: str, edition: str, form: str
) -> None:
    """On a version of its own, in use; every other one is as it was, and so is the session."""
    project = ready(version, edition, clips=2, dctl_in_free=version == "19.1")
    pool = project.sim.project.pool
    pool.desk.current = pool.CreateEmptyTimeline("Dailies")
    project.sim.world.page = "color"
    before = project.sim.snapshot()

    assert project.place(), project.text

    for number in (1, 2):
        versions = project.pair(1, number).versions
        assert versions.current == (0, BALANCED_VERSION)
        assert project.lut(number) == f"ChromaResolve/{form}"
        assert versions.graphs[0, NEUTRAL_VERSION].nodes == [Node()]
        assert versions.graphs[0, USERS].nodes == [Node(lut="film.cube", label="look")]
        assert TEMPORARY not in versions.names(0)
    assert sorted(path.name for path in project.luts.iterdir()) == [CUBE, DCTL]
    assert kept(project.sim.snapshot()) == kept(before)
    assert "cyan 24 % left" in project.text
    assert ("as the free edition may" in project.text) == (form == CUBE)


@pytest.mark.parametrize(("version", "edition", "form"), EDITIONS)
def test_second_run_changes_nothing(
    ready: Callable[..., Placing], version: str, edition: str, form: str
) -> None:
    """Also where the cube lies there because the DCTL was refused."""
    project = ready(version, edition, dctl_in_free=version == "19.1")
    assert project.place(), project.text
    before, files = project.sim.snapshot(), snapshot(project.luts)

    assert project.place(), project.text

    assert project.report()["plan"] == []
    assert project.report()["outcome"] == "nothing to do"
    assert project.writes() == []
    assert (project.sim.snapshot(), snapshot(project.luts)) == (before, files)
    assert project.lut() == f"ChromaResolve/{form}"


def test_new_balance_takes_the_place_of_the_earlier_one(ready: Callable[..., Placing]) -> None:
    """Under the same name: the file is replaced, the list read anew, the node set again, aloud."""
    project = ready()
    assert project.place(), project.text
    project.write_balance("// 2\n")
    project.sim.calls.clear()

    assert project.place(), project.text

    assert (project.luts / DCTL).read_text(encoding="utf-8") == "// 2\n"
    assert f"{DCTL}: the new balance takes the place of the earlier one" in project.text
    assert f"replace {DCTL} in {project.luts}" in project.report()["plan"]
    methods = [call.method for call in project.sim.calls]
    assert methods.index("RefreshLUTList") < methods.index("SetLUT")
    assert methods.count("SetLUT") == 1
    assert project.pair(1).versions.current == (0, BALANCED_VERSION)


def test_balance_is_set_again_after_a_run_that_did_not_end(ready: Callable[..., Placing]) -> None:
    """The new file lay there and the node carried its name, but Resolve had not read it yet."""
    project = ready()
    assert project.place(), project.text
    project.write_balance("// 2\n")
    project.sim.fail(call="Project.RefreshLUTList")
    assert not project.place()
    assert "choose Update Lists" in project.text
    assert (project.luts / DCTL).read_text(encoding="utf-8") == "// 2\n"

    assert project.place(), project.text

    assert project.report()["plan"] == [f"set V1 at frame 0 {DCTL} was {BALANCED_VERSION}"]
    assert project.place(), project.text
    assert project.report()["plan"] == []


def test_placed_version_is_one_that_conform_keeps(ready: Callable[..., Placing]) -> None:
    """2 Conform has nothing to do, and 4 Check Parity says what the clip carries."""
    project = ready()
    assert project.place(), project.text

    assert project.run("conform"), project.text

    assert project.report()["plan"] == []
    said = f"carries ChromaResolve PreBalance on version {BALANCED_VERSION!r}"
    assert said in project.text


def test_placed_version_is_what_export_hands_over_as_balanced(
    ready: Callable[..., Placing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rendered through our LUT, beside a neutral Source; a new balance says to export again."""
    monkeypatch.setattr(rendering, "POLL_SECONDS", 0.0)
    project = ready(render_polls=1)
    project.sim.lut(f"ChromaResolve/{DCTL}", lambda rgb: rgb / 2)
    for name in ("Source", "Reference"):
        clip = project.pair(1 + (name == "Reference")).media
        assert clip is not None
        clip.idt = "Inverse Rec.709 BT.1886"
    assert project.place(), project.text
    assert "export again" not in project.text

    assert project.run("export"), project.text

    plates = project.folder / "plates"
    source, balanced = (read_rgb(plates / f"{NAME}_{kind}_1001.exr") for kind in ("SOURCE", "BAL"))
    # Up to line 10 nothing of these ramps is above white, where an export ends.
    np.testing.assert_allclose(balanced[:10], source[:10] / 2, rtol=TWO_ROUNDINGS)
    assert project.pair(1).versions.current == (0, BALANCED_VERSION)
    project.write_balance("// 2\n")
    assert project.place(), project.text
    assert 'were exported before this: say "export again" in 5 Export Pair' in project.text


def test_version_that_was_switched_away_is_used_again(ready: Callable[..., Placing]) -> None:
    """The artist compared with the neutral version: the balanced one is shown again."""
    project = ready()
    assert project.place(), project.text
    project.pair(1).versions.current = (0, NEUTRAL_VERSION)

    assert project.place(), project.text

    assert project.pair(1).versions.current == (0, BALANCED_VERSION)
    assert project.pair(1).versions.names(0).count(BALANCED_VERSION) == 1


def test_studio_takes_the_dctl_where_free_had_left_the_cube(ready: Callable[..., Placing]) -> None:
    """The project moved to a Resolve that plays it."""
    project = ready(edition="free")
    assert project.place(), project.text
    assert project.lut() == f"ChromaResolve/{CUBE}"
    project.sim.world.edition = "studio"

    assert project.place(), project.text

    assert project.lut() == f"ChromaResolve/{DCTL}"


def test_display_balance_goes_into_an_aces_project_as_its_own_cube(
    ready: Callable[..., Placing],
) -> None:
    """Nodes get ACEScct there: the cube that goes through the output transform and back is set."""
    project = ready()
    project.write_balance(encoding="gamma24", aces_cube=f"balance/{ACES_CUBE}")
    (project.folder / "balance" / ACES_CUBE).write_text("# 1\n", encoding="utf-8")

    assert project.place(), project.text

    assert project.lut() == f"ChromaResolve/{ACES_CUBE}"
    assert [path.name for path in project.luts.iterdir()] == [ACES_CUBE]


def test_cube_is_set_where_the_artist_wants_it(ready: Callable[..., Placing]) -> None:
    """Without asking Resolve for a DCTL, which may open a window."""
    project = ready(edition="free")

    assert project.place(balance_form="cube"), project.text

    assert project.lut() == f"ChromaResolve/{CUBE}"
    assert [path.name for path in project.luts.iterdir()] == [CUBE]
    assert DCTL not in str([call.args for call in project.sim.calls])


@pytest.mark.parametrize(
    ("system", "way"),
    [
        pytest.param("Linux", "absolute", id="whole path"),
        pytest.param("Windows", "backslash", id="backslashes"),
        pytest.param("Windows", "any", id="Windows, slashes"),
        pytest.param("Darwin", "any", id="macOS"),
    ],
)
def test_path_is_spoken_as_resolve_knows_it(
    ready: Callable[..., Placing], system: str, way: str
) -> None:
    """From the LUT folder on with either separator, or whole; and read back either way."""
    project = ready(system=system, lut_paths=way)

    assert project.place(), project.text

    assert project.lut() == f"ChromaResolve/{DCTL}"
    assert project.place(), project.text
    assert project.report()["plan"] == []


@pytest.mark.parametrize("how", ["false", "none", "lie", "raise"])
def test_fallback_to_the_cube_is_said_aloud(ready: Callable[..., Placing], how: How) -> None:
    """A Studio that does not take this DCTL, as where it fails to build, tries again next time."""
    project = ready(lut_paths="absolute")
    project.sim.fail(call="Graph.SetLUT", nth=2, how=how)

    is_done = project.place()

    if how == "raise":
        assert not is_done
        assert project.pair(1).versions.current == (0, NEUTRAL_VERSION)
    else:
        assert is_done, project.text
        assert f"Resolve refused {DCTL}; it has {CUBE} now" in project.text
        assert project.lut() == f"ChromaResolve/{CUBE}"
    project.sim.mend()
    assert project.place(), project.text
    assert project.lut() == f"ChromaResolve/{DCTL}"


def others_on_node(project: Placing, node: Node) -> None:
    """Put something else on the version of our name."""
    assert project.place(), project.text
    project.pair(1).versions.graphs[0, BALANCED_VERSION].nodes = [node]
    project.write_balance("// 2\n")


def others_out_of_use(project: Placing) -> None:
    """The same, while another version is in use."""
    others_on_node(project, Node(lut="look.cube"))
    project.pair(1).versions.current = (0, NEUTRAL_VERSION)


def more_nodes(project: Placing) -> None:
    """Add a node after ours."""
    others_on_node(project, Node())
    ours = Node(lut=f"ChromaResolve/{DCTL}")
    project.pair(1).versions.graphs[0, BALANCED_VERSION].nodes = [ours, Node(label="mine")]


def remove(project: Placing, name: str) -> None:
    """Lose a file of the shot's."""
    (project.folder / name).unlink()


def set_by_hand(project: Placing, **settings: str) -> None:
    """Set the project up otherwise."""
    for key, value in settings.items():
        project.sim.by_hand(key, value)


MAKE = "run `chromaresolve balance SHOT --dctl`"

REFUSALS: list[Any] = [
    pytest.param(
        lambda p: remove(p, "balance.json"),
        f"balance.json: is not there: {MAKE} first",
        id="no balance",
    ),
    pytest.param(
        lambda p: (p.folder / "balance.json").write_text("{"),
        "balance.json: is not what it must be (JSONDecodeError",
        id="cut off",
    ),
    pytest.param(
        lambda p: (p.folder / "balance.json").write_text('{"version": 1}'),
        "balance.json: is not what it must be (KeyError: 'shot')",
        id="not whole",
    ),
    pytest.param(
        lambda p: p.write_balance(dctl="balance/mine.dctl"),
        "it names 'balance/mine.dctl', and no .dctl that begins with 'ChromaResolve PreBalance')",
        id="another name",
    ),
    pytest.param(
        lambda p: p.write_balance(dctl=None),
        "balance.json: is not what it must be (TypeError",
        id="no DCTL",
    ),
    pytest.param(
        lambda p: p.write_balance(version=2),
        "is of version 2, which this menu does not know: bring the tool and its menu to one",
        id="newer tool",
    ),
    pytest.param(
        lambda p: p.write_balance(shot="SH020"),
        f"balance.json: is of shot 'SH020': answer with the folder of {NAME!r}",
        id="another shot",
    ),
    pytest.param(
        lambda p: remove(p, f"balance/{DCTL}"),
        f"{DCTL}: cannot be read (No such file or directory): {MAKE} again",
        id="DCTL gone",
    ),
    pytest.param(
        lambda p: remove(p, f"balance/{CUBE}"),
        f"{CUBE}: cannot be read (No such file or directory): {MAKE} again",
        id="cube gone",
    ),
    pytest.param(
        lambda p: p.write_balance(encoding="gamma24"),
        "the balance's encoding: it works on gamma24, and nodes get acescct here (Project Settings "
        "> Color Management): balance the shot for this project, or open the project that it was",
        id="display balance in ACES",
    ),
    pytest.param(
        lambda p: set_by_hand(p, colorScienceMode="davinciYRGB"),
        "it works on acescct, and nodes get gamma24 here",
        id="ACES balance without ACES",
    ),
    pytest.param(
        lambda p: others_on_node(p, Node(lut="look.cube")),
        f"V1 at frame 0: version {BALANCED_VERSION!r} carries look.cube, which is yours: rename",
        id="another LUT",
    ),
    pytest.param(
        lambda p: others_on_node(p, Node(lut="ChromaResolve/ChromaResolve PreBalance.dctl")),
        "carries ChromaResolve/ChromaResolve PreBalance.dctl, which is yours",
        id="a balance by hand",
    ),
    pytest.param(
        lambda p: others_on_node(p, Node(lut=f"ChromaResolve/{DCTL}", tools=["Glow"])),
        f"version {BALANCED_VERSION!r} carries Glow, which is yours",
        id="an effect",
    ),
    pytest.param(more_nodes, "carries 2 nodes, which is yours", id="another node"),
    pytest.param(others_out_of_use, "carries look.cube, which is yours", id="out of use"),
    pytest.param(
        lambda p: p.pair(1).track.items.clear(),
        f"timeline '{NAME}_Pair': has no Source on V1: run 2 Conform first",
        id="no Source",
    ),
    pytest.param(
        lambda p: setattr(p.sim.timeline(f"{NAME}_Pair"), "name", "Other"),
        f"timeline '{NAME}_Pair': is not there: run 2 Conform first",
        id="no pair",
    ),
]


@pytest.mark.parametrize(("spoil", "sentence"), REFUSALS)
def test_place_refuses_what_does_not_fit(
    ready: Callable[..., Placing], spoil: Callable[[Placing], Any], sentence: str
) -> None:
    """And changes nothing, neither in Resolve nor in its LUT folder."""
    project = ready()
    spoil(project)
    before, files = project.sim.snapshot(), snapshot(project.luts.parent)

    assert not project.place()

    assert sentence in project.text
    assert "mistake in ChromaResolve" not in project.text
    assert (project.sim.snapshot(), snapshot(project.luts.parent)) == (before, files)


def test_balance_without_a_cube_is_placed_in_studio(ready: Callable[..., Placing]) -> None:
    """The cube is for those that take no DCTL."""
    project = ready()
    project.write_balance(cube=False)
    (project.folder / "balance" / CUBE).unlink()

    assert not project.place(balance_form="cube")
    assert "was made without a cube: answer 'DCTL' to 'Pre-balance as'" in project.text
    assert project.place(balance_form="DCTL"), project.text
    assert project.lut() == f"ChromaResolve/{DCTL}"


def test_free_edition_without_a_cube_is_told_the_way(ready: Callable[..., Placing]) -> None:
    """Which file, which folder, what to choose; and the Source is on the version it had."""
    project = ready(edition="free")
    project.write_balance(cube=False)
    before = project.sim.snapshot()

    assert not project.place()

    assert f"V1 at frame 0: Resolve took no {DCTL}: copy" in project.text
    assert f"copy {project.folder / 'balance' / DCTL} into {project.luts}" in project.text
    assert "choose Update Lists in Project Settings > Color Management" in project.text
    assert f"right click the Source's node on the Color page > LUT > ChromaResolve > {DCTL}" in (
        project.text
    )
    after = project.sim.snapshot()
    assert after.pop("luts") == [f"ChromaResolve/{DCTL}"]
    del before["luts"]
    assert after == before


@pytest.mark.parametrize(
    ("settings", "encoding", "verdict"),
    [
        pytest.param({"colorScienceMode": "acescct"}, "acescct", "ok", id="ACEScct"),
        pytest.param({"colorScienceMode": "acescct"}, "gamma24", "stop", id="display in ACES"),
        pytest.param({"colorScienceMode": "acescc"}, "acescct", "stop", id="ACEScc"),
        pytest.param(
            {
                "colorScienceMode": "acescct",
                "colorAcesNodeLUTProcessingSpace": "acesAp0Linear",
            },
            "acescct",
            "stop",
            id="AP0 linear",
        ),
        pytest.param(
            {"colorScienceMode": "davinciYRGB", "colorSpaceTimeline": "Rec.709 Gamma 2.4"},
            "gamma24",
            "ok",
            id="YRGB",
        ),
        pytest.param(
            {
                "colorScienceMode": "davinciYRGB",
                "separateColorSpaceAndGamma": "1",
                "colorSpaceTimeline": "Rec.709",
                "colorSpaceTimelineGamma": "Gamma 2.4",
            },
            "gamma24",
            "ok",
            id="YRGB, in two parts",
        ),
        pytest.param(
            {"colorScienceMode": "davinciYRGB", "colorSpaceTimeline": "Rec.709 Gamma 2.4"},
            "acescct",
            "stop",
            id="ACEScct in YRGB",
        ),
        pytest.param(
            {"colorScienceMode": "davinciYRGB", "colorSpaceTimeline": "Rec.709 Gamma 2.4"},
            "cineon",
            "note",
            id="a log scan in YRGB",
        ),
        pytest.param(
            {
                "colorScienceMode": "davinciYRGBColorManagedv2",
                "colorSpaceTimeline": "Rec.709 Gamma 2.4",
            },
            "cineon",
            "stop",
            id="a log scan, managed",
        ),
        pytest.param(
            {
                "colorScienceMode": "davinciYRGBColorManagedv2",
                "colorSpaceTimeline": "DaVinci WG/Intermediate",
            },
            "gamma24",
            "stop",
            id="wide gamut",
        ),
        pytest.param(
            {"colorScienceMode": "davinciYRGBColorManagedv2", "colorSpaceTimeline": "Log3G10"},
            "gamma24",
            "note",
            id="a space nobody wrote down",
        ),
        pytest.param({}, "acescct", "note", id="nothing told"),
    ],
)
def test_encoding_is_held_against_the_colour_management(
    settings: dict[str, str], encoding: str, verdict: str
) -> None:
    """What fits is right, what cannot fit is refused, and of the rest the user is warned."""
    known = dict.fromkeys(pre_balance.ENCODING_KEYS, "") | settings

    assert judge_encoding(encoding, known).verdict == verdict


def test_unknown_colour_management_is_said_aloud(ready: Callable[..., Placing]) -> None:
    """The balance lies there, and the user is told what to look at."""
    project = ready()
    set_by_hand(project, colorScienceMode="davinciYRGB")
    project.write_balance(encoding="cineon")

    assert project.place(), project.text

    assert project.report()["outcome"] == "look"
    assert "what nodes get here is not known" in project.text
    assert "tells davinciYRGB, Rec.709 Gamma 2.4" in project.text


def test_own_folder_is_taken_where_the_shared_one_is_denied(
    ready: Callable[..., Placing], denied: Callable[..., None]
) -> None:
    """Where the artist has added it to Resolve's LUT locations, that is enough."""
    project = ready()
    own = user_place(project.machine).luts
    project.sim.turn(lut_custom_path=own, lut_custom_reached=True)
    denied(project.luts.parent)

    assert project.place(), project.text

    assert sorted(path.name for path in (own / "ChromaResolve").iterdir()) == [CUBE, DCTL]
    assert not project.luts.exists()
    assert project.lut() == f"ChromaResolve/{DCTL}"


def test_answer_for_the_cube_is_obeyed_where_a_dctl_lies(ready: Callable[..., Placing]) -> None:
    """Also in a free edition that has taken the DCTL."""
    project = ready(edition="free", dctl_in_free=True)
    assert project.place(), project.text
    assert project.lut() == f"ChromaResolve/{DCTL}"

    assert project.place(balance_form="cube"), project.text

    assert project.lut() == f"ChromaResolve/{CUBE}"


def test_denied_folder_is_told_with_the_way_by_hand(
    ready: Callable[..., Placing], denied: Callable[..., None]
) -> None:
    """Resolve does not see the own one: an administrator copies, and then it goes on."""
    project = ready()
    denied(project.luts.parent)
    before = kept(project.sim.snapshot())

    assert not project.place()

    assert f"V1 at frame 0: Resolve took no {DCTL} and no {CUBE}: copy" in project.text
    assert f"into {project.luts} (an administrator may have to)" in project.text
    assert kept(project.sim.snapshot()) == before
    project.luts.mkdir()
    (project.luts / CUBE).write_bytes((project.folder / "balance" / CUBE).read_bytes())
    assert project.place(), project.text
    assert project.lut() == f"ChromaResolve/{CUBE}"
    assert project.place(), project.text
    assert project.report()["plan"] == []
    project.write_balance("// 2\n")
    assert not project.place()
    assert f"{project.luts / CUBE}: is of another balance, and you may not replace" in project.text


def test_no_folder_at_all_is_told(
    ready: Callable[..., Placing], denied: Callable[..., None]
) -> None:
    """Nothing is written, and the way by hand is said."""
    project = ready()
    own = user_place(project.machine).luts / "ChromaResolve"
    own.mkdir(parents=True)
    denied(project.luts.parent, own)
    before = project.sim.snapshot()

    assert not project.place()

    assert f"{own}: you may not write there: copy" in project.text
    assert project.sim.snapshot() == before


def test_full_disk_is_said_and_the_next_run_goes_on(
    ready: Callable[..., Placing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the file's name is the whole file or none."""
    project = ready()

    def fill(_home: Path, _contents: object, _shot: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pre_balance, "write_copies", fill)
        assert not project.place()
    assert "cannot be read or written (No space left on device): copy" in project.text
    assert project.place(), project.text


@pytest.mark.parametrize("kind", ["file", "edited", "link"])
def test_what_somebody_else_wrote_is_not_replaced(ready: Callable[..., Placing], kind: str) -> None:
    """Neither a file of that name, nor ours with the artist's own values in it."""
    project = ready()
    if kind == "edited":
        assert project.place(), project.text
    project.luts.mkdir(exist_ok=True)
    file = project.luts / DCTL
    if kind == "link":
        file.symlink_to(project.folder / "elsewhere")
    else:
        file.write_text("mine", encoding="utf-8")
    project.write_balance("// 2\n")
    before = project.sim.snapshot()

    assert not project.place()

    assert f"{file}: ChromaResolve did not put this here: move it away" in project.text
    assert project.sim.snapshot() == before
    file.unlink()
    assert project.place(), project.text


def test_another_films_shot_of_this_name_is_not_replaced(ready: Callable[..., Placing]) -> None:
    """Its nodes would show this one's balance; a shot folder that was moved is no other shot."""
    project = ready()
    assert project.place(), project.text
    first = project.folder
    project.folder = first.with_name("another film")
    project.folder.mkdir()
    project.write_balance("// 2\n")

    assert not project.place(folder=str(project.folder))
    assert f"{DCTL}: is the balance of another shot of this name, {first}" in project.text

    first.rename(first.with_name("gone"))
    assert project.place(folder=str(project.folder)), project.text
    assert (project.luts / DCTL).read_text(encoding="utf-8") == "// 2\n"


@pytest.mark.parametrize("system", SYSTEMS)
def test_shared_lut_folder_is_chosen_on_each_system(tmp_path: Path, system: str) -> None:
    """The only one from which scripts set LUTs; never made, only filled."""
    machine = machine_at(tmp_path, system)
    folder = tmp_path / "shot"
    (folder / "balance").mkdir(parents=True)
    made = {"version": 1, "shot": "shot", "encoding": "acescct", "dctl": DCTL, "cube": None}
    (folder / "balance.json").write_text(json.dumps(made), encoding="utf-8")
    (folder / DCTL).touch()
    luts = load_balance(folder, "shot").forms

    assert find_shelf(machine, tmp_path, folder, luts).folder.parent == user_place(machine).luts
    shared_place(machine).luts.mkdir(parents=True)
    assert find_shelf(machine, tmp_path, folder, luts).folder.parent == shared_place(machine).luts


def test_uninstall_takes_what_was_placed(ready: Callable[..., Placing]) -> None:
    """Files, folder and record; what the artist has edited since stays."""
    project = ready()
    home = user_place(project.machine).home
    home.parent.mkdir(parents=True)
    project.home = project.home.replace(home)
    before = snapshot(project.luts.parent)
    assert project.place(), project.text

    report = uninstall(project.machine)

    assert sorted(path.name for path in report.removed) == [CUBE, DCTL]
    assert report.places
    assert snapshot(project.luts.parent) == before
    assert not (project.home / installed.PLACED).exists()
    assert uninstall(project.machine).places == ()
    assert project.place(), project.text
    (project.luts / DCTL).write_text("mine", encoding="utf-8")
    assert uninstall(project.machine).kept == (project.luts / DCTL,)
    assert [path.name for path in project.luts.iterdir()] == [DCTL]


@pytest.mark.parametrize("first", ["install", "place"])
def test_uninstall_leaves_no_folder_that_either_made(
    ready: Callable[..., Placing], denied: Callable[..., None], first: str
) -> None:
    """The menu's shaders and the balance lie in one folder, whoever made it."""
    project = ready(lut_custom_reached=True)
    place = user_place(project.machine)
    place.home.parent.mkdir(parents=True)
    project.home = project.home.replace(place.home)
    project.sim.turn(lut_custom_path=place.luts)
    denied(project.luts.parent)
    shaders = project.root / "dctl"
    shaders.mkdir()
    (shaders / "ChromaResolve PreBalance.dctl").touch()
    steps: list[Callable[[], object]] = [
        lambda: install(project.machine, scripts=shaders, dctl=shaders, tool=("tool",)),
        lambda: project.place() or pytest.fail(project.text),
    ]

    for step in steps if first == "install" else reversed(steps):
        step()

    assert len(list((place.luts / "ChromaResolve").iterdir())) == 3
    uninstall(project.machine)
    assert not place.luts.exists()


def test_killed_run_goes_on_or_goes_away(
    ready: Callable[..., Placing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before any of its writes: the record, two files, and the record again."""
    project = ready()
    home = user_place(project.machine).home
    home.parent.mkdir(parents=True)
    project.home = project.home.replace(home)
    before = snapshot(project.luts.parent)
    for number, then in itertools.product(range(4), ("again", "uninstall")):
        project.write_balance(f"// before {number} {then}\n")
        assert project.place(), project.text
        project.write_balance(f"// after {number} {then}\n")
        with monkeypatch.context() as patch:
            stop_at(patch, number)
            with pytest.raises(KeyboardInterrupt):
                project.place()
        if then == "again":
            assert project.place(), project.text
            assert project.report()["plan"] != []
            assert (project.luts / DCTL).read_text() == f"// after {number} {then}\n"
        uninstall(project.machine)
        assert snapshot(project.luts.parent) == before, (number, then)


def stop_at(patch: pytest.MonkeyPatch, number: int) -> None:
    """Stop the program at a write, when the file lies half under its temporary name."""
    writes = itertools.count()

    def write(path: Path, content: bytes) -> None:
        if next(writes) == number:
            path.parent.mkdir(parents=True, exist_ok=True)
            installed.unfinished(path).write_bytes(content[:3])
            raise KeyboardInterrupt
        true_write(path, content)

    true_write = installed.write_content
    patch.setattr(installed, "write_content", write)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2}', '{"format": 1, "files": {"a": 1}}'])
def test_record_that_cannot_be_understood_is_named(
    ready: Callable[..., Placing], text: str
) -> None:
    """Nothing is replaced or removed on a guess."""
    project = ready()
    assert project.place(), project.text
    (project.home / installed.PLACED).write_text(text, encoding="utf-8")
    project.write_balance("// 2\n")

    assert not project.place()

    assert (
        f"{project.home / installed.PLACED}: is not a record that this ChromaResolve knows"
        in project.text
    )
    assert (project.luts / DCTL).read_text(encoding="utf-8") == "// 1\n"


def kept(state: dict[str, Any]) -> object:
    """What placing a balance must never change: all but our version of the Source."""
    project = state["project"]
    timelines = {name: dict(one) for name, one in project["timelines"].items()}
    pair = timelines.pop(f"{NAME}_Pair")
    source, *tracks = pair["tracks"]["video"]
    clips = [dict(one) for one in source["items"]]
    for one in clips:
        del one["version"]
        ours = one["versions"].get((0, BALANCED_VERSION))
        one["versions"] = {k: v for k, v in one["versions"].items() if k[1] != BALANCED_VERSION}
        assert ours is None or ours[0]["lut"].startswith("ChromaResolve/")
    return {
        **{key: one for key, one in state.items() if key not in ("luts", "project")},
        **{key: one for key, one in project.items() if key != "timelines"},
        "timelines": timelines,
        "pair": {key: one for key, one in pair.items() if key != "tracks"},
        "tracks": tracks,
        "source": clips,
    }


def preparation(root: Path, *, again: bool) -> Callable[[], Placing]:
    """Return what makes a new project, or one with a new balance, for each call that fails."""

    def prepare() -> Placing:
        shutil.rmtree(root)  # the same place each time, so that states can be compared
        root.mkdir()
        project = Placing(root, clips=2)
        pool = project.sim.project.pool
        pool.desk.current = pool.CreateEmptyTimeline("Dailies")
        project.sim.world.page = "color"
        if again:
            assert project.place(), project.text
            project.write_balance("// 2\n")
        project.sim.calls.clear()
        project.sim.switchboard.count = 0
        return project

    return prepare


def place(project: Any) -> bool:
    """Run the entry; afterwards nothing of ours is half there, and all clips show one version."""
    is_done: bool = project.place()
    versions = [project.pair(1, number).versions for number in (1, 2)]
    assert all(TEMPORARY not in one.names(0) for one in versions), project.text
    # A clip that Resolve once told to be none, as a title is, was left out, and that was said.
    is_one = versions[0].current == versions[1].current
    assert is_one or "Resolve did not do: set" in project.text, project.text
    assert "mistake in ChromaResolve" not in project.text
    return is_done


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
def test_nothing_else_changes_when_a_call_fails(tmp_path: Path, how: How) -> None:
    """A sample of the calls goes wrong in turn; the next run finishes the work."""
    sweep(preparation(tmp_path, again=False), place, kept, how=how, every=2 * FAST)


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("how", HOWS)
def test_nothing_else_changes_whichever_call_fails(tmp_path: Path, how: How, again: bool) -> None:
    """Every call goes wrong in turn."""
    sweep(preparation(tmp_path, again=again), place, kept, how=how, every=SLOW)
