"""What the network is shown: patches of the teaching pairs, drawn anew for every step.

The pairs stay on the device for the whole training. Every draw depends on the seed and the step
alone, so that a training that was stopped goes on exactly where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from chromaresolve.alignment.teaching import TeachingPair
from chromaresolve.colour import rgb_to_chroma
from chromaresolve.errors import StageError
from chromaresolve.shot import Shot
from chromaresolve.training.scaling import Scaling, measure_scaling

GRID = 8
"""Patches begin on a grid of this many pixels (then move freely by less), to count them cheaply."""

TRUST_NEEDED = 0.5
"""A patch is shown if at least this share of it may teach, or the best there is."""

SCALING_PIXELS = 200_000
"""Pixels that tell how the colours are spread, about: more tell no more."""

SEED_STRIDE = 1_000_003
"""Keeps the random numbers of neighbouring seeds apart: a prime above any number of steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How patches are varied, plate and truth alike."""

    flip: bool
    """Mirror half of the patches left to right."""
    translate: float
    """Shift by up to this many pixels."""
    scale: float
    """Resize by up to this share."""
    exposure: float
    """Multiply plate and truth by one plus or minus up to this."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Patches for one step, in the chain's working space."""

    plate: Tensor
    """(N, 3, P, P)"""
    chroma: Tensor
    """(N, 2, P, P), the ground truth's Cb and Cr."""
    trust: Tensor
    """(N, 1, P, P), 0..1."""

    def split(self, parts: int) -> Iterator[Batch]:
        """Give the batch in so many parts, in order and as even as can be."""
        for plate, chroma, trust in zip(
            *(torch.tensor_split(layer, parts) for layer in (self.plate, self.chroma, self.trust)),
            strict=True,
        ):
            yield Batch(plate=plate, chroma=chroma, trust=trust)


class TeachingSet:
    """The teaching pairs on the device, and the draw of patches from them."""

    def __init__(
        self,
        pairs: Sequence[TeachingPair],
        *,
        patch: int,
        augmentation: Augmentation,
        seed: int,
        device: torch.device,
    ) -> None:
        """Put the pairs on the device.

        Raises:
            StageError: Nothing in the pairs may teach.
        """
        height, width = pairs[0].plate.shape[:2]
        margin = int(np.ceil(patch * augmentation.scale / 2 + augmentation.translate)) + 1
        self.patch = min(patch, height - 2 * margin, width - 2 * margin)
        if self.patch < 16:
            raise StageError(
                f"frame {pairs[0].frame}",
                f"{width} x {height} pixels is too small to teach: 32 x 32 is the least",
            )
        self._window = self.patch + 2 * margin
        self._augmentation = augmentation
        self._seed = seed
        self._device = device
        self._frames = torch.stack([_to_tensor(pair) for pair in pairs]).to(device)
        self._places = _places(self._frames[:, 5], self._window)

    @classmethod
    def of_shot(cls, shot: Shot, pairs: Sequence[TeachingPair], *, device: torch.device) -> Self:
        """Put a shot's pairs on the device, to be varied as its `[training]` says."""
        settings = shot.training
        return cls(
            pairs,
            patch=settings.patch,
            augmentation=Augmentation(
                flip=settings.flip,
                translate=settings.translate,
                scale=settings.scale,
                exposure=settings.exposure,
            ),
            seed=settings.seed,
            device=device,
        )

    def scaling(self) -> Scaling:
        """Measure how the pairs' colours are spread, on pixels evenly taken from all of them."""
        pixels = self._frames.permute(0, 2, 3, 1).reshape(-1, self._frames.shape[1])
        some = pixels[:: max(1, len(pixels) // SCALING_PIXELS)].cpu().numpy()
        return measure_scaling(some[:, :3], some[:, 3:5], some[:, 5])

    def draw(self, step: int, count: int) -> Batch:
        """Return the patches of a step: always the same for the same seed and step."""
        random = torch.Generator().manual_seed(self._seed * SEED_STRIDE + step)
        chosen = torch.randint(len(self._places), (count,), generator=random)
        windows = torch.stack(
            [self._window_at(self._places[int(row)], random) for row in chosen],
        )
        patches = F.grid_sample(
            windows,
            self._grid(count, random),
            mode="bilinear",
            padding_mode="border",
            align_corners=True,
        )
        exposure = 1 + self._augmentation.exposure * _signed((count, 1, 1, 1), random)
        colour = patches[:, :5] * exposure.to(self._device, non_blocking=True)
        return Batch(plate=colour[:, :3], chroma=colour[:, 3:], trust=patches[:, 5:])

    def _window_at(self, place: Tensor, random: torch.Generator) -> Tensor:
        pair, top, left = (int(number) for number in place)
        height, width = self._frames.shape[2:]
        jitter = torch.randint(GRID, (2,), generator=random)
        top = min(top + int(jitter[0]), height - self._window)
        left = min(left + int(jitter[1]), width - self._window)
        return self._frames[pair, :, top : top + self._window, left : left + self._window]

    def _grid(self, count: int, random: torch.Generator) -> Tensor:
        """Return where in its window each patch pixel is taken, on the device, (N, P, P, 2)."""
        # Half of the patches keep the scan's own pixels: resampled grain is weaker than grain,
        # and the network must know both.
        moved = (torch.rand((count, 1), generator=random) < 0.5).float()
        zoom = 1 + moved * self._augmentation.scale * _signed((count, 1), random)
        shift = moved * self._augmentation.translate * _signed((count, 2), random)
        flip = torch.ones((count, 1))
        if self._augmentation.flip:
            flip = 1 - 2 * (torch.rand((count, 1), generator=random) < 0.5).float()
        steps = torch.arange(self.patch) - (self.patch - 1) / 2
        centre = (self._window - 1) / 2
        # Only the two axes go to the device, and the grid is filled there: on a graphics card the
        # whole grid would take longer on its way than the step.
        axes = torch.stack([
            centre + steps * zoom * flip + shift[:, :1],
            centre + steps * zoom + shift[:, 1:],
        ])  # fmt: skip
        x, y = axes.to(self._device, non_blocking=True)
        grid = torch.stack(
            [
                x[:, None, :].expand(count, self.patch, self.patch),
                y[:, :, None].expand(count, self.patch, self.patch),
            ],
            dim=-1,
        )
        on_window: Tensor = grid * (2 / (self._window - 1)) - 1
        return on_window


def _to_tensor(pair: TeachingPair) -> Tensor:
    """Return the shown plate's RGB, truth Cb and Cr, and trust as one (6, H, W)."""
    layers = [pair.shown, rgb_to_chroma(pair.truth), pair.trust[..., None]]
    return torch.from_numpy(np.concatenate(layers, axis=-1)).permute(2, 0, 1).contiguous()


def _places(trust: Tensor, window: int) -> Tensor:
    """Return (pair, top, left) of every window that may teach, (M, 3)."""
    share = F.avg_pool2d(trust[:, None], window, stride=GRID)[:, 0]
    best = float(share.max())
    if best <= 0:
        raise StageError(
            "the pairs",
            "nothing in them may teach, the trust masks are black: look at the alignment",
        )
    places: Tensor = torch.nonzero(share >= min(TRUST_NEEDED, best * 0.99)).cpu()
    places[:, 1:] *= GRID
    return places


def _signed(shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    return 2 * torch.rand(shape, generator=random) - 1
