"""`notes/experiments.md`: an entry for every run, and every line of the artist's kept."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chromaresolve.files import lock
from chromaresolve.shot import Shot, out_of_date
from chromaresolve.shot import notes as notes_module
from chromaresolve.shot.notes import EXPERIMENTS
from manifests import COMMENTED, SMALL, made, write_manifest
from recovered_shot import write_recovered_shot

HEADING = re.compile(r"^## \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: (\w+)$", flags=re.MULTILINE)
"""How an entry begins."""


def read_notes(shot: Shot) -> str:
    """Return the notes as they stand."""
    return shot.path(EXPERIMENTS).read_text(encoding="utf-8")


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A shot that nothing was made of."""
    return Shot.load(write_manifest(tmp_path / "sh010", SMALL))


def test_every_run_is_noted_in_order(tmp_path: Path) -> None:
    """A shot that was trained and recovered has an entry for each, with what was in force."""
    notes = read_notes(write_recovered_shot(tmp_path))

    assert notes.startswith("# Experiments: sh010\n")
    assert HEADING.findall(notes) == ["training", "recovery"]
    assert "- Settings in force: steps = 400, size = small\n" in notes
    assert "- Pairs, Source:Reference: 1:1, 3:3 held out, 5:5\n" in notes
    assert "- Made from: `model.onnx`\n" in notes
    assert "- Measured: frames = 5, gamut_share = 0.0123, seconds = 1.5\n" in notes


def test_entry_has_the_stated_settings_and_what_was_observed(tmp_path: Path) -> None:
    """Only what is stated beside the defaults is told, and each observation is one line."""
    shot = Shot.load(write_manifest(tmp_path, COMMENTED))
    shot.with_made(
        "alignment",
        settings={},
        inputs={"table:crop": "1f", "value:training.size": "2e", "file:a.exr": "3d"},
        outputs={f"alignment/{n}.exr": "4c" for n in range(5)},
        measured={},
        observed=["frame 3 stands out:\n## hue jumps", "frame 4 too"],
    )

    notes = read_notes(shot)
    assert "- Stated in [crop]: left = 16\n" in notes
    assert "[training]" not in notes
    assert "- Observed: frame 3 stands out: ## hue jumps\n- Observed: frame 4 too\n" in notes
    assert "`alignment/2.exr` and 2 more\n" in notes


def test_same_run_is_not_repeated_but_another_one_is(shot: Shot) -> None:
    """What the last entry of that stage says already is not said again."""
    for steps in (1, 1, 2, 2, 1):
        made(shot, "training", steps=steps)
        made(shot, "model")

    assert HEADING.findall(read_notes(shot)) == ["training", "model", "training", "training"]


def test_new_observation_is_noted(shot: Shot) -> None:
    """The same numbers with another finding are another entry."""
    for observed in ([], ["a halo at frame 7"], ["a halo at frame 7"]):
        shot.with_made("review", settings={}, inputs={}, outputs={}, measured={}, observed=observed)

    assert HEADING.findall(read_notes(shot)) == ["review", "review"]


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(b"# My notes\n\nNo heading of yours.\n", id="a file of the artist's own"),
        pytest.param(b"no line end", id="without a line end"),
        pytest.param(b"\xef\xbb\xbfcaf\xe9 in Latin-1\r\nand CRLF\r\n", id="no UTF-8, CRLF"),
        pytest.param(b"## 2026-01-01 10:00:00 UTC: training\n- odd\n", id="like an entry"),
    ],
)
def test_artists_lines_are_kept_byte_for_byte(shot: Shot, own: bytes) -> None:
    """What is there stays, whatever it is, and the entries come after it."""
    file = shot.path(EXPERIMENTS)
    file.parent.mkdir()
    file.write_bytes(own)

    made(shot, "training", steps=1)
    first = file.read_bytes()
    file.write_bytes(first + b"Too magenta in the hats.\n")
    made(shot, "training", steps=2)

    assert first.startswith(own)
    assert file.read_bytes().startswith(first + b"Too magenta in the hats.\n")
    assert len(file.read_bytes()) > len(first) + 100


def test_notes_make_nothing_out_of_date(tmp_path: Path) -> None:
    """A stage is made from plates and settings, never from words about them."""
    shot = write_recovered_shot(tmp_path)
    with shot.path(EXPERIMENTS).open("a", encoding="utf-8") as notes:
        notes.write("I like it.\n")

    assert out_of_date(Shot.load(shot.root), "recovery") == ()


def _as_a_file(shot: Shot) -> None:
    shot.path("notes").write_text("no folder")


def _as_a_folder(shot: Shot) -> None:
    shot.path(EXPERIMENTS).mkdir(parents=True)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(_as_a_file, id="notes is a file"),
        pytest.param(_as_a_folder, id="the notes are a folder"),
    ],
)
def test_stage_is_recorded_where_notes_cannot_be_written(
    shot: Shot, spoil: Callable[[Shot], None], caplog: pytest.LogCaptureFixture
) -> None:
    """The manifest is the shot's truth: a folder that takes no notes breaks no stage."""
    spoil(shot)

    with caplog.at_level(logging.WARNING):
        after = made(shot, "training")

    assert "training" in Shot.load(after.root).made
    assert "the run of training is not noted" in caplog.text


def test_stage_waits_for_another_that_is_noting(
    shot: Shot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two stages at once lose no entry; one that is never let in goes on without."""
    held = shot.path(EXPERIMENTS).with_name(".experiments.md.lock")
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with lock(held, doing="noting a run of"):
            inside.set()
            leave.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert inside.wait(10)
        monkeypatch.setattr(notes_module, "PATIENCE", 0.05)
        made(shot, "training")
        assert not shot.path(EXPERIMENTS).exists()
        assert "already noting" in caplog.text
        monkeypatch.setattr(notes_module, "PATIENCE", 10.0)
        threading.Timer(0.1, leave.set).start()
        made(shot, "model")
    finally:
        leave.set()
        other.join()

    assert HEADING.findall(read_notes(shot)) == ["model"]
    assert [path.name for path in held.parent.iterdir()] == ["experiments.md"]
