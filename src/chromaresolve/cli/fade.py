"""`chromaresolve fade`."""

from __future__ import annotations

from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen
from chromaresolve.errors import UsageError


def fade(
    original: Annotated[str, typer.Argument(metavar="IN", help="Frames to fade, 'a/A_####.exr'.")],
    faded: Annotated[str, typer.Argument(metavar="OUT", help="Where to write, 'b/B_####.exr'.")],
    *,
    retention: Annotated[
        str,
        typer.Option(help="How much of cyan, magenta and yellow is left, such as 0.2,0.88,0.55."),
    ],
    film: Annotated[
        str,
        typer.Option(
            help="How the film is modelled: matrix (a print's dyes by a 3x3); early, usual or "
            "modern (a print by its dyes' spectra); negative (a colour negative by its dyes')."
        ),
    ] = "matrix",
    seed: Annotated[int, typer.Option(help="Starts the grain.")] = 0,
    reference: Annotated[
        str | None,
        typer.Option(help="Also write a telecine-like Reference, 'c/REF_####.exr'."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Fade pictures as film dyes fade: for tests, teaching and benchmarks.

    Example: chromaresolve fade 'good/A_####.exr' 'faded/A_####.exr' --retention 0.2,0.88,0.55
    """
    from chromaresolve.fade.sequence import fade_sequence

    parts = retention.split(",")
    try:
        cyan, magenta, yellow = (float(part) for part in parts)
    except ValueError:
        raise UsageError(
            f"--retention {retention!r}: write three numbers, such as 0.2,0.88,0.55",
        ) from None
    screen = Screen(as_json=json)
    with screen.progress("fade") as tell:
        count = fade_sequence(
            original,
            faded,
            retention=(cyan, magenta, yellow),
            film=film,
            seed=seed,
            reference=reference,
            say=screen.say,
            on_progress=tell,
        )
    screen.finish(f"faded {count} frames: {faded}", {"frames": count, "faded": faded})
