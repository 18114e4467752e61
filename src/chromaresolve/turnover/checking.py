"""Whether a shot's sequences fit one another: every check in order, and its table on disk."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from chromaresolve import __version__
from chromaresolve.files import write_text
from chromaresolve.shot import (
    Shot,
    file_key,
    fingerprints,
    outputs,
    table_key,
    value_key,
)
from chromaresolve.telling import Progress
from chromaresolve.turnover.agreement import check_agreement, turnover_file
from chromaresolve.turnover.cadence import check_cadence
from chromaresolve.turnover.correspondence import pair_up
from chromaresolve.turnover.finding import Finding
from chromaresolve.turnover.levels import check_levels, check_matrix
from chromaresolve.turnover.material import HandOver, look_at
from chromaresolve.turnover.parity import check_parity
from chromaresolve.turnover.repeats import check_repeats
from chromaresolve.turnover.roles import check_roles
from chromaresolve.turnover.scope import check_scope
from chromaresolve.turnover.tags import check_tags
from chromaresolve.turnover.transforms import check_transforms
from chromaresolve.turnover.values import check_values
from chromaresolve.turnover.worth import check_worth

FILE = "check.json"
"""The table, in the shot folder."""

FORMAT = 1
"""The version of that file's layout."""


def check(shot: Shot, *, on_progress: Progress) -> tuple[Shot, tuple[Finding, ...]]:
    """Check that the shot's sequences fit one another, and write the table down.

    No frame is changed. What was seen in the frames is kept, so that a second look is quick.

    Args:
        shot: The shot.
        on_progress: Told how far it is: every frame of both sequences is read.

    Raises:
        FrameError: A sequence is not there.
        StageError: The disk does not take what was found.
    """
    findings = (*check_agreement(shot), *_findings(look_at(shot, on_progress)))
    stops = sum(finding.verdict == "stop" for finding in findings)
    table = shot.path(FILE)
    write_text(table, _table(shot, findings))
    # The balanced plates are made after this check, from the scan: they are not its business.
    keys = [
        value_key("source", "scan"),
        value_key("training", "branch"),
        table_key("shot"),
        table_key("reference"),
        table_key("scope"),
    ]
    handed_over = turnover_file(shot)
    if handed_over is not None:
        keys.append(file_key(shot, handed_over))
    shot = shot.with_made(
        "check",
        settings={},
        inputs=fingerprints(shot, keys),
        outputs=outputs(shot, [table]),
        measured={"findings": len(findings), "to_mend": stops},
        observed=[f"{one.subject}: {one.line}" for one in findings if one.verdict != "ok"],
    )
    return shot, findings


def _findings(handed: HandOver) -> Iterable[Finding]:
    pairs = pair_up(handed)
    yield from check_parity(handed)
    yield from check_tags(handed)
    yield from check_values(handed)
    yield from check_levels(handed)
    yield from check_cadence(handed)
    yield from check_repeats(handed)
    yield from check_scope(handed)
    roles = tuple(check_roles(handed, pairs))
    yield from roles
    yield from check_worth(handed, pairs)
    # What they differ in says nothing of matrix and curve where it is not even their part.
    if all(finding.verdict == "ok" for finding in roles):
        yield from check_matrix(pairs)
        yield from check_transforms(pairs)


def _table(shot: Shot, findings: Iterable[Finding]) -> str:
    rows = [asdict(finding) for finding in findings]
    content = {
        "format": FORMAT,
        "tool": f"ChromaResolve {__version__}",
        "shot": shot.shot.name,
        "fits": all(row["verdict"] != "stop" for row in rows),
        "findings": rows,
    }
    return json.dumps(content, indent=2) + "\n"
