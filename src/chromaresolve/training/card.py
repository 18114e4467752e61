"""The model card: what a model was taught on, how well it did on frames it never saw, its limits.

Written for the person who finds the file in an archive years later, from the checkpoint's own
record, so that it says nothing the training did not. The headings follow Mitchell et al., "Model
Cards for Model Reporting", FAT* 2019, https://doi.org/10.1145/3287560.3287596.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from chromaresolve.files import sha256
from chromaresolve.training.checkpoints import Record

CARD = "MODEL_CARD.md"
"""The card's name beside the model."""

KINDS = {"balanced": "balanced plate", "scan": "scan"}
"""The plates that a model may be taught on, in a sentence's words."""


def model_card(record: Record, files: Mapping[Path, str], *, opset: int) -> str:
    """Return the card's Markdown.

    Args:
        record: How the checkpoint was made.
        files: The model's files on disk, and what each is.
        opset: Their ONNX operator set.
    """
    sections = {
        "Use": _use(record),
        "Files": _files(files, opset),
        "Training": _training(record),
        "Measured": _measured(record),
        "Colour": _colour(record),
        "Limits": _limits(record),
    }
    parts = [f"# Model card: {_words(record.shot)}\n"]
    for heading, lines in sections.items():
        parts.append("\n".join([f"## {heading}", "", *lines, ""]))
    return "\n".join(parts)


def _use(record: Record) -> Iterator[str]:
    film = f" of {_words(record.film)}" if record.film else ""
    yield f"Recovers the chroma of one shot{film}: {_words(record.shot)}."
    yield f"It is made for that shot's {KINDS[record.plate]} and for no other picture."
    yield f"It gives chroma alone: recovered frames keep the luma of the {KINDS[record.luma_from]}."
    yield f"Made by ChromaResolve {record.tool}."


def _files(files: Mapping[Path, str], opset: int) -> Iterator[str]:
    yield "| file | what it is | sha256 |"
    yield "|---|---|---|"
    for file, note in files.items():
        yield f"| `{file.name}` | {note} | `{sha256(file)}` |"
    yield ""
    yield f"All are ONNX, opset {opset}, and take pictures of any size."


def _training(record: Record) -> Iterator[str]:
    plan = record.plan
    yield f"- Network: {plan.size}, branch {record.branch}."
    yield f"- Steps: {record.step} of {plan.steps}, {plan.batch} patches of {plan.patch} px each."
    yield f"- Learning rate: {plan.learning_rate:g} at most; seed {plan.seed}."
    yield f"- Reference: {record.reference_kind}."
    yield f"- Pairs that taught (source:reference): {len(record.pairs)}: {', '.join(record.pairs)}."
    yield f"- {_cleaning(record)}"
    edges = ", ".join(f"{edge} {pixels}" for edge, pixels in record.crop.items() if pixels)
    yield f"- Pixels that are not picture: {edges or 'none'}."
    yield f"- Fingerprint of the training: `{plan.fingerprint}`."


def _cleaning(record: Record) -> str:
    degrain = record.showing.get("degrain", 0.0)
    if not degrain:
        return "Plates: shown to the network as they are."
    beside = " with the frames beside it" if record.showing.get("temporal") else ""
    return f"Plates: shown to the network degrained by {degrain:g}{beside}; delivered with grain."


def _measured(record: Record) -> Iterator[str]:
    if "dE2000" not in record.hold_out:
        yield "No frame was held out, so nothing is known of frames that did not teach."
        return
    step = f"{record.hold_out.get('step', record.step):g}"
    yield f"Mean dE2000 on frames held out: {record.hold_out['dE2000']:.2f}, at step {step}."
    yield "It is a mean over trusted pixels against the aligned Reference, with the plate's luma."


def _colour(record: Record) -> Iterator[str]:
    chain = record.chain
    yield f"- Chain: {chain['name']}, for plates in {_words(chain['encoding'])}."
    yield f"- Conversions: {_words(chain['steps'])}."
    yield f"- Config: {_words(chain['config'])} {chain['config_sha256']}".rstrip() + "."


def _limits(record: Record) -> Iterator[str]:
    yield "- The colours are the Reference's, with its grade and faults: no model knows the film."
    yield "- What no pair shows (a prop, a light, a cut) is a guess."
    if record.reference_kind != "direct":
        yield "- The Reference is constructed: an estimate, no archival evidence of colour."
    yield "- Chroma made by a trained model must be declared: every frame's header does so (IPTC)."
    yield "- Whoever holds the film's rights holds those of a model taught on it."


def _words(text: str) -> str:
    """Return text that stays one line and one table cell."""
    return " ".join(text.split()).replace("|", "\\|")
