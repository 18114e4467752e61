"""The simulator's pictures, render jobs and stills."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.frames import Rgb, read_frame, read_header, read_rgb
from resolve_sim import write_movie
from resolve_sim.bench import COUNT, HEIGHT, WIDTH, Bench, noise
from resolve_sim.colour import decode, encode
from resolve_sim.grades import Node

Factory = Callable[..., Bench]
"""Makes a bench in the test's folder."""

HALF_STEP = 2.0**-11
"""Half of the distance between two halves from 0.5 to 1: what rounding to half may cost."""

LUMA = np.array([0.2126, 0.7152, 0.0722])
"""ITU-R BT.709-6, item 3.2."""


@pytest.fixture
def bench(tmp_path: Path) -> Factory:
    """Make a film project in a simulated Resolve."""
    return lambda *args, **switches: Bench(tmp_path, *args, **switches)


def worst(found: Rgb, expected: NDArray[Any]) -> tuple[float, tuple[int, ...]]:
    """Return the largest difference of two pictures, and where it is."""
    difference = np.abs(found - expected)
    at = np.unravel_index(int(difference.argmax()), difference.shape)
    return float(difference.max()), tuple(int(n) for n in at)


def dots(*places: tuple[int, int]) -> Rgb:
    """Return a black picture with white pixels at these columns and rows."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for x, y in places:
        picture[y, x] = 1
    return picture


def where(picture: Rgb) -> tuple[float, float]:
    """Return the centre of what is white, in columns and rows."""
    weight = picture[..., 1]
    rows, columns = np.indices(weight.shape)
    total = weight.sum()
    return float((columns * weight).sum() / total), float((rows * weight).sum() / total)


def test_every_half_from_0_to_1_survives_the_round_trip() -> None:
    """The inverse output transform and the output transform give each half value back."""
    halves = np.arange(0x3C01, dtype=np.uint16).view(np.float16)
    grey = np.repeat(halves.astype(np.float64)[:, None, None], 3, axis=-1)
    assert (halves[0], halves[-1]) == (0, 1)
    back = encode(decode(grey, "Inverse Rec.709 BT.1886"), "Rec.709 BT.1886")
    assert np.array_equal(back.astype(np.float32).astype(np.float16)[:, 0, 0], halves)


@pytest.mark.parametrize("version", ["19.1", "20.3", "21.0", "21.1"])
def test_plate_renders_bit_for_bit(version: str, bench: Factory) -> None:
    """A clip with the inverse transform under the output transform comes back as it was."""
    tried = bench(version)
    pictures = [noise(n) for n in range(COUNT)]
    tried.place(tried.sequence(pictures=pictures))
    for found, picture in zip(tried.render(), pictures, strict=True):
        assert np.array_equal(found, picture), worst(found, picture)


def test_render_of_a_tiny_shot_is_fast(bench: Factory) -> None:
    """Six frames of 320 x 180 on two tracks take well under a second."""
    size = {"timelineResolutionWidth": "320", "timelineResolutionHeight": "180"}
    tried = bench(settings=size)
    for track, name in enumerate(("scan", "video"), start=1):
        tried.place(tried.sequence(name, [noise(n, 320, 180) for n in range(6)]), track)
    tried.sim.item(2).inspector.values["CompositeMode"] = 16
    began = time.perf_counter()
    assert len(tried.render()) == 6
    assert time.perf_counter() - began < 2  # a loaded machine; alone it takes a quarter second


def test_output_transform_clamps_and_the_master_does_not(bench: Factory) -> None:
    """Rec.709 holds 0 to 1; without an output transform what is outside stays."""
    tried = bench()
    picture = noise(1) * 3 - 1
    picture = picture.astype(np.float16).astype(np.float32)
    tried.place(tried.sequence(pictures=[picture], idt="No Input Transform"))
    (display,) = tried.render("DISPLAY_")
    expected = np.clip(picture.astype(np.float64), 0, 1) ** (1 / 2.4)
    assert worst(display, expected)[0] <= HALF_STEP
    tried.project.SetSetting("colorAcesODT", "No Output Transform")
    (master,) = tried.render("MASTER_")
    assert np.array_equal(master, picture)


def test_clip_without_a_transform_follows_the_project(bench: Factory) -> None:
    """IDT '' is the project's; a transform that is missing applies the output transform twice."""
    tried = bench()
    picture = noise(1)
    clip = tried.sequence(pictures=[picture], idt="No Input Transform")
    tried.place(clip)
    (twice,) = tried.render("A_")
    assert worst(twice, picture)[0] > 0.1
    tried.sim.state(clip).idt = ""
    assert tried.project.SetSetting("colorAcesIDT", tried.idt) is True
    (once,) = tried.render("B_")
    assert np.array_equal(once, picture)


def test_timeline_transform_wins_over_the_projects(bench: Factory) -> None:
    """A timeline with its own settings renders with its own output transform."""
    tried = bench()
    picture = noise(1)
    tried.place(tried.sequence(pictures=[picture]))
    tried.timeline.SetSetting("useCustomSettings", "1")
    tried.timeline.SetSetting("colorAcesODT", "No Output Transform")
    (linear,) = tried.render()
    assert worst(linear, picture.astype(np.float64) ** 2.4)[0] <= HALF_STEP


def _turn_off(tried: Bench, what: str) -> None:
    if what == "track":
        tried.timeline.SetTrackEnable("video", 2, False)
    elif what == "clip":
        tried.sim.item(2).is_enabled = False
    elif what == "opacity":
        tried.sim.item(2).SetProperty("Opacity", 0)


@pytest.mark.parametrize(
    ("what", "shown"),
    [("", "above"), ("track", "below"), ("clip", "below"), ("opacity", "below")],
)
def test_upper_track_covers_the_lower(what: str, shown: str, bench: Factory) -> None:
    """The uppermost track that is on is seen; off, the one below it is."""
    tried = bench()
    pictures = {"below": noise(1), "above": noise(2)}
    for track, (name, picture) in enumerate(pictures.items(), start=1):
        tried.place(tried.sequence(name, [picture]), track)
    _turn_off(tried, what)
    assert np.array_equal(tried.render()[0], pictures[shown])


def test_half_opacity_is_half_of_each(bench: Factory) -> None:
    """Opacity mixes working values."""
    tried = bench(settings={"colorAcesODT": "No Output Transform"})
    below, above = noise(1), noise(2)
    tried.place(tried.sequence("below", [below], idt="No Input Transform"))
    (item,) = tried.place(tried.sequence("above", [above], idt="No Input Transform"), 2)
    item.SetProperty("Opacity", 50.0)
    assert worst(tried.render()[0], (below + above) / 2)[0] <= HALF_STEP


def test_color_keeps_luma_below_and_chroma_above(bench: Factory) -> None:
    """Composite mode 16 gives the bottom's luma and the top's colour differences, in display."""
    tried = bench()
    below, above = 0.3 + 0.2 * noise(1), 0.4 + 0.2 * noise(2)
    for track, picture in enumerate((below, above), start=1):
        halves = picture.astype(np.float16).astype(np.float32)
        tried.place(tried.sequence(f"t{track}", [halves]), track)
    tried.sim.item(2).SetProperty("CompositeMode", 16)
    (found,) = tried.render()
    luma = found @ LUMA
    assert worst(luma[..., None].astype(np.float32), (below @ LUMA)[..., None])[0] <= 2 * HALF_STEP
    chroma = found - luma[..., None]
    assert worst(chroma, above - (above @ LUMA)[..., None])[0] <= 2 * HALF_STEP


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        pytest.param("color_composite", 15, id="number"),
        pytest.param("color_blend", "hsl", id="formula"),
        pytest.param("blend_space", "working", id="space"),
    ],
)
def test_color_differs_by_switch(switch: str, value: object, tmp_path: Path) -> None:
    """Mode 16 gives another picture where Color has another number, formula or space."""
    found = []
    turned: dict[str, Any] = {switch: value}
    for name, switches in (("plain", {}), ("turned", turned)):
        tried = Bench(tmp_path / name, **switches)
        for track in (1, 2):
            tried.place(tried.sequence(f"t{track}", [noise(track)]), track)
        tried.sim.item(2).SetProperty("CompositeMode", 16)
        found.append(tried.render()[0])
    assert worst(found[0], found[1])[0] > 0.01


def test_hsl_color_is_the_w3cs(bench: Factory) -> None:
    """Compositing and Blending Level 1: SetLum(top, Lum(bottom)), red on mid grey."""
    tried = bench(color_blend="hsl")
    grey = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    red = dots()
    red[..., 0] = 1
    tried.place(tried.sequence("grey", [grey]))
    tried.place(tried.sequence("red", [red]), 2)
    tried.sim.item(2).SetProperty("CompositeMode", 16)
    # Lum(red) = 0.3, so 0.2 is added: (1.2, 0.2, 0.2), clipped towards 0.5 by 0.5 / 0.7.
    expected = np.array([1.0, 0.5 - 0.3 * 0.5 / 0.7, 0.5 - 0.3 * 0.5 / 0.7])
    assert worst(tried.render()[0], np.broadcast_to(expected, red.shape))[0] <= HALF_STEP


@pytest.mark.parametrize(
    ("switches", "properties", "moved"),
    [
        pytest.param({}, {"Pan": 4.0}, (4, 0), id="pan is right"),
        pytest.param({}, {"Tilt": 3.0}, (0, -3), id="tilt is up"),
        pytest.param({"pan_px": 0.5}, {"Pan": 4.0}, (2, 0), id="pan scaled"),
        pytest.param({"tilt_px": -1.0}, {"Tilt": 3.0}, (0, 3), id="tilt turned"),
    ],
)
def test_pan_and_tilt_move_whole_pixels_exactly(
    switches: dict[str, Any],
    properties: dict[str, Any],
    moved: tuple[int, int],
    bench: Factory,
) -> None:
    """A dot moves by whole pixels and keeps its value."""
    tried = bench(**switches)
    tried.place(tried.sequence(pictures=[dots((10, 9))]))
    tried.sim.item().SetProperties(properties)
    (found,) = tried.render()
    assert np.array_equal(found, dots((10 + moved[0], 9 + moved[1])))


@pytest.mark.parametrize("sign", [1, -1])
def test_rotation_turns_by_switch(sign: int, bench: Factory) -> None:
    """A positive angle turns counter-clockwise on the screen, or clockwise."""
    tried = bench(rotation_sign=sign)
    tried.place(tried.sequence(pictures=[dots((22, 8), (22, 9))]))
    tried.sim.item().SetProperty("RotationAngle", 90.0)
    (found,) = tried.render()
    # Right of the middle: counter-clockwise that is above it. Centres are at n + 0.5.
    assert where(found) == pytest.approx((15.5, 8.5 - sign * 6.5))


def test_zoom_is_about_the_middle_or_the_anchor(bench: Factory) -> None:
    """A dot goes away from the middle; a dot under the anchor stays."""
    tried = bench()
    tried.place(tried.sequence(pictures=[dots((20, 8), (20, 9))]))
    item = tried.sim.item()
    item.SetProperty("ZoomX", 2.0)
    (found,) = tried.render("A_")
    assert where(found) == pytest.approx((24.5, 8.5))
    item.SetProperties({"AnchorPointX": 4.5, "AnchorPointY": 0.0})
    (found,) = tried.render("B_")
    assert where(found) == pytest.approx((20.0, 8.5))


def test_crop_and_flip(bench: Factory) -> None:
    """Cropped columns show what is below; a flip mirrors."""
    tried = bench()
    white = np.ones((HEIGHT, WIDTH, 3), np.float32)
    tried.place(tried.sequence(pictures=[white]))
    item = tried.sim.item()
    item.SetProperty("CropLeft", 8.0)
    (found,) = tried.render("A_")
    assert found[:, :8].max() == 0
    assert found[:, 8:].min() == 1
    tried.timeline.DeleteClips(tried.timeline.GetItemListInTrack("video", 1))
    tried.place(tried.sequence("dots", [dots((2, 3))]))
    tried.sim.item().SetProperty("FlipX", True)
    assert np.array_equal(tried.render("B_")[0], dots((WIDTH - 3, 3)))


@pytest.mark.parametrize(
    ("scaling", "behaviour", "size"),
    [
        pytest.param(0, "scaleToFit", (18, 18), id="project fits"),
        pytest.param(0, "centerCrop", (10, 10), id="project crops"),
        pytest.param(1, "scaleToFit", (10, 10), id="item crops"),
        pytest.param(2, "centerCrop", (18, 18), id="item fits"),
        pytest.param(3, "centerCrop", (32, 18), id="item fills"),
        pytest.param(4, "centerCrop", (32, 18), id="item stretches"),
    ],
)
def test_other_raster_is_fitted(
    scaling: int, behaviour: str, size: tuple[int, int], bench: Factory
) -> None:
    """A clip of 10 x 10 covers as much of 32 x 18 as its scaling says."""
    tried = bench(settings={"timelineInputResMismatchBehavior": behaviour})
    tried.place(tried.sequence(pictures=[np.ones((10, 10, 3), np.float32)]))
    tried.sim.item().SetProperty("Scaling", scaling)
    (found,) = tried.render()
    covered = np.argwhere(found[..., 0] > 0.5)
    rows, columns = (covered.max(axis=0) - covered.min(axis=0) + 1).tolist()
    assert (columns, rows) == size


@pytest.mark.parametrize(("by_size", "moved"), [(True, 2.25), (False, 4.0)])
def test_pan_of_a_fitted_clip_by_switch(by_size: bool, moved: float, bench: Factory) -> None:
    """Pan counts in the clip's fitted size (18 of 32), or in pixels of the screen."""
    tried = bench(settings={"colorAcesODT": "No Output Transform"}, pan_by_fitted_size=by_size)
    picture = np.zeros((10, 10, 3), np.float32)
    picture[4:6, 4:6] = 1
    tried.place(tried.sequence(pictures=[picture], idt="No Input Transform"))
    (before,) = tried.render("A_")
    tried.sim.item().SetProperty("Pan", 4.0)
    (after,) = tried.render("B_")
    assert where(after)[0] - where(before)[0] == pytest.approx(moved, abs=0.05)


def test_pixel_aspect_is_undone(bench: Factory) -> None:
    """A cinemascope clip is twice as wide on square pixels."""
    tried = bench(settings={"timelineInputResMismatchBehavior": "centerCrop"})
    clip = tried.sequence(pictures=[np.ones((10, 10, 3), np.float32)])
    clip.SetClipProperty("PAR", "Cinemascope")
    tried.place(clip)
    (found,) = tried.render()
    assert int((found[9, :, 0] > 0.5).sum()) == 20


def test_lut_and_look_change_the_picture(bench: Factory) -> None:
    """A LUT does what the test says it does, on display or working values; off, nothing."""
    tried = bench()
    picture = noise(1) * np.float32(0.5)
    picture = picture.astype(np.float16).astype(np.float32)
    (tried.sim.world.lut_folder / "PreBalance.dctl").write_text("")
    tried.project.RefreshLUTList()
    tried.sim.lut("PreBalance.dctl", lambda x: x * 2)
    (item,) = tried.place(tried.sequence(pictures=[picture]))
    graph = item.GetNodeGraph()
    assert graph.SetLUT(1, "PreBalance.dctl") is True
    assert worst(tried.render("A_")[0], picture * 2)[0] <= HALF_STEP
    tried.sim.lut("PreBalance.dctl", lambda x: x * 2, space="working")
    assert worst(tried.render("B_")[0], np.minimum(picture * 2 ** (1 / 2.4), 1))[0] <= HALF_STEP
    graph.SetNodeEnabled(1, False)
    assert np.array_equal(tried.render("C_")[0], picture)
    graph.ResetAllGrades()
    tried.sim.item().versions.graph.nodes = [Node(look=lambda x: 1 - x)]
    assert worst(tried.render("D_")[0], 1 - picture)[0] <= HALF_STEP


def test_cdl_is_applied(bench: Factory) -> None:
    """SetCDL takes strings only, and scales working values."""
    tried = bench(settings={"colorAcesODT": "No Output Transform"})
    picture = noise(1)
    (item,) = tried.place(tried.sequence(pictures=[picture], idt="No Input Transform"))
    cdl = {
        "NodeIndex": "1",
        "Slope": "0.5 0.5 0.5",
        "Offset": "0 0 0",
        "Power": "1 1 1",
        "Saturation": "1",
    }
    assert item.SetCDL({**cdl, "NodeIndex": 1}) is False
    assert item.SetCDL({**cdl, "Slope": "0.5"}) is False
    assert item.SetCDL(cdl) is True
    assert worst(tried.render()[0], picture / 2)[0] <= HALF_STEP


def _hide(tried: Bench, what: str) -> None:
    """Set what no call of 21.0 shows."""
    if what == "shift":
        tried.sim.item().shift = (1.0, 0.0)
    elif what == "blanking":
        tried.sim.timeline().blanking = (2, 0, 0, 0)
    else:
        media = tried.sim.item().media
        assert media is not None
        media.proxy = "/proxies/a.mov"


@pytest.mark.parametrize("what", ["shift", "blanking", "proxy"])
def test_hidden_state_changes_the_picture(what: str, bench: Factory) -> None:
    """Stabilisation, blanking and proxies show in the picture and in no property."""
    tried = bench()
    picture = noise(1)
    (item,) = tried.place(tried.sequence(pictures=[picture]))
    before = item.GetProperty()
    _hide(tried, what)
    assert item.GetProperty() == before
    assert worst(tried.render("A_")[0], picture)[0] > 0.01
    if what == "proxy":
        tried.project.SetSetting("perfProxyMediaMode", "0")
        assert np.array_equal(tried.render("B_")[0], picture)


@pytest.mark.parametrize(
    ("rate", "interpolation", "process", "expected"),
    [
        pytest.param("24", "frameBlend", 0, [0, 1, 2, 3], id="same rate"),
        pytest.param("48", "nearest", 0, [0, 2], id="twice the rate, nearest"),
        pytest.param("18", "nearest", 0, [0, 0, 1, 2, 3], id="slower, nearest"),
        pytest.param("18", "frameBlend", 0, [0, 0.75, 1.5, 2.25, 3], id="slower, blended"),
        pytest.param("18", "frameBlend", 1, [0, 0, 1, 2, 3], id="slower, item nearest"),
        pytest.param("18", "nearest", 2, [0, 0.75, 1.5, 2.25, 3], id="slower, item blended"),
    ],
)
def test_frames_of_another_rate_are_chosen_or_blended(
    rate: str, interpolation: str, process: int, expected: list[float], bench: Factory
) -> None:
    """A clip of another rate plays by time; blending invents frames."""
    tried = bench(settings={"imageRetimeInterpolation": interpolation})
    flat = [np.full((HEIGHT, WIDTH, 3), n / 8, np.float32) for n in range(COUNT)]
    clip = tried.sequence(pictures=flat, idt="No Input Transform")
    tried.project.SetSetting("colorAcesODT", "No Output Transform")
    clip.SetClipProperty("FPS", rate)
    tried.place(clip)
    tried.sim.item().SetProperty("RetimeProcess", process)
    levels = [float(picture[0, 0, 0]) * 8 for picture in tried.render()]
    assert levels == pytest.approx(expected, abs=8 * HALF_STEP)


@pytest.mark.parametrize(
    ("speed", "expected"),
    [(100.0, [0, 1, 2, 3]), (50.0, [0, 0, 1, 1]), (-100.0, [3, 2, 1, 0])],
)
def test_retime_plays_other_frames(speed: float, expected: list[float], bench: Factory) -> None:
    """A retime repeats, drops or reverses frames."""
    tried = bench(settings={"colorAcesODT": "No Output Transform"})
    flat = [np.full((HEIGHT, WIDTH, 3), n, np.float32) for n in range(COUNT)]
    tried.place(tried.sequence(pictures=flat, idt="No Input Transform"))
    tried.sim.item().speed = speed
    assert [float(picture[0, 0, 0]) for picture in tried.render()] == expected


@pytest.mark.parametrize(
    ("switches", "settings", "names"),
    [
        pytest.param({}, {}, ["OUT_00086400.exr", "OUT_00086401.exr"], id="timeline frames"),
        pytest.param(
            {},
            {"ClipStartFrame": 1001},
            ["OUT_00001001.exr", "OUT_00001002.exr"],
            id="ClipStartFrame",
        ),
        pytest.param({"exr_digits": 4}, {}, ["OUT_86400.exr", "OUT_86401.exr"], id="four digits"),
        pytest.param(
            {"clip_start_frame": "ignored", "exr_digits": 4},
            {"ClipStartFrame": 1001},
            ["OUT_86400.exr", "OUT_86401.exr"],
            id="ClipStartFrame ignored",
        ),
        pytest.param(
            {"render_folders": "nested"},
            {"ClipStartFrame": 1},
            ["OUT_/OUT_00000001.exr", "OUT_/OUT_00000002.exr"],
            id="nested",
        ),
        pytest.param({"render_hole": 0}, {}, ["OUT_00086401.exr"], id="hole"),
    ],
)
def test_files_are_named_by_switch(
    switches: dict[str, Any], settings: dict[str, Any], names: list[str], bench: Factory
) -> None:
    """The frame number, its digits and the folder depend on the build."""
    tried = bench(**switches)
    tried.place(tried.sequence(pictures=[noise(1), noise(2)]))
    tried.render(**settings)
    folder = tried.root / "renders_OUT_"
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*.exr")]
    assert sorted(found) == names


def test_marks_are_absolute_and_moved_inside(bench: Factory) -> None:
    """MarkIn and MarkOut count in timeline frames, both included; outside ones move in silence."""
    tried = bench()
    tried.place(tried.sequence())
    tried.render("A_", SelectAllFrames=False, MarkIn=86401, MarkOut=86402)
    assert list(tried.files("A_")) == [86401, 86402]
    tried.render("B_", SelectAllFrames=False, MarkIn=0, MarkOut=2)
    assert list(tried.files("B_")) == [86400]


@pytest.mark.parametrize(
    ("codec", "compression", "kind"),
    [
        pytest.param("RGBHalf", "none", "half", id="none"),
        pytest.param("RGBHalfZIP", "zip", "half", id="zip"),
        pytest.param("RGBHalfPIZ", "piz", "half", id="piz"),
        pytest.param("RGBHalfDWAA", "dwaa", "half", id="dwaa"),
        pytest.param("RGBFloatZIP", "zip", "float", id="float"),
    ],
)
def test_codec_is_what_the_header_says(
    codec: str, compression: str, kind: str, bench: Factory
) -> None:
    """Each codec id has its compression and pixel type."""
    tried = bench()
    tried.place(tried.sequence(pictures=[noise(1)]))
    tried.render(codec=codec)
    header = read_header(tried.files()[86400])
    assert (header.compression, header.pixel_type) == (compression, kind)


@pytest.mark.parametrize(
    ("rate", "start", "expected"),
    [
        pytest.param("24", "00:00:41:17", Fraction(24), id="24"),
        pytest.param("23.976", "00:00:41:17", Fraction(24000, 1001), id="23.976"),
        pytest.param("16", "00:01:02:09", Fraction(16), id="16"),
        pytest.param("29.97 DF", "00:01:00;02", Fraction(30000, 1001), id="29.97 DF"),
    ],
)
def test_header_carries_timecode_and_rate(
    rate: str, start: str, expected: Fraction, bench: Factory
) -> None:
    """A file has the timeline's timecode and exact rate."""
    tried = bench(settings={"timelineFrameRate": rate})
    tried.place(tried.sequence(pictures=[noise(1)]))
    assert tried.timeline.SetStartTimecode(start) is True
    tried.render()
    header = read_header(next(iter(tried.files().values())))
    assert (header.timecode, header.frame_rate) == (start, expected)


@pytest.mark.parametrize("written", [True, False])
def test_reel_is_written_by_switch(written: bool, bench: Factory) -> None:
    """A file carries the reel of its clip, or does not."""
    tried = bench(reel_written=written)
    tried.place(tried.sequence(pictures=[noise(1)], reel="A001"))
    tried.render()
    header = read_header(tried.files()[86400])
    assert header.attributes.get("reelName", "") == ("A001" if written else "")


def test_alpha_is_written_when_asked(bench: Factory) -> None:
    """ExportAlpha adds a channel that is 1 where there is a picture."""
    tried = bench()
    tried.place(tried.sequence(pictures=[noise(1)]))
    tried.sim.item().SetProperty("CropLeft", 8.0)
    tried.render("A_", ExportAlpha=True)
    alpha = read_frame(tried.files("A_")[86400]).others["A"]
    assert (alpha[:, :8].max(), alpha[:, 8:].min()) == (0, 1)
    tried.render("B_", ExportAlpha=False)
    assert read_frame(tried.files("B_")[86400]).others == {}


def test_other_output_size_is_scaled(bench: Factory) -> None:
    """FormatWidth and FormatHeight scale the picture."""
    tried = bench()
    tried.place(tried.sequence(pictures=[np.ones((HEIGHT, WIDTH, 3), np.float32)]))
    (found,) = tried.render(FormatWidth=16, FormatHeight=9)
    assert found.shape == (9, 16, 3)
    assert found.min() == 1


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"Nonsense": 1}, id="unknown key"),
        pytest.param({"MarkIn": "86400"}, id="text for number"),
        pytest.param({"ExportVideo": 1}, id="1 for True"),
        pytest.param({"FormatWidth": 32.0}, id="float for int"),
        pytest.param({"MarkIn": True}, id="True for 1"),
        pytest.param({"AlphaMode": 1}, id="alpha mode without alpha"),
        pytest.param({"CustomName": "x", "AddFrameHandles": 2}, id="key of 21.0.4"),
        pytest.param({}, id="nothing"),
    ],
)
def test_render_setting_is_refused_whole(settings: dict[str, Any], bench: Factory) -> None:
    """One wrong setting refuses them all."""
    tried = bench("21.0")
    before = tried.sim.snapshot()
    assert tried.project.SetRenderSettings(settings) is False
    assert tried.sim.snapshot() == before


def test_render_settings_overlay_what_was_there(bench: Factory) -> None:
    """What is not set stays; after an audio only preset no picture is written, whatever is set."""
    tried = bench(audio_only=True)
    tried.place(tried.sequence(pictures=[noise(1)]))
    tried.finish(tried.queue("A_", ExportVideo=True))
    assert tried.project.GetRenderJobList()[0]["IsExportVideo"] is True
    assert tried.files("A_") == {}
    assert tried.project.LoadRenderPreset("None") is False
    assert tried.project.LoadRenderPreset("H.264 Master") is True
    tried.render("B_", ExportVideo=True)
    assert len(tried.files("B_")) == 1


def test_render_preset_goes_to_a_file_and_back(bench: Factory) -> None:
    """A preset is kept, exported, imported and selected."""
    tried = bench()
    tried.project.SetCurrentRenderFormatAndCodec("exr", "RGBHalfPIZ")
    assert tried.project.SaveAsNewRenderPreset("plates") is True
    assert tried.project.SaveAsNewRenderPreset("plates") is False
    file = tried.root / "plates2.xml"
    assert tried.resolve.ExportRenderPreset("plates", str(file)) is True
    assert tried.project.DeleteRenderPreset("plates") is True
    tried.project.SetCurrentRenderFormatAndCodec("mp4", "H264")
    assert tried.resolve.ImportRenderPreset(str(file)) is True
    assert tried.project.GetCurrentRenderFormatAndCodec()["codec"] == "RGBHalfPIZ"
    assert "plates2" in tried.project.GetRenderPresetList()


def test_formats_are_chosen_by_id(bench: Factory) -> None:
    """Labels are refused, ids taken; labels drift between versions and ids do not."""
    tried = bench()
    choose = tried.project.SetCurrentRenderFormatAndCodec
    assert choose("EXR", "RGBHalfZIP") is False
    assert choose("exr", "RGB half (ZIP Compression)") is False
    assert choose("exr", "RGBHalfZIP") is True
    assert choose("exr", "RGBHalfZIP1") is False
    codecs = tried.project.GetRenderCodecs("exr")
    assert codecs["RGB half (DWAA Compression)"] == "RGBHalfDWAA"
    assert tried.project.GetRenderCodecs("EXR") == {}
    assert tried.project.GetRenderFormats()["QuickTime"] == "mov"
    assert "Avid DNxHR HQX 12-bit" in tried.project.GetRenderCodecs("mov")


def test_format_setter_may_answer_none(bench: Factory) -> None:
    """By switch the answer is None, done or not; missing codecs are not offered."""
    tried = bench("20.3", format_answers_none=True, codecs_missing=frozenset({"H264"}))
    choose = tried.project.SetCurrentRenderFormatAndCodec
    assert choose("exr", "RGBHalfZIP") is None
    assert tried.project.GetCurrentRenderFormatAndCodec()["codec"] == "RGBHalfZIP"
    assert choose("mp4", "H264") is None
    assert tried.project.GetCurrentRenderFormatAndCodec()["codec"] == "RGBHalfZIP"
    assert "DNxHR HQX 12-bit" in tried.project.GetRenderCodecs("mov")


@pytest.mark.parametrize(
    ("settings", "page"),
    [
        pytest.param({"TargetDir": ""}, "deliver", id="no folder"),
        pytest.param({"TargetDir": "/none/such"}, "deliver", id="folder missing"),
        pytest.param({"TargetDir": "renders"}, "deliver", id="relative folder"),
        pytest.param({}, "edit", id="other page"),
    ],
)
def test_job_is_not_added(settings: dict[str, str], page: str, bench: Factory) -> None:
    """AddRenderJob answers "" when something is missing."""
    tried = bench()
    tried.place(tried.sequence())
    tried.resolve.OpenPage(page)
    tried.project.SetRenderSettings({"TargetDir": str(tried.root), **settings})
    assert tried.project.AddRenderJob() == ""
    assert tried.project.GetRenderJobList() == []
    if page == "edit":
        tried.sim.turn(render_needs_deliver=False)
        assert tried.project.AddRenderJob() != ""


def test_job_goes_its_way_poll_by_poll(bench: Factory) -> None:
    """Ready, Rendering, Complete; files come as it goes, settings are refused meanwhile."""
    tried = bench(render_polls=2)
    tried.place(tried.sequence())
    job = tried.queue()
    status = tried.project.GetRenderJobStatus
    assert status(job) == {"JobStatus": "Ready", "CompletionPercentage": 0}
    assert tried.project.StartRendering([job], False) is True
    assert tried.project.StartRendering([job], False) is False
    assert tried.project.SetRenderSettings({"CustomName": "x"}) is False
    assert tried.project.SetCurrentRenderMode(0) is False
    assert tried.project.AddRenderJob() == ""
    assert (status(job)["JobStatus"], status(job)["JobStatus"]) == ("Rendering", "Complete")
    assert tried.project.IsRenderingInProgress() is False
    assert len(tried.files()) == COUNT
    assert status("nonsense") == {}
    assert tried.project.StartRendering(["nonsense"], False) is False


def test_job_can_be_cancelled(bench: Factory) -> None:
    """StopRendering leaves what was written."""
    tried = bench(render_polls=4)
    tried.place(tried.sequence())
    job = tried.queue()
    tried.project.StartRendering(job)
    tried.project.GetRenderJobStatus(job)
    tried.project.StopRendering()
    assert tried.project.GetRenderJobStatus(job)["JobStatus"] == "Cancelled"
    assert len(tried.files()) == 1


def test_job_fails_with_an_error(bench: Factory) -> None:
    """A failed job says why, and leaves files missing."""
    tried = bench(render_fails="disk is full")
    tried.place(tried.sequence())
    status = tried.finish(tried.queue())
    assert (status["JobStatus"], status["Error"]) == ("Failed", "disk is full")
    assert len(tried.files()) < COUNT


def test_job_stalls(bench: Factory) -> None:
    """A stalled job never ends, and says the same percentage."""
    tried = bench(render_stalls=True)
    tried.place(tried.sequence())
    status = tried.finish(tried.queue(), polls=10)
    assert tried.project.IsRenderingInProgress() is True
    assert status["CompletionPercentage"] == 33


def test_status_is_in_the_users_language(bench: Factory) -> None:
    """The word is translated; the percentage is not."""
    tried = bench(language="de")
    tried.place(tried.sequence())
    status = tried.finish(tried.queue())
    assert (status["JobStatus"], status["CompletionPercentage"]) == ("Abgeschlossen", 100)


@pytest.mark.parametrize("keeps", [True, False])
def test_queue_may_keep_exr_jobs(keeps: bool, bench: Factory) -> None:
    """After an EXR job deletion may be refused, or ignored without a word."""
    tried = bench(queue_keeps_jobs=keeps)
    tried.place(tried.sequence())
    job = tried.queue()
    tried.finish(job)
    assert tried.project.DeleteRenderJob(job) is not keeps
    assert tried.project.DeleteAllRenderJobs() is True
    assert bool(tried.project.GetRenderJobList()) is keeps


@pytest.mark.parametrize(("version", "expected"), [("19.1", "True"), ("20.3", True)])
def test_job_list_has_texts_for_booleans_of_old(
    version: str, expected: object, bench: Factory
) -> None:
    """Old builds list 'True' and 'False'."""
    tried = bench(version)
    tried.place(tried.sequence())
    tried.queue()
    assert tried.project.GetRenderJobList()[0]["IsExportVideo"] == expected


def test_individual_clips_have_other_names(bench: Factory) -> None:
    """Without render mode 1 the files are not named as asked."""
    tried = bench()
    tried.place(tried.sequence(pictures=[noise(1)]))
    assert tried.project.GetCurrentRenderMode() == 0
    tried.queue()
    tried.project.SetCurrentRenderMode(0)
    tried.finish(tried.project.AddRenderJob())
    assert tried.files()[86400].name == "OUT_V1-0001_00086400.exr"


@pytest.mark.parametrize(
    ("kind", "codec", "name"),
    [("mov", "ProRes422HQ", "OUT_.mov"), ("mp4", "H264", "OUT_.mp4"), ("tif", "RGB16", ".tif")],
)
def test_other_formats_are_written(kind: str, codec: str, name: str, bench: Factory) -> None:
    """A movie is one file that can be imported again; TIFF is one a frame."""
    tried = bench()
    tried.place(tried.sequence())
    tried.queue()
    assert tried.project.SetCurrentRenderFormatAndCodec(kind, codec) is True
    tried.finish(tried.project.AddRenderJob())
    found = sorted((tried.root / "renders_OUT_").iterdir())
    assert len(found) == (COUNT if kind == "tif" else 1)
    assert all(path.name.endswith(name) and path.stat().st_size for path in found)
    if kind != "tif":
        (clip,) = tried.pool.ImportMedia([str(found[0])])
        assert clip.GetClipProperty("Frames") == str(COUNT)


@pytest.mark.parametrize(
    ("name", "switches", "written"),
    [
        pytest.param("still.png", {}, True, id="png"),
        pytest.param("still.tif", {}, True, id="tif"),
        pytest.param("still.ppm", {}, True, id="ppm"),
        pytest.param("still.exr", {}, False, id="exr"),
        pytest.param("still.exr", {"exr_stills": True}, True, id="exr by switch"),
        pytest.param("still.gif", {}, False, id="unknown kind"),
        pytest.param("none/still.png", {}, False, id="no folder"),
    ],
)
def test_still_of_the_playhead_is_written(
    name: str, switches: dict[str, Any], written: bool, bench: Factory
) -> None:
    """ExportCurrentFrameAsStill writes known kinds only, with the output transform."""
    tried = bench(**switches)
    pictures = [noise(n) for n in range(COUNT)]
    tried.place(tried.sequence(pictures=pictures))
    tried.timeline.SetCurrentTimecode("01:00:00:02")
    path = tried.root / name
    assert tried.project.ExportCurrentFrameAsStill(str(path)) is written
    assert path.is_file() is written
    if written and path.suffix != ".ppm":
        assert worst(read_rgb(path), pictures[2])[0] <= 0.5 / 255 + HALF_STEP


def test_still_needs_a_timeline(bench: Factory) -> None:
    """Without an open timeline there is nothing to export."""
    tried = bench(timeline_current=False)
    project = tried.resolve.GetProjectManager().CreateProject("Second")
    assert project.ExportCurrentFrameAsStill(str(tried.root / "x.png")) is False


def test_offline_clip_and_lost_movie_are_black(bench: Factory) -> None:
    """What has no frames plays black."""
    tried = bench()
    file = tried.root / "lost.mov"
    write_movie(file, [None], width=WIDTH, height=HEIGHT, rate="24")
    (movie,) = tried.pool.ImportMedia([str(file)])
    tried.place(movie)
    clip = tried.sequence(pictures=[noise(1)])
    tried.place(clip, at=1)
    tried.sim.state(clip).is_online = False
    assert clip.GetClipProperty("Online Status") == "Offline"
    assert not any(picture.any() for picture in tried.render())


def test_keyframes_move_over_time(bench: Factory) -> None:
    """Keyframes, as an imported timeline can have them, move a picture frame by frame."""
    tried = bench()
    tried.place(tried.sequence(pictures=[dots((10, 9))] * 3))
    tried.sim.item().keyframes["Pan"] = {0: 0.0, 2: 4.0}
    assert [where(picture)[0] for picture in tried.render()] == [10, 12, 14]
