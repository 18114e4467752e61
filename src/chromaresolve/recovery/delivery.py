"""What recovered frames are delivered as: their colour, container, folder and name.

Two deliveries: `display` is what Resolve puts back over the plate, `aces2065-1` is scene light
through the inverse output transform. The header of each says what its own values are, never what
the plate's were.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, Self, get_args

from chromaresolve.colour import Chain
from chromaresolve.errors import UsageError
from chromaresolve.frames import LOSSLESS, Attribute
from chromaresolve.frames.frame import AttributeValue
from chromaresolve.shot import Shot
from chromaresolve.shot.tables import RecoveryTable

DeliveryName = Literal["display", "aces2065-1"]
"""What the command line calls the deliveries."""

DELIVERIES: tuple[DeliveryName, ...] = get_args(DeliveryName)
"""The deliveries there are, the default first."""


def _primaries(*xy: float) -> dict[str, AttributeValue]:
    name = "chromaticities"
    return {name: Attribute(name, struct.pack("<8f", *xy))}


REC709 = _primaries(0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""What a display file says of its colour: CIE x, y of R, G, B and white; ITU-R BT.709-6, items 1.3
and 1.4."""

AP0 = _primaries(0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
"""The same of ACES2065-1; SMPTE ST 2065-1, table 1."""

CONTAINER_FLAG = "acesImageContainerFlag"
"""Says that a file keeps SMPTE ST 2065-4."""

COLOUR_ATTRIBUTES = frozenset(
    {
        CONTAINER_FLAG.lower(), "adoptedneutral", "chromaticities", "colorinteropid", "colorspace",
        "dpx:colorimetric", "dpx:transfer", "dpx:gamma", "exif:colorspace", "gamma",
        "lookmodtransform", "oiio:colorspace", "oiio:gamma", "renderingtransform", "whiteluminance",
    }
)  # fmt: skip
"""Header attributes, in lower case, that say what a file's values are: the plate's are not true of
another encoding. The EXR ones are those of OpenEXR's ImfStandardAttributes.h; the rest are what
OpenImageIO reads of DPX, TIFF and PNG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How recovered frames are written. Its fields are all that changes a file beside the model."""

    name: DeliveryName = "display"
    """`display` or `aces2065-1`."""
    compression: str = "zip"
    """EXR compression."""
    feather: int = 4
    """Pixels inside the gate over which the plate's chroma becomes the recovered one."""
    st2065_4: bool = False
    """Whether the files are ACES image containers, SMPTE ST 2065-4."""
    version: str = ""
    """The artist's version, such as `v002`; empty for none."""

    @classmethod
    def of(cls, table: RecoveryTable, name: str | None = None) -> Self:
        """Return the delivery of that name, `display` if None, as `[recovery]` wants it written.

        Raises:
            UsageError: There is no such delivery.
        """
        found = next((known for known in DELIVERIES if known == (name or DELIVERIES[0])), None)
        if found is None:
            raise UsageError(f"--deliver {name!r} is not known: write {' or '.join(DELIVERIES)}")
        is_container = table.st2065_4 and found == "aces2065-1"
        return cls(
            name=found,
            compression="none" if is_container else table.compression,
            feather=table.feather,
            st2065_4=is_container,
            version=table.version,
        )

    @property
    def folder(self) -> str:
        """The folder in the shot's."""
        return "recovered" if self.name == "display" else f"recovered_{self.name}"

    def pattern(self, shot_name: str, step: int) -> str:
        """Return the frames' name, which says version and checkpoint where there is a version."""
        aces = "" if self.name == "display" else "_ACES"
        versioned = f"_{self.version}_s{step:06d}" if self.version else ""
        return f"{shot_name}_ML{aces}{versioned}_####.exr"

    def pixel_type(self, chain: Chain) -> str:
        """Return what R, G and B are written as."""
        # In the display chain a half keeps luma to the law's rounding. Behind a curve the same half
        # moves the working space's luma by more, so the other chains write float.
        is_exact = chain.name == "display" or self.name == "aces2065-1"
        return "half" if is_exact else "float"

    def attributes(
        self, carried: Mapping[str, AttributeValue], chain: Chain
    ) -> dict[str, AttributeValue]:
        """Return a plate's header attributes with those of colour made true of the file.

        A file in the plate's own encoding keeps the plate's word for it.
        """
        if self.name == "aces2065-1":
            said = AP0 | ({CONTAINER_FLAG: 1} if self.st2065_4 else {})
        else:
            said = REC709 if "display" in {chain.name, chain.encoding} else {}
        stale = COLOUR_ATTRIBUTES if said else {CONTAINER_FLAG.lower()}
        return {name: v for name, v in carried.items() if name.lower() not in stale} | said

    def notes(self) -> tuple[str, ...]:
        """Return the sentences to say before a render."""
        notes = []
        if self.compression.partition(":")[0] not in LOSSLESS:
            cost = "moves values by up to 0.025" if self.name == "display" else "moves values"
            notes.append(f"{self.compression} is lossy: it {cost} and breaks the luma law")
        if self.name == "aces2065-1":
            notes.append(
                "ACES2065-1 of displayed plates, through the inverse output transform, holds what "
                "a display shows and no more: where there is an ACES original, "
                "`chromaresolve composite --on aces` keeps its highlights"
            )
        if self.st2065_4:
            notes.append(
                "ST 2065-4 holds half R, G, B and A, uncompressed, and nothing else: further "
                "channels are left out"
            )
        return tuple(notes)


def display_attributes(
    carried: Mapping[str, AttributeValue], chain: Chain
) -> dict[str, AttributeValue]:
    """Return a plate's header attributes with those of colour made true of a display file."""
    return Delivery().attributes(carried, chain)


def recovered_pattern(shot: Shot) -> str:
    """Return the pattern of the shot's recovered display frames, relative to the shot.

    The record says which version and checkpoint they are of; before there is one, they have none.
    """
    made = shot.made.get("recovery")
    if made is None:
        delivery = Delivery()
        return f"{delivery.folder}/{delivery.pattern(shot.shot.name, 0)}"
    sidecar = PurePosixPath(next(iter(made.outputs)))
    return str(sidecar.with_name(f"{sidecar.stem}_####.exr"))
