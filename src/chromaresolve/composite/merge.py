"""The composite stage: recovered colour on the plate or on the ACES original, and the record of it.

The merge is the exact one, so that the luma law of a recovered frame holds for a composite too.
W3C's Color blend is made on request, under a name of its own, to be compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from chromaresolve.alignment import ToDisplay, shot_chain
from chromaresolve.colour import Chain
from chromaresolve.composite.aces import aces_deliverable
from chromaresolve.composite.blend import blend_color, merge_frame
from chromaresolve.composite.deliverable import (
    Deliverable,
    Delivery,
    Numbers,
    deliver,
    is_lossless,
    recovered_frames,
    recovery_sidecar,
)
from chromaresolve.composite.timeline import plan_timeline, write_bring_back
from chromaresolve.errors import FrameError, StageError, UsageError
from chromaresolve.frames import Frame, Rgb, Sequence
from chromaresolve.recovery.delivery import display_attributes
from chromaresolve.shot import (
    CropTable,
    FrameRange,
    Made,
    Scalar,
    Shot,
    file_key,
    fingerprints,
    measured,
    out_of_date,
    outputs,
    require,
    table_key,
)
from chromaresolve.telling import Progress, Say

METHOD = "Color on display 1"
"""Changes when the same two frames would give other pixels: old composites are made again."""

COLOR_METHOD = "W3C Color on display 1"
"""The same for the blend that is made for comparison."""

TARGETS = ("display", "aces")
"""What the recovered colour can be put on, the default first."""

BLENDS = ("exact", "color")
"""How it can meet the plate, the default first."""

_Meeting = Callable[[Rgb, Rgb], tuple[Rgb, Numbers]]
"""Takes a plate and its recovered frame to what is written, and what was measured."""


def composite(
    shot: Shot,
    *,
    on: str = "display",
    blend: str = "exact",
    frames: FrameRange | None = None,
    out: Path | None = None,
    say: Say,
    on_progress: Progress,
) -> Shot:
    """Merge the recovered colour onto the plate, and return the shot that says so.

    Args:
        shot: The shot, recovered.
        on: `display` is the plate, `aces` the ACES original.
        blend: `exact` is the merge; `color` is W3C's blend, for comparison, and is not recorded.
        frames: Only these; then nothing is recorded.
        out: Another folder than the shot's `composite`; then nothing is recorded.
        say: Told what is merged with what, and what is not as usual.
        on_progress: Told how far it is.

    Raises:
        UsageError: There is no such target or blend.
        ShotError: The recovery is missing or out of date.
        StageError: The merge cannot be made on that, or some frames could not be merged; all
            others were.
    """
    _require_known(on, blend)
    _require_display(shot)
    require(shot, "recovery", needed_for="composite")
    deliverable = _choose(shot, on, blend, say)
    delivery = deliver(
        shot,
        deliverable,
        frames=frames or shot.shot.frames,
        out=out or shot.path("composite"),
        say=say,
        on_progress=on_progress,
    )
    if frames or out or blend != BLENDS[0]:
        return shot
    shot = _record(shot, on, delivery, say)
    _hand_back(shot, say)
    return shot


def display_chain(shot: Shot) -> Chain:
    """Return the way from the shot's plates to Rec.709 2.4 display values."""
    return shot_chain(shot, "display")


def display_of_recovered(shot: Shot) -> ToDisplay:
    """Return what brings a recovered frame, as on file, to Rec.709 2.4 display values."""
    if shot.colour.chain == "display":
        # The file holds display values then, whatever the plate's encoding is.
        return lambda recovered: recovered
    return display_chain(shot).to_working


def _hand_back(shot: Shot, say: Say) -> None:
    """Write what 7 Bring Back in Resolve reads; a shot that no timeline can hold is said."""
    try:
        timeline = plan_timeline(shot, say=lambda sentence: say(f"timeline: {sentence}"))
        write_bring_back(timeline)
    except (FrameError, StageError) as error:
        say(f"no composite timeline for Resolve: {error}")


def _require_known(on: str, blend: str) -> None:
    for option, value, known in (("--on", on, TARGETS), ("--blend", blend, BLENDS)):
        if value not in known:
            raise UsageError(f"{option}: {value!r} is not known: write {' or '.join(known)}")
    if on != TARGETS[0] and blend != BLENDS[0]:
        raise UsageError(f"--blend {blend} compares display values: leave --on {on} out")


def _require_display(shot: Shot) -> None:
    if display_chain(shot).hops:
        raise StageError(
            shot.file,
            f"the plates are {shot.colour.encoding!r}, and the merge is made on Rec.709 2.4 "
            "display values: export the plates under that ODT",
        )


def _choose(shot: Shot, on: str, blend: str, say: Say) -> Deliverable:
    if on == "aces":
        return aces_deliverable(shot, say)
    if blend == "color":
        return _on_display(shot, "COLOR_COMP", COLOR_METHOD, _blend)
    if not is_lossless(shot.recovery.compression):
        say(
            f"{shot.recovery.compression} is lossy: the composite's luma is not exactly the plate's"
        )
    return _on_display(shot, "COMP", METHOD, _merge)


def _on_display(shot: Shot, ending: str, method: str, meet: _Meeting) -> Deliverable:
    chain = display_chain(shot)
    return Deliverable(
        ending=ending,
        method=method,
        words="luma of {0}, chroma of {1}",
        sequences=(Sequence.find(shot.source.luma_plate, shot.root), recovered_frames(shot)),
        merge=lambda frames: _merge_picture_area(shot.crop, chain, meet, *frames),
        numbers=("gamut_share",) if meet is _merge else (),
        compression=shot.recovery.compression,
    )


def _merge(plate_709: Rgb, recovered_709: Rgb) -> tuple[Rgb, Numbers]:
    rgb, share = merge_frame(plate_709, recovered_709)
    return rgb, {"gamut_share": share}


def _blend(plate_709: Rgb, recovered_709: Rgb) -> tuple[Rgb, Numbers]:
    return blend_color(plate_709, recovered_709), {}


def _merge_picture_area(
    crop: CropTable, chain: Chain, meet: _Meeting, plate: Frame, recovered: Frame
) -> tuple[Frame, Numbers]:
    """Merge inside the crop; what is not picture stays the plate's own."""
    if plate.rgb.shape != recovered.rgb.shape:
        name = plate.header.path.name
        raise FrameError(recovered.header.path, f"is not the size of {name}: recover it again")
    height, width, _ = plate.rgb.shape
    area = crop.area(height, width)
    rgb = plate.rgb.copy()
    rgb[area], numbers = meet(plate.rgb[area], recovered.rgb[area])
    # A recovered frame's header is its plate's, with what made it added: that is carried on. What
    # the plate says of its colours is not: they are a display's now.
    kept = display_attributes(plate.header.attributes, chain)
    attributes = {**kept, **recovered.header.attributes}
    header = replace(plate.header, attributes=attributes)
    return Frame(rgb=rgb, others=plate.others, header=header), numbers


def _record(shot: Shot, on: str, delivery: Delivery, say: Say) -> Shot:
    """Write what was made; what was made on the other target stays recorded as long as it holds."""
    earlier = shot.made.get("composite")
    kept = [target for target in _targets(earlier) if target != on]
    if kept and out_of_date(shot, "composite"):
        say(f"the merge on {kept[0]} is out of date: run it again with --on {kept[0]}")
        kept = []
    targets = {*kept, on}
    tables = ("source", "crop", "recovery", *(["colour"] if "aces" in targets else []))
    keys = [file_key(shot, recovery_sidecar(shot)), *map(table_key, tables)]
    return shot.with_made(
        "composite",
        settings={
            "on": ", ".join(target for target in TARGETS if target in targets),
            "frames": str(shot.shot.frames),
            "luma": shot.source.luma_plate,
        },
        inputs=fingerprints(shot, keys),
        outputs={
            **(earlier.outputs if earlier and kept else {}),
            **outputs(shot, [delivery.sidecar]),
        },
        measured={**(earlier.measured if earlier and kept else {}), **_measured(on, delivery)},
    )


def _targets(made: Made | None) -> list[str]:
    return str(made.settings.get("on", "")).split(", ") if made else []


def _measured(on: str, delivery: Delivery) -> Mapping[str, Scalar]:
    numbers = measured(
        frames=len(delivery.making.written) + len(delivery.making.kept),
        **delivery.means,
        seconds=delivery.making.seconds,
    )
    return numbers if on == "display" else {f"{on}_{name}": n for name, n in numbers.items()}
