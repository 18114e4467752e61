"""How fast a GPU trains our network: seven ways of taking the same step, on the same pairs.

    python benchmarks/gpu/training.py --out DIR [--device cuda] [--folder FOLDER] [--width 1280]
        [--size medium] [--patch 512] [--batch 3] [--seconds 20] [--ways "float32" ...]
        [--equal-steps 300] [--to-quality DB] [--most-seconds 240]

The pairs are the study's (`benchmarks/training/`): its first synthetic shot, or with FOLDER, which
holds `film_frames/*.png`, its film. A way that cannot run is skipped, and a sentence says why. A
way is right if equal steps bring it as low a loss as float32, which is the trainer as it is.

With --to-quality the fastest right way is trained anew, for longer and longer, until a whole
training ends at so many decibels of chroma on the pairs held out. Compiling is not in its seconds:
it is in the table, under `first`. DB is what a CPU reaches on the same pairs; of the first shot,
held out, this says it:

    python benchmarks/training/study.py --only synthetic --methods ours-medium --width 1280
        --out DIR

DIR gets `gpu_training.md`, the table, and `gpu_training.jsonl`, everything; written anew after
every way.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parents[1] / "training"))

from data import Trial, trials
from ours import FINENESS, run_network
from scores import measure
from speeds import (
    AT_ONCE,
    FIRST_STEPS,
    NEARLY,
    PART,
    Setting,
    Speed,
    measure_speed,
    per_second,
    take_steps,
    wait_for_device,
)
from ways import WAYS, Learning, Way, make_teaching, why_not

from chromaresolve.colour import merge_chroma
from chromaresolve.errors import ChromaresolveError
from chromaresolve.training.batches import TeachingSet
from chromaresolve.training.device import choose_device
from chromaresolve.training.network import SIZES

FIRST_TRAINING, LONGER = 2.0, 1.5
"""Seconds of the first training to a quality, and how many times longer each next one is."""

HEAD = ("way", "steps/s", "step alone/s", "first s", "peak GiB", "GPU busy", "loss", "of float32's")
"""Of the table."""


class Bench:
    """One run: what is asked, what was found so far, and where it is written."""

    def __init__(
        self, trial: Trial, teaching: TeachingSet, device: torch.device, setting: Setting, out: Path
    ) -> None:
        """Begin with an empty table."""
        self.trial, self.teaching, self.device, self.setting = trial, teaching, device, setting
        self._out = out
        self._speeds: dict[str, Speed] = {}
        self._notes: list[str] = [describe(device)]
        self._rows: list[Mapping[str, object]] = []

    def measure_drawing(self) -> None:
        """Measure how often patches can be drawn; that is the same for every way."""
        draw = partial(self.teaching.draw, 0, self.setting.batch)
        draw()
        draws = per_second(draw, PART * self.setting.seconds)
        self._note(
            f"drawing alone: {draws:.1f} batches/s of {self.setting.batch} x {self.teaching.patch}",
            {
                "draws_per_second": draws,
                "on": describe(self.device),
                "patch": self.teaching.patch,
                **asdict(self.setting),
            },
        )

    def measure_way(self, way: Way) -> None:
        """Measure one way, or note why it cannot run."""
        reason = why_not(way, self.device)
        if reason is None:
            try:
                speed = measure_speed(partial(self._begin, way), self.device, self.setting)
            # What a compiler or a capture may die of is theirs; the other ways shall still run.
            except (RuntimeError, ChromaresolveError) as error:
                first_line, _, _ = str(error).partition("\n")
                reason = f"failed: {type(error).__name__}: {first_line}"
            else:
                self._speeds[way.name] = speed
                self._say(f"{way.name}: {speed.steps_per_second:.1f} steps/s", speed.row(), way)
                return
        self._note(f"{way.name} is left out: {reason}", {"way": way.name, "skipped": reason})

    def measure_quality(self, quality: float, most_seconds: float) -> None:
        """Find how long the fastest right way trains until it is so good."""
        right = [way for way in WAYS if way.name in self._speeds and self._is_right(way)]
        if not right:
            self._note("no way is right: none is trained to a quality", {"quality": quality})
            return
        way = max(right, key=lambda way: self._speeds[way.name].steps_per_second)
        for seconds in longer_and_longer(most_seconds):
            found = self._train(way, seconds)
            self._say(
                f"{way.name}: {found['chroma_psnr']:.2f} dB after {found['seconds']:.1f} s",
                found,
                way,
            )
            if found["chroma_psnr"] >= quality:
                self._note(
                    f"{quality:g} dB of chroma: {way.name}, {found['seconds']:.1f} s, "
                    f"{found['steps']:.0f} steps",
                    {"quality": quality, **found},
                )
                return
        self._note(
            f"{quality:g} dB of chroma: not in {most_seconds:g} s of {way.name}",
            {"quality": quality},
        )

    def _begin(self, way: Way) -> Learning:
        setting = self.setting
        return Learning(
            way, self.teaching, size=setting.size, batch=setting.batch, device=self.device
        )

    def _train(self, way: Way, seconds: float) -> dict[str, float]:
        """Train for so long, the learning rate's cosine with it, and judge the end."""
        learning = self._begin(way)
        # Compiled and captured before the clock runs: a gift of a few steps.
        take_steps(learning, FINENESS, FIRST_STEPS)
        wait_for_device()
        began = time.perf_counter()
        while (gone := time.perf_counter() - began) < seconds:
            learning.step(learning.draw(), gone / seconds)
            if learning.state.step % AT_ONCE == 0:
                wait_for_device()
        wait_for_device()
        gone = time.perf_counter() - began
        pairs = self.trial.judged["held out"]
        average, place = learning.state.average, str(self.device)
        recovered = [
            merge_chroma(pair.plate, run_network(average, pair.shown, place)).rgb for pair in pairs
        ]
        score = measure(pairs, recovered, is_srgb=self.trial.is_srgb)
        return {
            "seconds": gone,
            "steps": learning.state.step,
            "chroma_psnr": score.chroma_psnr,
            "dE2000": score.locked,
        }

    def _is_right(self, way: Way) -> bool:
        share = self._share(way.name)
        return share is not None and share <= NEARLY

    def _share(self, name: str) -> float | None:
        """Return a way's loss over float32's; None if that was not measured."""
        first = self._speeds.get(WAYS[0].name)
        return self._speeds[name].loss / first.loss if first else None

    def _note(self, sentence: str, row: Mapping[str, object]) -> None:
        """Say something that stays under the table."""
        self._notes.append(sentence)
        self._say(sentence, row)

    def _say(self, sentence: str, row: Mapping[str, object], way: Way | None = None) -> None:
        """Print a line, and write everything that is known by now."""
        print(sentence, flush=True)
        self._rows.append({**({"way": way.name} if way else {}), **row})
        lines = [json.dumps(one) for one in self._rows]
        (self._out / "gpu_training.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self._out / "gpu_training.md").write_text(self.table() + "\n", encoding="utf-8")

    def table(self) -> str:
        """Return what is known, as Markdown."""
        lines = [f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}"]
        for name, speed in self._speeds.items():
            cells = (
                name,
                f"{speed.steps_per_second:.1f}",
                f"{speed.alone_per_second:.1f}",
                f"{speed.first_seconds:.1f}",
                "" if speed.peak_gib is None else f"{speed.peak_gib:.2f}",
                "" if speed.busy is None else f"{speed.busy:.0%}",
                f"{speed.loss:.5f}",
                self._verdict(name),
            )
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join([*lines, "", *(f"- {note}" for note in self._notes)])

    def _verdict(self, name: str) -> str:
        share = self._share(name)
        if share is None:
            return ""
        return f"{share:.3f}" if share <= NEARLY else f"{share:.3f}, wrong"


def longer_and_longer(most: float) -> Iterator[float]:
    """Give the seconds of trainings to a quality; the last is the most that is allowed."""
    seconds = FIRST_TRAINING
    while seconds < most:
        yield seconds
        seconds *= LONGER
    yield most


def describe(device: torch.device) -> str:
    """Return what it runs on."""
    if device.type != "cuda":
        return (
            f"PyTorch {torch.__version__}, {platform.machine()}, {torch.get_num_threads()} threads"
        )
    shortened = "with" if torch.backends.cudnn.allow_tf32 else "without"
    name = torch.cuda.get_device_name(device)
    return f"PyTorch {torch.__version__}, {name}; float32's convolutions {shortened} TF32"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    names = [way.name for way in WAYS]
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--size", choices=SIZES, default="medium")
    parser.add_argument("--patch", type=int, default=512)
    parser.add_argument("--batch", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--ways", nargs="+", choices=names, default=names)
    parser.add_argument("--equal-steps", type=int, default=300)
    parser.add_argument("--to-quality", type=float)
    parser.add_argument("--most-seconds", type=float, default=240)
    asked = parser.parse_args()
    if asked.equal_steps < FIRST_STEPS:
        parser.error(f"--equal-steps: at least {FIRST_STEPS}")
    asked.out.mkdir(parents=True, exist_ok=True)
    torch.set_flush_denormal(True)
    try:
        device, _ = choose_device(asked.device)
        kind = {"film"} if asked.folder else {"synthetic"}
        trial = next(trials(asked.folder, kind, width=asked.width, film_width=asked.width), None)
        if trial is None:
            parser.error("no pictures: scikit-image is not installed, or see FOLDER above")
        teaching = make_teaching(trial, asked.patch, device)
    except ChromaresolveError as error:
        parser.error(str(error))
    if teaching.patch != asked.patch:
        parser.error(f"patches of {teaching.patch} are all that fit: write a larger --width")
    setting = Setting(
        size=asked.size, batch=asked.batch, seconds=asked.seconds, equal_steps=asked.equal_steps
    )
    bench = Bench(trial, teaching, device, setting, asked.out)
    bench.measure_drawing()
    for way in WAYS:
        # The first is what the others are held to.
        if way.name in asked.ways or way is WAYS[0]:
            bench.measure_way(way)
    if asked.to_quality is not None:
        bench.measure_quality(asked.to_quality, asked.most_seconds)
    print(f"\n{bench.table()}")


if __name__ == "__main__":
    main()
