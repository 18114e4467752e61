"""What the page tells, as plain values: the same that `report.json` holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chromaresolve import __version__
from chromaresolve.alignment.record import load_alignment
from chromaresolve.composite import recovery_sidecar
from chromaresolve.frames import LOSSLESS
from chromaresolve.pairs import load_findings
from chromaresolve.report.scoping import FrameFacts
from chromaresolve.report.verdicts import judge
from chromaresolve.review import Numbers, load_iterations
from chromaresolve.scopes.curves import load_log
from chromaresolve.shot import STAGES, Pair, Shot, Stage, out_of_date

Story = dict[str, Any]
"""Names and plain values, nested, as JSON holds them."""

BALANCE = "balance.json"
"""What the balance stage found, in the shot folder."""

MOST_RANKED = 40
"""Flagged frames that the page lists; `review.json` has them all."""

MODEL_FACTS = ("sha256", "size", "step", "branch", "plate", "luma_from", "training", "checkpoint")
"""What the page says of the model, by the names in its metadata."""


def tell(
    shot: Shot,
    numbers: Numbers,
    *,
    baseline_note: str,
    review: Mapping[str, Any],
    facts: Mapping[int, FrameFacts],
) -> Story:
    """Return everything the page tells of a recovered shot.

    Args:
        shot: The shot.
        numbers: What was measured on its held-out frames.
        baseline_note: Why the LUT baseline was not measured, "" if it was.
        review: What the review found; empty if there was none.
        facts: Numbers of the frames that the page shows.
    """
    found = load_alignment(shot)
    training = _training(shot)
    log = training["log"] if training else []
    return {
        "tool": f"ChromaResolve {__version__}",
        "shot": _shot(shot),
        "stages": [_stage(shot, stage) for stage in STAGES if stage.name != "report"],
        "turnover": _turnover(shot),
        "choice": load_findings(shot),
        "alignment": _alignment(found),
        "pairs": [_pair(pair, found) for pair in shot.pair],
        "fade": _fade(shot),
        "training": training,
        "numbers": _numbers(numbers),
        "baseline_note": baseline_note,
        "verdicts": judge(
            numbers,
            review=review,
            log=log,
            facts=facts,
            is_display=shot.colour.chain == "display",
        ),
        "shown": {str(frame): asdict(fact) for frame, fact in facts.items()},
        "review": _review(review),
        "iterations": load_iterations(shot),
        "recovery": _recovery(shot),
        "provenance": _provenance(shot),
        "caveats": list(_caveats(shot, numbers)),
    }


def _shot(shot: Shot) -> Story:
    source = shot.source
    return {
        "film": shot.shot.film,
        "shot": shot.shot.name,
        "frames": f"{shot.shot.frames} at {shot.shot.frame_rate} frames per second",
        "model meant for": f"one {shot.scope.kind}",
        "faded scan": source.scan,
        "balanced plate": source.balanced or "none: the network saw the faded scan",
        "luma kept": f"that of {source.luma_plate}",
        "Reference": f"{shot.reference.sequence}, {shot.reference.offset:+d} frames",
        "branch": shot.training.branch,
        "colour chain": f"{shot.colour.chain}, plates are {shot.colour.encoding}",
    }


def _stage(shot: Shot, stage: Stage) -> Story:
    made = shot.made.get(stage.name)
    reasons = out_of_date(shot, stage.name)
    state = f"out of date: {reasons[0]}" if reasons else "done" if made else "not done"
    return {
        "stage": stage.name,
        "state": state,
        "at": made.at if made else "",
        "tool": made.tool if made else "",
    }


def _turnover(shot: Shot) -> list[Story]:
    """Return what the check of the two sequences found to look at; empty if it was not run."""
    findings = _load(shot.path("check.json")).get("findings", [])
    return [row for row in findings if row["verdict"] != "ok"]


def _alignment(found: Story) -> Story:
    """Return what was found of all pairs together; empty if nothing was aligned."""
    told = ("together", "grades", "crop", "left_out")
    return {name: found[name] for name in told if name in found}


def _pair(pair: Pair, found: Story) -> Story:
    fit = found.get("pairs", {}).get(str(pair.source), {})
    use = "held out" if pair.hold_out else "taught"
    if str(pair.source) in found.get("left_out", {}):
        use = "left out"
    return {
        "source": pair.source,
        "reference": pair.reference,
        "use": use,
        "reason": pair.reason,
        "residual_px": fit.get("residual_px"),
        "corner_px": fit.get("corner_px"),
        "trusted": fit.get("trusted"),
        "agreement_before": fit.get("agreement_before"),
        "agreement_after": fit.get("agreement_after"),
        "method": fit.get("method", ""),
    }


def _fade(shot: Shot) -> Story:
    """Return what the balance found of the fading; empty if it left no record."""
    found = _load(shot.path(BALANCE))
    if not found:
        return {}
    balance, deviation = found.get("balance", {}), found.get("deviation", {})
    dyes = {
        dye: f"{balance[f'retention_{dye}']:.0%} left, give or take {deviation.get(dye, 0):.0%}"
        for dye in ("cyan", "magenta", "yellow")
        if f"retention_{dye}" in balance
    }
    return {
        "diagnosis": found.get("diagnosis", ""),
        "dyes": dyes,
        "spoke": found.get("spoke", []),
        "notes": found.get("notes", []),
        "evidence": found.get("evidence", ""),
    }


def _review(review: Mapping[str, Any]) -> Story:
    """Return what the review found, the worst frames first; empty if there was none."""
    rows = {row["frame"]: row for row in review.get("frames", [])}
    ranked = [rows[frame] for frame in review.get("ranking", []) if frame in rows]
    if not review:
        return {}
    return {
        "frames": len(rows),
        "worst": ranked[:MOST_RANKED],
        "more": max(0, len(ranked) - MOST_RANKED),
        "counts": review.get("counts", {}),
        "advice": review.get("advice", []),
    }


def _training(shot: Shot) -> Story | None:
    made = shot.made.get("training")
    if made is None:
        return None
    return {
        "settings": dict(made.settings),
        "measured": dict(made.measured),
        "log": load_log(shot.path("training/log.jsonl")),
    }


def _numbers(numbers: Numbers) -> Story:
    mean = {
        name: asdict(score) if score else None
        for name, score in {
            "plate": numbers.plate,
            "baseline": numbers.baseline,
            "recovered": numbers.recovered,
            "luma": numbers.luma,
            "display_luma": numbers.display_luma,
        }.items()
    }
    frames = [asdict(frame) for frame in numbers.frames]
    return {"frames": frames, "problems": list(numbers.problems), "mean": mean}


def _recovery(shot: Shot) -> Story:
    numbers = dict(shot.made["recovery"].measured)
    share = numbers.pop("gamut_share", None)
    if isinstance(share, float):
        numbers["pixels whose chroma was pulled in to fit"] = f"{share:.2%}"
    return {**numbers, "compression": shot.recovery.compression}


def _provenance(shot: Shot) -> Story:
    sidecar = _load(recovery_sidecar(shot))
    model = sidecar.get("model", {})
    return {
        "recovered with": sidecar.get("tool", ""),
        "frames recovered": sidecar.get("frames", ""),
        "IPTC Digital Source Type": sidecar.get("IPTCDigitalSourceType", ""),
        "Reference": shot.reference.kind,
        "where the Reference comes from": shot.reference.note or "nobody wrote it down",
        **{f"model {fact}": model[fact] for fact in MODEL_FACTS if fact in model},
    }


def _caveats(shot: Shot, numbers: Numbers) -> Iterator[str]:
    yield (
        "The ground truth is the input plate's luma with the aligned Reference's chroma: it is as "
        "right as the Reference and its alignment, and it is not the unfaded film."
    )
    if not shot.held_out:
        yield (
            "No pair is held out, so nothing says how well frames that were not taught came out: "
            "write hold_out = true at a [[pair]] and train again."
        )
    elif len(numbers.frames) == 1:
        yield "The numbers are those of a single held-out frame."
    kinds = {pair.kind or shot.reference.kind for pair in shot.pair} or {shot.reference.kind}
    if "constructed" in kinds:
        yield "The Reference is constructed: an informed estimate, not archival evidence of colour."
    if not shot.reference.note:
        yield "Where the Reference comes from is not written down: fill in note under [reference]."
    if shot.recovery.compression.partition(":")[0] not in LOSSLESS:
        yield (
            f"The recovered frames are written with {shot.recovery.compression}, which is lossy "
            "and does not keep luma exactly."
        )
    if shot.source.luma_plate == shot.source.scan and shot.source.balanced:
        yield "The luma kept is the faded scan's, whose tones are not the film's."
    yield (
        "The pictures on this page were brought from Rec.709 at gamma 2.4 to sRGB, 8 bit, and "
        "compressed; they carry the sRGB profile. Judge colour on a graded monitor, from the EXRs."
    )


def _load(path: Path) -> Story:
    """Read a record of another stage; nothing if it is not there."""
    if not path.is_file():
        return {}
    story: Story = json.loads(path.read_text(encoding="utf-8"))
    return story
