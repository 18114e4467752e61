"""The balance stage: one balance for the whole shot, and the balanced plates."""

from __future__ import annotations

import dataclasses

import numpy as np

from chromaresolve.balance.density import (
    DensityBalance,
    apply_density_balance,
    solve_density_balance,
)
from chromaresolve.errors import StageError
from chromaresolve.files import sha256
from chromaresolve.frames import (
    RECIPE_KEY,
    Sequence,
    frame_path,
    header_if_made,
    make_frames,
    read_frame,
    read_rgb,
    write_frame,
)
from chromaresolve.shot import (
    Shot,
    content_fingerprint,
    file_key,
    fingerprints,
    measured,
    table_key,
)
from chromaresolve.telling import Progress, Say

SAMPLED_FRAMES = 12
"""Frames that the balance is solved from, spread over the shot."""


def balance(shot: Shot, *, plates: bool, say: Say, on_progress: Progress) -> Shot:
    """Solve the shot's balance, write the balanced plates if asked, and return the shot.

    Raises:
        StageError: The plates are not display values, the picture does not tell how it has faded,
            or a frame could not be balanced.
    """
    if shot.colour.encoding != "display":
        raise StageError(
            shot.file,
            f"the balance is solved on Rec.709 2.4 exports, and [colour] encoding is "
            f"{shot.colour.encoding!r}: export through the ODT, or bring balanced plates",
        )
    scan = Sequence.find(shot.source.scan, shot.root)
    sampled = _spread(scan)
    solved = solve_density_balance(
        (read_rgb(scan.path(number)) for number in sampled),
        red_gain_cap=shot.balance.red_gain_cap,
    )
    gains = ", ".join(
        f"{name} {gain:.2f}"
        for name, gain in zip(("red", "green", "blue"), solved.gain, strict=True)
    )
    say(f"density gains: {gains}")
    if plates:
        making = make_frames(
            shot.shot.frames,
            lambda number: _write_plate(shot, scan, number, solved),
            plates=scan,
            out=shot.path(plate_pattern(shot)).parent,
            participle="balanced",
            say=say,
            on_progress=on_progress,
        )
        making.require_whole(shot.file, "balanced")
        shot = shot.with_plate(balanced=plate_pattern(shot))
    keys = [file_key(shot, scan.path(number)) for number in sampled]
    return shot.with_made(
        "balance",
        settings={"method": "per-channel density", "plates": plates},
        inputs=fingerprints(shot, [table_key("balance"), *keys]),
        outputs={},
        measured=measured(**solved.to_record()),
    )


def plate_pattern(shot: Shot) -> str:
    """Return where the shot's balanced plates are written, relative to its folder."""
    return f"plates/{shot.shot.name}_BAL_####.exr"


def _spread(scan: Sequence) -> list[int]:
    count = min(SAMPLED_FRAMES, len(scan.frames))
    places = np.linspace(0, len(scan.frames) - 1, count).round().astype(int)
    return [scan.frames[place] for place in places]


def _write_plate(shot: Shot, scan: Sequence, number: int, solved: DensityBalance) -> bool:
    """Write one balanced plate; return False if it was there already with this balance."""
    source, target = scan.path(number), frame_path(plate_pattern(shot), number, shot.root)
    recipe = content_fingerprint([dataclasses.asdict(solved), sha256(source)])
    if header_if_made(target, recipe) is not None:
        return False
    frame = read_frame(source)
    balanced = dataclasses.replace(frame, rgb=apply_density_balance(frame.rgb, solved))
    write_frame(target, balanced, attributes={RECIPE_KEY: recipe})
    return True
