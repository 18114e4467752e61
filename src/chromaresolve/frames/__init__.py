"""Image sequences and frames on disk, in and out. The only room that knows OpenImageIO and fileseq.

A frame is read whole or refused with a sentence; what it carries beside R, G and B (other channels,
windows, timecode, every header attribute) goes back into the frame that is written from it.
"""

from __future__ import annotations

from chromaresolve.frames.checks import require_same_size
from chromaresolve.frames.frame import Attribute, Frame, Header, Rgb, Window
from chromaresolve.frames.making import (
    RECIPE_KEY,
    Making,
    cores,
    header_if_made,
    make_frames,
)
from chromaresolve.frames.reading import read_frame, read_header, read_rgb
from chromaresolve.frames.sequence import Sequence, frame_path
from chromaresolve.frames.writing import (
    COMPRESSIONS,
    LOSSLESS,
    write_frame,
    write_picture,
    write_rgb,
)

__all__ = [
    "COMPRESSIONS",
    "LOSSLESS",
    "RECIPE_KEY",
    "Attribute",
    "Frame",
    "Header",
    "Making",
    "Rgb",
    "Sequence",
    "Window",
    "cores",
    "frame_path",
    "header_if_made",
    "make_frames",
    "read_frame",
    "read_header",
    "read_rgb",
    "require_same_size",
    "write_frame",
    "write_picture",
    "write_rgb",
]
