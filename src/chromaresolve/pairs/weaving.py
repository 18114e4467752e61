"""Pairs whose Reference frame shows two moments: where the other field of each is."""

from __future__ import annotations

from collections.abc import Iterable

from chromaresolve.errors import FrameError, StageError
from chromaresolve.frames import Rgb, Sequence, read_rgb
from chromaresolve.pairs.fields import find_fields
from chromaresolve.shot import Pair
from chromaresolve.survey import Survey
from chromaresolve.telling import Say
from chromaresolve.turnover.cadence import COMBED


def weave_pairs(
    pairs: Iterable[Pair], theirs: Survey, plates: Sequence, references: Sequence, say: Say
) -> list[Pair]:
    """Name for every combed Reference frame the one that holds its other field.

    Where none does, the pair stays as it is, and it is said: what is torn is not trusted.

    Args:
        pairs: The pairs; a field that the artist named stays.
        theirs: The Reference.
        plates: The plates, which tell the moment that is meant.
        references: The Reference's frames.
        say: Told what was found.
    """
    return [
        pair
        if pair.field_from is not None or not _is_combed(pair, theirs)
        else _woven(pair, plates, references, say)
        for pair in pairs
    ]


def _is_combed(pair: Pair, theirs: Survey) -> bool:
    return pair.reference in theirs.frames and theirs.comb[theirs.index_of(pair.reference)] > COMBED


def _woven(pair: Pair, plates: Sequence, references: Sequence, say: Say) -> Pair:
    path = references.path(pair.reference)
    try:
        found = find_fields(
            read_rgb(path),
            before_rgb=_beside(references, pair.reference - 1),
            after_rgb=_beside(references, pair.reference + 1),
            source_rgb=read_rgb(plates.path(pair.source)),
            where=path,
        )
    except (FrameError, StageError) as error:
        say(f"pair {pair.source}: {error}")
        return pair
    if found is None:
        return pair
    other = pair.reference + found.neighbour
    say(f"pair {pair.source}: Reference {pair.reference} is woven with a field of {other}")
    return pair.model_copy(update={"field_from": other})


def _beside(references: Sequence, frame: int) -> Rgb | None:
    """Return a neighbour, None where there is none or it cannot be read."""
    if frame not in references.paths:
        return None
    try:
        return read_rgb(references.path(frame))
    except FrameError:
        return None
