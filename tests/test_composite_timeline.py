"""The composite timeline as data: what lies on which track, from which frame and timecode on."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from chromaresolve.composite.timeline import CompositeTimeline, plan_timeline, write_bring_back
from chromaresolve.errors import ChromaresolveError, FrameError, StageError
from chromaresolve.frames import Sequence, read_header
from chromaresolve.shot import Pair, Shot
from composite_shot import EVERY, FIRST, LAST, RATES, write_composite_shot, write_plate


def plan(shot: Shot) -> tuple[CompositeTimeline, list[str]]:
    """Plan the timeline, and return it with what was said."""
    said: list[str] = []
    return plan_timeline(shot, say=said.append), said


def edit(shot: Shot, old: str, new: str) -> Shot:
    """Change the manifest as an artist would."""
    text = shot.file.read_text(encoding="utf-8")
    assert old in text
    shot.file.write_text(text.replace(old, new), encoding="utf-8")
    return Shot.load(shot.root)


def flag(shot: Shot, content: object) -> None:
    """Write what review says."""
    file = shot.path("review/flagged.json")
    file.parent.mkdir()
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def test_tracks_lie_in_their_order_and_mode(tmp_path: Path) -> None:
    """V1 the plate, V2 the recovered frames in Color, V3 and V4 there but off."""
    timeline, said = plan(write_composite_shot(tmp_path / "SH010"))

    assert [(t.name, t.pattern, t.enabled, t.composite, t.bin) for t in timeline.tracks] == [
        ("Original", "plates/SH_BAL_####.exr", True, "Normal", "Balanced"),
        ("Recovered", "recovered/SH010_ML_####.exr", True, "Color", "Recovered"),
        ("LUT Baseline", "baseline/SH010_LUT_####.exr", False, "Normal", "Baseline"),
        ("Final", "composite/SH010_COMP_####.exr", False, "Normal", "Recovered"),
    ]
    assert {(t.first, t.last) for t in timeline.tracks} == {(FIRST, LAST)}
    assert said == ["the timeline starts at 01:00:41:17: the header of SH_BAL_1001.exr says so"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('luma_from = "balanced"', 'luma_from = "scan"', id="luma of the scan"),
        pytest.param('balanced = "plates/SH_BAL_####.exr"\n', "", id="no balanced plate"),
    ],
)
def test_original_is_the_plate_whose_luma_was_kept(tmp_path: Path, old: str, new: str) -> None:
    """Color takes V1's luma: it must be the one the recovered frames have."""
    timeline, _ = plan(edit(write_composite_shot(tmp_path / "SH010"), old, new))

    original = timeline.tracks[0]
    assert (original.pattern, original.bin) == ("plates/SH_SOURCE_####.exr", "Source")
    assert timeline.luma_from == "scan"


def test_what_was_not_made_is_left_out_aloud(tmp_path: Path) -> None:
    """No baseline, and a merge that was broken off: neither track, and a sentence for each."""
    shot = write_composite_shot(tmp_path / "SH010", sequences=[s for s in EVERY if s != "baseline"])
    shot.path("composite/SH010_COMP_1003.exr").unlink()

    timeline, said = plan(shot)

    assert [track.name for track in timeline.tracks] == ["Original", "Recovered"]
    assert said[0].startswith("LUT Baseline is left out: baseline/SH010_LUT_####.exr: no such fold")
    assert said[1].startswith(
        "Final is left out: composite/SH010_COMP_####.exr: 1003 of 1001-1006 are not on disk"
    )


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        pytest.param(
            "recovered/SH010_ML_1004.exr",
            "recovered/SH010_ML_####.exr: 1004 of 1001-1006 are not on disk: make them first",
            id="recovered",
        ),
        pytest.param(
            "plates/SH_BAL_1006.exr",
            "plates/SH_BAL_####.exr: 1006 of 1001-1006 are not on disk: make them first",
            id="plate",
        ),
    ],
)
def test_missing_frames_are_refused(tmp_path: Path, file: str, sentence: str) -> None:
    """Resolve would show them as offline, red on the screen."""
    shot = write_composite_shot(tmp_path / "SH010")
    shot.path(file).unlink()

    with pytest.raises(FrameError) as raised:
        plan(shot)

    assert str(raised.value) == sentence


def test_range_with_gaps_is_refused(tmp_path: Path) -> None:
    """Resolve makes a clip of every run of files: one track could not hold them."""
    shot = edit(write_composite_shot(tmp_path / "SH010"), '"1001-1006"', '"1001-1002,1005"')

    with pytest.raises(StageError, match=r"frames: 1001-1002,1005 has gaps, .* make one run of it"):
        plan(shot)


@pytest.mark.parametrize(("rate", "timecode"), RATES)
def test_reel_timecode_and_numbers_survive(tmp_path: Path, rate: Fraction, timecode: str) -> None:
    """What the plates' headers say of a shot in mid-reel stands in the file that Resolve reads."""
    shot = write_composite_shot(
        tmp_path / "SH010", frame_rate=rate, timecode=timecode, reel="Rolle 3"
    )

    content = json.loads(write_bring_back(plan(shot)[0]).read_text(encoding="utf-8"))

    assert Fraction(content["frame_rate"]) == rate
    assert (content["start_timecode"], content["reel"]) == (timecode, "Rolle 3")
    assert content["drop_frame"] == (";" in timecode)
    assert content["frames"] == "1001-1006"
    for track in content["tracks"]:
        assert (track["first"], track["last"], track["timecode"]) == (FIRST, LAST, timecode)


@pytest.mark.parametrize(
    ("stated", "header", "rate", "start", "said"),
    [
        pytest.param(
            "10:00:00:00",
            "01:00:41:17",
            Fraction(24),
            "10:00:00:00",
            "10:00:00:00, as [source] timecode says, although 01:00:41:17 is the plate's: the "
            "header of SH_BAL_1001.exr says so",
            id="the manifest before the header",
        ),
        pytest.param(
            "01:00:41:17",
            "01:00:41:17",
            Fraction(24),
            "01:00:41:17",
            "01:00:41:17, as [source] timecode says",
            id="both the same",
        ),
        pytest.param(
            None,
            "01:00:41:17",
            Fraction(24),
            "01:00:41:17",
            "01:00:41:17: the header of SH_BAL_1001.exr says so",
            id="the header before the number",
        ),
        pytest.param(
            None,
            None,
            Fraction(24),
            "00:00:41:17",
            "00:00:41:17: frame 1001 counted at 24, for the header of SH_BAL_1001.exr says "
            "no timecode",
            id="the number",
        ),
        pytest.param(
            None,
            "01:00:41;17",
            Fraction(24),
            "00:00:41:17",
            "00:00:41:17: frame 1001 counted at 24, for the header of SH_BAL_1001.exr says "
            "01:00:41;17, which is none at 24",
            id="the number before a header of another rate",
        ),
    ],
)
def test_start_timecode_says_where_it_is_from(
    tmp_path: Path, stated: str | None, header: str | None, rate: Fraction, start: str, said: str
) -> None:
    """The manifest, else the header, else the frame number; never a guess in silence."""
    source = f'timecode = "{stated}"\n' if stated else ""
    shot = write_composite_shot(tmp_path / "SH010", source=source, timecode=None)
    for number in range(FIRST, LAST + 1):
        write_plate(shot.path(f"plates/SH_BAL_{number}.exr"), timecode=header)

    timeline, sentences = plan(shot)

    assert timeline.frame_rate == rate
    assert timeline.start_timecode == start
    assert sentences[-1] == f"the timeline starts at {said}"


def test_reel_of_the_manifest_comes_first(tmp_path: Path) -> None:
    """A scanner's own reel name may be that of a box, not of the film."""
    shot = write_composite_shot(tmp_path / "SH010", reel="BOX17", source='reel = "Akt 2"\n')

    assert plan(shot)[0].reel == "Akt 2"


def test_bring_back_is_what_resolve_reads(tmp_path: Path) -> None:
    """The whole file: every name in it is read by another program."""
    shot = write_composite_shot(tmp_path / "SH010", reel="A001", sequences=EVERY[:4])
    shot = shot.with_pairs([Pair(source=1002, reference=1002, hold_out=True, reason="her face")])

    file = write_bring_back(plan(shot)[0])

    assert file == shot.path("bring_back.json")
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "format": 1,
        "name": "SH010",
        "film": "La Muralla Verde",
        "frame_rate": "24",
        "drop_frame": False,
        "frames": "1001-1006",
        "start_timecode": "01:00:41:17",
        "reel": "A001",
        "width": 64,
        "height": 36,
        "luma_from": "balanced",
        "encoding": "display",
        "tracks": [
            {
                "name": "Original",
                "pattern": "plates/SH_BAL_####.exr",
                "first": 1001,
                "last": 1006,
                "timecode": "01:00:41:17",
                "enabled": True,
                "composite": "Normal",
                "colour": "Orange",
                "bin": "Balanced",
            },
            {
                "name": "Recovered",
                "pattern": "recovered/SH010_ML_####.exr",
                "first": 1001,
                "last": 1006,
                "timecode": "01:00:41:17",
                "enabled": True,
                "composite": "Color",
                "colour": "Teal",
                "bin": "Recovered",
            },
        ],
        "markers": [{"frame": 1002, "colour": "Blue", "name": "hold-out", "note": "her face"}],
    }


def test_patterns_have_the_digits_of_the_files(tmp_path: Path) -> None:
    """Resolve writes eight digits, and a printf pattern is not what it reads back."""
    shot = write_composite_shot(tmp_path / "SH010")
    for path in shot.path("plates").glob("SH_BAL_*"):
        path.rename(path.with_name(path.name.replace("BAL_", "BAL_0000")))
    shot = edit(shot, "plates/SH_BAL_####.exr", "plates/SH_BAL_%04d.exr")

    original = plan(shot)[0].tracks[0]

    assert original.pattern == "plates/SH_BAL_########.exr"
    assert Sequence.find(original.pattern, shot.root).first == original.first


def test_plates_elsewhere_are_named_in_full(tmp_path: Path) -> None:
    """A shot folder holds no copies; what lies outside it is found all the same."""
    shot = write_composite_shot(tmp_path / "SH010")
    outside = tmp_path / "Scan #1, été 100%"
    shot.path("plates").rename(outside)
    shot.file.write_text(
        shot.file.read_text(encoding="utf-8").replace('"plates/', f'"{outside}/'), encoding="utf-8"
    )

    original = plan(Shot.load(shot.root))[0].tracks[0]

    assert original.pattern == f"{outside.as_posix()}/SH_BAL_####.exr"
    assert read_header(Path(original.pattern.replace("####", "1001"))).data_window.width == 64


def test_frames_beyond_the_range_do_not_count(tmp_path: Path) -> None:
    """Handles on disk belong to no track."""
    shot = edit(write_composite_shot(tmp_path / "SH010"), '"1001-1006"', '"1002-1004"')

    timeline, _ = plan(shot)

    assert {(track.first, track.last) for track in timeline.tracks} == {(1002, 1004)}
    assert timeline.start_timecode == "01:00:41:18"


def test_markers_stand_on_flagged_and_held_out_frames(tmp_path: Path) -> None:
    """Flagged and rejected are red, held out is blue, accepted is done with; one a frame."""
    shot = write_composite_shot(tmp_path / "SH010").with_pairs(
        [
            Pair(source=1001, reference=1001),
            Pair(source=1003, reference=1003, hold_out=True, reason="the fan"),
            Pair(source=1005, reference=1005, hold_out=True),
            Pair(source=1900, reference=1900, hold_out=True),
        ]
    )
    rows = [
        {"frame": 1006, "reason": "bleeds", "verdict": "rejected", "score": 0.5},
        {"frame": 1003, "reason": "grey skin", "verdict": "flagged"},
        {"frame": 1002, "reason": "a flash", "verdict": "accepted"},
        {"frame": 999, "reason": "a handle", "verdict": "flagged"},
    ]
    flag(shot, {"frames": rows, "by": "review"})

    assert [(m.frame, m.colour, m.name, m.note) for m in plan(shot)[0].markers] == [
        (1003, "Red", "flagged", "grey skin (a hold-out)"),
        (1005, "Blue", "hold-out", ""),
        (1006, "Red", "rejected", "bleeds"),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param('{"frames": [', "cannot be read (Expecting value", id="cut short"),
        pytest.param([1007], 'has no list of frames: write {"frames": [{"frame": 1007', id="list"),
        pytest.param({"frames": {}}, "has no list of frames", id="no list"),
        pytest.param({"frames": [7]}, "found 7: write {", id="a number"),
        pytest.param(
            {"frames": [{"frame": "7", "reason": "", "verdict": "flagged"}]},
            "found {'frame': '7', 'reason': '', 'verdict': 'flagged'}: write {",
            id="a number as text",
        ),
        pytest.param(
            {"frames": [{"frame": 1001, "reason": "", "verdict": "bad"}]},
            '\'verdict\': \'bad\'}: write {"frame": 1007, "reason": "why", "verdict": "flagged"}',
            id="no verdict",
        ),
    ],
)
def test_flagged_frames_that_make_no_sense_are_refused(
    tmp_path: Path, content: object, sentence: str
) -> None:
    """A marker lost in silence is a frame nobody looks at."""
    shot = write_composite_shot(tmp_path / "SH010")
    flag(shot, content)

    with pytest.raises(ChromaresolveError, match=re.escape(sentence)) as raised:
        plan(shot)

    assert str(shot.path("review/flagged.json")) in str(raised.value)
