"""What a review movie can be written as, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from chromaresolve.errors import UsageError

VIEWING = "Rec.709, gamma 2.4 (ITU-R BT.1886), white at 100 cd/m2, dim surround"
"""How the movie is meant to be looked at: the plates' ODT is made for that."""

BT709 = 1
"""Of primaries, transfer and matrix alike; ITU-T H.273, tables 2 to 4, and QuickTime's `nclc`."""

LIMITED = 1
"""FFmpeg's `AVCOL_RANGE_MPEG`: black at 16 and white at 235, or at 64 and 940 in 10 bits."""

MOV_FLAGS = "+write_colr+use_metadata_tags"
"""Of FFmpeg's writer of .mov and .mp4: write the colour atom, keep notes under any name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One way to write a movie."""

    name: str
    """The command line's name."""
    encoder: str
    """FFmpeg's name of the encoder."""
    options: Mapping[str, str]
    """The encoder's options."""
    bits: int
    """Of a code: 8 or 10."""
    has_half_rows: bool
    """Whether chroma has every other row only (4:2:0); it has every other column always."""
    endings: tuple[str, ...]
    """How the file's name may end, the usual one first."""

    @property
    def pixel_format(self) -> str:
        """FFmpeg's name of the planes, such as `yuv422p10le`."""
        sampling = "420" if self.has_half_rows else "422"
        return f"yuv{sampling}p" + ("10le" if self.bits == 10 else "")


PRORES = Codec(
    name="prores",
    encoder="prores_ks",
    # 3 is HQ; the vendor is the one that QuickTime and Resolve expect.
    options={"profile": "3", "vendor": "apl0"},
    bits=10,
    has_half_rows=False,
    endings=(".mov",),
)
"""Apple ProRes 422 HQ; SMPTE RDD 36."""

DNXHR = Codec(
    name="dnxhr",
    encoder="dnxhd",
    options={"profile": "dnxhr_hqx"},
    bits=10,
    has_half_rows=False,
    endings=(".mov",),
)
"""Avid DNxHR HQX; SMPTE ST 2019-1, VC-3."""

H264 = Codec(
    name="h264",
    encoder="libx264",
    options={"crf": "16", "preset": "medium"},
    bits=8,
    has_half_rows=True,
    endings=(".mp4", ".mov"),
)
"""H.264 that any browser plays; for looking, not for grading."""

CODECS = {codec.name: codec for codec in (PRORES, DNXHR, H264)}
"""Every codec by its name, the default first."""


def codec_named(name: str) -> Codec:
    """Return a codec by its name.

    Raises:
        UsageError: There is none such.
    """
    if name not in CODECS:
        raise UsageError(f"--codec {name!r} is not known: write {', '.join(CODECS)}")
    return CODECS[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """What a movie says before its first picture."""

    codec: Codec
    """How it is written."""
    width: int
    """In pixels, even."""
    height: int
    """In pixels, even."""
    pixel_aspect: Fraction
    """Width of a pixel over its height."""
    frame_rate: Fraction
    """Frames per second, exact."""
    timecode: str
    """Of its first frame."""
    notes: Mapping[str, str]
    """Its metadata: title, viewing intent, what it was made of."""
