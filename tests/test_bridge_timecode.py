"""Rates and timecodes: exact, and refused where they are not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.timecode import (
    DROPPED,
    RATES,
    counting_rate,
    frames_per_day,
    frames_to_timecode,
    is_drop_frame,
    rate_from_resolve,
    rate_from_text,
    rate_to_resolve,
    rate_to_text,
    timecode_to_frames,
)

NTSC = Fraction(30000, 1001)
FAST_NTSC = Fraction(60000, 1001)
FILM = Fraction(24000, 1001)


def count_up(counted: int, dropped: int) -> Iterator[str]:
    """Count a day as a timecode generator does: number by number, skipping what ST 12-1 skips."""
    for minute in range(24 * 60):
        for number in range(60 * counted):
            if minute % 10 and number < dropped:
                continue
            second, frame = divmod(number, counted)
            mark = ";" if dropped else ":"
            yield f"{minute // 60:02}:{minute % 60:02}:{second:02}{mark}{frame:02}"


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        pytest.param("00:00:59;29", NTSC, 1799, id="last of the first minute"),
        pytest.param("00:01:00;02", NTSC, 1800, id="follows it"),
        pytest.param("00:10:00;00", NTSC, 17982, id="ten minutes drop 18"),
        pytest.param("01:00:00;00", NTSC, 107892, id="an hour drops 108"),
        pytest.param("23:59:59;29", NTSC, 2589407, id="a day drops 2592"),
        pytest.param("00:00:59;59", FAST_NTSC, 3599, id="last of the first minute, 59.94"),
        pytest.param("00:01:00;04", FAST_NTSC, 3600, id="follows it, 59.94"),
        pytest.param("00:10:00;00", FAST_NTSC, 35964, id="ten minutes drop 36, 59.94"),
        pytest.param("01:00:00:00", NTSC, 108000, id="29.97 without drop frame"),
        pytest.param("01:00:00:00", FILM, 86400, id="23.976 counts 24"),
        pytest.param("01:00:00:00", Fraction(24), 86400, id="24"),
        pytest.param("01:00:00:00", Fraction(25), 90000, id="25"),
        pytest.param("00:00:01:00", Fraction(16), 16, id="16 counts 0 to 15"),
        pytest.param("00:00:00:17", Fraction(18), 17, id="18 counts 0 to 17"),
        pytest.param("01:00:41:17", FILM, 87401, id="mid reel"),
        pytest.param("00:00:00:119", Fraction(120), 119, id="three digits"),
    ],
)
def test_count_agrees_with_published_values(text: str, rate: Fraction, frames: int) -> None:
    """The drop frame numbers are those of SMPTE ST 12-1's own counting."""
    assert timecode_to_frames(text, rate) == frames
    assert frames_to_timecode(frames, rate, is_drop_frame(text)) == text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "dropped"),
    [
        pytest.param(NTSC, 2, id="29.97 DF"),
        pytest.param(FAST_NTSC, 4, id="59.94 DF"),
        pytest.param(FILM, 0, id="23.976"),
        pytest.param(Fraction(18), 0, id="18"),
    ],
)
def test_count_agrees_with_counting_number_by_number(rate: Fraction, dropped: int) -> None:
    """Every frame of the first 21 minutes has the timecode that a generator gives it."""
    shown = islice(count_up(counting_rate(rate), dropped), 21 * 60 * counting_rate(rate))

    for frames, text in enumerate(shown):
        assert frames_to_timecode(frames, rate, bool(dropped)) == text
        assert timecode_to_frames(text, rate) == frames


@given(
    which=st.sampled_from(sorted(RATES)),
    place=st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_count_comes_back_all_day(which: str, place: float) -> None:
    """At every rate of Resolve's, any frame of a day survives its timecode."""
    rate, drop = rate_from_resolve(which)
    frames = math.floor(place * frames_per_day(rate, drop))

    assert timecode_to_frames(frames_to_timecode(frames, rate, drop), rate) == frames


@pytest.mark.parametrize("rate", sorted(DROPPED))
def test_day_ends_with_its_last_number(rate: Fraction) -> None:
    """Drop frame keeps the day within two frames of 24 hours on the clock (ST 12-1)."""
    day = frames_per_day(rate, drop_frame=True)

    assert frames_to_timecode(day - 1, rate, drop_frame=True).startswith("23:59:59;")
    assert abs(day / rate - 24 * 3600) < Fraction(1, 10)


@pytest.mark.parametrize(
    ("text", "rate", "said"),
    [
        pytest.param("00:01:00;00", NTSC, "the first frame of this minute is 00:01:00;02", id="0"),
        pytest.param("12:59:00;01", NTSC, "the first frame of this minute is 12:59:00;02", id="1"),
        pytest.param("00:11:00;03", FAST_NTSC, "of this minute is 00:11:00;04", id="3 at 59.94"),
        pytest.param("00:00:00;00", FILM, "24000/1001 has no drop frame timecode", id="23.976 DF"),
        pytest.param("00:00:00:16", Fraction(16), "frames to 15", id="16 at 16"),
        pytest.param("00:00:60:00", FILM, "seconds to 59", id="60 seconds"),
        pytest.param("24:00:00:00", FILM, "hours to 23", id="tomorrow"),
        pytest.param("01:00:00", FILM, "is no timecode: write it as 01:00:00:00", id="no frames"),
        pytest.param("01:00:00.00", FILM, "is no timecode", id="a point"),
        pytest.param("1:00:00:00", FILM, "is no timecode", id="one digit"),
        pytest.param("", FILM, "timecode '': is no timecode", id="empty"),
        pytest.param(
            "\u0660\u0661:00:00:00", FILM, "is no timecode", id="digits of another script"
        ),
    ],
)
def test_count_refuses_what_is_no_timecode(text: str, rate: Fraction, said: str) -> None:
    """Numbers that are dropped or do not exist are named, with what is right instead."""
    with pytest.raises(BridgeError, match=said):
        timecode_to_frames(text, rate)


@pytest.mark.parametrize(
    ("frames", "rate", "drop"),
    [
        pytest.param(-1, FILM, False, id="before midnight"),
        pytest.param(24 * 86400, FILM, False, id="tomorrow"),
        pytest.param(0, Fraction(30), True, id="30 has no drop frame"),
    ],
)
def test_timecode_refuses_what_a_day_lacks(frames: int, rate: Fraction, drop: bool) -> None:
    """Nothing wraps around in silence."""
    with pytest.raises(BridgeError, match="has no"):
        frames_to_timecode(frames, rate, drop)


@pytest.mark.parametrize("name", sorted(RATES))
def test_rate_comes_back_in_resolves_words(name: str) -> None:
    """Every name of Resolve's has an exact rate, and that rate has that name."""
    rate, drop = rate_from_resolve(name)

    assert rate == RATES[name]
    assert rate_to_resolve(rate, drop) == name
    assert rate_from_text(rate_to_text(rate)) == rate


@pytest.mark.parametrize(
    ("answer", "rate"),
    [
        pytest.param(23.976, FILM, id="23.976"),
        pytest.param(23.976024627685547, FILM, id="single precision"),
        pytest.param("23.98", FILM, id="rounded text"),
        pytest.param(24.0, Fraction(24), id="24.0"),
        pytest.param(24, Fraction(24), id="int"),
        pytest.param("24.000", Fraction(24), id="text with zeros"),
        pytest.param(29.97, NTSC, id="29.97"),
        pytest.param(29.97002997, NTSC, id="29.97 written out"),
        pytest.param(16.0, Fraction(16), id="16"),
        pytest.param(59.94, FAST_NTSC, id="59.94"),
    ],
)
def test_rate_is_exact_whatever_resolve_answers(answer: str | float, rate: Fraction) -> None:
    """Resolve rounds; the fraction behind its number is known."""
    assert rate_from_resolve(answer) == (rate, False)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(29.0, "Resolve may mean 29.97", id="29 for 29.97"),
        pytest.param("23", "Resolve may mean 23.976", id="23 for 23.976"),
        pytest.param(59.0, "Resolve may mean 59.94", id="59 for 59.94"),
        pytest.param("30 DF", "choose one of 16, 18, 23.976", id="drop frame without NTSC"),
        pytest.param("24 DF", "choose one of", id="drop frame at 24"),
        pytest.param(23.99, "choose one of", id="between two"),
        pytest.param(12.5, "choose one of", id="not offered"),
        pytest.param("", "frame rate ''", id="empty"),
        pytest.param(math.nan, "frame rate nan", id="nan"),
        pytest.param(math.inf, "frame rate inf", id="inf"),
        pytest.param("twenty-four", "choose one of", id="words"),
    ],
)
def test_rate_refuses_what_could_be_another(answer: str | float, said: str) -> None:
    """A rate that is not one of Resolve's is never rounded to its neighbour."""
    with pytest.raises(BridgeError, match=said):
        rate_from_resolve(answer)


def test_rate_refuses_no_answer() -> None:
    """Resolve answers None where it has no setting."""
    with pytest.raises(BridgeError, match="frame rate None: is no frame rate"):
        rate_from_resolve(None)  # type: ignore[arg-type]  # what Resolve really answers


@pytest.mark.parametrize(
    ("rate", "drop", "said"),
    [
        pytest.param(Fraction(12), False, "Resolve has no such timeline", id="not offered"),
        pytest.param(Fraction("23.976"), False, "has no such timeline", id="not the exact one"),
        pytest.param(Fraction(25), True, "has no drop frame timecode", id="no drop frame"),
    ],
)
def test_rate_that_resolve_lacks_is_refused(rate: Fraction, drop: bool, said: str) -> None:
    """A timeline can only run at Resolve's own rates."""
    with pytest.raises(BridgeError, match=said):
        rate_to_resolve(rate, drop)


@pytest.mark.parametrize("text", ["", "23.976", "24000/0", "0", "-24", "24/", "a", "24 ", "1/2/3"])
def test_rate_text_refuses_what_is_not_exact(text: str) -> None:
    """Files between Resolve and the tool hold exact rates alone."""
    with pytest.raises(BridgeError, match="write it as 24 or 24000/1001"):
        rate_from_text(text)
