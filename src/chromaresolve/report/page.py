"""The report stage: one page for people, one record for machines, one contact sheet."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from chromaresolve.alignment import held_out_pairs, inspection_paths
from chromaresolve.baseline import cube_path
from chromaresolve.colour import rgb_to_luma
from chromaresolve.composite import recovery_sidecar
from chromaresolve.cube import read_cube
from chromaresolve.errors import ColourError
from chromaresolve.files import sweep, write_text
from chromaresolve.frames import Rgb, read_rgb, write_picture
from chromaresolve.report.numbers import (
    BaselineMap,
    FrameNumbers,
    HeldOut,
    Numbers,
    Score,
    measure_shot,
)
from chromaresolve.report.pictures import (
    DIFFERENCE_GAIN,
    SHEET_WIDTH,
    Row,
    contact_sheet,
    difference_map,
    fit_width,
    shrink,
)
from chromaresolve.report.story import Story, figures, tell
from chromaresolve.scopes.curves import curves_of
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

LUMA_GAIN = 64.0
"""How much a luma difference is amplified: what the law allows at white, 2^-11, shows as 8 of 255,
which is black."""

MOST_INSPECTIONS = 3
"""Pairs whose alignment is shown: those that lie worst."""

INSPECTION = (
    "structure alone, without the colours' difference. What is bright in the third picture differs "
    "in geometry, or is dirt or a subtitle; what is black in the fourth teaches nothing."
)
"""What such a picture shows."""


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
    story = tell(shot, numbers, baseline_note=baseline_note)
    made = [folder / "index.html", folder / "report.json"]
    sheet = folder / "contact_sheet.png"
    if rows:
        contact_sheet(rows, sheet)
        made.append(sheet)
    else:
        sheet.unlink(missing_ok=True)
    write_text(folder / "report.json", json.dumps(story, indent=2) + "\n")
    write_text(folder / "index.html", _page(shot, story, sheet if rows else None))
    for verdict in story["verdicts"]:
        say(f"{verdict['claim']}: {verdict['verdict']}, {verdict['evidence']}")
    keys = [file_key(shot, recovery_sidecar(shot)), *map(table_key, ("pair", "reference"))]
    return shot.with_made(
        "report",
        settings={},
        inputs=fingerprints(shot, keys),
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
        rows.extend(shrink(_rows(held_out, numbers)))
        on_progress(len(rows) // 2, total, f"frame {held_out.frame}")

    on_progress(0, total, "measuring")
    numbers = measure_shot(shot, baseline=baseline, on_frame=keep)
    on_progress(total, total, "measured")
    return numbers, rows


def _rows(held_out: HeldOut, numbers: FrameNumbers) -> tuple[Row, Row]:
    """Return a held-out frame's pictures, and below them how far each is from the truth."""
    truth, scan = held_out.truth_709, held_out.scan_709
    versions = [
        ("faded scan", scan, None),
        ("faded scan" if scan is None else "balanced plate", held_out.plate_709, numbers.plate),
        ("LUT baseline", held_out.baseline_709, numbers.baseline),
        ("recovered", held_out.recovered_709, numbers.recovered),
    ]
    there = [(name, rgb, score) for name, rgb, score in versions if rgb is not None]
    luma = difference_map(
        _grey_luma(held_out.recovered_709), _grey_luma(held_out.luma_plate_709), gain=LUMA_GAIN
    )
    pictures = [(_caption(name, score), rgb) for name, rgb, score in there]
    distances = [(f"{name} to truth", difference_map(rgb, truth)) for name, rgb, _ in there]
    label = f"frame {held_out.frame}, held out"
    luma_caption = f"luma, recovered to plate, x {LUMA_GAIN:g}"
    return (
        Row(label=label, cells=(*pictures, ("ground truth", truth))),
        Row(
            label=f"{label}: difference x {DIFFERENCE_GAIN:g}",
            cells=(*distances, (luma_caption, luma)),
        ),
    )


def _caption(name: str, score: Score | None) -> str:
    return f"{name}, dE2000 {score.mean:.2f}" if score else name


def _grey_luma(picture_709: Rgb) -> Rgb:
    return np.repeat(rgb_to_luma(picture_709)[..., None], 3, axis=-1)


def _page(shot: Shot, story: Story, sheet: Path | None) -> str:
    """Return the page with everything it shows inside it."""
    environment = Environment(
        loader=PackageLoader("chromaresolve.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figures"] = figures
    return environment.get_template("page.html").render(
        story=story,
        curves=curves_of(story["training"]["log"]) if story["training"] else [],
        inspections=_inspections(shot, story),
        sheet=base64.b64encode(sheet.read_bytes()).decode() if sheet else "",
    )


def _inspections(shot: Shot, story: Story) -> list[dict[str, str]]:
    """Return the pictures of the pairs that lie worst, small, to be judged by eye."""
    laid = [pair for pair in story["pairs"] if pair["residual_px"] is not None]
    worst = sorted(laid, key=lambda pair: pair["residual_px"], reverse=True)[:MOST_INSPECTIONS]
    shown = []
    for frame in (pair["source"] for pair in worst):
        difference, _ = inspection_paths(shot, frame)
        if not difference.is_file():
            continue
        small = shot.path(f"report/alignment_{frame:04d}.png")
        write_picture(small, fit_width(read_rgb(difference), SHEET_WIDTH))
        png = base64.b64encode(small.read_bytes()).decode()
        shown.append({"png": png, "title": f"Frame {frame}: {INSPECTION}"})
    return shown


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
