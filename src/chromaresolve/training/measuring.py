"""What the network can do by now: pictures it makes of pairs, and how far off they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from chromaresolve.alignment import (
    TeachingPair,
    ToDisplay,
    display_of,
    load_shown,
)
from chromaresolve.colour import Chain, delta_e_2000, merge_chroma
from chromaresolve.frames import Rgb
from chromaresolve.recovery.tiles import in_tiles, tile_on_cpu
from chromaresolve.shot import Shot
from chromaresolve.training.lessons import Lessons
from chromaresolve.training.network import halo
from chromaresolve.training.sheets import SheetRow, sheet_row

CROP = 256
"""Edge of a contact sheet's crops, in pixels: seen pixel for pixel, and soon made."""

CROPS = 3
"""Rows of a contact sheet."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """What the network could do at a step."""

    score: float | None
    """The held-out pairs' mean dE2000; None if there are none."""
    preview: tuple[Rgb, Rgb] | None
    """The preview frame's plate and what is recovered of it, display values."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measuring:
    """What a training is measured on, and shown by."""

    pairs: tuple[TeachingPair, ...]
    """The pairs held out."""
    crops: tuple[tuple[str, TeachingPair], ...]
    """The pieces of pairs that contact sheets show, and what they are in words."""
    preview: tuple[Rgb, Rgb] | None
    """The preview frame's plate, and as the network sees it, in the working space."""
    to_display: ToDisplay
    """Brings working values to the display."""
    size: str
    """The network's size."""
    device: torch.device
    """Where the network is."""

    @classmethod
    def of_shot(
        cls,
        shot: Shot,
        chain: Chain,
        lessons: Lessons,
        *,
        size: str,
        device: torch.device,
    ) -> Self:
        """Take what a shot holds out, and choose what is shown."""
        taught, held_out = lessons.taught, lessons.held_out
        frame = shot.training.preview
        preview = (held_out[0].plate, held_out[0].shown) if held_out else None
        return cls(
            pairs=held_out,
            crops=tuple(
                (f"frame {pair.frame}, {kind}", cut_crop(pair))
                for kind, pair in [
                    *(("held out", pair) for pair in held_out[: CROPS - 1]),
                    *(("taught", pair) for pair in taught[:CROPS]),
                ][:CROPS]
            ),
            preview=preview if frame is None else load_shown(shot, frame, chain),
            to_display=display_of(shot, chain),
            size=size,
            device=device,
        )

    def recolour(self, network: nn.Module, plate: Rgb, shown: Rgb) -> Rgb:
        """Return a plate with the network's chroma and its own luma, in the working space."""
        return recolour(plate, shown, network, size=self.size, device=self.device)

    def measure(self, network: nn.Module) -> Measure:
        """Measure the held-out pairs where their truth may be trusted, and look at the preview."""
        scores, seen = [], None
        for pair in self.pairs:
            recovered = self.to_display(self.recolour(network, pair.plate, pair.shown))
            distance = delta_e_2000(recovered, self.to_display(pair.truth))
            scores.append(np.average(distance, weights=pair.trust))
            if self.preview and pair.plate is self.preview[0]:
                seen = (self.to_display(pair.plate), recovered)
        if self.preview and seen is None:
            recovered = self.to_display(self.recolour(network, *self.preview))
            seen = (self.to_display(self.preview[0]), recovered)
        return Measure(score=float(np.mean(scores)) if scores else None, preview=seen)

    def rows(self, network: nn.Module) -> list[SheetRow]:
        """Return the rows of a contact sheet."""
        return [
            sheet_row(
                name,
                plate_709=self.to_display(crop.plate),
                truth_709=self.to_display(crop.truth),
                recovered_709=self.to_display(self.recolour(network, crop.plate, crop.shown)),
            )
            for name, crop in self.crops
        ]


def recolour(plate: Rgb, shown: Rgb, network: nn.Module, *, size: str, device: torch.device) -> Rgb:
    """Return a plate with the network's chroma and its own luma, in the working space.

    Args:
        plate: Whose luma is kept, (height, width, 3).
        shown: The plate as the network sees it.
        network: Gives chroma.
        size: The network's size.
        device: Where the network is.
    """
    run = partial(_run, network, device)
    return merge_chroma(plate, in_tiles(shown, run, tile=tile_on_cpu(shown), halo=halo(size))).rgb


def cut_crop(pair: TeachingPair) -> TeachingPair:
    """Return the piece of a pair in which the trusted truth has most different colours."""
    height, width = pair.trust.shape
    tall, wide = min(CROP, height), min(CROP, width)
    windows = [
        (slice(top, top + tall), slice(left, left + wide))
        for top in range(0, height - tall + 1, max(1, tall // 2))
        for left in range(0, width - wide + 1, max(1, wide // 2))
    ]

    def spread(window: tuple[slice, slice]) -> float:
        colours = pair.truth[window][::4, ::4]
        trust = pair.trust[window][::4, ::4, None]
        mean = (colours * trust).sum(axis=(0, 1)) / max(1.0, float(trust.sum()))
        return float((np.abs(colours - mean) * trust).mean())

    return pair.cut(max(windows, key=spread))


def _run(network: nn.Module, device: torch.device, plate: Rgb) -> NDArray[np.float32]:
    """Return a network's chroma of a plate, (height, width, 2)."""
    with torch.inference_mode():
        chroma = network(torch.from_numpy(plate).permute(2, 0, 1)[None].to(device))
    channels_last: NDArray[np.float32] = chroma[0].permute(1, 2, 0).cpu().numpy()
    return channels_last
