"""The align stage, run as a user runs it: what fits is laid, what does not is left out, named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from chromaresolve.alignment import align, aligned_path, inspection_paths, teaching_pairs
from chromaresolve.demo.scene import DEMO_TELECINE
from chromaresolve.errors import StageError
from chromaresolve.frames import read_frame, read_rgb, write_rgb
from chromaresolve.shot import Pair, Shot
from manifests import read_manifest, write_manifest
from tiny import quiet, still

FRAMES = (1, 3, 4, 6)
"""Source frames of the pairs."""


@pytest.fixture
def root(faded_shot: Path, copied: Callable[[Path], Path]) -> Path:
    """A faded shot with four pairs, the last of them held out."""
    folder = copied(faded_shot)
    pairs = [Pair(source=n, reference=n, hold_out=n == FRAMES[-1]) for n in FRAMES]
    Shot.load(folder).with_pairs(pairs).with_made(
        "pairs", settings={}, inputs={}, outputs={}, measured={}
    )
    return folder


def aligned(root: Path) -> tuple[Shot, list[str]]:
    """Align the shot; what was said comes along."""
    said: list[str] = []
    return align(Shot.load(root), say=said.append, on_progress=still), said


def found_in(root: Path) -> dict[str, Any]:
    """What `alignment.json` holds."""
    content: dict[str, Any] = json.loads(
        (root / "alignment/alignment.json").read_text(encoding="utf-8")
    )
    return content


def reference_file(root: Path, frame: int) -> Path:
    """One Reference frame."""
    return root / f"plates/TINY_REF_{frame:04d}.exr"


def source_file(root: Path, frame: int) -> Path:
    """One plate."""
    return root / f"plates/TINY_SOURCE_{frame:04d}.exr"


def test_every_pair_is_laid_looked_at_and_written_down(root: Path) -> None:
    """An aligned Reference with trust, a picture to judge it by, and its numbers."""
    shot, said = aligned(root)

    found = found_in(root)
    assert list(found["pairs"]) == [str(frame) for frame in FRAMES]
    assert found["left_out"] == {}
    assert [pair.source for pair in teaching_pairs(shot)] == list(FRAMES[:-1])
    for pair in shot.pair:
        assert 0.5 < read_frame(aligned_path(shot, pair)).others["A"].mean() <= 1
        assert all(read_rgb(path).std() > 0.05 for path in inspection_paths(shot, pair.source))
    assert found["together"] in said


@pytest.mark.slow
def test_a_pair_of_another_picture_is_left_out_and_named(root: Path) -> None:
    """It costs no other; neither training nor the baseline sees it."""
    random = np.random.default_rng(0)
    other = cv2.GaussianBlur(random.uniform(0, 1, read_rgb(source_file(root, 3)).shape), (0, 0), 4)
    other = (other - other.min()) / (other.max() - other.min())
    write_rgb(reference_file(root, 3), other.astype(np.float32))

    shot, said = aligned(root)

    assert list(found_in(root)["left_out"]) == ["3"]
    assert [pair.source for pair in teaching_pairs(shot)] == [1, 4]
    assert any("pair 3 is left out: the Reference does not show" in line for line in said)
    assert shot.made["alignment"].measured["left_out"] == 1


@pytest.mark.slow
def test_a_broken_frame_is_left_out_and_named(root: Path) -> None:
    """Bad input never costs finished work."""
    reference_file(root, 4).write_bytes(b"not an EXR")

    shot, said = aligned(root)

    assert [pair.source for pair in teaching_pairs(shot)] == [1, 3]
    assert any("TINY_REF_0004.exr" in line for line in said)


@pytest.mark.slow
def test_too_few_pairs_that_fit_are_refused(root: Path) -> None:
    """Where most fail it is not the pairs that are bad, and nobody should train on the rest."""
    for frame in FRAMES:
        flipped = read_rgb(reference_file(root, frame))[:, ::-1]
        write_rgb(reference_file(root, frame), np.ascontiguousarray(flipped))

    with pytest.raises(StageError, match=r"3 of 3 teaching pairs were left out.*mirrored"):
        aligned(root)
    assert len(found_in(root)["left_out"]) == len(FRAMES)
    assert "alignment" not in Shot.load(root).made


def lay_by_hand(root: Path, *keys: str) -> None:
    """Write keys into the manifest."""
    rows = "".join(f"\n[[alignment.key]]\n{key}\n" for key in keys)
    write_manifest(root, f'{read_manifest(root)}\n[alignment]\nmode = "manual"\n{rows}')


@pytest.mark.slow
def test_keys_lay_the_reference_by_hand(root: Path) -> None:
    """Keyed as the telecine was threaded, it lies as it must: the units are the Inspector's."""
    (x, y), scale = DEMO_TELECINE.shift_px, DEMO_TELECINE.scale
    lay_by_hand(
        root,
        f"frame = 1\ntranslate = [{-x}, {-y}]\nscale = [{1 / scale}, {1 / scale}]\n"
        f"rotate = {-DEMO_TELECINE.rotation_deg}",
    )

    shot, _ = aligned(root)

    assert len(teaching_pairs(shot)) == 3
    assert float(shot.made["alignment"].measured["worst_residual_px"]) < 0.4


@pytest.mark.slow
def test_keys_move_evenly_and_the_gate_looks_at_what_they_did(root: Path) -> None:
    """Between two keys the Reference glides; laid wrong, it is written down and teaches nothing."""
    lay_by_hand(root, "frame = 1\ntranslate = [0.0, 0.0]", "frame = 6\ntranslate = [10.0, -5.0]")

    with pytest.raises(StageError, match="px off each other"):
        aligned(root)

    for frame, (x, y) in zip(FRAMES, ((0, 0), (4, -2), (6, -3), (10, -5)), strict=True):
        matrix = np.array(found_in(root)["pairs"][str(frame)]["matrix"])
        np.testing.assert_allclose(matrix, [[1, 0, -x], [0, 1, -y], [0, 0, 1]], atol=1e-9)


@pytest.mark.slow
def test_borders_are_found_cropped_and_not_taught(root: Path) -> None:
    """The crop goes into the manifest, marked as found; the artist's own numbers stay."""
    for frame in range(1, 7):
        plate = read_rgb(source_file(root, frame))
        plate[:, :12] = 0.01
        write_rgb(source_file(root, frame), plate)

    shot, _ = aligned(root)

    assert 12 <= shot.crop.left <= 20
    assert (shot.crop.top, shot.crop.right, shot.crop.bottom, shot.crop.found) == (0, 0, 0, True)
    assert not read_frame(aligned_path(shot, shot.pair[0])).others["A"][:, : shot.crop.left].any()
    text = read_manifest(root)
    write_manifest(
        root, text.replace(f"left = {shot.crop.left}", "left = 3").replace("found = true\n", "")
    )
    shot, said = aligned(root)
    assert (shot.crop.left, shot.crop.found) == (3, False)
    assert any("[crop] is yours and stays" in line for line in said)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stated", "gamma", "sentence"),
    [
        pytest.param("", 1.0, "it is left as it is", id="alike"),
        pytest.param("", 1.4, "it is brought to the plate's by one curve", id="far apart"),
        pytest.param("level_luma = false\n", 1.4, "left as it is, as [reference]", id="not asked"),
        pytest.param("level_luma = true\n", 1.0, "by one curve, as [reference]", id="asked"),
    ],
)
def test_grade_is_brought_to_the_plates_where_it_is_far_off(
    root: Path, stated: str, gamma: float, sentence: str
) -> None:
    """Decided once for the shot; the plates here are as the film was, but for the Reference's."""
    for frame in range(1, 7):
        shutil.copy(reference_file(root, frame), source_file(root, frame))
        graded = np.clip(read_rgb(reference_file(root, frame)), 0, 1) ** np.float32(gamma)
        write_rgb(reference_file(root, frame), graded.astype(np.float32))
    text = read_manifest(root).replace("[reference]\n", f"[reference]\n{stated}")
    write_manifest(root, text)

    shot, said = aligned(root)

    assert any(sentence in line for line in said)
    pair = shot.pair[0]
    laid, plate = read_frame(aligned_path(shot, pair)), read_rgb(source_file(root, pair.source))
    off = np.median(np.abs(laid.rgb - plate)[laid.others["A"] > 0.5])
    is_levelled = "by one curve" in sentence
    assert off < 0.004 if is_levelled or gamma == 1.0 else off > 0.05


@pytest.mark.slow
def test_painted_mask_keeps_from_teaching(root: Path) -> None:
    """Black does not teach, whatever was measured there."""
    height, width = read_rgb(source_file(root, 1)).shape[:2]
    mask = np.full((height, width), 255, np.uint8)
    mask[:, width // 2 :] = 0
    cv2.imwrite(str(root / "left half.png"), mask)
    text = read_manifest(root).replace("source = 1\n", 'source = 1\nmask = "left half.png"\n')
    write_manifest(root, text)

    shot, _ = aligned(root)

    trust = read_frame(aligned_path(shot, shot.pair[0])).others["A"]
    assert not trust[:, width // 2 :].any()
    assert trust[:, : width // 2].mean() > 0.5


@pytest.mark.slow
def test_align_says_the_same_twice(root: Path) -> None:
    """The same pictures give the same matrices, bit for bit."""
    aligned(root)
    before = found_in(root)
    align(Shot.load(root), say=quiet, on_progress=still)

    assert found_in(root) == before
