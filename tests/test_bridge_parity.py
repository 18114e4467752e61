"""4 Check Parity: a verdict and a remedy for each row, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from chromaresolve.bridge.conforming import Facts as PairFacts
from chromaresolve.bridge.conforming import Lane
from chromaresolve.bridge.exr_header import Channel, ExrHeader, Window
from chromaresolve.bridge.media import Clip
from chromaresolve.bridge.names import BALANCED_VERSION, NEUTRAL_VERSION
from chromaresolve.bridge.parity import judge_parity
from chromaresolve.bridge.parity_rows import Facts, Side
from chromaresolve.bridge.placing import Placed
from chromaresolve.bridge.seen import Node, Seen
from pair_project import NAME, PairProject

HOME = Path("/home/artist/ChromaResolve")
REST: dict[str, Any] = {
    "Pan": 0.0,
    "ZoomX": 1.0,
    "ZoomY": 1.0,
    "Opacity": 100.0,
    "CompositeMode": 0,
    "Scaling": 1,
    "TransformEnabled": True,
    "DynamicZoomEnabled": False,
}
"""An Inspector at rest, without resizing."""


def header(*names: str) -> ExrHeader:
    """Return what an EXR with these channels says."""
    window = Window(0, 0, 2048, 1556)
    return ExrHeader(
        path=Path("/media/scan_1001.exr"),
        channels=tuple(Channel(name, "half", (1, 1)) for name in names),
        compression="zip",
        data_window=window,
        display_window=window,
        pixel_aspect=1.0,
        timecode=None,
        frame_rate=None,
        chromaticities=None,
        strings={},
        end=0,
    )


def side(name: str, first: int, **properties: Any) -> Side:
    """Return a clip without fault, but for these attributes."""
    known = {
        "Resolution": "2048x1556",
        "FPS": 24.0,
        "Frames": "100",
        "Start TC": "01:00:41:17",
        "PAR": "Square",
        "Field Dominance": "Auto",
        "Alpha mode": "None",
        "Data Level": "Full",
        "IDT": "Inverse Rec.709 BT.1886",
        "Bit Depth": "16",
        "Reel Name": "A001",
        "Online Status": "Online",
        "Proxy": "None",
        "Super Scale": 1,
        "Input Sizing Preset": "None",
        "H-FLIP": "Off",
        "Input LUT": "",
    }
    path = f"/media/{name.lower()}_[{first:04}-{first + 99:04}].exr"
    clip = Clip(remote=None, name=name.lower(), path=path, properties={**known, **properties})
    return Side(name, clip, header("B", "G", "R"))


def seen(name: str, medium: Clip, **more: Any) -> Seen:
    """Return a clip that lies on the pair timeline with nothing done to it, but for this."""
    lies = Placed(item=None, start=0, duration=100, left_offset=0, told_offset=0, clip=medium)
    known: dict[str, Any] = {
        "lane": name,
        "track": 1 if name == "Source" else 2,
        "placed": lies,
        "percent": 100.0,
        "inspector": REST,
        "version": NEUTRAL_VERSION,
        "versions": ("Version 1", NEUTRAL_VERSION),
        "nodes": (Node("", ()),),
    }
    return Seen(**{**known, **more})


def facts(
    source: dict[str, Any] | None = None,
    reference: dict[str, Any] | None = None,
    *,
    scan: dict[str, Any] | None = None,
    video: dict[str, Any] | None = None,
    settings: dict[str, str] | None = None,
    pair: dict[str, Any] | None = None,
    **more: Any,
) -> Facts:
    """Return a pair without fault, but for what is given.

    Args:
        source: Attributes of the Source's clip.
        reference: Attributes of the Reference's clip.
        scan: What was done to the Source on the timeline.
        video: What was done to the Reference there.
        settings: Settings of the timeline.
        pair: Facts of the pair timeline.
        **more: Everything else.
    """
    sides = side("Source", 1001, **(source or {})), side("Reference", 1, **(reference or {}))
    done = (scan or {}), (video or {})
    lanes = tuple(
        Lane(one.name, one.clip, (seen(one.name, one.clip, **each),))
        for one, each in zip(sides, done, strict=True)
    )
    known: dict[str, Any] = {
        "name": f"{NAME}_Pair",
        "is_there": True,
        "begins": "01:00:41:17",
        "tracks": ("Source", "Reference"),
        "rate": (Fraction(24), False),
        "raster": (2048, 1556),
        "fitting": "centerCrop",
        "lanes": lanes,
        "can_speed": True,
    }
    set_up = {
        "colorScienceMode": "acescct",
        "colorAcesODT": "Rec.709 BT.1886",
        "colorAcesGamutCompressType": "None",
        "colorAcesIDT": "No Input Transform",
        "timelineOutputResMatchTimelineRes": "1",
        "timelinePixelAspectRatio": "square",
        "perfProxyMediaMode": "0",
    }
    whole: dict[str, Any] = {
        "pair": PairFacts(**{**known, **(pair or {})}),
        "sides": sides,
        "settings": {**set_up, **(settings or {})},
        "aces": "1.3",
        "is_timeline_graded": False,
        "home": HOME,
    }
    return Facts(**{**whole, **more})


def test_parity_of_a_good_pair_is_ok() -> None:
    """Every row is ok, but for what no script can see."""
    found = judge_parity(facts(), {"source_transform": "", "reference_transform": ""})
    assert {one.verdict for one in found if one.subject != "not seen"} == {"ok"}
    rows = {one.subject: one.sentence for one in found}
    assert rows["resolution"] == "Source 2048 x 1556, Reference 2048 x 1556, timeline 2048 x 1556"
    assert rows["frame rate"] == "Source 24.0, Reference 24.0, timeline 24"
    assert rows["alpha"] == "Source None (RGB), Reference None (RGB)"
    assert rows["Reference"] == "1-100 on V2, 100 frames, file number -1000 from the Source's"
    assert rows["timecode"] == "01:00:41:17 at frame 1001, as the Source has it"


@pytest.mark.parametrize(
    ("spoiled", "row", "verdict", "sentence"),
    [
        pytest.param(
            facts({"Resolution": "4096x3112"}),
            "resolution",
            "stop",
            "set the timeline to 4096 x 3112, else pixels are cut off or missing",
            id="scan larger than the timeline",
        ),
        pytest.param(
            facts(reference={"Resolution": "720x576"}),
            "resolution",
            "note",
            "Reference: lies unscaled in the middle until 3 Align Reference",
            id="Reference unscaled",
        ),
        pytest.param(
            facts(reference={"Resolution": "720x576"}, video={"inspector": {**REST, "ZoomX": 2.7}}),
            "resolution",
            "ok",
            "Reference 720 x 576",
            id="Reference zoomed",
        ),
        pytest.param(
            facts(reference={"Resolution": "720x576"}, pair={"fitting": "scaleToFit"}),
            "V2 reference",
            "ok",
            "720 x 576 is shown in 2048 x 1556 by Scaling 1 of its own",
            id="what Resolve does is recorded",
        ),
        pytest.param(
            facts({"PAR": "Cinemascope"}),
            "pixel aspect",
            "stop",
            "the timeline is square",
            id="PAR",
        ),
        pytest.param(
            facts(reference={"PAR": "4:3"}),
            "pixel aspect",
            "note",
            "so Resolve stretches it: right for video pixels",
            id="video pixels",
        ),
        pytest.param(
            facts(reference={"FPS": 25.0}),
            "frame rate",
            "stop",
            "Reference: the timeline is 24: run 2 Conform, or in the media pool choose Clip "
            "Attributes > Video Frame Rate",
            id="rate",
        ),
        pytest.param(
            facts(reference={"FPS": 29.92}), "frame rate", "stop", "Reference 29.92", id="odd rate"
        ),
        pytest.param(
            facts(reference={"Field Dominance": "Upper Field"}),
            "field dominance",
            "stop",
            "two fields are two moments, and no frame of film: de-interlace it first",
            id="interlaced",
        ),
        pytest.param(
            facts(reference={"Field Dominance": "Auto", "Resolution": "720x576"}),
            "field dominance",
            "note",
            "combs mean that it is interlaced",
            id="may be interlaced",
        ),
        pytest.param(
            facts({"Alpha mode": "Premultiplied"}),
            "alpha",
            "stop",
            "alpha would mix it with black: in the media pool choose Clip Attributes > Alpha mode",
            id="alpha",
        ),
        pytest.param(
            facts({"Data Level": "Video"}),
            "data level",
            "stop",
            "a scan has full range",
            id="level",
        ),
        pytest.param(
            facts(reference={"Data Level": "Video"}), "data level", "ok", "Video", id="video level"
        ),
        pytest.param(
            facts({"IDT": "ACEScct - CSC"}),
            "input transform",
            "stop",
            "Source: choose ACES Input Transform 'Inverse Rec.709 BT.1886'",
            id="input transform",
        ),
        pytest.param(
            facts({"IDT": ""}),
            "input transform",
            "stop",
            "Source the project's No Input Transform",
            id="input transform of the project",
        ),
        pytest.param(
            facts({"Bit Depth": "8"}), "bit depth", "note", "shows bands", id="8 bit scan"
        ),
        pytest.param(facts(reference={"Bit Depth": "8"}), "bit depth", "ok", "8", id="8 bit video"),
        pytest.param(
            facts({"Reel Name": ""}), "reel", "note", "nothing will be handed over", id="no reel"
        ),
        pytest.param(
            facts({"Online Status": "Offline"}), "online", "stop", "relink it", id="offline"
        ),
        pytest.param(
            facts({"Proxy": "1280x972"}, settings={"perfProxyMediaMode": "1"}),
            "proxy",
            "stop",
            "its proxy would be rendered",
            id="proxies on",
        ),
        pytest.param(facts({"Proxy": "1280x972"}), "proxy", "ok", "1280x972", id="proxies off"),
        pytest.param(
            facts({"Super Scale": 2}), "pixels", "stop", "switch off Super Scale", id="super scale"
        ),
        pytest.param(
            facts({"Input LUT": "film.cube"}), "pixels", "stop", "switch off Input LUT", id="LUT"
        ),
        pytest.param(
            facts(reference={"H-FLIP": "On"}), "pixels", "ok", "Reference H-FLIP On", id="flipped"
        ),
        pytest.param(
            facts(settings={"colorScienceMode": "davinciYRGB"}),
            "color science",
            "stop",
            "choose ACEScct in Project Settings > Color Management",
            id="no ACES",
        ),
        pytest.param(
            facts(settings={"colorAcesODT": "P3-D65"}),
            "output transform",
            "stop",
            "P3-D65, not 'Rec.709 BT.1886' or 'Rec.709'",
            id="ODT",
        ),
        pytest.param(
            facts(settings={"colorAcesGamutCompressType": "Reference Gamut Compress"}),
            "gamut compression",
            "stop",
            "choose None",
            id="gamut compression",
        ),
        pytest.param(
            facts(settings={"timelineOutputResMatchTimelineRes": "0"}),
            "output as timeline",
            "stop",
            "switch it on in Project Settings > Image Scaling",
            id="output raster",
        ),
        pytest.param(facts(aces="2.0"), "ACES version", "stop", "ACES 2.0", id="ACES 2.0"),
        pytest.param(facts(aces=""), "ACES version", "stop", "does not tell it", id="ACES unknown"),
        pytest.param(
            facts(is_timeline_graded=True),
            "timeline grade",
            "stop",
            "the timeline itself is graded",
            id="timeline grade",
        ),
        pytest.param(
            facts(scan={"percent": 96.0}), "V1 source", "stop", "is retimed (96 %", id="retimed"
        ),
        pytest.param(
            facts(scan={"version": "Version 1", "nodes": (Node("look.cube", ()),)}),
            "V1 source",
            "stop",
            "version 'Version 1' is not neutral (look.cube): run 2 Conform",
            id="graded",
        ),
        pytest.param(
            facts(scan={"version": "Version 1"}),
            "V1 source",
            "stop",
            "a script cannot see primaries, so it counts as graded",
            id="perhaps graded",
        ),
        pytest.param(
            facts(
                scan={
                    "version": BALANCED_VERSION,
                    "nodes": (Node("ChromaResolve PreBalance.dctl", ()), Node("look.cube", ())),
                }
            ),
            "V1 source",
            "stop",
            "carries look.cube besides ChromaResolve PreBalance: remove it",
            id="more than the balance",
        ),
        pytest.param(
            facts(video={"is_grouped": True}), "V2 reference", "stop", "colour group", id="group"
        ),
        pytest.param(
            facts(scan={"inspector": {**REST, "Pan": 2.0}}),
            "V1 source",
            "stop",
            "is moved (Pan 2): the scan must lie still; run 2 Conform",
            id="scan moved",
        ),
        pytest.param(
            facts(scan={"inspector": {**REST, "Scaling": 0}}),
            "V1 source",
            "stop",
            "may be resized (Scaling 0)",
            id="scan resized",
        ),
        pytest.param(
            facts(video={"inspector": {**REST, "Pan": 2.0}}),
            "V2 reference",
            "ok",
            "is moved, which is its alignment: Pan 2",
            id="Reference moved",
        ),
        pytest.param(
            facts(video={"inspector": {**REST, "Pan": 2.0, "TransformEnabled": False}}),
            "V2 reference",
            "stop",
            "has its Transform switched off",
            id="transform off",
        ),
        pytest.param(
            facts(video={"inspector": {**REST, "CompositeMode": 3, "Opacity": 50.0}}),
            "V2 reference",
            "stop",
            "is cropped or mixed (CompositeMode 3, Opacity 50)",
            id="difference mode left on",
        ),
        pytest.param(
            facts(video={"inspector": {**REST, "DynamicZoomEnabled": True}}),
            "V2 reference",
            "stop",
            "DynamicZoomEnabled",
            id="dynamic zoom",
        ),
        pytest.param(
            facts(video={"keyed": ("transformationPan",)}),
            "V2 reference",
            "note",
            "has keyframes on transformationPan: exported as they are",
            id="keyframed alignment",
        ),
        pytest.param(
            facts(scan={"keyed": ("opacity",)}),
            "V1 source",
            "stop",
            "has keyframes on opacity: remove them",
            id="keyframed scan",
        ),
        pytest.param(
            facts(scan={"effects": ("Film Grain",)}),
            "V1 source",
            "stop",
            "carries Film Grain: remove it",
            id="effect",
        ),
        pytest.param(
            facts(pair={"begins": "01:00:00:00"}),
            "timecode",
            "stop",
            "begins at 01:00:00:00, and the Source says 01:00:41:17: run 2 Conform",
            id="timecode",
        ),
        pytest.param(
            facts(pair={"strange": ("V2: Title",)}),
            "timeline",
            "stop",
            "V2: Title is no clip: remove it",
            id="title",
        ),
        pytest.param(
            facts(pair={"is_there": False}), "timeline", "stop", "is not complete", id="no timeline"
        ),
    ],
)
def test_parity_names_what_differs(spoiled: Facts, row: str, verdict: str, sentence: str) -> None:
    """With the verdict, and what to do about it."""
    answers = {"source_transform": "", "reference_transform": ""}
    found = [one for one in judge_parity(spoiled, answers) if one.subject == row]
    assert (verdict, True) in {(one.verdict, sentence in one.sentence) for one in found}, found


@pytest.mark.parametrize(
    ("change", "verdict", "sentence"),
    [
        pytest.param(
            {"header": header("A", "B", "G", "R")}, "ok", "Source None (RGBA)", id="alpha"
        ),
        pytest.param({"header": header("Y")}, "stop", "its files lack R, G or B", id="luma alone"),
        pytest.param(
            {"header": None, "unreadable": "is no EXR"},
            "note",
            "its first file could not be read (is no EXR): look at its channels",
            id="unreadable",
        ),
    ],
)
def test_parity_looks_into_the_files(change: dict[str, Any], verdict: str, sentence: str) -> None:
    """Their channels, which no attribute tells."""
    plain = facts()
    spoiled = plain._replace(sides=(plain.sides[0]._replace(**change), plain.sides[1]))
    row = next(one for one in judge_parity(spoiled, {}) if one.subject == "alpha")
    assert row.verdict == verdict
    assert sentence in row.sentence


def test_parity_shows_what_this_resolve_does_not_tell() -> None:
    """An attribute that is not there is no reason to stop, and is not taken for a good one."""
    plain = facts()
    mute = [one._replace(clip=one.clip._replace(properties={})) for one in plain.sides]
    found = judge_parity(plain._replace(sides=tuple(mute)), {})
    rows = {one.subject: one for one in found}
    assert rows["data level"].sentence == "Source not told, Reference not told"
    assert rows["input transform"].verdict == "note"


def conformed(root: Path, version: str, edition: str = "studio", **switches: Any) -> PairProject:
    """Return a project with a pair that 2 Conform made."""
    project = PairProject(root, version, edition, **switches)
    project.sequence("Source", 1001, 4, timecode="01:00:41:17")
    project.sequence("Reference", 1, 4)
    project.answer(reference_offset=-1000)
    assert project.run("conform"), project.text
    return project


@pytest.mark.parametrize(
    ("version", "edition", "switches"),
    [
        pytest.param("19.1", "free", {}, id="19.1"),
        pytest.param("20.3", "studio", {"aces_version_at": "project"}, id="20.3"),
        pytest.param("21.0", "free", {"exr_idt": "No Input Transform"}, id="21.0"),
        pytest.param("21.1", "studio", {"strict": True}, id="21.1"),
    ],
)
def test_parity_changes_nothing(
    tmp_path: Path, version: str, edition: str, switches: dict[str, Any]
) -> None:
    """It reads, in either convention, and prints its table."""
    project = conformed(tmp_path, version, edition, **switches)
    before = project.sim.snapshot()
    assert project.run("parity"), project.text
    assert project.sim.snapshot() == before
    assert project.writes() == []
    assert project.said[0].startswith("ok    online")
    assert any(line.startswith("ok    resolution") for line in project.said)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param(
            lambda p: setattr(p.sim.project.pool.media[0], "is_online", False),
            "online: Source Offline, Reference Online; Source: relink it in the media pool",
            id="offline",
        ),
        pytest.param(
            lambda p: p.sim.timeline(f"{NAME}_Pair").graph.nodes[0].tools.append("Glow"),
            "timeline grade: the timeline itself is graded: reset its nodes",
            id="timeline grade",
        ),
        pytest.param(
            lambda p: p.sim.by_hand("colorScienceMode", "davinciYRGB"),
            "color science: davinciYRGB, not 'acescct' or 'acescc'",
            id="no ACES",
        ),
        pytest.param(
            lambda p: setattr(p.pair(1), "speed", 50.0), "is retimed (50 % speed)", id="retimed"
        ),
    ],
)
def test_parity_stops_before_the_export(
    tmp_path: Path, spoil: Callable[[PairProject], Any], sentence: str
) -> None:
    """The first thing to mend is what the entry ends with."""
    project = conformed(tmp_path, "21.0")
    spoil(project)
    before = project.sim.snapshot()
    assert not project.run("parity")
    assert f"Check Parity: {sentence}" in project.text or sentence in project.text
    assert project.sim.snapshot() == before


def test_parity_asks_for_conform_first(tmp_path: Path) -> None:
    """Without a pair timeline there is nothing to compare."""
    project = PairProject(tmp_path)
    assert not project.run("parity")
    assert f"timeline '{NAME}_Pair': is not there: run 2 Conform first" in project.text


@pytest.mark.slow
def test_parity_survives_every_failing_call(tmp_path: Path) -> None:
    """Each kind of call, its first and its last: nothing changes, and the user reads why."""
    project = conformed(tmp_path, "21.0", "free")
    before = project.sim.snapshot()
    project.sim.calls.clear()
    assert project.run("parity"), project.text
    counts: dict[str, int] = {}
    for call in project.sim.calls:
        name = f"{call.owner}.{call.method}"
        counts[name] = counts.get(name, 0) + 1
    hows: tuple[Any, ...] = ("false", "none", "raise", "empty")
    for place, (name, count) in enumerate(sorted(counts.items())):
        for nth in sorted({1, count}):
            project.sim.fail(call=name, nth=nth, how=hows[(place + nth) % 4])
            project.run("parity")
            project.sim.mend()
            assert "this is a mistake in ChromaResolve" not in project.text, (name, nth)
            assert project.sim.snapshot() == before
