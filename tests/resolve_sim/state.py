"""The whole state of a simulated Resolve as plain values."""

from __future__ import annotations

from typing import Any

from resolve_sim.application import Resolve
from resolve_sim.item import TimelineItem, Track
from resolve_sim.media import MediaPoolItem
from resolve_sim.pool import Folder
from resolve_sim.project import Project
from resolve_sim.timeline import Timeline
from resolve_sim.world import World

Plain = dict[str, Any]
"""Nested dicts and lists of plain values."""


def snapshot(world: World, resolve: Resolve) -> Plain:
    """Return everything that a script can change."""
    project = resolve.manager.current
    return {
        "page": world.page,
        "keyframe_mode": resolve.keyframe_mode,
        "projects": sorted(resolve.manager.saved),
        "luts": sorted(world.luts),
        "project": _project(project) if project else None,
    }


def _project(project: Project) -> Plain:
    current = project.pool.desk.current
    queue = project.queue
    return {
        "name": project.name,
        "settings": dict(project.settings.values),
        "current_timeline": current.name if current else None,
        "timelines": {one.name: _timeline(one) for one in project.pool.timelines},
        "bins": _folder(project.pool.root),
        "current_bin": project.pool.current.name,
        "selected": [clip.name for clip in project.pool.selected],
        "albums": {
            album.name: [(still.name, still.label) for still in album.stills]
            for album in project.GetGallery().albums
        },
        "current_album": project.GetGallery().current.name,
        "render": {
            "settings": dict(queue.settings),
            "format": queue.format,
            "codec": queue.codec,
            "mode": queue.mode,
            "presets": sorted(queue.presets),
            "jobs": [(job.identity, job.status, job.percent) for job in queue.jobs],
        },
    }


def _folder(folder: Folder) -> Plain:
    return {
        "clips": [_clip(clip) for clip in folder.clips],
        "bins": {one.name: _folder(one) for one in folder.folders},
    }


def _clip(clip: MediaPoolItem) -> Plain:
    return {
        "properties": clip.properties(),
        "metadata": dict(clip.metadata),
        "third_party": dict(clip.third_party),
        "markers": clip.GetMarkers(),
        "flags": list(clip.flags),
        "colour": clip.colour,
        "marks": clip.GetMarkInOut(),
    }


def _timeline(timeline: Timeline) -> Plain:
    return {
        "start": timeline.start,
        "playhead": timeline.playhead,
        "own_settings": dict(timeline.own.values) if timeline.own else None,
        "tracks": {
            kind: [_track(track) for track in tracks] for kind, tracks in timeline.tracks.items()
        },
        "markers": timeline.GetMarkers(),
        "marks": timeline.GetMarkInOut(),
        "nodes": timeline.graph.snapshot(),
    }


def _track(track: Track) -> Plain:
    return {
        "name": track.name,
        "is_enabled": track.is_enabled,
        "is_locked": track.is_locked,
        "items": [_item(item) for item in sorted(track.items, key=lambda one: one.start)],
    }


def _item(item: TimelineItem) -> Plain:
    return {
        "name": item.name,
        "clip": item.media.name if item.media else None,
        "start": item.start,
        "duration": item.duration,
        "source_start": item.source_start,
        "speed": item.speed,
        "is_enabled": item.is_enabled,
        "properties": dict(item.inspector.values),
        "version": item.versions.current,
        "versions": {key: graph.snapshot() for key, graph in item.versions.graphs.items()},
        "markers": item.GetMarkers(),
        "flags": list(item.flags),
        "colour": item.colour,
        "fusion_comps": list(item.fusion_comps),
        "linked": len(item.linked),
        "burn_in": item.burn_in,
    }
