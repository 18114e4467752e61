"""`chromaresolve doctor`."""

from __future__ import annotations

from chromaresolve.cli.screen import AsJson, Screen


def doctor(*, json: AsJson = False) -> None:
    """Say what is installed, what is missing, and what to type.

    Example: chromaresolve doctor
    """
    from chromaresolve.doctor import examine

    screen = Screen(as_json=json)
    findings = examine()
    for finding in findings:
        screen.say(f"{finding.verdict:>7}  {finding.subject}: {finding.sentence}")
    missing = [finding for finding in findings if finding.verdict == "missing"]
    screen.finish(
        f"{len(missing)} missing" if missing else "everything needed is here",
        {finding.subject: [finding.verdict, finding.sentence] for finding in findings},
    )
