"""What came of the trials, as Markdown tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from trials import (
    BESIDE,
    BEST,
    BLIND,
    BLIND_UNCAPPED,
    GAINS,
    RANGES,
    TRUE,
    TRUE_UNCAPPED,
    WAYS,
    Answer,
    Trial,
    left_of,
)

from chromaresolve.balance.diagnosis import DYES

MEDIAN_BOUND, WORST_BOUND = 0.05, 0.12
"""What the median and the worst error of a retention may be."""

Ask = Callable[[Trial], Answer]
"""Which of a trial's answers is meant."""

ANSWERS: dict[str, Ask] = {"alone": lambda trial: trial.alone, "Reference": lambda t: t.beside}
"""By what the solver was given."""

RATIOS = (
    *((way, BEST) for way in (BLIND, BLIND_UNCAPPED, BESIDE, TRUE, TRUE_UNCAPPED)),
    *((way, RANGES) for way in (BLIND, BESIDE)),
    *((way, GAINS) for way in (BLIND, BLIND_UNCAPPED)),
)
"""Which ways are set against which."""


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def retention_table(trials: Sequence[Trial]) -> str:
    """Return the errors of the recovered retentions: median, 90 %, worst of each dye."""
    rows = []
    for fade, group in [*_by_fade(trials).items(), ("all", list(trials))]:
        for given, ask in ANSWERS.items():
            errors = np.abs(_errors(group, ask))
            cells = [_spread(errors[:, dye]) for dye in range(3)] if len(errors) else ["-"] * 3
            share = f"{(errors.max(axis=1) <= WORST_BOUND).mean():.0%}" if len(errors) else "-"
            rows.append([fade, given, f"{len(errors)} of {len(group)}", *cells, share])
    return markdown(["fade", "solver has", "answered", *DYES, f"all within {WORST_BOUND}"], rows)


def worst_table(trials: Sequence[Trial], count: int = 12) -> str:
    """Return the answers that are furthest off."""
    rows = []
    for given, ask in ANSWERS.items():
        for trial in trials:
            answer = ask(trial)
            if answer.balance:
                found = left_of(answer.balance.retention)
                off = max(abs(one - two) for one, two in zip(found, trial.truth, strict=True))
                rows.append((off, given, trial, found, answer.deviation))
    rows.sort(key=lambda row: -row[0])
    return markdown(
        ["picture", "fade", "solver has", "true k", "found", "give or take"],
        [
            [
                trial.picture,
                trial.fade,
                given,
                _numbers(trial.truth),
                _numbers(found),
                _numbers(sure),
            ]
            for _, given, trial, found, sure in rows[:count]
        ],
    )


def trust_line(trials: Sequence[Trial]) -> str:
    """Return how often the truth lies within the deviations that the solver states."""
    said = []
    for given, ask in ANSWERS.items():
        stated = np.array([answer.deviation for answer in map(ask, trials) if answer.balance])
        if len(stated):
            errors = np.abs(_errors(trials, ask))
            shares = [f"{(errors <= times * stated).all(axis=1).mean():.0%}" for times in (1, 2)]
            said.append(f"{given} {shares[0]} and {shares[1]}")
    return f"All three dyes within one and two of the stated deviations: {'; '.join(said)}."


def refusal_table(trials: Sequence[Trial]) -> str:
    """Return who was refused why, and who was found unfaded."""
    rows = []
    for given, ask in ANSWERS.items():
        reasons = defaultdict(list)
        for trial in trials:
            answer = ask(trial)
            if answer.is_left:
                reasons["answered: does not look faded"].append(trial)
            elif not answer.balance:
                reasons[_gist(answer.reason)].append(trial)
        for reason, group in sorted(reasons.items(), key=lambda entry: -len(entry[1])):
            rows.append([given, reason, str(len(group)), _counted(t.picture for t in group)])
    return markdown(["solver has", "reason", "films", "pictures"], rows)


def difference_table(trials: Sequence[Trial]) -> str:
    """Return the mean dE2000 of each way, over the films that every way has an answer for."""
    rows = []
    for fade, group in _by_fade(trials).items():
        whole = [trial.difference for trial in group if len(trial.difference) == len(WAYS)]
        cells = [f"{np.mean([each[way] for each in whole]):.2f}" for way in WAYS] if whole else []
        rows.append([fade, str(len(whole)), *cells])
    return markdown(["fade", "films", *WAYS], rows)


def ratio_table(trials: Sequence[Trial]) -> str:
    """Return medians of ratios of dE2000, and how many are at most half."""
    rows = []
    for fade, group in [*_by_fade(trials).items(), ("all", list(trials))]:
        cells = []
        for way, rival in RATIOS:
            both = [t.difference for t in group if {way, rival} <= t.difference.keys()]
            ratios = np.array([each[way] / each[rival] for each in both])
            halved = f"{(ratios <= 0.5).mean():.0%}" if len(ratios) else "-"
            cells.append(f"{np.median(ratios):.2f} ({halved})" if len(ratios) else "-")
        rows.append([fade, *cells])
    return markdown(["fade", *(f"{way} / {rival}" for way, rival in RATIOS)], rows)


def _by_fade(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    groups = defaultdict(list)
    for trial in trials:
        groups[trial.fade].append(trial)
    return dict(groups)


def _errors(trials: Sequence[Trial], ask: Ask) -> NDArray[np.float64]:
    """Return found less true retentions of the answers, (n, 3)."""
    answers = [(ask(trial).balance, trial.truth) for trial in trials]
    return np.array(
        [np.subtract(left_of(balance.retention), truth) for balance, truth in answers if balance]
    )


def _spread(errors: NDArray[np.float64]) -> str:
    median, most = np.percentile(errors, [50, 90])
    return f"{median:.3f} / {most:.3f} / {errors.max():.3f}"


def _gist(reason: str) -> str:
    """Return a refusal's sentence without its numbers, its ways out, and what it says before."""
    refusal = reason.rpartition("not asked; ")[2]
    return re.sub(r"\d+(\.\d+)?", "N", re.split(r":|, so|, which|\(", refusal)[0]).strip()


def _counted(pictures: Iterable[str]) -> str:
    """Return names, each with how often it came."""
    times: dict[str, int] = defaultdict(int)
    for picture in pictures:
        times[picture] += 1
    ordered = sorted(times.items(), key=lambda entry: -entry[1])
    return ", ".join(f"{name} {count}" if count > 1 else name for name, count in ordered)


def _numbers(triple: Sequence[float]) -> str:
    return " ".join(f"{number:.2f}" for number in triple)
