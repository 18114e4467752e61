"""`chromaresolve resolve install`, `uninstall` and `doctor`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen
from chromaresolve.errors import StageError, UsageError
from chromaresolve.files import shipped

AllUsers = Annotated[
    bool, typer.Option("--all-users", help="For every user of this machine; as an administrator.")
]
"""Where to install: the shared folders."""

AppStore = Annotated[
    bool, typer.Option("--app-store", help="For the Resolve from Apple's App Store.")
]
"""Where to install: inside the sandbox."""

resolve = typer.Typer(
    name="resolve",
    no_args_is_help=True,
    help="Put ChromaResolve's menu into DaVinci Resolve, take it out, or see why it is not listed.",
)
"""The commands about Resolve itself."""


@resolve.command()
def install(
    *, all_users: AllUsers = False, app_store: AppStore = False, json: AsJson = False
) -> None:
    """Put the menu into Resolve: Workspace > Scripts > ChromaResolve.

    Run it again after an update; files that are not ours are never touched.

    Example: chromaresolve resolve install
    """
    from chromaresolve.bridge.install import install as put
    from chromaresolve.bridge.places import this_machine

    screen = Screen(as_json=json)
    with _one_line():
        report = put(
            this_machine(),
            scripts=shipped("resolve_scripts"),
            dctl=shipped("dctl"),
            tool=(sys.executable, "-m", "chromaresolve"),
            all_users=all_users,
            app_store=app_store,
        )
    for path in report.kept:
        screen.say(f"{path}: your edited copy is kept under this name")
    folders = [str(tree) for place in report.places for tree in place.scripts]
    screen.finish(
        f"{len(report.written)} files written, {len(report.unchanged)} were right, "
        f"{len(report.removed)} removed, in {', '.join(folders)}; next: open a project in Resolve, "
        "then Workspace > Scripts > ChromaResolve; if it is not listed, start Resolve again, then "
        "`chromaresolve resolve doctor`",
        {
            "written": report.written,
            "unchanged": report.unchanged,
            "removed": report.removed,
            "kept": report.kept,
            "scripts": folders,
            "homes": [place.home for place in report.places],
        },
    )


@resolve.command()
def uninstall(
    *, all_users: AllUsers = False, app_store: AppStore = False, json: AsJson = False
) -> None:
    """Take the menu out of Resolve again. Settings, reports, logs and your own edits stay.

    Example: chromaresolve resolve uninstall
    """
    from chromaresolve.bridge.install import uninstall as take
    from chromaresolve.bridge.installed import installed_places
    from chromaresolve.bridge.places import this_machine

    screen = Screen(as_json=json)
    machine = this_machine()
    with _one_line():
        report = take(machine, all_users=all_users, app_store=app_store)
        left = [place.who for place in installed_places(machine)]
    for path in report.kept:
        screen.say(f"{path}: you have edited it, so it stays")
    said = f"{len(report.removed)} files removed" if report.places else "nothing is installed here"
    still = f"; still installed for {' and '.join(left)}" if left else ""
    screen.finish(
        said + still, {"removed": report.removed, "kept": report.kept, "still installed for": left}
    )


@resolve.command()
def doctor(
    *,
    edition: Annotated[str | None, typer.Option(help="Your Resolve: free or studio.")] = None,
    version: Annotated[str | None, typer.Option(help="Your Resolve's version, as 21.0.")] = None,
    json: AsJson = False,
) -> None:
    """Say whether Resolve will list the menu, and if not, why and what to type.

    Example: chromaresolve resolve doctor --edition free --version 21.1
    """
    from chromaresolve.bridge.diagnosis import diagnose
    from chromaresolve.bridge.places import parse_version, this_machine

    if edition not in (None, "free", "studio"):
        raise UsageError(f"--edition {edition!r}: write free or studio")
    numbers = parse_version(version) if version else None
    if version and numbers is None:
        raise UsageError(f"--version {version!r}: write it as 21.0 or 21.0.4")
    screen = Screen(as_json=json)
    titles = frozenset(path.name for path in shipped("resolve_scripts").iterdir())
    with _one_line():
        findings = diagnose(this_machine(), titles=titles, version=numbers, edition=edition)
    for finding in findings:
        screen.say(f"{finding.verdict:>7}  {finding.subject}: {finding.sentence}")
    stops = sum(finding.verdict == "stop" for finding in findings)
    screen.finish(
        f"{stops} to mend" if stops else "nothing known keeps the menu from being listed",
        {"findings": [finding._asdict() for finding in findings], "to mend": stops},
    )


@contextmanager
def _one_line() -> Iterator[None]:
    """Hand the bridge's errors on as the tool's own; the bridge may not know the tool's."""
    from chromaresolve.bridge.errors import BridgeError

    try:
        yield
    except BridgeError as error:
        raise StageError(error.where, f"{error.cause}: {error.remedy}") from error
