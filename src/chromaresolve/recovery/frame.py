"""One frame through recovery: read, shown to the network, merged, delivered, written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from chromaresolve.errors import FrameError
from chromaresolve.files import sha256, state_if_there
from chromaresolve.frames import (
    Frame,
    Header,
    Rgb,
    Sequence,
    frame_path,
    header_if_made,
    read_frame,
    read_rgb,
    write_frame,
)
from chromaresolve.plates.showing import show_plate
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.disk import write_patiently
from chromaresolve.recovery.finishing import Finished, finish_frame
from chromaresolve.recovery.ledger import Entry, Ledger
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.provenance import numbers_in, provenance
from chromaresolve.recovery.tiles import Tiling
from chromaresolve.shot import content_fingerprint
from chromaresolve.telling import Say

METHOD = 2
"""Changes when the same model on the same frame would give other pixels: old frames are redone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovering:
    """Everything that a frame is recovered with; several threads use it at once."""

    model: Model
    """The model."""
    delivery: Delivery
    """What the frames are written as."""
    plates: Sequence
    """What the network sees."""
    luma_plates: Sequence
    """Whose luma, header and further channels the recovered frames keep."""
    out: Path
    """The folder to write to."""
    pattern: str
    """The recovered frames' names, such as `SH010_ML_####.exr`."""
    tiling: Tiling
    """How large a piece of a plate the model is given."""
    ledger: Ledger
    """What was done, and what is."""
    say: Say
    """Told when the disk stumbles."""

    @property
    def made_by(self) -> str:
        """Fingerprint of the model and all settings, whatever the plates."""
        return made_by(self.model, self.delivery)

    def is_done(self, number: int) -> bool:
        """Say whether a frame is there, whole and still true, as far as a glance tells."""
        target = frame_path(self.pattern, number, self.out)
        try:
            glance = self._glance(number)
        except FrameError:  # there is no such plate: it is named when its turn comes
            return False
        return self.ledger.find(number, glance, target) is not None

    def entries(self) -> list[Entry]:
        """Return what is known of all frames of this model and these settings that are there."""
        return self.ledger.whole(self.made_by, lambda n: frame_path(self.pattern, n, self.out))

    def make(self, number: int) -> bool:
        """Recover one frame on disk; return False if it was there already and still true.

        Raises:
            FrameError: The frame cannot be recovered; others may.
            StageError: No frame can be recovered any more.
        """
        target = frame_path(self.pattern, number, self.out)
        glance = self._glance(number)
        plate_sha256 = sha256(self.plates.path(number))
        recipe = self._recipe(number, plate_sha256)
        there = _header_if_whole(target, recipe)
        if there is None:
            numbers = self._write(number, target, plate_sha256, recipe)
        else:
            numbers = numbers_in(there)
        self.ledger.add(
            number,
            made_by=self.made_by,
            glance=glance,
            recipe=recipe,
            target=target,
            numbers=numbers,
        )
        return there is None

    def _write(
        self, number: int, target: Path, plate_sha256: str, recipe: str
    ) -> Mapping[str, float]:
        finished = self._recover(number)
        notes = provenance(
            self.model,
            source=self.plates.path(number).name,
            source_sha256=plate_sha256,
            recipe=recipe,
        )

        pixel_type = self.delivery.pixel_type(self.model.chain)

        def write() -> None:
            write_frame(
                target,
                finished.frame,
                compression=self.delivery.compression,
                pixel_type=pixel_type,
                attributes={**notes, **finished.attributes},
            )

        size = finished.frame.rgb.nbytes // (2 if pixel_type == "half" else 1)
        write_patiently(write, self.out, size=size, say=self.say)
        return finished.numbers

    def _recover(self, number: int) -> Finished:
        plate_file, luma_file = self.plates.path(number), self.luma_plates.path(number)
        luma_frame = read_frame(luma_file)
        plate = luma_frame.rgb if luma_file == plate_file else read_rgb(plate_file)
        if plate.shape != luma_frame.rgb.shape:
            raise FrameError(plate_file, f"is not the size of {luma_file.name}: export both alike")
        shown = show_plate(plate, self.plates, number, self.model.showing)
        return recover_frame(self.model, self.delivery, luma_frame, shown=shown, tiling=self.tiling)

    def _glance(self, number: int) -> str:
        # A file that is not there is named when it is read.
        files = [self.plates.path(number), self.luma_plates.path(number)]
        seen = self.model.showing.frames_seen(self.plates, number)
        files += [self.plates.path(other) for other in seen]
        return content_fingerprint([self.made_by, *map(state_if_there, files)])

    def _recipe(self, number: int, plate_sha256: str) -> str:
        plate_file, luma_file = self.plates.path(number), self.luma_plates.path(number)
        luma_sha256 = plate_sha256 if luma_file == plate_file else sha256(luma_file)
        others = self.model.showing.frames_seen(self.plates, number)
        seen = [sha256(self.plates.path(other)) for other in others]
        return content_fingerprint([self.made_by, plate_sha256, luma_sha256, *seen])


def recover_frame(
    model: Model, delivery: Delivery, plate: Frame, *, shown: Rgb, tiling: Tiling
) -> Finished:
    """Recover one frame's colour.

    Args:
        model: The model; its chain is the one it was trained in.
        delivery: What the frame is delivered as.
        plate: Whose luma, header and further channels are kept, as on file.
        shown: What the network is shown, as on file, (height, width, 3).
        tiling: How large a piece of it the model is given.

    Raises:
        FrameError: The delivery cannot hold a value of the frame.
        StageError: The model cannot be run any more.
    """
    working = model.chain.to_working(plate.rgb)
    shown_working = working if shown is plate.rgb else model.chain.to_working(shown)
    chroma = tiling.run(shown_working, model.run)
    return finish_frame(model, delivery, plate=plate, working=working, chroma=chroma)


def made_by(model: Model, delivery: Delivery) -> str:
    """Return the fingerprint of a model and of how its frames are delivered."""
    return content_fingerprint([METHOD, model.sha256, asdict(delivery)])


def _header_if_whole(target: Path, recipe: str) -> Header | None:
    """Return the header of a frame made by this recipe whose pixels can all be read, or None."""
    header = header_if_made(target, recipe)
    if header is not None:
        try:
            read_rgb(target)
        except FrameError:
            return None
    return header
