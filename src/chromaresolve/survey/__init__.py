"""A sequence looked at once, frame by frame: small pictures of all of it, and measures of each.

Whoever asks something of a whole sequence (is it interlaced, where are its cuts, which frame of the
Reference is this) asks its survey, and no picture is read a second time.
"""

from __future__ import annotations

from chromaresolve.survey.looking import survey, survey_file
from chromaresolve.survey.record import THUMB_WIDTH, Survey, tone_thumbs

__all__ = ["THUMB_WIDTH", "Survey", "survey", "survey_file", "tone_thumbs"]
