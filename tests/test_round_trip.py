"""From a reel through Resolve, the tool and back: reel, timecode and frame numbers survive."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from chromaresolve.bridge.timecode import rate_to_text
from chromaresolve.composite.timeline import plan_timeline, write_bring_back
from chromaresolve.frames import read_header
from chromaresolve.turnover import accept_turnover
from composite_shot import say_recovered
from pair_project import NAME, PairProject
from tiny import quiet

RATES = [
    pytest.param("16", Fraction(16), "00:01:02:15", id="16", marks=pytest.mark.slow),
    pytest.param("18", Fraction(18), "00:01:02:17", id="18", marks=pytest.mark.slow),
    pytest.param(
        "23.976", Fraction(24000, 1001), "01:00:41:17", id="23.976", marks=pytest.mark.slow
    ),
    pytest.param("24", Fraction(24), "01:00:41:17", id="24"),
    pytest.param("25", Fraction(25), "10:00:41:24", id="25", marks=pytest.mark.slow),
    pytest.param(
        "29.97 DF", Fraction(30000, 1001), "01:00:59;28", id="29.97 DF", marks=pytest.mark.slow
    ),
]
"""Resolve's word, the exact rate, and a timecode in mid-reel near an end of its counting."""

FIRST, COUNT, LEFT_OUT = 86_395, 6, 2
"""The reel's first file, how many there are, and how many the shot leaves out at its beginning."""


@pytest.mark.parametrize(("rate", "exact", "timecode"), RATES)
def test_reel_timecode_and_numbers_survive(
    tmp_path: Path, rate: str, exact: Fraction, timecode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conform, export, the tool's shot, and the clips that are brought back."""
    monkeypatch.setattr("chromaresolve.bridge.rendering.Wish.__new__.__defaults__", (0.0, 5.0))
    project = PairProject(tmp_path, "21.0", "studio", rate=rate, reel_written=True)
    for name in ("Source", "Reference"):
        project.sequence(name, FIRST, COUNT, timecode=timecode, reel="A001")
    first, begins = FIRST + LEFT_OUT, project.later(timecode, LEFT_OUT)
    numbers = list(range(first, FIRST + COUNT))

    assert project.run("conform", source_first=first, folder=str(project.folder), name=NAME)
    assert project.run("export", folder=str(project.folder), name=NAME), project.text

    turnover = json.loads((project.folder / "turnover.json").read_text())
    assert (turnover["reel"], turnover["start_timecode"]) == ("A001", begins)
    assert turnover["frame_rate"] == rate_to_text(exact)
    plates = sorted((project.folder / "plates").glob(f"{NAME}_SOURCE_*.exr"))
    assert [int(file.stem.rpartition("_")[2]) for file in plates] == numbers
    assert read_header(plates[0]).timecode == begins

    shot = accept_turnover(project.folder, project.folder / "turnover.json", branch="chroma")
    assert (shot.source.reel, shot.source.timecode) == ("A001", begins)
    assert (shot.shot.frame_rate, list(shot.shot.frames)) == (exact, numbers)
    (project.folder / "recovered").mkdir()
    for file, number in zip(plates, numbers, strict=True):
        shutil.copy(file, project.folder / f"recovered/{shot.shot.name}_ML_{number:04d}.exr")
    write_bring_back(plan_timeline(say_recovered(shot), say=quiet))

    assert project.run("bring_back", folder=str(project.folder), name=NAME), project.text
    timeline = project.sim.timeline(f"{NAME}_Composite")
    assert timeline.GetStartTimecode() == begins
    bins = project.sim.snapshot()["project"]["bins"]["bins"]
    (clip,) = (one["properties"] for one in bins["Recovered"]["clips"])
    assert (clip["Reel Name"], clip["Start TC"]) == ("A001", begins)
    assert f"[{numbers[0]}-{numbers[-1]}]" in clip["File Path"]
