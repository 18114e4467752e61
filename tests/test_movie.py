"""Review movies: every frame in order, tagged as what it is, whole or not there at all."""

from __future__ import annotations

import dataclasses
import stat
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.errors import FrameError, MissingExtraError, StageError, UsageError
from chromaresolve.frames import Rgb, write_rgb
from chromaresolve.movie import CODECS, Movie, make_movie
from chromaresolve.movie.codecs import Codec, Leader
from chromaresolve.movie.planes import clamp_to_planes, pad_to_even
from chromaresolve.shot import FrameRange, Shot, create, outputs
from tiny import quiet, still

av = pytest.importorskip("av")

WIDTH, HEIGHT = 257, 131
"""Odd on purpose, and not below the 256x120 that DNxHR needs."""

FIRST, LAST = 1001, 1004
"""The shot's frames."""

RATE = Fraction(30000, 1001)
"""The only kind of rate whose timecode drops numbers."""

NEAR = {"prores": 0.6, "dnxhr": 0.6, "h264": 1.2}
"""Mean difference of luma in 8-bit codes that each codec may cost a smooth, slightly grainy
picture; measured 0.3, 0.3 and 0.7."""


def picture(number: int) -> Rgb:
    """A gradient that moves, with some grain."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    place = (columns + 8 * (number - FIRST)) / (WIDTH + 64)
    rgb = np.stack([place, rows / HEIGHT, 1 - place], axis=-1)
    grain = np.random.default_rng(number).normal(0, 0.004, rgb.shape)
    return (0.1 + 0.8 * rgb + grain).astype(np.float16).astype(np.float32)


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """A shot with recovered frames, at 29.97 drop frame."""
    root = tmp_path_factory.mktemp("a film") / "sh010"
    made = create(
        root,
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.of(range(FIRST, LAST + 1)),
        frame_rate=RATE,
        film="La Muralla Verde",
    )
    text = made.file.read_text(encoding="utf-8")
    text = text.replace("[source]\n", '[source]\ntimecode = "01:00:59;28"\n')
    made.file.write_text(text, encoding="utf-8")
    for number in made.shot.frames:
        write_rgb(root / f"recovered/sh010_ML_{number:04d}.exr", picture(number))
        write_rgb(root / f"plates/P_{number:04d}.exr", picture(number)[..., ::-1])
    return Shot.load(root)


def film(shot: Shot, out: Path | None = None, **options: object) -> Movie:
    """Make a movie and say nothing."""
    wanted = {"say": quiet, "on_progress": still, **options}
    return make_movie(shot, out=out, **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CODECS)
def test_pictures_come_back_in_order(shot: Shot, tmp_path: Path, name: str) -> None:
    """Every frame is there, in its place, with the codes that it was given."""
    codec = CODECS[name]
    made = film(shot, tmp_path / f"look{codec.endings[0]}", codec=name, check=True)

    from chromaresolve.movie.pyav import read_planes

    pictures = list(read_planes(made.path, codec))
    assert len(pictures) == 4
    scale = 2 ** (codec.bits - 8)
    for number, planes in zip(shot.shot.frames, pictures, strict=True):
        truth = clamp_to_planes(pad_to_even(picture(number)), codec)
        off = np.abs(planes.luma.astype(float) - truth.luma).mean() / scale
        assert off <= NEAR[name], f"frame {number} is off by {off:.2f} codes"
    assert made.fidelity is not None
    assert made.fidelity.frames == 4
    assert made.fidelity.luma_mean <= NEAR[name]


@pytest.mark.parametrize("name", CODECS)
def test_movie_says_what_it_is(shot: Shot, tmp_path: Path, name: str) -> None:
    """Colour tags, rate, timecode, size and the viewing intent, read back from the file."""
    codec = CODECS[name]
    made = film(shot, tmp_path / f"look{codec.endings[0]}", codec=name)

    with av.open(str(made.path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.pix_fmt == codec.pixel_format
        assert (context.width, context.height) == (258, 132)
        assert stream.average_rate == RATE
        assert stream.frames == 4
        assert stream.metadata["timecode"] == "01:00:59;28"
        notes = container.metadata
        assert "gamma 2.4" in notes["comment"]
        assert "dim surround" in notes["comment"]
        assert notes["IPTCDigitalSourceType"] == "compositeWithTrainedAlgorithmicMedia"
        assert notes["MLProcessing"].startswith("ChromaResolve")


def test_quicktime_has_the_colour_atom(shot: Shot, tmp_path: Path) -> None:
    """`nclc` 1, 1, 1 (QuickTime File Format, colour parameter atoms), and a timecode track."""
    content = film(shot, tmp_path / "look.mov").path.read_bytes()

    assert b"colrnclc" + bytes((0, 1, 0, 1, 0, 1)) in content
    assert b"tmcd" in content


def test_movie_of_the_plate(shot: Shot) -> None:
    """The plate's movie is made of the plate, and claims no trained media."""
    made = film(shot, of="plate", frames=FrameRange.of([FIRST]))

    assert made.path == shot.path("movies/sh010_PLATE_prores.mov")
    with av.open(str(made.path)) as container:
        assert "IPTCDigitalSourceType" not in container.metadata


def test_range_begins_at_its_own_timecode(shot: Shot, tmp_path: Path) -> None:
    """The second frame of a drop-frame minute's end is followed by ;02 of the next minute."""
    made = film(shot, tmp_path / "look.mov", frames=FrameRange.parse("1003-1004"))

    assert made.leader.timecode == "01:01:00;02"
    with av.open(str(made.path)) as container:
        assert container.streams.video[0].frames == 2


def test_choices_are_said(shot: Shot, tmp_path: Path) -> None:
    """Padding, gaps and how the movie is to be looked at are told."""
    said: list[str] = []

    film(shot, tmp_path / "look.mov", frames=FrameRange.parse("1001,1003"), say=said.append)

    assert any("257x131 is padded to even sizes" in sentence for sentence in said)
    assert any("1001,1003 has gaps" in sentence for sentence in said)
    assert any("prores, yuv422p10le, from 01:00:59;28" in sentence for sentence in said)


def test_stale_frames_are_named(shot: Shot, tmp_path: Path) -> None:
    """A movie of what no longer holds is made, and said to be that."""
    sidecar = shot.path("recovered/sh010_ML.json")
    sidecar.write_text("{}", encoding="utf-8")
    stale = shot.with_made(
        "recovery",
        settings={},
        inputs={"table:recovery": "0" * 64},
        outputs=outputs(shot, [sidecar]),
        measured={},
    )
    said: list[str] = []

    film(stale, tmp_path / "look.mov", frames=FrameRange.of([FIRST]), say=said.append)

    assert "recovery was made from [recovery] settings that changed since" in said[0]


def test_what_a_killed_run_left_is_swept(shot: Shot, tmp_path: Path) -> None:
    """A half-written movie of a process that is gone does not stay in the folder."""
    (tmp_path / ".look.99999.tmp.mov").write_bytes(b"half a movie")

    film(shot, tmp_path / "look.mov", frames=FrameRange.of([FIRST]))

    assert [file.name for file in tmp_path.iterdir()] == ["look.mov"]


def test_missing_frame_leaves_no_movie(shot: Shot, tmp_path: Path) -> None:
    """A movie is whole or absent: a frame that is not there is named."""
    with pytest.raises(FrameError, match="no frame 1005"):
        film(shot, tmp_path / "look.mov", frames=FrameRange.parse("1003-1005"))

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param({"codec": "vp9"}, "'vp9' is not known: write prores, dnxhr, h264", id="codec"),
        pytest.param(
            {"of": "scan"}, "'scan' is not known: write recovered, composite, plate", id="kind"
        ),
        pytest.param({"out": Path("look.mp4")}, "a prores movie's name ends in .mov", id="ending"),
    ],
)
def test_wrong_wishes_are_refused(shot: Shot, options: dict[str, object], problem: str) -> None:
    """What is not known is answered with what is."""
    with pytest.raises(UsageError, match=problem):
        film(shot, **options)  # type: ignore[arg-type]


def lead(codec: Codec, width: int, height: int) -> Leader:
    """What a movie of that size says of itself."""
    return Leader(
        codec=codec,
        width=width,
        height=height,
        pixel_aspect=Fraction(1),
        frame_rate=Fraction(24),
        timecode="01:00:00:00",
        notes={},
    )


@pytest.mark.parametrize(
    ("codec", "problem"),
    [
        pytest.param(
            dataclasses.replace(CODECS["prores"], encoder="vapour"),
            "this PyAV has no vapour: choose another codec",
            id="encoder that is not there",
        ),
        pytest.param(CODECS["dnxhr"], "dnxhd could not write 64x32: ", id="size too small"),
    ],
)
def test_encoder_that_refuses_is_named(tmp_path: Path, codec: Codec, problem: str) -> None:
    """What FFmpeg does not do is said in one sentence, and nothing is left behind."""
    from chromaresolve.movie.pyav import write_with_pyav

    grey = clamp_to_planes(np.full((32, 64, 3), 0.5, dtype=np.float32), codec)

    with pytest.raises(StageError, match=problem):
        write_with_pyav(tmp_path / "look.mov", lead(codec, 64, 32), [grey])

    assert not list(tmp_path.iterdir())


def test_anamorphic_plates_stay_so(tmp_path: Path) -> None:
    """The pixel's shape is in the movie: a squeezed scan is shown unsqueezed."""
    from chromaresolve.movie.pyav import write_with_pyav

    codec = CODECS["prores"]
    grey = clamp_to_planes(np.full((32, 64, 3), 0.5, dtype=np.float32), codec)
    leader = dataclasses.replace(lead(codec, 64, 32), pixel_aspect=Fraction(2))

    write_with_pyav(tmp_path / "look.mov", leader, [grey])

    with av.open(str(tmp_path / "look.mov")) as container:
        assert container.streams.video[0].sample_aspect_ratio == 2


@pytest.fixture
def without_pyav(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without PyAV, whose programs are in this folder alone."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setitem(sys.modules, "chromaresolve.movie.pyav", None)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def write_program(folder: Path, body: str) -> None:
    """Write a program called ffmpeg."""
    file = folder / "ffmpeg"
    file.write_text(f"#!{sys.executable}\n{textwrap.dedent(body)}", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_nothing_that_writes_movies_is_said(shot: Shot, without_pyav: Path) -> None:
    """The line to type is named."""
    assert not list(without_pyav.iterdir())
    with pytest.raises(MissingExtraError, match=r"pip install 'chromaresolve\[movie\]'"):
        film(shot)


def test_ffmpeg_takes_the_place_of_pyav(shot: Shot, without_pyav: Path, tmp_path: Path) -> None:
    """It is given every plane of every frame, and told what they are."""
    write_program(
        without_pyav,
        """
        import sys, pathlib
        pathlib.Path(sys.argv[-1]).write_bytes(sys.stdin.buffer.read())
        pathlib.Path(__file__).with_name("words").write_text("\\n".join(sys.argv[1:]))
        """,
    )
    said: list[str] = []

    made = film(shot, tmp_path / "look.mov", say=said.append)

    planes = [clamp_to_planes(pad_to_even(picture(n)), CODECS["prores"]) for n in made.frames]
    assert made.path.read_bytes() == b"".join(p.tobytes() for one in planes for p in one)
    words = (without_pyav / "words").read_text().splitlines()
    for first, second in (
        ("-pixel_format", "yuv422p10le"),
        ("-video_size", "258x132"),
        ("-framerate", "30000/1001"),
        ("-timecode", "01:00:59;28"),
        ("-profile:v", "3"),
        ("-color_trc", "bt709"),
    ):
        assert words[words.index(first) + 1] == second
    assert any("PyAV is not installed" in sentence for sentence in said)


def test_ffmpegs_last_words_are_given(shot: Shot, without_pyav: Path, tmp_path: Path) -> None:
    """A program that fails leaves no movie, and its own reason is in the message."""
    write_program(without_pyav, 'import sys; sys.exit("Unknown encoder prores_ks")')

    with pytest.raises(StageError, match="could not write it: Unknown encoder prores_ks"):
        film(shot, tmp_path / "look.mov")

    assert not (tmp_path / "look.mov").exists()


def test_check_needs_pyav(shot: Shot, without_pyav: Path, tmp_path: Path) -> None:
    """What cannot be read back is said before it is written."""
    write_program(without_pyav, "")

    with pytest.raises(MissingExtraError):
        film(shot, tmp_path / "look.mov", check=True)

    assert not (tmp_path / "look.mov").exists()
