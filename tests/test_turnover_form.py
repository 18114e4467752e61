"""Form and tags: rasters, rates, channels, bit depths, and what headers say of colour."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from chromaresolve.fade import MODERATE
from chromaresolve.frames import Attribute, read_frame, write_frame, write_rgb
from chromaresolve.shot import FrameRange, Shot, out_of_date
from chromaresolve.turnover import Finding, check
from chromaresolve.turnover.finding import counted, listed
from chromaresolve.turnover.tags import KNOWN_CHROMATICITIES
from footage import dissolved, faded, handed_over, shot_frames, still_frames, telecined
from tiny import still

FILM = shot_frames(1, 4)
"""A shot with nothing wrong with it."""


def found_in(shot: Shot) -> dict[str, Finding]:
    """Check a shot; what was found, by subject."""
    return {finding.subject: finding for finding in check(shot, on_progress=still)[1]}


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A shot whose Source and Reference are one and the same film."""
    return handed_over(tmp_path, FILM, FILM)


def plate(shot: Shot, name: str, frame: int) -> Path:
    """Return a frame's file."""
    return shot.path(f"plates/{name}_{frame:04d}.exr")


def write_tagged(path: Path, key: str, value: str | int | Attribute) -> None:
    """Write the first frame again with another attribute in its header."""
    frame = read_frame(path)
    attributes = {**frame.header.attributes, key: value}
    header = replace(frame.header, attributes=attributes)
    write_frame(path, replace(frame, header=header))


def test_everything_of_a_good_shot_is_ok(tmp_path: Path) -> None:
    """Each check has its row, and none has a remedy."""
    found = found_in(handed_over(tmp_path, faded(FILM, MODERATE), telecined(FILM)))

    assert {finding.verdict for finding in found.values()} == {"ok"}
    assert {finding.remedy for finding in found.values()} == {""}
    assert set(found) == {
        "Source frames", "frames in common", "size", "pixel aspect", "rate", "channels",
        "bit depth", "colour tags", "Source values", "Reference values", "Source levels",
        "Reference levels", "Source fields", "Reference fields", "Source repeats",
        "Reference repeats", "shots", "Source passages", "Reference passages", "content",
        "Reference colour", "hidden transforms", "Reference worth",
    }  # fmt: skip


def test_whatever_is_not_ok_has_a_remedy(tmp_path: Path) -> None:
    """A mirrored, mono, legal Reference of a cut Source with a lost, a broken and a black frame."""
    film = np.concatenate([shot_frames(1, 8), shot_frames(2, 8)])
    film[11] = 0.0
    film[5] = film[4]
    mono = np.repeat(film[:, :, ::-1, 1:2], 3, axis=-1) * np.float32(0.86) + np.float32(0.06)
    shot = handed_over(tmp_path, film * np.float32(1.3), mono[:, ::2])
    plate(shot, "SRC", 3).unlink()
    plate(shot, "SRC", 14).write_bytes(b"")

    wrong = [finding for finding in found_in(shot).values() if finding.verdict != "ok"]

    assert {finding.subject for finding in wrong} >= {
        "Source frames", "Source frame 14", "size", "Source values", "shots", "content",
        "Reference colour", "Source empty frames",
    }  # fmt: skip
    assert [finding.subject for finding in wrong if not finding.remedy] == []


def test_table_is_written_whole(shot: Shot) -> None:
    """`check.json` has verdict, subject, sentence, remedy and frames of every row."""
    plate(shot, "SRC", 2).unlink()

    shot, findings = check(shot, on_progress=still)

    table = json.loads(shot.path("check.json").read_text(encoding="utf-8"))
    assert (table["format"], table["fits"], table["shot"]) == (1, False, shot.shot.name)
    assert len(table["findings"]) == len(findings)
    assert table["findings"][0] == {
        "verdict": "stop",
        "subject": "Source frames",
        "sentence": "2 of 1-4 are not on disk",
        "remedy": "export them, or set frames",
        "frames": "2",
    }
    assert list(shot.made["check"].outputs) == ["check.json"]


def test_lost_table_makes_the_check_out_of_date(shot: Shot) -> None:
    """Whoever reads it finds it, or is told what to run."""
    shot, _ = check(shot, on_progress=still)
    shot.path("check.json").unlink()

    assert "check.json of the check is gone" in out_of_date(shot, "check")[0]


def test_check_looks_once(shot: Shot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time no sequence is read: only channels and ends of a few frames."""
    from chromaresolve.survey import looking

    first = found_in(shot)

    def refuse(path: Path) -> None:
        raise AssertionError(path)

    monkeypatch.setattr(looking, "read_rgb", refuse)

    assert found_in(shot) == first


def test_check_tells_how_far_it_is(shot: Shot) -> None:
    """Both sequences count as one piece of work."""
    told: list[tuple[int, int]] = []

    check(shot, on_progress=lambda done, total, _: told.append((done, total)))

    assert told[0] == (0, 8)
    assert told[-1] == (8, 8)
    assert told == sorted(told)


def test_pixel_aspect_is_noted(shot: Shot) -> None:
    """Square beside anamorphic."""
    for frame in range(1, 5):
        path = plate(shot, "REF", frame)
        read = read_frame(path)
        write_frame(path, replace(read, header=replace(read.header, pixel_aspect=2.0)))

    finding = found_in(shot)["pixel aspect"]

    assert finding.line == "Source 1, Reference 2: export both with one pixel aspect"


def test_rates_are_compared_with_the_shot(shot: Shot) -> None:
    """Every other rate, and the frames that say so."""
    for frame, rate in ((1, 25), (2, 24), (4, 30)):
        write_rgb(plate(shot, "SRC", frame), FILM[frame - 1], frame_rate=Fraction(rate))

    finding = found_in(shot)["Source rate"]

    assert finding.sentence == "the header says 25 and 30 a second, the shot 24"
    assert finding.frames == "1,4"


def test_alpha_is_named(shot: Shot) -> None:
    """By its name, with what it may have done."""
    alpha = np.ones(FILM.shape[1:3], np.float16)
    path = plate(shot, "SRC", 1)
    write_frame(path, replace(read_frame(path), others={"A": alpha, "Z": alpha}))

    finding = found_in(shot)["Source channels"]

    assert finding.sentence == "A, Z beside R, G and B"
    assert "alpha that was multiplied in" in finding.remedy


def test_layers_are_named(shot: Shot) -> None:
    """Other channels are no alpha."""
    path = plate(shot, "REF", 1)
    plane = np.ones(FILM.shape[1:3], np.float16)
    write_frame(path, replace(read_frame(path), others={"matte.Y": plane}))

    assert found_in(shot)["Reference channels"].remedy == (
        "export RGB alone: nothing else is looked at"
    )


def test_eight_bits_are_too_few(tmp_path: Path) -> None:
    """A Source of 8 bits is taken, and said."""
    (tmp_path / "plates").mkdir()
    shot = handed_over(tmp_path, FILM, FILM)
    for frame in range(1, 5):
        write_png(tmp_path / f"plates/PNG_{frame:04d}.png", FILM[frame - 1])
    shot = shot.model_copy(
        update={"source": shot.source.model_copy(update={"scan": "plates/PNG_####.png"})}
    )
    shot._root = tmp_path

    finding = found_in(shot)["Source bit depth"]

    assert finding.verdict == "note"
    assert finding.sentence == "8 bits a channel"


def write_png(path: Path, rgb: np.ndarray) -> None:
    """Write a frame in 8 bits."""
    image = oiio.ImageOutput.create(str(path))
    assert image is not None
    image.open(str(path), oiio.ImageSpec(rgb.shape[1], rgb.shape[0], 3, "uint8"))
    image.write_image(np.ascontiguousarray(rgb))
    image.close()


def test_mixed_pixel_types_are_noted(shot: Shot) -> None:
    """Half and float in one sequence."""
    write_rgb(plate(shot, "REF", 3), FILM[2], pixel_type="float")

    finding = found_in(shot)["Reference bit depth"]

    assert finding.sentence == "differs from frame to frame (half, float)"


@pytest.mark.parametrize("name", sorted(set(KNOWN_CHROMATICITIES.values()) - {"Rec.709"}))
def test_chromaticities_are_named(shot: Shot, name: str) -> None:
    """A header that names other primaries contradicts a shot in Rec.709."""
    values = next(values for values, known in KNOWN_CHROMATICITIES.items() if known == name)
    tag = Attribute("chromaticities", struct.pack("<8f", *values))
    write_tagged(plate(shot, "SRC", 1), "chromaticities", tag)

    finding = found_in(shot)["Source colour tag"]

    assert finding.sentence == f"the header says {name}, the shot Rec.709 2.4"


def strange_primaries(path: Path) -> str:
    """Tag a frame with primaries of no standard."""
    raw = struct.pack("<8f", 0.7, 0.3, 0.2, 0.7, 0.1, 0.1, 0.3, 0.3)
    write_tagged(path, "chromaticities", Attribute("chromaticities", raw))
    return "chromaticities 0.7 0.3 0.2 0.7 0.1 0.1 0.3 0.3"


def aces_container(path: Path) -> str:
    """Tag a frame as SMPTE ST 2065-4 does."""
    write_tagged(path, "acesImageContainerFlag", 1)
    return "ACES container (SMPTE ST 2065-4)"


def interop_id(path: Path) -> str:
    """Tag a frame with a colour space in words."""
    write_tagged(path, "colorInteropID", "lin_ap1_scene")
    return "colorInteropID 'lin_ap1_scene'"


@pytest.mark.parametrize("tag", [strange_primaries, aces_container, interop_id])
def test_other_tags_are_quoted(shot: Shot, tag: Callable[[Path], str]) -> None:
    """What a header says is repeated, whatever it is."""
    words = tag(plate(shot, "REF", 1))

    assert words in found_in(shot)["Reference colour tag"].sentence


def test_rec709_tags_are_fine(shot: Shot) -> None:
    """Rec.709's own primaries contradict nothing."""
    raw = struct.pack("<8f", 0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
    for name in ("SRC", "REF"):
        write_tagged(plate(shot, name, 1), "chromaticities", Attribute("chromaticities", raw))

    assert found_in(shot)["colour tags"].verdict == "ok"


def test_balanced_plates_must_be_whole(tmp_path: Path) -> None:
    """Plates that were brought are checked as well; the tool's own come later."""
    for frame in (1, 2, 4):
        write_rgb(tmp_path / f"plates/BAL_{frame:04d}.exr", FILM[0][:40])
    shot = handed_over(tmp_path, FILM, FILM, balanced="plates/BAL_####.exr")

    found = found_in(shot)

    assert found["Balanced frames"].line.startswith("3 of 1-4 are not on disk")
    assert found["Balanced size"].sentence == "160 x 40, and the Source is 160 x 90"


def test_one_frame_is_a_shot_with_a_warning(tmp_path: Path) -> None:
    """It can be taught, and not measured; nothing else is wrong with it."""
    found = found_in(handed_over(tmp_path, faded(FILM[:1], MODERATE), telecined(FILM[:1])))

    assert found["shots"].verdict == "note"
    assert found["shots"].sentence == "the shot is one frame long"
    assert found["frames in common"].remedy.startswith("a shot this short")
    noted = {subject for subject, finding in found.items() if finding.verdict != "ok"}
    assert noted == {"shots", "frames in common"}


def test_one_frame_among_shots_is_a_shot(tmp_path: Path) -> None:
    """A single frame between two cuts is listed by its number."""
    film = np.concatenate([shot_frames(1, 8), shot_frames(2, 8)])
    frames = FrameRange.of([8])
    shot = handed_over(tmp_path, film, film)
    shot = shot.model_copy(update={"shot": shot.shot.model_copy(update={"frames": frames})})
    shot._root = tmp_path

    found = found_in(shot)

    assert found["shots"].sentence == "the shot is one frame long"
    assert found["frames in common"].sentence == "1 (8), at offset 0"


def test_shots_are_offered_with_the_reason(tmp_path: Path) -> None:
    """Which frames, why one model each, and what to write."""
    film = np.concatenate([shot_frames(seed, 7) for seed in (1, 2, 3)])

    finding = found_in(handed_over(tmp_path, film, film))["shots"]

    assert finding.verdict == "note"
    assert finding.sentence.startswith("2 cuts, at 8,15: shots 1-7, 8-14, 15-21. A model learns")
    assert '[scope] kind = "scene"' in finding.remedy
    assert finding.frames == "8,15"


def test_scene_may_have_cuts(tmp_path: Path) -> None:
    """Who states a scene knows that it has shots."""
    film = np.concatenate([shot_frames(seed, 7) for seed in (1, 2)])
    shot = handed_over(tmp_path, film, film)
    text = shot.file.read_text(encoding="utf-8")
    shot.file.write_text(
        text.replace("[training]", '[scope]\nkind = "scene"\n\n[training]'), encoding="utf-8"
    )

    assert found_in(Shot.load(tmp_path))["shots"].verdict == "ok"


def test_passages_and_flashes_are_rows(tmp_path: Path) -> None:
    """A flash is named by its frame, in the sequence that has it."""
    film = shot_frames(4, 12)
    flashed = film.copy()
    flashed[5] = 0.4 + 0.6 * flashed[5]

    found = found_in(handed_over(tmp_path, film, flashed))

    assert found["Source passages"].verdict == "ok"
    assert found["Reference flashes"].frames == "6"


def test_dissolve_is_a_row(tmp_path: Path) -> None:
    """A dissolve is named by its frames, in both sequences, and is no cut."""
    film = dissolved(still_frames(11, 16), still_frames(12, 16), 8)

    found = found_in(handed_over(tmp_path, faded(film, MODERATE), film))

    for name in ("Source", "Reference"):
        first, last = map(int, found[f"{name} dissolve"].frames.split("-"))
        assert first == pytest.approx(9, abs=2)
        assert last == pytest.approx(16, abs=2)
        assert found[f"{name} dissolve"].remedy.startswith("pair none of these frames")
    assert found["shots"].verdict == "ok"


def test_fade_is_a_row(tmp_path: Path) -> None:
    """A fade is named by its frames."""
    from footage import faded_out

    film = faded_out(shot_frames(4, 20), 8)

    assert found_in(handed_over(tmp_path, film, film))["Source fade out"].frames == "13-20"


def test_words_of_findings() -> None:
    """Ranges and numbers as people write them."""
    assert listed([]) == ""
    assert listed([3, 1, 2]) == "1-3"
    assert (counted(1), counted(2, "cut")) == ("1 frame", "2 cuts")
    assert Finding(verdict="ok", subject="size", sentence="both").line == "both"
