"""The three chains that lead from a plate to the values a network trains on, and back.

A chain is named, recorded in the model file and rebuilt from that record, so that recovery runs the
very transforms that training ran. Each is a short list of conversions between named spaces:

- `display` trains on Rec.709 2.4 display values. Plates exported like that pass untouched; scene
  encodings enter through the ODT, other display-referred pictures are re-encoded.
- `acescg` reads the exported values as sRGB texture and works in ACEScg, as the Nuke projects that
  this tool replaces do.
- `log` does the same in ACEScct.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from chromaresolve.colour.luma import Floats, Pixels
from chromaresolve.colour.spaces import (
    REC709_OUTPUT,
    REC709_PICTURE,
    convert,
    describe_conversion,
    find_space,
    has_space,
    name_config,
)
from chromaresolve.errors import ColourError

AS_EXPORTED = "display"
"""The encoding of plates exported under the Rec.709 2.4 ODT."""

READ_AS = "Utility - sRGB - Color Picking"
"""How the Nuke projects read such plates into ACEScg; the config's colour-picking role."""

WORKING_SPACES = {"acescg": "ACES - ACEScg", "log": "ACES - ACEScct"}
"""Working space of the chains that leave display values."""

CHAIN_NAMES = ("display", *WORKING_SPACES)
"""The chains there are, the default first."""

RECORD_VERSION = "1"
"""Version of a chain's record; raise it whenever a chain of the same name converts otherwise."""

PROBES = ((-0.25, "below 0"), (1.25, "above 1"))
"""Greys sent through a new chain and back, to say aloud what it cannot carry."""

PROBE_TOLERANCE = 1e-3
"""A grey that comes back further off than this was not carried; what is carried comes to 1e-4."""

_Hop = tuple[str, str]
"""One conversion, from a space to a space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A named way from a plate's encoding to working values, and back."""

    name: str
    """`display`, `acescg` or `log`."""
    encoding: str
    """The space of the plate as it was asked for; `display` is Rec.709 2.4 as exported."""
    config: str
    """Name of the colour config, or of the studio's file."""
    config_sha256: str
    """Fingerprint of the studio's file, empty for the built-in config."""
    ocio: Path | None
    """Where the studio's file is, None for the built-in config."""
    hops: tuple[_Hop, ...]
    """The conversions in order, by the config's own names; none where values pass untouched."""
    steps: tuple[str, ...]
    """The same for people to read."""
    notes: tuple[str, ...]
    """Sentences to print about names that stood for something else."""

    def to_working(self, rgb: Floats) -> Pixels:
        """Return working values (..., 3) of a plate in the chain's encoding, float32.

        A chain without conversions returns a float32 plate as it is, not a copy.
        """
        working = np.asarray(rgb, dtype=np.float32)
        for from_space, to_space in self.hops:
            working = convert(working, from_space=from_space, to_space=to_space, ocio=self.ocio)
        return working

    def from_working(self, rgb: Floats) -> Pixels:
        """Return values in the chain's encoding of working values (..., 3), float32.

        The way back of an ODT is not exact: see `display_to_aces`.
        """
        plate = np.asarray(rgb, dtype=np.float32)
        for to_space, from_space in reversed(self.hops):
            plate = convert(plate, from_space=from_space, to_space=to_space, ocio=self.ocio)
        return plate


def named_chain(name: str, *, encoding: str = AS_EXPORTED, ocio: Path | None = None) -> Chain:
    """Build a chain by its name for plates in an encoding.

    Args:
        name: `display`, `acescg` or `log`.
        encoding: Any name that `find_space` knows.
        ocio: A studio's config file, None for the built-in ACES 1.3 config.

    Raises:
        ColourError: no such chain, no such space, or a broken config file.
    """
    if name not in CHAIN_NAMES:
        raise ColourError(repr(name), f"no such colour chain: choose one of {CHAIN_NAMES}")
    name_config(ocio)  # a broken file is refused even where no conversion needs it
    ocio = None if name == encoding == AS_EXPORTED else ocio
    hops = _display_hops(encoding, ocio) if name == "display" else _scene_hops(name, encoding, ocio)
    spaces = [(find_space(source, ocio), find_space(target, ocio)) for source, target in hops]
    chain = Chain(
        name=name,
        encoding=encoding,
        config=name_config(ocio),
        config_sha256="" if ocio is None else hashlib.sha256(ocio.read_bytes()).hexdigest(),
        ocio=ocio,
        hops=tuple((source.name, target.name) for source, target in spaces),
        steps=_describe(hops, encoding, ocio),
        notes=(),
    )
    return replace(chain, notes=_find_notes(chain))


def chain_record(chain: Chain) -> dict[str, str]:
    """Return what a model file stores, so that recovery can rebuild the chain it was trained in."""
    return {
        "version": RECORD_VERSION,
        "name": chain.name,
        "encoding": chain.encoding,
        "config": chain.config,
        "config_sha256": chain.config_sha256,
        "ocio": "" if chain.ocio is None else str(chain.ocio),
        "steps": "; ".join(chain.steps),
    }


def chain_from_record(record: dict[str, str], *, ocio: Path | None = None) -> Chain:
    """Rebuild a chain from a model's record.

    Args:
        record: What `chain_record` returned when the model was trained.
        ocio: Where the studio's config file is on this machine, None for where it was then.

    Raises:
        ColourError: another version made the record, or the chain would not be the same here.
    """
    if record.get("version") != RECORD_VERSION:
        found = record.get("version")
        raise ColourError(
            "colour chain of the model",
            f"has version {found!r}, not {RECORD_VERSION!r}: recover with the version that trained",
        )
    if missing := _RECORD_KEYS - record.keys():
        raise ColourError("colour chain of the model", f"lacks {', '.join(sorted(missing))}")
    file = ocio or (Path(record["ocio"]) if record["ocio"] else None)
    chain = named_chain(record["name"], encoding=record["encoding"], ocio=file)
    here = chain_record(chain)
    compared = ("config_sha256", "steps") if file else ("config", "config_sha256", "steps")
    for key in compared:
        if here[key] != record[key]:
            raise ColourError(
                "colour chain of the model",
                f"was trained with {record['config']}, {key} {record[key]!r}; here {key} is "
                f"{here[key]!r}: give --ocio the config it was trained with",
            )
    return chain


_RECORD_KEYS = {"version", "name", "encoding", "config", "config_sha256", "ocio", "steps"}


def _is_exported(encoding: str, ocio: Path | None) -> bool:
    """Say whether values are Rec.709 2.4 as the ODT exports them."""
    if encoding == AS_EXPORTED:
        return True
    name = find_space(encoding, ocio).name
    return has_space(REC709_OUTPUT, ocio) and name == find_space(REC709_OUTPUT, ocio).name


def _display_hops(encoding: str, ocio: Path | None) -> tuple[_Hop, ...]:
    """Lead to Rec.709 2.4: nothing, a new encoding, or the ODT."""
    if _is_exported(encoding, ocio):
        return ()
    is_picture = find_space(encoding, ocio).kind in {"texture", "display"}
    return _hop(encoding, REC709_PICTURE if is_picture else REC709_OUTPUT, ocio)


def _scene_hops(name: str, encoding: str, ocio: Path | None) -> tuple[_Hop, ...]:
    """Lead to a working space: as the Nuke projects do, over Rec.709 2.4, or directly."""
    working = WORKING_SPACES[name]
    if _is_exported(encoding, ocio):
        return _hop(READ_AS, working, ocio)
    if find_space(encoding, ocio).kind == "display":
        return _hop(encoding, REC709_PICTURE, ocio) + _hop(REC709_PICTURE, working, ocio)
    return _hop(encoding, working, ocio)


def _hop(source: str, target: str, ocio: Path | None) -> tuple[_Hop, ...]:
    """Return one conversion, or none between a space and itself."""
    is_same = find_space(source, ocio).name == find_space(target, ocio).name
    return () if is_same else ((source, target),)


def _find_notes(chain: Chain) -> tuple[str, ...]:
    """Say which names stood for something else, and which greys do not come back."""
    names = [chain.encoding] if chain.encoding != AS_EXPORTED else []
    if chain.name != "display" and _is_exported(chain.encoding, chain.ocio):
        names.append(READ_AS)
    notes = [note for name in names if (note := find_space(name, chain.ocio).note)]
    for value, words in PROBES:
        grey = np.full(3, value, dtype=np.float32)
        if np.abs(chain.from_working(chain.to_working(grey)) - grey).max() > PROBE_TOLERANCE:
            notes.append(f"values {words} in {chain.encoding!r} end at the limit of this chain")
    kinds = [{find_space(end, chain.ocio).kind for end in hop} for hop in chain.hops]
    if {"scene", "display"} in kinds:
        notes.append("saturated colours do not come back exactly through an output transform")
    return tuple(notes)


def _describe(hops: tuple[_Hop, ...], encoding: str, ocio: Path | None) -> tuple[str, ...]:
    if not hops:
        named = "Rec.709 2.4" if _is_exported(encoding, ocio) else repr(encoding)
        return (f"{named} values, untouched",)
    steps = tuple(describe_conversion(source, target, ocio) for source, target in hops)
    if _is_exported(encoding, ocio):
        return (f"Rec.709 2.4 values read as {find_space(READ_AS, ocio).name!r}", *steps)
    return steps
