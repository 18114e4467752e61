"""What the page tells, as plain values: the same that `report.json` holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chromaresolve import __version__
from chromaresolve.alignment.record import load_alignment
from chromaresolve.colour import LumaLaw
from chromaresolve.composite import recovery_sidecar
from chromaresolve.frames import LOSSLESS
from chromaresolve.pairs import load_findings
from chromaresolve.report.numbers import Numbers
from chromaresolve.scopes.curves import load_log
from chromaresolve.shot import STAGES, Pair, Shot, Stage, out_of_date

Story = dict[str, Any]
"""Names and plain values, nested, as JSON holds them."""

FIGURES = 4
"""Significant figures of a number in a sentence."""

MODEL_FACTS = ("sha256", "size", "step", "branch", "plate", "luma_from", "training", "checkpoint")
"""What the page says of the model, by the names in its metadata."""


def tell(shot: Shot, numbers: Numbers, *, baseline_note: str) -> Story:
    """Return everything the page tells of a recovered shot.

    Args:
        shot: The shot.
        numbers: What was measured on its held-out frames.
        baseline_note: Why the LUT baseline was not measured, "" if it was.
    """
    found = load_alignment(shot)
    return {
        "tool": f"ChromaResolve {__version__}",
        "shot": _shot(shot),
        "stages": [_stage(shot, stage) for stage in STAGES if stage.name != "report"],
        "turnover": _turnover(shot),
        "choice": load_findings(shot),
        "alignment": _alignment(found),
        "pairs": [_pair(pair, found) for pair in shot.pair],
        "training": _training(shot),
        "numbers": _numbers(numbers),
        "baseline_note": baseline_note,
        "verdicts": [_luma_verdict(numbers.luma, numbers), _baseline_verdict(numbers)],
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


def _luma_verdict(law: LumaLaw | None, numbers: Numbers) -> Story:
    claim = "every recovered pixel keeps its plate's luma"
    if law is None:
        return _verdict(claim, "not measured", "no held-out frame could be read")
    frames = ", ".join(str(frame.frame) for frame in numbers.frames)
    count = "frame" if len(numbers.frames) == 1 else "frames"
    evidence = (
        f"held-out {count} {frames}: largest difference {figures(law.largest)}, mean "
        f"{figures(law.mean)}, at worst {figures(law.worst_ratio)} of what rounding to half costs"
    )
    if law.is_kept:
        return _verdict(claim, "yes", evidence)
    return _verdict(claim, "no", f"{law.share_broken:.2%} of the pixels miss it; {evidence}")


def _baseline_verdict(numbers: Numbers) -> Story:
    claim = "recovered is nearer to the truth than the LUT baseline"
    recovered, baseline = numbers.recovered, numbers.baseline
    if recovered is None or baseline is None:
        return _verdict(claim, "not measured", "there is nothing to compare")
    evidence = (
        f"dE2000 {recovered.trusted:.2f} against {baseline.trusted:.2f}, weighted by trust, both "
        "on the same luma"
    )
    return _verdict(claim, "yes" if recovered.trusted < baseline.trusted else "no", evidence)


def _verdict(claim: str, verdict: str, evidence: str) -> Story:
    return {"claim": claim, "verdict": verdict, "evidence": evidence}


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
        "The pictures on this page are Rec.709 2.4 display values, scaled down: judge colour on a "
        "graded monitor, from the EXRs."
    )


def _load(path: Path) -> Story:
    """Read a record of another stage; nothing if it is not there."""
    if not path.is_file():
        return {}
    story: Story = json.loads(path.read_text(encoding="utf-8"))
    return story


def figures(number: float | None) -> str:
    """Write a number with the significant figures that a reader needs."""
    return "unknown" if number is None else f"{number:.{FIGURES}g}"
