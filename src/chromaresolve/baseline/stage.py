"""The baseline stage: a shot's colour map fitted from its pairs, as a .cube and as frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from chromaresolve.alignment import (
    TeachingPair,
    held_out_pairs,
    load_teaching,
    shot_chain,
    teaching_files,
    teaching_pairs,
)
from chromaresolve.baseline.choice import choose_map, recolour
from chromaresolve.baseline.samples import Samples, sample_pair
from chromaresolve.baseline.sharpening import find_sharpening
from chromaresolve.colour import Chain, delta_e_2000
from chromaresolve.cube import Cube, read_cube, write_cube
from chromaresolve.errors import StageError, UsageError
from chromaresolve.files import sha256
from chromaresolve.frames import (
    RECIPE_KEY,
    frame_path,
    header_if_made,
    make_frames,
    read_frame,
    write_frame,
)
from chromaresolve.frames import Sequence as FrameSequence
from chromaresolve.shot import (
    Shot,
    content_fingerprint,
    file_key,
    fingerprints,
    measured,
    outputs,
    require,
    table_key,
)
from chromaresolve.telling import Progress, Say

CUBE_SIZES = (33, 65)
"""The .cube sizes that Resolve exports itself, and so reads everywhere."""


def fit(shot: Shot, *, cube: int, render: bool, say: Say, on_progress: Progress) -> Shot:
    """Fit the shot's colour map and write it; return the shot that says so.

    Raises:
        UsageError: The .cube size is none that Resolve exports.
        StageError: The pairs teach nothing.
    """
    if cube not in CUBE_SIZES:
        raise UsageError(f"--cube {cube}: write 33 or 65")
    require(shot, "alignment", needed_for="the baseline")
    chain = shot_chain(shot)
    pairs = [load_teaching(shot, pair, chain) for pair in teaching_pairs(shot)]
    for pair in pairs:
        if not pair.trust.any():
            raise StageError(
                f"pair {pair.frame}", "nothing in it may teach: take another frame in [[pair]]"
            )
    sharpening = find_sharpening(pairs)
    if sharpening:
        say(sharpening.tell())
        pairs = [sharpening.sharpen(pair) for pair in pairs]
    samples = [_sample(pair, chain, seed) for seed, pair in enumerate(pairs)]
    choice = choose_map(samples, on_progress=on_progress)
    say(choice.reason)
    path = cube_path(shot)
    lower, upper = _plate_range(samples)
    title = f"ChromaResolve baseline of {shot.shot.name}, {choice.kind}"
    write_cube(
        path,
        choice.map,
        title=title,
        size=cube,
        lower=lower,
        upper=upper,
        shaper="none" if shot.colour.encoding == "display" else "log",
    )
    made = read_cube(path)
    if render:
        _render(shot, made, say, on_progress)
    held_out = [load_teaching(shot, pair, chain) for pair in held_out_pairs(shot)]
    return shot.with_made(
        "baseline",
        settings={"map": choice.kind, "cube": cube, "reason": choice.reason},
        inputs=fingerprints(shot, _input_keys(shot)),
        outputs=outputs(shot, [path]),
        measured=measured(
            **{"hold_out_dE2000": measure(made, held_out, chain)} if held_out else {}
        ),
    )


def cube_path(shot: Shot) -> Path:
    """Return where the shot's baseline .cube lies."""
    return shot.path(f"baseline/{shot.shot.name}_LUT.cube")


def measure(cube: Cube, pairs: Sequence[TeachingPair], chain: Chain) -> float:
    """Return mean dE2000 of the baseline to the truth, luma locked, weighted by trust."""
    scores = []
    for pair in pairs:
        recoloured = recolour(chain.from_working(pair.plate), cube).rgb
        distance = delta_e_2000(recoloured, chain.from_working(pair.truth))
        scores.append(float(np.average(distance, weights=pair.trust)))
    return float(np.mean(scores))


def _sample(pair: TeachingPair, chain: Chain, seed: int) -> Samples:
    # The map is for Resolve, which applies it to the plates as they are on file.
    plate, truth = chain.from_working(pair.plate), chain.from_working(pair.truth)
    return sample_pair(plate, truth, pair.trust, seed=seed)


def _plate_range(samples: Sequence[Samples]) -> tuple[float, float]:
    """Return the range that the .cube must take: 0..1, or wider where the plates are."""
    lowest = min(float(part.plate_rgb.min()) for part in samples)
    highest = max(float(part.plate_rgb.max()) for part in samples)
    return min(0.0, lowest), max(1.0, highest)


def _render(shot: Shot, cube: Cube, say: Say, on_progress: Progress) -> None:
    """Write the baseline sequence; frames that are there with this very map are kept."""
    plates = FrameSequence.find(shot.source.plate, shot.root)
    pattern, folder = f"{shot.shot.name}_LUT_####.exr", shot.path("baseline")
    map_sha256 = sha256(cube_path(shot))

    def render_one(number: int) -> bool:
        target = frame_path(pattern, number, folder)
        recipe = content_fingerprint(["baseline", map_sha256, sha256(plates.path(number))])
        if header_if_made(target, recipe) is not None:
            return False
        frame = read_frame(plates.path(number))
        mapped = replace(frame, rgb=cube.apply(frame.rgb))
        write_frame(target, mapped, attributes={RECIPE_KEY: recipe})
        return True

    making = make_frames(
        shot.shot.frames,
        render_one,
        plates=plates,
        out=folder,
        participle="rendered",
        say=say,
        on_progress=on_progress,
    )
    making.require_whole(folder, "rendered")


def _input_keys(shot: Shot) -> list[str]:
    files = [file_key(shot, file) for file in teaching_files(shot)]
    return [table_key("pair"), table_key("colour"), *files]
