"""Recovery over a sequence: nothing dropped, nothing redone, one bad frame costs no other."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.colour import measure_luma_law
from chromaresolve.errors import ModelError, ShotError, StageError
from chromaresolve.files import sha256
from chromaresolve.frames import (
    Attribute,
    Frame,
    Sequence,
    Window,
    read_frame,
    read_header,
    read_rgb,
    write_frame,
)
from chromaresolve.recovery import Wish, recover
from chromaresolve.shot import FrameRange, Shot, out_of_date
from chromaresolve.telling import Say
from tiny import quiet, recover_plates, still

REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""ITU-R BT.709-6, items 1.3 and 1.4: x and y of red, green, blue and white."""


def recover_again(root: Path, *, say: Say = quiet, **wish: Any) -> Shot:
    """Recover the shot on the CPU."""
    return recover(Shot.load(root), Wish(provider="cpu", **wish), say=say, on_progress=still)


def recovered_file(root: Path, frame: int) -> Path:
    """The recovered frame's file."""
    return root / f"recovered/tiny_ML_{frame:04d}.exr"


def fingerprints(folder: Path) -> dict[str, str]:
    """Every EXR's sha256."""
    return {path.name: sha256(path) for path in sorted(folder.glob("*.exr"))}


def test_every_frame_is_recovered(trained_shot: Path) -> None:
    """All frames of the shot, under the shot's name, and nothing half-written."""
    names = {path.name for path in (trained_shot / "recovered").iterdir() if path.is_file()}

    assert names == {"tiny_ML.json", *(f"tiny_ML_{n:04d}.exr" for n in range(1, 7))}


def test_recovered_chroma_is_not_the_plates(trained_shot: Path) -> None:
    """The picture did change, by more than rounding."""
    plate = read_rgb(trained_shot / "plates/TINY_SOURCE_0003.exr")

    assert np.abs(read_rgb(recovered_file(trained_shot, 3)) - plate).mean() > 0.01


def test_second_run_keeps_what_is_true(trained_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The same command again writes nothing; a frame that is gone is made again, alike."""
    root = copied(trained_shot)
    before = fingerprints(root / "recovered")
    times = {path: path.stat().st_mtime_ns for path in (root / "recovered").glob("*.exr")}
    recovered_file(root, 4).unlink()

    recover_again(root)

    assert fingerprints(root / "recovered") == before
    kept = [path for path, when in times.items() if path.stat().st_mtime_ns == when]
    assert len(kept) == 5


def test_changed_plate_is_recovered_anew(
    trained_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """A plate that was exported again is noticed by its content; the other frames are kept."""
    root = copied(trained_shot)
    before = fingerprints(root / "recovered")
    file = root / "plates/TINY_SOURCE_0002.exr"
    frame = read_frame(file)
    write_frame(file, dataclasses.replace(frame, rgb=frame.rgb * np.float32(0.9)))

    # Frame 2 also teaches, so the shot's own training is out of date: recover headless.
    recover_plates(
        root / "model.onnx", Sequence.find("plates/TINY_SOURCE_####.exr", root), root / "recovered"
    )

    after = fingerprints(root / "recovered")
    assert [name for name in after if after[name] != before[name]] == ["tiny_ML_0002.exr"]


@pytest.mark.parametrize(
    "kept", [pytest.param(200, id="in its header"), pytest.param(-2000, id="in its pixels")]
)
def test_truncated_recovered_frame_is_made_again(
    trained_shot: Path, copied: Callable[[Path], Path], kept: int
) -> None:
    """A frame that is there but broken is not taken for done."""
    root = copied(trained_shot)
    before = fingerprints(root / "recovered")
    file = recovered_file(root, 5)
    file.write_bytes(file.read_bytes()[:kept])

    recover_again(root)

    assert fingerprints(root / "recovered") == before


def test_headless_gives_the_shots_pixels(trained_shot: Path, tmp_path: Path) -> None:
    """A render machine with the model alone makes the very same files."""
    rendering = recover_plates(
        trained_shot / "model.onnx",
        Sequence.find("plates/TINY_SOURCE_####.exr", trained_shot),
        tmp_path,
        frames=FrameRange.parse("2,5"),
    )

    assert rendering.making.written == [2, 5]
    ours = fingerprints(trained_shot / "recovered")
    assert fingerprints(tmp_path) == {name: ours[name] for name in fingerprints(tmp_path)}


def test_bad_frames_cost_no_other(trained_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A truncated, an empty and a missing plate are named; the other frames are there."""
    root = copied(trained_shot)
    plates = root / "plates"
    whole = (plates / "TINY_SOURCE_0002.exr").read_bytes()
    (plates / "TINY_SOURCE_0002.exr").write_bytes(whole[: len(whole) // 2])
    (plates / "TINY_SOURCE_0003.exr").write_bytes(b"")
    (plates / "TINY_SOURCE_0005.exr").unlink()
    said: list[str] = []

    with pytest.raises(StageError, match="3 of 6 frames could not be recovered") as caught:
        recover_plates(
            root / "model.onnx",
            Sequence.find("plates/TINY_SOURCE_####.exr", root),
            root / "out",
            frames=FrameRange.parse("1-6"),
            say=said.append,
        )

    assert "\n" not in str(caught.value)
    assert sorted(fingerprints(root / "out")) == [f"tiny_ML_{n:04d}.exr" for n in (1, 4, 6)]
    for number in (2, 3, 5):
        assert any(
            f"{number:04d}" in sentence or f"frame {number}" in sentence for sentence in said
        )
    noted = json.loads((root / "out/tiny_ML.json").read_text())
    assert noted["frames"] == "1,4,6"
    assert len(noted["measured"]["failed"]) == 3


def test_frame_keeps_all_it_carries(trained_shot: Path, tmp_path: Path) -> None:
    """Alpha, a layer, overscan, a 32-bit depth and values from -0.5 to 12 go through unharmed."""
    random = np.random.default_rng(2)
    plain = read_frame(trained_shot / "plates/TINY_SOURCE_0001.exr")
    rgb = random.uniform(-0.5, 12, plain.rgb.shape).astype(np.float32)
    others: dict[str, np.ndarray] = {
        "A": random.random(rgb.shape[:2]).astype(np.float16),
        "depth.Z": random.uniform(0, 1e6, rgb.shape[:2]).astype(np.float32),
        "matte.id": random.integers(0, 2**32, rgb.shape[:2], dtype=np.uint32),
    }
    header = dataclasses.replace(
        plain.header,
        display_window=Window(x=0, y=0, width=300, height=160),
        data_window=Window(x=-10, y=-10, width=320, height=180),
        pixel_aspect=1.5,
        attributes={**plain.header.attributes, "reel": "A017", "scannerGain": 1.25},
    )
    source = tmp_path / "rich_0001.exr"
    write_frame(source, Frame(rgb=rgb, others=others, header=header), pixel_type="float")

    recover_plates(
        trained_shot / "model.onnx", Sequence.find("rich_####.exr", tmp_path), tmp_path / "out"
    )

    back = read_frame(tmp_path / "out/tiny_ML_0001.exr")
    assert back.others.keys() == others.keys()
    for name, plane in others.items():
        np.testing.assert_array_equal(back.others[name], plane)
        assert back.others[name].dtype == plane.dtype
    assert back.header.data_window == header.data_window
    assert back.header.display_window == header.display_window
    assert back.header.pixel_aspect == 1.5
    assert back.header.attributes["reel"] == "A017"
    assert back.header.attributes["scannerGain"] == 1.25
    assert back.rgb.max() > 8
    assert back.rgb.min() < -0.2
    assert measure_luma_law(back.rgb, rgb).worst_ratio <= 1


def test_raw_header_is_the_plates_and_what_made_it(trained_shot: Path, tmp_path: Path) -> None:
    """Read with the OpenEXR library: the plate's attributes are there, all but its colour equal."""
    raw = pytest.importorskip("OpenEXR")
    plain = read_frame(trained_shot / "plates/TINY_SOURCE_0002.exr")
    timecode = Attribute("timecode", (0x01020304).to_bytes(4, "little") + bytes(4))
    primaries = Attribute("chromaticities", np.arange(1, 9, dtype="<f4").tobytes())
    attributes = {
        **plain.header.attributes,
        "timeCode": timecode,
        "chromaticities": primaries,
        "reel": "A017",
        "emptyNote": "",
    }
    header = dataclasses.replace(plain.header, attributes=attributes)
    source = tmp_path / "rich_0001.exr"
    write_frame(source, dataclasses.replace(plain, header=header), compression="piz")

    recover_plates(
        trained_shot / "model.onnx", Sequence.find("rich_####.exr", tmp_path), tmp_path / "out"
    )

    with raw.File(str(source)) as before, raw.File(str(tmp_path / "out/tiny_ML_0001.exr")) as after:
        ours, theirs = dict(after.header()), dict(before.header())
        added = {name: ours.pop(name) for name in list(ours) if name not in theirs}
        assert ours.pop("compression") != theirs.pop("compression")
        np.testing.assert_allclose(ours.pop("chromaticities"), REC709, rtol=1e-6)
        theirs.pop("chromaticities")
        assert {name: str(value) for name, value in ours.items()} == {
            name: str(value) for name, value in theirs.items()
        }
    assert added["RecoveryType"] == "chroma"
    assert {name for name in added if not name.startswith("chromaresolve:")} == {
        "MLProcessing", "RecoveryType", "FilmTitle", "ShotID", "ModelCheckpoint",
        "SourceElement", "ReferenceSource", "IPTCDigitalSourceType", "ShotVersion",
    }  # fmt: skip


def test_header_says_what_made_it(trained_shot: Path) -> None:
    """Provenance in every frame, with the model's and the source's fingerprints."""
    attributes = read_header(recovered_file(trained_shot, 1)).attributes

    assert attributes["RecoveryType"] == "chroma"
    assert attributes["FilmTitle"] == "Tiny"
    assert attributes["ShotID"] == "tiny"
    assert attributes["SourceElement"] == "TINY_SOURCE_0001.exr"
    assert attributes["IPTCDigitalSourceType"] == "compositeWithTrainedAlgorithmicMedia"
    assert attributes["chromaresolve:model_sha256"] == sha256(trained_shot / "model.onnx")
    source = trained_shot / "plates/TINY_SOURCE_0001.exr"
    assert attributes["chromaresolve:source_sha256"] == sha256(source)


def test_check_recovers_the_first_frames_only(
    trained_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """A short look first, beside the shot's own result."""
    root = copied(trained_shot)

    recover_again(root, check=2, out=root / "look")

    assert sorted(fingerprints(root / "look")) == ["tiny_ML_0001.exr", "tiny_ML_0002.exr"]


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"frames": FrameRange.parse("2-3")}, id="a chunk"),
        pytest.param({"every": 3}, id="a proxy"),
        pytest.param({"check": 1}, id="a look"),
    ],
)
def test_part_of_a_recovery_leaves_the_record_alone(
    trained_shot: Path, copied: Callable[[Path], Path], part: dict[str, Any]
) -> None:
    """The chunks of a farm run at once: none of them writes to the shot's manifest."""
    root = copied(trained_shot)
    manifest = (root / "shot.toml").read_bytes()
    shutil.rmtree(root / "recovered")

    recover_again(root, **part)

    assert (root / "shot.toml").read_bytes() == manifest


def test_gathered_chunks_are_the_whole_recovery(
    trained_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """After the chunks the plain command makes nothing, and writes the record of all frames."""
    root = copied(trained_shot)
    before, sidecar = fingerprints(root / "recovered"), root / "recovered/tiny_ML.json"
    story = sidecar.read_bytes()
    shutil.rmtree(root / "recovered")
    for chunk in ("4-6", "1-3"):
        recover_again(root, frames=FrameRange.parse(chunk))

    record = recover_again(root).made["recovery"]

    assert record.measured["frames"] == 6
    assert fingerprints(root / "recovered") == before
    assert sidecar.read_bytes() == story


def test_half_precision_is_proven_and_near(
    trained_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """The half model is compared with the full one before the first frame; the picture is near."""
    root = copied(trained_shot)
    said: list[str] = []

    recover_again(root, fp16=True, check=1, out=root / "half", say=said.append)

    assert any(sentence.startswith("cpu in float16: ") for sentence in said)
    half, full = read_rgb(root / "half/tiny_ML_0001.exr"), read_rgb(recovered_file(root, 1))
    assert 0 < np.abs(half - full).max() < 0.02


def test_lossy_compression_says_so(trained_shot: Path, copied: Callable[[Path], Path]) -> None:
    """DWAA is a choice, and the choice is answered with what it costs."""
    root = copied(trained_shot)
    manifest = root / "shot.toml"
    lossy = '[recovery]\ncompression = "dwaa"\n\n[training]'
    manifest.write_text(manifest.read_text().replace("[training]", lossy))
    said: list[str] = []

    recover(Shot.load(root), Wish(provider="cpu", check=1), say=said.append, on_progress=still)

    assert "dwaa is lossy: it moves values by up to 0.025 and breaks the luma law" in said
    assert read_header(recovered_file(root, 1)).compression.startswith("dwaa")


def test_recovery_needs_a_model(aligned_shot: Path) -> None:
    """Without one, the command to run is named."""
    with pytest.raises(ShotError, match="recovery needs model: run `chromaresolve export` first"):
        recover_again(aligned_shot)


def test_model_of_another_shot_is_refused(
    trained_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """A shot that was copied and renamed for the next one: its old model is not run on it."""
    root = copied(trained_shot)
    manifest = root / "shot.toml"
    renamed = manifest.read_text().replace('name = "tiny"', 'name = "other"')
    manifest.write_text(renamed)

    with pytest.raises(ModelError, match="was trained on shot 'tiny', and this is 'other': run"):
        recover_again(root)


def test_new_model_makes_recovery_stale(trained_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Another model under the same name: the recovered frames are no longer its own."""
    root = copied(trained_shot)
    with (root / "model.onnx").open("ab") as file:
        file.write(b"\0")

    assert (
        "recovery was made from model that changed since"
        in out_of_date(Shot.load(root), "recovery")[0]
    )
