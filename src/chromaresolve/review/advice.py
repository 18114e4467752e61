"""What to do about the frames that stand out, as the trade's guides have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from chromaresolve.review.record import FrameReview, Kind
from chromaresolve.scopes.curves import load_log
from chromaresolve.shot import Shot, load_flagged

LEVEL = (0.3, 0.6)
"""Shares of a training between which its rate is level: how far the held-out score falls there says
what more steps bring. At its end, while the rate goes down, it falls in any training."""

STILL_IMPROVING = 0.9
"""Score at the end of that over the one at its beginning, below which longer helps."""

SCORES = 8
"""Held-out scores needed to tell."""

MUCH_PULLED_IN = 0.2
"""Share of pixels whose chroma had to give way, in most frames, that speaks of the balance rather
than of a frame: grain in darks alone makes some of it."""

COMMON = 0.25
"""Share of the frames that share a fault before the settings are to blame rather than a frame."""


def advise(shot: Shot, frames: Sequence[FrameReview]) -> list[str]:
    """Return what would mend the frames that stand out, a sentence each, the likeliest first."""
    gamut = [one.measures["gamut_share"] for one in frames if "gamut_share" in one.measures]
    told = list(_advice(shot, count_kinds(frames), len(frames)))
    if gamut and float(np.median(gamut)) > MUCH_PULLED_IN:
        told.append(
            f"in most frames {np.median(gamut):.0%} of the pixels had to lose chroma to fit their "
            "luma: look at the balance, `chromaresolve balance`, whose luma may be too dark or too "
            "light for the colours"
        )
    return told


def count_kinds(frames: Sequence[FrameReview]) -> dict[Kind, int]:
    """Return how many frames stand out for each kind of fault, the commonest first."""
    counts: dict[Kind, int] = {}
    for one in frames:
        for kind in dict.fromkeys(reason.kind for reason in one.reasons):
            counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items(), key=lambda row: -row[1]))


def _advice(shot: Shot, counts: Mapping[Kind, int], looked_at: int) -> Iterator[str]:
    settings, folder = shot.training, shot.root
    if "luma" in counts or "join" in counts:
        yield (
            "frames that are not this shot's: look at those files before anything else, then run "
            f"`chromaresolve recover {folder}` again"
        )
    if "crop" in counts:
        yield "what lies at the edges: set [crop] in shot.toml, or let `chromaresolve align` do it"
    if "reference" in counts:
        yield (
            "pairs whose Reference lies wrong: look at their pictures in alignment/, then set keys "
            "by hand ([[alignment.key]]), paint a mask, or remove the pair; align and train again"
        )
    wanting = [one for one in load_flagged(shot) if one.is_open and one.wants_pair]
    if wanting:
        yield (
            f"{len(wanting)} frames ask for pairs of their own: `chromaresolve run {folder} "
            "--rounds 1` adds the best of them, aligns, trains on, recovers and reviews; or step "
            f"by step, beginning with `chromaresolve pairs {folder} --add-from-review`"
        )
    yield from _longer(shot)
    unsteady = sum(counts.get(kind, 0) for kind in ("flicker", "hue", "skin"))
    if unsteady and settings.exposure > 0:
        yield (
            f"unsteady chroma, and plates are shown {settings.exposure:.0%} lighter and darker in "
            "training: set [training] exposure = 0"
        )
    yield from _clean_up(shot, counts, looked_at)


def _clean_up(shot: Shot, counts: Mapping[Kind, int], looked_at: int) -> Iterator[str]:
    """Yield what cleaning of the Reference would help, where it is not done yet."""
    plates = shot.plates
    if counts.get("banding") and not plates.deband:
        yield "chroma comes in steps, as the Reference's does: set [plates] deband = true"
    elif counts.get("banding") and not plates.deblock:
        yield "chroma comes in steps: if they are blocks, set [plates] deblock = true"
    if counts.get("bleed") and plates.chroma_shift == "off":
        yield (
            'chroma lies beside its edges: set [plates] chroma_shift = "auto", and look in '
            "alignment/ whether the pairs lie well"
        )
    if counts.get("bleed", 0) > COMMON * looked_at and shot.plates.reference_median == 0:
        yield "where the Reference is dirty, [plates] reference_median = 3 takes small specks off"


def _longer(shot: Shot) -> Iterator[str]:
    """Yield that a longer training would help, where held-out frames were improving quickly."""
    log = shot.path("training/log.jsonl")
    scores = [line["dE2000"] for line in load_log(log) if "dE2000" in line]
    if len(scores) < SCORES:
        return
    earlier, later = (scores[int(share * len(scores)) - 1] for share in LEVEL)
    if later < STILL_IMPROVING * earlier:
        yield (
            f"held-out frames were still getting better at full rate (dE2000 {earlier:.2f}, then "
            f"{later:.2f}): train longer, `chromaresolve train {shot.root} --until-plateau`"
        )
