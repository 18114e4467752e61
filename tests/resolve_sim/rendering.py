"""What a timeline looks like at a frame, and the files that a job or a still makes of it."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np

from chromaresolve.frames import (
    Attribute,
    Frame,
    Header,
    Window,
    read_rgb,
    write_frame,
    write_picture,
)
from resolve_sim.colour import apply_cdl, blend, decode, encode, from_display, to_display
from resolve_sim.constants import composites
from resolve_sim.delivery import COMPRESSIONS, Job
from resolve_sim.files import write_movie
from resolve_sim.grades import Graph
from resolve_sim.item import TimelineItem
from resolve_sim.media import MediaPoolItem
from resolve_sim.rates import exact, frames_to_timecode
from resolve_sim.settings import Settings
from resolve_sim.sizing import Alpha, fit, place, transform
from resolve_sim.timeline import Timeline
from resolve_sim.world import Picture, World

LARGEST_TIMECODE_RATE = 30
"""Above it, SMPTE ST 12-1 has no place for the frame's number."""


def render(timeline: Timeline, frame: int) -> tuple[Picture, Alpha]:
    """Return the frame as a file would hold it, and where there is a picture."""
    settings = timeline.settings
    width, height = settings.size
    working, alpha = np.zeros((height, width, 3)), np.zeros((height, width))
    for item in timeline.shown_at(frame):
        top, cover = _layer(item, settings, frame)
        working = _lay(item, working, top, cover, is_aces=settings.is_aces)
        alpha = alpha + cover - alpha * cover
    working = _grade(timeline.graph, working, is_aces=settings.is_aces)
    picture = encode(working, settings["colorAcesODT"]) if settings.is_aces else working
    return _blank(timeline, picture), alpha


def _layer(item: TimelineItem, settings: Settings, frame: int) -> tuple[Picture, Alpha]:
    source = None if item.plays_black or item.media is None else _source(item, settings, frame)
    if source is None or item.media is None:
        width, height = settings.size
        return np.zeros((height, width, 3)), np.ones((height, width))
    if settings.is_aces:
        source = decode(source, item.media.idt or settings["colorAcesIDT"])
    source = _grade(item.versions.graph, source, is_aces=settings.is_aces)
    value = item.inspector
    crop = (value["CropLeft"], value["CropRight"], value["CropTop"], value["CropBottom"])
    if not value["CroppingEnabled"]:
        crop = (0, 0, 0, 0)
    picture, cover = place(source, transform(item, settings, frame), settings.size, crop)
    opacity = item.property_at("Opacity", frame - item.start) / 100
    return picture, cover if opacity == 1 else cover * opacity


def _source(item: TimelineItem, settings: Settings, frame: int) -> Picture | None:
    """Return the clip's own values at a timeline frame; None outside the medium."""
    media = item.media
    assert media is not None
    step = item.rate / float(exact(item.timeline_rate)) * item.speed / 100
    start = item.source_start if step > 0 else item.source_start - step * item.duration - 1
    at = start + (frame - item.start) * step
    index = math.floor(at + 1e-9)
    picture = _read(media, index, settings)
    rest = at - index
    interpolation = int(item.inspector["RetimeProcess"])
    nearest = settings["imageRetimeInterpolation"] == "nearest"
    if picture is None or rest < 1e-9 or interpolation == 1 or (interpolation == 0 and nearest):
        return picture
    following = _read(media, index + 1, settings)
    return picture if following is None else picture * (1 - rest) + following * rest


def _read(media: MediaPoolItem, index: int, settings: Settings) -> Picture | None:
    if not 0 <= index < media.length() or not media.is_online:
        return None
    path = media.found.frames[index]
    if path is None or not path.is_file():
        return None
    picture = read_rgb(path).astype(np.float64)
    if media.proxy and settings["perfProxyMediaMode"] != "0":
        picture = _halve(picture)
    if media.chosen["Data Level"] == "Video":
        picture = (picture * 255 - 16) / 219
    if media.chosen["H-FLIP"] == "On":
        picture = picture[:, ::-1]
    return picture[::-1] if media.chosen["V-FLIP"] == "On" else picture


def _halve(picture: Picture) -> Picture:
    """Return what a half size proxy leaves of a picture."""
    height, width, _ = picture.shape
    even = picture[: height // 2 * 2, : width // 2 * 2]
    half = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    whole = np.repeat(np.repeat(half, 2, axis=0), 2, axis=1)
    return np.pad(whole, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _grade(graph: Graph, working: Picture, *, is_aces: bool) -> Picture:
    for node in graph.nodes:
        if not node.is_enabled:
            continue
        if node.cdl:
            working = apply_cdl(working, node.cdl)
        if node.look is not None:
            working = _on_display(node.look(_display(working, is_aces)), is_aces)
        if node.lut in graph.world.looks:
            space, look = graph.world.looks[node.lut]
            is_display = is_aces and space == "display"
            working = _on_display(look(_display(working, is_display)), is_display)
    return working


def _display(working: Picture, is_aces: bool) -> Picture:
    return to_display(working) if is_aces else working


def _on_display(display: Picture, is_aces: bool) -> Picture:
    return from_display(display) if is_aces else display


def _lay(
    item: TimelineItem, bottom: Picture, top: Picture, cover: Alpha, *, is_aces: bool
) -> Picture:
    world = item.world
    mode = composites(world)[int(item.inspector["CompositeMode"])]
    if mode != "NORMAL" and item.inspector["CompositeEnabled"]:
        is_display = is_aces and world.switches.blend_space == "display"
        below, above = _display(bottom, is_display), _display(top, is_display)
        top = _on_display(blend(mode, below, above, color=world.switches.color_blend), is_display)
    if cover.min() == 1:
        return top
    weight = cover[..., None]
    return bottom * (1 - weight) + top * weight


def _blank(timeline: Timeline, picture: Picture) -> Picture:
    left, right, top, bottom = timeline.blanking
    if not any(timeline.blanking):
        return picture
    out = np.zeros_like(picture)
    height, width, _ = picture.shape
    inner = (slice(top, height - bottom), slice(left, width - right))
    out[inner] = picture[inner]
    return out


def write_frames(world: World, job: Job, frames: range, *, is_last: bool) -> None:
    """Write these frames of a job; what is one file is written at the end."""
    timeline = job.timeline
    assert isinstance(timeline, Timeline)
    folder = Path(job.settings["TargetDir"])
    name = job.settings["CustomName"] or timeline.name
    if world.switches.render_folders == "nested":
        folder /= name
        folder.mkdir(exist_ok=True)
    if not job.has_picture:
        if is_last:
            (folder / f"{name}.wav").write_bytes(b"sound's stand-in")
    elif job.format in ("exr", "tif", "dpx"):
        for frame in frames:
            if frame - job.frames.start != world.switches.render_hole:
                _write_one(world, job, timeline, folder, name, frame)
    elif is_last:
        suffix = {"mxf_op1a": "mxf"}.get(job.format, job.format)
        width, height = _format_size(job, timeline)
        write_movie(
            folder / f"{name}.{suffix}",
            [None] * len(job.frames),
            width=width,
            height=height,
            rate=timeline.settings.rate,
            timecode=frames_to_timecode(job.frames.start, timeline.settings.rate),
        )


def _write_one(
    world: World, job: Job, timeline: Timeline, folder: Path, name: str, frame: int
) -> None:
    number = frame
    first = job.settings.get("ClipStartFrame")
    if first is not None and world.switches.clip_start_frame == "honoured":
        number = first + frame - job.frames.start
    clip = "" if job.mode == 1 else "V1-0001_"
    path = folder / f"{name}{clip}{number:0{world.switches.exr_digits}}.{job.format}"
    picture, alpha = render(timeline, frame)
    picture, alpha = _scale(picture, alpha, timeline, _format_size(job, timeline))
    if job.format == "exr":
        compression = COMPRESSIONS[job.codec]
        kind = "half" if "Half" in job.codec else "float"
        cover = alpha if job.settings["ExportAlpha"] else None
        _write_exr(path, timeline, frame, picture, cover, compression=compression, kind=kind)
    elif job.format == "tif":
        write_picture(path, picture.astype(np.float32))
    else:
        path.write_bytes(b"a DPX's stand-in")


def _format_size(job: Job, timeline: Timeline) -> tuple[int, int]:
    width, height = timeline.settings.size
    return job.settings.get("FormatWidth", width), job.settings.get("FormatHeight", height)


def _scale(
    picture: Picture, alpha: Alpha, timeline: Timeline, size: tuple[int, int]
) -> tuple[Picture, Alpha]:
    height, width, _ = picture.shape
    if size == (width, height):
        return picture, alpha
    how = timeline.settings["timelineOutputResMismatchBehavior"]
    scale = fit((width, height), size, how, 1.0)
    offset = np.array(size) / 2 - scale * [width, height] / 2
    matrix = np.column_stack([np.diag(scale), offset])
    scaled, cover = place(picture, matrix, size)
    planes, _ = place(np.repeat(alpha[..., None], 3, axis=-1), matrix, size)
    return scaled * cover[..., None], planes[..., 0] * cover


def _write_exr(
    path: Path,
    timeline: Timeline,
    frame: int,
    picture: Picture,
    alpha: Alpha | None,
    *,
    compression: str,
    kind: str,
) -> None:
    height, width, _ = picture.shape
    window = Window(x=0, y=0, width=width, height=height)
    header = Header(
        path=path,
        pixel_type=kind,
        data_window=window,
        display_window=window,
        pixel_aspect={"cinemascope": 2.0}.get(timeline.settings["timelinePixelAspectRatio"], 1.0),
        compression=compression,
        attributes=_attributes(timeline, frame),
    )
    depth = np.float16 if kind == "half" else np.float32
    others = {} if alpha is None else {"A": alpha.astype(depth)}
    whole = Frame(rgb=picture.astype(np.float32), others=others, header=header)
    write_frame(path, whole, compression=compression, pixel_type=kind)


def _attributes(timeline: Timeline, frame: int) -> dict[str, str | int | float | Attribute]:
    rate = exact(timeline.settings.rate)
    packed = struct.pack("<iI", rate.numerator, rate.denominator)
    found: dict[str, str | int | float | Attribute] = {
        "framesPerSecond": Attribute("rational", packed)
    }
    if rate <= LARGEST_TIMECODE_RATE:
        text = frames_to_timecode(frame, timeline.settings.rate)
        found["timeCode"] = Attribute("timecode", pack_timecode(text))
    reel = next((one.media.reel for one in timeline.shown_at(frame) if one.media), "")
    if reel and timeline.world.switches.reel_written:
        found["reelName"] = reel
    return found


def pack_timecode(text: str) -> bytes:
    """Return a timecode as EXR keeps it: binary coded decimal, drop frame in bit 6."""
    drop = ";" in text
    hours, minutes, seconds, frames = (int(part) for part in text.replace(";", ":").split(":"))
    packed = sum(
        (value // 10 << 4 | value % 10) << shift
        for value, shift in ((frames, 0), (seconds, 8), (minutes, 16), (hours, 24))
    )
    return struct.pack("<2I", packed | (drop << 6), 0)


def write_still(timeline: Timeline, path: Path) -> bool:
    """Write the playhead's frame; False for the kinds that are only named here."""
    picture, _alpha = render(timeline, timeline.playhead)
    if path.suffix in (".png", ".tif"):
        write_picture(path, picture.astype(np.float32))
    elif path.suffix == ".exr":
        _write_exr(path, timeline, timeline.playhead, picture, None, compression="zip", kind="half")
    elif path.suffix == ".ppm":
        height, width, _ = picture.shape
        codes = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
        path.write_bytes(b"P6 %d %d 255\n" % (width, height) + codes.tobytes())
    else:
        return False
    return True
