"""Shots whose recovered frames are known to be good, and faults planted in them.

A shot is a moving scene, faded; its recovered frames have the scene's own chroma as a network gives
it back: softer, a little off everywhere, with noise, and not quite steady. Every fault changes that
chroma, or a file, in one way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import merge_chroma, rgb_to_chroma, round_to_half
from chromaresolve.fade import MODERATE, Fading, fade_frame
from chromaresolve.frames import Frame, read_frame, write_frame, write_rgb
from chromaresolve.review.skin import is_skin
from chromaresolve.shot import FrameRange, Pair, Shot, create
from chromaresolve.shot.tables import CropTable

Frames = NDArray[np.float32]
"""Frames of a shot, display-encoded Rec.709, (frames, height, width, 3)."""

Chroma = NDArray[np.float32]
"""[Cb, Cr] of one frame, (height, width, 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How far from perfect a network is."""

    softness: float = 1 / 600
    """Deviation of its chroma's blur, as a share of the width."""
    error: float = 0.006
    """Deviation of what is wrong everywhere in the shot alike, chroma."""
    noise: float = 0.004
    """Deviation of what is different from pixel to pixel and from frame to frame, chroma."""
    hue: float = 0.4
    """Deviation of the hue from frame to frame, degrees."""
    saturation: float = 0.008
    """The same of the saturation, a share."""
    cast: float = 0.0006
    """The same of a cast, chroma."""
    places: float = 0.0015
    """The same of casts here and there in the picture, chroma."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """A shot as it is before it is written: the first frame is 1."""

    plates: list[NDArray[np.float32]]
    """The faded scan, as halves hold it."""
    chroma: list[Chroma]
    """What the network gives."""
    truth: list[NDArray[np.float32]]
    """The scene."""

    def changed(self, frames: Iterable[int], change: Callable[[Chroma, int], Chroma]) -> Recovered:
        """Return the shot with the chroma of some frames changed."""
        chroma = list(self.chroma)
        for n in frames:
            chroma[n - 1] = change(chroma[n - 1], n)
        return replace(self, chroma=chroma)


def recovered(
    scene: Frames,
    *,
    seed: int,
    fading: Fading | None = None,
    network: Network | None = None,
    light: Callable[[NDArray[np.float32], int], NDArray[np.float32]] = lambda rgb, _: rgb,
) -> Recovered:
    """Return a scene faded and recovered.

    Args:
        scene: What was filmed.
        seed: Of grain, noise and errors.
        fading: What befell the film.
        network: How good the network is.
        light: Changes a frame's light, by its place from 0: a flash, a fade-out.
    """
    network = network or Network()
    fading = replace(fading or Fading(retention=MODERATE, grain=0.02), seed=seed)
    numbers = np.random.default_rng([seed, 77])
    height, width = scene.shape[1:3]
    lasting = network.error * _cloud(numbers, height, width, 8)
    truth = [np.asarray(light(rgb, n), np.float32) for n, rgb in enumerate(scene)]
    plates = [
        fade_frame(rgb, fading, frame=n + 1).astype(np.float16).astype(np.float32)
        for n, rgb in enumerate(truth)
    ]
    chroma = [_network_chroma(rgb, network, lasting, numbers) for rgb in truth]
    return Recovered(plates=plates, chroma=chroma, truth=truth)


def _network_chroma(
    rgb: NDArray[np.float32],
    network: Network,
    lasting: Chroma,
    numbers: np.random.Generator,
) -> Chroma:
    height, width = rgb.shape[:2]
    soft = cv2.GaussianBlur(rgb_to_chroma(rgb), (0, 0), max(0.3, network.softness * width))
    turned = rotated(np.asarray(soft, np.float32), float(numbers.normal(0, network.hue)))
    turned *= np.float32(1 + numbers.normal(0, network.saturation))
    turned += numbers.normal(0, network.cast, 2).astype(np.float32)
    turned += network.places * _cloud(numbers, height, width, 5)
    grains = numbers.standard_normal((height, width, 2), np.float32)
    grains = np.asarray(cv2.GaussianBlur(grains, (0, 0), 1.0), np.float32)
    # What is dark or hardly lit has as little chroma as before: errors are in proportion.
    share = np.minimum(1, rgb.max(axis=2, keepdims=True) / 0.3)
    return np.asarray(
        turned + share * (lasting + network.noise * grains / grains.std()), np.float32
    )


def _cloud(numbers: np.random.Generator, height: int, width: int, cells: int) -> Chroma:
    coarse = numbers.standard_normal((max(2, cells * height // width), cells, 2), np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def write(
    root: Path,
    shot: Recovered,
    *,
    crop: Mapping[str, int] | None = None,
    recovered_crop: Mapping[str, int] | None = None,
    pairs: Iterable[int] = (),
    only: Iterable[int] | None = None,
) -> Shot:
    """Write a shot with its recovered frames.

    Args:
        root: Where to; the shot's folder is made in it.
        shot: What to write.
        crop: What the shot says is not picture.
        recovered_crop: What was left out when it was recovered, if something else.
        pairs: Frames that have an aligned Reference.
        only: Frames that are recovered; all of them.
    """
    frames = range(1, len(shot.plates) + 1)
    made = create(
        root / "sh010",
        scan="plates/P_####.exr",
        reference="plates/P_####.exr",
        frames=FrameRange.of(frames),
    )
    if crop:
        made = made.with_crop(**{"left": 0, "top": 0, "right": 0, "bottom": 0, **crop})
    there = set(only if only is not None else frames)
    cut = CropTable.model_validate(
        dict(recovered_crop if recovered_crop is not None else crop or {})
    )
    for n in frames:
        write_rgb(plate_file(made.root, n), shot.plates[n - 1])
        if n in there:
            write_recovered(made.root, n, shot.plates[n - 1], shot.chroma[n - 1], crop=cut)
    made = made.with_pairs(Pair(source=n, reference=n) for n in pairs)
    for pair in made.pair:
        write_reference(made.root, pair.source, shot.truth[pair.source - 1])
    return made


def plate_file(root: Path, frame: int) -> Path:
    """Return the plate of a frame."""
    return root / f"plates/P_{frame:04d}.exr"


def recovered_file(root: Path, frame: int) -> Path:
    """Return the recovered frame."""
    return root / f"recovered/sh010_ML_{frame:04d}.exr"


def write_recovered(
    root: Path,
    frame: int,
    plate: NDArray[np.float32],
    chroma: Chroma,
    *,
    crop: CropTable | None = None,
    gamut_share: float | None = None,
) -> None:
    """Write a recovered frame as the recovery does: luma exact, the crop's outside left alone."""
    area = (crop or CropTable()).area(*plate.shape[:2])
    whole = plate.copy()
    merge = merge_chroma(plate[area], chroma[area])
    whole[area] = round_to_half(merge.rgb, plate[area]).astype(np.float32)
    share = merge.gamut_share if gamut_share is None else gamut_share
    write_rgb(
        recovered_file(root, frame), whole, attributes={"chromaresolve:gamut_share": float(share)}
    )


def write_reference(
    root: Path, frame: int, truth: NDArray[np.float32], *, right: float = 0.0, down: float = 0.0
) -> None:
    """Write the aligned Reference of a frame: soft as a telecine, trusted; or shifted."""
    height, width = truth.shape[:2]
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float64)
    moved = cv2.warpAffine(truth, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    soft = np.asarray(cv2.GaussianBlur(moved, (0, 0), width / 720), np.float32)
    trust = np.ones((height, width), np.float16)
    header = read_frame(plate_file(root, frame)).header
    path = root / f"alignment/reference_{frame:04d}.exr"
    write_frame(path, Frame(rgb=soft, others={"A": trust}, header=header), pixel_type="float")


def rotated(chroma: Chroma, degrees: float) -> Chroma:
    """Return chroma turned about neutral."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray(chroma @ np.array([[cos, sin], [-sin, cos]], np.float32), np.float32)


def hue_jump(shot: Recovered, frames: Iterable[int], degrees: float) -> Recovered:
    """Return the shot with the hue of some frames turned."""
    return shot.changed(frames, lambda chroma, _: rotated(chroma, degrees))


def cast(shot: Recovered, frames: Iterable[int], cb: float, cr: float) -> Recovered:
    """Return the shot with some frames tinted."""
    return shot.changed(frames, lambda chroma, _: chroma + np.array([cb, cr], np.float32))


def saturation(shot: Recovered, frames: Iterable[int], gain: float) -> Recovered:
    """Return the shot with the chroma of some frames multiplied."""
    return shot.changed(frames, lambda chroma, _: chroma * np.float32(gain))


def flicker(shot: Recovered, frames: Iterable[int], strength: float, *, seed: int) -> Recovered:
    """Return the shot with another hue, saturation and cast in each of some frames.

    At strength 1 the deviations are 6 degrees, 12 % and a chroma of 0.008.
    """
    numbers = np.random.default_rng([seed, 5])

    def change(chroma: Chroma, _: int) -> Chroma:
        turned = rotated(chroma, strength * 6 * float(numbers.standard_normal()))
        tint = strength * 0.008 * numbers.standard_normal(2)
        gain = np.float32(1 + strength * 0.12 * numbers.standard_normal())
        return np.asarray(turned * gain + tint.astype(np.float32), np.float32)

    return shot.changed(frames, change)


def bleed(shot: Recovered, frames: Iterable[int], share: float) -> Recovered:
    """Return the shot with the chroma of some frames blurred by a share of the width."""

    def change(chroma: Chroma, _: int) -> Chroma:
        return np.asarray(cv2.GaussianBlur(chroma, (0, 0), share * chroma.shape[1]), np.float32)

    return shot.changed(frames, change)


def smear(shot: Recovered, frames: Iterable[int], share: float) -> Recovered:
    """Return the shot with the chroma of some frames shifted right by a share of the width."""

    def change(chroma: Chroma, _: int) -> Chroma:
        matrix = np.array([[1, 0, share * chroma.shape[1]], [0, 1, 0]], np.float64)
        size = (chroma.shape[1], chroma.shape[0])
        moved = cv2.warpAffine(chroma, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.float32)

    return shot.changed(frames, change)


def bands(shot: Recovered, frames: Iterable[int], step: float) -> Recovered:
    """Return the shot with the chroma of some frames in steps."""

    def change(chroma: Chroma, _: int) -> Chroma:
        return np.asarray(np.round(chroma / np.float32(step)) * np.float32(step), np.float32)

    return shot.changed(frames, change)


def skin_turned(shot: Recovered, frames: Iterable[int], degrees: float) -> Recovered:
    """Return the shot with the hue of skin alone turned in some frames."""

    def change(chroma: Chroma, n: int) -> Chroma:
        truth = shot.truth[n - 1]
        mask = is_skin(truth.mean(axis=2), rgb_to_chroma(truth)).astype(np.float32)
        soft = cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None]
        return np.asarray(chroma + soft * (rotated(chroma, degrees) - chroma), np.float32)

    return shot.changed(frames, change)
