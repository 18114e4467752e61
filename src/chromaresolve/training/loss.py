"""How far recovered chroma is from the truth, where the truth may be trusted."""

from __future__ import annotations

import torch
from torch import Tensor

from chromaresolve.training.batches import Batch

SOFTNESS = 2e-3
"""Below this distance the loss is a parabola, above it a straight line: about half a code value
of 8 bits, under which grain and quantisation are all there is to learn."""


def chroma_loss(chroma: Tensor, batch: Batch, *, trusted: Tensor) -> Tensor:
    """Return the mean Charbonnier distance of (Cb, Cr), each pixel weighted by its trust.

    A straight line far out, so that a wrong pixel (dirt, a splice) pulls no harder than a right
    one; the distance is taken over both components together, so that no hue is preferred.
    """
    distance = torch.sqrt((chroma - batch.chroma).square().sum(dim=1, keepdim=True) + SOFTNESS**2)
    weighted: Tensor = (distance * batch.trust).sum() / trusted.clamp(min=1.0)
    return weighted
