"""Broken manifests: each mistake has a sentence of its own, and editors see it too."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chromaresolve.errors import ShotError
from chromaresolve.shot import Shot, manifest_schema
from manifests import COMMENTED, SHOTS, SMALL, read_manifest, write_manifest

TOP = "is not TOML: write key = value, text in straight quotes, true and false in small letters"

WRONG = {
    "crop-as-true": "crop.left: found true: write a whole number",
    "crop-negative": "crop.left: found -4: write 0 or more",
    "frames-as-a-number": 'shot.frames: found 24: write the frames in quotes, such as "1-100"',
    "frames-as-words": (
        "shot.frames: frames '1 to 24': is not a range: write 1-100 or 1-10,20-30:2"
    ),
    "frames-backwards": (
        "shot.frames: frames '24-1': runs backwards: write the lower frame first, "
        "and a step above 0"
    ),
    "frames-too-many": (
        "shot.frames: frames '1-10000000': is more than 1,000,000 frames: write the shot's own"
    ),
    "gain-out-of-range": "balance.red_gain_cap: found 40.0: write 20 or less",
    "hold-out-as-a-number": "[[pair]] 1: hold_out: found 1: write true or false",
    "key-above-the-tables": "minutes: is not known here: write it under [training]",
    "key-in-capitals": "shot.Frame-Rate: is not known: did you mean 'frame_rate'?",
    "key-in-the-wrong-table": "source.minutes: is not known here: write it under [training]",
    "key-like-no-other": "scope.xyz: is not known: known here are kind",
    "key-missing": "shot.frames: is missing: write frames = ... under [shot]",
    "key-misspelt": "source.scna: is not known: did you mean 'scan'? (and 1 more)",
    "key-with-two-homes": "crop.kind: is not known here: write it under [reference] or [scope] "
    "or [[pair]]",
    "luma-from-nowhere": "source.luma_from: found 'reference': write 'balanced' or 'scan'",
    "made-as-a-value": "made: found 4: write it as [made] with its keys below",
    "made-half-written": "made.training.at: is missing: write at = ... under [made.training]",
    "made-key-misspelt": "made.training.input: is not known: did you mean 'inputs'?",
    "made-key-of-the-artist": (
        "made.training.flip: is not known: "
        "known here are tool, at, settings, inputs, outputs, measured"
    ),
    "made-of-a-value": "made.training: found 4: write it as [made.training] with its keys below",
    "made-with-a-list": (
        "made.training.measured.loss: found [1, 2]: write text, a number, true or false"
    ),
    "minutes-as-text": "training.minutes: found '10': write a number",
    "minutes-infinite": "training.minutes: found inf: write a finite number",
    "minutes-zero": "training.minutes: found 0: write more than 0",
    "name-with-a-slash": (
        "shot.name: found 'reel 1/SH010': write letters and digits, "
        "with dot, dash or underscore between"
    ),
    "no-schema": "schema: is missing: write schema = 1 above the first table",
    "note-as-a-date": "reference.note: found 1972-05-27: write text in quotes",
    "nothing-in-it": "is empty: remove it and run `chromaresolve new`",
    "offset-with-a-fraction": "reference.offset: found 1.5: write a whole number",
    "only-a-comment": "schema: is missing: write schema = 1 above the first table",
    "pair-as-one-table": "pair: found a table: write it as [[pair]] with its keys below",
    "pair-key-misspelt": "[[pair]] 2: holdout: is not known: did you mean 'hold_out'?",
    "pair-of-text": "[[pair]] 1: source: found '1': write a whole number",
    "pair-without-reference": (
        "[[pair]] 1: reference: is missing: write reference = ... under [[pair]]"
    ),
    "rate-as-a-decimal": ("shot.frame_rate: '23.976' is no exact frame rate: write \"24000/1001\""),
    "rate-as-a-whole-decimal": "shot.frame_rate: '25.0' is no exact frame rate: write \"25\"",
    "rate-as-words": (
        'shot.frame_rate: \'pal\' is no exact frame rate: write "24" or "24000/1001"'
    ),
    "rate-of-zero": 'shot.frame_rate: \'0\' is no exact frame rate: write "24" or "24000/1001"',
    "reel-empty": "source.reel: found '': write the reel's name in quotes, such as \"A001\"",
    "scale-too-large": "training.scale: found 0.5: write less than 0.5",
    "scan-as-a-list": "source.scan: found a list: write text in quotes",
    "scan-empty": "source.scan: found '': write the name of a file or a sequence",
    "schema-as-text": "schema: found '1': write schema = 1",
    "schema-in-a-table": "schema: is missing: write schema = 1 above the first table",
    "schema-newer": "schema: 2 is newer than this ChromaResolve (1): update ChromaResolve",
    "schema-zero": "schema: found 0: write schema = 1",
    "seed-larger-than-64-bits": (
        "training.seed: found 100000000000000000000: write less than 9223372036854775808"
    ),
    "table-as-a-value": "crop: found 4: write it as [crop] with its keys below",
    "table-in-rows": "source: found a list: write it as [source] with its keys below",
    "table-missing": "reference: is missing: write the table [reference]",
    "table-misspelt": "references: is not known: did you mean 'reference'? (and 1 more)",
    "three-things-wrong": (
        "crop.above: is not known: known here are left, top, right, bottom, found (and 2 more)"
    ),
    "tile-off-the-stride": "recovery.tile: found 500: write 0, or a multiple of 64 from 256",
    "timecode-dropping-frames": (
        "[source] timecode '01:00:41;18': 24 has no drop frame timecode: only 29.97 and 59.94 "
        "have: turn drop frame off, or write ':' before the frames"
    ),
    "timecode-of-another-rate": (
        "[source] timecode '01:00:41:24': does not exist at 24: "
        "write hours to 23, minutes and seconds to 59, frames to 23"
    ),
    "timecode-without-frames": (
        "source.timecode: found '01:00:41': "
        'write it in quotes as "01:00:00:00", or "01:00:00;00" for drop frame'
    ),
    "timecode-without-quotes": (
        "source.timecode: found '01:00:41': "
        'write it in quotes as "01:00:00:00", or "01:00:00;00" for drop frame'
    ),
    "toml-backslashes": (
        'line 9: scan = "D:\\plates\\SH010_####.exr" is not TOML: write paths with forward slashes'
    ),
    "toml-bracket-open": "line 8: [source is not TOML: write a table's name as [shot]",
    "toml-just-words": f'line 4: the name is "SH010" {TOP}',
    "toml-key-twice": "name: is there twice: keep one of the two",
    "toml-no-value": f"line 6: frames = {TOP}",
    "toml-quotes-curly": f"line 4: name = \u201cSH010\u201d {TOP}",
    "toml-quotes-missing": f"line 4: name = SH010 {TOP}",
    "toml-quotes-open": f'line 4: name = "SH010 {TOP}',
    "toml-table-twice": "shot: is there twice: keep one of the two",
    "toml-true-in-capitals": f"line 17: hold_out = True {TOP}",
}
"""Folder under tests/shots, and what is said of the manifest in it."""

SLIPS = (
    "[", "]", "[[", "=", '"', "'", '"""', "\n", "#", ".", "{", "}", ",", "\\", "\0", "\ufeff",
    "\u2028", "1e", "nan", "2024-13-01", "[made]\n", "[[pair]]\n", "made.x = 1\n",
    "[made.x.settings]\n",
    "pair = 5\n", "= []", "= {}", "true", "-1", "99999999999999999999", "[crop.left]\n",
)  # fmt: skip
"""What a hand, a paste or a merge may leave."""

BEYOND_A_SCHEMA = {
    "frames-backwards": "which end is the lower one",
    "frames-too-many": "how many frames that is",
    "minutes-infinite": "JSON has no infinity",
    "timecode-dropping-frames": "which rates have drop frame timecode",
    "timecode-of-another-rate": "how many frames a second has",
}
"""What only the program sees."""


@pytest.mark.parametrize(("folder", "sentence"), WRONG.items(), ids=WRONG.keys())
def test_load_says_what_is_wrong(folder: str, sentence: str) -> None:
    """Each mistake has its own sentence: where, what, what to do, on one line."""
    with pytest.raises(ShotError) as raised:
        Shot.load(SHOTS / folder)

    assert str(raised.value) == f"{SHOTS / folder / 'shot.toml'}: {sentence}"


def test_every_broken_shot_has_its_sentence() -> None:
    """No folder is there for nothing."""
    assert sorted(folder.name for folder in SHOTS.iterdir()) == sorted(WRONG)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(SMALL.encode("utf-16"), "is not UTF-8 text: save it as UTF-8", id="UTF-16"),
        pytest.param(SMALL.encode() + b"# \xe9t\xe9", "is not UTF-8 text: save", id="Latin-1"),
        pytest.param(b"", "is empty: remove it", id="empty"),
        pytest.param(b"\xef\xbb\xbf\n  \n", "is empty: remove it", id="only a mark"),
        pytest.param(
            SMALL.encode() + b"[crop]\nleft.a = 1\n[crop.left]\n",
            "has one table in two ways of writing: keep one",
            id="a table in two ways",
        ),
        pytest.param(
            SMALL.encode() + b"[made.x.settings]\n[made.x]\n[crop]\n[made.y]\n[made.x.settings]\n",
            "settings: is there twice: keep one",
            id="a table in three pieces, one of them twice",
        ),
        pytest.param(
            SMALL.encode() + b"[crop]\nleft = [1,\n\n\n",
            "line 13: left = [1, is not TOML: write key",
            id="nothing after it",
        ),
        pytest.param(
            SMALL.encode() + b'[crop]\n\n\n"', 'line 15: " is not TOML: write key', id="cut short"
        ),
    ],
)
def test_load_refuses_bytes_that_are_no_manifest(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    """What an editor, a copy or a disk may leave."""
    (tmp_path / "shot.toml").write_bytes(content)

    with pytest.raises(ShotError, match=re.escape(sentence)):
        Shot.load(tmp_path)


def test_load_names_a_folder_that_is_none(tmp_path: Path) -> None:
    """Nowhere, a folder without a shot, the manifest itself, a manifest that is a folder."""
    file = write_manifest(tmp_path / "shot", SMALL) / "shot.toml"
    (tmp_path / "odd" / "shot.toml").mkdir(parents=True)

    with pytest.raises(ShotError, match="there is no shot here: run `chromaresolve new` to make"):
        Shot.load(tmp_path / "nowhere")
    with pytest.raises(ShotError, match="there is no shot here"):
        Shot.load(tmp_path)
    with pytest.raises(ShotError, match=r"'shot.toml' is not a folder: give the folder that holds"):
        Shot.load(file)
    with pytest.raises(ShotError, match="cannot be read: Is a directory: look whether it is a fi"):
        Shot.load(tmp_path / "odd")


@given(
    place=st.integers(0, len(COMMENTED)),
    lost=st.integers(0, 30),
    typed=st.one_of(st.sampled_from(SLIPS), st.text(max_size=3)),
)
@settings(deadline=None)
def test_load_never_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, place: int, lost: int, typed: str
) -> None:
    """A slip of the hand anywhere: the shot, or one line that says what is wrong."""
    text = COMMENTED[:place] + typed + COMMENTED[place + lost :]
    root = tmp_path_factory.getbasetemp() / "slips"
    root.mkdir(exist_ok=True)
    (root / "shot.toml").write_bytes(text.encode("utf-8", "replace"))

    said = "one line"
    try:
        Shot.load(root)
    except ShotError as error:
        said = str(error)
    assert len(said.splitlines()) == 1
    assert "pydantic" not in said


@pytest.mark.parametrize("folder", [name for name in WRONG if not name.startswith("toml-")])
def test_schema_refuses_what_does_not_load(folder: str) -> None:
    """Editors underline every mistake that a schema can see, before the program is run."""
    content = tomllib.loads(read_manifest(SHOTS / folder))
    valid = jsonschema.Draft202012Validator(json.loads(manifest_schema())).is_valid(content)

    assert valid == (folder in BEYOND_A_SCHEMA)
