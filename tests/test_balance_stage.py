"""The balance stage: one balance for the shot, written for Resolve, its plates on disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.balance import apply_dye_balance, balance, load_balance
from chromaresolve.balance.cube import ForAces
from chromaresolve.bridge.pre_balance import load_balance as load_in_resolve
from chromaresolve.colour import convert
from chromaresolve.cube import read_cube, write_cube
from chromaresolve.errors import ChromaresolveError, ColourError, FrameError, StageError
from chromaresolve.fade import MODERATE, SEVERE, Retention, negative_frame
from chromaresolve.frames import Sequence as Frames
from chromaresolve.frames import read_header, read_rgb, write_rgb
from chromaresolve.shaders import lint, read_shader
from chromaresolve.shot import FrameRange, Shot, create, out_of_date
from chromaresolve.workflow import bring_up_to_date
from small_pictures import HEIGHT, WIDTH, Picture, fresh, scanned
from tiny import quiet, still

HALF = 2.0**-10
"""What a half float may be off: it keeps eleven bits."""

PLATE, REFERENCE = "plates/SMALL_SOURCE_{:04d}.exr", "plates/SMALL_REF_{:04d}.exr"
"""Where a small shot's frames lie."""


def pan(number: int) -> Picture:
    """A frame of the small shot, unfaded."""
    return np.ascontiguousarray(np.roll(fresh("still life"), 7 * number, axis=1))


def write_small_shot(
    root: Path, retentions: Sequence[Retention], *, tables: str = "[balance]\n"
) -> Shot:
    """Write a faded scan of a few small frames with a Reference, and the shot of them."""
    for number, retention in enumerate(retentions, start=1):
        write_rgb(root / PLATE.format(number), scanned(pan(number), retention, frame=number))
        write_rgb(root / REFERENCE.format(number), pan(number))
    create(
        root,
        scan="plates/SMALL_SOURCE_####.exr",
        reference="plates/SMALL_REF_####.exr",
        frames=FrameRange.parse(f"1-{len(retentions)}"),
        film="Small",
    )
    return stating(root, tables)


def stating(root: Path, tables: str) -> Shot:
    """Write more tables into a manifest, in place of those of the same name."""
    file = root / "shot.toml"
    kept, skipping = [], False
    names = [line for line in tables.splitlines() if line.startswith("[")]
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            skipping = line in names
        if not skipping:
            kept.append(line)
    file.write_text("\n".join([*kept, "", tables]) + "\n", encoding="utf-8")
    return Shot.load(root)


def saying(root: Path, key: str, value: str) -> Shot:
    """Write a key under `[source]`."""
    file = root / "shot.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[source]\n", f"[source]\n{key} = {value}\n"), encoding="utf-8")
    return Shot.load(root)


@pytest.fixture(scope="module")
def small_shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shot of two severely faded frames, as it is handed over. Copy it before changing it."""
    root = tmp_path_factory.mktemp("balance") / "small"
    return write_small_shot(
        root, [SEVERE, SEVERE], tables="[balance]\nuse_reference = false\n"
    ).root


TOLD: list[str] = []
"""What was said while the balanced shot was made."""


@pytest.fixture(scope="module")
def balanced_shot(small_shot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same shot balanced, with plates, shader and LUTs. Copy it before changing it."""
    root = Path(shutil.copytree(small_shot, tmp_path_factory.mktemp("balanced") / "small"))
    TOLD.clear()
    balance(Shot.load(root), plates=True, dctl=True, say=TOLD.append, on_progress=still)
    return root


@pytest.fixture(autouse=True)
def small_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write tiny sheets and LUTs: `balanced_shot` has true ones, and they take their time."""
    monkeypatch.setattr(
        "chromaresolve.balance.evidence.draw_evidence",
        lambda *_pictures, **_words: np.zeros((2, 2, 3), np.float32),
    )
    monkeypatch.setattr(
        "chromaresolve.balance.handover.write_cube",
        lambda path, transform, **settings: write_cube(path, transform, **settings | {"size": 5}),
    )


def balanced(root: Path, *, plates: bool = False, dctl: bool = False) -> Shot:
    """Balance the shot in the folder."""
    return balance(Shot.load(root), plates=plates, dctl=dctl, say=quiet, on_progress=still)


def test_balance_writes_plates_and_names_them(balanced_shot: Path) -> None:
    """Every frame has its balanced plate, and it is what the network sees from now on."""
    shot = Shot.load(balanced_shot)

    assert shot.source.plate == "plates/small_BAL_####.exr"
    assert shot.source.luma_plate == shot.source.plate
    assert Frames.find(shot.source.plate, shot.root).frames == (1, 2)


@pytest.mark.parametrize("number", [1, 2])
def test_plates_are_the_recorded_balance_of_the_scan(balanced_shot: Path, number: int) -> None:
    """What balance.json says was done to every frame is what was done, so that nothing flickers."""
    recorded = load_balance(Shot.load(balanced_shot))
    scan = read_rgb(balanced_shot / PLATE.format(number))

    expected = apply_dye_balance(scan, recorded)

    plate = read_rgb(balanced_shot / f"plates/small_BAL_{number:04d}.exr")
    np.testing.assert_allclose(plate, expected, rtol=HALF, atol=1e-5)


def test_plates_keep_the_scans_header(balanced_shot: Path) -> None:
    """A balanced plate carries what its scan carried, and the recipe."""
    scan = read_header(balanced_shot / PLATE.format(1))
    plate = read_header(balanced_shot / "plates/small_BAL_0001.exr")

    assert scan.attributes.items() <= plate.attributes.items()


def test_balance_is_said(balanced_shot: Path) -> None:
    """Where it was measured, what is left of each dye and how sure that is; nothing twice."""
    assert TOLD[0] == (
        "density is measured in the plate's own light: the plates are display values"
    )
    said = Shot.load(balanced_shot).made["balance"]
    record = json.loads((balanced_shot / "balance.json").read_text(encoding="utf-8"))
    assert TOLD[1].startswith(f"{record['diagnosis']} (give or take cyan ")
    assert len(set(TOLD)) == len(TOLD)
    assert said.measured["retention_cyan"] == pytest.approx(SEVERE.cyan, abs=0.05)


def test_record_has_what_was_found(balanced_shot: Path) -> None:
    """The file has the balance, how sure it is, and what was noted: numbers, names and files."""
    record = json.loads((balanced_shot / "balance.json").read_text(encoding="utf-8"))

    assert (record["version"], record["shot"], record["encoding"]) == (1, "small", "gamma24")
    assert set(record["deviation"]) == {"cyan", "magenta", "yellow"}
    assert set(record["burnt_out"]) == {"red", "green", "blue"}
    assert record["grain_growth"] > 0
    assert record["drift"] == record["spoke"] == []
    for key in ("dctl", "cube", "aces_cube", "evidence"):
        assert (balanced_shot / record[key]).is_file(), key


def test_resolve_reads_what_the_stage_writes(balanced_shot: Path) -> None:
    """The bridge finds shader and LUTs, what they work on, and the diagnosis."""
    found = load_in_resolve(balanced_shot, "small")

    record = json.loads((balanced_shot / "balance.json").read_text(encoding="utf-8"))
    assert (found.encoding, found.diagnosis) == ("gamma24", record["diagnosis"])
    luts = (found.dctl, found.cube, found.aces_cube)
    for lut, key in zip(luts, ("dctl", "cube", "aces_cube"), strict=True):
        assert lut is not None
        assert lut.file == balanced_shot / record[key]
        assert lut.content == lut.file.read_bytes()


def test_resolve_reads_a_scenes_balance(small_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Measured in the scene there is no LUT for display values, and none is missed."""
    root = copied(small_shot)
    stating(root, '[balance]\nuse_reference = false\ndensity = "scene"\n')

    balanced(root, dctl=True)

    found = load_in_resolve(root, "small")
    assert found.encoding == "acescct"
    assert found.dctl is not None
    assert found.cube is not None
    assert found.aces_cube is None


def test_shaders_defaults_are_the_balance(balanced_shot: Path) -> None:
    """The shot's own shader needs no slider: read back, its defaults are the solved values."""
    shot = Shot.load(balanced_shot)
    record = load_balance(shot)
    file = balanced_shot / "balance/ChromaResolve PreBalance small.dctl"

    shader = read_shader(file)

    defaults = {control.name: control.default for control in shader.controls}
    for name, value in record.to_controls().items():
        assert defaults[name] == pytest.approx(value, rel=1e-6, abs=1e-7), name
    assert lint(shader.text, file.name) == ()
    assert "small: solved by ChromaResolve" in shader.text


def test_luts_are_the_balance(balanced_shot: Path) -> None:
    """At their nodes the two .cube files are the transform, in gamma 2.4 and in ACEScct."""
    record = load_balance(Shot.load(balanced_shot))
    stem = balanced_shot / "balance/ChromaResolve PreBalance small"
    for name, transform in (
        (f"{stem}.cube", record.apply),
        (f"{stem} ACEScct.cube", ForAces(record).apply),
    ):
        cube = read_cube(Path(name))
        places = np.array([[20, 30, 40], [40, 25, 31], [64, 64, 64]])
        nodes = cube.lower + places / (len(cube.table) - 1) * (cube.upper - cube.lower)
        values = cube.table[tuple(places.T)]
        np.testing.assert_allclose(values, transform(nodes.astype(np.float32)), atol=2e-4)


def test_evidence_is_a_picture(balanced_shot: Path) -> None:
    """Before and after with scopes, on a sheet as wide as a screen."""
    sheet = read_rgb(balanced_shot / "balance/small_balance.png")

    assert sheet.shape[1] == 1920
    assert sheet.std() > 0.05


def test_second_run_keeps_the_plates(balanced_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The same balance again writes nothing; a plate that is gone comes back."""
    root = copied(balanced_shot)
    first, second = (root / f"plates/small_BAL_{number:04d}.exr" for number in (1, 2))
    written = second.stat().st_mtime_ns
    first.unlink()

    balanced(root, plates=True)

    assert second.stat().st_mtime_ns == written
    assert first.is_file()


def test_changed_settings_remake_what_was_made(
    balanced_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """Plates, shader and LUT that were asked for once follow the balance: no old one stays."""
    root = copied(balanced_shot)
    shader = root / "balance/ChromaResolve PreBalance small.dctl"
    before = shader.read_text(encoding="utf-8")
    stating(root, "[balance]\nuse_reference = false\nprinter = [0.0, 0.0, 4.0]\n")
    assert "[balance] settings that changed since" in out_of_date(Shot.load(root), "balance")[0]

    shot = balanced(root)

    assert shot.made["balance"].settings == {"density": "gamma24", "plates": True, "dctl": True}
    assert shader.read_text(encoding="utf-8") != before
    expected = apply_dye_balance(read_rgb(root / PLATE.format(1)), load_balance(shot))
    plate = read_rgb(root / "plates/small_BAL_0001.exr")
    np.testing.assert_allclose(plate, expected, rtol=HALF, atol=1e-5)
    assert load_balance(shot).printer == (0.0, 0.0, 4.0)
    assert not out_of_date(shot, "balance")


def test_plates_that_the_shot_no_longer_uses_are_not_remade(
    balanced_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """An artist who took `balanced` out of the manifest wants the scan: it stays out."""
    root = copied(balanced_shot)
    manifest = root / "shot.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('balanced = "plates/small_BAL_####.exr"\n', ""), "utf-8")

    shot = balanced(root)

    assert shot.source.balanced is None
    assert shot.made["balance"].settings["plates"] is False


def test_diagnosis_alone_changes_no_plate(small_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Without `--plates` and `--dctl` the balance is only measured, and shown."""
    shot = balanced(copied(small_shot))

    assert shot.source.balanced is None
    made = shot.made["balance"]
    assert made.settings == {"density": "gamma24", "plates": False, "dctl": False}
    assert made.measured["retention_magenta"] == pytest.approx(SEVERE.magenta, abs=0.05)
    assert set(made.outputs) == {"balance.json", "balance/small_balance.png"}
    assert not list((shot.root / "plates").glob("*_BAL_*"))


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "scan": (
        lambda root: (root / PLATE.format(1)).write_bytes(b"another export"),
        "SMALL_SOURCE_0001.exr",
    ),
    "Reference": (
        lambda root: (root / REFERENCE.format(2)).write_bytes(b"another export"),
        "SMALL_REF_0002.exr",
    ),
    "offset": (
        lambda root: stating(
            root, '[reference]\nsequence = "plates/SMALL_REF_####.exr"\noffset = 1\n'
        ),
        "[reference] offset",
    ),
    "table": (lambda root: stating(root, "[balance]\nknee = 0.2\n"), "[balance] settings"),
    "crop": (lambda root: stating(root, "[crop]\nleft = 8\n"), "[crop] settings"),
    "encoding": (
        lambda root: stating(root, '[colour]\nencoding = "ACEScct"\n'),
        "[colour] encoding",
    ),
    "negative": (lambda root: saying(root, "negative", "false"), "[source] negative"),
}
"""What changes, and what is named."""


@pytest.fixture(scope="module")
def asked_shot(small_shot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shot balanced with its Reference asked. Copy it before changing it."""
    root = Path(shutil.copytree(small_shot, tmp_path_factory.mktemp("asked") / "small"))
    stating(root, "[balance]\n")
    return balanced(root).root


@pytest.mark.parametrize(("change", "named"), CHANGES.values(), ids=CHANGES.keys())
def test_change_is_noticed(
    asked_shot: Path,
    copied: Callable[[Path], Path],
    change: Callable[[Path], object],
    named: str,
) -> None:
    """Whatever the balance was made from makes it out of date when it changes, by name."""
    root = copied(asked_shot)
    assert not out_of_date(Shot.load(root), "balance")

    change(root)

    assert named in out_of_date(Shot.load(root), "balance")[0]


def test_reference_is_asked(asked_shot: Path) -> None:
    """The record says who spoke, and the answer is the nearer for it."""
    record = json.loads((asked_shot / "balance.json").read_text(encoding="utf-8"))

    assert record["spoke"] == ["the Reference"]
    assert record["balance"]["retention_cyan"] == pytest.approx(SEVERE.cyan, abs=0.02)


def sample(frame: int, x: int, y: int) -> str:
    """A manifest's neutral place."""
    return f"[balance]\n[[balance.sample]]\nframe = {frame}\nx = {x}\ny = {y}\n"


REFUSED: dict[str, tuple[str, str]] = {
    "sample outside": (
        sample(1, WIDTH, 20),
        (
            f"balance.sample 1: ({WIDTH}, 20) is outside the frame of {WIDTH} x {HEIGHT}: "
            "give a place inside"
        ),
    ),
    "sample below": (
        sample(2, 20, 5 * HEIGHT),
        (
            f"balance.sample 1: (20, {5 * HEIGHT}) is outside the frame of {WIDTH} x {HEIGHT}: "
            "give a place inside"
        ),
    ),
    "sample of no frame": (
        sample(77, 20, 20),
        "balance.sample 1: frame 77 is not there: give another",
    ),
    "crop of everything": (
        "[crop]\nleft = 200\nright = 100\n",
        f"[crop] leaves nothing of {WIDTH} x {HEIGHT}: make it smaller",
    ),
    "crop of nearly everything": (
        f"[crop]\nleft = {WIDTH - 4}\ntop = {HEIGHT - 4}\n",
        "the frames are black, or nearly nothing is left of them: give frames with a picture",
    ),
    "frames that are not there": (
        '[shot]\nname = "small"\nframes = "900-910"\n',
        (
            "no frame of 900-910 is in plates/SMALL_SOURCE_####.exr (1-2): set [shot] frames, or "
            "name other plates"
        ),
    ),
    "too little to show": (
        "[balance]\nretention = [0.01, 0.9, 0.5]\n",
        (
            "[balance] does not fit the shader's controls: ChromaResolve PreBalance: cyan: 0.01 is "
            "out of range: give 0.02 to 1.0"
        ),
    ),
}
"""What the manifest says, and what is said of it."""


@pytest.mark.parametrize(("tables", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_messages_say_where_what_and_what_to_do(
    small_shot: Path, copied: Callable[[Path], Path], tables: str, sentence: str
) -> None:
    """The manifest, what is wrong in it, and what to do, on one line; nothing is written."""
    root = copied(small_shot)
    stating(root, tables)

    with pytest.raises(StageError) as caught:
        balanced(root, dctl=True)

    assert str(caught.value) == f"{root / 'shot.toml'}: {sentence}"
    assert not (root / "balance.json").exists()
    assert "balance" not in Shot.load(root).made


def write_plates(root: Path, make: Callable[[int], Picture]) -> None:
    """Write other plates in place of the shot's."""
    for number in (1, 2):
        write_rgb(root / PLATE.format(number), make(number))


PICTURES: dict[str, tuple[Callable[[int], Picture], str]] = {
    "black": (lambda _: np.zeros((HEIGHT, WIDTH, 3), np.float32), "the frames are black"),
    "one tint": (
        lambda n: scanned(np.repeat(pan(n).mean(2, keepdims=True), 3, 2), SEVERE),
        "the picture is nearly of one tint",
    ),
    "negative": (lambda n: negative_frame(pan(n)), "this looks like a colour negative"),
    "one hue": (lambda _: scanned(fresh("valley"), SEVERE), "no neutral is seen"),
}
"""Plates that tell nothing, and what is said of them."""


@pytest.mark.parametrize(("make", "sentence"), PICTURES.values(), ids=PICTURES.keys())
def test_refused_picture_names_the_shot(
    small_shot: Path,
    copied: Callable[[Path], Path],
    make: Callable[[int], Picture],
    sentence: str,
) -> None:
    """A picture that does not tell is refused in the shot's name, in one line."""
    root = copied(small_shot)
    write_plates(root, make)

    with pytest.raises(StageError) as caught:
        balanced(root)

    assert str(caught.value).startswith(f"{root / 'shot.toml'}: {sentence}")
    assert "\n" not in str(caught.value)


def test_neutral_place_speaks(small_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A place on the grey wall, given in pixels of the scan: heard, and said."""
    root = copied(small_shot)
    stating(root, sample(1, 60, 20) + 'size = 24\nkind = "grey"\n')

    balanced(root)

    record = json.loads((root / "balance.json").read_text(encoding="utf-8"))
    assert record["spoke"][0] == "1 neutral sample(s)"


def test_stated_negative_becomes_a_positive(
    small_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """`negative = true` in the manifest: light where the scan is dark, and said to be measured."""
    root = copied(small_shot)
    write_plates(root, lambda number: negative_frame(pan(number)))
    saying(root, "negative", "true")

    shot = balanced(root, plates=True)

    plate, original = read_rgb(root / "plates/small_BAL_0001.exr"), pan(1)
    assert np.corrcoef(plate[..., 1].ravel(), original[..., 1].ravel())[0, 1] > 0.95
    assert load_balance(shot).contrast < 0


def test_only_the_shots_own_frames_are_looked_at(
    small_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """A scan may hold the neighbours' frames too, of another film even: they say nothing."""
    root = copied(small_shot)
    for number in range(3, 9):
        write_rgb(root / PLATE.format(number), scanned(fresh("valley"), MODERATE))

    shot = balanced(root)

    assert shot.made["balance"].measured["retention_cyan"] == pytest.approx(SEVERE.cyan, abs=0.05)
    assert not [name for name in shot.made["balance"].inputs if "0005" in name]


def test_plates_with_resolves_eight_digits_are_found(
    small_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """`####` means four digits or more, in the plates that are balanced as well."""
    root = copied(small_shot)
    for number in (1, 2):
        short = root / PLATE.format(number)
        short.rename(short.with_name(f"SMALL_SOURCE_{number:08d}.exr"))

    shot = balanced(root, plates=True)

    assert Frames.find(shot.source.plate, root).frames == (1, 2)


def test_log_plates_are_balanced_in_scene_light(
    small_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """Another encoding of the same plates: density is the scene's, and they stay what they are."""
    root = copied(small_shot)
    for number in (1, 2):
        shown = scanned(pan(number), MODERATE)
        log = convert(np.clip(shown, 0, 1), from_space="display", to_space="ACEScct")
        write_rgb(root / PLATE.format(number), log)
    stating(root, '[colour]\nencoding = "ACEScct"\n')

    shot = balanced(root, plates=True)

    assert shot.made["balance"].settings["density"] == "acescct"
    scan, plate = (read_rgb(root / name) for name in (PLATE.format(1), "plates/small_BAL_0001.exr"))
    # Through the output transform's light and back: the node's own way is the shorter.
    np.testing.assert_allclose(plate, load_balance(shot).apply(scan), atol=2e-3)


def test_unknown_encoding_is_refused(small_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A space that no config has is named: its density is not guessed."""
    root = copied(small_shot)
    stating(root, '[colour]\nencoding = "Pink Log"\n')

    with pytest.raises(ColourError, match="Pink Log"):
        balanced(root)


def give_master(root: Path, *, width: int = WIDTH) -> None:
    """Write ACES originals behind the plates, and name them."""
    for number in (1, 2):
        shown = np.clip(read_rgb(root / PLATE.format(number)), 0, 1)[:, :width]
        aces = convert(shown, from_space="display", to_space="ACES2065-1")
        write_rgb(root / f"master/SMALL_ACES_{number:04d}.exr", aces)
    saying(root, "master", '"master/SMALL_ACES_####.exr"')


def test_aces_original_is_what_is_measured_and_balanced(
    small_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """With a master the plates come through it: density is the scene's, and it is an input."""
    root = copied(small_shot)
    write_plates(root, lambda number: scanned(pan(number), MODERATE))
    give_master(root)

    shot = balanced(root, plates=True)

    assert shot.made["balance"].settings["density"] == "acescct"
    assert "file:master/SMALL_ACES_0001.exr" in shot.made["balance"].inputs
    scene = convert(
        read_rgb(root / "master/SMALL_ACES_0001.exr"), from_space="ACES2065-1", to_space="ACEScct"
    )
    shown = convert(load_balance(shot).apply(scene), from_space="ACEScct", to_space="display")
    plate = read_rgb(root / "plates/small_BAL_0001.exr")
    np.testing.assert_allclose(plate, shown, atol=3e-3)


def test_master_of_another_size_is_named(small_shot: Path, copied: Callable[[Path], Path]) -> None:
    """An original that does not lie on its plate is no original of it."""
    root = copied(small_shot)
    write_plates(root, lambda number: scanned(pan(number), MODERATE))
    give_master(root, width=WIDTH - 8)
    told: list[str] = []

    with pytest.raises(StageError, match="could not be balanced"):
        balance(Shot.load(root), plates=True, say=told.append, on_progress=still)

    size = f"is {WIDTH - 8} x {HEIGHT}, its plate {WIDTH} x {HEIGHT}: export both at one size"
    assert any(line.endswith(size) for line in told)


def test_drift_is_said_and_written(tmp_path: Path) -> None:
    """A reel that fades on from end to end: both ends in the record, and plates that follow."""
    path = [
        Retention(cyan=0.5 * 0.83**n, magenta=0.93 * 0.99**n, yellow=0.75 * 0.94**n)
        for n in range(6)
    ]
    root = tmp_path / "small"
    write_small_shot(root, path, tables="[balance]\nuse_reference = false\ndrift = true\n")
    told: list[str] = []

    shot = balance(Shot.load(root), plates=True, say=told.append, on_progress=still)

    record = json.loads((root / "balance.json").read_text(encoding="utf-8"))
    early, late = record["drift"]
    assert (early["frame"], late["frame"]) == (2, 5)
    assert early["retention_cyan"] > late["retention_cyan"] + 0.1
    assert any(line.startswith("the reel drifts: cyan ") for line in told)
    whole = apply_dye_balance(read_rgb(root / PLATE.format(1)), load_balance(shot))
    plate = read_rgb(root / "plates/small_BAL_0001.exr")
    assert np.abs(plate - whole).mean() > 0.005, "the first frame has a balance of its own"


def test_half_a_reel_that_does_not_tell_is_named(
    small_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """Where drift is asked for and one half shows nothing: which, and that it is the drift."""
    root = copied(small_shot)
    for number in range(3, 7):
        black = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        write_rgb(root / PLATE.format(number), black if number > 3 else pan(number))
    stating(root, '[shot]\nname = "small"\nframes = "1-6"\n')
    stating(root, "[balance]\nuse_reference = false\ndrift = true\nretention = [0.2, 0.9, 0.5]\n")

    with pytest.raises(StageError, match=r"shot.toml: \[balance\] drift: frames 4-6: the frames"):
        balanced(root)


BROKEN = {
    "absent": None,
    "cut short": b"{",
    "no text": b"\xff",
    "a list": b"[]",
    "empty": b"{}",
    "no balance": b'{"balance": []}',
    "a number": b'{"balance": 3}',
    "a balance without numbers": b'{"balance": {}}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_broken_record_is_said(tmp_path: Path, content: bytes | None) -> None:
    """Whatever stands in balance.json, the answer is a sentence with the command that mends it."""
    root = tmp_path / "small"
    write_rgb(root / PLATE.format(1), pan(1))
    write_rgb(root / REFERENCE.format(1), pan(1))
    shot = create(
        root,
        scan="plates/SMALL_SOURCE_####.exr",
        reference="plates/SMALL_REF_####.exr",
        frames=FrameRange.parse("1-1"),
        film="Small",
    )
    if content is not None:
        (root / "balance.json").write_bytes(content)

    with pytest.raises(StageError, match="run `chromaresolve balance`"):
        load_balance(shot)


def run_stages(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run the workflow with every stage but the balance left out; return those that were due."""
    from chromaresolve.workflow import running

    due: list[str] = []
    real = running._run

    def note(shot: Shot, name: str, *rest: object) -> Shot:
        due.append(name)
        return real(shot, name, *rest) if name == "balance" else shot  # type: ignore[arg-type]

    monkeypatch.setattr("chromaresolve.workflow.running._run", note)
    bring_up_to_date(Shot.load(root), say=quiet, on_progress=still)
    return due


def test_run_balances_what_nobody_balanced(
    small_shot: Path, copied: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run` writes the balanced plates before it chooses pairs, and not again."""
    root = copied(small_shot)

    due = run_stages(root, monkeypatch)

    assert due.index("balance") < due.index("pairs")
    assert Shot.load(root).source.plate == "plates/small_BAL_####.exr"
    assert "balance" not in run_stages(root, monkeypatch)


def test_run_leaves_the_artists_plates_alone(
    small_shot: Path, copied: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plates balanced elsewhere are what the network sees, also after a diagnosis of the scan."""
    root = copied(small_shot)
    saying(root, "balanced", '"plates/SMALL_REF_####.exr"')

    assert "balance" not in run_stages(root, monkeypatch)
    shot = balanced(root)

    assert shot.source.plate == "plates/SMALL_REF_####.exr"
    assert "balance" not in run_stages(root, monkeypatch)


def test_run_stops_where_the_balance_is_refused(
    small_shot: Path, copied: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason ends the run, and the way out that it names gets past: the scan as it is."""
    root = copied(small_shot)
    write_plates(root, lambda _: scanned(fresh("valley"), SEVERE))

    with pytest.raises(ChromaresolveError, match="or amount = 0 to leave the balance out"):
        run_stages(root, monkeypatch)

    stating(root, "[balance]\nuse_reference = false\namount = 0.0\n")
    assert "pairs" in run_stages(root, monkeypatch)
    plate, scan = (read_rgb(root / name) for name in ("plates/small_BAL_0001.exr", PLATE.format(1)))
    np.testing.assert_allclose(plate, scan, rtol=HALF, atol=1e-5)


def test_missing_reference_is_named(small_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A Reference that is to be asked and is not there stops the stage by name."""
    root = copied(small_shot)
    stating(root, "[balance]\n")
    for frame in (root / "plates").glob("SMALL_REF_*"):
        frame.unlink()

    with pytest.raises(FrameError, match="SMALL_REF_####"):
        balanced(root)


def test_frames_without_a_reference_are_balanced_without(
    small_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """A Reference that lies elsewhere in time has nothing to say of this shot's colours."""
    root = copied(small_shot)
    stating(root, '[reference]\nsequence = "plates/SMALL_REF_####.exr"\noffset = 500\n')
    stating(root, "[balance]\n")

    balanced(root)

    record = json.loads((root / "balance.json").read_text(encoding="utf-8"))
    assert record["spoke"] == []
