"""Frames that must not teach are left out with a reason, and torn ones are woven anew."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from chromaresolve.alignment.laying import read_reference
from chromaresolve.fade import MODERATE
from chromaresolve.frames import Sequence, read_rgb
from chromaresolve.pairs.fitness import find_unfit
from chromaresolve.pairs.timing import Timing
from chromaresolve.pairs.weaving import weave_pairs
from chromaresolve.plates import Wear, measure_wear
from chromaresolve.shot import Pair
from chromaresolve.survey import survey
from footage import (
    Frames,
    dissolved,
    faded,
    faded_out,
    handed_over,
    interlaced,
    numbers_of,
    pulled_down,
    shot_frames,
    surveyed,
)
from tiny import still


def in_step(frames: Frames) -> Timing:
    """Every frame belongs to the one of its own number."""
    pairs = {number: number for number in numbers_of(frames)}
    return Timing(
        reference=pairs,
        confidence=dict.fromkeys(pairs, 1.0),
        offset=0,
        rate=Fraction(1),
        is_sure=True,
        sentence="in step",
    )


def unfit(source: Frames, reference: Frames, wear: Wear | None = None) -> dict[int, str]:
    """What may not teach of two sequences that are in step."""
    return find_unfit(
        numbers_of(source),
        surveyed(source),
        surveyed(reference),
        in_step(source),
        wear or measure_wear(zip(numbers_of(source), source, strict=True)),
    )


def test_frames_in_a_dissolve_do_not_teach() -> None:
    """They mix the colours of two shots; those before and after it may teach."""
    film = dissolved(shot_frames(1, 30), shot_frames(2, 30), 12)

    found = unfit(film, film)

    mixed = {frame for frame, why in found.items() if "dissolve" in why}
    assert set(range(21, 29)) <= mixed <= set(range(13, 37))
    assert found[24] == "in a dissolve of the Source"


def test_frames_that_fade_out_in_the_reference_alone_do_not_teach() -> None:
    """The Reference may be another edit."""
    film = shot_frames(3, 24)

    found = unfit(film, faded_out(film, 8))

    assert found[22] == "in a fade out of the Reference"
    assert 12 not in found


def test_combed_frames_are_left_out_where_whole_ones_are_enough() -> None:
    """Of 3:2 pulldown two frames in five are torn."""
    film = shot_frames(4, 16, pan=4.0, action=3.0)
    video = pulled_down(film)

    found = unfit(video, video)

    torn = {frame for frame, why in found.items() if "two fields" in why}
    assert torn == {3, 4, 8, 9, 13, 14, 18, 19}


def test_combed_frames_are_kept_where_nearly_all_are() -> None:
    """Better a frame that is woven anew than none."""
    film = shot_frames(5, 17, pan=4.0, action=3.0)
    video = interlaced(film[:-1], film[1:])

    assert not any("fields" in why for why in unfit(video, video).values())


def test_a_torn_pair_is_woven_and_read_as_the_film(tmp_path: Path) -> None:
    """`field_from` names the frame with the other field; read together they are the film's own."""
    film = shot_frames(3, 8, width=320, height=180, pan=4.0, action=3.0)
    video = pulled_down(film)
    scan = faded(film, MODERATE)[[0, 1, 1, 2, 3, 4, 5, 5, 6, 7]]
    shot = handed_over(tmp_path, scan, video)
    plates, references = (
        Sequence.find(name, shot.root) for name in (shot.source.scan, shot.reference.sequence)
    )
    theirs = survey(references, cache=None, on_progress=still)
    said: list[str] = []

    whole, torn = weave_pairs(
        [Pair(source=1, reference=1), Pair(source=3, reference=3)],
        theirs,
        plates,
        references,
        said.append,
    )

    assert whole == Pair(source=1, reference=1)
    assert torn.field_from == 2
    assert said == ["pair 3: Reference 3 is woven with a field of 2"]
    first = read_rgb(references.path(2))
    np.testing.assert_array_equal(read_reference(torn, references), first)


def test_a_named_field_stays(tmp_path: Path) -> None:
    """The artist's own word goes first; nothing is read."""
    film = shot_frames(3, 8, width=320, height=180, pan=4.0, action=3.0)
    shot = handed_over(tmp_path, film, pulled_down(film)[:8])
    plates, references = (
        Sequence.find(name, shot.root) for name in (shot.source.scan, shot.reference.sequence)
    )
    theirs = survey(references, cache=None, on_progress=still)
    mine = Pair(source=3, reference=3, field_from=4)
    said: list[str] = []

    assert weave_pairs([mine], theirs, plates, references, said.append) == [mine]
    assert not said
