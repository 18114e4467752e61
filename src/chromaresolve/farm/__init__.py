"""A shot's work as a job for a render farm: an Open Job Description bundle.

The bundle is plain JSON, written without any library. Only this room imports openjd, and only to
check what it wrote.
"""

from __future__ import annotations

from chromaresolve.farm.bundle import Bundle, write_bundle
from chromaresolve.farm.job import CHUNK, FarmJob, plan_job

__all__ = ["CHUNK", "Bundle", "FarmJob", "plan_job", "write_bundle"]
