"""Networks that others use for this work, small enough to be read beside ours.

Two learn chroma and are trained as ours is: a perceptron for each pixel, and a bilateral grid of
affine maps (Gharbi and others, "Deep Bilateral Learning for Real-Time Image Enhancement", 2017).
The U-Net learns RGB at full resolution; its two recipes are in `RECIPES`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from data import Picture, Trial
from ours import FINENESS, run_network
from pacing import Learnt, keep_stepping
from torch import Tensor, nn
from torch.nn import functional as F

from chromaresolve.alignment import TeachingPair
from chromaresolve.colour import CB_RANGE, CR_RANGE, LUMA_WEIGHTS
from chromaresolve.training.network import pad_to_stride
from chromaresolve.training.schedule import rate_at

PIXEL_WIDTH = 48
"""Of the perceptron's two hidden layers."""

GRID_STRIDE, GRID_DEPTH = 16, 8
"""Plate pixels to a cell of the bilateral grid, and its cells from dark to light."""

LEVELS = 4
"""Times that the U-Net halves the picture."""


class PixelNetwork(nn.Module):
    """A perceptron from a pixel's RGB to its Cb and Cr: a colour map that is learned by steps."""

    def __init__(self) -> None:
        """Make it, with a change of the plate's chroma that starts near nothing."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, PIXEL_WIDTH, 1),
            nn.SiLU(),
            nn.Conv2d(PIXEL_WIDTH, PIXEL_WIDTH, 1),
            nn.SiLU(),
            nn.Conv2d(PIXEL_WIDTH, 2, 1),
        )

    def forward(self, plate: Tensor) -> Tensor:
        """Return chroma (N, 2, H, W) of a plate (N, 3, H, W)."""
        return own_chroma(plate) + 0.1 * self.layers(4 * plate - 2)


class BilateralGridNetwork(nn.Module):
    """A coarse grid over place and lightness of affine maps, picked by a learned guide."""

    def __init__(self) -> None:
        """Make it, with maps that start as a small change of the plate's chroma."""
        super().__init__()
        self.cells = nn.Sequential(
            nn.Conv2d(48, 32, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(64, 64, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(64, 8 * GRID_DEPTH, 1),
        )
        self.guide = nn.Sequential(nn.Conv2d(3, 16, 1), nn.SiLU(), nn.Conv2d(16, 1, 1))

    def forward(self, plate: Tensor) -> Tensor:
        """Return chroma (N, 2, H, W) of a plate (N, 3, H, W)."""
        height, width = plate.shape[2:]
        padded = pad_to_stride(plate, GRID_STRIDE)
        cells = self.cells(F.pixel_unshuffle(4 * padded - 2, 4))
        grid = cells.reshape(len(plate), 8, GRID_DEPTH, *cells.shape[2:])
        guide = torch.tanh(self.guide(4 * padded - 2))
        maps = F.grid_sample(
            grid, _places(guide), mode="bilinear", padding_mode="border", align_corners=False
        )[:, :, 0, :height, :width]
        share = maps[:, :6].unflatten(1, (2, 3))
        return own_chroma(plate) + 0.1 * ((share * (4 * plate[:, None] - 2)).sum(2) + maps[:, 6:])


class UNet(nn.Module):
    """RGB to RGB at full resolution: two 3 x 3 convolutions a level, halved and doubled again.

    With 64 channels and BatchNorm it is TuNet's, of 31.4 million parameters.
    """

    def __init__(self, width: int, *, is_tunet: bool) -> None:
        """Make it with so many channels at the top.

        TuNet norms by batch, enlarges with aligned corners, and gives RGB itself; else it norms by
        groups, keeps pixel centres, and gives a change of the plate's RGB.
        """
        super().__init__()
        widths = [width * 2**level for level in range(LEVELS + 1)]
        self.is_tunet = is_tunet
        self.down = nn.ModuleList(
            _twice(3 if level == 0 else widths[level - 1], wide, by_batch=is_tunet)
            for level, wide in enumerate(widths)
        )
        self.up = nn.ModuleList(
            _twice(widths[level] + widths[level + 1], widths[level], by_batch=is_tunet)
            for level in range(LEVELS)
        )
        self.out = nn.Conv2d(width, 3, 1)
        if not is_tunet:
            nn.init.normal_(self.out.weight, std=0.001)
            nn.init.zeros_(self.out.bias)

    def forward(self, plate: Tensor) -> Tensor:
        """Return RGB (N, 3, H, W) of a plate (N, 3, H, W)."""
        height, width = plate.shape[2:]
        x = pad_to_stride(plate, 2**LEVELS) * 2 - 1
        skips = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        for level in reversed(range(LEVELS)):
            larger = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=self.is_tunet)
            x = self.up[level](torch.cat([larger, skips[level]], dim=1))
        rgb = self.out(x)[:, :, :height, :width] / 2
        return rgb + 0.5 if self.is_tunet else plate + rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a U-Net is made and trained."""

    width: int
    """Channels at full resolution."""
    batch: int
    """Patches of 512 pixels in a step."""
    learning_rate: float
    """Constant, or the highest of a cosine."""
    is_tunet: bool
    """TuNet's network, constant rate and fixed crops; else our schedule and crops from anywhere."""


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "unet": Recipe(width=16, batch=3, learning_rate=1e-3, is_tunet=False),
        "tunet": Recipe(width=64, batch=2, learning_rate=1e-4, is_tunet=True),
        "tunet-16": Recipe(width=16, batch=2, learning_rate=1e-4, is_tunet=True),
    }
)
"""`unet`: the seeds' way, patch 512 and batch 3, RGB to RGB, as kindly as can be. `tunet`: TuNet's
published defaults: AdamW 1e-4, decay 1e-5, L1, no schedule, a fixed grid of crops that overlap by a
quarter; and the same with the 16 channels that a CPU can pay for."""

PATCH, OVERLAP = 512, 0.25
"""Pixels of the U-Nets' patches, or what the picture has; share by which TuNet's overlap."""


def learn_rgb(
    trial: Trial, *, recipe: Recipe, seconds: float, seed: int, device: str
) -> Iterator[Learnt]:
    """Train a U-Net on RGB."""
    torch.manual_seed(seed)
    network = UNet(recipe.width, is_tunet=recipe.is_tunet).to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=1e-5)
    frames = torch.stack([_to_tensor(pair) for pair in trial.taught]).to(device)
    crops = _grid_crops(frames) if recipe.is_tunet else None
    random = np.random.default_rng(seed)

    def step(share: float) -> None:
        network.train()
        drawn = _draw(frames, crops, recipe.batch, random)
        plate, truth, trust = drawn.split((3, 3, 1), dim=1)
        for group in optimiser.param_groups:
            schedule = 1.0 if recipe.is_tunet else rate_at(round(share * FINENESS), FINENESS)
            group["lr"] = recipe.learning_rate * schedule
        far = (network(plate) - truth).abs() * trust
        optimiser.zero_grad(set_to_none=True)
        (far.sum() / (3 * trust.sum()).clamp(min=1)).backward()
        optimiser.step()

    def recolour(pair: TeachingPair) -> Picture:
        made = run_network(network.eval(), pair.plate, device)
        return np.asarray(np.clip(made, 0, 1), np.float32)

    return keep_stepping(step, recolour, seconds=seconds)


def own_chroma(plate: Tensor) -> Tensor:
    """Return the plate's own Cb and Cr, (N, 2, H, W)."""
    weights = torch.tensor(LUMA_WEIGHTS, device=plate.device)[:, None, None]
    luma = (plate * weights).sum(1, keepdim=True)
    return torch.cat([(plate[:, 2:] - luma) / CB_RANGE, (plate[:, :1] - luma) / CR_RANGE], dim=1)


def _twice(width_in: int, width_out: int, *, by_batch: bool) -> nn.Sequential:
    """Make two 3 x 3 convolutions, each normed and with ReLU."""
    layers: list[nn.Module] = []
    for wide in (width_in, width_out):
        norm = nn.BatchNorm2d(width_out) if by_batch else nn.GroupNorm(8, width_out)
        layers += [nn.Conv2d(wide, width_out, 3, padding=1), norm, nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def _places(guide: Tensor) -> Tensor:
    """Return where in the grid each pixel looks, (N, 1, H, W, 3) as x, y, lightness in -1..1."""
    count, _, height, width = guide.shape
    x = (torch.arange(width, device=guide.device) + 0.5) * (2 / width) - 1
    y = (torch.arange(height, device=guide.device) + 0.5) * (2 / height) - 1
    across = x.expand(count, height, width)
    down = y[:, None].expand(count, height, width)
    return torch.stack([across, down, guide[:, 0]], dim=-1)[:, None]


def _to_tensor(pair: TeachingPair) -> Tensor:
    """Return plate, truth and trust as one (7, H, W)."""
    layers = np.concatenate([pair.plate, pair.truth, pair.trust[..., None]], axis=-1)
    return torch.from_numpy(np.ascontiguousarray(layers.transpose(2, 0, 1)))


def _edges(frames: Tensor) -> tuple[int, int]:
    """Return the height and width of a patch: 512, or the most that the U-Net takes."""
    step = 2**LEVELS
    height, width = (min(PATCH, side // step * step) for side in frames.shape[2:])
    return height, width


def _grid_crops(frames: Tensor) -> Sequence[tuple[int, int, int]]:
    """Return frame, top and left of every crop of a fixed grid that covers the frames."""
    sides = zip(frames.shape[2:], _edges(frames), strict=True)
    tops, lefts = (_starts(whole, edge) for whole, edge in sides)
    return [(frame, top, left) for frame in range(len(frames)) for top in tops for left in lefts]


def _starts(whole: int, edge: int) -> list[int]:
    stride = round(edge * (1 - OVERLAP))
    return sorted({*range(0, whole - edge, stride), whole - edge})


def _draw(
    frames: Tensor,
    crops: Sequence[tuple[int, int, int]] | None,
    batch: int,
    random: np.random.Generator,
) -> Tensor:
    """Return patches (batch, 7, P, P), from the crops, or from anywhere."""
    height, width = _edges(frames)
    patches = []
    for _ in range(batch):
        if crops is not None:
            frame, top, left = crops[int(random.integers(len(crops)))]
        else:
            frame = int(random.integers(len(frames)))
            top = int(random.integers(frames.shape[2] - height + 1))
            left = int(random.integers(frames.shape[3] - width + 1))
        patches.append(frames[frame, :, top : top + height, left : left + width])
    return torch.stack(patches)
