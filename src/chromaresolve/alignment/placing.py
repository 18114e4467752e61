"""Where every pair's Reference lies: what is picture, and pairs solved together or laid by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chromaresolve.alignment.cropping import PictureArea, SharedCrop, find_picture, share_crop
from chromaresolve.alignment.keys import Key, key_at, manual_registration
from chromaresolve.alignment.laying import read_reference
from chromaresolve.alignment.registration import Registration
from chromaresolve.alignment.solving import solve_shot
from chromaresolve.alignment.views import PairViews, view
from chromaresolve.errors import FrameError, StageError
from chromaresolve.frames import Rgb, Sequence, read_rgb
from chromaresolve.shot import Pair, Shot
from chromaresolve.telling import Progress


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """Where the pairs' References lie."""

    registrations: Mapping[int, Registration]
    """By Source frame."""
    left_out: Mapping[int, str]
    """Source frames whose Reference could not be placed, and why."""
    together: str
    """What was solved for the whole shot, in a sentence."""
    crop: SharedCrop
    """What is picture in both."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pairs:
    """The pairs of a shot, to be read one by one; what cannot be read is left out."""

    shot: Shot
    plates: Sequence
    references: Sequence
    on_progress: Progress
    left_out: dict[int, str]

    def sources(self) -> Iterator[Rgb]:
        for _, rgb in self._read("Source", self.read_source):
            yield rgb

    def references_seen(self) -> Iterator[Rgb]:
        for _, rgb in self._read("Reference", self.read_reference):
            yield rgb

    def both(self) -> Iterator[tuple[Pair, Rgb, Rgb]]:
        for pair, source in self._read("pair", self.read_source):
            try:
                yield pair, source, self.read_reference(pair)
            except FrameError as error:
                self.left_out[pair.source] = str(error)

    def read_source(self, pair: Pair) -> Rgb:
        return read_rgb(self.plates.path(pair.source))

    def read_reference(self, pair: Pair) -> Rgb:
        return read_reference(pair, self.references)

    def _read(self, what: str, read: Callable[[Pair], Rgb]) -> Iterator[tuple[Pair, Rgb]]:
        pairs = [pair for pair in self.shot.pair if pair.source not in self.left_out]
        for done, pair in enumerate(pairs):
            self.on_progress(done, len(pairs), f"{what} {pair.source}")
            try:
                yield pair, read(pair)
            except FrameError as error:
                self.left_out[pair.source] = str(error)


def place_pairs(
    shot: Shot, plates: Sequence, references: Sequence, on_progress: Progress
) -> Placed:
    """Find where every pair's Reference lies.

    A pair that cannot be read or does not fit is left out and named, and costs no other.

    Raises:
        StageError: No pair can be read, or they are not of one raster.
    """
    pairs = _Pairs(
        shot=shot, plates=plates, references=references, on_progress=on_progress, left_out={}
    )
    source = find_picture(pairs.sources(), name="Source")
    reference = find_picture(pairs.references_seen(), name="Reference")
    views = _look(pairs, source, reference)
    registrations, together = _register(shot, views, pairs.left_out, on_progress)
    crop = share_crop(source, reference, [(one.matrix, one.bend) for one in registrations.values()])
    return Placed(
        registrations=registrations, left_out=pairs.left_out, together=together, crop=crop
    )


def _look(pairs: _Pairs, source: PictureArea, reference: PictureArea) -> dict[int, PairViews]:
    views = {}
    for pair, source_rgb, reference_rgb in pairs.both():
        try:
            views[pair.source] = PairViews(
                source=view(source_rgb, source.mask, name="Source"),
                reference=view(reference_rgb, reference.mask, name="Reference"),
            )
        except StageError as error:
            pairs.left_out[pair.source] = error.problem
    return views


def _register(
    shot: Shot,
    views: Mapping[int, PairViews],
    left_out: dict[int, str],
    on_progress: Progress,
) -> tuple[dict[int, Registration], str]:
    """Solve what is to be solved, lay the rest by hand, and say what was solved together."""
    by_hand = {pair.source for pair in shot.pair if is_by_hand(shot, pair)}
    keys = _keys(shot)
    found = {
        frame: manual_registration(views[frame], key_at(keys, frame) if keys else Key())
        for frame in by_hand & set(views)
    }
    rest = {frame: pair for frame, pair in views.items() if frame not in by_hand}
    if not rest:
        return found, "every pair lies as it was laid by hand"
    solved = solve_shot(rest, bend=shot.alignment.bend == "auto", on_progress=on_progress)
    left_out |= solved.refused
    found |= solved.registrations
    return dict(sorted(found.items())), solved.together


def is_by_hand(shot: Shot, pair: Pair) -> bool:
    """Say whether a pair lies as a person laid it."""
    return (pair.alignment or shot.alignment.mode) == "manual"


def _keys(shot: Shot) -> dict[int, Key]:
    rows = shot.alignment.key
    return {
        row.frame: Key(translate=row.translate, scale=row.scale, rotate=row.rotate) for row in rows
    }
