"""The composite timeline as an OpenTimelineIO file, which every edition of Resolve imports.

Resolve keeps what OpenTimelineIO has no words for under `Resolve_OTIO`, and reads nothing else of
the metadata. The form here is that of files Resolve itself wrote, as several programs that read
and write them agree on it; nothing of it was tried on a Resolve by us. Resolve drops clip colours,
bins and the timeline's size on import.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from chromaresolve import __version__
from chromaresolve.bridge.timecode import timecode_to_frames
from chromaresolve.composite.effects import RESOLVE, Metadata, composite_effect, transform_effect
from chromaresolve.composite.reference import ReferenceTrack, plan_reference
from chromaresolve.composite.timeline import (
    CompositeTimeline,
    CompositeTrack,
    plan_pair,
    plan_timeline,
    write_bring_back,
)
from chromaresolve.errors import MissingExtraError, UsageError
from chromaresolve.files import write_text
from chromaresolve.shot import Shot, out_of_date, require
from chromaresolve.shot.ranges import TOKEN
from chromaresolve.telling import Say

OURS = "ChromaResolve"
"""The metadata for people and for other programs: what the format cannot say."""

CONSOLIDATED = "[{first}-{last}]"
"""What stands for the frame numbers in the one name of a sequence: Resolve names sequences so in
the media pool, and is reported to link them by it. The `ImageSequenceReference` of OpenTimelineIO
was reported not to import. Unverified."""

OtioObject: TypeAlias = Any
"""An object of the library, which has no types."""


def write_timeline(
    shot: Shot, file: Path, *, absolute: bool, say: Say
) -> tuple[CompositeTimeline, Path]:
    """Write the composite timeline from what is on disk, as OTIO and as `bring_back.json`.

    Returns:
        What was written, and `bring_back.json`.

    Raises:
        UsageError: The file has another ending than `.otio`.
        ShotError: The recovery is missing or out of date.
        FrameError: Frames of the plate or recovered frames are missing.
        StageError: The shot's range has gaps, or what stands beside it cannot be read.
        MissingExtraError: OpenTimelineIO is not installed.
    """
    _require_otio(file)
    require(shot, "recovery", needed_for="timeline")
    for stage in ("baseline", "composite"):
        for reason in out_of_date(shot, stage)[:1]:
            say(reason)
    timeline = plan_timeline(shot, say=say)
    reference = plan_reference(shot, timeline, say=say)
    write_otio(timeline, file, absolute=absolute, reference=reference)
    return timeline, write_bring_back(timeline)


def write_pair_timeline(shot: Shot, file: Path, *, absolute: bool, say: Say) -> CompositeTimeline:
    """Write the pair timeline: the scan on V1, the Reference on V2, frame for frame.

    Before the alignment it is a conform; after it the Reference lies as it must, keyframes
    included, which no script can set.

    Raises:
        UsageError: The file has another ending than `.otio`.
        FrameError: Frames of the scan are missing.
        StageError: The shot's range has gaps, or what alignment found cannot be read.
        MissingExtraError: OpenTimelineIO is not installed.
    """
    _require_otio(file)
    timeline = plan_pair(shot, say=say)
    reference = plan_reference(shot, timeline, say=say, is_pair=True)
    write_otio(timeline, file, absolute=absolute, reference=reference)
    return timeline


def _require_otio(file: Path) -> None:
    if file.suffix != ".otio":
        raise UsageError(f"--timeline {str(file)!r}: name it .otio, or Resolve will not offer it")


def write_otio(
    timeline: CompositeTimeline,
    file: Path,
    *,
    absolute: bool,
    reference: ReferenceTrack | None = None,
) -> None:
    """Write an OTIO file for File > Import > Timeline, whole or not at all.

    Args:
        timeline: V1 to V4.
        file: Where to write.
        absolute: Name media by their whole paths; otherwise from the file's folder, so that folder
            and file may move together.
        reference: V5, if there is one.

    Raises:
        MissingExtraError: OpenTimelineIO is not installed.
        StageError: The disk does not take the file.
    """
    writer = _Writer(_library(), timeline, None if absolute else file.parent)
    tracks = [
        writer.track(track, [writer.clip(track, [composite_effect(track)])])
        for track in timeline.tracks
    ]
    if reference is not None:
        tracks.append(writer.reference(reference))
    write_text(file, writer.document(tracks).to_json_string(indent=2) + "\n")


@dataclass(frozen=True, slots=True)
class _Writer:
    """Builds the library's objects at one rate, for one place on disk."""

    otio: OtioObject
    """The library."""
    timeline: CompositeTimeline
    """What is written."""
    folder: Path | None
    """From where media are named; None: by their whole paths."""

    def document(self, tracks: Iterable[OtioObject]) -> OtioObject:
        timeline = self.timeline
        document = self.otio.schema.Timeline(
            name=timeline.title,
            global_start_time=self._time(self._counted(timeline.start_timecode)),
            metadata={
                RESOLVE: {"Resolve OTIO Meta Version": "1.0"},
                OURS: {
                    "version": __version__,
                    "film": timeline.film,
                    "frame_rate": str(timeline.frame_rate),
                    "start_timecode": timeline.start_timecode,
                    # The format has no word for it, and counts the frames of either alike.
                    "drop_frame": timeline.drop_frame,
                    "width": timeline.width,
                    "height": timeline.height,
                },
            },
        )
        document.tracks.name = ""
        document.tracks.extend(tracks)
        # Resolve keeps the timeline's own markers on the stack, counted from its first frame.
        document.tracks.markers.extend(
            self.otio.schema.Marker(
                name=marker.name,
                color=marker.colour.upper(),
                comment=marker.note,
                marked_range=self._span(marker.frame - timeline.first, 1),
                metadata={
                    RESOLVE: {"Keywords": [], "Note": marker.note},
                    OURS: {"frame": marker.frame, "colour": marker.colour},
                },
            )
            for marker in timeline.markers
        )
        return document

    def track(self, track: CompositeTrack, items: Iterable[OtioObject]) -> OtioObject:
        made = self.otio.schema.Track(
            name=track.name, kind="Video", metadata={RESOLVE: {"Locked": False}}
        )
        made.enabled = track.enabled
        made.extend(items)
        return made

    def clip(
        self, track: CompositeTrack, effects: Iterable[Metadata], **notes: object
    ) -> OtioObject:
        media = self._media(track)
        span = self._span(self._counted(track.timecode), track.last - track.first + 1)
        clip = self.otio.schema.Clip(
            # Media are found by the clip's name as well: it is the file's.
            name=Path(media).name,
            media_reference=self.otio.schema.ExternalReference(
                target_url=media, available_range=span
            ),
            source_range=span,
            metadata={
                # Where the EDL writers of OpenTimelineIO look for the reel.
                "cmx_3600": {"reel": self.timeline.reel},
                OURS: {"first": track.first, "last": track.last, "bin": track.bin, **notes},
            },
        )
        clip.media_reference.name = clip.name
        clip.enabled = track.enabled
        clip.effects.extend(
            self.otio.schema.Effect(effect_name="Resolve Effect", metadata={RESOLVE: effect})
            for effect in effects
        )
        return clip

    def reference(self, reference: ReferenceTrack) -> OtioObject:
        track = reference.track
        begin = self.timeline.first + reference.lead
        effects = [transform_effect(reference, begin), composite_effect(track)]
        clip = self.clip(track, effects, residual_px=round(reference.residual_px, 4))
        gap = self.otio.schema.Gap(source_range=self._span(0, reference.lead))
        return self.track(track, [gap, clip] if reference.lead else [clip])

    def _time(self, frames: int) -> OtioObject:
        return self.otio.opentime.RationalTime(frames, float(self.timeline.frame_rate))

    def _span(self, start: int, count: int) -> OtioObject:
        return self.otio.opentime.TimeRange(self._time(start), self._time(count))

    def _counted(self, timecode: str) -> int:
        # Resolve counts source ranges in the frames of the media's own timecode.
        return timecode_to_frames(timecode, self.timeline.frame_rate)

    def _media(self, track: CompositeTrack) -> str:
        """Return where the track's frames are, as one name.

        Resolve writes a plain path here, in the system's own way, and not a URL; `file://` was
        reported to be refused.
        """
        media = (self.timeline.root / track.pattern).with_name(_consolidated(track))
        return _whole_path(media) if self.folder is None else _relative(media, self.folder)


def _library() -> OtioObject:
    try:
        import opentimelineio
    except ImportError as error:
        raise MissingExtraError("opentimelineio", "timeline") from error
    return opentimelineio


def _consolidated(track: CompositeTrack) -> str:
    """Return the name that stands for all files of a track; the one file's own if it has one."""
    name = Path(track.pattern).name
    digits = len(TOKEN.findall(name)[0])
    first, last = f"{track.first:0{digits}}", f"{track.last:0{digits}}"
    numbers = first if first == last else CONSOLIDATED.format(first=first, last=last)
    return TOKEN.sub(numbers, name)


def _whole_path(media: Path) -> str:
    # A link is kept, for it is what people know; only `..` leads where the disk says.
    is_plain = ".." not in media.parts
    return str(media.absolute() if is_plain else media.parent.resolve() / media.name)


def _relative(media: Path, folder: Path) -> str:
    media, folder = media.absolute(), folder.absolute()
    if media.is_relative_to(folder):
        return media.relative_to(folder).as_posix()
    try:
        # `..` leads where the disk says, so links have to be followed before it is used.
        parent = os.path.relpath(media.parent.resolve(), folder.resolve())
    except ValueError as error:
        problem = f"lies on another drive than {str(media.parent)!r}: ask for --absolute"
        raise UsageError(f"--timeline: {str(folder)!r} {problem}") from error
    return (Path(parent) / media.name).as_posix()
