"""The package's README, for whoever opens it in thirty years and knows nothing of this program.

Everything that a reader needs to check the package, to understand it and to recolour a frame by
other means is written out in it: no link has to work, no program of ours has to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from chromaresolve import __version__
from chromaresolve.archive.contents import Item, name_in_package
from chromaresolve.archive.papers import UNKNOWN, package_title
from chromaresolve.archive.recolouring import recolouring
from chromaresolve.shot import STAGES, Shot
from chromaresolve.shot.notes import EXPERIMENTS

FIELDS = {
    "accession": "Archive's number",
    "element": "Element",
    "stock": "Stock",
    "gauge": "Gauge",
    "edge_code": "Edge code",
    "condition": "Condition",
    "scanner": "Scanner",
    "scanned": "Scanned",
    "note": "Note",
}
"""What the manifest's `[archive]` says of the film, and in which words it is told."""

KINDS = {
    "direct": "direct, a copy of the same film",
    "constructed": "constructed, an informed estimate",
}
"""What the manifest's words for a Reference mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a README tells of."""

    shot: Shot
    """The shot."""
    date: str
    """When the package was made."""
    inside: list[tuple[Item, int]]
    """The shot's files in the package, and their bytes."""
    outside: list[tuple[Item, int]]
    """The files by reference, and theirs."""
    papers: Mapping[str, str]
    """The files written for the package, and what each is."""


def write_readme(story: Story) -> str:
    """Return the README's Markdown."""
    sections = {
        "The film": _film(story.shot),
        "What was done": _done(story.shot),
        "What the numbers in the pictures mean": _numbers(story.shot),
        "What each file is": _files(story),
        "What is not in the package": _absent(story),
        "Is it still whole?": _checking(story),
        "How to recolour a frame without ChromaResolve": recolouring(story.shot),
        "How to go on working with ChromaResolve": _going_on(story.shot),
        "Whom to ask, and what may be done with it": _rights(story.shot),
    }
    parts = [f"# {_line(package_title(story.shot))}\n", *_beginning(story)]
    for heading, lines in sections.items():
        parts += [f"## {heading}", "", *lines, ""]
    return "\n".join(parts)


def _beginning(story: Story) -> Iterator[str]:
    yield (
        "A colour film had faded: of its three dyes one or two had gone, and the picture had lost "
        "its colour.\n"
        "This package holds the record of how one shot of it got its colour back, and everything "
        "that is needed to judge that and to do it again.\n"
        "You need no special program: the files are plain text (UTF-8), tables (CSV), JSON, TOML, "
        "HTML, PNG pictures, OpenEXR pictures and ONNX models."
    )
    yield ""
    yield (
        f"It was made on {story.date} by ChromaResolve {__version__} as a bag after BagIt 1.0 "
        "(RFC 8493): this folder, `data`, is the payload; beside it lie the lists of checksums."
    )
    yield ""


def _film(shot: Shot) -> Iterator[str]:
    yield f"- Film: {_line(shot.shot.film) or UNKNOWN}"
    yield f"- Shot: {shot.shot.name}, frames {shot.shot.frames} (both ends count)"
    yield f"- Frames per second: {shot.shot.frame_rate}"
    for field, words in FIELDS.items():
        if said := _line(getattr(shot.archive, field)):
            yield f"- {words}: {said}"
    if shot.source.reel:
        yield f"- Reel: {shot.source.reel}"
    yield f"- The better coloured copy, called the Reference: {KINDS[shot.reference.kind]}"
    yield f"- Where the Reference comes from: {_line(shot.reference.note) or UNKNOWN}"


def _done(shot: Shot) -> Iterator[str]:
    source = shot.source
    balanced = f", balanced into `{name_in_package(source.balanced)}`" if source.balanced else ""
    yield f"1. The faded film was scanned: `{name_in_package(source.scan)}`{balanced}."
    yield (
        "2. A few frames were found in the Reference, "
        f"`{name_in_package(shot.reference.sequence)}`, and laid "
        "exactly over the same frames of the scan. `dataset.csv` lists these pairs."
    )
    yield (
        "3. A small neural network learned from those pairs, and from nothing else, which colour "
        "belongs to what it sees in the scan. It gives chroma alone."
    )
    yield (
        f"4. Every frame got that chroma. Its luma (brightness, grain, sharpness) stayed that of "
        f"`{name_in_package(source.luma_plate)}`, pixel by pixel."
    )
    yield "5. Pairs marked `held out` were never taught: on them the result was measured."
    yield ""
    yield (
        "So the colours are the Reference's, with its faults; what no pair shows is a guess. The "
        "chroma was made by a trained model (IPTC Digital Source Type "
        "`compositeWithTrainedAlgorithmicMedia`), and every frame's header says so."
    )
    if shot.reference.kind == "constructed":
        yield "The Reference is constructed: an informed estimate, no archival evidence of colour."
    yield ""
    yield "| stage | finished | ChromaResolve |"
    yield "|---|---|---|"
    for stage in STAGES:
        if made := shot.made.get(stage.name):
            yield f"| {stage.name} | {made.at} | {made.tool} |"
    yield ""
    yield "`shot/shot.toml` has the settings, numbers and checksums of each."
    if shot.path(EXPERIMENTS).is_file():
        yield f"`shot/{EXPERIMENTS}` tells what was tried, in order."


def _numbers(shot: Shot) -> Iterator[str]:
    yield (
        "Plates and recovered frames are OpenEXR files. Each file's header says what made it, and "
        "keeps what the scan's header said."
    )
    if shot.colour.encoding == "display":
        yield (
            "R, G and B are display values: primaries and white (D65) of ITU-R BT.709, made for a "
            "display with a gamma of 2.4 (ITU-R BT.1886). 0 is black, 1 is white; a few values lie "
            "below or above, and are meant."
        )
    else:
        yield (
            f"R, G and B are in the colour space that the ACES config calls "
            f"`{_line(shot.colour.encoding)}`."
        )
    yield (
        "Files in a folder `recovered_aces2065-1`, or with `_ACES_` in their name, hold scene "
        "light in ACES2065-1 (SMPTE ST 2065-1)."
    )


def _files(story: Story) -> Iterator[str]:
    yield "| file | what it is |"
    yield "|---|---|"
    for name, what in story.papers.items():
        yield f"| `{name}` | {what} |"
    for names, what in _grouped(item for item, _ in story.inside):
        yield f"| {names} | {what} |"
    yield ""
    yield (
        "A pattern such as `P_####.exr` stands for a sequence: a file for each frame, the number "
        "in place of the `#`."
    )


def _grouped(items: Iterable[Item]) -> Iterator[tuple[str, str]]:
    """Yield files that are the same kind of thing as one row: the first, the last, how many."""

    def kind(item: Item) -> tuple[str, str]:
        return item.place.rpartition("/")[0], item.what

    for (_, what), group in groupby(sorted(items, key=kind), key=kind):
        names = [item.place for item in group]
        if len(names) == 1:
            yield f"`{names[0]}`", what
        else:
            last = names[-1].rpartition("/")[2]
            yield f"`{names[0]}` to `{last}`, {len(names)} files", what


def _absent(story: Story) -> Iterator[str]:
    if story.outside:
        size = sum(size for _, size in story.outside)
        yield (
            f"{len(story.outside)} files, {size:,} bytes, are in the package by reference: they "
            "stayed where they were, and `external.csv` has name, size and sha256 of each, by "
            "which they can be known. A name that begins with `shot/` is relative to the shot's "
            "folder."
        )
        yield ""
        for names, what in _grouped(item for item, _ in story.outside):
            yield f"- {names}: {what}"
        yield ""
    else:
        yield "Nothing is by reference: `external.csv` is empty."
        yield ""
    yield (
        "Left out on purpose: the film itself and its scan files before they were made into "
        "plates; the program ChromaResolve; the network's state between the steps of its "
        "training; the frames rendered through the LUT baseline, which its `.cube` makes again; "
        "caches."
    )


def _checking(story: Story) -> Iterator[str]:
    yield "In the folder above this one, the one that holds `bagit.txt`, type:"
    yield ""
    yield "```sh"
    yield "sha256sum --check --quiet tagmanifest-sha256.txt   # the lists themselves"
    yield "sha256sum --check --quiet manifest-sha256.txt      # every file under data"
    yield "```"
    yield ""
    yield (
        "Nothing is printed if every file is as it was packed. The files `*-sha512.txt` say the "
        "same by another checksum (`sha512sum`). `Payload-Oxum` in `bag-info.txt` is the number "
        "of bytes under `data`, a dot, and the number of files: more files than that were added "
        "later. Any program that validates BagIt bags does all of this."
    )
    if story.outside:
        yield ""
        yield "For the files by reference, in the folder that held the shot:"
        yield ""
        yield "```sh"
        yield "sha256sum --check --quiet /where/this/is/data/external-sha256.txt"
        yield "```"


def _going_on(shot: Shot) -> Iterator[str]:
    yield "```sh"
    yield f"chromaresolve archive --extract /where/this/bag/is --to {shot.shot.name}"
    yield f"chromaresolve show {shot.shot.name}"
    yield "```"
    yield ""
    yield (
        "Or copy the folder `shot`. `requirements.txt` names the versions of everything that was "
        "installed."
    )


def _rights(shot: Shot) -> Iterator[str]:
    fields = shot.archive
    yield f"- Holder: {_line(fields.holder) or UNKNOWN}"
    whom = ", ".join(filter(None, map(_line, (fields.contact, fields.phone, fields.email))))
    yield f"- Contact: {whom or UNKNOWN}"
    yield f"- Address: {_line(fields.address) or UNKNOWN}"
    yield f"- Rights to the film: {_line(fields.rights) or UNKNOWN}"
    yield f"- Licence: {_line(fields.licence) or 'none is stated, so none is granted'}"
    yield f"- Citation: {_line(fields.citation) or 'see CITATION.cff'}"


def _line(text: str) -> str:
    return " ".join(text.split())
