"""What one round of the loop does to the frames that were worst, with nobody at the machine.

Shots whose three pairs miss a colour family are brought up to date, reviewed, given the pairs that
the review asks for, taught on, recovered and reviewed again: `chromaresolve run SHOT --rounds 1`.
The truth is the plate's luma with the fresh film's chroma; the workflow never sees it.

    python benchmarks/review_loop.py /tmp/loop --stories objects crowd light --seed 200 --steps 600
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from review_novelty_shots import FRAMES, fresh_frame

from chromaresolve.colour import delta_e_2000, merge_chroma, rgb_to_chroma
from chromaresolve.composite import recovered_frames
from chromaresolve.demo.scene import DEMO_TELECINE
from chromaresolve.fade import SEVERE, Fading, fade_frame, make_reference
from chromaresolve.frames import Sequence, frame_path, read_rgb, write_rgb
from chromaresolve.review import load_iterations, load_review
from chromaresolve.shot import FrameRange, Pair, Shot, create
from chromaresolve.workflow import go_rounds

PAIRS = (1, 4, 7)
"""Frames that teach at first: nothing new has come into the picture by then."""

WORST = 6
"""Frames counted as the worst: a quarter of the shot."""

SCAN, REFERENCE, FRESH = "plates/L_SOURCE_####.exr", "plates/L_REF_####.exr", "truth/L_####.exr"
"""The shot's sequences, and the film before it faded."""


def main() -> None:
    """Make the shots asked for, go a round on each, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stories", nargs="+", default=["objects", "crowd", "light", "place"])
    parser.add_argument("--seed", type=int, default=200)
    parser.add_argument("--steps", type=int, default=600)
    asked = parser.parse_args()
    print(f"{'shot':12} {'added':>16} {'worst before':>13} {'after':>6} {'ratio':>6} ", end="")
    print(f"{'all before':>11} {'after':>6} {'flagged':>9} {'seconds':>8}")
    for story in asked.stories:
        root = asked.folder / f"{story}_{asked.seed}"
        print(go_round(write_shot(root, story, asked.seed), story, steps=asked.steps), flush=True)


def write_shot(root: Path, story: str, seed: int) -> Shot:
    """Write a faded shot whose every frame has a Reference, and three pairs by hand."""
    fading = Fading(retention=SEVERE, grain=0.02, unevenness=0.1, flicker=0.003, seed=seed)
    for frame in range(1, FRAMES + 1):
        fresh = fresh_frame(story, seed, frame - 1)
        write_rgb(frame_path(FRESH, frame, root), fresh)
        write_rgb(frame_path(SCAN, frame, root), fade_frame(fresh, fading, frame=frame))
        copy = make_reference(fresh, DEMO_TELECINE, frame=frame)
        write_rgb(frame_path(REFERENCE, frame, root), copy)
    shot = create(root, scan=SCAN, reference=REFERENCE, frames=FrameRange.parse(f"1-{FRAMES}"))
    return shot.with_pairs(Pair(source=n, reference=n, reason="by hand") for n in PAIRS)


def go_round(shot: Shot, story: str, *, steps: int) -> str:
    """Go one round, and return what it did as a row."""
    shot, _ = go_rounds(shot, 0, steps=steps, say=_note, on_progress=_still)
    before, stood_out = measure_errors(shot), len((load_review(shot) or {})["ranking"])
    began = time.monotonic()
    shot, _ = go_rounds(shot, 1, steps=steps, say=_note, on_progress=_still)
    seconds = time.monotonic() - began
    after, now = measure_errors(shot), load_review(shot) or {}
    worst = np.argsort(before)[-WORST:]
    added = ",".join(map(str, load_iterations(shot)[-1]["added"]))
    ratio = after[worst].mean() / before[worst].mean()
    return (
        f"{story:12} {added:>16} {before[worst].mean():13.2f} {after[worst].mean():6.2f} "
        f"{ratio:6.2f} {before.mean():11.2f} {after.mean():6.2f} "
        f"{stood_out:4} to {len(now['ranking']):2} {seconds:8.0f}"
    )


def measure_errors(shot: Shot) -> NDArray[np.float64]:
    """Return each recovered frame's mean dE2000 to the plate's luma with the true chroma."""
    plates, recovered = Sequence.find(shot.source.luma_plate, shot.root), recovered_frames(shot)
    errors = []
    for frame in shot.shot.frames:
        fresh = read_rgb(frame_path(FRESH, frame, shot.root))
        truth = merge_chroma(read_rgb(plates.path(frame)), rgb_to_chroma(fresh)).rgb
        errors.append(float(delta_e_2000(read_rgb(recovered.path(frame)), truth).mean()))
    return np.array(errors)


def _note(sentence: str) -> None:
    print(f"    {sentence}", flush=True)


def _still(_done: int, _total: int, _note: str) -> None:
    pass


if __name__ == "__main__":
    main()
