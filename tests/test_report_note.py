"""The validation note: what it says, and whose lines are whose."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from chromaresolve.report.note import BEGIN, END, NOTE, write_note
from chromaresolve.shot import Pair, Shot, out_of_date
from recovered_shot import write_recovered_shot

STORY: dict[str, Any] = {
    "tool": "ChromaResolve 9.9",
    "fade": {"diagnosis": "the cyan dye is nearly gone"},
    "pairs": [{"source": 1, "use": "left out"}, {"source": 5, "use": "taught"}],
    "numbers": {
        "frames": [{"frame": 3}],
        "mean": {
            "plate": None,
            "recovered": {"mean": 1.25, "trusted": 1.0, "p95": 4.0},
            "luma": {"largest": 0.0005},
        },
    },
    "iterations": [
        {"teaching": [1, 5], "added": [], "held_out": None, "flagged": 4},
        {"teaching": [1, 4, 5], "added": [4], "held_out": 1.0, "flagged": 0},
    ],
    "review": {"frames": 5, "counts": {"hue": 2, "bleed": 0}, "advice": ["train longer"]},
    "verdicts": [
        {"claim": "luma | is kept", "verdict": "yes", "evidence": "0 pixels miss it"},
        {"claim": "detail", "verdict": "no", "evidence": "blurred", "list": "before the render"},
    ],
    "caveats": ["The pictures on this page are small."],
}
"""A report's story, as far as the note asks."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recovered shot with a pair of another origin, which nobody changes."""
    shot = write_recovered_shot(tmp_path_factory.mktemp("original"), film="The Seaside Fair")
    text = shot.file.read_text(encoding="utf-8")
    text = text.replace('note = ""', 'note = "telecine, archive no. 4711"')
    shot.file.write_text(text + '\n[archive]\nstock = "5254"\nscanner = "4K"\n', encoding="utf-8")
    pairs = [*Shot.load(shot.root).pair, Pair(source=4, reference=9, note="a lobby card")]
    return Shot.load(shot.root).with_pairs(pairs).root


@pytest.fixture
def shot(original: Path, tmp_path: Path) -> Shot:
    """A copy of it."""
    return Shot.load(Path(shutil.copytree(original, tmp_path / "sh010")))


@pytest.mark.parametrize(
    "line",
    [
        "# Validation note: The Seaside Fair, sh010",
        "- Stock: 5254",
        "- Scan: 4K",
        "- Fading: the cyan dye is nearly gone",
        "- `plates/R_####.exr`, direct: telecine, archive no. 4711",
        "- Frame 9: a lobby card",
        "- Source 1, Reference 1, left out: why 1",
        "- Source 3, Reference 3, held out: why 3",
        "- Parameters: steps 400, size small",
        "- Round 2: 3 frames teach, added 4; dE2000 1.00 on hold-outs, 0 frames flagged",
        "- Recovered: dE2000 1.00 weighted by trust, mean 1.25, 95 % below 4.00",
        "- Reviewed: 5 frames; flagged: hue 2",
        "- Advice: train longer",
        "| luma \\| is kept | yes | 0 pixels miss it |",
        "### Before the render",
        "| detail | no | blurred |",
        "- The pictures in the report are small.",
        "## Lessons learned",
    ],
)
def test_note_says_what_a_project_must_document(shot: Shot, line: str) -> None:
    """Material, assumptions, references, training, results, verdicts, caveats: each is told."""
    note = write_note(shot, STORY)

    assert note == shot.path(NOTE)
    assert line in note.read_text(encoding="utf-8").splitlines()


def test_note_is_one_page(shot: Shot) -> None:
    """A note that nobody reads to its end is no note."""
    assert len(write_note(shot, STORY).read_text(encoding="utf-8").splitlines()) < 80


def test_note_is_written_of_a_story_that_tells_nothing(shot: Shot) -> None:
    """What is not known is left out, and the page is still a page."""
    text = write_note(shot, {}).read_text(encoding="utf-8")

    assert text.startswith(BEGIN)
    assert "- nothing is known" in text


@pytest.mark.parametrize("line_end", [pytest.param("\n", id="LF"), pytest.param("\r\n", id="CRLF")])
def test_artists_lines_around_the_block_are_kept(shot: Shot, line_end: str) -> None:
    """Above and below the marks every byte stays; between them all is new."""
    file = write_note(shot, {"tool": "the old one"})
    written = file.read_text(encoding="utf-8").replace("\n", line_end).encode()
    above, below = b"A caff\xe8, for Marta." + line_end.encode(), b"Never again on a Friday."
    file.write_bytes(above + written + below)

    write_note(shot, STORY)

    page = file.read_bytes()
    assert page.startswith(above + BEGIN.encode())
    tail = written[written.index(END.encode()) :]
    assert page.endswith(tail + below)
    assert b"the old one" not in page
    assert (b"\r\n" in page) == (line_end == "\r\n")


def test_lost_mark_costs_no_line(shot: Shot) -> None:
    """Where the artist took a mark out, what was written before becomes hers and stays."""
    file = write_note(shot, {"tool": "the first"})
    file.write_text(file.read_text(encoding="utf-8").replace(END, "mine"), encoding="utf-8")

    for tool in ("the second", "the third"):
        write_note(shot, {"tool": tool})

    page = file.read_text(encoding="utf-8")
    assert [word in page for word in ("the first", "mine", "the second", "the third")] == [
        True,
        True,
        False,
        True,
    ]


def test_words_cannot_close_the_block(shot: Shot) -> None:
    """A caveat that has a mark in it ends nothing."""
    story = {"caveats": [f"see {END} and {BEGIN}"]}
    write_note(shot, story)

    text = write_note(shot, story).read_text(encoding="utf-8")
    assert (text.count(BEGIN), text.count(END)) == (1, 1)


def test_note_makes_nothing_out_of_date(shot: Shot) -> None:
    """It is about the shot, not part of it."""
    before = out_of_date(shot, "recovery")
    write_note(shot, STORY)

    assert out_of_date(Shot.load(shot.root), "recovery") == before
