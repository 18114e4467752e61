"""The study's results as tables, a plot, pictures to look at, and lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from data import Picture
from matplotlib import colormaps
from matplotlib.figure import Figure
from scores import Score

from chromaresolve.alignment import TeachingPair

COLUMNS = (
    ("seconds", "seconds", ".1f"),
    ("steps", "steps", "d"),
    ("to unet", "to_unet", ".1f"),
    ("chroma PSNR", "chroma_psnr", ".2f"),
    ("dE2000", "locked", ".2f"),
    ("own luma", "unlocked", ".2f"),
    ("luma off", "luma_off", ".4f"),
    ("bleed", "bleed", ".1f"),
    ("flicker", "flicker", ".2f"),
)
"""Of the tables: title, name in a result, format. `own luma` is dE2000 without the plate's luma;
`to unet` the seconds after which a method was first seen as good as the U-Net at its end."""

RIVAL, YARDSTICK = "CopyCat", "unet"
"""Whose pictures the sheets bring; and the method whose final quality `to unet` is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One method on one set of judged pairs after some seconds."""

    trial: str
    judged: str
    method: str
    score: Score
    seconds: float | None = None
    """Of learning; None where another tool learned, once."""
    steps: int | None = None
    """The same of steps."""
    flicker: float | None = None
    """Of recovered chroma over the fresh film's; None where no camera stands or not at the end."""

    def row(self) -> dict[str, object]:
        """Return everything on one level."""
        flat = asdict(self)
        return {**flat, **flat.pop("score")}


def write_study(folder: Path, results: Sequence[Result]) -> None:
    """Write the tables, the plot and every number."""
    lines = [json.dumps(result.row()) for result in results]
    (folder / "study.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(f"{result.trial}: {result.judged}", []).append(result)
    tables = [_table(title, group) for title, group in groups.items()]
    tables += [_against_copycat(groups, ending) for ending in ("taught", "other tiles")]
    text = "\n\n".join(table for table in tables if table)
    (folder / "study.md").write_text(text + "\n", encoding="utf-8")
    _plot(groups).savefig(folder / "study.png", dpi=110)


def write_recovered(
    path: Path, pairs: Sequence[TeachingPair], recovered: Sequence[Picture]
) -> None:
    """Write plates, truths and what a method made of the plates, a row for each pair."""
    rows = [
        np.hstack([pair.plate, pair.truth, picture])
        for pair, picture in zip(pairs, recovered, strict=True)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    codes = np.rint(255 * np.clip(np.vstack(rows)[..., ::-1], 0, 1)).astype(np.uint8)
    cv2.imwrite(str(path), codes)


def _table(title: str, results: Sequence[Result]) -> str:
    """Return each method's last result, best first, as Markdown."""
    ranking = sorted(_last(results).values(), key=lambda result: result.score.locked)
    head = ["method", *(name for name, _, _ in COLUMNS)]
    lines = [f"## {title}", "", _line(head), _line(["---"] * len(head))]
    for result in ranking:
        numbers = {**result.row(), "to_unet": _seconds_to_unet(results, result.method)}
        cells = [_cell(numbers[key], form) for _, key, form in COLUMNS]
        lines.append(_line([result.method, *cells]))
    return "\n".join(lines)


def _against_copycat(groups: dict[str, list[Result]], ending: str) -> str:
    """Return each method's dE2000 on every contact sheet, and its share of CopyCat's, or ""."""
    last = {
        title.removesuffix(f": {ending}"): _last(group)
        for title, group in groups.items()
        if title.endswith(f": {ending}")
    }
    if not last:
        return ""
    lines = [
        f"## dE2000 on the contact sheets, {ending}; the mean as given, and over CopyCat's",
        "",
        _line(["method", *last, "mean", f"of {RIVAL}'s"]),
        _line(["---"] * (len(last) + 3)),
    ]
    everywhere = set.intersection(*(set(sheet) for sheet in last.values()))
    # CopyCat is scored as it is: that it keeps no luma is its own doing.
    whole = [sheet[RIVAL].score.unlocked for sheet in last.values()]
    found = {
        method: [sheet[method].score.locked for sheet in last.values()]
        for method in everywhere - {RIVAL}
    }
    for method, scores in sorted(found.items(), key=lambda one: sum(one[1])):
        share = float(np.mean(np.divide(scores, whole)))
        cells = [f"{score:.2f}" for score in (*scores, np.mean(scores), share)]
        lines.append(_line([method, *cells]))
    cells = [f"{score:.2f}" for score in (*whole, np.mean(whole), 1)]
    return "\n".join([*lines, _line([RIVAL, *cells])])


def _last(results: Sequence[Result]) -> dict[str, Result]:
    """Return each method's last result."""
    return {result.method: result for result in results}


def _seconds_to_unet(results: Sequence[Result], method: str) -> float | None:
    """Return when a method was first seen as good as the U-Net at its end; None for never."""
    yardstick = _last(results).get(YARDSTICK)
    if yardstick is None:
        return None
    return next(
        (
            result.seconds
            for result in results
            if result.method == method and result.score.locked <= yardstick.score.locked
        ),
        None,
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(number: object, form: str) -> str:
    return "" if number is None else format(number, form)


def _plot(groups: dict[str, list[Result]]) -> Figure:
    """Draw dE2000 over seconds, a panel for each judged set; what was judged once is a line."""
    across = min(3, len(groups))
    down = -(-len(groups) // across)
    figure = Figure(figsize=(6 * across, 4.5 * down), layout="constrained")
    for number, (title, results) in enumerate(groups.items(), start=1):
        axes = figure.add_subplot(down, across, number)
        axes.set(title=title, xlabel="seconds", ylabel="dE2000, luma locked")
        axes.set(xscale="log", yscale="log")
        for place, method in enumerate(_last(results)):
            curve = [result for result in results if result.method == method]
            heights = [result.score.locked for result in curve]
            colour = colormaps["tab20"](place % 20)
            if len(curve) == 1:
                axes.axhline(heights[0], color=colour, linestyle=":", label=method)
            else:
                seconds = [result.seconds or 0.0 for result in curve]
                axes.plot(seconds, heights, color=colour, marker="o", markersize=3, label=method)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")
        axes.legend(fontsize=6)
    return figure
