"""Movies through PyAV, in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.stream import VideoStream

from chromaresolve.errors import StageError
from chromaresolve.files import whole
from chromaresolve.movie.codecs import BT709, LIMITED, MOV_FLAGS, Codec, Leader
from chromaresolve.movie.planes import Plane, Planes


def write_with_pyav(path: Path, leader: Leader, pictures: Iterable[Planes]) -> None:
    """Write a movie.

    Raises:
        StageError: The encoder is missing or refuses the pictures, or the disk does not take it.
    """
    options = {"movflags": MOV_FLAGS}
    try:
        with (
            whole(path) as temporary,
            av.open(str(temporary), "w", container_options=options) as container,
        ):
            container.metadata.update({**leader.notes, "timecode": leader.timecode})
            stream = _open_stream(container, leader)
            for number, planes in enumerate(pictures):
                frame = _to_frame(planes, leader.codec)
                frame.pts, frame.time_base = number, 1 / leader.frame_rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    except UnknownCodecError as error:
        raise StageError(path, f"this PyAV has no {error}: choose another codec") from error
    except (av.FFmpegError, OSError) as error:
        raise StageError(
            path,
            f"{leader.codec.encoder} could not write {leader.width}x{leader.height}: "
            f"{error.strerror}: look at the disk's space, or choose another codec",
        ) from error


def read_planes(path: Path, codec: Codec) -> Iterator[Planes]:
    """Read a movie's pictures one after the other.

    Raises:
        StageError: It is no movie, or is damaged.
    """
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                luma, cb, cr = (_view(plane, codec).copy() for plane in frame.planes)
                yield Planes(luma=luma, cb=cb, cr=cr)
    except av.FFmpegError as error:
        raise StageError(path, f"cannot be read back: {error.strerror}") from error


def _open_stream(container: OutputContainer, leader: Leader) -> VideoStream:
    codec = leader.codec
    rate = leader.frame_rate
    stream = cast("VideoStream", container.add_stream(codec.encoder, rate, dict(codec.options)))
    stream.width, stream.height = leader.width, leader.height
    stream.pix_fmt = codec.pixel_format
    stream.time_base = 1 / rate
    context = stream.codec_context
    context.sample_aspect_ratio = leader.pixel_aspect
    context.color_range = LIMITED
    context.color_primaries = context.color_trc = context.colorspace = BT709
    return stream


def _to_frame(planes: Planes, codec: Codec) -> VideoFrame:
    height, width = planes.luma.shape
    frame = VideoFrame(width, height, codec.pixel_format)
    for codes, plane in zip(planes, frame.planes, strict=True):
        _view(plane, codec)[:] = codes
    frame.color_range = LIMITED
    frame.color_primaries = frame.color_trc = frame.colorspace = BT709
    return frame


def _view(plane: VideoPlane, codec: Codec) -> Plane:
    """Return a plane's codes, (height, width), in the frame's own memory, lines without padding."""
    kind: Any = np.uint8 if codec.bits == 8 else np.dtype("<u2")
    codes = np.frombuffer(memoryview(plane), kind)
    lines = codes.reshape(-1, plane.line_size // codes.itemsize)
    return lines[: plane.height, : plane.width]
