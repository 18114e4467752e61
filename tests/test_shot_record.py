"""The manifest as a frozen record, its schema for editors, and its manual."""

from __future__ import annotations

import json
import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from chromaresolve.errors import ShotError, UsageError
from chromaresolve.shot import FrameRange, Pair, Shot, create, manifest_schema, parse_rate
from chromaresolve.shot.document import SCHEMA
from manifests import COMMENTED, SMALL, read_manifest, write_manifest

MANUAL = Path(__file__).parents[1] / "docs" / "manifest.md"
"""What is said of every key to people."""


def test_load_fills_in_what_is_not_said(tmp_path: Path) -> None:
    """The defaults need no touching: seven lines are a shot."""
    shot = Shot.load(write_manifest(tmp_path, SMALL))

    assert shot.shot.frame_rate == Fraction(24)
    assert shot.shot.frames == FrameRange.parse("1-24")
    assert shot.source.plate == shot.source.luma_plate == shot.source.scan
    assert (shot.colour.chain, shot.training.branch) == ("display", "chroma")
    assert (shot.pair, shot.made, shot.crop.left) == ((), {}, 0)
    assert (shot.root, shot.file) == (tmp_path, tmp_path / "shot.toml")


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        pytest.param('"24"', Fraction(24), id="in quotes"),
        pytest.param("25", Fraction(25), id="a whole number"),
        pytest.param('"24000/1001"', Fraction(24000, 1001), id="film on video"),
        pytest.param('"50/2"', Fraction(25), id="a fraction that can be shortened"),
    ],
)
def test_frame_rate_is_exact(tmp_path: Path, written: str, rate: Fraction) -> None:
    """A fraction, never a decimal."""
    text = SMALL.replace('frames = "1-24"', f'frames = "1-24"\nframe_rate = {written}')

    assert Shot.load(write_manifest(tmp_path, text)).shot.frame_rate == rate


@pytest.mark.parametrize(
    ("spoken", "exact"),
    [
        pytest.param("23.976", '"24000/1001"', id="film on NTSC video"),
        pytest.param("23.98", '"24000/1001"', id="the same, rounded"),
        pytest.param("29.97", '"30000/1001"', id="NTSC"),
        pytest.param("59.94", '"60000/1001"', id="fields"),
        pytest.param("47.952", '"48000/1001"', id="twice film"),
        pytest.param("24.0", '"24"', id="whole after all"),
        pytest.param("25.5", '"24" or "24000/1001"', id="no standard's"),
        pytest.param("-24", '"24" or "24000/1001"', id="negative"),
        pytest.param("0.0", '"24" or "24000/1001"', id="nothing"),
        pytest.param("1e400", '"24" or "24000/1001"', id="more than a number holds"),
        pytest.param("24/0", '"24" or "24000/1001"', id="divided by nothing"),
        pytest.param("24 fps", '"24" or "24000/1001"', id="unit"),
    ],
)
def test_parse_rate_names_the_rate_that_is_meant(spoken: str, exact: str) -> None:
    """SMPTE ST 12-1's rates are multiples of 1000/1001; their decimals are not exact."""
    with pytest.raises(UsageError) as raised:
        parse_rate(spoken)

    assert str(raised.value) == f"{spoken!r} is no exact frame rate: write {exact}"


@pytest.mark.parametrize(
    ("keys", "plate", "luma_plate"),
    [
        pytest.param("", "scan", "scan", id="scan only"),
        pytest.param('balanced = "bal"', "bal", "bal", id="balanced"),
        pytest.param('balanced = "bal"\nluma_from = "scan"', "bal", "scan", id="luma of the scan"),
        pytest.param('luma_from = "scan"', "scan", "scan", id="no balanced plate to differ"),
    ],
)
def test_source_says_which_plate_gives_what(
    tmp_path: Path, keys: str, plate: str, luma_plate: str
) -> None:
    """The network sees the balanced plate; luma is that plate's, or the scan's on request."""
    text = SMALL.replace('scan = "plates/SH010_SOURCE_####.exr"', f'scan = "scan"\n{keys}')
    source = Shot.load(write_manifest(tmp_path, text)).source

    assert (source.plate, source.luma_plate) == (plate, luma_plate)


def test_record_cannot_be_changed(tmp_path: Path) -> None:
    """It is what stands in the file; to change it, write the file."""
    shot = Shot.load(write_manifest(tmp_path, COMMENTED))

    for table, key, value in (
        (shot, "pair", ()), (shot.crop, "left", 3), (shot.pair[0], "source", 3)
    ):  # fmt: skip
        with pytest.raises(ValidationError, match="frozen"):
            setattr(table, key, value)


def test_pairs_teach_or_are_held_out(tmp_path: Path) -> None:
    """Every pair is one or the other."""
    shot = Shot.load(write_manifest(tmp_path, SMALL)).with_pairs(
        [Pair(source=1, reference=1), Pair(source=2, reference=2, hold_out=True)]
    )

    assert [pair.source for pair in shot.teaching] == [1]
    assert [pair.source for pair in shot.held_out] == [2]


@pytest.mark.parametrize(
    ("root", "path", "written"),
    [
        pytest.param("shot", "shot/plates/a.exr", "plates/a.exr", id="within"),
        pytest.param("shot", "shot/../plates/a.exr", "../plates/a.exr", id="by way of the folder"),
        pytest.param("shot", "behind/a.exr", "{here}/behind/a.exr", id="outside"),
        pytest.param("shot", "shot/linked/a.exr", "linked/a.exr", id="behind a link within"),
        pytest.param("alias", "shot/plates/a.exr", "plates/a.exr", id="folder by another name"),
    ],
)
def test_relative_path_is_as_the_manifest_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, path: str, written: str
) -> None:
    """A shot folder may move, and its plates may lie behind a link to another disk."""
    monkeypatch.chdir(tmp_path)
    write_manifest(tmp_path / "shot", SMALL)
    (tmp_path / "behind").mkdir()
    (tmp_path / "shot" / "linked").symlink_to(tmp_path / "behind")
    (tmp_path / "alias").symlink_to(tmp_path / "shot")

    for folder in (Path(root), tmp_path / root):
        for named in (Path(path), tmp_path / path):
            shot = Shot.load(folder)
            assert shot.relative(named) == written.format(here=tmp_path.resolve().as_posix())
            assert shot.path(shot.relative(named)).resolve() == named.resolve()


def test_create_lays_out_a_shot(tmp_path: Path) -> None:
    """The artist's tables with their comments, the schema for editors beside them."""
    shot = create(
        tmp_path / "SH010",
        scan="plates/S_####.exr",
        reference="plates/R_####.exr",
        balanced="plates/B_####.exr",
        master="plates/A_####.exr",
        frames=FrameRange.parse("1-10,20-30:2"),
        frame_rate=Fraction(24000, 1001),
        film='L\'été "noir" \\ 1962',
        branch="spatial",
    )

    assert shot == Shot.load(tmp_path / "SH010")
    assert (shot.shot.name, shot.shot.film) == ("SH010", 'L\'été "noir" \\ 1962')
    assert (shot.shot.frame_rate, str(shot.shot.frames)) == (Fraction(24000, 1001), "1-10,20-30:2")
    assert (shot.source.balanced, shot.source.master) == ("plates/B_####.exr", "plates/A_####.exr")
    assert shot.training.branch == "spatial"
    first_line = read_manifest(tmp_path / "SH010").splitlines()[0]
    schema = tmp_path / "SH010" / first_line.removeprefix("#:schema ")
    assert schema.read_text(encoding="utf-8") == manifest_schema()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        pytest.param("SH010", "SH010", id="as it is"),
        pytest.param("reel 1 - kiss", "reel-1---kiss", id="spaces"),
        pytest.param("_old", "old", id="underscore first"),
        pytest.param(".hidden.", "hidden", id="dots outside"),
        pytest.param("Été", "t", id="letters a file name may lose"),
        pytest.param("映画", "shot", id="nothing left"),
    ],
)
def test_create_names_the_shot_after_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    """What file names of other systems cannot hold becomes a dash."""
    shot = create(
        tmp_path / folder, scan="s.####.exr", reference="r.####.exr", frames=FrameRange.of([1])
    )

    assert shot.shot.name == name


def test_create_writes_nothing_where_it_refuses(tmp_path: Path) -> None:
    """A second `new` in one folder, and values that no manifest may have."""
    frames = FrameRange.of([1])
    with pytest.raises(ShotError, match=r"source\.scan: found '': write the name of a file"):
        create(tmp_path / "a", scan="", reference="r.####.exr", frames=frames)
    with pytest.raises(ShotError, match=r"training\.branch: found 'luma': write 'chroma' or 'sp"):
        create(tmp_path / "a", scan="s", reference="r", frames=frames, branch="luma")
    assert not (tmp_path / "a").exists()

    create(tmp_path / "a", scan="s", reference="r", frames=frames)
    before = read_manifest(tmp_path / "a")
    with pytest.raises(ShotError, match="there is a shot here already: choose another folder"):
        create(tmp_path / "a", scan="t", reference="r", frames=frames)
    assert read_manifest(tmp_path / "a") == before


GOOD = {
    "the least": SMALL,
    "commented": COMMENTED,
    "rate as a whole number": SMALL.replace('frames = "1-24"', 'frames = "1"\nframe_rate = 24'),
    "whole numbers for real ones": SMALL + "[training]\nminutes = 3\nscale = 0\n",
    "spaces in the frames": SMALL.replace('"1-24"', '" 1 - 24 : 2,30 - 25:-1 "'),
    "everything made": SMALL + '[made.x]\ntool = "1"\nat = "x"\nsettings = {a = 1, b = "c"}\n'
    'inputs = {"file:a" = ""}\noutputs = {}\nmeasured = {c = 1.5, d = true}\n',
    "nothing made": SMALL + "[made]\n",
    "reel and timecode": SMALL.replace(
        "[source]\n", '[source]\nreel = "Rolle 3, Akt 2"\ntimecode = "10:59:59:23"\n'
    ),
    "drop frame": SMALL.replace("[source]\n", '[source]\ntimecode = "01:00:41;18"\n').replace(
        "[source]", 'frame_rate = "30000/1001"\n\n[source]'
    ),
    "steps and master": SMALL + "[training]\nsteps = 100\n[recovery]\ntile = 512\n",
}
"""Manifests that load."""


def test_schema_is_a_schema() -> None:
    """It is valid itself, by the draft it names, and every key says what it is."""
    schema = json.loads(manifest_schema())

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for table in (schema, *schema["$defs"].values()):
        assert table["additionalProperties"] is False
        for key, rules in table["properties"].items():
            assert rules["description"].endswith("."), key


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_schema_accepts_what_loads(tmp_path: Path, text: str) -> None:
    """No editor underlines what is right."""
    Shot.load(write_manifest(tmp_path, text))

    jsonschema.validate(tomllib.loads(text), json.loads(manifest_schema()))


def test_schema_shows_defaults_as_they_are_written() -> None:
    """An editor offers `24`, not a Fraction."""
    tables = json.loads(manifest_schema())["$defs"]

    assert tables["ShotTable"]["properties"]["frame_rate"]["default"] == "24"
    assert tables["TrainingTable"]["properties"]["minutes"]["default"] == 10.0


def read_manual(header: str) -> dict[str, str]:
    """Return the manual's row for each key of a table."""
    section = MANUAL.read_text(encoding="utf-8").partition(f"\n## {header}\n")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    return dict(rows)


def tables_of_the_schema() -> dict[str, dict[str, Any]]:
    """Return each table's rules by its header in the manual."""
    schema = json.loads(manifest_schema())
    headers = {"pair": "[[pair]]", "made": "[made.<stage>]"}
    return {
        f"`{headers.get(key, f'[{key}]')}`": schema["$defs"][match[1]]
        for key, rules in schema["properties"].items()
        if (match := re.search(r"#/\$defs/(\w+)", json.dumps(rules)))
    }


@pytest.mark.parametrize("header", tables_of_the_schema())
def test_manual_explains_every_key(header: str) -> None:
    """Each key in the order of the model, with its default and the words an editor shows."""
    rules = tables_of_the_schema()[header]
    rows = read_manual(header)

    assert list(rows) == list(rules["properties"])
    for key, row in rows.items():
        _, default, meaning = row.split(" | ")
        value = rules["properties"][key].get("default")
        written = f"`{json.dumps(value)}`" if value not in (None, {}) else "none"
        assert default == ("required" if key in rules.get("required", []) else written), key
        assert meaning.startswith(rules["properties"][key]["description"]), key


def test_manual_explains_the_schema_version() -> None:
    """The one key above the tables."""
    assert f"Now `{SCHEMA}`" in read_manual("Above the tables")["schema"]


def test_manual_shows_an_example_that_loads(tmp_path: Path) -> None:
    """Every table is in it, editors accept it, and it says who writes each."""
    manual = MANUAL.read_text(encoding="utf-8")
    example = manual.partition("```toml\n")[2].partition("```")[0]
    shot = Shot.load(write_manifest(tmp_path, example))

    assert shot.model_fields_set | {"schema_version"} == set(Shot.model_fields)
    jsonschema.validate(tomllib.loads(example), json.loads(manifest_schema()))
    for header in tables_of_the_schema():
        section = manual.partition(f"\n## {header}\n")[2].partition("\n## ")[0]
        assert re.search(r"^(Written by|Yours)", section, re.MULTILINE), header
