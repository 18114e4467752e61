"""How well the balance is found blind, and what it is worth against channels treated alone.

    python benchmarks/balance/blind.py [--folder FOLDER] [--processes N] >TABLES.md

Every picture of `pictures.py` is faded in ways that are known, the solver is asked without and
with a Reference, and its balance is compared with corrections that treat each channel for itself.
FOLDER adds real film frames, and a really faded scan. Prints Markdown; what it is at goes to
standard error. Two processes of one thread each keep two cores busy for less than ten minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
from brushes import Picture
from fades import OTHERWISE, STEPS, Faded, assumed_fades, grainless_fades, other_fades
from luma_grain import luma_table
from negatives import negative_table
from pictures import pictures
from raw_scan import raw_scan_table
from red_gain import red_gain_table
from tables import (
    difference_table,
    ratio_table,
    refusal_table,
    retention_table,
    trust_line,
    worst_table,
)
from trials import Trial, measure_trial

FRAMES_OF_FILM = "shot"
"""How the names of real film frames begin."""

PARTS: Mapping[str, Callable[[str], bool]] = {
    "The solver's own model, grain 0.02, 10 bits": lambda fade: fade in {*STEPS, "drawn"},
    "Film that has not faded": lambda fade: fade == "fresh",
    "The solver's own model without grain and rounding": lambda fade: fade.endswith("no grain"),
    "Fades that the solver does not assume": lambda fade: fade in OTHERWISE,
}
"""Headings, and which fades are told of there."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    # Workers read these when they start; arrays are small, and threads would only wait.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    spawn = get_context("spawn")
    with ProcessPoolExecutor(asked.processes, spawn, cv2.setNumThreads, (1,)) as pool:
        shown = pool.submit(pictures, asked.folder).result()
        trials = run_trials(pool, shown)
        for heading, belongs in PARTS.items():
            print_part(heading, [trial for trial in trials if belongs(trial.fade)])
        negatives = pool.submit(negative_table, shown, trials)
        print(f"### Negatives\n\n{negatives.result()}\n", flush=True)
        frames = {name: one for name, one in shown.items() if name.startswith(FRAMES_OF_FILM)}
        others = {name: one for name, one in shown.items() if name not in frames}
        for what, group in (("real film frames", frames), ("other pictures", others)):
            if group:
                luma = pool.submit(luma_table, group).result()
                print(f"### Luma and its grain: {what}\n\n{luma}\n", flush=True)
        caps = pool.submit(red_gain_table, shown).result()
        print(
            f"### The red gain cap: dE2000 (luma's grain over the scan's)\n\n{caps}\n", flush=True
        )
        if asked.folder:
            said, table = pool.submit(raw_scan_table, asked.folder).result()
            print(f"### A really faded frame\n\n{said}\n\n{table}\n")


def run_trials(pool: ProcessPoolExecutor, shown: Mapping[str, Picture]) -> list[Trial]:
    """Measure every fade of every picture."""
    trials: list[Trial] = []
    for number, found in enumerate(pool.map(try_picture, shown.items()), start=1):
        trials += found
        print(f"{found[0].picture}: {number} of {len(shown)}", file=sys.stderr, flush=True)
    return trials


def try_picture(named: tuple[str, Picture]) -> list[Trial]:
    """Measure every fade of one picture."""
    return [measure_trial(faded) for faded in _every_fade(*named)]


def _every_fade(name: str, fresh_709: Picture) -> Iterator[Faded]:
    for fades in (assumed_fades, grainless_fades, other_fades):
        yield from fades(name, fresh_709)


def print_part(heading: str, trials: Sequence[Trial]) -> None:
    """Print all tables of some trials."""
    print(f"### {heading}\n")
    print(f"Error of the retentions: median / 90 % / worst.\n\n{retention_table(trials)}\n")
    print(f"{trust_line(trials)}\n\nFurthest off:\n\n{worst_table(trials)}\n")
    print(f"Refused, or left as it is:\n\n{refusal_table(trials)}\n")
    print(f"Mean dE2000 to the fresh picture:\n\n{difference_table(trials)}\n")
    print(f"Ratios of it, median (at most half):\n\n{ratio_table(trials)}\n", flush=True)


if __name__ == "__main__":
    main()
