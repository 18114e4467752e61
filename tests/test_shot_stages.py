"""Staleness: what a stage was made from is looked at again, and what differs is named."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from chromaresolve.errors import ShotError, UsageError
from chromaresolve.shot import (
    STAGES,
    Pair,
    Shot,
    content_fingerprint,
    file_key,
    fingerprint,
    fingerprints,
    measured,
    out_of_date,
    outputs,
    require,
    stage_named,
    stages,
    table_key,
)
from manifests import SMALL, write_manifest

MANUAL = Path(__file__).parents[1] / "docs" / "manifest.md"
"""Where people read what these sentences mean."""

PLATE = "plates/SH010_BAL_0004.exr"
ALIGNED = "alignment/reference_0004.exr"
CHECKPOINT = "training/checkpoints/step_00000100.safetensors"
MODEL = "model.onnx"

STALE_ALIGNMENT = (
    "alignment, and alignment was made from pairs that changed since: run `chromaresolve align`"
)

CHAIN = {
    "pairs": ([table_key("source"), table_key("reference")], []),
    "alignment": ([table_key("pair"), table_key("crop"), f"file:{PLATE}"], [ALIGNED]),
    "training": (
        [table_key("pair"), table_key("training"), f"file:{PLATE}", f"file:{ALIGNED}"],
        [CHECKPOINT],
    ),
    "model": ([f"file:{CHECKPOINT}"], [MODEL]),
    "recovery": ([f"file:{MODEL}", table_key("recovery")], []),
}
"""By stage: what it is made from and what it makes, as the rooms do."""


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A shot that went through every stage; its files are not pictures, and need not be."""
    text = f"{SMALL}\n[[pair]]\nsource = 4\nreference = 4\n\n[[pair]]\nsource = 9\nreference = 9\n"
    shot = Shot.load(write_manifest(tmp_path / "SH010", text))
    touch(shot, PLATE)
    for name in CHAIN:
        shot = run(shot, name)
    return shot


def touch(shot: Shot, name: str, content: str = "first") -> None:
    """Write a file of the shot."""
    path = shot.path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def run(shot: Shot, name: str) -> Shot:
    """Do what a stage does: read what it needs, write its files, say so in the manifest."""
    inputs, made = CHAIN[name]
    known = fingerprints(shot, inputs)
    for file in made:
        touch(shot, file, content_fingerprint(known))
    files = outputs(shot, [shot.path(file) for file in made])
    return shot.with_made(name, settings={}, inputs=known, outputs=files, measured={})


def edit(shot: Shot, before: str, after: str) -> Shot:
    """Change the manifest as the artist does, in an editor."""
    text = shot.file.read_text(encoding="utf-8")
    assert before in text
    shot.file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return Shot.load(shot.root)


def test_nothing_is_out_of_date_after_every_stage(shot: Shot) -> None:
    """What was just made holds, also for whoever reads the file again."""
    for name in CHAIN:
        assert out_of_date(shot, name) == ()
        assert out_of_date(Shot.load(shot.root), name) == ()
        require(shot, name, needed_for="a test")


def test_changed_pairs_name_training_and_its_command(shot: Shot) -> None:
    """The sentence of the manual, first of its reasons; the alignment it rests on is named too."""
    shot = edit(shot, "source = 4", "source = 5")

    assert out_of_date(shot, "training") == (
        "training was made from pairs that changed since: run `chromaresolve train`",
        f"training rests on {STALE_ALIGNMENT}",
    )
    shot = run(shot, "alignment")
    assert out_of_date(shot, "alignment") == ()
    assert out_of_date(shot, "training") == (
        "training was made from pairs and alignment that changed since: run `chromaresolve train`",
    )
    assert out_of_date(run(shot, "training"), "training") == ()


def test_changed_plate_is_named_by_its_path(shot: Shot) -> None:
    """A plate that was exported again is no table and no stage's: its file is named."""
    touch(shot, PLATE, "exported again")

    assert out_of_date(shot, "alignment") == (
        f"alignment was made from {PLATE} that changed since: run `chromaresolve align`",
    )


def test_deleted_plate_is_a_change(shot: Shot) -> None:
    """What is gone is not what it was."""
    shot.path(PLATE).unlink()

    assert out_of_date(shot, "alignment")[0].startswith(f"alignment was made from {PLATE} that ch")


def test_mended_result_makes_what_follows_out_of_date(shot: Shot) -> None:
    """An aligned Reference retouched by hand stands; the training made from it does not."""
    touch(shot, ALIGNED, "retouched")

    assert out_of_date(shot, "alignment") == ()
    assert out_of_date(shot, "training") == (
        "training was made from alignment that changed since: run `chromaresolve train`",
    )


def test_deleted_result_is_named(shot: Shot) -> None:
    """The file, the stage it was of, and how to have it again."""
    shot.path(MODEL).unlink()

    gone = "model.onnx of the model is gone: run `chromaresolve export`"
    assert out_of_date(shot, "model") == (gone,)
    assert out_of_date(shot, "recovery") == (
        "recovery was made from model that changed since: run `chromaresolve recover`",
        f"recovery rests on model, and {gone}",
    )


def test_result_that_is_made_again_alike_changes_nothing(shot: Shot) -> None:
    """Aligning again with the same outcome does not ask for a new training."""
    for name in ("pairs", "alignment"):
        shot = run(shot, name)

    assert out_of_date(shot, "recovery") == ()


def test_reasons_come_from_every_stage_back(shot: Shot) -> None:
    """A recovery rests on all that came before it, and says so in sentences of one link each."""
    shot = edit(shot, "[reference]\n", "[reference]\noffset = 2\n")

    own = "pairs were made from [reference] settings that changed since: run `chromaresolve pairs`"
    assert out_of_date(shot, "recovery") == (f"recovery rests on pairs, and {own}",)
    assert out_of_date(shot, "pairs") == (own,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("source = 4\n", "source = 4 # her eyes are open\n", id="a comment"),
        pytest.param("source = 4\nreference = 4", "reference = 4\nsource = 4", id="order of keys"),
        pytest.param("source = 4\n", "source = 4\nhold_out = false\n", id="a default written"),
        pytest.param("source = 4\n", 'source = 4\nreason = "the kiss"\n', id="a reason"),
        pytest.param("[reference]\n", '[reference]\nnote = "DVD 2003"\n', id="a note"),
        pytest.param("[source]\n", '[source]\nreel = "A001"\n', id="a reel"),
        pytest.param("[source]\n", '[source]\ntimecode = "01:00:00:00"\n', id="a timecode"),
        pytest.param("[[pair]]", "[crop]\n\n[training]\nminutes = 10\n\n[[pair]]", id="defaults"),
    ],
)
def test_words_and_defaults_make_nothing_out_of_date(shot: Shot, before: str, after: str) -> None:
    """A fingerprint is of what changes pixels, not of how it is typed."""
    shot = edit(shot, before, after)

    assert [name for name in CHAIN if out_of_date(shot, name)] == []


@pytest.mark.parametrize(
    ("before", "after", "stale"),
    [
        pytest.param("source = 4\n", "source = 4\nhold_out = true\n", "alignment", id="held out"),
        pytest.param("[[pair]]", "[crop]\nleft = 1\n\n[[pair]]", "alignment", id="crop"),
        pytest.param("[[pair]]", "[training]\nseed = 1\n\n[[pair]]", "training", id="seed"),
        pytest.param("[[pair]]", '[recovery]\ncompression = "piz"\n\n[[pair]]', "recovery", id="c"),
        pytest.param("\n[[pair]]\nsource = 4\nreference = 4\n", "", "alignment", id="one less"),
    ],
)
def test_values_make_their_stage_out_of_date(
    shot: Shot, before: str, after: str, stale: str
) -> None:
    """And no stage before it."""
    shot = edit(shot, before, after)

    names = list(CHAIN)
    assert [bool(out_of_date(shot, name)) for name in names] == [
        names.index(name) >= names.index(stale) for name in names
    ]


def test_order_of_pairs_is_part_of_them(shot: Shot) -> None:
    """Batches are drawn in their order: another order is another training."""
    assert fingerprint(shot, "table:pair") != fingerprint(
        shot.with_pairs(reversed(shot.pair)), "table:pair"
    )


def test_long_lists_are_cut(shot: Shot) -> None:
    """Three names are enough to know what happened."""
    plates = [f"plates/a.{number:04d}.exr" for number in range(1, 7)]
    for plate in plates:
        touch(shot, plate)
    inputs = fingerprints(shot, [f"file:{plate}" for plate in plates])
    shot = shot.with_made("check", settings={}, inputs=inputs, outputs={}, measured={})
    for plate in plates:
        touch(shot, plate, "again")

    names = "plates/a.0001.exr, plates/a.0002.exr, plates/a.0003.exr and 3 more"
    assert out_of_date(shot, "check") == (
        f"check was made from {names} that changed since: run `chromaresolve check`",
    )


def test_what_a_later_version_was_made_from_is_a_change(shot: Shot) -> None:
    """A table this version does not know cannot be what it was."""
    inputs = {"table:degrain": content_fingerprint([])}
    shot = shot.with_made("check", settings={}, inputs=inputs, outputs={}, measured={})

    assert out_of_date(shot, "check") == (
        "check was made from [degrain] settings that changed since: run `chromaresolve check`",
    )


def test_stage_that_was_not_run_is_not_out_of_date(shot: Shot) -> None:
    """There is nothing that could be."""
    assert out_of_date(shot, "report") == ()


def test_require_asks_for_a_stage_that_was_not_run(shot: Shot) -> None:
    """What for, and what to type."""
    with pytest.raises(ShotError) as raised:
        require(shot, "baseline", needed_for="composite")

    assert str(raised.value) == (
        f"{shot.file}: composite needs baseline: run `chromaresolve baseline` first"
    )


def test_require_names_the_farthest_stage_back(shot: Shot) -> None:
    """Training again would only be refused for want of an alignment: that comes first."""
    shot = edit(shot, "source = 4", "source = 5")

    with pytest.raises(ShotError) as raised:
        require(shot, "training", needed_for="export")

    assert str(raised.value) == (f"{shot.file}: training rests on {STALE_ALIGNMENT}")


def test_no_file_is_read_twice_for_one_question(
    shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 4K plate takes a while to read, and several stages are made from it."""
    read: list[str] = []

    def watch(path: Path) -> str:
        read.append(path.name)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(stages, "sha256", watch)

    assert out_of_date(shot, "recovery") == ()
    assert sorted(read) == sorted(Path(name).name for name in (PLATE, ALIGNED, CHECKPOINT, MODEL))


def test_fingerprint_is_sha256(shot: Shot) -> None:
    """Anyone can check it with other tools; what is gone has none."""
    path = shot.path(PLATE)

    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert fingerprint(shot, file_key(shot, path)) == expected
    assert outputs(shot, [path]) == {PLATE: expected}
    assert fingerprint(shot, "file:nowhere.exr") == ""


def test_content_fingerprint_does_not_depend_on_order() -> None:
    """Nor on the machine: this one was computed with other tools."""
    plain = b'{"a":[1,2.5],"b":"x"}'

    assert content_fingerprint({"b": "x", "a": [1, 2.5]}) == hashlib.sha256(plain).hexdigest()
    assert content_fingerprint({"a": [2.5, 1], "b": "x"}) != hashlib.sha256(plain).hexdigest()


def test_measured_numbers_are_short_and_counts_exact() -> None:
    """Six digits say more than any of them is good for; frames are counted to the last."""
    numbers = measured(dE2000=2.3456789, small=1.23456789e-9, frames=1234567, worst=float("inf"))

    assert numbers == {
        "dE2000": 2.34568, "small": 1.23457e-09, "frames": 1234567, "worst": float("inf"),
    }  # fmt: skip


def test_key_that_a_later_version_adds_makes_nothing_out_of_date(shot: Shot) -> None:
    """A table at its defaults is as if it were empty, however many keys it has."""
    assert fingerprint(shot, "table:training") == content_fingerprint([{}])


def test_table_stands_for_every_pixel_changing_key(shot: Shot) -> None:
    """Each [[pair]] key but the reason is part of the fingerprint."""
    before = fingerprint(shot, "table:pair")
    first, second = shot.pair
    for changed in (
        Pair(source=3, reference=4),
        Pair(source=4, reference=3),
        Pair(source=4, reference=4, hold_out=True),
    ):
        assert fingerprint(shot.with_pairs([changed, second]), "table:pair") != before
    assert fingerprint(shot.with_pairs([first, second]), "table:pair") == before


def test_stages_are_in_an_order_that_can_be_followed() -> None:
    """Every stage comes after those it needs, and each name and command is there once."""
    names = [stage.name for stage in STAGES]

    assert len(set(names)) == len({stage.command for stage in STAGES}) == len(STAGES)
    for place, stage in enumerate(STAGES):
        assert set(stage.needs) <= set(names[:place])
        assert stage_named(stage.name) is stage


def test_unknown_stage_is_refused_with_those_there_are() -> None:
    """A slip in a name is bad usage, not a traceback."""
    with pytest.raises(UsageError, match="'train' is not a stage: the stages are check, balance"):
        stage_named("train")


def test_manual_shows_the_sentences_that_are_said(shot: Shot) -> None:
    """What the manual quotes is what the program says."""
    manual = MANUAL.read_text(encoding="utf-8")
    quoted = re.findall(r"\| `` (.+?) `` \|", manual)
    pairs = edit(shot, "source = 4", "source = 5")
    said = [*out_of_date(pairs, "training"), *out_of_date(pairs, "model")]
    crop = edit(edit(pairs, "source = 5", "source = 4"), "[[pair]]", "[crop]\nleft = 1\n[[pair]]")
    said += out_of_date(crop, "alignment")
    shot = edit(crop, "[crop]\nleft = 1\n", "")
    shot.path(MODEL).unlink()
    touch(shot, PLATE, "exported again")
    said += [*out_of_date(shot, "alignment"), *out_of_date(shot, "model")]

    assert len(quoted) == 5
    assert set(quoted) <= set(said)
