"""`turnover.json` in: a shot made of what Resolve wrote down, and all that can be wrong with it."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from chromaresolve.bridge.handover import Exported, Turnover, load_turnover, save_turnover
from chromaresolve.errors import FrameError, ShotError
from chromaresolve.shot import Shot
from chromaresolve.turnover import Finding, accept_turnover, check
from chromaresolve.workflow import bring_up_to_date
from handed_over import exported, turnover, write_turnover
from tiny import quiet, still


def accepted(folder: Path, **changed: object) -> Shot:
    """Make a shot of a turnover in its own folder."""
    return accept_turnover(folder, write_turnover(folder, **changed), branch="chroma")


def said_of_turnover(shot: Shot) -> list[Finding]:
    """What the check says of the turnover."""
    findings = check(shot, on_progress=still)[1]
    return [one for one in findings if one.subject == "turnover.json"]


def test_turnover_becomes_the_shot(tmp_path: Path) -> None:
    """Name, sequences, rate, frames, reel and timecode are Resolve's, to the letter."""
    shot = accepted(tmp_path, frame_rate="24000/1001")

    assert Shot.load(tmp_path) == shot
    assert (shot.shot.name, shot.shot.film) == ("SH010", "La Muralla Verde")
    assert (shot.shot.frame_rate, str(shot.shot.frames)) == (Fraction(24000, 1001), "1001-1003")
    assert (shot.source.scan, shot.source.balanced) == ("plates/SH010_SOURCE_####.exr", None)
    assert shot.reference.sequence == "plates/SH010_REF_####.exr"
    assert (shot.source.reel, shot.source.timecode) == ("A001", "00:00:41:17")
    assert (shot.reference.offset, shot.reference.kind) == (0, "direct")


def test_turnover_sets_offset_and_kind(tmp_path: Path) -> None:
    """What was noted of the Reference is stated where the artist sees it."""
    reference = exported("plates/SH010_REF_####.exr", offset=-2, kind="constructed")

    shot = accepted(tmp_path, reference=reference)

    assert (shot.reference.offset, shot.reference.kind) == (-2, "constructed")
    assert 'kind = "constructed"' in shot.file.read_text(encoding="utf-8")


def test_drop_frame_timecode_is_taken(tmp_path: Path) -> None:
    """A semicolon says drop frame, and belongs to its rate."""
    shot = accepted(
        tmp_path, frame_rate="30000/1001", drop_frame=True, start_timecode="01:00:41;18"
    )

    assert shot.source.timecode == "01:00:41;18"


def test_reel_may_be_missing(tmp_path: Path) -> None:
    """No reel is no reel: the key stays out of the manifest."""
    shot = accepted(tmp_path, reel="")

    assert shot.source.reel is None


def test_paths_count_from_the_turnover(tmp_path: Path) -> None:
    """A turnover that lies elsewhere: patterns become the shot's own, or absolute."""
    inside, outside = tmp_path / "shot/from_resolve", tmp_path / "elsewhere"

    near = accept_turnover(tmp_path / "shot", write_turnover(inside), branch="chroma")
    far = accept_turnover(tmp_path / "other", write_turnover(outside), branch="chroma")

    assert near.source.scan == "from_resolve/plates/SH010_SOURCE_####.exr"
    assert far.source.scan == (outside / "plates/SH010_SOURCE_####.exr").resolve().as_posix()


def test_bridge_and_tool_agree_on_the_file(tmp_path: Path) -> None:
    """What the bridge writes is what the tool reads, and what the bridge reads again."""
    write_turnover(tmp_path)
    facts = {
        key: value
        for key, value in turnover().items()
        if key not in {"format", "tool", "notes", "source", "reference", "balanced", "master"}
    }
    plain = exported("plates/SH010_SOURCE_####.exr")
    del plain["frames"]
    source = Exported(**{**plain, "notes": ("dark",)}, first=1001, last=1003)
    handed = Turnover(facts, {"source": source, "reference": source._replace(more={"offset": 1})})

    save_turnover(tmp_path, handed)

    assert load_turnover(tmp_path) == handed
    shot = accept_turnover(tmp_path, tmp_path / "turnover.json", branch="chroma")
    assert shot.reference.offset == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another format": ({"format": 2}, "format: found 2, and this ChromaResolve reads 1"),
    "ACES 2.0": (
        {"aces": {**turnover()["aces"], "version": "2.0"}},
        "aces.version: the project is ACES 2.0, whose output transforms make another picture",
    ),
    "no Reference yet": ({"reference": None}, "reference: is not exported yet: run 5 Export Pair"),
    "no Source yet": ({"source": None}, "source: is not exported yet: run 5 Export Pair"),
    "a rate that is none": ({"frame_rate": "23.976"}, "frame_rate: .* is no exact frame rate"),
    "a timecode of another rate": ({"start_timecode": "00:00:00:24"}, "does not exist at 24"),
    "a range that is none": ({"frames": "9-1"}, "frames: .* runs backwards"),
    "a name that is none": ({"name": "SH 010"}, "name: string should match pattern"),
    "an unknown key": ({"colour": "pink"}, "colour: extra inputs are not permitted"),
    "text for a number": ({"width": "64"}, "width: input should be a valid integer"),
    "log values": ({"encoding": "log"}, "encoding: input should be 'display'"),
}  # fmt: skip
"""What is wrong, and what is said."""


@pytest.mark.parametrize(("changed", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_turnover_is_read_strictly(tmp_path: Path, changed: dict[str, Any], sentence: str) -> None:
    """It is refused in one sentence, and no manifest stands in the way of the next try."""
    file = write_turnover(tmp_path)
    file.write_text(json.dumps(turnover(**changed)), encoding="utf-8")

    with pytest.raises(ShotError, match=sentence) as caught:
        accept_turnover(tmp_path, file, branch="chroma")

    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "shot.toml").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "is not there: run 5 Export Pair in Resolve again", id="absent"),
        pytest.param(b"{", "cannot be read", id="cut short"),
        pytest.param(b"\xff", "cannot be read", id="no text"),
        pytest.param(b"[]", "is no turnover", id="a list"),
        pytest.param(b"{}", "format: found None", id="empty"),
    ],
)
def test_broken_file_is_said(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    """What is no turnover at all is named as well."""
    file = tmp_path / "turnover.json"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ShotError, match=sentence):
        accept_turnover(tmp_path, file, branch="chroma")


def test_missing_plates_are_said(tmp_path: Path) -> None:
    """A turnover whose frames were moved away makes no shot."""
    file = write_turnover(tmp_path)
    for frame in (tmp_path / "plates").glob("*_REF_*"):
        frame.unlink()

    with pytest.raises(FrameError, match="SH010_REF_####"):
        accept_turnover(tmp_path, file, branch="chroma")


def test_check_passes_a_fresh_shot(tmp_path: Path) -> None:
    """All is green, the turnover included, but that a copy of the Source has no better colour."""
    _, findings = check(accepted(tmp_path), on_progress=still)

    assert {one.subject for one in findings if one.verdict != "ok"} == {"Reference worth"}
    assert "shot.toml says the same" in [one.sentence for one in findings]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param(
            {"frames": "1001-1002"}, "frames 1001-1002 (shot.toml: 1001-1003)", id="frames"
        ),
        pytest.param({"frame_rate": "25"}, "frame rate 25 (shot.toml: 24)", id="rate"),
        pytest.param({"reel": "B002"}, "reel B002 (shot.toml: A001)", id="reel"),
        pytest.param(
            {"balanced": exported("plates/SH010_BAL_####.exr")},
            "balanced plates/SH010_BAL_####.exr (shot.toml: none)",
            id="balanced",
        ),
    ],
)
def test_check_notices_another_export(
    tmp_path: Path, changed: dict[str, Any], sentence: str
) -> None:
    """Exported again, otherwise: said with what differs, and `check` is due again."""
    shot, _ = check(accepted(tmp_path), on_progress=still)
    write_turnover(tmp_path, **changed)

    findings = said_of_turnover(shot)

    assert [one.verdict for one in findings] == ["note"]
    assert f"Resolve exported {sentence}: change shot.toml" in findings[0].line


def test_turnover_is_what_check_was_made_from(tmp_path: Path) -> None:
    """A turnover that changes makes the check out of date, so that `run` looks again."""
    from chromaresolve.shot import out_of_date

    shot, _ = check(accepted(tmp_path), on_progress=still)
    assert not out_of_date(shot, "check")

    write_turnover(tmp_path, reel="B002")

    assert "turnover.json" in out_of_date(shot, "check")[0]


def test_check_stops_at_a_broken_turnover(tmp_path: Path) -> None:
    """An export that is under way, or not finished, is no time to begin."""
    shot = accepted(tmp_path)
    write_turnover(tmp_path, reference=None)

    assert [one.verdict for one in said_of_turnover(shot)] == ["stop"]


def test_unknown_aces_version_is_noted(tmp_path: Path) -> None:
    """Where nobody could say, the artist is asked to look."""
    aces = {**turnover()["aces"], "version": None}

    findings = said_of_turnover(accepted(tmp_path, aces=aces))

    assert [one.verdict for one in findings] == ["ok", "note"]
    assert "only 1.x fits" in findings[1].remedy


def test_balance_never_runs_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plates that were balanced in Resolve are what the network sees: ours is not put on top."""
    shot = accepted(tmp_path, balanced=exported("plates/SH010_BAL_####.exr"))
    run: list[str] = []

    def note(made: Shot, name: str, *_: object) -> Shot:
        run.append(name)
        return made

    monkeypatch.setattr("chromaresolve.workflow.running._run", note)
    bring_up_to_date(shot, say=quiet, on_progress=still)

    assert shot.source.plate == "plates/SH010_BAL_####.exr"
    assert "check" in run
    assert "balance" not in run


def with_balance(shot: Shot, *, plates: bool) -> Shot:
    """The shot after its balance, with or without plates."""
    return shot.with_made(
        "balance", settings={"plates": plates}, inputs={}, outputs={}, measured={}
    )


def test_two_balances_are_stopped(tmp_path: Path) -> None:
    """Plates from Resolve in place of the tool's own: the manifest must not claim them."""
    shot = accepted(tmp_path, balanced=exported("plates/SH010_BAL_####.exr"))
    shot = with_balance(shot, plates=True)

    stops = [one for one in said_of_turnover(shot) if one.verdict == "stop"]

    assert "remove its table [made.balance]" in stops[0].remedy


def test_own_balance_is_no_difference(tmp_path: Path) -> None:
    """Plates that `balance` made are no business of Resolve's."""
    shot = accepted(tmp_path)
    shot = shot.with_plate(balanced="plates/SH010_REF_####.exr")

    assert [one.verdict for one in said_of_turnover(with_balance(shot, plates=True))] == ["ok"]


def test_diagnosis_of_the_scan_claims_no_plates(tmp_path: Path) -> None:
    """A balance that was only measured stands beside Resolve's plates, and explains none."""
    from_resolve = accepted(tmp_path / "one", balanced=exported("plates/SH010_BAL_####.exr"))
    other = accepted(tmp_path / "two").with_plate(balanced="plates/SH010_REF_####.exr")

    one, two = (
        said_of_turnover(with_balance(shot, plates=False)) for shot in (from_resolve, other)
    )

    assert [finding.verdict for finding in one] == ["ok"]
    assert [finding.verdict for finding in two] == ["note"]
    assert "balanced none (shot.toml: plates/SH010_REF_####.exr)" in two[0].sentence


def run(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user or Resolve's menu would."""
    return subprocess.run(
        [sys.executable, "-m", "chromaresolve", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "100", **environment},
    )


def test_new_takes_a_turnover(tmp_path: Path) -> None:
    """One option stands for all the others; the shot then checks."""
    file = write_turnover(tmp_path)

    made = run("new", tmp_path, "--turnover", file, "--json")
    checked = run("check", tmp_path)

    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["frames"] == "1001-1003"
    assert checked.returncode == 0
    assert "ok  turnover.json: shot.toml says the same" in checked.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(
            ["--turnover", "t.json", "--source", "A_####.exr", "--fps", "24"],
            "--turnover says --source, --fps already: leave one of them out",
            id="both",
        ),
        pytest.param(
            ["--source", "A_####.exr"], "name --source and --reference, or --turnover", id="half"
        ),
        pytest.param([], "name --source and --reference, or --turnover", id="nothing"),
    ],
)
def test_new_refuses_what_does_not_go_together(
    tmp_path: Path, words: list[str], sentence: str
) -> None:
    """Bad usage is exit status 2, in one line."""
    shown = run("new", tmp_path, *words)

    assert shown.returncode == 2
    assert shown.stderr == f"chromaresolve: new: {sentence}\n"


def told(stderr: str) -> list[dict[str, Any]]:
    """Return the JSON lines that a program reads."""
    return [json.loads(line) for line in stderr.splitlines() if line.startswith("{")]


@pytest.mark.slow
def test_screen_tells_a_program_in_json(tmp_path: Path) -> None:
    """Sentences are objects on stderr, one on each line, where the variable asks for it."""
    write_turnover(tmp_path)
    run("new", tmp_path, "--turnover", tmp_path / "turnover.json")

    shown = run("check", tmp_path, CHROMARESOLVE_PROGRESS="json")

    lines = told(shown.stderr)
    assert len(lines) == len(shown.stderr.splitlines())
    assert {"say": "  ok  size: both 64 x 36"} in lines


@pytest.mark.slow
def test_screen_tells_errors_in_json(tmp_path: Path) -> None:
    """Long work that fails says so as an object, and as the line that people know."""
    write_turnover(tmp_path)
    run("new", tmp_path, "--turnover", tmp_path / "turnover.json")
    (tmp_path / "plates/SH010_SOURCE_1002.exr").unlink()

    shown = run("run", tmp_path, CHROMARESOLVE_PROGRESS="json")

    problem = f"{tmp_path}/shot.toml: Source frames: 1002 of 1001-1003 are not on disk"
    assert shown.returncode == 1
    assert told(shown.stderr)[-1]["error"].startswith(problem)
    assert f"chromaresolve: {problem}" in shown.stderr.splitlines()[-1]


def test_screen_tells_progress_in_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """How far the work is, with its note; not oftener than a bar needs, and always the end."""
    from chromaresolve.cli.screen import Screen

    monkeypatch.setenv("CHROMARESOLVE_PROGRESS", "json")

    with Screen(as_json=False).progress("train") as tell:
        for done in range(1001):
            tell(done, 1000, "loss 0.02")

    lines = told(capsys.readouterr().err)
    assert lines[-1] == {"progress": "train", "done": 1000, "total": 1000, "note": "loss 0.02"}
    assert len(lines) < 10


def test_screen_stays_plain_otherwise(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the variable nothing changes."""
    from chromaresolve.cli.screen import Screen

    monkeypatch.delenv("CHROMARESOLVE_PROGRESS", raising=False)
    screen = Screen(as_json=False)

    screen.say("hello")
    with screen.progress("train") as tell:
        tell(3, 3, "done")

    assert capsys.readouterr().err == "hello\ntrain: 3/3 done\n"
