"""The page of a training: it shows the network learn, and loads itself anew until it is done."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from chromaresolve.files import write_text
from chromaresolve.scopes.curves import curves_of, load_log
from chromaresolve.training.overfitting import tell_overfitting

LOG = "log.jsonl"
"""The training's log: a line of JSON for every loss and every score of the held-out frames."""

RELOAD_SECONDS = 5
"""How often the page loads itself anew while the training runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a training stands."""

    shot: str
    """The shot's name."""
    step: int
    """Steps done."""
    steps: int
    """Steps to do."""
    state: Literal["training", "stopped", "finished"]
    """`stopped`: before its last step, to be gone on with."""
    seconds_left: float | None = None
    """None where it is not known, or nothing is left to do."""
    sheet: Path | None = None
    """The newest contact sheet, a PNG."""
    preview: tuple[Path, Path] | None = None
    """The preview frame as a plate and recovered, two PNGs of one size."""
    notes: tuple[str, ...] = ()
    """Sentences for the user, such as why the training stopped."""


def write_training_page(folder: Path, record: Standing) -> None:
    """Write `index.html` into a training's folder, from its record and the folder's `log.jsonl`.

    Pictures that are not there are left out.

    Raises:
        StageError: The disk does not take it.
    """
    lines = load_log(folder / LOG)
    environment = Environment(
        loader=PackageLoader("chromaresolve.training", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html").render(
        record=record,
        reload=RELOAD_SECONDS if record.state == "training" else 0,
        time_left=tell_time(record.seconds_left),
        written=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        overfitting=tell_overfitting(lines),
        curves=curves_of(lines),
        sheet=_embed(record.sheet),
        preview=[picture for path in record.preview or () if (picture := _embed(path))],
    )
    write_text(folder / "index.html", text)


def tell_time(seconds: float | None) -> str:
    """Say how much time is left, in the two units that matter; "" where it is not known."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours} h {minutes % 60} min left"
    return f"{minutes} min {whole % 60} s left" if minutes else f"{whole} s left"


def _embed(path: Path | None) -> str:
    """Return a PNG in the letters that a page holds it in; "" where there is none."""
    return base64.b64encode(path.read_bytes()).decode() if path and path.is_file() else ""
