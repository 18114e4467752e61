"""Sequences by pattern: what is found, what is missing, what is there twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from chromaresolve.errors import FrameError
from chromaresolve.frames import Sequence, frame_path


def touch(folder: Path, *names: str) -> Path:
    """Make empty files: a sequence is found by names alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        pytest.param("a.####.exr", ("a.0001.exr", "a.0002.exr"), id="hashes"),
        pytest.param("a_%04d.exr", ("a_0001.exr", "a_0002.exr"), id="printf, padded"),
        pytest.param("a_%d.exr", ("a_1.exr", "a_2.exr"), id="printf, bare"),
        pytest.param("a_#.exr", ("a_1.exr", "a_2.exr"), id="one hash"),
        pytest.param("[X]_REF_####.exr", ("[X]_REF_0001.exr", "[X]_REF_0002.exr"), id="brackets"),
        pytest.param("a####.exr", ("a00000001.exr", "a00000002.exr"), id="eight digits"),
        pytest.param("sc01-####.exr", ("sc01-0001.exr", "sc01-0002.exr"), id="number before it"),
        pytest.param("####.exr", ("0001.exr", "0002.exr"), id="nothing else"),
    ],
)
def test_find_gives_the_frames_of_a_pattern(
    tmp_path: Path, pattern: str, names: tuple[str, str]
) -> None:
    """Hashes and printf patterns mean that many digits or more."""
    touch(tmp_path, *names)

    found = Sequence.find(pattern, tmp_path)

    assert found.pattern == pattern
    assert dict(found.paths) == {1: tmp_path / names[0], 2: tmp_path / names[1]}


def test_find_sorts_by_number_across_the_number_of_digits(tmp_path: Path) -> None:
    """9999 comes before 10000, which names alone would not say."""
    touch(tmp_path, "a.10000.exr", "a.9999.exr", "a.0002.exr")

    found = Sequence.find("a.####.exr", tmp_path)

    assert found.frames == (2, 9999, 10000)
    assert (found.first, found.last) == (2, 10000)


def test_find_starts_at_the_root_unless_the_pattern_is_absolute(tmp_path: Path) -> None:
    """A shot may be moved; a plate on the archive's disk may stay."""
    plates = touch(tmp_path / "plates", "a.0007.exr")

    assert Sequence.find("plates/a.####.exr", tmp_path).frames == (7,)
    assert Sequence.find(f"{plates}/a.####.exr", tmp_path / "elsewhere").frames == (7,)


def test_find_passes_over_everything_else(tmp_path: Path) -> None:
    """Too few digits, other endings, other digits than 0 to 9, and files still being written."""
    touch(tmp_path, "a.0001.exr", "a.002.exr", "a.0003.exr.bak", "xa.0004.exr")
    touch(tmp_path, "a.\u0660\u0660\u0660\u0665.exr", ".a.0006.4711.tmp.exr", ".6.4711.tmp.exr")

    assert Sequence.find("a.####.exr", tmp_path).frames == (1,)
    with pytest.raises(FrameError, match="no frame in"):
        Sequence.find(".6.####.tmp.exr", tmp_path)


def test_gaps_are_the_numbers_missing_between_first_and_last(tmp_path: Path) -> None:
    """Missing frames are named, not renumbered."""
    touch(tmp_path, "a.0001.exr", "a.0004.exr", "a.0005.exr")

    assert Sequence.find("a.####.exr", tmp_path).gaps == (2, 3)


def test_path_names_what_exists_where_a_frame_does_not(tmp_path: Path) -> None:
    """The artist sees at once which frames there are."""
    touch(tmp_path, "a.0001.exr", "a.0002.exr", "a.0003.exr", "a.0005.exr")
    found = Sequence.find("a.####.exr", tmp_path)

    assert found.path(5) == tmp_path / "a.0005.exr"
    with pytest.raises(FrameError, match=r"^a\.####\.exr: no frame 4: there are 1-3,5$"):
        found.path(4)


def test_find_refuses_two_files_for_one_frame(tmp_path: Path) -> None:
    """Which of them is the plate, only the artist knows."""
    touch(tmp_path, "a.0005.exr", "a.00005.exr", "a.0006.exr")

    with pytest.raises(FrameError, match=r"frame 5 is there twice, 'a.00005.exr' and 'a.0005.exr'"):
        Sequence.find("a.####.exr", tmp_path)


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        pytest.param("b/a.####.exr", "no such folder: ", id="no folder"),
        pytest.param("a_####.exr", "did you mean 'a.####.exr'?", id="near pattern"),
        pytest.param("zzz%04d.dpx", "no frame in ", id="nothing near"),
        pytest.param("a.exr", "write it as 'name.####.exr'", id="no number"),
        pytest.param("a.0001.exr", "write it as 'a.####.exr'", id="a single file"),
        pytest.param("a##_##.exr", "has 2 places for the frame number", id="two numbers"),
        pytest.param("a.####/b.exr", "has no place for the frame number", id="number in folder"),
    ],
)
def test_find_refuses_a_pattern_with_a_sentence(
    tmp_path: Path, pattern: str, sentence: str
) -> None:
    """The pattern is named, and what to do about it."""
    touch(tmp_path, "a.0001.exr", "notes.txt")

    with pytest.raises(FrameError) as refused:
        Sequence.find(pattern, tmp_path)

    assert str(refused.value).startswith(f"{pattern}: ")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        pytest.param("out/a.####.exr", "out/a.0012.exr", id="hashes"),
        pytest.param("out/a.%08d.exr", "out/a.00000012.exr", id="printf, padded"),
        pytest.param("a%d.exr", "a12.exr", id="printf, bare"),
    ],
)
def test_frame_path_is_found_again(tmp_path: Path, pattern: str, name: str) -> None:
    """What is written by a pattern is read by the same pattern."""
    path = frame_path(pattern, 12, tmp_path)

    assert path == tmp_path / name
    touch(path.parent, path.name)
    assert Sequence.find(pattern, tmp_path).paths == {12: path}


def test_frame_path_refuses_a_pattern_without_a_number(tmp_path: Path) -> None:
    """Every frame would overwrite the one before."""
    with pytest.raises(FrameError, match="no place for the frame number"):
        frame_path("a.exr", 1, tmp_path)
