"""What SetRenderSettings takes, which formats there are, and what a job remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resolve_sim.world import World

SETTINGS: dict[str, tuple[type, ...]] = {
    "SelectAllFrames": (bool,),
    "MarkIn": (int,),
    "MarkOut": (int,),
    "TargetDir": (str,),
    "CustomName": (str,),
    "UniqueFilenameStyle": (int,),
    "ExportVideo": (bool,),
    "ExportAudio": (bool,),
    "FormatWidth": (int,),
    "FormatHeight": (int,),
    "FrameRate": (float, int),
    "PixelAspectRatio": (str,),
    "VideoQuality": (int, str),
    "AudioCodec": (str,),
    "AudioBitDepth": (int,),
    "AudioSampleRate": (int,),
    "ColorSpaceTag": (str,),
    "GammaTag": (str,),
    "ExportAlpha": (bool,),
    "EncodingProfile": (str,),
    "MultiPassEncode": (bool,),
    "AlphaMode": (int,),
    "NetworkOptimization": (bool,),
    "ClipStartFrame": (int,),
    "TimelineStartTimecode": (str,),
    "ReplaceExistingFilesInPlace": (bool,),
}
"""Keys of every version, and the types they take."""

LATER: dict[tuple[int, ...], dict[str, tuple[type, ...]]] = {
    (20, 2): {"ExportSubtitle": (bool,), "SubtitleFormat": (str,)},
    (21, 0, 4): {"UseFullExtents": (bool,), "AddFrameHandles": (int,), "DataBurnIn": (str,)},
    (21, 1): {"UseUniqueFilenames": (bool,), "AudioFormat": (str,)},
}
"""Keys that came later."""

FORMATS = {
    "EXR": "exr",
    "DPX": "dpx",
    "TIFF": "tif",
    "QuickTime": "mov",
    "MP4": "mp4",
    "MXF OP1A": "mxf_op1a",
}
"""Labels of formats, and the ids that are accepted."""

COMPRESSIONS = {
    "RGBHalf": "none", "RGBHalfZIP": "zip", "RGBHalfPIZ": "piz", "RGBHalfRLE": "rle",
    "RGBHalfDWAA": "dwaa", "RGBHalfDWAB": "dwab", "RGBFloat": "none", "RGBFloatZIP": "zip",
    "RGBFloatPIZ": "piz", "RGBFloatRLE": "rle", "RGBFloatDWAA": "dwaa", "RGBFloatDWAB": "dwab",
    "RGBHalfZIP1": "zips", "RGBFloatZIP1": "zips",
}  # fmt: skip
"""EXR codec ids, and how they compress."""

NEWEST_CODECS = ("RGBHalfZIP1", "RGBFloatZIP1")
"""Read on a Studio 21.0.4."""

WORDS = {
    "none": "No Compression", "zip": "ZIP Compression", "piz": "PIZ Compression",
    "rle": "RLE Compression", "dwaa": "DWAA Compression", "dwab": "DWAB Compression",
    "zips": "ZIP1 Compression",
}  # fmt: skip
"""How the labels say a compression."""

CODECS = {
    "dpx": {"RGB 10-bit": "RGB10", "RGB 16-bit": "RGB16"},
    "tif": {"RGB 8-bit": "RGB8", "RGB 16-bit": "RGB16"},
    "mov": {
        "Apple ProRes 422 HQ": "ProRes422HQ",
        "Apple ProRes 4444": "ProRes4444",
        "Apple ProRes 4444 XQ": "ProRes4444XQ",
        "DNxHR HQX 12-bit": "DNxHRHQX",
        "DNxHR 444 12-bit": "DNxHR444",
        "H.264": "H264",
    },
    "mp4": {"H.264": "H264", "H.265": "H265"},
    "mxf_op1a": {"DNxHR HQX 12-bit": "DNxHRHQX"},
}
"""Labels of codecs, and the ids that are accepted."""

STATUSES = {
    "en": {},
    "zh": {"Complete": "完成", "Failed": "失败", "Cancelled": "已取消", "Ready": "就绪",
           "Rendering": "渲染中"},
    "de": {"Complete": "Abgeschlossen", "Failed": "Fehlgeschlagen", "Cancelled": "Abgebrochen",
           "Ready": "Bereit", "Rendering": "Rendern"},
}  # fmt: skip
"""JobStatus in other languages."""


def codecs(world: World, kind: str) -> dict[str, str]:
    """Return the labels and ids of a format's codecs."""
    if kind not in FORMATS.values():
        return {}
    missing = world.switches.codecs_missing
    if kind != "exr":
        # Labels of DNx gained a word in 21, ids did not (reported live).
        avid = "Avid " if world.at_least(21) else ""
        found = {label.replace("DNx", f"{avid}DNx"): one for label, one in CODECS[kind].items()}
        return {label: one for label, one in found.items() if one not in missing}
    newest = world.at_least(21, 0, 4)
    return {
        f"RGB {'half' if 'Half' in codec else 'float'} ({WORDS[packed]})": codec
        for codec, packed in COMPRESSIONS.items()
        if (newest or codec not in NEWEST_CODECS) and codec not in missing
    }


def is_setting(world: World, key: object, value: object) -> bool:
    """Say whether SetRenderSettings takes this."""
    later = {
        one: kinds
        for since, keys in LATER.items()
        if world.version >= since
        for one, kinds in keys.items()
    }
    kinds = (SETTINGS | later).get(str(key))
    if kinds is None or (isinstance(value, bool) and bool not in kinds):
        return False
    return isinstance(value, kinds)


def first_settings() -> dict[str, Any]:
    """Return what the Deliver page starts with."""
    return {
        "SelectAllFrames": True,
        "TargetDir": "",
        "CustomName": "",
        "ExportVideo": True,
        "ExportAudio": True,
        "ExportAlpha": False,
    }


@dataclass
class Job:
    """One job in the render queue."""

    identity: str
    timeline: object
    settings: dict[str, Any]
    format: str
    codec: str
    mode: int
    frames: range
    """Timeline frames, absolute."""
    has_picture: bool
    """Whether a picture will be written, whatever IsExportVideo says."""
    status: str = "Ready"
    percent: int = 0
    error: str = ""
    polls: int = 0
    written: int = 0
