"""`notes/validation-note.md`: one page for whoever signs the shot off, and for the archive.

The tool writes what stands between two marks, anew each time. Whatever the artist writes before or
after them is kept, byte for byte: lessons learned, the signature, anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chromaresolve.errors import StageError
from chromaresolve.files import write_bytes
from chromaresolve.shot import Shot

NOTE = "notes/validation-note.md"
"""Where the note is, relative to the shot folder."""

BEGIN = "<!-- ChromaResolve writes from here on: -->"
"""Above this line the page is the artist's."""

END = "<!-- to here, anew with every report. The rest of the page is yours. -->"
"""And below this one."""

FOOT = """
## Lessons learned

(Yours: what would you do otherwise next time?)

## Signed off

- By:
- On:
"""
"""What a new note ends with; it is never written again."""

MOST_PAIRS = 12
"""Pairs that the page lists: it is one page, and the manifest has them all."""

COLUMNS = ("claim", "verdict", "evidence")
"""What a verdict tells."""

_BEGIN, _END = re.escape(BEGIN.encode()), re.escape(END.encode())

BLOCK = re.compile(rb"%b(?:(?!%b).)*?%b" % (_BEGIN, _BEGIN, _END), re.DOTALL)
"""What the tool wrote before; where its end was lost, the next beginning is another block's."""


def write_note(shot: Shot, story: Mapping[str, Any]) -> Path:
    """Write the shot's validation note, and return where it is.

    Args:
        shot: The shot, recovered.
        story: What the report tells, as `report.story.tell` returns it; what is not in it is left
            out.

    Raises:
        StageError: The note cannot be read or written.
    """
    file = shot.path(NOTE)
    try:
        before = file.read_bytes() if file.is_file() else b""
    except OSError as error:
        problem = f"cannot be read: {error.strerror}: look whether it may be read"
        raise StageError(file, problem) from error
    block = "\n".join([BEGIN, "", *_lines(shot, story), END])
    write_bytes(file, _placed(before, block))
    return file


def _placed(before: bytes, block: str) -> bytes:
    """Return the page with the block in place of the last, or at the end where there is none."""
    if not before.strip():
        return f"{block}\n{FOOT}".encode()
    written = block.replace("\n", "\r\n" if b"\r\n" in before else "\n").encode()
    blocks = list(BLOCK.finditer(before))
    if not blocks:
        return before.rstrip(b"\r\n") + b"\n\n" + written + b"\n"
    last = blocks[-1]
    return before[: last.start()] + written + before[last.end() :]


def _lines(shot: Shot, story: Mapping[str, Any]) -> Iterator[str]:
    title = ", ".join(filter(None, [shot.shot.film, shot.shot.name]))
    yield f"# Validation note: {_line(title)}"
    yield ""
    yield f"{story.get('tool', 'ChromaResolve')}, {datetime.now(tz=UTC).date().isoformat()}"
    yield ""
    sections = {
        "Source material": _source(shot, story),
        "Assumptions": _assumptions(shot),
        "References": _references(shot),
        "How the frames were chosen": _choice(shot, story),
        "Training and iterations": _training(shot, story),
        "Validation": _validation(story),
        "Acceptance": _acceptance(story.get("verdicts", ())),
        "Caveats": _caveats(story.get("caveats", ())),
    }
    for heading, lines in sections.items():
        yield f"## {heading}"
        yield ""
        yield from list(lines) or ["- nothing is known"]
        yield ""


def _source(shot: Shot, story: Mapping[str, Any]) -> Iterator[str]:
    yield f"- Frames {shot.shot.frames} at {shot.shot.frame_rate} a second, `{shot.source.scan}`"
    said = shot.archive.model_dump(include={"accession", "element", "stock", "gauge", "condition"})
    said |= {"scan": ", ".join(filter(None, [shot.archive.scanner, shot.archive.scanned]))}
    for name, words in said.items():
        if words:
            yield f"- {name.capitalize()}: {_line(words)}"
    fade = story.get("fade") or {}
    if fade.get("diagnosis"):
        yield f"- Fading: {_line(fade['diagnosis'])}"
    if shot.source.balanced:
        yield f"- Balanced before teaching: `{shot.source.balanced}`"


def _assumptions(shot: Shot) -> Iterator[str]:
    is_display = shot.colour.encoding == "display"
    values = "display values, Rec.709 with gamma 2.4" if is_display else shot.colour.encoding
    yield f"- The plates are {_line(values)}; the colour chain is {shot.colour.chain}."
    yield f"- The film's luma is that of `{shot.source.luma_plate}`, and every pixel keeps it."
    yield "- The film's colour is the Reference's: what the Reference has wrong is wrong here."
    yield f"- The model is meant for one {shot.scope.kind}, and for nothing else."


def _references(shot: Shot) -> Iterator[str]:
    reference = shot.reference
    note = _line(reference.note) or "**nobody wrote down where it comes from**"
    yield f"- `{reference.sequence}`, {reference.kind}: {note}"
    for pair in shot.pair:
        if pair.note or pair.kind:
            words = ": ".join(filter(None, [pair.kind, _line(pair.note)]))
            yield f"- Frame {pair.reference}: {words}"


def _choice(shot: Shot, story: Mapping[str, Any]) -> Iterator[str]:
    yield f"- Teach: {len(shot.teaching)}; held out, only measured: {len(shot.held_out)}"
    uses = {pair.get("source"): pair.get("use", "") for pair in story.get("pairs", ())}
    for pair in shot.pair[:MOST_PAIRS]:
        use = uses.get(pair.source) or ("held out" if pair.hold_out else "taught")
        reason = _line(pair.reason) or "no reason was written down"
        beginning = "" if reason.startswith(use) else f"{use}: "
        yield f"- Source {pair.source}, Reference {pair.reference}, {beginning}{reason}"
    if len(shot.pair) > MOST_PAIRS:
        yield f"- and {len(shot.pair) - MOST_PAIRS} more: see `shot.toml`"


def _training(shot: Shot, story: Mapping[str, Any]) -> Iterator[str]:
    if made := shot.made.get("training"):
        yield f"- Parameters: {_words(made.settings)}"
        yield f"- Measured: {_words(made.measured)}"
    for number, one in enumerate(story.get("iterations") or (), start=1):
        added = ", ".join(map(str, one.get("added") or ())) or "none"
        yield (
            f"- Round {number}: {len(one.get('teaching') or ())} frames teach, added {added}; "
            f"dE2000 {_number(one.get('held_out'))} on hold-outs, {one.get('flagged', 0)} frames "
            "flagged"
        )
    yield "- Every run, in order: `notes/experiments.md`"


def _validation(story: Mapping[str, Any]) -> Iterator[str]:
    numbers = story.get("numbers") or {}
    means, frames = numbers.get("mean") or {}, numbers.get("frames") or ()
    named = ", ".join(str(frame.get("frame")) for frame in frames)
    if named:
        yield f"- Held out: {named}"
    for name, words in (
        ("plate", "Plate as it went in"),
        ("baseline", "LUT baseline"),
        ("recovered", "Recovered"),
    ):
        if score := means.get(name):
            yield (
                f"- {words}: dE2000 {_number(score.get('trusted'))} weighted by trust, mean "
                f"{_number(score.get('mean'))}, 95 % below {_number(score.get('p95'))}"
            )
    if luma := means.get("luma"):
        yield f"- Luma: largest difference {luma.get('largest', 0):.2g}"
    if story.get("baseline_note"):
        yield f"- {_line(story['baseline_note'])}"
    review = story.get("review") or {}
    if review.get("frames"):
        counts = review.get("counts") or {}
        told = ", ".join(f"{kind} {count}" for kind, count in counts.items() if count)
        yield f"- Reviewed: {review['frames']} frames; flagged: {told or 'none'}"
        for sentence in review.get("advice") or ():
            yield f"- Advice: {_line(sentence)}"


def _acceptance(verdicts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table of each list of criteria, in the order in which they are told."""
    lists: dict[str, list[Mapping[str, Any]]] = {}
    for one in verdicts:
        lists.setdefault(str(one.get("list", "acceptance")), []).append(one)
    for number, (name, rows) in enumerate(lists.items()):
        if number:
            yield from ("", f"### {_line(name).capitalize()}", "")
        yield "| criterion | verdict | evidence |"
        yield "|---|---|---|"
        for row in rows:
            cells = (_line(str(row.get(column, ""))) for column in COLUMNS)
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _caveats(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield f"- {_line(sentence).replace('on this page', 'in the report')}"


def _words(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_line(str(one))}" for name, one in values.items())


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _line(text: str) -> str:
    """Return text on one line, in which neither of the marks can stand."""
    return " ".join(text.split()).replace("<!--", "&lt;!--")
