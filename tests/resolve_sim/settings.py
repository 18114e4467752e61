"""Project and timeline settings: which keys there are, what they take, and when they are locked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from resolve_sim.rates import is_rate
from resolve_sim.world import World

SCIENCES = (
    "davinciYRGB", "davinciYRGBColorManaged", "davinciYRGBColorManagedv2", "acescc", "acescct",
)  # fmt: skip
"""`colorScienceMode`."""

MISMATCH = ("centerCrop", "scaleToFit", "scaleToCrop", "stretch")
"""How a raster that differs is fitted."""

IDTS = (
    "No Input Transform", "ACEScct - CSC", "ACEScg - CSC", "ADX 10 - CSC", "ADX 16 - CSC",
    "ARRI LogC3", "Rec.2020", "sRGB (Texture) - CSC", "sRGB (Linear) - CSC",
)  # fmt: skip
"""Input transforms in every version."""

NEW_IDTS = ("Inverse Rec.709 BT.1886", "Inverse sRGB Piecewise")
"""Inverse output transforms under the newer names."""

OLD_IDTS = ("Rec.709", "Rec.709 (Camera)", "sRGB")
"""The same under the older names; `Rec.709` undoes the output transform of that name."""

NEW_ODTS = (
    "No Output Transform", "Rec.709 BT.1886", "Rec.709 BT.1886 (D60 simulation)",
    "sRGB Piecewise", "P3-D65", "P3-DCI", "Rec.2020", "ACEScg - CSC", "ACEScct - CSC",
    "P3-D65 ST2084 (108 nit)", "P3-D65 ST2084 (1000 nit)", "Rec.2100 ST2084 (1000 nit)",
)  # fmt: skip
"""Output transforms under the newer names."""

OLD_ODTS = (
    "No Output Transform", "Rec.709", "Rec.709 (D60 sim.)", "sRGB", "P3-D65", "P3-DCI", "Rec.2020",
    "P3-D65 ST2084 (108 nits)", "P3-D65 ST2084 (1000 nits)",
)  # fmt: skip
"""Output transforms under the older names."""

ACES_VERSIONS = ("aces_1.0.3", "aces_1.1", "aces_1.2", "aces_1.3", "aces_2.0")
"""`acesVersion`, by the pattern of the one documented value."""

DEFAULTS = {
    "colorScienceMode": "davinciYRGB",
    "colorAcesIDT": "No Input Transform",
    "colorAcesODT": "No Output Transform",
    "colorAcesGamutCompressType": "None",
    "colorAcesNodeLUTProcessingSpace": "acesccAp1",
    "isAutoColorManage": "0",
    "rcmPresetMode": "Custom",
    "separateColorSpaceAndGamma": "0",
    "colorSpaceInput": "Rec.709 Gamma 2.4",
    "colorSpaceTimeline": "Rec.709 Gamma 2.4",
    "colorSpaceOutput": "Rec.709 Gamma 2.4",
    "colorUseLocalVersionsAsDefault": "1",
    "timelineResolutionWidth": "1920",
    "timelineResolutionHeight": "1080",
    "timelinePixelAspectRatio": "square",
    "timelineFrameRate": "24",
    "timelinePlaybackFrameRate": "24",
    "timelineDropFrameTimecode": "0",
    "timelineInputResMismatchBehavior": "scaleToFit",
    "timelineOutputResMismatchBehavior": "scaleToFit",
    "timelineOutputResMatchTimelineRes": "1",
    "timelineFrameRateMismatchBehavior": "resolve",
    "imageRetimeInterpolation": "nearest",
    "imageResizeMode": "smoother",
    "videoDataLevels": "Video",
    "superScale": "1",
    "nodeStackLayers": "1",
    "perfProxyMediaMode": "1",
}  # fmt: skip
"""What a new project says, as Resolve's own defaults do where they are known."""

BOOLEANS = frozenset(
    {
        "isAutoColorManage", "separateColorSpaceAndGamma", "colorUseLocalVersionsAsDefault",
        "timelineOutputResMatchTimelineRes",
    },
)  # fmt: skip
"""Keys that take "0" and "1"."""

CHOICES: dict[str, tuple[str, ...]] = {
    "colorScienceMode": SCIENCES,
    "colorAcesGamutCompressType": ("None", "Reference Gamut Compress"),
    "colorAcesNodeLUTProcessingSpace": ("acesccAp1", "acesAp0Linear", "projectSetting"),
    "rcmPresetMode": ("SDR", "HDR", "SDR Rec.709", "HDR DaVinci Wide Gamut Intermediate", "Custom"),
    "timelinePixelAspectRatio": ("square", "cinemascope", "16_9", "4_3"),
    "timelineInputResMismatchBehavior": MISMATCH,
    "timelineOutputResMismatchBehavior": MISMATCH,
    "timelineFrameRateMismatchBehavior": ("resolve", "fcp7", "fcpx", "none"),
    "imageRetimeInterpolation": ("nearest", "frameBlend", "opticalFlow"),
    "imageResizeMode": (
        "sharper", "smoother", "bicubic", "bilinear", "lanczos", "mitchell", "nearestNeighbor",
    ),
    "videoDataLevels": ("Video", "Full"),
    "superScale": ("1", "2", "3", "4"),
    "nodeStackLayers": ("1", "2", "3", "4"),
    "perfProxyMediaMode": ("0", "1", "2"),
}  # fmt: skip
"""Keys that take one of a few words."""

MANAGED = frozenset({"colorSpaceInput", "colorSpaceTimeline", "colorSpaceOutput", "rcmPresetMode"})
"""Keys that only DaVinci's own colour management lets set."""

SPACES = ("Rec.709 Gamma 2.4", "Rec.709 (Scene)", "DaVinci WG/Intermediate", "sRGB", "Linear")
"""Some of the spaces of DaVinci's own colour management."""

LARGEST_RASTER = 16384
"""Pixels a side."""


def idts(world: World) -> tuple[str, ...]:
    """Return the input transforms that this Resolve knows."""
    return (*IDTS, *(NEW_IDTS if has_new_names(world) else OLD_IDTS))


def odts(world: World) -> tuple[str, ...]:
    """Return the output transforms that this Resolve knows."""
    return NEW_ODTS if has_new_names(world) else OLD_ODTS


def has_new_names(world: World) -> bool:
    """Say whether transforms have the newer names."""
    names = world.switches.transform_names
    return names == "new" if names else world.at_least(20)


@dataclass
class Settings:
    """The settings of a project, or of a timeline that has its own."""

    world: World
    values: dict[str, str] = field(default_factory=dict)
    reads_aces_version: bool = False
    is_rate_locked: Callable[[], bool] = lambda: False

    @classmethod
    def of_new_project(cls, world: World) -> Settings:
        """Return what a new project starts with."""
        values = {**DEFAULTS, **world.switches.settings}
        reads = world.switches.aces_version_at == "project"
        found = cls(world, values, reads)
        found.values.setdefault("acesVersion", world.switches.aces_version)
        return found

    def __getitem__(self, key: str) -> str:
        """Return a value as it is kept."""
        return self.values[key]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the raster."""
        return int(self["timelineResolutionWidth"]), int(self["timelineResolutionHeight"])

    @property
    def rate(self) -> str:
        """Frames per second as Resolve writes them, with ' DF' for drop frame."""
        return self["timelineFrameRate"]

    @property
    def is_aces(self) -> bool:
        """Whether colours are managed by ACES."""
        return self["colorScienceMode"].startswith("aces")

    def read(self, key: str) -> object:
        """Return a value as GetSetting does: "" of what it does not know, rates as numbers."""
        if key not in self.values or (key == "acesVersion" and not self.reads_aces_version):
            return ""
        if key == "timelineFrameRate":
            rate = float(self.rate.removesuffix(" DF"))
            return float(int(rate)) if self.world.switches.fps_reads == "int" else rate
        return self.values[key]

    def read_all(self) -> dict[str, object]:
        """Return everything that can be read."""
        found = {key: self.read(key) for key in self.values}
        if not self.reads_aces_version:
            del found["acesVersion"]
        return found

    def write(self, key: str, value: object) -> bool:
        """Set a value as SetSetting does: False, and nothing changed, if it cannot be."""
        switches = self.world.switches
        if not isinstance(value, str):
            if switches.setting_values == "strict" or isinstance(value, (bool, dict, list)):
                return False
            value = str(value)
        if key not in self.values or not self._takes(key, value):
            return False
        if key in switches.setting_lies:
            return True
        self._keep(key, value)
        return True

    def _keep(self, key: str, value: str) -> None:
        self.values[key] = value
        if key == "timelineFrameRate":
            self.values["timelinePlaybackFrameRate"] = value.removesuffix(" DF")
            self.values["timelineDropFrameTimecode"] = str(int(value.endswith(" DF")))

    def _takes(self, key: str, value: str) -> bool:
        if key in MANAGED:
            is_managed = self["colorScienceMode"].startswith("davinciYRGBColorManaged")
            return is_managed and value in CHOICES.get(key, SPACES)
        if key.startswith("colorAces") and not self.is_aces:
            return False
        if key in BOOLEANS:
            return value in ("0", "1")
        if key in CHOICES:
            return value in CHOICES[key]
        special: dict[str, Callable[[str], bool]] = {
            "colorAcesIDT": self._takes_idt,
            "colorAcesODT": self._takes_odt,
            "acesVersion": self._takes_aces_version,
            "timelineFrameRate": self._takes_rate,
            "timelineResolutionWidth": lambda text: self._takes_size(text, None),
            "timelineResolutionHeight": lambda text: self._takes_size(None, text),
        }
        return key in special and special[key](value)

    def _takes_idt(self, value: str) -> bool:
        return value in idts(self.world)

    def _takes_odt(self, value: str) -> bool:
        # Fixed in 20.2.1, says its changelog: "not working for some values".
        is_broken = "ST2084" in value and not self.world.at_least(20, 2, 1)
        is_open = self.world.switches.odt_settable
        return is_open and value in odts(self.world) and not is_broken

    def _takes_aces_version(self, value: str) -> bool:
        is_open = self.reads_aces_version and self.world.switches.aces_version_settable
        return is_open and self.is_aces and value in ACES_VERSIONS

    def _takes_rate(self, value: str) -> bool:
        return is_rate(value) and not self.is_rate_locked()

    def _takes_size(self, width: str | None, height: str | None) -> bool:
        texts = (
            width or self["timelineResolutionWidth"],
            height or self["timelineResolutionHeight"],
        )
        if not all(text.isdecimal() for text in texts):
            return False
        wide, high = map(int, texts)
        # The API refuses portrait rasters, though the user interface does not.
        return 16 <= high <= wide <= LARGEST_RASTER
