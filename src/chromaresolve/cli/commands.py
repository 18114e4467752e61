"""The list of commands, in workflow order."""

from __future__ import annotations

from typing import Annotated

import typer

from chromaresolve import __version__
from chromaresolve.cli.align import align
from chromaresolve.cli.archive import archive
from chromaresolve.cli.balance import balance
from chromaresolve.cli.baseline import baseline
from chromaresolve.cli.bench import bench
from chromaresolve.cli.check import check
from chromaresolve.cli.composite import composite
from chromaresolve.cli.demo import demo
from chromaresolve.cli.doctor import doctor
from chromaresolve.cli.export import export
from chromaresolve.cli.fade import fade
from chromaresolve.cli.farm import farm
from chromaresolve.cli.movie import movie
from chromaresolve.cli.new import new
from chromaresolve.cli.pairs import pairs
from chromaresolve.cli.recover import recover
from chromaresolve.cli.report import report
from chromaresolve.cli.resolve import resolve
from chromaresolve.cli.review import review
from chromaresolve.cli.run import run
from chromaresolve.cli.show import show
from chromaresolve.cli.train import train

app = typer.Typer(
    name="chromaresolve",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback is our bug, and is wanted plain
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""The command line."""

COMMANDS = (
    new,
    check,
    balance,
    pairs,
    align,
    baseline,
    train,
    export,
    recover,
    review,
    composite,
    report,
    movie,
    farm,
    archive,
    run,
    show,
    fade,
    demo,
    bench,
    doctor,
)
"""Every command, in the order in which `--help` lists them."""

for command in COMMANDS:
    app.command()(command)
app.add_typer(resolve, name="resolve")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def chromaresolve(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Give faded film its colour back, shot by shot, and keep its luma and grain."""
