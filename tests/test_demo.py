"""The demo: the whole workflow on a film made from nothing, measured against its truth."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.demo import Result, run_demo
from chromaresolve.demo.score import VERSIONS, load_versions
from chromaresolve.demo.shoot import FRAME_COUNT, REFERENCE_FRAMES
from chromaresolve.files import sha256
from chromaresolve.frames import Sequence, read_rgb
from chromaresolve.shot import STAGES, Shot
from farm_shot import bundle_of, run_job
from tiny import quiet, still

pytestmark = pytest.mark.slow

DEMO_SECONDS = 300
"""What the demo may take on two cores, everything included but the install."""


@pytest.fixture(scope="module")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The demo on a small raster with a training too short to be good."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    return run_demo(folder, steps=60, width=320, height=180, say=quiet, on_progress=still)


def test_demo_runs_every_stage(small_demo: Result) -> None:
    """Nothing is skipped, and each stage's seconds are there."""
    shot = Shot.load(small_demo.folder)

    assert set(shot.made) == {stage.name for stage in STAGES}
    assert set(small_demo.seconds) == {"shooting", "measuring", *shot.made}


def test_demo_keeps_the_luma_law(small_demo: Result) -> None:
    """On every pixel of every frame, however short the training."""
    assert small_demo.score.luma_share <= 1


def test_demo_measures_only_frames_never_seen(small_demo: Result) -> None:
    """No frame with a Reference is among those measured."""
    assert not set(small_demo.score.frames) & set(REFERENCE_FRAMES)
    assert len(small_demo.score.frames) == FRAME_COUNT - len(REFERENCE_FRAMES)


def test_demo_compares_on_the_plates_luma(small_demo: Result) -> None:
    """LUT, recovered and truth have one luma: only colour is compared."""
    shot = Shot.load(small_demo.folder)
    weights = np.array([0.2126, 0.7152, 0.0722])

    versions = next(iter(load_versions(shot, [4])))

    luma = versions.pictures["balanced plate"] @ weights
    for name in ("LUT baseline", "recovered"):
        np.testing.assert_allclose(versions.pictures[name] @ weights, luma, atol=1e-3)
    np.testing.assert_allclose(versions.truth @ weights, luma, atol=1e-5)


def test_demo_references_are_not_the_film(small_demo: Result) -> None:
    """The Reference is degraded: moved, softer and graded otherwise than the truth."""
    for frame in REFERENCE_FRAMES:
        reference = read_rgb(small_demo.folder / f"plates/DEMO_REF_{frame:04d}.exr")
        truth = read_rgb(small_demo.folder / f"truth/DEMO_TRUTH_{frame:04d}.exr")
        assert np.abs(reference - truth).mean() > 0.02
    found = Sequence.find("plates/DEMO_REF_####.exr", small_demo.folder)
    assert found.frames == REFERENCE_FRAMES


def test_demo_again_redoes_nothing(small_demo: Result) -> None:
    """Run again, it measures what is there."""
    again = run_demo(small_demo.folder, steps=60, say=quiet, on_progress=still)

    assert again.score == small_demo.score
    assert set(again.seconds) == {"shooting", "measuring"}


def test_demo_table_has_every_number(small_demo: Result) -> None:
    """What is printed is what was measured."""
    table = small_demo.as_table()

    for name in VERSIONS:
        assert f"{small_demo.score.to_truth[name]:.2f}" in table
    assert "luma law holds on every pixel" in table


def test_demo_shot_is_recovered_on_a_farm(small_demo: Result, tmp_path: Path) -> None:
    """The bundle of the demo's shot, run by Open Job Description: the very same frames."""
    root = Path(shutil.copytree(small_demo.folder, tmp_path / "demo"))
    before = {path.name: sha256(path) for path in (root / "recovered").glob("*.exr")}
    shutil.rmtree(root / "recovered")
    bundle = bundle_of(Shot.load(root), chunk=FRAME_COUNT // 2, train=False)

    ran = run_job(
        bundle.folder / "template.json",
        Shot=root,
        Chromaresolve=Path(sys.executable).with_name("chromaresolve"),
        Provider="cpu",
    )

    assert ran.returncode == 0, ran.stdout[-4000:]
    assert bundle.steps == ("Recover", "Gather", "Review", "Report")
    assert {path.name: sha256(path) for path in (root / "recovered").glob("*.exr")} == before


def test_demo_halves_the_baselines_error(tmp_path: Path) -> None:
    """As a user runs it: under five minutes, half the LUT's dE2000, the luma law on every pixel."""
    shown = subprocess.run(
        [sys.executable, "-m", "chromaresolve", "demo", str(tmp_path / "demo"), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert shown.returncode == 0, shown.stderr
    facts = json.loads(shown.stdout)
    score = facts["score"]
    assert score["luma_share"] <= 1
    assert score["to_truth"]["recovered"] <= 0.5 * score["to_truth"]["LUT baseline"], shown.stderr
    assert sum(facts["seconds"].values()) < DEMO_SECONDS
    assert (tmp_path / "demo/contact_sheet.png").stat().st_size > 100_000
