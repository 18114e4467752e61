"""The package's README: a reader who has nothing but it can recolour a frame."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.archive.contents import choose_contents
from chromaresolve.archive.readme import Story, write_readme
from chromaresolve.archive.recolouring import CODE, recolouring
from chromaresolve.composite import recovered_frames
from chromaresolve.frames import Rgb, frame_path, read_rgb
from chromaresolve.shot import Shot
from packed import write_packable_shot
from tiny import quiet

HALF_STEP = 2.0**-11
"""What rounding a value below 2 to half costs at most; IEEE 754 binary16."""

HELD = 0.7152 / 0.0722 * HALF_STEP
"""What it may cost B' where G' and R' are at their bounds, and B' carries the luma alone."""


def readme_of(shot: Shot, *, masters: Any = "copy") -> str:
    """Return the README of a shot's package."""
    contents = choose_contents(shot, masters=masters, plates="copy", say=quiet)
    return write_readme(
        Story(
            shot=shot,
            date="2026-01-01",
            inside=[(item, item.size) for item in contents.inside],
            outside=[(item, item.size) for item in contents.by_reference],
            papers={"README.md": "this"},
        )
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The README of a package with everything in it."""
    return readme_of(write_packable_shot(tmp_path_factory.mktemp("told")))


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A recovered shot."""
    return write_packable_shot(tmp_path)


def test_program_in_the_readme_gives_the_recovered_frames(trained_shot: Path) -> None:
    """Typed off and run, it makes what `recover` made, to the rounding of the file."""
    shot = Shot.load(trained_shot)
    code = re.search(r"```python\n(.*?)```", readme_of(shot), flags=re.DOTALL)
    assert code is not None
    assert code[1].strip() == CODE.strip()
    names: dict[str, Any] = {}
    exec(compile(code[1], "README.md", "exec"), names)  # noqa: S102 - it is what a reader does
    recover: Callable[..., Rgb] = names["recover"]

    frame = shot.shot.frames.first
    plate = read_rgb(frame_path(shot.source.plate, frame, shot.root))
    luma_plate = read_rgb(frame_path(shot.source.luma_plate, frame, shot.root))
    made = recover(plate, luma_plate, model=str(shot.path("model.onnx")))

    recovered = read_rgb(recovered_frames(shot).path(frame))
    off = np.abs(made - recovered)
    worst = np.unravel_index(off.argmax(), off.shape)
    assert off.max() <= HELD, f"off by {off.max():.2g} at row, column, channel {worst}"
    assert off.mean() < HALF_STEP / 2
    assert np.abs(recovered - luma_plate).max() > 10 * HALF_STEP


@pytest.mark.parametrize(
    "words",
    [
        '- Film: The "Seaside" Fair',
        "- Archive's number: F-4711/2",
        "- Note: Two lines of note.",
        "- Where the Reference comes from: nobody wrote it down",
        "| `shot/model.onnx` | the model, from the plate's RGB to chroma (Cb, Cr) |",
        "| `shot/recovered/sh010_ML_0001.exr` to `sh010_ML_0005.exr`, 5 files |",
        "gamma of 2.4 (ITU-R BT.1886)",
        "sha256sum --check --quiet manifest-sha256.txt",
        "Y' = 0.2126 R' + 0.7152 G' + 0.0722 B'",
        "R' = Y' + 1.5748 Cr",
        "- Input `plate`: float32, shape (1, 3, height, width)",
        "Nothing is by reference",
        "- Contact: Marta",
        "- Licence: CC-BY-4.0",
        "notes/experiments.md",
        "chromaresolve archive --extract",
    ],
)
def test_readme_tells_a_stranger(told: str, words: str) -> None:
    """What film, what was done, what each file is, how to check it, how to use the model."""
    assert words in told


def test_readme_names_what_is_by_reference(shot: Shot) -> None:
    """And how it is known again."""
    text = readme_of(shot, masters="reference")

    assert "- `shot/recovered/sh010_ML_0001.exr` to `sh010_ML_0005.exr`, 5 files: a rec" in text
    assert "external-sha256.txt" in text


def test_readme_is_markdown_whatever_the_artist_wrote(shot: Shot) -> None:
    """A note of several lines begins no heading of its own."""
    text = shot.file.read_text(encoding="utf-8").replace("Two lines", "# A heading\n## Another")
    shot.file.write_text(text, encoding="utf-8")

    headings = re.findall(r"^#+ .*", readme_of(Shot.load(shot.root)), flags=re.MULTILINE)

    assert [line for line in headings if "eading" in line or "Another" in line] == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param(
            '{"chain": {"name": "acescg", "steps": "a; b", "config": "cg"}}',
            "before the network, a; b; after the merge, the same backwards",
            id="another chain",
        ),
        pytest.param('{"crop": {"left": 8, "right": 0}}', "(pixels: left 8)", id="crop"),
        pytest.param('{"showing": {"degrain": 0.5}}', "grain taken off by 0.5", id="degrained"),
        pytest.param("{}", "The whole frame is recoloured.", id="nothing known"),
    ],
)
def test_recolouring_tells_what_is_special(shot: Shot, facts: str, words: str) -> None:
    """The chain of transforms, the gate, and what the network was shown."""
    shot.path("recovered/sh010_ML.json").write_text(f'{{"model": {facts}}}', encoding="utf-8")

    assert words in "\n".join(recolouring(shot))


def test_formula_and_program_have_the_same_constants(shot: Shot) -> None:
    """ITU-R BT.709-6, items 3.2 and 3.3: once in each."""
    text = "\n".join(recolouring(shot))

    for constant in ("0.2126", "0.7152", "0.0722", "1.5748", "1.8556", "0.187324273"):
        assert text.count(constant) == 2
