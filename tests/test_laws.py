"""The laws of the product (docs/architecture.md), each on the whole path of a real trained shot.

The laws on single functions are tested beside their rooms; here they are tested where a user meets
them: on the files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
import torch

from chromaresolve.alignment import load_teaching, shot_chain
from chromaresolve.colour import chain_from_record, merge_chroma, rgb_to_luma, round_to_half
from chromaresolve.frames import Sequence, read_rgb, write_rgb
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import choose_provider
from chromaresolve.shot import Shot
from chromaresolve.training.checkpoints import load_average
from chromaresolve.training.network import ChromaNetwork
from tiny import recover_plates

ROUNDING = 2.0**-11
"""Half a step of a half-precision value, relative (IEEE 754 binary16: 10 stored bits)."""

SUBNORMAL = 2.0**-25
"""Half a step of the smallest halves."""


def read_raw(path: Path) -> np.ndarray:
    """R, G, B as they stand in the file, in float64, read without our own room."""
    image = oiio.ImageBuf(str(path))
    pixels: np.ndarray = np.asarray(image.get_pixels(oiio.FLOAT), dtype=np.float64)
    return pixels[..., :3]


def luma_excess(recovered: np.ndarray, plate: np.ndarray) -> np.ndarray:
    """How much each pixel's luma error exceeds the law, written out from the law's own formula."""
    red, green, blue = (recovered[..., i] - plate[..., i] for i in range(3))
    error = np.abs(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    sizes = np.abs(recovered)
    allowed = ROUNDING * (0.2126 * sizes[..., 0] + 0.7152 * sizes[..., 1] + 0.0722 * sizes[..., 2])
    excess: np.ndarray = error - allowed - SUBNORMAL
    return excess


def test_luma_is_the_input_plates_on_every_pixel(trained_shot: Path) -> None:
    """Law 1, in the files, by its formula."""
    for number in range(1, 7):
        recovered = read_raw(trained_shot / f"recovered/tiny_ML_{number:04d}.exr")
        plate = read_raw(trained_shot / f"plates/TINY_SOURCE_{number:04d}.exr")

        excess = luma_excess(recovered, plate)

        worst = np.unravel_index(int(excess.argmax()), excess.shape)
        assert excess.max() <= 0, f"frame {number}: {excess.max():.2g} too much at {worst}"


def test_luma_law_would_notice_a_wrong_luma(trained_shot: Path) -> None:
    """One half-precision step of one pixel breaks the law: the test above can fail."""
    recovered = read_raw(trained_shot / "recovered/tiny_ML_0001.exr")
    plate = read_raw(trained_shot / "plates/TINY_SOURCE_0001.exr")
    recovered[90, 160] *= 1 + 4 * ROUNDING

    assert luma_excess(recovered, plate).max() > 0


def test_nothing_clamps_on_the_way(trained_shot: Path, tmp_path: Path) -> None:
    """Law 2: a plate from -0.5 to 12 keeps its luma, below 0 and above 1, through to the file."""
    random = np.random.default_rng(4)
    plate = random.uniform(-0.5, 12, (70, 90, 3)).astype(np.float32)
    plate[0] = -0.25
    write_rgb(tmp_path / "wide_0001.exr", plate, pixel_type="float")

    recover_plates(
        trained_shot / "model.onnx", Sequence.find("wide_####.exr", tmp_path), tmp_path / "out"
    )

    recovered = read_raw(tmp_path / "out/tiny_ML_0001.exr")
    assert luma_excess(recovered, plate.astype(np.float64)).max() <= 0
    np.testing.assert_allclose(rgb_to_luma(recovered[0].astype(np.float32)), -0.25, rtol=ROUNDING)
    assert recovered.max() > 8


def test_gamut_fit_holds_in_the_file(trained_shot: Path) -> None:
    """Recovered values stay within [min(0, plate), max(1, plate)] of their own pixel."""
    recovered = read_raw(trained_shot / "recovered/tiny_ML_0003.exr")
    plate = read_raw(trained_shot / "plates/TINY_SOURCE_0003.exr")

    low = np.minimum(0, plate.min(axis=-1, keepdims=True))
    high = np.maximum(1, plate.max(axis=-1, keepdims=True))
    assert (recovered >= low).all()
    assert (recovered <= high).all()


def test_training_and_recovery_see_the_same(trained_shot: Path) -> None:
    """Law 3: PyTorch on what training reads gives the very file that recovery wrote."""
    shot = Shot.load(trained_shot)
    teaching = load_teaching(shot, shot.teaching[1], shot_chain(shot))
    network = ChromaNetwork("small").eval()
    load_average(shot.path(next(iter(shot.made["training"].outputs))), network)
    with torch.inference_mode():
        chroma = network(torch.from_numpy(teaching.plate).permute(2, 0, 1)[None])

    merge = merge_chroma(teaching.plate, chroma[0].permute(1, 2, 0).numpy())
    expected = round_to_half(merge.rgb, teaching.plate).astype(np.float32)

    recovered = read_rgb(trained_shot / f"recovered/tiny_ML_{teaching.frame:04d}.exr")
    # 1e-5 between PyTorch and onnxruntime may tip a value over to the next half.
    np.testing.assert_allclose(recovered, expected, atol=3e-5, rtol=2 * ROUNDING)


@pytest.mark.parametrize("name", ["display", "acescg", "log"])
def test_chain_is_the_same_from_the_model_as_from_the_shot(
    trained_shot: Path, copied: Callable[[Path], Path], name: str
) -> None:
    """What the model's record rebuilds is what training used, for every chain, to the bit."""
    root = copied(trained_shot)
    manifest = root / "shot.toml"
    manifest.write_text(manifest.read_text().replace('chain = "display"', f'chain = "{name}"'))
    ours = shot_chain(Shot.load(root))
    from chromaresolve.colour import chain_record

    theirs = chain_from_record(chain_record(ours))

    plate = np.random.default_rng(5).uniform(-0.5, 2, (8, 9, 3)).astype(np.float32)
    np.testing.assert_array_equal(ours.to_working(plate), theirs.to_working(plate))
    np.testing.assert_array_equal(ours.from_working(plate), theirs.from_working(plate))


def test_model_carries_its_chain(trained_shot: Path) -> None:
    """The model's own chain is built from the file alone."""
    model = Model.open(trained_shot / "model.onnx", choose_provider("cpu"))

    assert model.chain.name == "display"
