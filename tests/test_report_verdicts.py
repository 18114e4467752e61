"""Verdicts: yes, no or not measured, each with what speaks for it; which frames are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chromaresolve.colour import LumaLaw
from chromaresolve.report.choosing import FEWEST_SHOWN, MOST_SHOWN, choose_frames
from chromaresolve.report.drawing import mark_commands
from chromaresolve.report.scoping import FrameFacts
from chromaresolve.report.verdicts import judge
from chromaresolve.review import FrameNumbers, Numbers, Score
from chromaresolve.shot import FrameRange, Pair, Shot, create

KEPT = LumaLaw(largest=0.0002, mean=0.0001, share_broken=0.0, worst_ratio=0.9)
"""Luma as the recovery keeps it."""

LOST = LumaLaw(largest=0.2, mean=0.1, share_broken=0.9, worst_ratio=400.0)
"""Luma of another picture."""

LOSSES = [{"step": step, "loss": 0.01} for step in range(40)]
"""A training that has come to rest."""


def numbers(*recovered: float, baseline: float | None = 6.0) -> Numbers:
    """Return held-out frames that were scored so."""
    frames = tuple(
        FrameNumbers(
            frame=10 * place,
            plate=score(12.0),
            baseline=None if baseline is None else score(baseline),
            recovered=score(one),
            luma=KEPT,
            display_luma=KEPT,
        )
        for place, one in enumerate(recovered, start=1)
    )
    return Numbers(frames=frames, problems=())


def score(mean: float) -> Score:
    """Return a score that is the same all over."""
    return Score(mean=mean, p95=mean, trusted=mean)


def reviewed(kind: str = "", verdict: str = "flagged", *, broken: float = 0.0) -> dict[str, Any]:
    """Return what a review found: nothing, or one kind of fault in frame 7."""
    reasons = [{"kind": kind, "sentence": "so", "strength": 2.0}] if kind else []
    return {
        "frames": [
            {"frame": 6, "measures": {"luma_broken": 0.0}, "reasons": [], "verdict": ""},
            {
                "frame": 7,
                "measures": {"luma_broken": broken},
                "reasons": reasons,
                "verdict": verdict if kind else "",
            },
            {"frame": 8, "measures": {}, "reasons": [], "verdict": ""},
        ]
    }


def facts(saturation: float = 0.1, luma: LumaLaw = KEPT) -> dict[int, FrameFacts]:
    """Return the numbers of a shown frame whose Reference has a mean chroma of 0.1."""
    one = FrameFacts(
        luma=luma,
        saturation=saturation,
        truth_saturation=0.1,
        skin_share=0.1,
        skin_degrees=-2.0,
    )
    return {10: one}


def told(**given: Any) -> dict[str, tuple[str, str]]:
    """Return verdict and evidence by a few letters of the claim."""
    whole = {"review": reviewed(), "log": LOSSES, "facts": facts(), "is_display": True, **given}
    verdicts = judge(whole.pop("numbers", numbers(2.0, 2.2)), **whole)
    return {one["claim"]: (one["verdict"], one["evidence"]) for one in verdicts}


def find(verdicts: dict[str, tuple[str, str]], words: str) -> tuple[str, str]:
    """Return the one verdict whose claim has these words."""
    (found,) = [value for claim, value in verdicts.items() if words in claim]
    return found


def test_good_shot_passes_every_criterion() -> None:
    """Four criteria of acceptance and six of the checklist, all yes; only a score was not taken."""
    log = [*LOSSES, {"step": 39, "dE2000": 2.0}]

    verdicts = told(log=log)

    assert {verdict for verdict, _ in verdicts.values()} == {"yes"}
    assert len(verdicts) == 10


@pytest.mark.parametrize(
    ("given", "claim", "verdict", "evidence"),
    [
        pytest.param(
            {"review": reviewed("bleed")}, "visible", "no", "bleed in 7", id="bleed is visible"
        ),
        pytest.param({"review": reviewed("bleed")}, "halo", "no", "bleed in 7", id="halo"),
        pytest.param({"review": reviewed("hue")}, "scene", "no", "hue in 7", id="hue"),
        pytest.param({"review": reviewed("hue")}, "halo", "yes", "none stands", id="not a halo"),
        pytest.param({"review": reviewed("skin")}, "natural", "no", "skin in 7", id="skin"),
        pytest.param(
            {"review": reviewed("bleed", "accepted")},
            "visible",
            "yes",
            "1 flagged and accepted",
            id="accepted",
        ),
        pytest.param({"review": {}}, "visible", "not measured", "not reviewed", id="no review"),
        pytest.param({"numbers": numbers(7.0)}, "LUT baseline", "no", "7.00 against", id="worse"),
        pytest.param(
            {"numbers": numbers(7.0)}, "traditional", "no", "behind it in 10", id="behind"
        ),
        pytest.param(
            {"numbers": numbers(2.0, baseline=None)}, "traditional", "not m", "nothing", id="no LUT"
        ),
        pytest.param({"numbers": numbers(1, 1, 4)}, "consistent a", "no", "frame 30", id="uneven"),
        pytest.param(
            {"numbers": numbers(1)}, "consistent a", "not m", "takes two", id="a single one"
        ),
        pytest.param(
            {"numbers": numbers(), "review": {}}, "luma", "not measured", "no held-out", id="none"
        ),
        pytest.param(
            {"numbers": numbers()}, "luma", "yes", "no pixel of the 2 frames", id="reviewed alone"
        ),
        pytest.param(
            {"review": reviewed(broken=1e-6)}, "luma", "no", "of 2 frames reviewed, 7", id="one"
        ),
        pytest.param({"facts": facts(luma=LOST)}, "texture", "no", "not kept in 10", id="luma"),
        pytest.param(
            {"facts": facts(luma=LOST), "is_display": False}, "texture", "yes", "20", id="scene"
        ),
        pytest.param({"facts": facts(0.2)}, "natural", "no", "2.00 times", id="gaudy"),
        pytest.param({"log": LOSSES[:5]}, "converged", "not m", "too short", id="short log"),
        pytest.param({"log": LOSSES}, "converged", "not m", "no held-out", id="no score"),
        pytest.param(
            {"log": [{"loss": 1 / n, "dE2000": 2.0} for n in range(1, 41)]},
            "converged",
            "no",
            "fell by",
            id="still falling",
        ),
        pytest.param(
            {"log": [*LOSSES, {"dE2000": 2.0}, {"dE2000": 2.5}]},
            "converged",
            "no",
            "ended at 2.50, at best it was 2.00",
            id="rising again",
        ),
    ],
)
def test_verdict_follows_the_evidence(
    given: dict[str, Any], claim: str, verdict: str, evidence: str
) -> None:
    """Each fault turns its own verdict, and the sentence says by what."""
    found = find(told(**given), claim)

    assert found[0].startswith(verdict)
    assert evidence in found[1]


def test_rejected_by_eye_is_an_artefact() -> None:
    """What a person rejected stands out, whatever was measured."""
    review = reviewed()
    review["frames"][0]["verdict"] = "rejected"

    assert find(told(review=review), "visible") == (
        "no",
        "3 frames were reviewed: rejected by eye in 6",
    )


def shot_of(root: Path, frames: str, *pairs: Pair) -> Shot:
    """Return a shot that has nothing but a manifest."""
    shot = create(
        root / "sh010",
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.parse(frames),
    )
    return shot.with_pairs(pairs)


def test_telling_frames_come_first(tmp_path: Path) -> None:
    """A hold-out, the worst flagged, the first; then their seconds; pairs; and some in between."""
    pairs = [Pair(source=n, reference=n, hold_out=n == 40, reason="") for n in (1, 40, 80)]
    shot = shot_of(tmp_path, "1-100", *pairs)

    chosen = choose_frames(shot, there=range(1, 101), flagged=[55, 12])

    assert [one.frame for one in chosen[:7]] == [40, 55, 1, 12, 100, 51, 80]
    assert chosen[0].why == ("held out",)
    assert chosen[2].why == ("first", "taught")
    assert len(chosen) == FEWEST_SHOWN
    assert len({one.frame for one in chosen}) == len(chosen)


def test_chosen_frames_are_bounded_and_recovered(tmp_path: Path) -> None:
    """However many are flagged or held out, a page shows so many, and only what there is."""
    pairs = [Pair(source=n, reference=n, hold_out=True, reason="") for n in range(1, 60)]
    shot = shot_of(tmp_path, "1-100", *pairs)

    chosen = choose_frames(shot, there=range(20, 90), flagged=range(1, 100))

    assert len(chosen) <= MOST_SHOWN
    assert all(20 <= one.frame < 90 for one in chosen)
    assert choose_frames(shot, there=[], flagged=[]) == []


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        pytest.param("run `a <b>` now", "run <code>a &lt;b&gt;</code> now", id="a command"),
        pytest.param("a ` alone & <b>", "a ` alone &amp; &lt;b&gt;", id="no pair"),
    ],
)
def test_commands_in_sentences_are_marked(sentence: str, html: str) -> None:
    """What stands between backticks is something to type; all of it stays escaped."""
    assert str(mark_commands(sentence)) == html
