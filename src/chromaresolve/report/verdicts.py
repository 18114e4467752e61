"""The acceptance criteria and the checklist before the final render, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from chromaresolve.colour import LumaLaw
from chromaresolve.report.scoping import FrameFacts
from chromaresolve.review import KINDS, Kind, Numbers

Verdict = dict[str, str]
"""`claim`, `verdict` (yes, no, not measured), `evidence`, and `list`: which list it is of."""

ACCEPTANCE, CHECKLIST = "acceptance", "before the final render"
"""The two lists."""

FIGURES = 4
"""Significant figures of a number in a sentence."""

ARTEFACTS: tuple[Kind, ...] = ("bleed", "banding", "flicker", "gamut", "crop", "join", "luma")
"""What the eye would call an artefact."""

UNSTEADY: tuple[Kind, ...] = ("hue", "flicker", "skin")
"""What makes a scene's colour uneven."""

UNNATURAL: tuple[Kind, ...] = ("skin", "saturation")
"""What makes colours unnatural."""

MOST_NAMED = 6
"""Frames that a sentence names."""

PLATEAU = 0.05
"""Share by which the loss may still fall between the last tenth of a training and the tenth before:
from here on, more of the same steps give next to nothing. Our choice."""

RISEN = 1.05
"""How far the held-out score may end above its best: within what one measurement differs from the
next."""

FEWEST_LOSSES = 20
"""Losses in a log below which nothing is said of its course."""

EVEN_SPREAD = 1.5
"""The worst hold-out may be so many times the mean of all. Our choice."""

NATURAL_SATURATION = (0.8, 1.25)
"""Mean chroma of recovered frames over that of their Reference, between which nobody would call
them drained or gaudy. Our choice."""


def judge(
    numbers: Numbers,
    *,
    review: Mapping[str, Any],
    log: Sequence[Mapping[str, float]],
    facts: Mapping[int, FrameFacts],
    is_display: bool,
) -> list[Verdict]:
    """Judge every criterion: yes, no, or not measured.

    Args:
        numbers: What was measured on the held-out frames.
        review: What the review found; empty if there was none.
        log: The training's log; empty if it left none.
        facts: Numbers of the frames that the page shows.
        is_display: The chain works on display values, so that luma's law holds for those.
    """
    return [
        *(
            {**verdict, "list": ACCEPTANCE}
            for verdict in (
                _luma("every recovered pixel keeps its plate's luma", numbers, review),
                _flagged("no visible artefact is flagged", ARTEFACTS, review),
                _flagged("colour is consistent within the scene", UNSTEADY, review),
                _nearer("recovered is nearer to the truth than the LUT baseline", numbers),
            )
        ),
        *(
            {**verdict, "list": CHECKLIST}
            for verdict in (
                _converged(log),
                _flagged("no colour bleeds and nothing has a halo", ("bleed",), review),
                _even(numbers),
                _detail(numbers, facts, is_display=is_display),
                _natural(review, facts),
                _traditional(numbers),
            )
        ),
    ]


def figures(number: float | None) -> str:
    """Write a number with the significant figures that a reader needs."""
    return "unknown" if number is None else f"{number:.{FIGURES}g}"


def _verdict(claim: str, verdict: bool | None, evidence: str) -> Verdict:
    words = "not measured" if verdict is None else "yes" if verdict else "no"
    return {"claim": claim, "verdict": words, "evidence": evidence}


def _luma(claim: str, numbers: Numbers, review: Mapping[str, Any]) -> Verdict:
    """Judge by the held-out frames' numbers, and by every frame that the review looked at."""
    law: LumaLaw | None = numbers.luma
    shares = {
        row["frame"]: row["measures"]["luma_broken"]
        for row in review.get("frames", [])
        if "luma_broken" in row["measures"]
    }
    if law is None and not shares:
        return _verdict(claim, None, "no held-out frame could be read, and none was reviewed")
    said = []
    if law is not None:
        frames = _named([frame.frame for frame in numbers.frames])
        said.append(
            f"held-out {'frame' if len(numbers.frames) == 1 else 'frames'} {frames}: largest "
            f"difference {figures(law.largest)}, mean {figures(law.mean)}, at worst "
            f"{figures(law.worst_ratio)} of what rounding to half costs"
        )
        if not law.is_kept:
            said.insert(0, f"{law.share_broken:.2%} of the pixels miss it")
    broken = [frame for frame, share in shares.items() if share > 0]
    if broken:
        said.append(f"of {len(shares)} frames reviewed, {_named(broken)} miss it")
    elif shares:
        said.append(f"no pixel of the {len(shares)} frames reviewed misses it")
    is_kept = (law is None or law.is_kept) and not broken
    return _verdict(claim, is_kept, "; ".join(said))


def _nearer(claim: str, numbers: Numbers) -> Verdict:
    recovered, baseline = numbers.recovered, numbers.baseline
    if recovered is None or baseline is None:
        return _verdict(claim, None, "there is nothing to compare")
    evidence = (
        f"dE2000 {recovered.trusted:.2f} against {baseline.trusted:.2f}, weighted by trust, both "
        "on the same luma"
    )
    return _verdict(claim, recovered.trusted < baseline.trusted, evidence)


def _flagged(claim: str, kinds: Iterable[Kind], review: Mapping[str, Any]) -> Verdict:
    """Judge by what the review flagged and nobody accepted."""
    if not review:
        return _verdict(claim, None, "the frames were not reviewed: run `chromaresolve review`")
    there = review.get("frames", [])
    wanted = set(kinds)
    found: dict[str, list[int]] = {}
    accepted = 0
    for row in there:
        hit = {reason["kind"] for reason in row["reasons"]} & wanted
        if row.get("verdict") == "accepted":
            accepted += bool(hit)
            continue
        if row.get("verdict") == "rejected" and wanted == set(ARTEFACTS) and not hit:
            hit = {"rejected by eye"}
        for kind in hit:
            found.setdefault(kind, []).append(row["frame"])
    looked = f"{len(there)} frames were reviewed"
    also = f"; {accepted} flagged and accepted" if accepted else ""
    if not found:
        asked = ", ".join(kind for kind in KINDS if kind in wanted)
        return _verdict(
            claim, verdict=True, evidence=f"{looked} for {asked}: none stands out{also}"
        )
    told = "; ".join(f"{kind} in {_named(frames)}" for kind, frames in sorted(found.items()))
    return _verdict(claim, verdict=False, evidence=f"{looked}: {told}{also}")


def _converged(log: Sequence[Mapping[str, float]]) -> Verdict:
    claim = "the training converged without artefacts"
    losses = [line["loss"] for line in log if "loss" in line]
    if len(losses) < FEWEST_LOSSES:
        return _verdict(claim, None, "the training left too short a log")
    tenth = len(losses) // 10
    before, last = fmean(losses[-2 * tenth : -tenth]), fmean(losses[-tenth:])
    fell = 1 - last / before if before else 0.0
    evidence = f"over its last tenth the loss fell by {fell:.1%}"
    is_flat = fell <= PLATEAU
    scores = [line["dE2000"] for line in log if "dE2000" in line]
    if not scores:
        return _verdict(claim, None, f"{evidence}; no held-out score was taken")
    evidence += f"; held out, dE2000 ended at {scores[-1]:.2f}, at best it was {min(scores):.2f}"
    return _verdict(claim, is_flat and scores[-1] <= RISEN * min(scores), evidence)


def _even(numbers: Numbers) -> Verdict:
    claim = "results are consistent across the test frames"
    scores = {frame.frame: frame.recovered.trusted for frame in numbers.frames}
    if len(scores) < 2:
        return _verdict(claim, None, "that takes two held-out frames or more")
    worst = max(scores, key=lambda frame: scores[frame])
    mean = fmean(scores.values())
    evidence = (
        f"dE2000 {min(scores.values()):.2f} to {scores[worst]:.2f} over {len(scores)} held-out "
        f"frames, mean {mean:.2f}; the worst is frame {worst}"
    )
    return _verdict(claim, scores[worst] <= EVEN_SPREAD * mean, evidence)


def _detail(numbers: Numbers, facts: Mapping[int, FrameFacts], *, is_display: bool) -> Verdict:
    claim = "detail and texture are preserved"
    # Where the chain has a space of its own, the law is kept there, and display values only nearly.
    laws = {one.frame: one.luma for one in numbers.frames}
    if is_display:
        laws |= {frame: fact.luma for frame, fact in facts.items()}
    if not laws:
        return _verdict(claim, None, "no held-out frame could be read")
    broken = sorted(frame for frame, law in laws.items() if not law.is_kept)
    largest = figures(max(law.largest for law in laws.values()))
    evidence = (
        f"detail is luma: in frames {_named(sorted(laws))} the largest difference is {largest}"
    )
    if broken:
        evidence += f"; it is not kept in {_named(broken)}"
    return _verdict(claim, not broken, evidence)


def _natural(review: Mapping[str, Any], facts: Mapping[int, FrameFacts]) -> Verdict:
    claim = "colours are natural"
    verdict = _flagged(claim, UNNATURAL, review)
    ratios = [
        fact.saturation / fact.truth_saturation for fact in facts.values() if fact.truth_saturation
    ]
    skins = [fact.skin_degrees for fact in facts.values() if fact.skin_degrees is not None]
    told = [verdict["evidence"]]
    if ratios:
        told.append(f"mean chroma {fmean(ratios):.2f} times the Reference's")
    if skins:
        told.append(f"what is near the skin line lies {fmean(skins):+.0f} degrees off it")
    evidence = "; ".join(told)
    low, high = NATURAL_SATURATION
    if verdict["verdict"] != "yes":
        return {**verdict, "evidence": evidence}
    return _verdict(claim, all(low <= ratio <= high for ratio in ratios), evidence)


def _traditional(numbers: Numbers) -> Verdict:
    claim = "it matches or exceeds the traditional method, a LUT"
    pairs = [
        (frame.frame, frame.recovered.trusted, frame.baseline.trusted)
        for frame in numbers.frames
        if frame.baseline
    ]
    if not pairs:
        return _verdict(claim, None, "there is nothing to compare")
    behind = [frame for frame, recovered, baseline in pairs if recovered > baseline]
    evidence = f"at least as near as the LUT in {len(pairs) - len(behind)} of {len(pairs)} "
    evidence += "held-out frames" + (f"; behind it in {_named(behind)}" if behind else "")
    return _verdict(claim, not behind, evidence)


def _named(frames: Sequence[int]) -> str:
    shown = ", ".join(map(str, frames[:MOST_NAMED]))
    return f"{shown} and {len(frames) - MOST_NAMED} more" if len(frames) > MOST_NAMED else shown
