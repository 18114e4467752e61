"""What files say of their own pixels: channels, bit depth, colour tags."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator

from chromaresolve.frames import Attribute, Header
from chromaresolve.turnover.finding import Finding
from chromaresolve.turnover.material import HandOver, Material

REC709_CHROMATICITIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""Red, green, blue, white, x and y each; ITU-R BT.709-6, items 1.3 and 1.4. What an EXR without
the attribute has, by OpenEXR's own rule."""

KNOWN_CHROMATICITIES = {
    REC709_CHROMATICITIES: "Rec.709",
    (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767): "ACES AP0",
    (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767): "ACES AP1",
    (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290): "Rec.2020",
    (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290): "P3-D65",
    (0.640, 0.330, 0.290, 0.600, 0.150, 0.060, 0.3127, 0.3290): "Rec.601 (625 lines)",
    (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290): "Rec.601 (525 lines)",
}
"""SMPTE ST 2065-1, S-2014-004, ITU-R BT.2020-2, SMPTE EG 432-1, ITU-R BT.601-7."""

NEAR = 2e-3
"""How far written chromaticities may be from those of a standard: the fourth digit is rounded."""

COLOUR_WORDS = ("colorInteropID", "colorSpace", "oiio:ColorSpace", "dpx:Transfer")
"""Header attributes that name a colour space in words."""

COARSE = "uint8"
"""Eight bits a channel: after the balance of a faded print, few steps of red are left."""


def check_tags(handed: HandOver) -> Iterator[Finding]:
    """Say what the headers name beside R, G and B in Rec.709 display values."""
    both = (handed.source, handed.reference)
    yield from _check_channels(both)
    yield from _check_depth(both)
    yield from _check_colour_tags(both)


def _check_channels(both: tuple[Material, Material]) -> Iterator[Finding]:
    beside = [material for material in both if material.others]
    for material in beside:
        yield Finding(
            verdict="note",
            subject=f"{material.name} channels",
            sentence=f"{', '.join(material.others)} beside R, G and B",
            remedy=(
                "export RGB alone: an alpha that was multiplied in changes the colours"
                if any(
                    name.rpartition(".")[2].lower() in ("a", "alpha") for name in material.others
                )
                else "export RGB alone: nothing else is looked at"
            ),
        )
    if not beside:
        yield Finding(verdict="ok", subject="channels", sentence="R, G and B alone")


def _check_depth(both: tuple[Material, Material]) -> Iterator[Finding]:
    words = {m.name: _most_first(header.pixel_type for header in m.headers.values()) for m in both}
    for name, kinds in words.items():
        if len(kinds) > 1:
            yield Finding(
                verdict="note",
                subject=f"{name} bit depth",
                sentence=f"differs from frame to frame ({', '.join(kinds)})",
                remedy="export one pixel type, half for EXR",
            )
    if COARSE in words["Source"]:
        yield Finding(
            verdict="note",
            subject="Source bit depth",
            sentence="8 bits a channel",
            remedy="export half or 10 bits: the balance multiplies every step of red by 2 to 5",
        )
    elif all(len(kinds) == 1 for kinds in words.values()):
        sentence = ", ".join(f"{name} {kinds[0]}" for name, kinds in words.items())
        yield Finding(verdict="ok", subject="bit depth", sentence=sentence)


def _check_colour_tags(both: tuple[Material, Material]) -> Iterator[Finding]:
    """Check what headers say of colour, as far as a shot in display values contradicts it."""
    noted = False
    for material in both:
        tags = _most_first(_tag(header) for header in material.headers.values())
        strange = [tag for tag in tags if tag not in ("", "Rec.709")]
        if strange:
            noted = True
            yield Finding(
                verdict="note",
                subject=f"{material.name} colour tag",
                sentence=f"the header says {', '.join(strange)}, the shot Rec.709 2.4",
                remedy="export under the Rec.709 2.4 output transform, or remove a wrong tag",
            )
    if not noted:
        sentence = "no header contradicts Rec.709 display values"
        yield Finding(verdict="ok", subject="colour tags", sentence=sentence)


def _tag(header: Header) -> str:
    """Return what a header says of its colours: a standard's name, numbers, or nothing."""
    if header.attributes.get("acesImageContainerFlag") == 1:
        return "ACES container (SMPTE ST 2065-4)"
    for key in COLOUR_WORDS:
        word = header.attributes.get(key)
        if isinstance(word, str) and word and "709" not in word:
            return f"{key} {word!r}"
    chromaticities = header.attributes.get("chromaticities")
    if not isinstance(chromaticities, Attribute) or len(chromaticities.raw) != 32:
        return ""
    found = struct.unpack("<8f", chromaticities.raw)
    for known, name in KNOWN_CHROMATICITIES.items():
        if all(abs(a - b) < NEAR for a, b in zip(found, known, strict=True)):
            return name
    return "chromaticities " + " ".join(f"{value:.4g}" for value in found)


def _most_first(words: Iterable[str]) -> list[str]:
    return [word for word, _ in Counter(words).most_common()]
