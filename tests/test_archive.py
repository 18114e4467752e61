"""A shot packed and given back: what is in it, what is not, and nothing half done."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import threading
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chromaresolve.archive import archive, contents, extract, fixity, in_units, verify
from chromaresolve.archive.dataset import index_pairs
from chromaresolve.archive.fixity import copy_file, measure_fixity, side_by_side
from chromaresolve.archive.papers import citation_cff, licence_text
from chromaresolve.errors import (
    ChromaresolveError,
    MissingExtraError,
    ShotError,
    StageError,
    UsageError,
)
from chromaresolve.files import file_state, sha256
from chromaresolve.shot import Shot, fingerprints, out_of_date, outputs, table_key
from packed import copy_of, files_of, pack, spoil, write_packable_shot
from recovered_shot import FRAMES, write_recovered_shot
from tiny import quiet, still

PAPERS = {
    "CITATION.cff", "LICENCE.txt", "README.md", "contents.csv", "dataset.csv", "dataset.json",
    "external-sha256.txt", "external.csv", "requirements.txt", "shot.schema.json",
}  # fmt: skip
"""What every package has beside the shot's own files."""

RECORD = {
    "alignment/alignment.json", "model.onnx", "notes/experiments.md", "notes/marta.txt",
    "recovered/sh010_ML.json", "shot.toml", "training/log.jsonl",
    *(f"alignment/reference_{frame:04d}.exr" for frame in FRAMES),
}  # fmt: skip
"""The record of the shot that the tests pack."""

MASTERS = {f"recovered/sh010_ML_{frame:04d}.exr" for frame in FRAMES}
"""Its recovered frames."""

PLATES = {f"plates/P_{frame:04d}.exr" for frame in FRAMES}
"""What they were made from."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shot that nobody changes."""
    return write_packable_shot(tmp_path_factory.mktemp("original")).root


@pytest.fixture
def shot(original: Path, tmp_path: Path) -> Shot:
    """A copy of it, which may be packed and spoilt."""
    return Shot.load(Path(shutil.copytree(original, tmp_path / "sh010")))


@pytest.fixture(scope="module")
def packed(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of that shot, which nobody changes either."""
    return pack(Shot.load(original), tmp_path_factory.mktemp("packed") / "bag")


def payload(bag: Path) -> Path:
    """Return where a package's files lie."""
    return bag / "data"


def rows(file: Path) -> list[dict[str, str]]:
    """Read a table."""
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def beside(root: Path) -> list[str]:
    """Return what lies in a folder, hidden files and all."""
    return sorted(path.name for path in root.iterdir())


def test_package_has_the_record_the_masters_and_the_plates(original: Path, packed: Path) -> None:
    """Everything that tells of the work, byte for byte; caches stay behind."""
    names = RECORD | MASTERS | PLATES

    assert files_of(payload(packed)) == PAPERS | {f"shot/{name}" for name in names}
    for name in names:
        assert (payload(packed) / "shot" / name).read_bytes() == (original / name).read_bytes()


def test_package_outlives_changes_to_the_originals(shot: Shot, tmp_path: Path) -> None:
    """Its files are copies, never links."""
    bag = pack(shot, tmp_path / "bag")
    for name in RECORD | MASTERS | PLATES:
        with shot.path(name).open("ab") as file:
            file.write(b"changed in place")
    shutil.rmtree(shot.root)

    verify(bag, originals=None, say=quiet, on_progress=still)


def test_bag_says_whose_it_is(packed: Path) -> None:
    """The manifest's [archive] goes into bag-info.txt under the standard's names, one line each."""
    lines = (packed / "bag-info.txt").read_text(encoding="utf-8").splitlines()
    info = dict(line.split(": ", 1) for line in lines)
    files = [path for path in payload(packed).rglob("*") if path.is_file()]
    assert info["Source-Organization"] == 'Filmarchiv "Seeblick"'
    assert info["External-Identifier"] == "F-4711/2"
    assert info["Internal-Sender-Description"] == "Two lines of note."
    assert info["Element"] == "35 mm internegative"
    assert info["Payload-Oxum"] == f"{sum(f.stat().st_size for f in files)}.{len(files)}"
    assert "Contact-Phone" not in info
    assert len(info) == len(lines)


def test_dataset_index_tells_each_pair(packed: Path) -> None:
    """As a table and as JSON; no Reference is on disk here, so none has a timecode."""
    table = rows(payload(packed) / "dataset.csv")
    assert [(row["pair"], row["source_frame"], row["use"]) for row in table] == [
        ("1", "1", "taught"),
        ("2", "3", "held out"),
        ("3", "5", "taught"),
    ]
    assert table[1]["reason"] == "why 3"
    assert [row["source_timecode"] for row in table] == [
        "00:00:00:01",
        "00:00:00:03",
        "00:00:00:05",
    ]
    assert {row["reference_timecode"] for row in table} == {""}
    content = json.loads((payload(packed) / "dataset.json").read_text(encoding="utf-8"))
    assert content["frame_rate"] == "24"
    assert [row["source_frame"] for row in content["pairs"]] == [1, 3, 5]
    assert set(content["columns"]) == set(table[0])


@pytest.mark.parametrize(
    ("stated", "rate", "timecodes"),
    [
        # SMPTE ST 12-1: drop frame leaves out ;00 and ;01 of every minute but each tenth.
        pytest.param(
            "00:59:59;29", "30000/1001", ["00:59:59;29", "01:00:00;01", "01:00:00;03"], id="hour"
        ),
        pytest.param(
            "00:00:59;28", "30000/1001", ["00:00:59;28", "00:01:00;02", "00:01:00;04"], id="minute"
        ),
        pytest.param("23:59:59:22", "24", ["23:59:59:22", "00:00:00:00", "00:00:00:02"], id="day"),
    ],
)
def test_stated_timecode_counts_the_pairs(
    shot: Shot, stated: str, rate: str, timecodes: list[str]
) -> None:
    """The manifest's timecode is that of the shot's first frame; pairs are frames 1, 3 and 5."""
    text = shot.file.read_text(encoding="utf-8")
    text = text.replace('frame_rate = "24"', f'frame_rate = "{rate}"')
    text = text.replace("[source]\n", f'[source]\ntimecode = "{stated}"\n')
    shot.file.write_text(text, encoding="utf-8")

    table = index_pairs(Shot.load(shot.root))

    assert [row["source_timecode"] for row in table] == timecodes


def test_citation_and_licence_have_what_is_stated(packed: Path) -> None:
    """CITATION.cff 1.2.0 with its strings quoted, so that a title may hold quotes."""
    citation = (payload(packed) / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(line.split(": ", 1) for line in citation.splitlines() if ": " in line)
    assert json.loads(fields["title"]).startswith('The "Seaside" Fair, shot sh010')
    assert json.loads(fields["license"]) == "CC-BY-4.0"
    assert json.loads(fields["  - name"]) == 'Filmarchiv "Seeblick"'
    assert json.loads(fields["    value"]) == "F-4711/2"
    assert "orphan work" in (payload(packed) / "LICENCE.txt").read_text(encoding="utf-8")


def test_licence_in_words_stays_out_of_the_citation(shot: Shot) -> None:
    """CITATION.cff knows SPDX names only."""
    text = shot.file.read_text(encoding="utf-8").replace("CC-BY-4.0", "ask us first")
    shot.file.write_text(text, encoding="utf-8")

    stated = Shot.load(shot.root)

    assert "license:" not in citation_cff(stated, date="2026-01-01")
    assert "ask us first" in licence_text(stated)


def test_editing_the_archives_fields_makes_nothing_out_of_date(shot: Shot) -> None:
    """They change no picture."""
    before = {stage: out_of_date(shot, stage) for stage in shot.made}
    text = shot.file.read_text(encoding="utf-8").replace("F-4711/2", "F-4711/3")
    shot.file.write_text(text, encoding="utf-8")

    edited = Shot.load(shot.root)
    assert edited.archive.accession == "F-4711/3"
    assert {stage: out_of_date(edited, stage) for stage in edited.made} == before


@pytest.mark.parametrize(
    ("masters", "plates"),
    [("copy", "reference"), ("reference", "copy"), ("reference", "reference")],
)
def test_frames_by_reference_are_named_with_their_checksums(
    shot: Shot, tmp_path: Path, masters: Any, plates: Any
) -> None:
    """They are not in the package, and can be known by it; the record always is."""
    bag = pack(shot, tmp_path / "bag", masters=masters, plates=plates)

    named = (MASTERS if masters == "reference" else set()) | (
        PLATES if plates == "reference" else set()
    )
    there = {f"shot/{name}" for name in (RECORD | MASTERS | PLATES) - named}
    assert files_of(payload(bag)) == PAPERS | there
    table = rows(payload(bag) / "external.csv")
    assert {row["file"]: row["sha256"] for row in table} == {
        f"shot/{name}": sha256(shot.path(name)) for name in named
    }
    sums = (payload(bag) / "external-sha256.txt").read_text(encoding="utf-8").splitlines()
    assert {line.split("  ")[1] for line in sums} == named
    checked = verify(bag, originals=shot.root, say=quiet, on_progress=still)
    assert (checked.by_reference, checked.looked_at) == (len(named), len(named))


def test_files_by_reference_are_checked_where_they_are(shot: Shot, tmp_path: Path) -> None:
    """A changed or a missing one is named; where nobody says where they are, that is said."""
    bag = pack(shot, tmp_path / "bag", masters="reference")
    frame = shot.path("recovered/sh010_ML_0002.exr")
    said: list[str] = []

    verify(bag, originals=None, say=said.append, on_progress=still)
    assert said == ["5 files by reference were not looked at: name their folder by --originals"]

    spoil(frame, lambda content: content[:-1] + b"!")
    with pytest.raises(StageError, match=r"sh010_ML_0002\.exr: is not the file"):
        verify(bag, originals=shot.root, say=quiet, on_progress=still)
    frame.unlink()
    with pytest.raises(StageError, match=r"sh010_ML_0002\.exr: is missing"):
        verify(bag, originals=shot.root, say=quiet, on_progress=still)


def test_what_is_left_out_is_said(shot: Shot, tmp_path: Path) -> None:
    """What was not made, what is not on disk, and files that are none of the record's."""
    for name in ("truth/a.exr", "truth/b.exr", "shopping.txt", "movies/look.mov"):
        shot.path(name).parent.mkdir(exist_ok=True)
        shot.path(name).write_text(name)
    said: list[str] = []

    bag = pack(shot, tmp_path / "bag", say=said.append)

    assert any("report is not in the package" in line for line in said)
    assert any("review is not in the package" in line for line in said)
    assert any("the Reference is left out: plates/R_####.exr" in line for line in said)
    assert any("no part of the record: shopping.txt, truth (2 files);" in line for line in said)
    assert any("go into" in line and "kB" in line for line in said)
    names = files_of(payload(bag))
    assert "shot/movies/look.mov" in names
    assert not {name for name in names if "truth" in name or "shopping" in name}


def test_missing_frames_are_said(shot: Shot, tmp_path: Path) -> None:
    """The recovery's record does not change when frames are moved away."""
    for frame in (2, 3):
        shot.path(f"recovered/sh010_ML_{frame:04d}.exr").unlink()
    shot.path("plates/P_0005.exr").unlink()
    said: list[str] = []

    bag = pack(shot, tmp_path / "bag", say=said.append)

    assert "frames 2-3 of the recovered frames are not on disk: they are left out" in said
    assert "frames 5 of the faded scan are not on disk: they are left out" in said
    assert "shot/recovered/sh010_ML_0002.exr" not in files_of(payload(bag))


def test_link_to_nothing_is_named(shot: Shot, tmp_path: Path) -> None:
    """A plate on a disk that is not there is no reason for a package without it."""
    shot.path("plates/P_0004.exr").unlink()
    shot.path("plates/P_0004.exr").symlink_to(tmp_path / "unplugged.exr")

    with pytest.raises(StageError, match=r"P_0004\.exr: cannot be read"):
        pack(shot, tmp_path / "bag")
    assert beside(tmp_path) == ["sh010"]


def test_missing_library_is_missed_before_anything_is_copied(
    shot: Shot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not after a night of copying."""
    monkeypatch.setitem(sys.modules, "bagit", None)

    with pytest.raises(MissingExtraError):
        pack(shot, tmp_path / "bag")
    assert beside(tmp_path) == ["sh010"]


@pytest.mark.parametrize("is_stale", [False, True])
def test_report_goes_along_unless_it_tells_of_other_frames(
    shot: Shot, tmp_path: Path, is_stale: bool
) -> None:
    """A page about frames that were made anew since would tell an archive something untrue."""
    shot.path("report").mkdir()
    shot.path("report/index.html").write_text("<p>dE2000 1.2")
    page = outputs(shot, [shot.path("report/index.html")])
    keys = fingerprints(shot, [table_key("pair")])
    inputs = dict.fromkeys(keys, "0" * 64) if is_stale else keys
    shot = shot.with_made("report", settings={}, inputs=inputs, outputs=page, measured={})
    said: list[str] = []

    bag = pack(shot, tmp_path / "bag", say=said.append)

    assert ("shot/report/index.html" in files_of(payload(bag))) != is_stale
    assert any("report is left out: report was made from pairs" in s for s in said) == is_stale


def test_plates_outside_the_shots_folder_have_a_place(shot: Shot, tmp_path: Path) -> None:
    """They lie beside the shot in the package, and after extraction in a folder of their own."""
    studio = tmp_path / "studio"
    shutil.copytree(shot.path("plates"), studio)
    text = shot.file.read_text(encoding="utf-8")
    text = text.replace('sequence = "plates/R_####.exr"', 'sequence = "../studio/P_####.exr"')
    shot.file.write_text(text, encoding="utf-8")
    said: list[str] = []

    bag = pack(Shot.load(shot.root), tmp_path / "bag")
    extract(bag, to=tmp_path / "back", originals=None, say=said.append, on_progress=still)

    assert (payload(bag) / "outside/reference/P_0001.exr").is_file()
    assert (tmp_path / "back/outside/reference/P_0001.exr").is_file()
    assert any("what lay outside the shot's folder" in sentence for sentence in said)
    named = pack(Shot.load(shot.root), tmp_path / "named", plates="reference")
    checked = verify(named, originals=shot.root, say=quiet, on_progress=still)
    assert checked.looked_at == 10


def test_two_masks_of_one_name_are_refused(shot: Shot, tmp_path: Path) -> None:
    """Outside the shot's folder they would fall into one place."""
    pairs = []
    for pair in shot.pair:
        mask = tmp_path / str(pair.source) / "mask.png"
        mask.parent.mkdir()
        mask.write_text("white")
        pairs.append(pair.model_copy(update={"mask": mask.as_posix()}))

    with pytest.raises(UsageError, match="are called alike: rename one of them"):
        contents._named(shot.with_pairs(pairs), quiet)


def test_linked_folders_are_copied_and_loops_end(shot: Shot, tmp_path: Path) -> None:
    """A studio's recovered/ is often a link to a larger disk."""
    shot.path("recovered").rename(tmp_path / "large_disk")
    shot.path("recovered").symlink_to(tmp_path / "large_disk")
    shot.path("notes/loop").symlink_to(shot.root)
    shot.path("everything").symlink_to(tmp_path)
    said: list[str] = []

    bag = pack(shot, tmp_path / "bag", say=said.append)

    names = files_of(payload(bag))
    assert {f"shot/{name}" for name in MASTERS} <= names
    assert not [name for name in names if "loop" in name]
    assert not [sentence for sentence in said if "no part of the record" in sentence]
    assert not [path for path in bag.rglob("*") if path.is_symlink()]


@pytest.mark.parametrize("name", ["50%.txt", "a\nb.txt", "a\\b.txt"])
def test_name_that_manifests_cannot_hold_is_refused(shot: Shot, tmp_path: Path, name: str) -> None:
    """Before anything is written."""
    shot.path(f"notes/{name}").write_text("odd")

    with pytest.raises(UsageError, match="rename it"):
        pack(shot, tmp_path / "bag")
    assert beside(tmp_path) == ["sh010"]


def test_odd_names_survive(shot: Shot, tmp_path: Path) -> None:
    """Spaces, accents and stars: the package is whole, and the names come back."""
    names = ("Größe & Maß ü.txt", "a  b.txt", "#1.txt", "*x.txt", "q'\".txt", " space.txt")
    for name in names:
        shot.path(f"notes/{name}").write_text("odd", encoding="utf-8")

    bag = pack(shot, tmp_path / "bag")
    extract(bag, to=tmp_path / "back", originals=None, say=quiet, on_progress=still)

    assert files_of(tmp_path / "back/notes") >= set(names)


def _unrecovered(shot: Shot) -> Shot:
    text = shot.file.read_text(encoding="utf-8")
    shot.file.write_text(text.replace("[made.recovery", "[made.composite"), encoding="utf-8")
    return Shot.load(shot.root)


def _stale(shot: Shot) -> Shot:
    spoil(shot.path("model.onnx"), lambda content: content + b"2")
    return shot


@pytest.mark.parametrize(
    ("spoil_shot", "words"),
    [
        pytest.param(_unrecovered, "the archive needs recovery", id="not recovered"),
        pytest.param(_stale, "model.onnx that changed since", id="out of date"),
    ],
)
def test_only_a_recovered_shot_is_packed(
    shot: Shot, tmp_path: Path, spoil_shot: Callable[[Shot], Shot], words: str
) -> None:
    """What is packed must be true."""
    shot = spoil_shot(shot)

    with pytest.raises(ShotError, match=words):
        pack(shot, tmp_path / "bag")
    assert beside(tmp_path) == ["sh010"]


@pytest.mark.parametrize(
    ("out", "words"),
    [
        pytest.param("sh010", "is there already", id="taken"),
        pytest.param("sh010/bag", "lies in the shot's own folder", id="inside"),
    ],
)
def test_place_that_will_not_do_is_refused(
    shot: Shot, tmp_path: Path, out: str, words: str
) -> None:
    """Nothing is written over, and no package packs itself."""
    with pytest.raises(StageError, match=words):
        pack(shot, tmp_path / out)


def test_full_disk_is_refused_before_anything_is_written(
    shot: Shot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both sizes, and what to do."""
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as shutil has it
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(9, 9, 1000))

    with pytest.raises(StageError, match=r"has 1\.0 kB free, and the package needs 67\.\d MB"):
        pack(shot, tmp_path / "bag")
    assert beside(tmp_path) == ["sh010"]


def test_package_lies_beside_the_shot_if_nobody_says_where(shot: Shot, tmp_path: Path) -> None:
    """Under the folder's name."""
    made = archive(shot, say=quiet, on_progress=still)

    assert made.bag == tmp_path.resolve() / "sh010_archive"
    assert made.files == len(files_of(payload(made.bag)))
    assert beside(tmp_path) == ["sh010", "sh010_archive"]


@pytest.mark.parametrize("after", [0, 3, 24, 30])
def test_stop_leaves_no_half_package(shot: Shot, tmp_path: Path, after: int) -> None:
    """Whether files are being copied or checked."""
    told: list[int] = []

    def stop(*_: object) -> None:
        told.append(1)
        if len(told) > after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive(shot, out=tmp_path / "bag", say=quiet, on_progress=stop)
    assert beside(tmp_path) == ["sh010"]


def test_file_that_cannot_be_read_leaves_no_half_package(
    shot: Shot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, and the work ends."""

    def fail(file: Path) -> str:
        if file.name == "sh010_ML_0003.exr":
            raise OSError(5, "Input/output error")
        return file_state(file)

    monkeypatch.setattr(fixity, "file_state", fail)

    with pytest.raises(StageError, match=r"sh010_ML_0003\.exr: cannot be read: Input/output"):
        pack(shot, tmp_path / "bag")
    assert beside(tmp_path) == ["sh010"]


def test_what_a_killed_program_left_is_cleared(shot: Shot, tmp_path: Path) -> None:
    """It left a folder under another name, which no later package takes over."""
    (tmp_path / ".bag.building/data").mkdir(parents=True)
    (tmp_path / ".bag.building/data/half.exr").write_text("half")

    bag = pack(shot, tmp_path / "bag")

    assert beside(tmp_path) == ["bag", "sh010"]
    assert "half.exr" not in files_of(payload(bag))


def test_extracted_shot_works_and_holds(shot: Shot, tmp_path: Path) -> None:
    """Even after the package lost its files' times: no stage takes them for changed."""
    frames = fingerprints(shot, ["frames:plates/P_####.exr"])
    shot = shot.with_made("check", settings={}, inputs=frames, outputs={}, measured={})
    bag = copy_of(pack(shot, tmp_path / "bag"), tmp_path / "far")

    back = extract(bag, to=tmp_path / "back", originals=None, say=quiet, on_progress=still)

    assert back.root == tmp_path / "back"
    assert back.archive == shot.archive
    assert {stage: out_of_date(back, stage) for stage in back.made} == dict.fromkeys(back.made, ())
    assert (back.root / ".chromaresolve/shot.schema.json").is_file()
    again = pack(back, tmp_path / "again")
    assert files_of(again) == files_of(bag)


def test_extraction_into_an_empty_folder_is_fine(packed: Path, tmp_path: Path) -> None:
    """A folder that somebody made first."""
    (tmp_path / "back").mkdir()

    back = extract(packed, to=tmp_path / "back", originals=None, say=quiet, on_progress=still)

    assert files_of(back.root) > RECORD


@pytest.mark.parametrize("taken", ["a folder", "a file"])
def test_extraction_writes_over_nothing(packed: Path, tmp_path: Path, taken: str) -> None:
    """What is there stays."""
    to = tmp_path / "back"
    if taken == "a folder":
        to.mkdir()
    mine = to / "mine" if taken == "a folder" else to
    mine.write_text("mine")

    with pytest.raises(StageError, match="is not empty"):
        extract(packed, to=to, originals=None, say=quiet, on_progress=still)
    assert mine.read_text() == "mine"


def test_damaged_package_gives_back_nothing(packed: Path, tmp_path: Path) -> None:
    """It is checked first."""
    bag = copy_of(packed, tmp_path / "bag")
    spoil(bag / "data/shot/model.onnx", lambda content: content[:-1] + b"!")

    with pytest.raises(StageError, match=r"model\.onnx: changed since"):
        extract(bag, to=tmp_path / "back", originals=None, say=quiet, on_progress=still)
    assert beside(tmp_path) == ["bag"]


def test_copy_of_a_file_that_changes_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it would be of before, half of after."""
    (tmp_path / "a").write_text("before")
    states = iter(["a/6/1", "a/6/2"])
    monkeypatch.setattr(fixity, "file_state", lambda _: next(states))

    with pytest.raises(StageError, match="changed while it was read"):
        copy_file(tmp_path / "a", tmp_path / "b")


def test_fixity_is_the_files(tmp_path: Path) -> None:
    """FIPS 180-4's examples for the message abc, one reading for both."""
    (tmp_path / "abc").write_text("abc")
    os.utime(tmp_path / "abc", ns=(5, 7))

    measured = measure_fixity(tmp_path / "abc")

    assert measured.sha256.startswith("ba7816bf8f01cfea414140de5dae2223")
    assert measured.sha512.startswith("ddaf35a193617abacc417349ae204131")
    assert (measured.size, measured.changed) == (3, 7)


def test_side_by_side_keeps_order_and_stops_all(tmp_path: Path) -> None:
    """The first failure goes on, and who is still at work is told to stop."""
    told: list[int] = []
    began = threading.Barrier(2)

    def work(number: int, stop: threading.Event) -> int:
        if number == 1:
            began.wait(10)
            raise StageError(tmp_path, "broke")
        if number == 2:
            began.wait(10)
            assert stop.wait(10)
        return number

    def tell(done: int, _: int) -> None:
        told.append(done)

    with pytest.raises(ChromaresolveError, match="broke"):
        side_by_side(work, range(9), tell)

    assert told == [1]
    assert side_by_side(lambda n, _: 2 * n, range(9), tell) == list(range(0, 18, 2))


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 kB"), (2 * 10**12, "2.0 TB")],
)
def test_sizes_are_said_as_disks_are_sold(size: int, words: str) -> None:
    """Powers of ten."""
    assert in_units(size) == words


def test_shot_without_a_word_for_the_archive_is_packed(tmp_path: Path) -> None:
    """All of [archive] is optional; the package says that nobody wrote it down."""
    bag = pack(write_recovered_shot(tmp_path), tmp_path / "bag")

    readme = (payload(bag) / "README.md").read_text(encoding="utf-8")
    assert "- Holder: nobody wrote it down" in readme
    assert "Source-Organization" not in (bag / "bag-info.txt").read_text(encoding="utf-8")
