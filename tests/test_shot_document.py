"""`shot.toml` as text: stages change what is theirs, and not a word of the artist's."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import MutableMapping
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from chromaresolve import __version__
from chromaresolve.errors import ShotError
from chromaresolve.shot import Pair, Scalar, Shot
from chromaresolve.shot.document import put_value, read_document, upgrade
from manifests import COMMENTED, SMALL, made, read_manifest, write_manifest


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + COMMENTED.encode(), id="byte order mark"),
        pytest.param(COMMENTED.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(COMMENTED.rstrip().encode(), id="no line feed at the end"),
    ],
)
def test_load_reads_what_editors_on_windows_write(tmp_path: Path, content: bytes) -> None:
    """The record is the same, and the next stage writes the file as it writes any other."""
    (tmp_path / "win").mkdir()
    (tmp_path / "win" / "shot.toml").write_bytes(content)
    there = Shot.load(tmp_path / "win")
    here = Shot.load(write_manifest(tmp_path / "lf", COMMENTED))

    assert there.model_dump() == here.model_dump()
    there.with_plate(balanced="b.####.exr")
    here.with_plate(balanced="b.####.exr")
    written = (tmp_path / "win" / "shot.toml").read_bytes()
    assert written == (tmp_path / "lf" / "shot.toml").read_bytes()


def test_stages_keep_every_word_of_the_artist(tmp_path: Path) -> None:
    """All that is added stands in new lines; every line that was typed is there, in its order."""
    shot = Shot.load(write_manifest(tmp_path, COMMENTED))

    shot = made(shot, "check")
    shot = shot.with_plate(balanced="plates/SH010_BAL_####.exr")
    shot = made(made(shot, "pairs"), "check", steps=2)

    typed = [line for line in COMMENTED.splitlines() if line]
    written = read_manifest(tmp_path).splitlines()
    assert [line for line in written if line in typed] == typed
    scan = written.index('scan = "plates/SH010_SOURCE_####.exr" # 4K')
    assert written[scan + 1 : scan + 3] == ['balanced = "plates/SH010_BAL_####.exr"', ""]
    assert Shot.load(tmp_path) == shot


def test_pairs_keep_their_comments_where_the_frame_stays(tmp_path: Path) -> None:
    """A pair that goes takes its comments along; one that stays, and what follows, keeps them."""
    shot = Shot.load(write_manifest(tmp_path, COMMENTED))

    shot = shot.with_pairs([Pair(source=1, reference=3), Pair(source=20, reference=20)])

    before, after = COMMENTED.split("[[pair]] # the close-up\n")
    crop = after[after.index("\n# Perforations") :]
    assert read_manifest(tmp_path) == (
        f"{before}[[pair]] # the close-up\nsource = 1 # first frame\nreference = 3\n"
        "\n# the fan hides this one\n"
        f"[[pair]]\nsource = 20\nreference = 20\n{crop}"
    )
    assert Shot.load(tmp_path) == shot


def test_pairs_stand_above_what_the_stages_made(tmp_path: Path) -> None:
    """The artist's tables first, also when a stage wrote its own before there were pairs."""
    shot = made(Shot.load(write_manifest(tmp_path, SMALL)), "check")

    shot.with_pairs([Pair(source=1, reference=1, reason='"best"')])

    assert read_manifest(tmp_path).startswith(
        SMALL + '\n[[pair]]\nsource = 1\nreference = 1\nreason = "\\"best\\""\n\n[made.check]\n'
    )


def test_pairs_can_be_taken_away(tmp_path: Path) -> None:
    """No pair is no table; what was said after them is still there, if only at the end."""
    shot = Shot.load(write_manifest(tmp_path, COMMENTED)).with_pairs([])

    assert shot.pair == ()
    assert "[[pair]]" not in read_manifest(tmp_path)
    assert "[crop]\nleft = 0x10 # sixteen\n" in read_manifest(tmp_path)
    assert read_manifest(tmp_path).endswith("\n# Perforations on the left.\n")
    assert Shot.load(tmp_path) == shot


def test_crop_that_was_found_is_written_into_the_artists_table(tmp_path: Path) -> None:
    """Where there is a table its comments stay; elsewhere one is added above the stages'."""
    shot = Shot.load(write_manifest(tmp_path, COMMENTED))

    shot = shot.with_crop(left=24, top=0, right=0, bottom=3)

    assert (shot.crop.left, shot.crop.bottom, shot.crop.found) == (24, 3, True)
    assert read_manifest(tmp_path).endswith(
        "[crop]\nleft = 24 # sixteen\ntop = 0\nright = 0\nbottom = 3\nfound = true\n"
        "\n# end of my part\n"
    )
    bare = made(Shot.load(write_manifest(tmp_path / "bare", SMALL)), "check")
    bare.with_crop(left=0, top=1, right=2, bottom=0)
    assert "\n[crop]\nleft = 0\ntop = 1\nright = 2\nbottom = 0\nfound = true\n\n[made.check]" in (
        read_manifest(tmp_path / "bare")
    )


def test_made_is_written_by_its_stage_alone(tmp_path: Path) -> None:
    """Tool, time, settings, fingerprints in and out, numbers; empty tables are left out."""
    shot = made(made(Shot.load(write_manifest(tmp_path, SMALL)), "pairs"), "training")
    pairs = shot.made["pairs"]

    shot = made(shot, "training", steps=7)

    training = shot.made["training"]
    assert training.tool == __version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", training.at)
    assert training.settings == {"steps": 7}
    assert training.inputs == {"file:plates/SH 010.exr": "1f"}
    assert (training.outputs, training.measured) == ({"model.onnx": "2e"}, {"dE2000": 2.25})
    assert shot.made["pairs"] == pairs
    assert list(tomllib.loads(read_manifest(tmp_path))["made"]) == ["pairs", "training"]
    bare = shot.with_made("check", settings={}, inputs={}, outputs={}, measured={})
    bare_table = f'[made.check]\ntool = "{__version__}"\nat = "{bare.made["check"].at}"\n'
    assert read_manifest(tmp_path).endswith(bare_table)


def test_made_holds_numbers_as_they_were_measured(tmp_path: Path) -> None:
    """Every plain value comes back as its own type, also what is infinite or no number."""
    numbers: dict[str, Scalar] = {
        "whole": 3,
        "real": 3.0,
        "is_lossless": True,
        "word": "é\n",
        "top": float("inf"),
    }
    shot = Shot.load(write_manifest(tmp_path, SMALL))

    shot.with_made("report", settings={}, inputs={}, outputs={}, measured=numbers)

    read = Shot.load(tmp_path).made["report"].measured
    assert read == numbers
    assert [type(read[name]) for name in numbers] == [type(value) for value in numbers.values()]


def test_writing_starts_from_the_file_not_from_the_record(tmp_path: Path) -> None:
    """What the artist typed while a stage was at work is kept, and the new record has it."""
    shot = Shot.load(write_manifest(tmp_path, SMALL))
    write_manifest(tmp_path, SMALL + "offset = 12 # found it\n")

    assert made(shot, "pairs").reference.offset == 12
    assert "offset = 12 # found it\n" in read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param(
            SMALL + "off_set = 12\n",
            r"reference\.off_set: is not known: did you mean 'offset'",
            id="a key",
        ),
        pytest.param(
            "made = 4\n" + SMALL, r"made: found 4: write it as \[made\]", id="made itself"
        ),
    ],
)
def test_writing_refuses_what_it_could_not_read_again(
    tmp_path: Path, typed: str, sentence: str
) -> None:
    """A mistake typed while a stage was at work is named, and the file stays as it is."""
    shot = Shot.load(write_manifest(tmp_path, SMALL))
    write_manifest(tmp_path, typed)

    with pytest.raises(ShotError, match=sentence):
        made(shot, "pairs")

    assert read_manifest(tmp_path) == typed


def test_made_stays_below_the_comment_above_it(tmp_path: Path) -> None:
    """Written again and again, no empty line comes between the two, nor two anywhere."""
    made_check = '[made.check]\ntool = "0"\nat = "x"\n'
    made_pairs = '[made.pairs] # on Monday\ntool = "0"\nat = "x"\n'
    text = f"{SMALL}\n{made_check}\n# the good one\n{made_pairs}"
    shot = Shot.load(write_manifest(tmp_path, text))

    for _ in range(3):
        shot = made(made(shot, "pairs"), "check")

    assert "\n\n# the good one\n[made.pairs]" in read_manifest(tmp_path)
    assert "\n\n\n" not in read_manifest(tmp_path)


BLOCKS = {
    "artist": '[colour] # c1\nchain = "log" # c2\n# c3\n',
    "pairs": "\n# p1\n[[pair]]\nsource = 1\nreference = 1\n# p2\n",
    "made": '\n[made.check]\ntool = "0"\nat = "x"\n\n# m1\n',
    "more": '\n[made.training]\ntool = "0"\nat = "x"\n[made.training.settings]\na = 1\n# m2\n',
}
"""Tables that may stand in any order, with comments between them."""


@pytest.mark.parametrize("order", list(permutations(BLOCKS)), ids="-".join)
def test_writing_loses_nothing_in_any_order_of_tables(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    """Artists sort their files as they like: between stages' tables too."""
    text = SMALL + "".join(BLOCKS[name] for name in order)
    shot = Shot.load(write_manifest(tmp_path, text))

    shot = shot.with_pairs([Pair(source=1, reference=2), Pair(source=3, reference=3)])
    shot = made(made(made(shot, "training"), "model"), "check")

    content, before = tomllib.loads(read_manifest(tmp_path)), tomllib.loads(text)
    assert content.pop("pair") == [{"source": 1, "reference": 2}, {"source": 3, "reference": 3}]
    assert set(content.pop("made")) == {"check", "training", "model"}
    assert content == {key: before[key] for key in before if key not in ("pair", "made")}
    comments = re.findall(r"# \w\d$", text, re.MULTILINE)
    assert sorted(re.findall(r"# \w\d$", read_manifest(tmp_path), re.MULTILINE)) == sorted(comments)
    assert Shot.load(tmp_path) == shot


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("made = {}", id="empty, on one line"),
        pytest.param("made = {check = {tool = '0', at = 'x'}}", id="on one line"),
        pytest.param("made.check = {tool = '0', at = 'x'}", id="dotted"),
        pytest.param("made.check.tool = '0'\nmade.check.at = 'x'", id="dotted twice"),
        pytest.param("pair = []", id="no pairs"),
        pytest.param("pair = [{source = 5, reference = 5}]", id="pairs on one line"),
        pytest.param("crop.left = 4", id="the artist's own, dotted"),
    ],
)
def test_writing_takes_every_way_of_writing_toml(tmp_path: Path, line: str) -> None:
    """What tools and other people's scripts write is TOML as well."""
    shot = Shot.load(write_manifest(tmp_path, f"{line}\n{SMALL}"))

    shot = made(made(shot, "check", steps=2), "pairs")
    shot = shot.with_pairs([Pair(source=1, reference=1)]).with_plate(balanced="b.####.exr")

    assert Shot.load(tmp_path) == shot
    assert shot.made["check"].settings == {"steps": 2}
    assert (shot.pair[0].source, len(shot.pair), shot.source.balanced) == (1, 1, "b.####.exr")


def test_upgrade_goes_step_by_step_and_keeps_comments(tmp_path: Path) -> None:
    """Two invented upgrades: a key gets another name, then moves to a table of its own."""

    def rename(document: MutableMapping[str, Any]) -> None:
        put_value(document["source"], "wants", document["source"].pop("scan"))

    def move(document: MutableMapping[str, Any]) -> None:
        document["plates"] = {"scan": document["source"].pop("wants")}

    file = write_manifest(tmp_path, COMMENTED) / "shot.toml"
    document = read_document(file)

    upgrade(document, file, upgrades={1: rename, 2: move}, current=3)

    text = tomlkit.dumps(document)
    content = tomllib.loads(text)
    assert content["schema"] == 3
    assert content["plates"] == {"scan": "plates/SH010_SOURCE_####.exr"}
    assert content["source"] == {}
    lines = [line for line in COMMENTED.splitlines() if "# " in line and "4K" not in line]
    assert [line for line in lines if line.partition("#")[2] not in text] == []


def test_upgrade_leaves_a_current_manifest_alone(tmp_path: Path) -> None:
    """Nothing runs, nothing changes, and half-way versions start half-way."""
    ran: list[str] = []
    upgrades = {1: lambda _: ran.append("1"), 2: lambda _: ran.append("2")}
    file = write_manifest(tmp_path, COMMENTED) / "shot.toml"

    for version, expected in ((3, []), (2, ["2"]), (1, ["1", "2"])):
        document = tomlkit.parse(COMMENTED.replace("schema = 1", f"schema = {version}"))
        ran.clear()
        upgrade(document, file, upgrades=upgrades, current=3)
        assert (ran, document["schema"]) == (expected, 3)


def test_upgrade_refuses_a_newer_manifest(tmp_path: Path) -> None:
    """An old program must not read what it does not understand."""
    with pytest.raises(ShotError, match=r"schema: 4 is newer than this ChromaResolve \(3\): upda"):
        upgrade(tomlkit.parse("schema = 4"), tmp_path / "shot.toml", upgrades={}, current=3)


def test_upgraded_manifest_is_written_by_the_next_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading alone changes no file; the record is of the current schema all the same."""
    old = COMMENTED.replace("[crop]\nleft", "[crop]\nwest")

    def rename(document: MutableMapping[str, Any]) -> None:
        put_value(document["crop"], "left", document["crop"].pop("west"))

    step = functools.partial(upgrade, upgrades={1: rename}, current=2)
    monkeypatch.setattr("chromaresolve.shot.record.upgrade", step)
    shot = Shot.load(write_manifest(tmp_path, old))

    assert (shot.crop.left, shot.schema_version) == (16, 2)
    assert read_manifest(tmp_path) == old
    made(shot, "pairs")
    assert "\nschema = 2 # do not raise by hand\n" in read_manifest(tmp_path)
    assert "\n# Perforations on the left.\n[crop]\nleft = 0x10 # sixteen\n" in read_manifest(
        tmp_path
    )
