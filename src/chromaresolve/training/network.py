"""The network: context at a quarter of the resolution, detail at full resolution, chroma only.

A U-Net looks at the plate at a quarter of its size and below, where grain is gone and shapes are
seen; its features are brought up to full size, where a per-pixel perceptron joins them with the
plate's own colour and gives two numbers, Cb and Cr, as a change of a first guess, affine in that
colour. Luma never passes through it.

Only plain operators, no statistics over the batch or the picture, so that frames, tiles and
providers cannot disagree: convolution, SiLU, average pooling, pixel unshuffle, bilinear
enlarging by a fixed factor. The picture is padded to the stride inside the graph by repeating its
last row and column, and cropped back, so that any size is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chromaresolve.colour import LUMA_WEIGHTS
from chromaresolve.training.scaling import Scaling


@dataclass(frozen=True, slots=True)
class Size:
    """How large the network is."""

    context: tuple[int, ...]
    """Channels of the U-Net, from a quarter of the resolution downwards, each half of the last."""
    features: int
    """Context features given to every pixel."""
    detail: int
    """Width of the per-pixel perceptron."""


SIZES = {
    "small": Size(context=(16, 32, 32), features=12, detail=24),
    "medium": Size(context=(24, 48, 48, 48), features=16, detail=32),
    "large": Size(context=(32, 64, 96, 96), features=24, detail=48),
}
"""The sizes a shot can ask for. Medium is the study's network (153 k parameters there)."""

SHRINK = 4
"""The context's resolution is the plate's divided by this (pixel unshuffle)."""

CENTRE = 0.5
"""Taken off the plate before the first layer, where nothing is known of it: display values."""

SPREAD = 4.0
"""Then multiplied by this: a picture's values spread by about a quarter to each side."""

REST = 0.1
"""What the last layer counts in, where nothing is known of the truth."""

SILU = 1.6
"""Makes up for what SiLU takes: it passes unit noise on at 0.6 of its strength (numerically)."""

HEAD = 0.5
"""For the last layer, which counts in what the first guess leaves over: it starts below that."""

SMALL = 0.2
"""For layers whose result is added to something, so that they start as a small correction."""


class ChromaNetwork(nn.Module):
    """Plate RGB in the chain's working space in, recovered Cb and Cr out."""

    def __init__(self, size: str) -> None:
        """Make an untrained network, which gives nearly its first guess: the plate's own chroma."""
        super().__init__()
        shape = SIZES[size]
        self.stride = SHRINK * 2 ** (len(shape.context) - 1)
        self.context = _Context(shape)
        self.detail = nn.Sequential(
            _convolution(3 + shape.features, shape.detail, 1),
            nn.SiLU(),
            _convolution(shape.detail, shape.detail, 1),
            nn.SiLU(),
        )
        # A head of exactly zero is a saddle on which nothing learns; a small one starts at once.
        self.head = _convolution(shape.detail, 2, 1, gain=HEAD)
        # Both ends of the network; `take_scaling` fits them to a shot.
        self.register_buffer("mean", torch.full((1, 3, 1, 1), CENTRE))
        self.register_buffer("whiten", SPREAD * torch.eye(3)[:, :, None, None])
        self.register_buffer("affine", _chroma_matrix())
        self.register_buffer("added", torch.zeros(2))
        self.register_buffer("rest", torch.full((1, 2, 1, 1), REST))

    def take_scaling(self, scaling: Scaling) -> None:
        """Fit both ends of the network to a shot's colours, before its first step."""
        for name, values in (
            ("mean", scaling.mean[None, :, None, None]),
            ("whiten", scaling.whiten[:, :, None, None]),
            ("affine", scaling.affine[:, :3, None, None]),
            ("added", scaling.affine[:, 3]),
            ("rest", scaling.rest[None, :, None, None]),
        ):
            self.get_buffer(name).copy_(torch.from_numpy(np.float32(values)))

    def forward(self, plate: Tensor) -> Tensor:
        """Return Cb and Cr.

        Args:
            plate: (N, 3, H, W) float32, the chain's working space, any H and W, not clamped.

        Returns:
            (N, 2, H, W), the recovered chroma.
        """
        chroma: Tensor = self.guess(plate) + self.change(self.even(plate))
        return chroma

    def guess(self, plate: Tensor) -> Tensor:
        """Return the first guess, an affine map of each pixel's colour, (N, 2, H, W)."""
        chroma: Tensor = F.conv2d(plate, self.get_buffer("affine"), self.get_buffer("added"))
        return chroma

    def even(self, plate: Tensor) -> Tensor:
        """Return the plate with its colours brought to even spread, (N, 3, H, W)."""
        spread: Tensor = F.conv2d(plate - self.get_buffer("mean"), self.get_buffer("whiten"))
        return spread

    def change(self, even: Tensor) -> Tensor:
        """Return what recovering adds to the first guess, (N, 2, H, W), given even colours."""
        height, width = even.shape[2], even.shape[3]
        features = self.context(pad_to_stride(even, self.stride))[:, :, :height, :width]
        detail = self.detail(torch.cat([even, features], dim=1))
        change: Tensor = self.get_buffer("rest") * self.head(detail)
        return change


class _Context(nn.Module):
    """The U-Net at a quarter of the resolution: (N, 3, H, W) to (N, features, H, W)."""

    def __init__(self, shape: Size) -> None:
        super().__init__()
        widths = shape.context
        self.stem = _convolution(3 * SHRINK**2, widths[0], 3)
        self.down = nn.ModuleList(
            _Block(widths[max(level - 1, 0)], width) for level, width in enumerate(widths)
        )
        self.up = nn.ModuleList(_Block(below + here, here) for here, below in pairwise(widths))
        self.out = _convolution(widths[0], shape.features, 1)

    def forward(self, padded: Tensor) -> Tensor:
        x = F.silu(self.stem(F.pixel_unshuffle(padded, SHRINK)))
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(F.avg_pool2d(x, 2) if level else x)
            skips.append(x)
        for level in reversed(range(len(self.up))):
            x = self.up[level](torch.cat([enlarge(x, 2), skips[level]], dim=1))
        return enlarge(self.out(x), SHRINK)


class _Block(nn.Module):
    """A 3 x 3 convolution, and a second one as a residual on it, with SiLU after each.

    The residual starts small: without statistics to normalise by, a chain of plain convolutions
    either dies out or, as measured here, grows a thousandfold in its first hundred steps and then
    learns nothing.
    """

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.first = _convolution(width_in, width_out, 3)
        self.second = _convolution(width_out, width_out, 3, gain=SMALL)

    def forward(self, x: Tensor) -> Tensor:
        x = F.silu(self.first(x))
        return x + F.silu(self.second(x))


def _convolution(width_in: int, width_out: int, edge: int, *, gain: float = SILU) -> nn.Conv2d:
    """Make a convolution whose result is about as strong as what it is given."""
    convolution = nn.Conv2d(width_in, width_out, edge, padding=edge // 2)
    nn.init.normal_(convolution.weight, std=gain / (width_in * edge**2) ** 0.5)
    nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
    return convolution


def enlarge(x: Tensor, factor: int) -> Tensor:
    """Enlarge bilinearly by a fixed factor, pixel centres kept (never aligned corners)."""
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def pad_to_stride(plate: Tensor, stride: int) -> Tensor:
    """Repeat the last row and column until height and width are multiples of the stride.

    Written as two look-ups by index: the exporter turns them into two Gather nodes, where
    replicate padding by a size that is only known at run time exports to nodes that some providers
    lack.
    """
    height, width = plate.shape[2], plate.shape[3]
    rows = torch.arange(height + (-height) % stride, device=plate.device).clamp(max=height - 1)
    columns = torch.arange(width + (-width) % stride, device=plate.device).clamp(max=width - 1)
    return plate.index_select(2, rows).index_select(3, columns)


def halo(size: str) -> int:
    """Return how far from a pixel the network can see, rounded up to the stride, in pixels.

    Counted layer by layer at each level's pixel size: two 3 x 3 convolutions on the way down and
    two on the way up reach 2 pixels each way; enlarging reaches one pixel of the coarser level.
    """
    levels = len(SIZES[size].context)
    reach = SHRINK  # the stem's convolution
    for level in range(levels):
        pixel = SHRINK * 2**level
        blocks = 1 if level == levels - 1 else 2
        reach += 2 * blocks * pixel + pixel
    stride: int = SHRINK * 2 ** (levels - 1)
    # A pixel may lie at the far edge of its coarsest block: one more stride covers it.
    return -(-reach // stride) * stride + stride


def parameter_count(network: nn.Module) -> int:
    """Count the numbers that are trained."""
    return sum(parameter.numel() for parameter in network.parameters())


def _chroma_matrix() -> Tensor:
    """Return RGB to (Cb, Cr) of Rec. ITU-R BT.709-6 item 3.3 as a 1 x 1 convolution."""
    red, green, blue = LUMA_WEIGHTS
    luma = torch.tensor([red, green, blue], dtype=torch.float64)
    cb = (torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64) - luma) / (2 * (1 - blue))
    cr = (torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64) - luma) / (2 * (1 - red))
    return torch.stack([cb, cr]).float()[:, :, None, None]
