"""A package is whole, or the check says which file is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import pytest

from chromaresolve.archive import verify
from chromaresolve.errors import MissingExtraError, StageError
from packed import copy_of, files_of, pack, reseal, spoil, write_packable_shot
from tiny import quiet, still

TAG_FILES = (
    "bagit.txt",
    "bag-info.txt",
    "manifest-sha256.txt",
    "manifest-sha512.txt",
    "tagmanifest-sha256.txt",
    "tagmanifest-sha512.txt",
)
"""Everything beside the payload."""

PAYLOAD = (
    "data/README.md",
    "data/contents.csv",
    "data/external.csv",
    "data/shot/shot.toml",
    "data/shot/model.onnx",
    "data/shot/notes/marta.txt",
    "data/shot/plates/P_0003.exr",
    "data/shot/recovered/sh010_ML_0001.exr",
    "data/shot/training/log.jsonl",
)
"""One of each kind of file under `data`."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package that nobody changes."""
    root = tmp_path_factory.mktemp("packed")
    return pack(write_packable_shot(root), root / "bag")


@pytest.fixture
def bag(original: Path, tmp_path: Path) -> Path:
    """A copy of it, elsewhere."""
    return copy_of(original, tmp_path / "far" / "away")


def check(bag: Path, originals: Path | None = None) -> int:
    """Check a package, and return how many files it has."""
    return verify(bag, originals=originals, say=quiet, on_progress=still).files


def refusal(bag: Path) -> str:
    """Return what is said of a package that is not whole, in one line."""
    with pytest.raises(StageError) as refused:
        check(bag)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def flipped(place: float, bit: int) -> Callable[[bytes], bytes]:
    """Return what turns one bit over, that far into the file."""

    def flip(content: bytes) -> bytes:
        at = int(place * (len(content) - 1))
        return content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]

    return flip


def test_copied_package_is_whole(bag: Path) -> None:
    """It lies elsewhere, its files have other times, and it is the same package."""
    assert check(bag) == len(files_of(bag / "data"))


@pytest.mark.parametrize(
    "name",
    [*TAG_FILES, PAYLOAD[0], *(pytest.param(one, marks=pytest.mark.slow) for one in PAYLOAD[1:])],
)
def test_one_changed_byte_is_found_and_its_file_named(bag: Path, name: str) -> None:
    """At the beginning, in the middle and at the end; 0x20 turns a small letter into a capital."""
    whole = (bag / name).read_bytes()
    for place in (0.0, 0.5, 1.0):
        for bit in (0x01, 0x20, 0x80):
            spoil(bag / name, flipped(place, bit))
            assert Path(name).name in refusal(bag)
            (bag / name).write_bytes(whole)

    assert check(bag)


@pytest.mark.parametrize("name", [*TAG_FILES, *PAYLOAD])
@pytest.mark.slow
def test_missing_file_is_found_and_named(bag: Path, name: str) -> None:
    """Whichever it is."""
    (bag / name).unlink()

    assert Path(name).name in refusal(bag)


@pytest.mark.parametrize("name", ["data/shot/added.exr", "data/x/y", "added.txt", "meta/added"])
def test_added_file_is_found_and_named(bag: Path, name: str) -> None:
    """Beside the payload too, where the library would not look."""
    (bag / name).parent.mkdir(exist_ok=True)
    (bag / name).write_text("new")

    said = refusal(bag)
    assert f"{bag / name}: was added" in said


def test_cut_file_is_named_although_the_sum_of_sizes_is_wrong_too(bag: Path) -> None:
    """The library would only say that all together are some bytes short."""
    spoil(bag / "data/shot/model.onnx", lambda content: content[:-1])

    assert refusal(bag).startswith(f"{bag / 'data/shot/model.onnx'}: changed since")


def test_several_changed_files_are_counted(bag: Path) -> None:
    """The first is named, in one line, with how many more there are."""
    for name in ("data/shot/model.onnx", "data/README.md", "data/dataset.csv"):
        spoil(bag / name, flipped(0.5, 1))

    said = refusal(bag)
    assert said.startswith(str(bag / "data/README.md"))
    assert "(and 2 more files)" in said


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../secret.txt", id="up"),
        pytest.param("data/../../secret.txt", id="down and up"),
        pytest.param("/etc/hostname", id="absolute"),
        pytest.param("~/secret.txt", id="home"),
        pytest.param("C:/secret.txt", id="drive"),
        pytest.param("data\\..\\..\\secret.txt", id="backslashes"),
    ],
)
@pytest.mark.parametrize("manifest", ["manifest-sha256.txt", "tagmanifest-sha512.txt"])
def test_manifest_that_leads_out_of_the_package_is_refused(
    bag: Path, manifest: str, path: str
) -> None:
    """Nothing outside is read, whatever a manifest says."""
    digits = 64 if "256" in manifest else 128
    line = f"{'0' * digits}  {path}\n".encode()
    spoil(bag / manifest, lambda content: content + line)
    if not manifest.startswith("tag"):
        reseal(bag)

    said = refusal(bag)
    assert "leads out of the package" in said
    assert manifest in said


@pytest.mark.parametrize("name", ["data/shot/model.onnx", "data/link.txt", "link.txt"])
def test_link_is_refused(bag: Path, tmp_path: Path, name: str) -> None:
    """A link is not the file: it may be changed without the package being touched."""
    (tmp_path / "elsewhere").write_bytes((bag / "data/shot/model.onnx").read_bytes())
    (bag / name).unlink(missing_ok=True)
    (bag / name).symlink_to(tmp_path / "elsewhere")

    assert f"{bag / name}: is a link" in refusal(bag)


def test_manifests_that_disagree_are_refused(bag: Path) -> None:
    """A file that one of them does not name is half unprotected."""
    manifest = bag / "manifest-sha512.txt"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.write_text("".join(lines[1:]), encoding="utf-8")
    reseal(bag)

    assert "do not agree about data/CITATION.cff" in refusal(bag)


@pytest.mark.parametrize("oxum", ["1.1", "nonsense", "9.9.9"])
def test_wrong_size_of_all_is_refused(bag: Path, oxum: str) -> None:
    """The last thing to be looked at, for it names no file."""
    info = bag / "bag-info.txt"
    lines = info.read_text(encoding="utf-8").splitlines()
    lines = [f"Payload-Oxum: {oxum}" if "Oxum" in line else line for line in lines]
    info.write_text("\n".join(lines) + "\n", encoding="utf-8")
    reseal(bag)

    assert refusal(bag).startswith(f"{bag}: is not whole")


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    """A folder, or nothing at all."""
    for path in (tmp_path, tmp_path / "nothing"):
        assert refusal(path) == f"{path}: is no package: it has no bagit.txt"


def test_package_is_whole_by_the_librarys_own_validator(bag: Path) -> None:
    """Any program that knows BagIt 1.0 takes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # codecs.open, from Python 3.14 on
        opened = bagit.Bag(str(bag))
        assert opened.validate()

    assert opened.version_info == (1, 0)
    assert set(opened.algorithms) == {"sha256", "sha512"}


def test_sha256sum_finds_the_package_whole(bag: Path) -> None:
    """As its README says: no program of ours is needed."""
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("this system has no sha256sum")
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        words = [program, "--check", "--quiet", "--strict", manifest]
        ran = subprocess.run(words, cwd=bag, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_newer_pythons_warnings_reach_nobody(bag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From 3.14 on the library's codecs.open is deprecated, and warnings are errors here."""
    plain = bagit.open_text_file

    def deprecated(*words: Any, **options: Any) -> Any:
        warnings.warn("codecs.open() is deprecated", DeprecationWarning, stacklevel=2)
        return plain(*words, **options)

    monkeypatch.setattr(bagit, "open_text_file", deprecated)

    assert check(bag)


def test_library_logs_nothing(bag: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is told once, in our words; and its logger is left as it was found."""
    log = bagit.LOGGER
    before = (log.level, log.propagate, list(log.handlers))
    spoil(bag / "data/README.md", flipped(0.5, 1))

    refusal(bag)

    assert caplog.records == []
    assert (log.level, log.propagate, list(log.handlers)) == before


def test_progress_counts_every_file_once(bag: Path) -> None:
    """And ends at the end."""
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int, _: str) -> None:
        told.append((done, total))

    checked = verify(bag, originals=None, say=quiet, on_progress=tell)

    assert told == [(n, checked.files) for n in range(1, checked.files + 1)]


def test_missing_library_is_named_with_what_to_type(
    bag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "bagit", None)

    with pytest.raises(MissingExtraError, match=r"chromaresolve\[archive\]"):
        check(bag)
