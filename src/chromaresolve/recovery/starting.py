"""Before a render: how the machine is used is chosen, aloud, and the provider put to the test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chromaresolve.errors import FrameError, ModelError
from chromaresolve.frames import Rgb, Sequence, read_header, read_rgb
from chromaresolve.plates.showing import show_plate
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.disk import require_writable
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import Provider, choose_provider
from chromaresolve.recovery.proving import prove
from chromaresolve.recovery.sizing import Sizing, choose_sizing
from chromaresolve.recovery.tiles import Size, Tiling, choose_tile
from chromaresolve.shot import FrameRange
from chromaresolve.telling import Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What to recover, from what, to where."""

    model: Path
    """The model file."""
    exact: Path
    """The float32 model of the same training, which a half one is compared with; it may lack."""
    delivery: Delivery
    """What the frames are written as."""
    plates: Sequence
    """What the network sees."""
    luma_plates: Sequence
    """Whose luma, header and further channels the recovered frames keep."""
    frames: FrameRange
    """Which frames."""
    out: Path
    """The folder to write to."""
    name: str | None = None
    """The shot's name; the model's own if None."""
    ocio: Path | None = None
    """Where the studio's OCIO config is on this machine; None for where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A machine that is ready for the work."""

    model: Model
    """The model, running."""
    sizing: Sizing
    """How much is done at once."""
    tiling: Tiling
    """How large a piece of a plate the model is given."""


def start(work: Work, *, provider: str, workers: int | None, tile: int, say: Say) -> Started:
    """Choose how the machine is used, load the model, and hold it against the processor.

    Args:
        work: What there is to do.
        provider: What is to run the model; `auto` for the fastest.
        workers: How many frames at once; None for as many as the machine bears.
        tile: The tile's edge; 0 for what suits the device.
        say: Told of every choice, with its reason.

    Raises:
        ModelError: The model is missing, broken, or another shot's.
        StageError: The folder takes no file, or the provider does not start or gives other numbers.
    """
    require_writable(work.out)
    chosen = choose_provider(provider)
    say(f"recovering on {chosen.name}: {chosen.reason}")
    size = _plate_size(work)
    edge, reason = choose_tile(chosen.name, size, wanted=tile)
    sizing = choose_sizing(chosen.name, len(work.frames), size, tile=edge, workers=workers)
    model = _open(work, chosen, sizing, size)
    pieces = f"tiles of {edge}" if edge else "whole plates"
    say(f"{_frames(sizing.workers)} at once at most, {pieces} ({reason})")
    for note in (*model.chain.notes, *work.delivery.notes()):
        say(note)
    try:
        ready = model if edge else model.for_size(size)
        _prove(model, ready, work, say)
    except MemoryError:  # whole plates do not fit: the first of them will find the tile that does
        ready = model
        _prove(model, ready, work, say)
    return Started(
        model=ready,
        sizing=sizing,
        tiling=Tiling(edge, halo=model.halo, say=say),
    )


def _open(work: Work, provider: Provider, sizing: Sizing, size: Size) -> Model:
    model = Model.open(
        work.model,
        provider,
        ocio=work.ocio,
        threads=sizing.threads,
        at_once=sizing.at_once,
        largest=size,
    )
    theirs = str(model.facts["shot"])
    if work.name is not None and theirs != work.name:
        raise ModelError(
            work.model,
            f"was trained on shot {theirs!r}, and this is {work.name!r}: run `chromaresolve "
            "export`, or use it on purpose with --model, --source and --out",
        )
    return model


def _prove(model: Model, ready: Model, work: Work, say: Say) -> None:
    shown = _first_shown(work, model)
    if shown is None:
        return
    exact = work.exact if model.is_half and work.exact.is_file() else work.model
    said = prove(model, ready, exact, model.chain.to_working(shown))
    if said:
        say(said)


def _plate_size(work: Work) -> Size:
    """Return height and width of the first plate that can be read; of none, that of 2K."""
    for number in work.frames:
        try:
            window = read_header(work.plates.path(number)).data_window
        except FrameError:
            continue
        return window.height, window.width
    return 1556, 2048


def _first_shown(work: Work, model: Model) -> Rgb | None:
    """Return the first plate that can be read, as the network is shown it."""
    for number in work.frames:
        try:
            plate = read_rgb(work.plates.path(number))
            return show_plate(plate, work.plates, number, model.showing)
        except FrameError:  # it is named when its turn comes
            continue
    return None


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
