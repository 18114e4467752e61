"""The report as a PDF: the browser that is there, one that fails, and none."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chromaresolve.errors import StageError
from chromaresolve.report.printing import find_browser, print_page
from chromaresolve.shot import FrameRange, Shot, create
from tiny import quiet

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")

FINDS_PDF = 'for word in "$@"; do case "$word" in --print-to-pdf=*) pdf="${word#*=}";; esac; done\n'
"""Takes the PDF's name from the words that a browser is given."""


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A shot with a page to print; quotes and brackets in its folder's name."""
    made = create(
        tmp_path / "sh '010' <b>",
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.parse("1-3"),
    )
    page = made.path("report/index.html")
    page.parent.mkdir()
    page.write_text("<!DOCTYPE html><title>t</title><p>A report.</p>", encoding="utf-8")
    return made


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[[str], Path]:
    """Write a program that takes a browser's words."""

    def write(script: str) -> Path:
        browser = tmp_path / "chromium"
        browser.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
        browser.chmod(0o755)
        return browser

    return write


def test_page_is_printed_whole(shot: Shot, stand_in: Callable[[str], Path]) -> None:
    """What the browser prints lies under its final name, and nothing else is left."""
    words = shot.root / "words.txt"
    script = f'{FINDS_PDF}echo "$@" > "{words}"; printf "%%PDF-1.4 a page" > "$pdf"\n'

    pdf = print_page(shot, say=quiet, browser=stand_in(script))

    assert pdf == shot.path("report/report.pdf")
    assert pdf.read_bytes() == b"%PDF-1.4 a page"
    assert sorted(file.name for file in pdf.parent.iterdir()) == ["index.html", "report.pdf"]
    assert "file:///" in words.read_text(encoding="utf-8")
    assert "%3Cb%3E" in words.read_text(encoding="utf-8")


FAILING = {
    "says why": ("echo 'no display'; exit 1\n", "and said: no display"),
    "says nothing": ("exit 0\n", "printed nothing: open the page"),
    "prints something else": (f'{FINDS_PDF}echo "<html>" > "$pdf"\n', "printed nothing"),
    "hangs": ("sleep 30\n", "did not print within 0 s"),
}
"""What a browser does in place of printing, and what is said."""


@pytest.mark.parametrize(("script", "sentence"), FAILING.values(), ids=FAILING.keys())
def test_failed_printing_keeps_the_former_pdf(
    shot: Shot, stand_in: Callable[[str], Path], script: str, sentence: str
) -> None:
    """A PDF that was there stays; no half one takes its place."""
    former = shot.path("report/report.pdf")
    former.write_bytes(b"%PDF-1.4 former")

    with pytest.raises(StageError, match=sentence):
        print_page(shot, say=quiet, browser=stand_in(script), patience=0.4)

    assert former.read_bytes() == b"%PDF-1.4 former"
    assert sorted(file.name for file in former.parent.iterdir()) == ["index.html", "report.pdf"]


def test_no_browser_names_what_to_install(
    shot: Shot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says what brings a browser, and that any other prints the page, too."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("chromaresolve.report.printing._known_places", lambda: iter(()))

    with pytest.raises(StageError, match="install Chromium, Chrome or Edge, or open the page in"):
        print_page(shot, say=quiet)


def test_browser_on_the_path_is_found(
    tmp_path: Path, stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one on the PATH comes first."""
    browser = stand_in("exit 0\n")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_browser() == browser


def test_no_page_says_how_to_write_one(shot: Shot) -> None:
    """There is nothing to print before the report."""
    shot.path("report/index.html").unlink()

    with pytest.raises(StageError, match="run `chromaresolve report` first"):
        print_page(shot, say=quiet)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium here")
def test_chromium_prints_the_page(shot: Shot) -> None:
    """The real browser, with a profile of its own."""
    pdf = print_page(shot, say=quiet)

    content = pdf.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
