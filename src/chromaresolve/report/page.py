"""The report stage: one page for people, one record for machines, one contact sheet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from chromaresolve.alignment import held_out_pairs
from chromaresolve.baseline import cube_path
from chromaresolve.composite import recovered_frames, recovery_sidecar
from chromaresolve.cube import read_cube
from chromaresolve.errors import ColourError
from chromaresolve.files import sweep, write_text
from chromaresolve.report.choosing import choose_frames
from chromaresolve.report.drawing import draw_page
from chromaresolve.report.illustrations import illustrate
from chromaresolve.report.looking import load_versions
from chromaresolve.report.note import write_note
from chromaresolve.report.pictures import Row, contact_sheet, shrink
from chromaresolve.report.sheet import held_out_rows
from chromaresolve.report.story import tell
from chromaresolve.report.strip import tell_strip
from chromaresolve.report.verdicts import ACCEPTANCE
from chromaresolve.report.viewer import Viewer, fill_viewer
from chromaresolve.review import (
    BaselineMap,
    FrameNumbers,
    HeldOut,
    Numbers,
    load_review,
    measure_shot,
)
from chromaresolve.review.strips import load_strips
from chromaresolve.shot import (
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

PAGE_BYTES = 19_500_000
"""What the page may weigh: 20 MB still pass by mail and open at once."""

WORDS_BYTES = 1_500_000
"""Of those, kept for words, curves, strips and the small stills for paper."""

REVIEW = "review/review.json"
"""What the review found, in the shot folder."""


def report(shot: Shot, *, say: Say, on_progress: Progress) -> Shot:
    """Write the shot's page, and return the shot that says so.

    Raises:
        ShotError: The recovery is missing or out of date.
    """
    require(shot, "recovery", needed_for="the report")
    folder = shot.path("report")
    sweep(folder)
    baseline, baseline_note = _baseline(shot)
    numbers, rows = _look(shot, baseline, on_progress)
    for problem in [*numbers.problems, *filter(None, [baseline_note])]:
        say(problem)
    sheet = folder / "contact_sheet.png"
    made = [folder / "index.html", folder / "report.json", *([sheet] if rows else [])]
    if rows:
        contact_sheet(rows, sheet)
    else:
        sheet.unlink(missing_ok=True)
    found = load_review(shot) or {}
    pictures = illustrate(shot, sheet)
    room = PAGE_BYTES - WORDS_BYTES - len(json.dumps(pictures))
    viewer = _fill(shot, found, baseline, room, on_progress)
    story = tell(shot, numbers, baseline_note=baseline_note, review=found, facts=viewer.facts)
    strip = tell_strip(
        load_strips(shot),
        frames=list(shot.shot.frames),
        review=found,
        numbers=numbers,
        shown=viewer.facts,
    )
    page = draw_page(story, numbers, viewer, review=found, strip=strip, pictures=pictures)
    write_text(folder / "report.json", json.dumps(story, indent=2) + "\n")
    write_text(folder / "index.html", page)
    write_note(shot, story)
    for sentence in viewer.left_out:
        say(sentence)
    for verdict in story["verdicts"]:
        if verdict["list"] == ACCEPTANCE:
            say(f"{verdict['claim']}: {verdict['verdict']}, {verdict['evidence']}")
    return shot.with_made(
        "report",
        settings={},
        inputs=fingerprints(shot, _input_keys(shot)),
        outputs=outputs(shot, made),
        measured=_measured(numbers),
    )


def _baseline(shot: Shot) -> tuple[BaselineMap | None, str]:
    """Return the shot's LUT, or why there is none."""
    if "baseline" not in shot.made:
        return None, "the LUT baseline was not made: run `chromaresolve baseline`"
    reasons = out_of_date(shot, "baseline")
    if reasons:
        return None, f"the LUT baseline was not measured: {reasons[0]}"
    try:
        return read_cube(cube_path(shot)).apply, ""
    except ColourError as error:
        return None, f"the LUT baseline was not measured: {error}"


def _look(
    shot: Shot, baseline: BaselineMap | None, on_progress: Progress
) -> tuple[Numbers, list[Row]]:
    """Measure the held-out frames, and keep small pictures of each."""
    rows: list[Row] = []
    total = len(held_out_pairs(shot))

    def keep(held_out: HeldOut, numbers: FrameNumbers) -> None:
        rows.extend(shrink(held_out_rows(held_out, numbers)))
        on_progress(len(rows) // 2, total, f"frame {held_out.frame}")

    on_progress(0, total, "measuring")
    numbers = measure_shot(shot, baseline=baseline, on_frame=keep)
    on_progress(total, total, "measured")
    return numbers, rows


def _fill(
    shot: Shot,
    found: Mapping[str, Any],
    baseline: BaselineMap | None,
    room: float,
    on_progress: Progress,
) -> Viewer:
    """Fill the viewer with the frames that tell most."""
    there = recovered_frames(shot).frames
    wanted = choose_frames(shot, there=there, flagged=found.get("ranking", []))
    load = partial(load_versions, shot, baseline=baseline)
    return fill_viewer(wanted, load, room=room, on_progress=on_progress)


def _input_keys(shot: Shot) -> list[str]:
    keys = [file_key(shot, recovery_sidecar(shot)), *map(table_key, ("pair", "reference"))]
    review = shot.path(REVIEW)
    return [*keys, file_key(shot, review)] if review.is_file() else keys


def _measured(numbers: Numbers) -> Mapping[str, Scalar]:
    """Return what `[made.report]` keeps of the numbers."""
    kept: dict[str, float] = {"frames": len(numbers.frames)}
    if numbers.recovered and numbers.luma:
        kept["recovered_dE2000"] = numbers.recovered.mean
        kept["luma_largest"] = numbers.luma.largest
        kept["luma_worst_ratio"] = numbers.luma.worst_ratio
    if numbers.baseline:
        kept["baseline_dE2000"] = numbers.baseline.mean
    return measured(**kept)
