"""The ICC profile of sRGB, made from its definition: what a picture on a page is tagged with."""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable

D50 = (0.9642, 1.0, 0.8249)
"""White of the profile's connection space, XYZ: ICC.1:2010, 7.2.16."""

ADAPTED = (
    (1.047882, 0.022918, -0.050217),
    (0.029587, 0.990479, -0.017059),
    (-0.009247, 0.015075, 0.751678),
)
"""Bradford's matrix from D65 to D50: ICC.1:2010, annex E."""

COLORANTS = {
    b"rXYZ": (0.436066, 0.222488, 0.013916),
    b"gXYZ": (0.385147, 0.716873, 0.097076),
    b"bXYZ": (0.143066, 0.060608, 0.714096),
}
"""sRGB's primaries, brought to D50."""

CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""IEC 61966-2-1: g, a, b, c, d of ((a v + b)^g from d on, else c v)."""


@functools.cache
def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB, version 4, by IEC 61966-2-1: about 500 bytes."""
    tags = {
        b"desc": _localized("sRGB"),
        b"cprt": _localized("No copyright, use freely"),
        b"wtpt": _numbers(b"XYZ ", D50),
        b"chad": _numbers(b"sf32", [value for row in ADAPTED for value in row]),
        **{name: _numbers(b"XYZ ", xyz) for name, xyz in COLORANTS.items()},
        b"rTRC": b"para\x00\x00\x00\x00\x00\x03\x00\x00" + _fixed(CURVE),
    }
    table = struct.pack(">I", len(tags) + 2)
    content, start = b"", 128 + 4 + 12 * (len(tags) + 2)
    for name, element in tags.items():
        padded = element + bytes(-len(element) % 4)
        entry = struct.pack(">II", start + len(content), len(element))
        # The three channels share one curve.
        names = (b"rTRC", b"gTRC", b"bTRC") if name == b"rTRC" else (name,)
        table += b"".join(each + entry for each in names)
        content += padded
    header = struct.pack(
        ">I4xI4s4s4s12x4s4x4s12xI12s4x",
        start + len(content), 0x04300000, b"mntr", b"RGB ", b"XYZ ", b"acsp", b"", 0, _fixed(D50),
    )  # fmt: skip
    return header.ljust(128, b"\x00") + table + content


def _numbers(kind: bytes, values: Iterable[float]) -> bytes:
    return kind + bytes(4) + _fixed(values)


def _fixed(values: Iterable[float]) -> bytes:
    """Return numbers as the profile writes them, in 65536ths."""
    return b"".join(struct.pack(">i", round(65536 * value)) for value in values)


def _localized(text: str) -> bytes:
    letters = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", len(letters), 28) + letters
