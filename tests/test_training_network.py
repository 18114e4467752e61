"""The network: any size, nothing beyond its halo, chroma only."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from chromaresolve.colour import rgb_to_chroma
from chromaresolve.training.network import (
    SIZES,
    ChromaNetwork,
    enlarge,
    halo,
    pad_to_stride,
    parameter_count,
)

SUM_ORDER = 2e-6
"""Float32 convolutions over another size add in another order."""


@pytest.fixture(params=sorted(SIZES))
def network(request: pytest.FixtureRequest) -> ChromaNetwork:
    """An untrained network of each size, always the same."""
    torch.manual_seed(7)
    return ChromaNetwork(request.param).eval()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (31, 33), (32, 64), (45, 259)])
def test_forward_keeps_any_size(network: ChromaNetwork, height: int, width: int) -> None:
    """Height and width of the plate come back, also when no multiple of the stride."""
    with torch.inference_mode():
        chroma = network(torch.rand(2, 3, height, width))

    assert chroma.shape == (2, 2, height, width)


def test_forward_starts_near_the_plates_own_chroma() -> None:
    """Untrained, the network changes chroma by a trifle: training starts from the plate."""
    torch.manual_seed(0)
    plate = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        chroma = ChromaNetwork("medium")(plate)[0].permute(1, 2, 0).numpy()

    own = rgb_to_chroma(plate[0].permute(1, 2, 0).numpy())
    assert np.abs(chroma - own).max() < 0.25


def test_padding_repeats_the_last_row_and_column() -> None:
    """The look-ups by index give what replicate padding gives, to the bit."""
    plate = torch.rand(1, 3, 37, 45)

    ours = pad_to_stride(plate, 32)

    theirs = F.pad(plate, (0, 64 - 45, 0, 64 - 37), mode="replicate")
    assert torch.equal(ours, theirs)


def test_padding_leaves_a_multiple_of_the_stride_alone() -> None:
    """Nothing is added where nothing is needed."""
    plate = torch.rand(1, 3, 32, 64)

    assert torch.equal(pad_to_stride(plate, 32), plate)


def test_enlarging_keeps_pixel_centres() -> None:
    """A ramp enlarged twice is the ramp at quarter steps: corners are not aligned."""
    ramp = torch.arange(4.0).reshape(1, 1, 1, 4)

    enlarged = enlarge(ramp, 2)[0, 0, 0]

    assert enlarged.tolist() == [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]


def test_nothing_beyond_the_halo_is_seen(network: ChromaNetwork) -> None:
    """A change further away than the halo moves nothing, to the bit; just inside it may."""
    counts = {parameter_count(ChromaNetwork(name)): name for name in SIZES}
    reach = halo(counts[parameter_count(network)])
    plate = torch.rand(1, 3, 32, 2 * reach + 64)
    changed = plate.clone()
    changed[..., : 32 + 1] = 9.0
    pixel = 32 + reach
    with torch.inference_mode():
        before, after = network(plate), network(changed)

    assert torch.equal(before[..., pixel + 1 :], after[..., pixel + 1 :])
    assert not torch.equal(before[..., :64], after[..., :64])


def test_halo_is_a_multiple_of_the_stride() -> None:
    """Tiles that overlap by the halo stay on the network's own grid."""
    for size in SIZES:
        assert halo(size) % ChromaNetwork(size).stride == 0


def test_values_beyond_the_range_pass(network: ChromaNetwork) -> None:
    """Nothing clamps: a plate below 0 or above 1 gives another answer than its clamped self."""
    plate = torch.full((1, 3, 32, 32), 1.5)
    plate[:, 2] = -0.4
    with torch.inference_mode():
        assert not torch.allclose(network(plate), network(plate.clamp(0, 1)), atol=1e-3)


def test_frames_of_a_batch_do_not_touch(network: ChromaNetwork) -> None:
    """No statistics over the batch: a frame beside another gives what it gives alone."""
    frames = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        together, alone = network(frames)[:1], network(frames[:1])

    assert float((together - alone).abs().max()) < SUM_ORDER
