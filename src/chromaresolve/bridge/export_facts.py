"""What 5 Export Pair sees: all that a parity check reads, render codecs, and an earlier export."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from . import parity
from .errors import BridgeError
from .exporting import PLATES, SUFFIXES, Facts, OnDisk, Wanted, stamp, start_timecode
from .handover import Turnover, load_turnover
from .media import Clip
from .names import BALANCED_VERSION, NEUTRAL_VERSION, NO_ODT, pair_timeline
from .pair import BALANCED, REFERENCE, SOURCE, Run
from .parity_rows import Facts as Parity
from .project_settings import ODT, SCIENCE
from .questions import Answers
from .seen import Seen
from .sequences import find_sequences, parse_resolve_path
from .step import Context, Finding
from .timecode import rate_to_text
from .untouched import COVER, POSITION

LOSSLESS = ("RGBHalfZIP", "RGBHalfPIZ", "RGBHalf")
"""EXR codecs that change no value, the smallest files first."""

SMALL = "RGBHalfDWAA"
"""The Reference's codec: what it loses is less than a Reference's own noise."""

PROXIES = "perfProxyMediaMode"
"""Resolve's name for whether proxies stand in for clips."""

ATTRIBUTES = (
    "Alpha mode", "Data Level", "FPS", "Field Dominance", "H-FLIP", "Input LUT",
    "Input Sizing Preset", "PAR", "Super Scale", "V-FLIP",
)  # fmt: skip
"""Clip attributes that change what is rendered."""

MOVED = ("Pan", "Tilt", "ZoomX", "ZoomY", "RotationAngle")
"""What of the Reference's Inspector is handed over."""


def look(context: Context) -> Facts:
    """Read everything that an export depends on; change nothing.

    Raises:
        BridgeError: There is no pair to export, or Resolve writes no lossless EXR.
    """
    session, answers = context.session, context.answers
    checked = parity.look(context)
    codecs = dict(session.ask(session.project(), "Project.GetRenderCodecs", "exr") or {})
    run, handles = _run(checked, answers)
    facts = Facts(
        timeline=pair_timeline(context.name),
        run=run,
        handles=handles,
        start_timecode=start_timecode(checked.pair.begins, run, checked.pair.rate),
        rate=checked.pair.rate,
        raster=checked.pair.raster,
        pixel_aspect=checked.setting("timelinePixelAspectRatio"),
        shot={},
        wanted=tuple(_wanted(checked, run, tuple(map(str, codecs.values())), answers)),
        before=_before(context),
        on_disk=_on_disk(context.shot_folder / PLATES, context.name),
        findings=(*parity.judge_parity(checked, answers), *_judge(checked, handles, answers)),
    )
    project = str(session.demand(session.project(), "Project.GetName"))
    where = {"version": session.spoken_version, "edition": session.edition, "project": project}
    return facts._replace(shot=_shot(context, facts, checked, where))


def _run(checked: Parity, answers: Answers) -> Tuple[Run, Tuple[int, int]]:
    """Return the Source's run, with as many handles as all clips have, and how many these are.

    Raises:
        BridgeError: There is no Source on the timeline.
    """
    runs = checked.pair.lane(SOURCE).runs
    if not runs:
        raise BridgeError(f"timeline {checked.pair.name!r}", "has no Source", "run 2 Conform first")
    run, wish = runs[0], max(0, int(answers.get("handles") or 0))
    rooms = [_room(lane.seen) for lane in checked.pair.lanes if lane.seen]
    before, after = (min([wish, *room]) for room in zip(*rooms))
    longer = run.duration + before + after
    return Run(run.start - before, longer, run.first - before), (before, after)


def _room(seen: Sequence[Seen]) -> Tuple[int, int]:
    """Return how many frames a track's media go on before and after what lies there."""
    first, last = seen[0].placed, seen[-1].placed
    frames = last.clip.frames if last.clip else 0
    return first.left_offset, max(0, frames - last.left_offset - last.duration)


def _wanted(checked: Parity, run: Run, codecs: Sequence[str], answers: Answers) -> Iterator[Wanted]:
    """List what is to be exported.

    Raises:
        BridgeError: Resolve writes no lossless EXR.
    """
    lossless = next((one for one in LOSSLESS if one in codecs), "")
    if not lossless:
        listed = ", ".join(sorted(codecs)) or "nothing"
        cause = f"this Resolve offers {listed} for EXR, and none of {', '.join(LOSSLESS)}"
        raise BridgeError("the render format", cause, "update Resolve, or choose another system")
    scan, reference = checked.pair.lane(SOURCE).seen, checked.pair.lane(REFERENCE).seen
    small = SMALL if SMALL in codecs else lossless
    # Where it is not unscaled, a finding says stop, and nothing is exported.
    yield _one(checked, run, "source", scan, NEUTRAL_VERSION, lossless, {"unscaled": True})
    if reference:
        yield _one(
            checked, run, "reference", reference, NEUTRAL_VERSION, small, _moved(reference, answers)
        )
    balanced = [lane.seen for lane in checked.pair.lanes if lane.name == BALANCED and lane.seen]
    if balanced:
        yield _one(checked, run, "balanced", balanced[0], NEUTRAL_VERSION, lossless, {})
    elif all(BALANCED_VERSION in one.versions for one in scan):
        yield _one(checked, run, "balanced", scan, BALANCED_VERSION, lossless, {})
    if answers.get("with_master"):
        yield _one(checked, run, "master", scan, NEUTRAL_VERSION, lossless, {}, odt=NO_ODT)


def _one(
    checked: Parity,
    run: Run,
    role: str,
    seen: Tuple[Seen, ...],
    version: str,
    codec: str,
    more: Mapping[str, Any],
    odt: str = "",
) -> Wanted:
    side = next(side for side in checked.sides if side.name == seen[0].lane)
    transform = side.told("IDT") or checked.setting("colorAcesIDT")
    settings = {**checked.settings, **({ODT: odt} if odt else {})}
    made_from = {
        "clip": [side.clip.path, _media(side.clip)],
        "attributes": {key: side.told(key) for key in ATTRIBUTES},
        "numbers": [run.first, run.last],
        "lies": [[one.placed.start, one.placed.left_offset, one.placed.duration] for one in seen],
        "inspector": [
            {**one.off_rest({**POSITION, **COVER}), "Scaling": one.inspector.get("Scaling")}
            for one in seen
        ],
        "keyframes": [one.keyed for one in seen],
        "version": version,
        "transform": transform,
        "settings": settings,
        "aces": checked.aces,
        "timeline": [checked.pair.raster, rate_to_text(checked.pair.rate[0]), checked.pair.begins],
        "codec": codec,
    }
    return Wanted(
        role=role,
        track=seen[0].track,
        version=version,
        odt=odt,
        codec=codec,
        clip=side.clip,
        seen=seen,
        input_transform=transform,
        made_from=stamp(made_from),
        more=more,
    )


def _moved(seen: Sequence[Seen], answers: Answers) -> Dict[str, Any]:
    inspector = seen[0].inspector
    return {
        "transform": {key: float(inspector[key]) for key in MOVED if key in inspector},
        "offset": 0,  # its files are numbered like the Source's
        "kind": str(answers.get("reference_kind") or "direct"),
    }


def _judge(checked: Parity, handles: Tuple[int, int], answers: Answers) -> Iterator[Finding]:
    """Say what matters to an export and to no parity check."""
    proxies = checked.setting(PROXIES)
    if proxies not in ("0", ""):
        sentence = "may be rendered in place of the scan: Playback > Proxy Handling > Disable All"
        yield Finding("stop", "proxies", sentence)
    scan = next(side for side in checked.sides if side.name == SOURCE)
    if scan.header is not None:
        window = scan.header.display_window
        if (window.width, window.height) != checked.pair.raster:
            across, down = checked.pair.raster
            sentence = (
                f"its files are {window.width} x {window.height}, the timeline {across} x {down}: "
                "set the timeline to the files' size, so that no pixel is scaled or cut off"
            )
            yield Finding("stop", "scan", sentence)
    for lane in checked.pair.lanes:
        for seen in lane.seen:
            if NEUTRAL_VERSION not in seen.versions:
                sentence = f"has no colour version {NEUTRAL_VERSION!r}: run 2 Conform"
                yield Finding("stop", seen.name, sentence)
        if any(handles) and len(lane.seen) > 1:
            sentence = "lies in several clips, which get no handles: write 0 into 'handles'"
            yield Finding("stop", lane.name, sentence)
    wish = int(answers.get("handles") or 0)
    if min(handles) < wish:
        sentence = (
            f"{wish} were asked for; the media have {handles[0]} before and {handles[1]} after"
        )
        yield Finding("note", "handles", sentence)


def _shot(
    context: Context, facts: Facts, checked: Parity, where: Mapping[str, str]
) -> Dict[str, Any]:
    """Return what is handed over about the whole shot."""
    answers = context.answers
    source = checked.pair.lane(SOURCE)
    reference = checked.pair.lane(REFERENCE).runs
    begins = reference[0].first - facts.handles[0] if reference else facts.run.first
    return {
        "name": context.name,
        "film": str(answers.get("film", "")),
        "resolve": {**where, "timeline": facts.timeline},
        "frame_rate": rate_to_text(facts.rate[0]),
        "drop_frame": facts.rate[1],
        "frames": f"{facts.run.first}-{facts.run.last}",
        "start_timecode": facts.start_timecode,
        "reel": _reel(checked, source.clip),
        "width": facts.raster[0],
        "height": facts.raster[1],
        "pixel_aspect": facts.pixel_aspect,
        "aces": {
            "science": checked.setting(SCIENCE),
            "version": checked.aces or str(answers.get("aces_version") or "") or None,
            "odt": checked.setting(ODT),
            "gamut_compress": checked.setting(parity.GAMUT) or None,
        },
        "encoding": "display",
        "offsets": {"reference_first": begins, "reference_offset": begins - facts.run.first},
    }


def _reel(checked: Parity, clip: Clip) -> str:
    header = next((side.header for side in checked.sides if side.name == SOURCE), None)
    reel = clip.reel or (header.strings.get("reelName", "") if header else "")
    return "".join(one for one in reel if one.isprintable()).strip()


def _media(clip: Clip) -> List[List[float]]:
    """Return size and time of a clip's first and last file: another scan has others."""
    try:
        named = parse_resolve_path(clip.path)
        files = [named.file(named.first), named.file(named.last)] if named else [Path(clip.path)]
        stats = [file.stat() for file in files]
    except (BridgeError, OSError):
        return []  # the media lie where this machine does not see them
    return [[stat.st_size, stat.st_mtime] for stat in stats]


def _before(context: Context) -> Optional[Turnover]:
    try:
        return load_turnover(context.shot_folder)
    except BridgeError as error:
        context.say(f"{error.where}: {error.cause}: it is written anew")
        return None


def _on_disk(folder: Path, name: str) -> Dict[str, OnDisk]:
    """Return the files of each role that are there."""
    if not folder.is_dir():
        return {}
    sequences = find_sequences(folder)
    found = {}
    for role, suffix in SUFFIXES.items():
        files = {
            frame: one.file(frame)
            for one in sequences
            if (one.before, one.after) == (f"{name}_{suffix}_", ".exr")
            for frame in one.frames
        }
        size = sum(file.stat().st_size for file in files.values())
        found[role] = OnDisk(tuple(sorted(files)), size)
    return found
