"""The render queue: settings that overlay what was there, jobs, and their slow or failing way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from resolve_sim.delivery import (
    FORMATS,
    STATUSES,
    Job,
    codecs,
    first_settings,
    is_setting,
)
from resolve_sim.rendering import write_frames
from resolve_sim.timeline import Timeline
from resolve_sim.world import World

AUDIO_ONLY = "Audio Only"
"""A preset of Resolve's own."""

STALLED_AT = 33
"""Percent at which a stalled job stays, and half way a failing one ends."""


class Queue:
    """What the Deliver page knows."""

    def __init__(self, world: World) -> None:
        """Begin with a movie format and no jobs."""
        self.world = world
        self.settings = first_settings()
        self.format, self.codec, self.mode = "mov", "H264", 0
        self.jobs: list[Job] = []
        self.presets: dict[str, dict[str, Any]] = {
            "H.264 Master": {"settings": first_settings(), "format": "mp4", "codec": "H264"},
            AUDIO_ONLY: {
                "settings": {**first_settings(), "ExportVideo": False},
                "format": "mov",
                "codec": "H264",
            },
        }
        self.base = ""
        """The preset that was loaded last: of "Audio Only" something stays whatever is set."""
        if world.switches.audio_only:
            self.load_preset(AUDIO_ONLY)

    @property
    def is_rendering(self) -> bool:
        """Whether a job is under way."""
        return any(job.status == "Rendering" for job in self.jobs)

    def set_format(self, kind: str, codec: str) -> bool | None:
        """Choose format and codec by their ids; labels are refused."""
        is_known = codec in codecs(self.world, kind).values() and not self.is_rendering
        if is_known:
            self.format, self.codec = kind, codec
        return None if self.world.switches.format_answers_none else is_known

    def set_settings(self, settings: dict[str, Any]) -> bool:
        """Lay settings over those that are there: all, or none of them."""
        has_alpha = settings.get("ExportAlpha", self.settings["ExportAlpha"])
        fits = all(is_setting(self.world, key, value) for key, value in settings.items())
        if not settings or not fits or self.is_rendering:
            return False
        if "AlphaMode" in settings and not has_alpha:
            return False
        self.settings |= settings
        return True

    def add(self, timeline: Timeline | None) -> str:
        """Queue what is set up; "" if something is missing."""
        folder = self.settings["TargetDir"]
        is_page = self.world.page == "deliver" or not self.world.switches.render_needs_deliver
        if timeline is None or not is_page or self.is_rendering:
            return ""
        if not folder or not Path(folder).is_absolute() or not Path(folder).is_dir():
            return ""
        frames = self._frames(timeline)
        if not frames:
            return ""
        job = Job(
            self.world.identity(), timeline, dict(self.settings), self.format, self.codec,
            self.mode, frames, self.settings["ExportVideo"] and self.base != AUDIO_ONLY,
        )  # fmt: skip
        self.jobs.append(job)
        return job.identity

    def _frames(self, timeline: Timeline) -> range:
        if self.settings["SelectAllFrames"]:
            return range(timeline.start, timeline.end)
        # Marks outside are moved inside without a word (reported live).
        lowest, highest = timeline.start, timeline.end - 1
        first, last = (
            min(max(self.settings.get(key, frame), lowest), highest)
            for key, frame in (("MarkIn", lowest), ("MarkOut", highest))
        )
        return range(first, last + 1)

    def job(self, identity: object) -> Job | None:
        """Return a job; None if there is none."""
        return next((job for job in self.jobs if job.identity == identity), None)

    def start(self, identities: list[object]) -> bool:
        """Start jobs, or all that are ready."""
        jobs = [self.job(identity) for identity in identities] if identities else list(self.jobs)
        ready = [job for job in jobs if job is not None and job.status == "Ready"]
        if not ready or (identities and len(ready) < len(jobs)) or self.is_rendering:
            return False
        for job in ready:
            job.status = "Rendering"
        return True

    def stop(self) -> None:
        """Cancel what is under way."""
        for job in self.jobs:
            if job.status == "Rendering":
                job.status = "Cancelled"

    def status(self, identity: str) -> dict[str, object]:
        """Let a job that is under way take a step, and say how far it is."""
        job = self.job(identity)
        if job is None:
            return {}
        if job.status == "Rendering":
            self._advance(job)
        word = STATUSES[self.world.switches.language].get(job.status, job.status)
        found: dict[str, object] = {"JobStatus": word, "CompletionPercentage": job.percent}
        if job.status == "Complete":
            found["TimeTakenToRenderInMs"] = 1000
        if job.status == "Rendering":
            found["EstimatedTimeRemainingInMs"] = 1000
        if job.error:
            found["Error"] = job.error
        return found

    def _advance(self, job: Job) -> None:
        switches = self.world.switches
        if switches.render_stalls and job.percent >= STALLED_AT:
            return
        job.polls += 1
        if switches.render_stalls:
            job.percent = STALLED_AT
            return
        job.percent = min(100, 100 * job.polls // max(1, switches.render_polls))
        if switches.render_fails and job.percent >= STALLED_AT:
            job.status, job.error = "Failed", switches.render_fails
            return
        done = len(job.frames) * job.percent // 100
        write_frames(self.world, job, job.frames[job.written : done], is_last=job.percent == 100)
        job.written = done
        if job.percent == 100:
            job.status = "Complete"

    def delete(self, identity: str) -> bool:
        """Delete a job that is not under way."""
        job = self.job(identity)
        if job is None or job.status == "Rendering" or self._keeps(job):
            return False
        self.jobs.remove(job)
        return True

    def delete_all(self) -> bool:
        """Delete all jobs; what the queue keeps, it keeps without a word."""
        if self.is_rendering:
            return False
        self.jobs = [job for job in self.jobs if self._keeps(job)]
        return True

    def _keeps(self, job: Job) -> bool:
        is_done = job.status == "Complete" and job.format == "exr"
        return self.world.switches.queue_keeps_jobs and is_done

    def list_jobs(self) -> list[dict[str, object]]:
        """Return what each job was meant to be."""
        return [self._describe(job, n) for n, job in enumerate(self.jobs, start=1)]

    def _describe(self, job: Job, number: int) -> dict[str, object]:
        as_text = self.world.switches.strings_in_job_list
        if as_text is None:
            as_text = not self.world.at_least(20)
        timeline = job.timeline
        assert isinstance(timeline, Timeline)
        width, height = timeline.settings.size

        def shown(value: bool) -> object:
            return str(value) if as_text else value

        return {
            "JobId": job.identity,
            "RenderJobName": f"Job {number}",
            "TimelineName": timeline.name,
            "TargetDir": job.settings["TargetDir"],
            "IsExportVideo": shown(job.settings["ExportVideo"]),
            "IsExportAudio": shown(job.settings["ExportAudio"]),
            "FormatWidth": job.settings.get("FormatWidth", width),
            "FormatHeight": job.settings.get("FormatHeight", height),
            "FrameRate": timeline.settings.rate,
            "PixelAspectRatio": job.settings.get("PixelAspectRatio", "square"),
            "MarkIn": job.frames[0],
            "MarkOut": job.frames[-1],
            "OutputFilename": job.settings["CustomName"] or timeline.name,
            "RenderMode": "Single clip" if job.mode == 1 else "Individual clips",
            "PresetName": "Custom",
            "VideoFormat": next(label for label, one in FORMATS.items() if one == job.format),
            "VideoCodec": job.codec,
        }

    def load_preset(self, name: str) -> bool:
        """Put a preset in the place of everything that is set."""
        if name not in self.presets or self.is_rendering:
            return False
        preset, self.base = self.presets[name], name
        self.settings = dict(preset["settings"])
        self.format, self.codec = preset["format"], preset["codec"]
        return True

    def save_preset(self, name: str) -> bool:
        """Keep what is set under a new name."""
        if not name or name in self.presets:
            return False
        self.presets[name] = {
            "settings": dict(self.settings),
            "format": self.format,
            "codec": self.codec,
        }
        return True
