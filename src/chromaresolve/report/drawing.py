"""The page drawn: everything it shows is inside it, and it may load nothing else."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from chromaresolve.report.story import Story
from chromaresolve.report.verdicts import figures
from chromaresolve.report.viewer import Viewer
from chromaresolve.review import FrameNumbers, Numbers
from chromaresolve.scopes.curves import curves_of

SCRIPT = "page.js"
"""What moves the viewer, beside the template."""


def draw_page(
    story: Story,
    numbers: Numbers,
    viewer: Viewer,
    *,
    review: Mapping[str, Any],
    strip: Mapping[str, Any],
    pictures: Mapping[str, Any],
) -> str:
    """Return the page as HTML.

    Args:
        story: What it tells.
        numbers: What was measured on the held-out frames.
        viewer: The frames that it shows.
        review: What the review found; empty if there was none.
        strip: The shot at a glance.
        pictures: What other stages left, by the names that the template gives them.
    """
    environment = _environment()
    _add_words(viewer, numbers, review)
    script = _read_script(environment)
    return environment.get_template("page.html").render(
        story=story,
        viewer=viewer,
        strip=strip,
        shown={frame["frame"] for frame in viewer.frames},
        first_shown=next(iter(viewer.facts), 0),
        curves=curves_of(story["training"]["log"]) if story["training"] else [],
        script=Markup(script),  # noqa: S704 (our own file)
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        **pictures,
    )


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("chromaresolve.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figures"] = figures
    environment.filters["coded"] = mark_commands
    return environment


def mark_commands(sentence: str) -> Markup:
    """Return a sentence as HTML, what stands between backticks as something to type."""
    parts = str(sentence).split("`")
    if len(parts) % 2 == 0:
        return escape(sentence)
    words = [
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    ]
    return Markup("").join(words)


def _read_script(environment: Environment) -> str:
    """Return the script as the page holds it, to the letter: its sha256 is what lets it run."""
    loader = environment.loader
    if loader is None:
        raise ValueError("the page's environment has no loader")
    script, _, _ = loader.get_source(environment, SCRIPT)
    return script


def _add_words(viewer: Viewer, numbers: Numbers, review: Mapping[str, Any]) -> None:
    """Write beside each frame what was measured on it, and why it stands out."""
    scores = {one.frame: _told_scores(one) for one in numbers.frames}
    rows = {row["frame"]: row for row in review.get("frames", [])}
    for frame in viewer.frames:
        row = rows.get(frame["frame"], {})
        frame["scores"] = scores.get(frame["frame"], "")
        said = [f"verdict: {row['verdict']}"] if row.get("verdict") else []
        reasons = [f"{reason['kind']}: {reason['sentence']}" for reason in row.get("reasons", [])]
        frame["notes"] = reasons + (said if reasons or said != ["verdict: flagged"] else [])


def _told_scores(one: FrameNumbers) -> str:
    versions = {"plate": one.plate, "LUT baseline": one.baseline, "recovered": one.recovered}
    told = ", ".join(f"{name} {score.mean:.2f}" for name, score in versions.items() if score)
    return f"dE2000 to the Reference: {told}"
