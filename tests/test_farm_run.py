"""A real bundle, run to its end by Open Job Description's own runner; tasks are lost on the way."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from chromaresolve.files import sha256
from chromaresolve.frames import Sequence
from chromaresolve.shot import Shot, out_of_date
from farm_shot import bundle_of, run_job, write_command

pytestmark = pytest.mark.slow

NO_TORCH = """\
import sys
if sys.argv[1] == "recover":
    sys.modules["torch"] = None  # as on a machine that only recovers
from chromaresolve.cli import main
main()
"""
"""The command line on a farm's machine: recovery must do without torch."""

LONG, BRIEF = 'size = "medium"\nminutes = 10.0\n', 'size = "small"\nsteps = 60\n'
"""What `new` writes, and enough to have a model; what it is worth does not matter here."""


def frames_of(root: Path) -> dict[int, tuple[str, int]]:
    """Each recovered frame's content and when it was written."""
    found = Sequence.find("recovered/tiny_ML_####.exr", root).paths
    return {frame: (sha256(path), path.stat().st_mtime_ns) for frame, path in found.items()}


@pytest.fixture(scope="module")
def farm(aligned_shot: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """An aligned shot in a folder with an awkward name, its template, and the command line."""
    folder = tmp_path_factory.mktemp("farm") / "o'brien's \"take 2\" & more"
    root = Path(shutil.copytree(aligned_shot, folder / "tiny"))
    manifest = root / "shot.toml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace(LONG, BRIEF), "utf-8")
    bundle = bundle_of(Shot.load(root), chunk=2)
    assert bundle.steps == ("Train", "Export", "Recover", "Gather", "Review", "Report")
    return root, bundle.folder / "template.json", write_command(folder / "the tool", NO_TORCH)


def test_job_runs_loses_a_task_and_ends_alike(farm: tuple[Path, Path, Path]) -> None:
    """Trained, exported, recovered in chunks, gathered, reported; a lost chunk is made again."""
    root, template, tool = farm
    values: dict[str, str | Path] = {"Shot": root, "Chromaresolve": tool, "Provider": "cpu"}

    whole = run_job(template, **values)

    assert whole.returncode == 0, whole.stdout[-4000:]
    first = frames_of(root)
    shot = Shot.load(root)
    assert list(first) == list(shot.shot.frames)
    assert shot.made["recovery"].measured["frames"] == len(first)
    assert [stage for stage in shot.made if out_of_date(shot, stage)] == []
    assert "report" in shot.made
    sidecar = root / "recovered/tiny_ML.json"
    story = sidecar.read_text("utf-8")
    assert json.loads(story)["frames"] == "1-6"
    assert len(re.findall(r"openjd_progress: 100\.0", whole.stdout)) >= 4

    # A task whose output was lost, run again alone, as a farm's "requeue task" does.
    for frame in (3, 4):
        (root / f"recovered/tiny_ML_{frame:04d}.exr").unlink()
    one = run_job(template, "--step", "Recover", "--task-param", "Frame=3-4", **values)

    assert one.returncode == 0, one.stdout[-4000:]
    again = frames_of(root)
    assert {frame: state[0] for frame, state in again.items()} == {
        frame: state[0] for frame, state in first.items()
    }
    assert {frame for frame in first if again[frame] != first[frame]} == {3, 4}

    # Frames lost without anybody noticing: gathering makes them, and them alone.
    (root / "recovered/tiny_ML_0005.exr").unlink()
    gathered = run_job(template, "--step", "Gather", **values)

    assert gathered.returncode == 0, gathered.stdout[-4000:]
    last = frames_of(root)
    assert {frame for frame in again if last[frame] != again[frame]} == {5}
    assert sidecar.read_text("utf-8") == story
    assert Shot.load(root).made["recovery"].measured["frames"] == len(first)


def test_failed_task_says_why(farm: tuple[Path, Path, Path]) -> None:
    """A plate that is gone fails its task alone, with the reason as the farm's own message."""
    root, template, tool = farm
    values: dict[str, str | Path] = {
        "Shot": root,
        "Chromaresolve": tool,
        "Provider": "cpu",
        "Frames": "5-9",
    }

    shown = run_job(template, "--step", "Recover", **values)

    assert shown.returncode == 1
    assert re.search(r"openjd_fail: .*\b7\b", shown.stdout)
