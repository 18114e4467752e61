"""`chromaresolve check`."""

from __future__ import annotations

from dataclasses import asdict

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def check(shot: ShotFolder, *, json: AsJson = False) -> None:
    """Check that Source and Reference fit: form, values, fields, repeats, cuts, colour.

    Example: chromaresolve check sh010
    """
    from chromaresolve.shot import Shot
    from chromaresolve.turnover import check as check_turnover

    screen = Screen(as_json=json)
    with screen.progress("check") as tell:
        _, findings = check_turnover(Shot.load(shot), on_progress=tell)
    for finding in findings:
        screen.say(f"{finding.verdict:>4}  {finding.subject}: {finding.line}")
    bad = sum(finding.verdict == "stop" for finding in findings)
    screen.finish(
        f"{bad} to mend before going on" if bad else f"fits; next: `chromaresolve balance {shot}`",
        {"findings": [asdict(finding) for finding in findings], "fits": not bad},
    )
