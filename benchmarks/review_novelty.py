"""Whether the review's novelty score tells how far off a frame is, without looking at the truth.

    python benchmarks/review_novelty.py CACHE --make NAME SEED   (half a minute each, kept in CACHE)
    python benchmarks/review_novelty.py CACHE [--seeds 1] [--ways]

Of each family in `review_novelty_shots.py` and each seed a shot is painted, faded, taught on three
pairs that show nothing new, and recovered. Seed 0 is what the score was tuned on, all others are
what it is measured on. Printed for each shot: Spearman's correlation of the score with the true
mean dE2000 (to the plate's luma with the true chroma), frames flagged of those that show something
new and of those that do not, and the true dE2000 where nothing is new, at the first frame flagged
and at most. Below it the same over all shots. `--ways` adds the other scores that were tried.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from review_novelty_shots import STORIES, make_shot, quiet, shot_folder, still
from scipy.spatial import KDTree
from scipy.stats import spearmanr

from chromaresolve.baseline import cube_path
from chromaresolve.colour import delta_e_2000, luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma
from chromaresolve.cube import Cube, read_cube
from chromaresolve.review.novelty import MINDED, measure_novelty
from chromaresolve.review.novelty_features import Floats, measure_features
from chromaresolve.review.novelty_pictures import Pictures
from chromaresolve.review.novelty_taught import MOST_TOLD, Taught, Unlike, learn
from chromaresolve.shot import Shot

Numbers = NDArray[np.float64]
"""One number for each frame."""

LIKES = 8
"""Taught places that the other ways compare a place with."""

EVERY = 5
"""Every so many'th place is looked at by the other ways: enough for a mean."""

AS_IS, COLOUR_ALONE, AROUND = (1.0,) * 9, (1.0,) * 3, (1.0,) * 3 + (4.0,) * 6
"""How much each feature counts: the place's own three, then those of what lies around it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """A frame as the ways of scoring see it."""

    taught: Taught
    cube: Cube
    unlike: Unlike
    features: Floats
    """Of some of the places."""
    plate_709: Floats
    recovered_709: Floats

    def difference(self, chroma: Floats) -> Floats:
        """Return how far the recovered colours are from others, on their own luma."""
        others = luma_chroma_to_rgb(rgb_to_luma(self.recovered_709), chroma)
        return delta_e_2000(self.recovered_709[np.newaxis], others[np.newaxis])[0]


@lru_cache(maxsize=8)
def _tree(taught: Taught, counts: tuple[float, ...]) -> KDTree:
    return KDTree(np.asarray(taught.likes.data)[:, : len(counts)] * counts)


@lru_cache(maxsize=4)
def find_likes(frame: Frame, counts: tuple[float, ...]) -> Floats:
    """Return the chroma of the taught places most like each, the likest first."""
    asked = frame.features[:, : len(counts)] * counts
    return frame.taught.chroma[_tree(frame.taught, counts).query(asked, k=LIKES)[1]]


def _nearest(frame: Frame, counts: tuple[float, ...]) -> float:
    chroma = find_likes(frame, counts)
    return float(np.minimum(frame.difference(chroma[:, 0]), MOST_TOLD).mean())


def _mean_of_likes(frame: Frame) -> float:
    chroma = find_likes(frame, AS_IS)
    return float(frame.difference(chroma.mean(axis=1)).mean())


def _best_of_likes(frame: Frame) -> float:
    chroma = find_likes(frame, AS_IS)
    each = [frame.difference(chroma[:, row]) for row in range(LIKES)]
    return float(np.min(each, axis=0).mean())


def _ambiguity(frame: Frame) -> float:
    chroma = find_likes(frame, AS_IS)
    return float(np.hypot(*chroma.std(axis=1).T).mean())


def _lut(frame: Frame) -> float:
    mapped = frame.cube.apply(frame.plate_709)
    return float(frame.difference(rgb_to_chroma(mapped)).mean())


def _far(frame: Frame) -> float:
    return float((frame.unlike.distance > np.percentile(frame.taught.usual.distance, 99)).mean())


def _expected(frame: Frame) -> float:
    return frame.unlike.expected


WAYS: Mapping[str, Callable[[Frame], float]] = {
    "the score": lambda frame: _expected(frame) / (frame.taught.usual.expected + MINDED),
    "not in units of the shot's limit": _expected,
    "in units of the shot's usual": lambda frame: _expected(frame) / frame.taught.usual.expected,
    "nothing held at 12": lambda frame: float(frame.unlike.difference.mean()),
    "by colour alone": lambda frame: _nearest(frame, COLOUR_ALONE),
    "surroundings count four times": lambda frame: _nearest(frame, AROUND),
    "mean colour of 8 likes": _mean_of_likes,
    "best of 8 likes": _best_of_likes,
    "distance to the nearest": lambda frame: float(frame.unlike.distance.mean()),
    "share farther than usual": _far,
    "disagreement of 8 likes": _ambiguity,
    "difference from the LUT baseline": _lut,
}
"""The score, and what else was tried: higher is said to be farther off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One shot's numbers, frame by frame."""

    name: str
    score: Numbers
    error: Numbers
    is_clean: NDArray[np.bool_]


def measure(root: Path, name: str) -> Row:
    """Score a shot's frames."""
    shot = Shot.load(root)
    frames = shot.shot.frames.frames
    found = measure_novelty(shot, frames, say=quiet, on_progress=still)
    first, last = STORIES[name].clean
    return Row(
        name=root.name,
        score=np.array([found[frame].score for frame in frames]),
        error=np.load(root / "errors.npy"),
        is_clean=np.array([first <= frame <= last for frame in frames]),
    )


def tell(rows: list[Row]) -> None:
    """Print the table."""
    columns = ("rho", "flagged", "false", "clean dE", "flagged from", "most")
    print(f"{'':16}" + "".join(f"{column:>14}" for column in columns))
    for row in [*rows, _all(rows)]:
        flagged = row.score >= 1
        told = (
            f"{spearmanr(row.score, row.error)[0]:.2f}",
            f"{(flagged & ~row.is_clean).sum()} of {(~row.is_clean).sum()}",
            f"{(flagged & row.is_clean).sum()} of {row.is_clean.sum()}",
            f"{row.error[row.is_clean].mean():.2f}",
            f"{row.error[flagged].min():.2f}" if flagged.any() else "-",
            f"{row.error.max():.2f}",
        )
        print(f"{row.name:16}" + "".join(f"{number:>14}" for number in told))
    worse = np.concatenate([row.error - row.error[row.is_clean].mean() for row in rows])
    flagged = _all(rows).score >= 1
    for least in (0.5, 1.0, 2.0):
        there = worse >= least
        print(
            f"of {there.sum()} frames {least} dE2000 and more worse than their shot's clean ones, "
            f"{(flagged & there).sum()} are flagged"
        )


def tell_ways(roots: list[Path]) -> None:
    """Print how well each way of scoring does over all shots, and on its median and worst shot."""
    scores: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    errors = []
    for root in roots:
        frames = list(_frames(Shot.load(root)))
        errors.append(np.load(root / "errors.npy"))
        for way, score in WAYS.items():
            scores[way].append([score(frame) for frame in frames])
    print(f"{'':36}{'all shots':>12}{'median':>12}{'worst':>12}")
    for way, of_shots in scores.items():
        each = [spearmanr(*one)[0] for one in zip(of_shots, errors, strict=True)]
        whole = spearmanr(np.concatenate(of_shots), np.concatenate(errors))[0]
        print(f"{way:36}{whole:12.2f}{np.median(each):12.2f}{min(each):12.2f}", flush=True)


def _frames(shot: Shot) -> Iterator[Frame]:
    pictures = Pictures.of(shot)
    taught = learn(shot, pictures, say=quiet)
    if taught is None:
        raise SystemExit(f"{shot.root}: nothing is taught")
    cube = read_cube(cube_path(shot))
    for frame in shot.shot.frames.frames:
        plate, recovered = pictures.plate_places(frame), pictures.recovered_places(frame)
        yield Frame(
            taught=taught,
            cube=cube,
            unlike=taught.compare(plate, recovered),
            features=measure_features(plate, taught.spread)[::EVERY],
            plate_709=plate.reshape(-1, 3)[::EVERY],
            recovered_709=recovered.reshape(-1, 3)[::EVERY],
        )


def _all(rows: list[Row]) -> Row:
    return Row(
        name="all",
        score=np.concatenate([row.score for row in rows]),
        error=np.concatenate([row.error for row in rows]),
        is_clean=np.concatenate([row.is_clean for row in rows]),
    )


def main() -> None:
    """Make a shot, or measure those that are there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("cache", type=Path)
    parser.add_argument("--make", nargs=2, metavar=("NAME", "SEED"))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--ways", action="store_true")
    asked = parser.parse_args()
    if asked.make:
        name, seed = asked.make
        make_shot(asked.cache, name, int(seed))
        return
    there = [
        (shot_folder(asked.cache, name, seed), name) for seed in asked.seeds for name in STORIES
    ]
    there = [(root, name) for root, name in there if (root / "errors.npy").is_file()]
    tell([measure(root, name) for root, name in there])
    if asked.ways:
        tell_ways([root for root, _ in there])


if __name__ == "__main__":
    main()
