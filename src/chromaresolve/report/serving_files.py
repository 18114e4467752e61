"""Which of a shot's files a browser may see: finished pages and pictures, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("report", "review", "training")
"""The folders that are shown."""

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".jsonl": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
}
"""What is shown, by the end of its name, and what the browser is told that it is."""

FORBIDDEN = frozenset('\\:*?"<>|\0')
"""What no name here has. Some systems read `\\` as a slash, and `C:` or `x:y` as another place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A file that may be sent."""

    path: Path
    """Where it is, links followed."""
    kind: str
    """What it is, as a browser is told."""
    is_folder: bool
    """Whether its folder was asked for: it is the page in it."""


def find_file(root: Path, asked: str) -> Shown | None:
    """Return the file that a browser asks a shot for, such as `/report/index.html`.

    None where there is none, or where it is hidden, of a kind that is not shown, or behind a link
    that leads out of its folder.
    """
    parts = asked.strip("/").split("/")
    if parts[0] not in FOLDERS or not all(map(_is_plain, parts)):
        return None
    base = root.resolve() / parts[0]
    try:
        path = base.joinpath(*parts[1:]).resolve(strict=True)
        is_folder = path.is_dir()
        page = (path / "index.html").resolve(strict=True) if is_folder else path
    except (OSError, RuntimeError, ValueError):  # gone, a ring of links, or no name at all
        return None
    kind = KINDS.get(page.suffix.lower())
    if kind is None or not page.is_relative_to(base) or not page.is_file():
        return None
    return Shown(path=page, kind=kind, is_folder=is_folder)


def _is_plain(part: str) -> bool:
    return bool(part) and not part.startswith(".") and FORBIDDEN.isdisjoint(part)
