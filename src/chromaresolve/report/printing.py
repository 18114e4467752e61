"""The report as a PDF, printed by the browser that the machine has."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from chromaresolve.errors import StageError
from chromaresolve.files import whole
from chromaresolve.shot import Shot
from chromaresolve.telling import Say

COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
    "chrome",
    "msedge",
)
"""What the browsers that print are called where they are on the PATH."""

MAC_APPS = ("Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser")
"""What they are called on a Mac."""

WINDOWS_PLACES = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
"""Where they are on Windows, below each folder of programs."""

WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
"""The variables that name those folders."""

PATIENCE = 120.0
"""Seconds a browser is given: a report of 20 MB takes some ten on a slow machine."""

PDF_START = b"%PDF-"
"""How a PDF begins, ISO 32000-2, 7.5.2."""


def print_page(
    shot: Shot, *, say: Say, browser: Path | None = None, patience: float = PATIENCE
) -> Path:
    """Print the shot's report/index.html to report/report.pdf, whole or not at all.

    Args:
        shot: A shot whose report was written.
        say: Told which browser prints.
        browser: The browser; the first one found if None.
        patience: Seconds it is given.

    Raises:
        StageError: There is no page, no browser, or it did not print.
    """
    page = shot.path("report/index.html")
    if not page.is_file():
        raise StageError(page, "is not there: run `chromaresolve report` first")
    browser = browser or find_browser()
    if browser is None:
        raise StageError(
            page,
            "no browser was found that prints by itself: install Chromium, Chrome or Edge, or open "
            "the page in any browser and print it from there",
        )
    say(f"printing with {browser.name}")
    pdf = page.with_name("report.pdf")
    try:
        with whole(pdf) as temporary:
            _print(browser, page, temporary, patience)
    except OSError as error:
        problem = f"cannot be printed: {error.strerror}: open {page} in a browser and print it"
        raise StageError(pdf, problem) from error
    return pdf


def find_browser() -> Path | None:
    """Return a browser of the Chromium family, the only one that prints without a window."""
    return next(_browsers(), None)


def _browsers() -> Iterator[Path]:
    for name in COMMANDS:
        found = shutil.which(name)
        if found:
            yield Path(found)
    yield from (place for place in _known_places() if place.is_file())


def _known_places() -> Iterator[Path]:
    system = platform.system()
    if system == "Darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            yield from (folder / f"{app}.app/Contents/MacOS/{app}" for app in MAC_APPS)
    elif system == "Windows":
        for variable in WINDOWS_FOLDERS:
            programs = os.environ.get(variable)
            if programs:
                yield from (Path(programs) / place for place in WINDOWS_PLACES)


def _print(browser: Path, page: Path, pdf: Path, patience: float) -> None:
    # A profile of its own: one that is open elsewhere would take the page, and print nothing.
    with tempfile.TemporaryDirectory(
        prefix="chromaresolve-", ignore_cleanup_errors=True
    ) as profile:
        words = _command(browser, page, pdf, Path(profile))
        told = Path(profile) / "told.txt"
        with told.open("wb") as log:
            ended = _run(words, log.fileno(), patience)
        if ended is None:
            raise StageError(page, f"{browser.name} did not print within {patience:.0f} s")
        if ended or not pdf.read_bytes().startswith(PDF_START):
            said = told.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            why = f", and said: {said[-1]}" if said else ""
            problem = f"{browser.name} printed nothing{why}: open the page and print it from there"
            raise StageError(page, problem)


def _command(browser: Path, page: Path, pdf: Path, profile: Path) -> list[str]:
    return [
        str(browser),
        "--headless",
        "--disable-gpu",
        "--disable-extensions",
        "--disable-background-networking",
        "--no-first-run",
        "--no-default-browser-check",
        # Root has no sandbox to go into; the page is our own, and loads nothing.
        *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        f"--user-data-dir={profile}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={pdf.absolute()}",
        page.absolute().as_uri(),
    ]


def _run(words: list[str], log: int, patience: float) -> int | None:
    """Run a program and all that it starts; None if it had to be ended."""
    alone = sys.platform != "win32"
    program = subprocess.Popen(  # noqa: S603 - the browser that was found, and our own page
        words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=alone
    )
    try:
        return program.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if program.poll() is None:
            if sys.platform != "win32":
                os.killpg(program.pid, signal.SIGKILL)
            program.kill()
            program.wait()
