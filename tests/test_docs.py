"""The docs say what the code does: every command, room, link and number of steps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chromaresolve import __version__
from chromaresolve.cli.commands import COMMANDS

ROOT = Path(__file__).parents[1]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
"""Every page."""


def read(name: str) -> str:
    """A page's text."""
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_is_documented(command: object) -> None:
    """It appears in the README, and its help has an example."""
    name = getattr(command, "__name__", "")

    assert f"chromaresolve {name}" in read("README.md")
    assert f"Example: chromaresolve {name}" in (command.__doc__ or "")


def test_every_command_in_the_docs_exists() -> None:
    """No page names a command that is not there (what is planned says so in words)."""
    known = {command.__name__ for command in COMMANDS} | {"resolve"}
    for page in DOCS:
        for name in re.findall(r"`?chromaresolve ([a-z]+)\b", page.read_text(encoding="utf-8")):
            assert name in known, f"{page.name} names `chromaresolve {name}`"


def test_every_room_is_in_the_architecture() -> None:
    """A reader finds any behaviour's room in one step."""
    table = read("docs/architecture.md")
    package = ROOT / "src" / "chromaresolve"
    rooms = {path.stem for path in package.iterdir() if path.suffix == ".py" or path.is_dir()}
    rooms -= {"__init__", "__main__", "__pycache__", "py"}

    missing = [room for room in sorted(rooms) if not re.search(rf"`{room}(/|\.py)", table)]
    assert missing == []


def test_every_test_file_named_in_the_architecture_exists() -> None:
    """The laws' tests are where the table says."""
    for name in re.findall(r"`tests/([\w*.]+)`", read("docs/architecture.md")):
        assert list((ROOT / "tests").glob(name)), f"tests/{name} is not there"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link and picture exists."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_changelog_begins_with_this_version() -> None:
    """The newest entry is the version in the code."""
    newest = re.search(r"^## (\d+\.\d+\.\d+)", read("CHANGELOG.md"), flags=re.MULTILINE)

    assert newest is not None
    assert newest[1] == __version__
