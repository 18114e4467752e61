"""Colour spaces by name, and pixels from one to another, through OpenColorIO.

The only module that opens OpenColorIO, and only when a space is asked for: luma and chroma need
none of it. Spaces come from one pinned built-in ACES 1.3 config, or from a studio's own file.

Between scene and display a conversion always goes through the display's own view, the output
transform (ODT), never through a plain matrix and clip. Between two spaces of the same side, and
between a texture and anything else, it is the plain colour-space conversion.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from chromaresolve.colour.luma import Floats, Pixels
from chromaresolve.errors import ColourError

BUILT_IN_CONFIG = "studio-config-v2.2.0_aces-v1.3_ocio-v2.4"
"""The ACES 1.3 studio config inside OpenColorIO 2.4 and later, pinned by name: the `latest` aliases
have moved on to ACES 2, whose output transform looks different."""

REC709_OUTPUT = "Output - Rec.709"
"""Scene-referred pictures become Rec.709 2.4 here: the ACES SDR video ODT."""

REC709_PICTURE = "Utility - Rec.709 - Display"
"""Rec.709 2.4 values of pictures that are display-referred already: gamma only, no tone mapping."""

STANDS_FOR = {
    "display": REC709_OUTPUT,
    "Rec.709 2.4": REC709_OUTPUT,
    REC709_OUTPUT: "Rec.1886 Rec.709 - Display",
    "Output - sRGB": "sRGB - Display",
    "Output - Rec.2020": "Rec.1886 Rec.2020 - Display",
    "Output - P3-D60": "P3-D60 - Display",
    "Output - P3-D65": "P3-D65 - Display",
    "Utility - sRGB - Color Picking": "color_picking",
    "gamma 2.2": "Utility - Gamma 2.2 - Rec.709 - Texture",
    "gamma 2.4": REC709_PICTURE,
    "gamma 2.6": "P3-D65 - Display",
    "linear": "Utility - Linear - Rec.709",
    "LogC": "Input - ARRI - V3 LogC (EI800) - Wide Gamut",
    "LogC3": "Input - ARRI - V3 LogC (EI800) - Wide Gamut",
    "LogC4": "ARRI LogC4",
    "S-Log3": "Input - Sony - S-Log3 - S-Gamut3.Cine",
}
"""Names of ACES 1.2 configs and of the trade that the 1.3 config has no alias for. A config's own
name always comes first, so a studio's ACES 1.2 file keeps its own `Output - Rec.709`."""

Kind = Literal["scene", "texture", "display", "output"]
"""What a space holds; `output` is the output transform of an OpenColorIO 1 config, where it is a
space like any other."""

_KIND_WORDS: dict[Kind, str] = {
    "scene": "a scene-referred space",
    "texture": "a texture space",
    "display": "a display",
    "output": "an output transform",
}

_TEXTURE_NAME = re.compile(r"texture|rec\.709 - (display|camera)", re.IGNORECASE)
"""How configs of OpenColorIO 1, which has no word for it, name display-referred pictures."""

_Ocio = Any
"""An OpenColorIO config, space or transform; the library ships no types."""

_ConfigKey = tuple[str, int]
"""Name or path of a config, and the time its file was written: a changed file is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A colour space of a config."""

    name: str
    """The config's own name."""
    note: str
    """A sentence to print when the name asked for stood for something else, else empty."""
    kind: Kind
    """What its values are."""
    display: str = ""
    """The config's display with these values, empty unless `kind` is display."""
    view: str = ""
    """The view that leads there from a scene, which is the output transform."""


def find_space(name: str, ocio: Path | None = None) -> Space:
    """Find a colour space by its name, an alias, a role, or a name of an ACES 1.2 project.

    Raises:
        ColourError: the config is broken, or has no such colour space.
    """
    key = _config_key(ocio)
    config = _read_config(key)
    own_name = _own_name(config, name)
    if own_name is None:
        nearest = ", ".join(repr(known) for known in _nearest_names(config, name))
        raise ColourError(
            repr(name), f"no such colour space in {key[0]}: the nearest are {nearest}"
        )
    space = config.getColorSpace(own_name)
    if space.isData():
        raise ColourError(repr(name), "holds data, not colour: name the space the pixels are in")
    kind = _space_kind(space)
    display, view = _find_view(config, own_name) if kind == "display" else ("", "")
    words = f"reached through the output transform {view!r}" if view else _KIND_WORDS[kind]
    same = _plain(name).casefold() == own_name.casefold()
    note = "" if same else f"{name!r} is {own_name!r}, {words}, in {key[0]}"
    return Space(name=own_name, note=note, kind=kind, display=display, view=view)


def has_space(name: str, ocio: Path | None = None) -> bool:
    """Say whether the config knows this name."""
    return _own_name(_read_config(_config_key(ocio)), name) is not None


def name_config(ocio: Path | None = None) -> str:
    """Return the config's name once it has been read: the built-in's name, or the file's."""
    _read_config(_config_key(ocio))
    return BUILT_IN_CONFIG if ocio is None else ocio.name


def describe_conversion(from_space: str, to_space: str, ocio: Path | None = None) -> str:
    """Say in words what `convert` does between two spaces."""
    source, target = find_space(from_space, ocio), find_space(to_space, ocio)
    view = target.view if source.kind == "scene" else source.view if target.kind == "scene" else ""
    through = f" through the view {view!r}" if view else ""
    return f"{source.name!r} to {target.name!r}{through}"


def convert(
    rgb: Floats,
    *,
    from_space: str,
    to_space: str,
    ocio: Path | None = None,
) -> Pixels:
    """Convert R'G'B' (..., 3) of any range between two named spaces, as float32.

    Nothing is clamped but by the output transforms and displays themselves: a view has no picture
    below its black or far above its white.

    Raises:
        ColourError: a space is unknown, or a pixel has no finite value in the other space.
    """
    source, target = find_space(from_space, ocio), find_space(to_space, ocio)
    converted = _apply(_processor(_config_key(ocio), source, target), rgb)
    lost = converted.size - np.count_nonzero(np.isfinite(converted))
    if lost:
        where = f"{source.name!r} to {target.name!r}"
        raise ColourError(
            where, f"{lost} values come out infinite or not a number: check the plate"
        )
    return converted


def _config_key(ocio: Path | None) -> _ConfigKey:
    if ocio is None:
        return BUILT_IN_CONFIG, 0
    try:
        return str(ocio), ocio.stat().st_mtime_ns
    except OSError as error:
        raise ColourError(
            str(ocio), f"cannot be read as a colour config: {error.strerror}"
        ) from error


@lru_cache(maxsize=4)
def _read_config(key: _ConfigKey) -> _Ocio:
    """Read a config once, with OpenColorIO's own chatter on stderr switched off."""
    import PyOpenColorIO as ocio

    ocio.SetLoggingLevel(ocio.LOGGING_LEVEL_NONE)
    if key[0] == BUILT_IN_CONFIG:
        return ocio.Config.CreateFromBuiltinConfig(BUILT_IN_CONFIG)
    try:
        config = ocio.Config.CreateFromFile(key[0])
        config.validate()
    except (ocio.Exception, UnicodeDecodeError) as error:  # its own message may be broken bytes
        raise ColourError(key[0], f"not a usable colour config: {_one_line(error)}") from error
    return config


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _plain(name: str) -> str:
    """Return a name with the hyphens that word processors bend made straight."""
    return name.strip().translate({0x2010: "-", 0x2011: "-", 0x2013: "-"})


def _own_name(config: _Ocio, name: str) -> str | None:
    """Return the config's name for a name, an alias, a role or an entry of STANDS_FOR."""
    space = config.getColorSpace(_plain(name))
    if space is not None:
        return str(space.getName())
    known = {key.casefold(): meaning for key, meaning in STANDS_FOR.items()}
    meaning = known.get(_plain(name).casefold())
    return None if meaning is None else _own_name(config, meaning)


def _nearest_names(config: _Ocio, name: str) -> list[str]:
    import PyOpenColorIO as ocio

    spaces = config.getColorSpaces(ocio.SEARCH_REFERENCE_SPACE_ALL, ocio.COLORSPACE_ALL)
    names = {alias for space in spaces for alias in (space.getName(), *space.getAliases())}
    names |= {known for known in STANDS_FOR if _own_name(config, known)}
    by_fold = {known.casefold(): known for known in sorted(names)}
    nearest = difflib.get_close_matches(_plain(name).casefold(), by_fold, n=3, cutoff=0)
    return [by_fold[fold] for fold in nearest]


def _space_kind(space: _Ocio) -> Kind:
    import PyOpenColorIO as ocio

    if space.getReferenceSpaceType() == ocio.REFERENCE_SPACE_DISPLAY:
        return "display"
    if space.getFamily().startswith("Output"):
        return "output"
    encoding = space.getEncoding()
    if encoding == "sdr-video" or (not encoding and _TEXTURE_NAME.search(space.getName())):
        return "texture"
    return "scene"


def _find_view(config: _Ocio, own_name: str) -> tuple[str, str]:
    """Return the first display and view with a view transform that end in this space."""
    for display in config.getDisplays():
        for view in config.getViews(display):
            ends_in = config.getDisplayViewColorSpaceName(display, view)
            ends_in = display if ends_in == "<USE_DISPLAY_NAME>" else ends_in
            if ends_in == own_name and config.getDisplayViewTransformName(display, view):
                return str(display), str(view)
    return "", ""


@lru_cache(maxsize=32)
def _processor(key: _ConfigKey, source: Space, target: Space) -> _Ocio:
    """Prepare a conversion.

    Lossless optimisation only: OpenColorIO's default takes a fast power that is off by 2e-5.
    """
    import PyOpenColorIO as ocio

    try:
        processor = _read_config(key).getProcessor(_transform(source, target))
        return processor.getOptimizedCPUProcessor(
            ocio.BIT_DEPTH_F32, ocio.BIT_DEPTH_F32, ocio.OPTIMIZATION_LOSSLESS
        )
    except (ocio.Exception, ocio.ExceptionMissingFile) as error:
        where = f"{source.name!r} to {target.name!r}"
        raise ColourError(where, f"{key[0]} cannot convert: {_one_line(error)}") from error


def _transform(source: Space, target: Space) -> _Ocio:
    import PyOpenColorIO as ocio

    if {source.kind, target.kind} != {"scene", "display"}:
        return ocio.ColorSpaceTransform(source.name, target.name)
    forward = target.kind == "display"
    scene, shown = (source, target) if forward else (target, source)
    if not shown.view:
        raise ColourError(repr(shown.name), "the config has no view that leads to it from a scene")
    direction = ocio.TRANSFORM_DIR_FORWARD if forward else ocio.TRANSFORM_DIR_INVERSE
    return ocio.DisplayViewTransform(
        src=scene.name, display=shown.display, view=shown.view, direction=direction
    )


def _apply(processor: _Ocio, rgb: Floats) -> Pixels:
    """Run a conversion on a contiguous float32 copy."""
    import PyOpenColorIO as ocio

    pixels = np.array(rgb, dtype=np.float32, order="C")
    if pixels.size:
        width = pixels.shape[-2] if pixels.ndim > 1 else 1
        height = pixels.size // (3 * width)
        processor.apply(ocio.PackedImageDesc(pixels, width, height, 3))
    return pixels
