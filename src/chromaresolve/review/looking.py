"""One recovered frame looked at beside its plate: numbers of it, and small pictures for the next.

Each file is read once. What is kept of a frame is a few kilobytes, whatever its size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment import shot_chain
from chromaresolve.colour import Chain, LumaLaw, measure_luma_law, rgb_to_ycbcr
from chromaresolve.composite import display_chain, recovered_frames
from chromaresolve.errors import FrameError
from chromaresolve.frames import Frame, Rgb, Sequence, read_frame, read_rgb
from chromaresolve.recovery.provenance import numbers_in
from chromaresolve.review.banding import measure_banding
from chromaresolve.review.bleed import measure_bleed
from chromaresolve.review.movement import Chroma, Small, shrink, to_width
from chromaresolve.review.stripes import Stripe, measure_stripes
from chromaresolve.review.strips import Columns, picture_to_column
from chromaresolve.shot import Shot
from chromaresolve.structure import Plane, rgb_to_tone
from chromaresolve.survey.measures import measure_thumb

LOOK_WIDTH = 960
"""Pixels across that bleed and banding are looked for in: what is finer a projection hides."""

COLOURFUL = 95
"""Percentile of chroma that says how colourful a picture is: most of any picture is dull."""

TIGHT = (0.05, 0.8)
"""Luma below and above which hardly any chroma fits into 0 to 1: half of what fits at best."""

MOST_SHIFT = 1 / 10
"""How far a picture may be shifted and still be called so, as a share of its width."""

STILL_OFF = 0.5
"""How much of luma's difference may be left where a picture is moved to its plate: with grain on
half a pixel, that much."""

MUCH = 1e-3
"""Share of pixels whose luma is off from which on it is asked whether the picture is shifted."""

LIT = 0.1
"""Luma from the darkest to the lightest twentieth of a picture in which there is something to
colour, display values: at the end of a fade-out there is not."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """One frame looked at."""

    frame: int
    """Source frame number."""
    size: tuple[int, int]
    """Width and height of the files."""
    law: LumaLaw
    """Recovered against its plate, in the chain's working space."""
    luma_off: float
    """Mean difference of display luma."""
    gamut_share: float
    """Share of pixels whose chroma had to give way; not a number where the header does not say."""
    tight: float
    """Share of the plate so light or so dark that hardly any chroma fits."""
    stripes: Mapping[str, Stripe]
    """By the edge's name."""
    bleed: float
    """How far colour lies off the plate's edges, as a share of the width; not a number where
    nothing tells."""
    plate_bleed: float
    """The same of the plate's own colour at the same edges; not a number where it has none."""
    banding: float
    """Share of the smooth picture at the border of a band."""
    chroma: float
    """Chroma that the most colourful twentieth of the picture exceeds; not a number where nothing
    shows."""
    recoloured: float
    """Mean difference of recovered chroma to the plate's: 0 where nothing was recovered."""
    tone: NDArray[np.float16]
    """The plate's tone, 96 across."""
    thumbs: tuple[NDArray[np.float16], NDArray[np.float16]]
    """Luma of plate and of recovered, 96 across."""
    columns: tuple[Columns, Columns]
    """Plate and recovered averaged across."""
    shift: tuple[float, float]
    """Pixels right and down by which the recovered picture lies off, where luma is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """What is needed to look at any frame of a shot."""

    shot: Shot
    chain: Chain
    display: Chain
    recovered: Sequence
    plates: Sequence
    luma_plates: Sequence

    @classmethod
    def of(cls, shot: Shot) -> Looker:
        """Find the shot's sequences.

        Raises:
            FrameError: One of them is not there.
        """
        plates = Sequence.find(shot.source.plate, shot.root)
        is_one = shot.source.luma_plate == shot.source.plate
        return cls(
            shot=shot,
            chain=shot_chain(shot),
            display=display_chain(shot),
            recovered=recovered_frames(shot),
            plates=plates,
            luma_plates=plates if is_one else Sequence.find(shot.source.luma_plate, shot.root),
        )

    @property
    def frames(self) -> tuple[int, ...]:
        """The shot's frames that were recovered."""
        return tuple(n for n in self.shot.shot.frames if n in self.recovered.paths)

    def look(self, frame: int) -> tuple[Look, Small]:
        """Look at one frame.

        Raises:
            FrameError: A file of it is missing or broken, or recovered and plate differ in size.
            ColourError: Its values cannot be brought to the display.
        """
        recovered = read_frame(self.recovered.path(frame))
        luma_plate = read_rgb(self.luma_plates.path(frame))
        plate = luma_plate
        if self.luma_plates is not self.plates:
            plate = read_rgb(self.plates.path(frame))
        for one, name in ((luma_plate, self.luma_plates), (plate, self.plates)):
            _require_size(recovered, one, name.path(frame))
        return self._look(frame, recovered, luma_plate, plate)

    def _look(
        self, frame: int, recovered: Frame, luma_plate: Rgb, plate: Rgb
    ) -> tuple[Look, Small]:
        kept = self.display.to_working(luma_plate)
        shown = kept if plate is luma_plate else self.display.to_working(plate)
        if self.chain.name == "display":
            # The file holds the working values, whatever the plate's encoding is.
            recovered_709 = recovered.rgb
            law = measure_luma_law(recovered_709, kept)
        else:
            recovered_709 = self.display.to_working(recovered.rgb)
            working = self.chain.to_working(luma_plate)
            law = measure_luma_law(self.chain.to_working(recovered.rgb), working)
        area = self.shot.crop.area(*plate.shape[:2])
        if not kept[area].size:  # a crop that leaves nothing: the edges will tell
            area = (slice(None), slice(None))
        small_kept = to_width(kept[area], LOOK_WIDTH)
        inside = _Inside(
            recovered=to_width(recovered_709[area], LOOK_WIDTH),
            kept=small_kept,
            shown=small_kept if shown is kept else to_width(shown[area], LOOK_WIDTH),
            scale=kept[area].shape[1] / small_kept.shape[1],
        )
        look = Look(
            frame=frame,
            size=(plate.shape[1], plate.shape[0]),
            law=law,
            gamut_share=numbers_in(recovered.header).get("gamut_share", math.nan),
            stripes=measure_stripes(recovered_709, kept, self.shot.crop),
            columns=(picture_to_column(shown), picture_to_column(recovered_709)),
            tone=np.asarray(measure_thumb(rgb_to_tone(kept)[..., np.newaxis]), np.float16),
            **_measure(inside, is_lawful=law.share_broken < MUCH),
        )
        return look, shrink(inside.kept, inside.shown, inside.recovered)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Inside:
    """What is picture of a frame, display values, no wider than `LOOK_WIDTH`."""

    recovered: Rgb
    """The recovered frame."""
    kept: Rgb
    """The plate whose luma is kept."""
    shown: Rgb
    """The plate that the network saw; the very same, where it is."""
    scale: float
    """Pixels of the file for each of these."""


def _measure(inside: _Inside, *, is_lawful: bool) -> dict[str, Any]:
    """Return what is measured on what is picture."""
    recovered, plate = rgb_to_ycbcr(inside.recovered), rgb_to_ycbcr(inside.kept)
    shown = plate if inside.shown is inside.kept else rgb_to_ycbcr(inside.shown)
    luma, chroma = np.ascontiguousarray(plate[..., 0]), np.ascontiguousarray(recovered[..., 1:])
    own = np.ascontiguousarray(shown[..., 1:])
    off = cv2.absdiff(recovered[..., 0], luma)
    dark, light = np.percentile(luma[::4, ::4], (100 - COLOURFUL, COLOURFUL))
    length = np.hypot(chroma[::2, ::2, 0], chroma[::2, ::2, 1])
    return {
        "luma_off": float(off.mean()),
        **_bleed(luma, own, chroma),
        "tight": float(np.mean((luma > TIGHT[1]) | (luma < TIGHT[0]))),
        "banding": measure_banding(luma, own, chroma),
        "chroma": float(np.percentile(length, COLOURFUL)) if light - dark > LIT else math.nan,
        "recoloured": float(np.abs(chroma - own).mean()),
        "thumbs": tuple(
            np.asarray(measure_thumb(one[..., :1]), np.float16) for one in (plate, recovered)
        ),
        "shift": (0.0, 0.0) if is_lawful else _shift(luma, recovered[..., 0], inside.scale),
    }


def _bleed(luma: Plane, own: Chroma, chroma: Chroma) -> dict[str, float]:
    off, own_off = measure_bleed(luma, own, chroma)
    return {"bleed": off / luma.shape[1], "plate_bleed": own_off / luma.shape[1]}


def _shift(luma: Plane, recovered: Plane, scale: float) -> tuple[float, float]:
    """Return how far right and down the recovered picture lies, in the file's pixels.

    0 where moving it does not make it the plate's.
    """
    window = cv2.createHanningWindow(luma.shape[::-1], cv2.CV_32F)
    # Windowed here: OpenCV 5 would write its window into the pictures themselves.
    (x, y), _ = cv2.phaseCorrelate(luma * window, recovered * window)
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float64)
    moved = cv2.warpAffine(luma, matrix, luma.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    before = float(np.abs(recovered - luma).mean())
    after = float(np.abs(recovered - moved).mean())
    if after > before * STILL_OFF or max(abs(x), abs(y)) > MOST_SHIFT * luma.shape[1]:
        return 0.0, 0.0
    return scale * x, scale * y


def _require_size(recovered: Frame, plate: Rgb, path: object) -> None:
    if recovered.rgb.shape != plate.shape:
        (high, wide), (rows, columns) = recovered.rgb.shape[:2], plate.shape[:2]
        name = str(path).rpartition("/")[2]
        raise FrameError(
            recovered.header.path,
            f"is {wide} x {high}, and its plate {name} {columns} x {rows}: recover it again",
        )
