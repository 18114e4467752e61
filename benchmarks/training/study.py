"""Which way of giving faded film its colour back is best: same pairs, same seconds.

    python benchmarks/training/study.py [--folder FOLDER] [--seconds 240] --out DIR
        [--only synthetic film sheets] [--methods ours-medium lut ...]
        [--width 640] [--film-width 1024] [--seed 0] [--device cpu]

FOLDER holds `film_frames/*.png` (three frames of one shot in good colour: the first and the third
teach) and `copycat_sheets/*.png` (CopyCat's contact sheets: plate, truth and CopyCat's own output,
which is scored beside). Without it only the synthetic shots run, whose photographs come with
scikit-image. Nothing else should run on the machine: the seconds are the clock's, judging does not
count. A method is judged six times as it learns; what teaches and how is seeded, but how many steps
fit into the seconds is the machine's.

DIR gets `study.md` (what each can at the end), `study.png` (dE2000 over seconds) and `study.jsonl`
(everything), written anew after every method, so that a study that is stopped keeps what it has;
and `recovered/`: plate, truth and what each method made, side by side.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from data import Trial, trials
from pacing import Learnt
from peers import methods
from scores import measure, measure_flicker
from writing import Result, write_recovered, write_study

KINDS = ("synthetic", "film", "sheets")
"""Of trials."""


def judge(trial: Trial, method: str, learnt: Learnt, out: Path) -> Iterator[Result]:
    """Give a method's result on every judged set of a trial; at its end show what it made."""
    flicker = None
    if learnt.is_last and trial.still:
        flicker = measure_flicker(trial.still, [learnt.recolour(pair) for pair in trial.still])
    for judged, pairs in trial.judged.items():
        recovered = [learnt.recolour(pair) for pair in pairs]
        if learnt.is_last:
            write_recovered(out / f"{trial.name} {judged} {method}.png", pairs[:3], recovered[:3])
        yield Result(
            trial=trial.name,
            judged=judged,
            method=method,
            score=measure(pairs, recovered, is_srgb=trial.is_srgb),
            seconds=learnt.seconds,
            steps=learnt.steps,
            flicker=flicker,
        )


def judge_rivals(trial: Trial) -> Iterator[Result]:
    """Give the results of pictures that other tools have made already."""
    judged, pairs = next(iter(trial.judged.items()))
    for name, pictures in trial.rivals.items():
        yield Result(
            trial=trial.name,
            judged=judged,
            method=name,
            score=measure(pairs, pictures, is_srgb=trial.is_srgb),
        )


def _in_words(result: Result) -> str:
    return (
        f"{result.trial}: {result.method}: {result.judged} dE2000 {result.score.locked:.2f} "
        f"after {result.seconds:.1f} s, {result.steps} steps"
    )


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    known = methods()
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--methods", nargs="+", choices=known, default=list(known))
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--film-width", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    made = trials(asked.folder, set(asked.only), width=asked.width, film_width=asked.film_width)
    for trial in made:
        results += judge_rivals(trial)
        for method in asked.methods:
            learning = known[method](
                trial, seconds=asked.seconds, seed=asked.seed, device=asked.device
            )
            for learnt in learning:
                results += judge(trial, method, learnt, asked.out / "recovered")
            print(_in_words(results[-len(trial.judged)]), flush=True)
            write_study(asked.out, results)
    if not results:
        parser.error("no pictures of the kinds asked for: see FOLDER above")


if __name__ == "__main__":
    main()
