"""The page: whole, self-contained, honest about what is missing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.alignment import inspection_paths
from chromaresolve.baseline import cube_path
from chromaresolve.cube import write_cube
from chromaresolve.errors import ShotError
from chromaresolve.frames import Rgb, read_rgb, write_picture
from chromaresolve.report import report
from chromaresolve.report.note import NOTE
from chromaresolve.report.profile import srgb_profile
from chromaresolve.review.strips import Strips, save_strips
from chromaresolve.shot import Shot, out_of_date, outputs
from recovered_shot import (
    FRAMES,
    HELD_OUT,
    MODEL_SHA256,
    recovered_file,
    write_recovered,
    write_recovered_shot,
)

EMPTY_TAGS = {"br", "img", "line", "link", "meta", "polyline"}
"""Elements without an end, in HTML and in the drawings."""


class Reader(HTMLParser):
    """Reads a page as a browser does, and notes what is wrong with it."""

    def __init__(self) -> None:
        """Begin with nothing open."""
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and where it leads."""
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag in ("iframe", "link", "object", "embed") or (
            tag == "script" and dict(attrs).get("src")
        ):
            self.problems.append(f"<{tag}> reaches outside")
        if any(name.startswith("on") for name, _ in attrs):
            self.problems.append(f"<{tag}> runs something by itself")
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note an end that has no beginning."""
        if tag in EMPTY_TAGS:
            return
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        """Note the words, and apart from them what is inside scripts."""
        if "script" in self.open:
            self.scripts.append(data)
        elif "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """The words of the page in one line."""
        return " ".join(" ".join(self.words).split())


def write_report(shot: Shot) -> tuple[Shot, list[str]]:
    """Run the stage, and return the shot and what was said."""
    said: list[str] = []
    made = report(shot, say=said.append, on_progress=lambda _done, _total, _note: None)
    return made, said


def read_page(shot: Shot) -> Reader:
    """Read the shot's page to its end."""
    reader = Reader()
    reader.feed(shot.path("report/index.html").read_text(encoding="utf-8"))
    reader.close()
    return reader


def test_page_is_whole_and_reaches_nowhere(tmp_path: Path) -> None:
    """Every element is closed, every address is inside the page, every picture is tagged sRGB."""
    shot = write_recovered_shot(tmp_path)

    write_report(shot)

    page = read_page(shot)
    assert page.problems == []
    assert page.open == []
    pictures = [address for address in page.addresses if not address.startswith("#")]
    assert pictures
    assert {address[:23] for address in pictures} == {"data:image/jpeg;base64,"}
    jpegs = [base64.b64decode(address.partition(",")[2]) for address in pictures]
    assert all(srgb_profile() in jpeg for jpeg in jpegs)


def test_page_lets_nothing_run_but_its_own_script(tmp_path: Path) -> None:
    """The policy names the sha256 of the very letters of the one script, and allows no request."""
    shot = write_recovered_shot(tmp_path)

    write_report(shot)

    html = shot.path("report/index.html").read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy"\s+content="([^"]+)"', html)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}'",
        "img-src": "data: blob:",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_page_tells_the_shot(tmp_path: Path) -> None:
    """Shot, film, pairs with reasons, residuals, numbers, provenance and caveats are all there."""
    shot = write_recovered_shot(tmp_path, film="Wuthering Depths")

    write_report(shot)

    text = read_page(shot).text
    for words in (
        "sh010, Wuthering Depths",
        "yes Every recovered pixel keeps its plate's luma held-out frame 3: largest difference",
        "not measured Recovered is nearer to the truth than the LUT baseline",
        "not measured No visible artefact is flagged the frames were not reviewed",
        "3 3 held out why 3 0.375 unknown unknown 0.50 0.88 by hand",
        "steps 400",
        "pixels whose chroma was pulled in to fit 1.23%",
        f"model sha256 {MODEL_SHA256}",
        "Reference direct where the Reference comes from nobody wrote it down",
        "the LUT baseline was not made: run chromaresolve baseline",
        "The colour of the film, a column a frame, was not made: run chromaresolve review",
        "The recovered frames were not reviewed: run chromaresolve review",
        "The fading was not diagnosed: run chromaresolve balance",
        "baseline not done",
        "The numbers are those of a single held-out frame.",
    ):
        assert words in text, text
    assert page_curves(shot) == 2


def page_curves(shot: Shot) -> int:
    """Count the curves drawn on the page."""
    return shot.path("report/index.html").read_text().count("<polyline")


@pytest.mark.slow
def test_page_tells_what_was_found_before_the_training(tmp_path: Path) -> None:
    """Check, choice of the pairs and alignment: what to look at, and which pair was left out."""
    shot = write_recovered_shot(tmp_path)
    rows = [
        {"verdict": "ok", "subject": "size", "sentence": "both 64 x 48", "remedy": ""},
        {"verdict": "note", "subject": "Reference fields", "sentence": "3:2", "remedy": "weave"},
    ]
    shot.path("check.json").write_text(json.dumps({"findings": rows}))
    shot.path("pairs").mkdir()
    choice = {"timing": "in step", "wear": ["dust: 3 specks"], "left_out": {"2": "blurred"}}
    shot.path("pairs/pairs.json").write_text(json.dumps(choice))
    file = shot.path("alignment/alignment.json")
    solved = json.loads(file.read_text()) | {
        "together": "one matrix for 3 pairs",
        "grades": "the grades are alike",
        "crop": ["Source: round corners"],
        "left_out": {"5": "it lies 9 px off"},
    }
    solved["pairs"]["1"] |= {"corner_px": 0.21, "trusted": 0.93}
    file.write_text(json.dumps(solved))
    difference, _ = inspection_paths(shot, 3)
    write_picture(difference, np.full((24, 96, 3), 0.5, np.float32))

    write_report(shot)

    page = read_page(shot)
    for sentence in (
        "Reference fields 3:2: weave",
        "In step. dust: 3 specks frame 2 was not chosen from: blurred",
        "1 1 taught why 1 0.125 0.21 0.93 0.50 0.88 by hand",
        "5 5 left out why 5",
        "one matrix for 3 pairs the grades are alike Source: round corners",
        "pair 5 was left out: it lies 9 px off",
        "Frame 3: structure alone",
    ):
        assert sentence in page.text
    assert "both 64 x 48" not in page.text


def test_page_tells_review_iterations_and_fading(tmp_path: Path) -> None:
    """What stands out and why, what each round did, how far the dyes are gone, with pictures."""
    shot = write_recovered_shot(tmp_path)
    write_findings(shot)

    made, _ = write_report(shot)

    page = read_page(shot)
    for words in (
        "5 recovered frames were looked at without a reference; 2 stand out",
        "4 hue: it turns by 9 degrees 2.50 flagged",
        "2 rejected by eye 0.00 rejected",
        "add frame 4: run chromaresolve pairs --add-from-review",
        "2 2026-11-22 10:00 1, 4, 5 4 1.5 1 4: dE2000 6.00 to 2.00 2: strength 1.4 to 0.8",
        "Cyan 8 % left. What spoke for it: the Reference.",
        "cyan 8% left, give or take 1%",
        "no Colour is consistent within the scene 5 frames were reviewed: hue in 4",
        "Training, step 100",
        "How the fading was found",
    ):
        assert words in page.text, page.text
    assert page.problems == []
    assert sum(address.startswith("data:image/png") for address in page.addresses) == 2
    html = shot.path("report/index.html").read_text(encoding="utf-8")
    assert re.search(
        r'class="mark" style="left: 70\.0%" data-go-to="4" title="frame 4: it tu', html
    )
    assert out_of_date(made, "report") == ()
    shot.path("review/review.json").write_text("{}")
    assert "review/review.json that changed since" in out_of_date(made, "report")[0]


def write_findings(shot: Shot) -> None:
    """Write what review, balance and training leave of a shot."""
    reason = {"kind": "hue", "sentence": "it turns by 9 degrees", "strength": 2.5}
    verdicts = {2: "rejected", 4: "flagged"}
    rows = [
        {
            "frame": frame,
            "measures": {},
            "reasons": [reason] if frame == 4 else [],
            "verdict": verdicts.get(frame, ""),
        }
        for frame in FRAMES
    ]
    advice = ["add frame 4: run `chromaresolve pairs --add-from-review`"]
    found = {"frames": rows, "ranking": [4, 2], "counts": {"hue": 1}, "advice": advice}
    shot.path("review").mkdir()
    shot.path("review/review.json").write_text(json.dumps(found))
    columns = np.full((len(FRAMES), 8, 3), 0.5, np.float16)
    save_strips(shot, Strips(frames=FRAMES, plate=columns, recovered=columns))
    first = {"at": "2026-11-21T10:00:00+00:00", "model": "a", "step": 9, "teaching": [1, 5]}
    first |= {"added": [], "held_out": None, "flagged": 2, "frames": []}
    came = [
        {"frame": 4, "before": 6.0, "after": 2.0, "strength_before": 2.5, "strength_after": 0.0},
        {"frame": 2, "before": None, "after": None, "strength_before": 1.4, "strength_after": 0.8},
    ]
    second = first | {"at": "2026-11-22T10:00:00+00:00", "teaching": [1, 4, 5], "added": [4]}
    second |= {"held_out": 1.5, "flagged": 1, "frames": came}
    shot.path("review/iterations.json").write_text(json.dumps([first, second]))
    balance = {"diagnosis": "cyan 8 % left", "balance": {"retention_cyan": 0.08}}
    balance |= {"deviation": {"cyan": 0.01}, "spoke": ["the Reference"], "notes": []}
    balance["evidence"] = "balance/evidence.png"
    shot.path("balance.json").write_text(json.dumps(balance))
    grey = np.full((24, 96, 3), 0.5, np.float32)
    write_picture(shot.path("balance/evidence.png"), grey)
    write_picture(shot.path("training/sheets/sheet_00000100.png"), grey)


@pytest.mark.slow
def test_page_holds_no_markup_of_others(tmp_path: Path) -> None:
    """A film title full of markup is shown as it was written and runs nothing."""
    title = "<script>alert('dye')</script> \"&amp;\" {{ story }}"
    shot = write_recovered_shot(tmp_path, film=title)

    write_report(shot)

    page = read_page(shot)
    assert page.problems == []
    assert title in page.text


def test_report_is_recorded_and_told_to_machines(tmp_path: Path) -> None:
    """The manifest names the three files, and report.json holds what the page shows."""
    shot = write_recovered_shot(tmp_path)

    made, said = write_report(shot)

    record = made.made["report"]
    story = json.loads(shot.path("report/report.json").read_text())
    (frame,) = story["numbers"]["frames"]
    names = {"report/index.html", "report/report.json", "report/contact_sheet.png"}
    assert set(record.outputs) == names
    assert shot.path(NOTE).is_file()
    assert out_of_date(made, "report") == ()
    assert frame["frame"] == HELD_OUT
    assert record.measured["recovered_dE2000"] == pytest.approx(
        frame["recovered"]["mean"], rel=1e-5
    )
    assert len(story["verdicts"]) == 10
    assert all({"claim", "verdict", "evidence", "list"} == set(one) for one in story["verdicts"])
    assert said[-4].startswith("every recovered pixel keeps its plate's luma: yes, ")
    assert said[-1].startswith("recovered is nearer to the truth than the LUT baseline: not mea")


@pytest.mark.slow
def test_report_measures_the_baseline(tmp_path: Path) -> None:
    """The shot's .cube is applied, shown and compared; a .cube changed since is not."""
    shot = write_baseline(write_recovered_shot(tmp_path))

    write_report(shot)

    text = read_page(shot).text
    assert re.search(r"yes Recovered [a-z ]+ LUT baseline dE2000 0\.0\d against \d", text), text
    assert "the LUT baseline was not made" not in text

    cube_path(shot).unlink()
    write_report(shot)
    assert "the LUT baseline was not measured: baseline/sh010_LUT.cube" in read_page(shot).text


class Unchanged:
    """The colour map of a LUT that does nothing."""

    def apply(self, plate_rgb: Rgb) -> Rgb:
        """Return the colours as they are."""
        return plate_rgb


def write_baseline(shot: Shot) -> Shot:
    """Make the baseline of a shot: a LUT that does nothing."""
    path = cube_path(shot)
    path.parent.mkdir()
    write_cube(path, Unchanged(), title="none", size=33, lower=0.0, upper=1.0)
    made = outputs(shot, [path])
    return shot.with_made("baseline", settings={}, inputs={}, outputs=made, measured={})


@pytest.mark.slow
def test_page_says_what_is_missing(tmp_path: Path) -> None:
    """Records that other stages left nowhere are named, and the page is still written."""
    shot = write_recovered_shot(tmp_path)
    shot.path("alignment/alignment.json").unlink()
    shot.path("training/log.jsonl").unlink()
    recovered_file(shot.root, HELD_OUT).write_bytes(b"")

    made, said = write_report(shot)

    text = read_page(shot).text
    assert "the alignment left no numbers" in text
    assert "The training left no curve." in text
    assert "No held-out frame was measured." in text
    assert "frame 3 was not measured" in said[0]
    assert said[0] in text
    assert "not measured Every recovered pixel keeps its plate's luma" in text
    assert "Frame 3 is not shown" in text
    assert made.made["report"].measured == {"frames": 0}


@pytest.mark.slow
def test_page_without_held_out_frames_says_so(tmp_path: Path) -> None:
    """No held-out pair: no numbers, no pictures, and no old ones left behind."""
    shot = write_recovered_shot(tmp_path, hold_out=False)
    shot.path("report").mkdir()
    shot.path("report/contact_sheet.png").write_bytes(b"of an earlier report")

    made, _ = write_report(shot)

    page = read_page(shot)
    assert "No pair is held out" in page.text
    assert not shot.path("report/contact_sheet.png").exists()
    assert set(made.made["report"].outputs) == {"report/index.html", "report/report.json"}


def test_page_owns_up_to_a_broken_law(tmp_path: Path) -> None:
    """Luma that was changed on disk is a verdict of no, with the share of pixels."""
    shot = write_recovered_shot(tmp_path)
    recovered = read_rgb(recovered_file(shot.root, HELD_OUT))
    write_recovered(shot.root, HELD_OUT, recovered + np.float32(0.01))

    _, said = write_report(shot)

    assert re.search(r"no Every [a-z' ]+ luma [0-9.]+% of the pixels miss it", read_page(shot).text)
    assert "every recovered pixel keeps its plate's luma: no" in said[-4]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(
            'kind = "direct"', 'kind = "constructed"', "informed estimate", id="reference"
        ),
        pytest.param('note = ""', 'note = "a 35 mm print"', "from a 35 mm print", id="note"),
        pytest.param(
            "[colour]", '[recovery]\ncompression = "dwaa"\n\n[colour]', "lossy", id="dwaa"
        ),
    ],
)
@pytest.mark.slow
def test_page_warns(tmp_path: Path, old: str, new: str, words: str) -> None:
    """What the artist stated shows where it limits what the pictures prove."""
    shot = write_recovered_shot(tmp_path)
    text = shot.file.read_text()
    assert old in text
    shot.file.write_text(text.replace(old, new, 1))

    write_report(Shot.load(shot.root))

    assert words in read_page(shot).text


def test_report_needs_a_recovery(tmp_path: Path) -> None:
    """Without recovered frames there is nothing to report, and a sentence says what to run."""
    shot = write_recovered_shot(tmp_path)
    shot.file.write_text(shot.file.read_text().replace("[made.recovery", "[made.check"))

    with pytest.raises(ShotError, match="the report needs recovery: run `chromaresolve recover`"):
        write_report(Shot.load(shot.root))

    assert not shot.path("report").exists()
