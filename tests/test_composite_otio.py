"""The composite timeline as an OTIO file: read back, and in the very words that Resolve reads."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from chromaresolve.bridge.timecode import timecode_to_frames
from chromaresolve.cli.commands import app
from chromaresolve.composite.otio import write_otio, write_pair_timeline, write_timeline
from chromaresolve.composite.reference import ReferenceTrack, plan_reference
from chromaresolve.composite.timeline import CompositeTimeline, plan_timeline
from chromaresolve.errors import MissingExtraError, ShotError, StageError, UsageError
from chromaresolve.shot import Pair, Shot
from composite_shot import (
    EVERY,
    FIRST,
    HEIGHT,
    LAST,
    RATES,
    WIDTH,
    say_recovered,
    write_alignment,
    write_composite_shot,
)
from tiny import quiet

TOLERANCE = 1e-6
"""Of a fit in doubles, written with nine decimals."""

STILL = np.eye(3)
"""A Reference that lies as it is."""


def read(file: Path) -> Any:
    """Read a timeline with OpenTimelineIO itself; keep it, for its parts go when it goes."""
    return opentimelineio.adapters.read_from_file(str(file))


def clips_of(file: Path) -> list[Any]:
    """Return a timeline's clips as copies, from the bottom to the top."""
    timeline = read(file)
    return [clip.deepcopy() for clip in timeline.find_clips()]


def write(
    shot: Shot, file: Path, *, absolute: bool = False, reference: ReferenceTrack | None = None
) -> dict[str, Any]:
    """Write the timeline of a shot, and return the file's content as it stands."""
    write_otio(plan(shot), file, absolute=absolute, reference=reference)
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def plan(shot: Shot) -> CompositeTimeline:
    """Plan the timeline of a shot."""
    return plan_timeline(shot, say=quiet)


def reference_of(shot: Shot) -> ReferenceTrack:
    """Plan the Reference's track, which must be there."""
    track = plan_reference(shot, plan(shot), say=quiet)
    assert track is not None
    return track


def placed(
    *, pan: float = 0, tilt: float = 0, zoom: float = 1, turn: float = 0, size: float = 1
) -> NDArray[np.float64]:
    """Return the matrix that alignment finds for a Reference which must be moved so.

    Written out from what a viewer sees: a Reference pixel at r from the middle comes to lie at
    zoom * r, turned counter-clockwise, then shifted right and up.

    Args:
        pan: Pixels of the frame to the right.
        tilt: Pixels of the frame up.
        zoom: Over the Reference as it fills the frame.
        turn: Degrees counter-clockwise.
        size: Pixels of the frame over pixels of the Reference.
    """
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    # With y down, what lies to the right of the middle goes up: its y becomes negative.
    turned = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    to_middle = np.array([[1, 0, (1 - WIDTH) / 2], [0, 1, (1 - HEIGHT) / 2], [0, 0, 1]])
    shift = np.array([[1, 0, pan], [0, 1, -tilt], [0, 0, 1]])
    on_screen = np.linalg.inv(to_middle) @ shift @ turned @ np.diag([zoom, zoom, 1]) @ to_middle
    from_reference = np.array([[size, 0, (size - 1) / 2], [0, size, (size - 1) / 2], [0, 0, 1]])
    return np.asarray(np.linalg.inv(on_screen @ from_reference), dtype=np.float64)


def transform(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the Reference's Transform by their names."""
    clip = content["tracks"]["children"][-1]["children"][-1]
    effect = clip["effects"][0]["metadata"]["Resolve_OTIO"]
    assert (effect["Effect Name"], effect["Name"], effect["Type"]) == ("Transform", "Transform", 2)
    return {parameter["Parameter ID"]: parameter for parameter in effect["Parameters"]}


def test_tracks_names_and_switches_are_read_back(tmp_path: Path) -> None:
    """What is off is off on the clip as well: a track's switch alone may be lost."""
    shot = write_alignment(write_composite_shot(tmp_path / "SH010"), {FIRST: STILL})
    write(shot, tmp_path / "x.otio", reference=reference_of(shot))

    timeline = read(tmp_path / "x.otio")

    assert timeline.name == "SH010_Composite"
    assert [(t.name, t.kind, t.enabled, t[0].enabled) for t in timeline.tracks] == [
        ("Original", "Video", True, True),
        ("Recovered", "Video", True, True),
        ("LUT Baseline", "Video", False, False),
        ("Final", "Video", False, False),
        ("Reference", "Video", False, False),
    ]
    assert [clip.name for clip in timeline.find_clips()] == [
        "SH_BAL_[1001-1006].exr",
        "SH010_ML_[1001-1006].exr",
        "SH010_LUT_[1001-1006].exr",
        "SH010_COMP_[1001-1006].exr",
        "SH_REF_[1001-1006].exr",
    ]


@pytest.mark.parametrize(("rate", "timecode"), RATES)
def test_rate_reel_and_timecode_survive(tmp_path: Path, rate: Fraction, timecode: str) -> None:
    """Ranges count the frames of the timecode in the header; so does the timeline's start."""
    shot = write_composite_shot(
        tmp_path / "SH010", frame_rate=rate, timecode=timecode, reel="Rolle 3"
    )
    write(shot, tmp_path / "x.otio")

    timeline = read(tmp_path / "x.otio")

    counted = timecode_to_frames(timecode, rate)
    start = timeline.global_start_time
    assert (start.value, start.rate) == (counted, float(rate))
    assert timeline.metadata["ChromaResolve"]["frame_rate"] == str(rate)
    assert timeline.metadata["ChromaResolve"]["start_timecode"] == timecode
    assert timeline.metadata["ChromaResolve"]["drop_frame"] == (";" in timecode)
    for clip in timeline.find_clips():
        assert clip.source_range == clip.media_reference.available_range
        assert clip.source_range.start_time.value == counted
        assert clip.source_range.duration.value == LAST - FIRST + 1
        assert clip.source_range.start_time.rate == float(rate)
        assert clip.metadata["cmx_3600"]["reel"] == "Rolle 3"
        assert (
            clip.metadata["ChromaResolve"]["first"],
            clip.metadata["ChromaResolve"]["last"],
        ) == (
            FIRST,
            LAST,
        )
        assert "[1001-1006]" in clip.media_reference.target_url


@pytest.mark.parametrize(
    ("rate", "timecode", "drop_frame"),
    [
        pytest.param(Fraction(24000, 1001), "01:00:41:17", False, id="23.976"),
        pytest.param(Fraction(24), "01:00:41:17", False, id="24"),
        pytest.param(Fraction(25), "01:00:41:17", False, id="25"),
        pytest.param(Fraction(30000, 1001), "01:10:00;00", True, id="29.97 DF"),
        pytest.param(Fraction(30000, 1001), "01:10:00:00", False, id="29.97"),
    ],
)
def test_start_is_the_timecode_by_the_librarys_own_count(
    tmp_path: Path, rate: Fraction, timecode: str, *, drop_frame: bool
) -> None:
    """OpenTimelineIO counts the same timecode back (it knows no 16 and 18)."""
    shot = write_composite_shot(tmp_path / "SH010", frame_rate=rate, timecode=timecode)
    write(shot, tmp_path / "x.otio")

    start = read(tmp_path / "x.otio").global_start_time

    counted = opentimelineio.opentime.to_timecode(start, start.rate, drop_frame=drop_frame)
    assert counted == timecode


def test_timeline_may_start_elsewhere_than_its_media(tmp_path: Path) -> None:
    """Media have the timecode of their own header, whatever the timeline is to start at."""
    shot = write_composite_shot(tmp_path / "SH010", source='timecode = "10:00:00:00"\n')
    write(shot, tmp_path / "x.otio")

    timeline = read(tmp_path / "x.otio")

    assert timeline.global_start_time.value == 10 * 3600 * 24
    ranges = {clip.source_range.start_time.value for clip in timeline.find_clips()}
    assert ranges == {timecode_to_frames("01:00:41:17", Fraction(24))}


def test_files_without_timecode_count_from_their_number(tmp_path: Path) -> None:
    """Frame 1001 at 24 is 00:00:41:17, which is what Resolve is reported to show."""
    write(write_composite_shot(tmp_path / "SH010", timecode=None), tmp_path / "x.otio")

    timeline = read(tmp_path / "x.otio")
    clip = next(iter(timeline.find_clips()))

    assert clip.source_range.start_time.value == FIRST


def test_recovered_lies_in_color_in_resolves_words(tmp_path: Path) -> None:
    """Research's table of effects, literally: mode 16, unsigned, its default beside it."""
    content = write(write_composite_shot(tmp_path / "SH010"), tmp_path / "x.otio")
    original, recovered, baseline, final = content["tracks"]["children"]

    assert recovered["children"][0]["effects"] == [
        {
            "OTIO_SCHEMA": "Effect.1",
            "name": "",
            "effect_name": "Resolve Effect",
            "enabled": True,
            "metadata": {
                "Resolve_OTIO": {
                    "Display Type": 1,
                    "Effect Name": "Composite",
                    "Enabled": True,
                    "Name": "Composite",
                    "Parameters": [
                        {
                            "Default Parameter Value": 0,
                            "Parameter ID": "composite mode",
                            "Parameter Value": 16,
                            "Variant Type": "UInt",
                        }
                    ],
                    "Type": 1,
                }
            },
        }
    ]
    for track in (original, baseline, final):
        (effect,) = track["children"][0]["effects"]
        assert effect["metadata"]["Resolve_OTIO"]["Effect Name"] == "Composite"
        assert effect["metadata"]["Resolve_OTIO"]["Parameters"] == []


def test_file_has_resolves_form(tmp_path: Path) -> None:
    """Schema versions, where media stand, and the metadata without which nothing is read."""
    content = write(write_composite_shot(tmp_path / "SH010"), tmp_path / "x.otio")
    track = content["tracks"]["children"][1]
    clip = track["children"][0]
    media = clip["media_references"]["DEFAULT_MEDIA"]

    assert content["OTIO_SCHEMA"] == "Timeline.1"
    assert content["metadata"]["Resolve_OTIO"] == {"Resolve OTIO Meta Version": "1.0"}
    assert (content["tracks"]["OTIO_SCHEMA"], content["tracks"]["name"]) == ("Stack.1", "")
    assert track["metadata"]["Resolve_OTIO"] == {"Locked": False}
    assert (clip["OTIO_SCHEMA"], clip["active_media_reference_key"]) == ("Clip.2", "DEFAULT_MEDIA")
    assert media["OTIO_SCHEMA"] == "ExternalReference.1"
    assert media["name"] == clip["name"] == "SH010_ML_[1001-1006].exr"


def test_markers_stand_on_the_stack_at_their_frame(tmp_path: Path) -> None:
    """Counted from the timeline's first frame; the note where Resolve keeps it."""
    shot = write_composite_shot(tmp_path / "SH010").with_pairs(
        [Pair(source=1003, reference=1003, hold_out=True, reason="the fan, 100 %")]
    )
    shot.path("review").mkdir()
    row = {"frame": 1006, "reason": "grün", "verdict": "flagged"}
    shot.path("review/flagged.json").write_text(json.dumps({"frames": [row]}), encoding="utf-8")
    write(shot, tmp_path / "x.otio")

    timeline = read(tmp_path / "x.otio")
    markers = timeline.tracks.markers

    assert [(m.name, m.color, m.comment) for m in markers] == [
        ("hold-out", "BLUE", "the fan, 100 %"),
        ("flagged", "RED", "grün"),
    ]
    assert [m.marked_range.start_time.value for m in markers] == [2, 5]
    assert {m.marked_range.duration.value for m in markers} == {1}
    assert dict(markers[0].metadata["Resolve_OTIO"])["Note"] == "the fan, 100 %"
    assert markers[0].metadata["ChromaResolve"]["frame"] == 1003


def frames_of(url: Path) -> list[Path]:
    """Return the files that a sequence's one name stands for."""
    first, last = (int(n) for n in url.name.partition("[")[2].partition("]")[0].split("-"))
    before, after = url.name.partition("[")[0], url.name.partition("]")[2]
    return [url.with_name(f"{before}{number:04d}{after}") for number in range(first, last + 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "folder",
    [
        pytest.param("plain", id="plain"),
        pytest.param("Rolle 3, été #2, 100%20 [neu]", id="awkward"),
    ],
)
@pytest.mark.parametrize("absolute", [False, True], ids=["relative", "absolute"])
@pytest.mark.parametrize("beside", ["shot", "shot/timelines", "elsewhere"])
def test_media_are_plain_paths_that_lead_to_the_frames(
    tmp_path: Path, folder: str, beside: str, *, absolute: bool
) -> None:
    """Not a URL: Resolve writes and reads a path as the system does, every character itself."""
    shot = write_composite_shot(tmp_path / folder / "shot")
    file = tmp_path / folder / beside / "x.otio"
    write(shot, file, absolute=absolute)

    for clip in clips_of(file):
        media = Path(clip.media_reference.target_url)
        assert media.is_absolute() == absolute
        assert "//" not in str(media)
        assert all(frame.is_file() for frame in frames_of(file.parent / media))


def test_relative_media_follow_links_as_the_disk_does(tmp_path: Path) -> None:
    """A timeline in a linked folder: `..` there leads to where the link leads."""
    shot = write_composite_shot(tmp_path / "shot")
    (tmp_path / "deep" / "down").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "down")
    write(shot, tmp_path / "link" / "x.otio")

    clip = clips_of(tmp_path / "link" / "x.otio")[0]

    assert clip.media_reference.target_url.startswith("../../shot/")
    media = tmp_path / "link" / clip.media_reference.target_url
    assert all(frame.is_file() for frame in frames_of(media))


def test_plates_beside_the_shot_are_named_without_steps_up(tmp_path: Path) -> None:
    """An absolute name with `..` in it is none that Resolve shows for a clip."""
    shot = write_composite_shot(tmp_path / "shot")
    shot.path("plates").rename(tmp_path / "plates")
    text = shot.file.read_text(encoding="utf-8").replace('"plates/', '"../plates/')
    shot.file.write_text(text, encoding="utf-8")
    write(Shot.load(shot.root), tmp_path / "x.otio", absolute=True)

    clip = clips_of(tmp_path / "x.otio")[0]

    expected = tmp_path.resolve() / "plates" / "SH_BAL_[1001-1006].exr"
    assert clip.media_reference.target_url == str(expected)


def test_one_frame_is_named_as_its_file(tmp_path: Path) -> None:
    """A range of one is no sequence."""
    shot = write_composite_shot(tmp_path / "SH010")
    text = shot.file.read_text(encoding="utf-8").replace('"1001-1006"', '"1004"')
    shot.file.write_text(text, encoding="utf-8")
    write(Shot.load(shot.root), shot.path("x.otio"))

    clip = clips_of(shot.path("x.otio"))[0]

    assert clip.media_reference.target_url == "plates/SH_BAL_1004.exr"


def test_still_reference_is_placed_once(tmp_path: Path) -> None:
    """Pan and Tilt in shares of its size, Zoom as it is, a positive angle counter-clockwise."""
    matrix = placed(pan=8, tilt=4.5, zoom=1.25, turn=2)
    shot = write_alignment(write_composite_shot(tmp_path / "SH010"), {FIRST: matrix, LAST: matrix})
    content = write(shot, tmp_path / "x.otio", reference=reference_of(shot))

    parameters = transform(content)

    values = {name: parameter["Parameter Value"] for name, parameter in parameters.items()}
    assert values == pytest.approx(
        {
            "transformationZoomX": 1.25,
            "transformationZoomY": 1.25,
            "transformationPan": 8 / WIDTH,
            "transformationTilt": 4.5 / HEIGHT,
            "transformationRotationAngle": 2.0,
        },
        abs=TOLERANCE,
    )
    assert all(parameter["Key Frames"] == {} for parameter in parameters.values())
    assert parameters["transformationPan"] == {
        "Default Parameter Value": 0.0,
        "Key Frames": {},
        "Parameter ID": "transformationPan",
        "Parameter Value": values["transformationPan"],
        "Variant Type": "Double",
        "maxValue": 4.0,
        "minValue": -4.0,
    }


def test_moving_reference_has_key_frames(tmp_path: Path) -> None:
    """One a pair, by the clip's own frames; a value that never leaves its default is left out."""
    pans = {1001: 0.0, 1003: 1.0, 1006: -2.0}
    shot = write_alignment(
        write_composite_shot(tmp_path / "SH010"),
        {frame: placed(pan=pan) for frame, pan in pans.items()},
    )

    parameters = transform(write(shot, tmp_path / "x.otio", reference=reference_of(shot)))

    pan = parameters.pop("transformationPan")
    assert {key: frame["Value"] for key, frame in pan["Key Frames"].items()} == pytest.approx(
        {"0": 0.0, "2": 1 / WIDTH, "5": -2 / WIDTH}, abs=TOLERANCE
    )
    assert {frame["Variant Type"] for frame in pan["Key Frames"].values()} == {"Double"}
    # Resolve drops a parameter whose value is its default, key frames and all.
    assert pan["Parameter Value"] == pan["Key Frames"]["2"]["Value"]
    assert parameters == {}


@pytest.mark.parametrize(
    ("drift", "keys"),
    [pytest.param(0.09, 0, id="under a tenth"), pytest.param(0.11, 2, id="over a tenth")],
)
def test_reference_moves_from_a_tenth_of_a_pixel_on(
    tmp_path: Path, drift: float, keys: int
) -> None:
    """Less than that is the alignment's own unrest: the middle of it is one constant."""
    matrices = {FIRST: placed(pan=5), LAST: placed(pan=5 + drift)}
    shot = write_alignment(write_composite_shot(tmp_path / "SH010"), matrices)

    pan = transform(write(shot, tmp_path / "x.otio", reference=reference_of(shot)))[
        "transformationPan"
    ]

    assert len(pan["Key Frames"]) == keys
    if not keys:
        middle = (5 + drift / 2) / WIDTH
        assert pan["Parameter Value"] == pytest.approx(middle, abs=TOLERANCE)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        pytest.param((WIDTH // 2, HEIGHT // 2), (WIDTH, HEIGHT), id="half the size"),
        pytest.param((WIDTH * 2, HEIGHT * 2), (WIDTH, HEIGHT), id="twice the size"),
        pytest.param((48, HEIGHT), (48, HEIGHT), id="narrower: bars left and right"),
        pytest.param((WIDTH, 24), (WIDTH, 24), id="lower: bars above and below"),
    ],
)
def test_reference_of_another_raster_is_fitted_first(
    tmp_path: Path, size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    """Resolve scales a clip into the frame; Pan and Tilt are shares of what comes of it."""
    scale = fitted[0] / size[0]
    # From the frame's pixels to those of a clip that fills its middle.
    to_clip = np.array(
        [
            [1 / scale, 0, (1 / scale - 1) / 2 - (WIDTH - fitted[0]) / 2 / scale],
            [0, 1 / scale, (1 / scale - 1) / 2 - (HEIGHT - fitted[1]) / 2 / scale],
            [0, 0, 1],
        ]
    )
    shot = write_composite_shot(tmp_path / "SH010", reference_size=size)
    shot = write_alignment(shot, {FIRST: to_clip @ placed(pan=6, tilt=-3)})

    parameters = transform(write(shot, tmp_path / "x.otio", reference=reference_of(shot)))

    values = {name: parameter["Parameter Value"] for name, parameter in parameters.items()}
    values = {name: value for name, value in values.items() if abs(value - 1) > TOLERANCE}
    expected = {"transformationPan": 6 / fitted[0], "transformationTilt": -3 / fitted[1]}
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=TOLERANCE)
    assert abs(values.get("transformationRotationAngle", 0)) < TOLERANCE


def test_reference_with_an_offset_keeps_its_own_numbers(tmp_path: Path) -> None:
    """Its files are named by their numbers, its key frames by where the Source shows them."""
    shot = write_composite_shot(tmp_path / "SH010", offset=-900)
    shot = write_alignment(shot, {1002: placed(pan=1), 1005: placed(pan=3)})
    content = write(shot, shot.path("x.otio"), reference=reference_of(shot))

    clip = clips_of(shot.path("x.otio"))[-1]

    assert clip.media_reference.target_url == "plates/SH_REF_[0101-0106].exr"
    assert [*transform(content)["transformationPan"]["Key Frames"]] == ["1", "4"]


def test_reference_that_begins_late_has_a_gap_before_it(tmp_path: Path) -> None:
    """Key frames count from the clip's start, and may lie before it."""
    shot = write_composite_shot(tmp_path / "SH010")
    for number in (1001, 1002):
        shot.path(f"plates/SH_REF_{number}.exr").unlink()
    shot = write_alignment(shot, {1002: placed(pan=1), 1005: placed(pan=3)})
    content = write(shot, tmp_path / "x.otio", reference=reference_of(shot))

    timeline = read(tmp_path / "x.otio")
    gap, clip = timeline.tracks[-1]

    assert (gap.schema_name(), gap.source_range.duration.value) == ("Gap", 2)
    assert clip.name == "SH_REF_[1003-1006].exr"
    assert clip.source_range.duration.value == 4
    assert clip.source_range.start_time.value == timecode_to_frames("01:00:41:19", Fraction(24))
    assert sorted(transform(content)["transformationPan"]["Key Frames"]) == ["-1", "2"]


def test_what_the_inspector_cannot_do_is_measured_and_said(tmp_path: Path) -> None:
    """Perspective is beyond it: the clip says by how much, and so do we."""
    perspective = np.array([[1, 0, 0], [0, 1, 0], [1e-3, 0, 1]])
    shot = write_alignment(write_composite_shot(tmp_path / "SH010"), {FIRST: perspective})
    said: list[str] = []
    track = plan_reference(shot, plan(shot), say=said.append)
    assert track is not None
    write(shot, tmp_path / "x.otio", reference=track)

    clip = clips_of(tmp_path / "x.otio")[-1]

    residual = clip.metadata["ChromaResolve"]["residual_px"]
    assert 0.2 < residual < 3
    assert said == [
        f"Reference: what the Inspector can do leaves it up to {residual:.2f} px off its alignment"
    ]


def test_reference_that_cannot_be_shown_is_left_out_aloud(tmp_path: Path) -> None:
    """Frames here and there, none at all, or pairs of other frames than the offset's."""
    shot = write_alignment(write_composite_shot(tmp_path / "SH010"), {FIRST: STILL})
    said: list[str] = []
    timeline = plan(shot)

    assert plan_reference(
        shot.with_pairs([Pair(source=FIRST, reference=FIRST + 1)]), timeline, say=said.append
    ) is None  # fmt: skip
    shot.path("plates/SH_REF_1003.exr").unlink()
    assert plan_reference(shot, timeline, say=said.append) is None
    for path in shot.path("plates").glob("SH_REF_*"):
        path.unlink()
    assert plan_reference(shot, timeline, say=said.append) is None

    assert said[:2] == [
        "Reference is left out: no aligned pair is at offset 0",
        (
            "Reference is left out: plates/SH_REF_####.exr: 1001-1002,1004-1006 has gaps, which a "
            "timeline shows as missing"
        ),
    ]
    assert said[2].startswith("Reference is left out: plates/SH_REF_####.exr: no frame in")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="nothing"),
        pytest.param('{"pairs": 3}', id="no pairs"),
        pytest.param('{"pairs": {"1001": {}}}', id="no matrix"),
        pytest.param('{"pairs": {"1001": {"matrix": [[1, 0], [0, 1]]}}}', id="small matrix"),
        pytest.param('{"pairs": {"1001": {"matrix": [[1,0,0],[2,0,0],[0,0,1]]}}}', id="a line"),
    ],
)
def test_alignment_that_makes_no_sense_is_refused(tmp_path: Path, content: str) -> None:
    """Nothing is placed on a guess."""
    shot = write_alignment(write_composite_shot(tmp_path / "SH010"), {FIRST: STILL})
    shot.path("alignment/alignment.json").write_text(content, encoding="utf-8")

    with pytest.raises(StageError, match=r"alignment\.json: is not what .* run `chromaresolve al"):
        plan_reference(shot, plan(shot), say=quiet)


def test_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core runs without it; who wants a timeline reads what to type, and no half file stays."""
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    shot = write_composite_shot(tmp_path / "SH010")

    with pytest.raises(MissingExtraError, match=r"pip install 'chromaresolve\[timeline\]'"):
        write(shot, tmp_path / "x.otio")
    assert not (tmp_path / "x.otio").exists()


def test_command_writes_both_files(tmp_path: Path) -> None:
    """One command for who cannot script Resolve; machines read where it went."""
    shot = write_alignment(write_composite_shot(tmp_path / "SH010"), {FIRST: STILL})
    say_recovered(shot)
    file = shot.path("SH010.otio")

    result = CliRunner().invoke(
        app, ["composite", str(shot.root), "--timeline", str(file), "--json"]
    )

    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["tracks"] == ["Original", "Recovered", "LUT Baseline", "Final"]
    assert facts["start_timecode"] == "01:00:41:17"
    timeline = read(file)
    assert [track.name for track in timeline.tracks][4:] == ["Reference"]
    assert json.loads(Path(facts["bring_back"]).read_text())["name"] == "SH010"


def test_command_says_how_to_import(tmp_path: Path) -> None:
    """Free editions have this menu entry too."""
    shot = say_recovered(write_alignment(write_composite_shot(tmp_path / "SH010"), {FIRST: STILL}))

    result = CliRunner().invoke(
        app, ["composite", str(shot.root), "--timeline", str(shot.path("x.otio")), "--absolute"]
    )

    assert result.exit_code == 0, result.output
    assert "import it with File > Import > Timeline, in any edition" in result.stderr
    clip = clips_of(shot.path("x.otio"))[0]
    assert Path(clip.media_reference.target_url).is_absolute()


def test_command_refuses_what_cannot_be(tmp_path: Path) -> None:
    """Another ending, another folder for a merge that is not made, a recovery that is not there."""
    shot = write_composite_shot(tmp_path / "SH010", sequences=EVERY[:3])

    with pytest.raises(UsageError, match=r"x\.xml': name it \.otio"):
        write_timeline(shot, Path("x.xml"), absolute=False, say=quiet)
    with pytest.raises(ShotError, match=r"timeline needs recovery: run `chromaresolve recover` fi"):
        write_timeline(shot, Path("x.otio"), absolute=False, say=quiet)
    for options, sentence in (
        (["--timeline", "x.otio", "--out", "y"], "leave --out away"),
        (["--absolute"], "--absolute is for --timeline"),
    ):
        result = CliRunner().invoke(app, ["composite", str(shot.root), *options])
        assert isinstance(result.exception, UsageError)
        assert sentence in str(result.exception)
    assert not shot.path("bring_back.json").exists()


def test_stale_tracks_are_said(tmp_path: Path) -> None:
    """A baseline of other pairs is shown, but not in silence."""
    shot = write_alignment(write_composite_shot(tmp_path / "SH010"), {FIRST: STILL})
    shot = say_recovered(shot).with_made(
        "baseline", settings={}, inputs={"table:crop": "of another crop"}, outputs={}, measured={}
    )
    said: list[str] = []

    write_timeline(shot, shot.path("x.otio"), absolute=False, say=said.append)

    assert said[0].startswith("baseline was made from [crop] settings that changed since")


def test_pair_timeline_is_a_conform(tmp_path: Path) -> None:
    """The scan on V1, the Reference on V2 from its offset, both on; nothing is recovered yet."""
    shot = write_composite_shot(
        tmp_path / "sh010", sequences=["SOURCE", "REF"], offset=7, reel="A001"
    )
    said: list[str] = []

    write_pair_timeline(shot, tmp_path / "pair.otio", absolute=True, say=said.append)

    timeline = read(tmp_path / "pair.otio")
    source, reference = timeline.video_tracks()
    assert timeline.name == "sh010_Pair"
    assert [track.name for track in (source, reference)] == ["Source", "Reference"]
    assert [track.enabled for track in (source, reference)] == [True, True]
    (scan,), (copy,) = source, reference
    assert scan.name == "SH_SOURCE_[1001-1006].exr"
    assert copy.name == "SH_REF_[1008-1013].exr"
    assert scan.source_range.duration == copy.source_range.duration
    assert timeline.global_start_time == scan.source_range.start_time
    transform = copy.effects[0].metadata["Resolve_OTIO"]
    assert list(transform["Parameters"]) == []
    assert "Reference: not aligned yet, it lies as Resolve fits it in" in said


def test_pair_timeline_carries_the_alignment(tmp_path: Path) -> None:
    """Written again after it, the Reference lies as it must: here 4 pixels to the right."""
    shot = write_composite_shot(tmp_path / "sh010", sequences=["SOURCE", "REF"])
    moved = np.array([[1.0, 0.0, -4.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    shot = write_alignment(shot, {1001: moved})

    write_pair_timeline(shot, tmp_path / "pair.otio", absolute=False, say=quiet)

    _, (copy,) = read(tmp_path / "pair.otio").video_tracks()
    (pan,) = copy.effects[0].metadata["Resolve_OTIO"]["Parameters"]
    assert pan["Parameter ID"] == "transformationPan"
    assert pan["Parameter Value"] == pytest.approx(4 / 64)
