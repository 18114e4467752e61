"""The small papers of a package: how to cite it, what may be done with it, what made it."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator
from functools import cache
from importlib import metadata

from chromaresolve import __version__
from chromaresolve.shot import Shot

SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
"""How a licence's SPDX name is written; CITATION.cff takes no other words for a licence."""

UNKNOWN = "nobody wrote it down"
"""What stands where the manifest says nothing, so that a reader need not wonder."""


def package_title(shot: Shot) -> str:
    """Return what the package is called in a sentence."""
    film = shot.shot.film or "an untitled film"
    return f"{film}, shot {shot.shot.name}: colour recovered from a faded scan"


def citation_cff(shot: Shot, *, date: str) -> str:
    """Return CITATION.cff (Citation File Format 1.2.0); JSON's strings are YAML's too."""
    archive = shot.archive
    lines = {
        "cff-version": "1.2.0",
        "message": archive.citation or "Cite this package by its title, holder and identifier.",
        "title": package_title(shot),
        "type": "dataset",
        "version": shot.recovery.version,
        "date-released": date,
        "license": archive.licence if SPDX.fullmatch(archive.licence) else "",
        "abstract": _one_line(
            f"{shot.source.scan} recoloured from {shot.reference.sequence}. "
            f"Where the Reference comes from: {shot.reference.note or UNKNOWN}."
        ),
    }
    text = "".join(f"{key}: {_quoted(value)}\n" for key, value in lines.items() if value)
    text += f"authors:\n  - name: {_quoted(archive.holder or 'Unknown holder')}\n"
    if archive.accession:
        number = _quoted(archive.accession)
        text += f"identifiers:\n  - type: other\n    value: {number}\n"
    return text


def licence_text(shot: Shot) -> str:
    """Return LICENCE.txt: what the archive states, or that it states nothing."""
    archive = shot.archive
    return (
        f"{package_title(shot)}\n\n"
        f"Licence of this package: {archive.licence or 'none is stated, so none is granted'}\n"
        f"Rights to the film: {archive.rights or UNKNOWN}\n"
        f"Holder: {archive.holder or UNKNOWN}\n\n"
        "Whoever holds the film's rights holds those of a model taught on it.\n"
        "The chroma of the recovered frames was made by a trained model. Whoever shows them says "
        "so.\n"
    )


@cache
def requirements_txt() -> str:
    """Return what was installed when the package was made, as pip reads it."""
    head = (
        "# What ChromaResolve ran with when this package was made.\n"
        "# Which version made each stage stands in shot.toml under [made].\n"
        f"# Python {platform.python_version()} on {platform.system()} {platform.machine()}\n"
    )
    return head + "".join(f"{line}\n" for line in _installed())


def _installed() -> Iterator[str]:
    yield f"chromaresolve=={__version__}"
    names = []
    try:
        for line in metadata.requires("chromaresolve") or []:
            requirement, _, condition = line.partition(";")
            if "dev" not in condition:
                names.append(re.split(r"[^A-Za-z0-9_.-]", requirement.strip())[0])
    except metadata.PackageNotFoundError:  # run from its sources
        return
    for name in sorted(set(names), key=str.lower):
        try:
            yield f"{name}=={metadata.version(name)}"
        except metadata.PackageNotFoundError:
            yield f"# {name} was not installed"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return json.dumps(_one_line(text), ensure_ascii=False)
