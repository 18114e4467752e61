"""Sequences: found on disk, named in three ways, and renamed as a whole or not at all."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path

import pytest

from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.sequences import (
    find_sequence,
    find_sequences,
    parse_resolve_path,
    renumber,
)


def touch(folder: Path, names: Iterable[str]) -> list[Path]:
    """Make files whose content is their name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(name)
    return [folder / name for name in names]


def rendered(folder: Path, first: int, count: int, *, form: str = "NAME{:08}.exr") -> list[Path]:
    """Make files as a render of Resolve's leaves them."""
    return touch(folder, [form.format(n) for n in range(first, first + count)])


def test_find_names_a_folders_sequence(tmp_path: Path) -> None:
    """One folder, one sequence: Resolve's pattern, the tool's, and the name Resolve shows."""
    files = touch(tmp_path, [f"LMV_SH010_SOURCE_{n}.exr" for n in range(1001, 1004)])

    found = find_sequence(tmp_path)

    assert found.pattern == str(tmp_path / "LMV_SH010_SOURCE_%04d.exr")
    assert found.hashes == "LMV_SH010_SOURCE_####.exr"
    assert found.resolve_name == "LMV_SH010_SOURCE_[1001-1003].exr"
    assert (found.first, found.last, found.missing) == (1001, 1003, ())
    assert found.files == tuple(files)
    assert found.pattern % found.first == str(files[0])


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("b.%04d.exr", id="printf"),
        pytest.param("b.####.exr", id="hashes"),
        pytest.param("b.[1001-1002].exr", id="as Resolve shows it"),
        pytest.param("b.1002.exr", id="one of its files"),
    ],
)
def test_find_takes_every_spelling(tmp_path: Path, place: str) -> None:
    """Beside another sequence, a pattern or a file says which one."""
    touch(tmp_path, ["a.1001.exr", "a.1002.exr", "b.1001.exr", "b.1002.exr"])

    assert find_sequence(tmp_path / place).resolve_name == "b.[1001-1002].exr"


def test_find_gives_whole_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve knows nothing of the folder that a path was relative to."""
    touch(tmp_path / "plates", ["a.1001.exr"])
    monkeypatch.chdir(tmp_path)

    for place in ("plates", "plates/a.####.exr", "plates/a.1001.exr"):
        assert find_sequence(Path(place)).pattern == str(tmp_path / "plates" / "a.%04d.exr")


def test_find_names_the_gaps(tmp_path: Path) -> None:
    """A frame that is not there is known by its number."""
    touch(tmp_path, ["a.0998.dpx", "a.0999.dpx", "a.1001.dpx"])

    assert find_sequence(tmp_path).missing == (1000,)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        pytest.param(["a_9.exr", "a_10.exr"], ["a_[9-10].exr"], id="unpadded"),
        pytest.param(["a_099.exr", "a_100.exr"], ["a_[099-100].exr"], id="padded"),
        pytest.param(["a_9999.exr", "a_10000.exr"], ["a_[9999-10000].exr"], id="outgrown"),
        pytest.param(["a_001.exr", "a_0001.exr"], ["a_[001-001].exr", "a_[0001-0001].exr"], id="2"),
        pytest.param(["a_000.exr", "a_001.exr"], ["a_[000-001].exr"], id="from zero"),
        pytest.param(["a_1.exr", "a_1.dpx"], ["a_[1-1].dpx", "a_[1-1].exr"], id="two formats"),
        pytest.param(["2k_v2_0001.exr"], ["2k_v2_[0001-0001].exr"], id="the last digits count"),
        pytest.param(["0001.exr", "0002.exr"], ["[0001-0002].exr"], id="nothing but digits"),
        pytest.param(["f_0001_left.exr"], ["f_[0001-0001]_left.exr"], id="digits in the middle"),
        pytest.param(["Muralla é 映画_01.tif"], ["Muralla é 映画_[01-01].tif"], id="not ASCII"),
        pytest.param(["a_01.EXR"], ["a_[01-01].EXR"], id="capitals"),
        pytest.param(
            ["._a_01.exr", ".a_02.exr.77.tmp.exr", "a_01.md5", "a_02.mov", "notes2.txt", "a.exr"],
            [],
            id="no pictures",
        ),
    ],
)
def test_find_divides_a_folder(tmp_path: Path, names: list[str], shown: list[str]) -> None:
    """Names differ before, after or in the digits; what is no numbered picture does not count."""
    touch(tmp_path, names)

    assert [one.resolve_name for one in find_sequences(tmp_path)] == shown


@pytest.mark.parametrize(
    ("names", "place", "said"),
    [
        pytest.param([], "", "there is no image sequence", id="empty folder"),
        pytest.param(["a.1.exr", "b.1.exr"], "", r"2 image sequences: a.\[1-1\].exr, b", id="two"),
        pytest.param(["a.1.exr"], "c.####.exr", "there is no image sequence", id="another name"),
        pytest.param(["a.001.exr"], "a.%04d.exr", "there is no image sequence", id="other padding"),
        pytest.param([], "gone/a.####.exr", "is no folder that can be read", id="no folder"),
    ],
)
def test_find_refuses_what_is_not_one_sequence(
    tmp_path: Path, names: list[str], place: str, said: str
) -> None:
    """Which sequence is meant is never guessed."""
    touch(tmp_path, names)

    with pytest.raises(BridgeError, match=said):
        find_sequence(tmp_path / place)


@pytest.mark.parametrize(
    ("text", "files"),
    [
        pytest.param(
            "/scans/LMV.[0999-1001].dpx",
            ["/scans/LMV.0999.dpx", "/scans/LMV.1000.dpx", "/scans/LMV.1001.dpx"],
            id="padded",
        ),
        pytest.param(
            r"D:\Filme\La Muralla\scan_[1001-1002].exr",
            [r"D:\Filme\La Muralla\scan_1001.exr", r"D:\Filme\La Muralla\scan_1002.exr"],
            id="Windows drive",
        ),
        pytest.param(
            r"\\nas\é\scan_[7-8].exr", [r"\\nas\é\scan_7.exr", r"\\nas\é\scan_8.exr"], id="share"
        ),
        pytest.param(
            "/a [1-2]/b[3]_[4-5].exr", ["/a [1-2]/b[3]_4.exr", "/a [1-2]/b[3]_5.exr"], id="[]"
        ),
        pytest.param("/a/[1-2]_[4-4].exr", ["/a/[1-2]_4.exr"], id="the last brackets"),
        pytest.param("/scans/映画_1001.exr", ["/scans/映画_1001.exr"], id="one frame"),
    ],
)
def test_clip_path_names_its_files(text: str, files: list[str]) -> None:
    """What Resolve shows as one clip stands for these files, without a look at the disk."""
    found = parse_resolve_path(text)

    assert found is not None
    assert [str(file) for file in found.files] == files


@pytest.mark.parametrize("text", ["/scans/reel.mov", "/scans/reel_02.mxf", "/scans/title.exr", ""])
def test_clip_path_of_a_movie_is_no_sequence(text: str) -> None:
    """A movie has no frame files, whatever digits its name has."""
    assert parse_resolve_path(text) is None


def test_clip_path_with_a_pattern_is_looked_for(tmp_path: Path) -> None:
    """`%04d` does not say which frames there are; the disk does."""
    folder = tmp_path / "100% [a-b] # ümlaut"
    touch(folder, ["n.0007.exr", "n.0008.exr"])

    found = parse_resolve_path(str(folder / "n.%04d.exr"))

    assert found is not None
    assert found.frames == (7, 8)


def test_clip_path_that_ends_before_it_begins_is_refused() -> None:
    """A range counts upwards."""
    with pytest.raises(BridgeError, match="ends before it begins"):
        parse_resolve_path("/a/n.[9-8].exr")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("NAME{:08}.exr", id="eight digits"),
        pytest.param("NAME_{:04}.exr", id="four"),
        pytest.param("NAME.{}.exr", id="unpadded"),
        pytest.param("LMV_SH010{:08}.EXR", id="digits before, capitals"),
    ],
)
def test_renumber_gives_final_names_in_order(tmp_path: Path, form: str) -> None:
    """Whatever digits Resolve wrote, the first file becomes the first frame."""
    files = rendered(tmp_path / "render", 86398, 4, form=form)

    final = renumber(reversed(files), tmp_path / "plates" / "A_SOURCE_", 1001, count=4)

    assert [path.name for path in final] == [f"A_SOURCE_{n}.exr" for n in range(1001, 1005)]
    assert [path.read_text() for path in final] == [path.name for path in files]
    assert not any(path.exists() for path in files)


def test_renumber_takes_nested_folders(tmp_path: Path) -> None:
    """Resolve may put each clip, or each thousand, into a folder of its own."""
    files = rendered(tmp_path / "a", 1, 1) + rendered(tmp_path / "b", 2, 1)

    final = renumber(files, tmp_path / "N_", 9999, count=2)

    assert [path.name for path in final] == ["N_9999.exr", "N_10000.exr"]


@pytest.mark.parametrize("shift", [-1, 0, 1, 2, 5])
def test_renumber_moves_onto_names_that_become_free(tmp_path: Path, shift: int) -> None:
    """Final names may overlap with rendered ones: no frame is lost on the way."""
    files = rendered(tmp_path, 1001, 4, form="N_{:04}.exr")

    final = renumber(files, tmp_path / "N_", 1001 + shift, count=4)

    assert [path.read_text() for path in final] == [path.name for path in files]
    assert sorted(tmp_path.iterdir()) == final


@pytest.mark.parametrize(("first", "final_first"), [(9999, 10000), (9997, 9999), (10000, 9999)])
def test_renumber_overlaps_where_a_digit_is_gained(
    tmp_path: Path, first: int, final_first: int
) -> None:
    """9999 comes before 10000, though its name sorts behind."""
    files = rendered(tmp_path, first, 4, form="N_{:04}.exr")

    final = renumber(files, tmp_path / "N_", final_first, count=4)

    assert [path.read_text() for path in final] == [path.name for path in files]


@pytest.mark.parametrize(
    ("names", "count", "said"),
    [
        pytest.param(["N1.exr", "N2.exr"], 3, "2 files .* came, and 3 of one", id="too few"),
        pytest.param(["N1.exr", "N2.exr"], 1, "2 files .* came, and 1 of one", id="too many"),
        pytest.param([], 1, "0 files .none. came, and 1", id="none"),
        pytest.param(["N1.exr", "N3.exr"], 2, "frames are missing: 2", id="a hole"),
        pytest.param(["N1.exr", "N10.exr"], 2, "missing: 2, 3, 4, 5, 6 and 3 more", id="holes"),
        pytest.param(["N1.exr", "M1.exr"], 2, "has the number of", id="twice"),
        pytest.param(["N1.exr", "N.exr"], 2, "has no frame number", id="no number"),
        pytest.param(
            ["N1.exr", "N2.dpx"], 2, r"2 files \(.dpx, .exr\) came, and 2", id="two formats"
        ),
    ],
)
def test_renumber_refuses_a_render_that_is_not_whole(
    tmp_path: Path, names: list[str], count: int, said: str
) -> None:
    """Nothing is moved while the render is not what was asked for."""
    files = touch(tmp_path / "render", names)

    with pytest.raises(BridgeError, match=said):
        renumber(files, tmp_path / "F_", 1, count=count)

    assert all(path.exists() for path in files)


def test_renumber_keeps_what_has_the_name_already(tmp_path: Path) -> None:
    """A frame that is there may be the only one: it is replaced only on request."""
    files = rendered(tmp_path / "render", 5, 2)
    (there,) = touch(tmp_path, ["F_1002.exr"])

    with pytest.raises(BridgeError, match=r"1 of the final names are taken, such as 'F_1002.exr'"):
        renumber(files, tmp_path / "F_", 1001, count=2)
    assert there.read_text() == "F_1002.exr"

    renumber(files, tmp_path / "F_", 1001, count=2, replace=True)
    assert there.read_text() == files[1].name


def test_renumber_puts_files_back_when_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a sequence under final names would look like a finished one."""
    files = rendered(tmp_path / "render", 1, 3)
    replace = Path.replace

    def refuse_third(path: Path, target: Path) -> Path:
        if target.name == "F_0003.exr":
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse_third)
    with pytest.raises(BridgeError, match=r"F_0003.exr: .*No space left on device"):
        renumber(files, tmp_path / "F_", 1, count=3)

    assert all(path.exists() for path in files)
    assert not list(tmp_path.glob("F_*"))
