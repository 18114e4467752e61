"""The tables of `shot.toml`: what the artist states, and what each stage made.

Every table is frozen and refuses keys it does not know, and every value must be of its own type:
nothing is converted on a guess. The string under a field is its documentation: it becomes the
description in the JSON schema that editors read.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chromaresolve.shot.values import FileName, Frames, Plain, Rate, Reel, Timecode


class Table(BaseModel):
    """A table of `shot.toml`: frozen, and nothing in it that we do not know."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class ShotTable(Table):
    """`[shot]`: which shot this is."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """The shot's name, as it appears in file names: letters, digits, dot, dash, underscore."""
    film: str = ""
    """The film's title."""
    frame_rate: Rate = Fraction(24)
    """Frames per second, exact."""
    frames: Frames
    """The frames to be recovered, inclusive."""


class SourceTable(Table):
    """`[source]`: the faded scan and what belongs to it. Paths are relative to the shot folder."""

    scan: FileName
    """The faded scan's frames, such as `plates/SH010_SOURCE_####.exr`."""
    balanced: FileName | None = None
    """The balanced scan's frames, where there is one: what the network sees."""
    master: FileName | None = None
    """The ACES original's frames, where there is one."""
    negative: bool | None = None
    """Whether the scan is of a negative; if absent, one that looks like it is refused."""
    luma_from: Literal["balanced", "scan"] = "balanced"
    """Whose luma the recovered frames keep: the balanced plate's, or the scan's on request."""
    reel: Reel | None = None
    """The reel's name; if absent, what the plate's header says."""
    timecode: Timecode | None = None
    """Of the first of `frames`; if absent, the plate's header or the frame number says it."""

    @property
    def plate(self) -> str:
        """The plate the network sees: the balanced one where there is one."""
        return self.balanced or self.scan

    @property
    def luma_plate(self) -> str:
        """The plate whose luma the recovered frames keep."""
        return self.plate if self.luma_from == "balanced" else self.scan


class ReferenceTable(Table):
    """`[reference]`: the better coloured copy."""

    sequence: FileName
    """The reference's frames; not every frame of the shot needs to be there."""
    offset: int = 0
    """Reference frame number minus Source frame number."""
    kind: Literal["direct", "constructed"] = "direct"
    """Direct (telecine, DVD, print of the same film) or constructed (an informed estimate)."""
    level_luma: bool | Literal["auto"] = "auto"
    """Bring the Reference's grade to the plate's by one curve; auto: if it is far off."""
    note: str = ""
    """Where the reference comes from: cite it."""


class ColourTable(Table):
    """`[colour]`: what the plates' values mean, and the chain the network is trained in."""

    chain: Literal["display", "acescg", "log"] = "display"
    """The named chain of transforms; applied alike in training and in recovery."""
    encoding: str = "display"
    """What the plates are: `display` (Rec.709 2.4 exports) or a colour space's name."""
    ocio: FileName | None = None
    """A studio's own OCIO config; the built-in ACES 1.3 studio config if absent."""


class ScopeTable(Table):
    """`[scope]`: what the model is meant for."""

    kind: Literal["shot", "scene", "sequence"] = "shot"
    """A shot is best; a scene or a sequence only where it stays consistent."""


class BalanceSample(Table):
    """`[[balance.sample]]`: a place in the scan that is neutral."""

    frame: int
    """Source frame number."""
    x: int = Field(ge=0)
    """Pixels from the left edge to the middle of the place."""
    y: int = Field(ge=0)
    """Pixels from the top edge to the middle of the place."""
    size: int = Field(default=16, ge=1)
    """Edge of the square that is averaged, in pixels."""
    kind: Literal["black", "grey", "white"] = "grey"
    """What it is: a black or a white says how dense fresh film is there, too."""


Share = Annotated[float, Field(gt=0, le=1)]
"""What is left of a dye."""

Density = Annotated[float, Field(ge=-2, le=3)]
"""Of one record."""

Points = Annotated[float, Field(ge=-240, le=240)]
"""Printer points of one record, 0.025 of density each."""


class BalanceTable(Table):
    """`[balance]`: how the faded scan is neutralised before training."""

    density: Literal["auto", "display", "scene"] = "auto"
    """Where density is measured: in the plate's own light or the scene's; auto decides."""
    stock: Literal["generic", "5381", "5383", "5384", "5386", "2383", "negative"] = "generic"
    """The film stock, whose dyes are told apart; `negative` for a colour negative."""
    use_reference: bool = True
    """Let the Reference say what the picture's colours are like, where there is one."""
    sample: tuple[BalanceSample, ...] = Field(default=(), strict=False)
    """Places that are neutral."""
    retention: tuple[Share, Share, Share] | None = Field(default=None, strict=False)
    """What is left of cyan, magenta and yellow, if you know better than the solver."""
    base: tuple[Density, Density, Density] | None = Field(default=None, strict=False)
    """R, G, B density of the film without dye, if you know better than the solver."""
    drift: bool = False
    """Let the balance change steadily over a long reel that faded unevenly."""
    red_gain_cap: float = Field(default=12.0, ge=1.0, le=20.0)
    """The most that red density may be multiplied; beyond it lies noise."""
    amount: float = Field(default=1.0, ge=0.0, le=1.0)
    """How much of the balance is done."""
    contrast: float = Field(default=1.0, gt=0.0, le=4.0)
    """Gain of all densities after the balance."""
    printer: tuple[Points, Points, Points] = Field(default=(0.0, 0.0, 0.0), strict=False)
    """R, G, B printer points added, 0.025 of density each; more is darker."""
    knee: float = Field(default=0.0, ge=0.0, le=1.0)
    """Density below which lights are pressed together, never to pass display white; 0 is off."""
    luma: Literal["auto", "balance", "healthiest", "scan"] = "auto"
    """Whose luma the balanced plate has; auto measures its grain."""


Scale = Annotated[float, Field(gt=0.1, lt=10.0)]
"""Of a Reference that was stretched over the Source's raster before."""


class Pair(Table):
    """`[[pair]]`: one frame that teaches, or that is held out to measure."""

    source: int
    """Source frame number."""
    reference: int
    """Reference frame number."""
    hold_out: bool = False
    """True: never taught, only measured."""
    reason: str = ""
    """Why this frame."""
    kind: Literal["direct", "constructed"] | None = None
    """What this Reference frame is, if another thing than `[reference]` says."""
    note: str = ""
    """Where this Reference frame comes from, if elsewhere than `[reference]` says: cite it."""
    field_from: int | None = None
    """The Reference frame that holds this one's other field, where the Reference is telecined."""
    alignment: Literal["auto", "manual"] | None = None
    """How this pair is aligned, if otherwise than `[alignment]` says."""
    mask: FileName | None = None
    """A painted mask, PNG in the Source's raster: white teaches, black does not."""


class PlatesTable(Table):
    """`[plates]`: what is cleaned for teaching alone; the delivered luma is never touched."""

    degrain: float = Field(default=0.0, ge=0.0, le=1.0)
    """How much grain is taken off what the network sees, in training and in recovery alike."""
    temporal: bool = False
    """Average what did not move with the frames before and after, when grain is taken off."""
    reference_median: int = Field(default=0, ge=0, le=15)
    """Median on the Reference's chroma against dust, pixels; beyond 10 it takes small colours."""
    deband: bool = False
    """Smooth the Reference's 8-bit steps."""
    deblock: bool = False
    """Even the blocks of the Reference's compression."""
    chroma_shift: Literal["auto", "off"] = "off"
    """Put the Reference's chroma back on its luma where tape or 4:2:0 moved it."""


class AlignmentKey(Table):
    """`[[alignment.key]]`: where the Reference lies by hand, from this frame to the next key."""

    frame: int
    """Source frame number."""
    translate: tuple[float, float] = Field(default=(0.0, 0.0), strict=False)
    """The Reference moved right and down, Source pixels."""
    scale: tuple[Scale, Scale] = Field(default=(1.0, 1.0), strict=False)
    """The Reference enlarged across and down, about the middle of the Source's raster."""
    rotate: float = Field(default=0.0, gt=-45.0, lt=45.0)
    """The Reference turned counter-clockwise, degrees, about the same middle."""


class AlignmentTable(Table):
    """`[alignment]`: how the Reference is laid on the Source."""

    mode: Literal["auto", "manual"] = "auto"
    """Solved from the pictures, or by hand: by the keys, or as exported where there is none."""
    bend: Literal["auto", "off"] = "auto"
    """Let a smooth warp mend what no matrix can, where the pictures ask for it."""
    key: tuple[AlignmentKey, ...] = Field(default=(), strict=False)
    """Where the Reference lies by hand."""


class CropTable(Table):
    """`[crop]`: pixels at each edge that are not picture; left untouched and never taught."""

    left: int = Field(default=0, ge=0)
    """Pixels at the left edge."""
    top: int = Field(default=0, ge=0)
    """Pixels at the top edge."""
    right: int = Field(default=0, ge=0)
    """Pixels at the right edge."""
    bottom: int = Field(default=0, ge=0)
    """Pixels at the bottom edge."""
    found: bool = False
    """True: alignment found these numbers and may change them; write false to keep yours."""

    def area(self, height: int, width: int) -> tuple[slice, slice]:
        """Return the rows and columns that are picture."""
        return slice(self.top, height - self.bottom), slice(self.left, width - self.right)


class TrainingTable(Table):
    """`[training]`: how the network is taught. The defaults need no touching."""

    branch: Literal["chroma", "spatial"] = "chroma"
    """Chroma: Source luma with Reference chroma. Spatial: Reference luma with Source chroma."""
    size: Literal["small", "medium", "large"] = "medium"
    """The network's size."""
    steps: int | None = Field(default=None, ge=1)
    """How many steps to train; if absent, `minutes` decides."""
    minutes: float = Field(default=10.0, gt=0)
    """How long to train, where `steps` is absent; turned into a number of steps at the start."""
    patch: int = Field(default=96, ge=32)
    """The edge of the square patches shown, in pixels."""
    batch: int = Field(default=4, ge=1)
    """How many patches make one step."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """The highest learning rate; it falls to nothing over the last two fifths of the steps."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    """Starts every random choice: the same seed gives the same model on the same machine."""
    checkpoint_interval: int = Field(default=10_000, ge=1)
    """Steps between the numbered checkpoints that are kept."""
    contact_sheet_interval: int = Field(default=100, ge=0)
    """Steps between contact sheets at first, later sparser; 0 for none."""
    preview: int | None = None
    """The Source frame that the training page shows; if absent, the first one held out."""
    flip: bool = True
    """Show patches mirrored left to right as well."""
    translate: float = Field(default=0.5, ge=0)
    """Shift patches by up to this many pixels."""
    scale: float = Field(default=0.05, ge=0, lt=0.5)
    """Resize patches by up to this share."""
    exposure: float = Field(default=0.0, ge=0, lt=0.5)
    """Lighten or darken plates and truth by up to this share; it blurs what strong fades tell."""


class RecoveryTable(Table):
    """`[recovery]`: how recovered frames are written."""

    compression: str = "zip"
    """EXR compression: zip and piz are lossless; dwaa and dwab break the luma law."""
    feather: int = Field(default=4, ge=0, le=256)
    """Pixels inside the crop over which the plate's chroma becomes the recovered one."""
    version: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$")
    """The version, such as `v002`: if given, it and the training step stand in the files' names."""
    st2065_4: bool = False
    """Write ACES2065-1 frames as SMPTE ST 2065-4 containers: half, uncompressed, and flagged so."""
    tile: int = Field(default=0, ge=0, json_schema_extra={"multipleOf": 64})
    """Tile edge in pixels, a multiple of 64; 0 lets the size of the frame decide."""

    @field_validator("tile")
    @classmethod
    def _is_on_the_stride(cls, tile: int) -> int:
        if tile % 64 or 0 < tile < 256:
            raise ValueError(f"found {tile}: write 0, or a multiple of 64 from 256")
        return tile


class ArchiveTable(Table):
    """`[archive]`: what an archive wants to know of the element; it changes no picture."""

    accession: str = ""
    """The archive's number of the element that was scanned."""
    element: str = ""
    """What was scanned, such as `35 mm internegative`."""
    stock: str = ""
    """The film stock as its edge says it, such as `Eastman 5254`."""
    gauge: str = ""
    """Gauge and perforation, such as `35 mm, BH`."""
    edge_code: str = ""
    """Edge code and key numbers: when and where the stock was made."""
    condition: str = ""
    """Shrinkage, fading, damage, splices."""
    scanner: str = ""
    """Scanner, resolution and bit depth, and whether it was a wet gate."""
    scanned: str = ""
    """When it was scanned and by whom."""
    rights: str = ""
    """Who holds the rights to the film, and what may be done with it."""
    licence: str = ""
    """The licence of what is in the package: an SPDX name such as `CC-BY-4.0`, or a sentence."""
    citation: str = ""
    """How the package is to be cited, as a sentence."""
    holder: str = ""
    """The archive or organisation that makes the package and answers for it."""
    address: str = ""
    """Its postal address."""
    contact: str = ""
    """Whom to ask."""
    phone: str = ""
    """That person's telephone."""
    email: str = ""
    """That person's e-mail."""
    note: str = ""
    """Anything else; as many lines as you like between three quotes."""


class Made(Table):
    """`[made.<stage>]`: what a stage did, with what, and to what. Written by that stage only."""

    # A measure may be infinite, or not a number at all: that is for the reader to see.
    model_config = ConfigDict(allow_inf_nan=True)

    tool: str
    """ChromaResolve's version."""
    at: str
    """When it was finished, UTC, ISO 8601."""
    settings: Mapping[str, Plain] = {}
    """The settings in force."""
    inputs: Mapping[str, str] = {}
    """What it was made from: `file:`, `frames:`, `table:` or `value:` and a name; its sha256."""
    outputs: Mapping[str, str] = {}
    """The files it made, each with its sha256."""
    measured: Mapping[str, Plain] = {}
    """Numbers it measured."""
