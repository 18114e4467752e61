"""The job bundle: which steps it has, what farms make of it, what it says aloud."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from chromaresolve.cli.farm import farm
from chromaresolve.cli.screen import PROGRESS
from chromaresolve.errors import MissingExtraError, ShotError, StageError, UsageError
from chromaresolve.farm import CHUNK, checking, plan_job, write_bundle
from chromaresolve.farm.job import MAX_VALUE
from chromaresolve.shot import FrameRange
from farm_shot import (
    ALIGNED,
    EXPORTED,
    bundle_of,
    chunks_of,
    job_of,
    run_job,
    template_of,
    write_command,
    write_farm_shot,
)
from tiny import quiet

AWKWARD = "o'brien's \"take 2\" & {{Param.Frames}} $HOME"
"""A folder's name with all that shells and templates take for their own."""

WHOLE = ("Recover", "Gather", "Review", "Report")
"""The steps of a shot whose model is there."""


@pytest.mark.parametrize(
    ("stages", "wishes", "steps"),
    [
        pytest.param(EXPORTED, {}, WHOLE, id="model there"),
        pytest.param(ALIGNED, {}, ("Train", "Export", *WHOLE), id="nothing trained"),
        pytest.param(("alignment", "training"), {}, ("Export", *WHOLE), id="not exported"),
        pytest.param(EXPORTED, {"train": True}, ("Train", "Export", *WHOLE), id="asked to train"),
        pytest.param(EXPORTED, {"minutes": 2.0}, ("Train", "Export", *WHOLE), id="minutes named"),
        pytest.param(EXPORTED, {"train": False}, WHOLE, id="asked not to train"),
        pytest.param(
            EXPORTED, {"frames": FrameRange.parse("3-5")}, ("Recover", "Gather"), id="a few frames"
        ),
        pytest.param(
            EXPORTED, {"frames": FrameRange.parse("1-24")}, WHOLE, id="all frames by name"
        ),
    ],
)
def test_bundle_has_the_steps_that_are_due(
    tmp_path: Path, stages: tuple[str, ...], wishes: dict[str, Any], steps: tuple[str, ...]
) -> None:
    """What holds is not made again, and each step waits for the one before it."""
    bundle = bundle_of(write_farm_shot(tmp_path, stages), **wishes)

    job = job_of(bundle)

    assert bundle.steps == steps
    assert tuple(step.name for step in job.steps) == steps
    waits = [[after.dependsOn for after in step.dependencies or []] for step in job.steps]
    assert waits == [[], *([name] for name in steps[:-1])]


@pytest.mark.parametrize(
    ("stages", "wishes", "error", "sentence"),
    [
        pytest.param((), {}, ShotError, "training needs alignment", id="not aligned"),
        pytest.param(ALIGNED, {"train": False}, ShotError, "recovery needs model", id="no model"),
        pytest.param(
            EXPORTED,
            {"train": False, "minutes": 1.0},
            UsageError,
            "leave it or --no-train away",
            id="minutes of no training",
        ),
        pytest.param(
            EXPORTED,
            {"frames": FrameRange.of(n * n for n in range(1, 400))},
            UsageError,
            "write several jobs",
            id="more ranges than a farm takes",
        ),
    ],
)
def test_bundle_refuses_what_cannot_work(
    tmp_path: Path,
    stages: tuple[str, ...],
    wishes: dict[str, Any],
    error: type[Exception],
    sentence: str,
) -> None:
    """It says what to do, and writes nothing."""
    shot = write_farm_shot(tmp_path, stages)

    with pytest.raises(error, match=sentence):
        bundle_of(shot, **wishes)

    assert not (tmp_path / "farm").exists()


FRAMES = {
    "one": "7",
    "a run": "1001-1240",
    "parts": "1-10,20-30:2",
    "backwards": "30-1:-3",
    "below nothing": "-12--3,0,5",
    "scattered": "2,3,5,7,11,13,17,19,23,29,31",
    "large": "86400-86999",
}
"""Frames as people write them."""


@pytest.mark.parametrize("chunk", [1, 7, 50])
@pytest.mark.parametrize("frames", FRAMES.values(), ids=FRAMES.keys())
def test_chunks_are_the_frames_each_once(tmp_path: Path, frames: str, chunk: int) -> None:
    """A farm's tasks read back as ranges: together all frames, none twice, none too large."""
    shot = write_farm_shot(tmp_path, EXPORTED)
    job = plan_job(shot, frames=FrameRange.parse(frames), chunk=chunk)

    chunks = chunks_of(job_of(write_bundle(shot, job, say=quiet)))

    assert sorted(frame for part in chunks for frame in part) == list(job.frames)
    assert max(len(part) for part in chunks) <= chunk
    assert len(chunks) == job.tasks


def test_submission_may_change_frames_and_chunk(tmp_path: Path) -> None:
    """What is a parameter can be changed without writing the bundle again."""
    bundle = bundle_of(write_farm_shot(tmp_path, EXPORTED))

    chunks = chunks_of(job_of(bundle, Frames="2-8:2", Chunk="3"))

    assert [str(part) for part in chunks] == ["2,4", "6,8"]


def test_graphics_card_is_a_host_requirement(tmp_path: Path) -> None:
    """Only for the steps that use it: training, recovery, and what makes lost frames again."""
    bundle = bundle_of(write_farm_shot(tmp_path, ALIGNED), needs_gpu=True)

    asking = {
        step.name: [
            (amount.name, int(amount.min or 0)) for amount in step.hostRequirements.amounts or []
        ]
        for step in job_of(bundle).steps
        if step.hostRequirements
    }

    gpu = [("amount.worker.gpu", 1)]
    assert asking == {"Train": gpu, "Recover": gpu, "Gather": gpu}
    plain = bundle_of(write_farm_shot(tmp_path, ALIGNED))
    assert not any(step.hostRequirements for step in job_of(plain).steps)


def arguments(template: dict[str, Any]) -> dict[str, list[str]]:
    """Each step's words after the command's name."""
    return {step["name"]: step["script"]["actions"]["onRun"]["args"] for step in template["steps"]}


def test_steps_are_the_commands_a_person_types(tmp_path: Path) -> None:
    """The same command line, its paths and wishes as parameters."""
    shot = write_farm_shot(tmp_path, ALIGNED)

    words = arguments(template_of(bundle_of(shot, fp16=True, minutes=2.5)))

    recover = ["--provider={{Param.Provider}}", "--fp16"]
    assert words == {
        "Train": ["train", "{{Param.Shot}}", "--minutes={{Param.Minutes}}"],
        "Export": ["export", "{{Param.Shot}}"],
        "Recover": ["recover", "{{Param.Shot}}", "--frames={{Task.Param.Frame}}", *recover],
        "Gather": ["recover", "{{Param.Shot}}", *recover],
        "Review": ["review", "{{Param.Shot}}"],
        "Report": ["report", "{{Param.Shot}}"],
    }


def test_part_of_a_shot_is_gathered_as_part(tmp_path: Path) -> None:
    """Gathering a few frames never renders the rest of the shot on one machine."""
    shot = write_farm_shot(tmp_path, EXPORTED)

    words = arguments(template_of(bundle_of(shot, frames=FrameRange.parse("3-5"))))

    assert "--frames={{Param.Frames}}" in words["Gather"]


@pytest.mark.parametrize(
    ("line", "wishes", "minutes"),
    [
        pytest.param("", {}, 10.0, id="the default"),
        pytest.param("minutes = 4.0", {}, 4.0, id="the shot's"),
        pytest.param("minutes = 4.0", {"minutes": 2.0}, 2.0, id="asked for"),
        pytest.param("steps = 300", {}, None, id="the shot counts steps"),
        pytest.param("steps = 300", {"minutes": 2.0}, 2.0, id="asked for instead of steps"),
    ],
)
def test_length_of_training_is_the_shots_unless_asked(
    tmp_path: Path, line: str, wishes: dict[str, Any], minutes: float | None
) -> None:
    """Minutes are a parameter; where the shot counts steps, there is none."""
    table = f"[training]\n{line}\n\n[reference]"
    shot = write_farm_shot(tmp_path, ALIGNED, changed="[reference]", to=table)

    template = template_of(bundle_of(shot, **wishes))

    default = {row["name"]: row.get("default") for row in template["parameterDefinitions"]}
    assert default.get("Minutes") == minutes
    assert ("--minutes={{Param.Minutes}}" in arguments(template)["Train"]) == (minutes is not None)


def test_steps_tell_the_farm_how_far_they_are(tmp_path: Path) -> None:
    """Every step runs with the variable that makes the screen tell it."""
    template = template_of(bundle_of(write_farm_shot(tmp_path, EXPORTED)))

    [environment] = template["jobEnvironments"]
    assert environment["variables"][PROGRESS] == "openjd"


def test_template_names_nothing_of_this_machine(tmp_path: Path) -> None:
    """Paths are values of parameters, which a farm maps; the template can be kept and read."""
    shot = write_farm_shot(tmp_path / AWKWARD, EXPORTED)
    bundle = bundle_of(shot, out=tmp_path / "bundle")

    assert str(tmp_path) not in (bundle.folder / "template.json").read_text("utf-8")
    values = json.loads((bundle.folder / "parameter_values.json").read_text("utf-8"))
    assert values == {"parameterValues": [{"name": "Shot", "value": str(tmp_path / AWKWARD)}]}


def test_what_lies_outside_is_carried_and_said(tmp_path: Path) -> None:
    """Plates beside the shot's folder are assets, and every machine must see them."""
    (tmp_path / "studio.ocio").touch()
    shot = write_farm_shot(
        tmp_path / "sh010",
        EXPORTED,
        changed='[source]\nscan = "plates/SH010_SOURCE_####.exr"',
        to=f'[colour]\nocio = "{tmp_path}/studio.ocio"\n\n'
        '[source]\nscan = "../scans/SH010_####.exr"',
    )
    said: list[str] = []

    bundle = write_bundle(shot, plan_job(shot), say=said.append)

    assets = json.loads((bundle.folder / "asset_references.json").read_text("utf-8"))
    assert assets["assetReferences"] == {
        "inputs": {
            "filenames": [str(tmp_path / "studio.ocio")],
            "directories": [str(tmp_path / "scans")],
        },
        "outputs": {"directories": []},
        "referencedPaths": [],
    }
    told = [sentence for sentence in said if "every machine" in sentence]
    assert len(told) == 2
    assert told[0].startswith("'../scans/SH010_####.exr' is not named from within")


def test_bundle_is_checked_where_openjd_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library it is written unchecked, and refused only where a check is wanted."""
    shot = write_farm_shot(tmp_path, EXPORTED)
    job = plan_job(shot)
    assert str(bundle_of(shot).checked_by).startswith("openjd-model ")

    monkeypatch.setitem(sys.modules, "openjd.model", None)

    assert write_bundle(shot, job, say=quiet).checked_by is None
    with pytest.raises(MissingExtraError, match=r"chromaresolve\[farm\]"):
        write_bundle(shot, job, must_check=True, say=quiet)


def test_check_finds_what_a_farm_refuses(tmp_path: Path) -> None:
    """The library's words arrive as one sentence of ours."""
    template = template_of(bundle_of(write_farm_shot(tmp_path, EXPORTED)))
    template["steps"][0]["script"]["actions"]["onRun"]["args"] = ["{{Param.Nowhere}}"]

    with pytest.raises(StageError, match=r"a farm would refuse this job: .*Nowhere") as caught:
        checking.check_job(template, {"Shot": "/shots/sh010"}, tmp_path)

    assert "\n" not in str(caught.value)


def test_writing_needs_neither_openjd_nor_torch(tmp_path: Path) -> None:
    """The room itself loads no heavy library; openjd only to check."""
    write_farm_shot(tmp_path, EXPORTED)
    code = (
        "import sys; sys.modules['openjd'] = None\n"
        "from pathlib import Path\n"
        "from chromaresolve.farm import plan_job, write_bundle\n"
        "from chromaresolve.shot import Shot\n"
        f"shot = Shot.load(Path({str(tmp_path)!r}))\n"
        "write_bundle(shot, plan_job(shot), say=print)\n"
        "print([m for m in ('torch', 'onnxruntime', 'cv2', 'OpenImageIO') if m in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.splitlines()[-1] == "[]"
    assert (tmp_path / "farm/template.json").is_file()


APP = Typer()
APP.command()(farm)


def test_command_prints_lines_that_can_be_typed(tmp_path: Path) -> None:
    """What it says to type is split by a shell into the words that were meant."""
    root = tmp_path / AWKWARD
    write_farm_shot(root, EXPORTED)

    shown = CliRunner().invoke(APP, [str(root), "--frames", "3-5", "--chunk", "2", "--json"])

    assert shown.exit_code == 0, shown.output
    facts = json.loads(shown.stdout)
    assert (facts["steps"], facts["frames"], facts["tasks"]) == (["Recover", "Gather"], "3-5", 2)
    template = str(root / "farm/template.json")
    assert shlex.split(facts["run"]) == ["openjd", "run", template, "-p", f"Shot={root}"]
    assert shlex.split(facts["submit"]) == ["deadline", "bundle", "submit", str(root / "farm")]
    assert "not the whole shot" in shown.stderr
    assert "say --gpu" in shown.stderr


def test_command_without_json_shows_the_job(tmp_path: Path) -> None:
    """Steps, tasks, who checked it, and what to type next; the chunk is the room's own."""
    write_farm_shot(tmp_path, EXPORTED, changed="1-24", to=f"1-{2 * CHUNK + 1}")

    shown = CliRunner().invoke(APP, [str(tmp_path), "--gpu"])

    assert shown.exit_code == 0, shown.output
    assert (
        f"Recover, Gather, Review, Report; {2 * CHUNK + 1} frames in 3 tasks; checked by"
        in shown.stderr
    )
    assert "\nsubmit it: deadline bundle submit " in shown.stderr
    assert "say --gpu" not in shown.stderr


TELLS_ITS_WORDS = """\
import json, sys
from pathlib import Path
with Path(__file__).with_name("words.jsonl").open("a", encoding="utf-8") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
"""
"""A command line that only writes down what it was asked."""


@pytest.mark.slow
def test_runner_hands_over_names_as_they_are(tmp_path: Path) -> None:
    """Through a real runner: paths mapped, spaces, quotes, braces and dollars untouched."""
    shot = write_farm_shot(tmp_path / "here" / AWKWARD, EXPORTED)
    bundle = bundle_of(shot, out=tmp_path / "bundle", chunk=10)
    command = write_command(tmp_path / 'it\'s "here" ' / "chroma resolve", TELLS_ITS_WORDS)
    rule = {
        "source_path_format": "POSIX",
        "source_path": str(tmp_path / "here"),
        "destination_path": "/mnt/the farm's",
    }
    rules = {"version": "pathmapping-1.0", "path_mapping_rules": [rule]}

    shown = run_job(
        bundle.folder / "template.json",
        "--path-mapping-rules",
        json.dumps(rules),
        Shot=shot.root,
        Chromaresolve=command,
        Frames="-3-20",
    )

    assert shown.returncode == 0, shown.stdout
    log = command.with_name("words.jsonl").read_text("utf-8").splitlines()
    mapped = f"/mnt/the farm's/{AWKWARD}"
    assert [json.loads(line) for line in log] == [
        ["recover", mapped, "--frames=-3-4", "--provider=auto"],
        ["recover", mapped, "--frames=5-12", "--provider=auto"],
        ["recover", mapped, "--frames=13-20", "--provider=auto"],
        ["recover", mapped, "--provider=auto"],
        ["review", mapped],
        ["report", mapped],
    ]


def test_chunk_of_the_command_is_the_rooms() -> None:
    """The command names it again only so that `--help` loads nothing."""
    assert (farm.__kwdefaults__ or {})["chunk"] == CHUNK


def test_longest_value_is_that_of_the_schemas(tmp_path: Path) -> None:
    """One character more, and openjd-model refuses it too."""
    template = template_of(bundle_of(write_farm_shot(tmp_path, EXPORTED)))
    [provider] = [row for row in template["parameterDefinitions"] if row["name"] == "Provider"]

    provider["default"] = "1" * MAX_VALUE
    assert checking.check_job(template, {"Shot": "/shots/sh010"}, tmp_path)
    provider["default"] = "1" * (MAX_VALUE + 1)
    with pytest.raises(StageError, match=str(MAX_VALUE)):
        checking.check_job(template, {"Shot": "/shots/sh010"}, tmp_path)
