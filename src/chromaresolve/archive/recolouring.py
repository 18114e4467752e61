"""How a frame is recoloured without this program: the README's chapter about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chromaresolve.archive.contents import name_in_package
from chromaresolve.colour.luma import CB_RANGE, CR_RANGE, LUMA_WEIGHTS
from chromaresolve.composite import recovery_sidecar
from chromaresolve.shot import Shot

G_FROM_CB = LUMA_WEIGHTS[2] * CB_RANGE / LUMA_WEIGHTS[1]
"""How much of Cb is taken from luma for G', 0.187324; ITU-R BT.709-6, items 3.2 and 3.3, solved."""

G_FROM_CR = LUMA_WEIGHTS[0] * CR_RANGE / LUMA_WEIGHTS[1]
"""The same of Cr, 0.468124."""

CODE = f"""\
import numpy as np
import onnxruntime  # any program that runs ONNX models will do


def recover(plate, luma_plate, model="shot/model.onnx"):
    \"\"\"Take R, G, B as float32 arrays of (height, width, 3), and return the same.\"\"\"
    session = onnxruntime.InferenceSession(model)
    channels_first = np.ascontiguousarray(plate.transpose(2, 0, 1)[None])
    cb, cr = session.run(["chroma"], {{"plate": channels_first}})[0][0]
    red, green, blue = (luma_plate[..., channel] for channel in range(3))
    luma = {LUMA_WEIGHTS[0]} * red + {LUMA_WEIGHTS[1]} * green + {LUMA_WEIGHTS[2]} * blue
    rgb = np.stack(
        [
            luma + {CR_RANGE:.4f} * cr,
            luma - {G_FROM_CB:.9f} * cb - {G_FROM_CR:.9f} * cr,
            luma + {CB_RANGE:.4f} * cb,
        ],
        axis=-1,
    )
    # A colour that does not fit is pulled towards the grey of its luma until it does.
    low = np.minimum(luma_plate.min(axis=-1), 0)[..., None]
    high = np.maximum(luma_plate.max(axis=-1), 1)[..., None]
    chroma = rgb - luma[..., None]
    room = np.where(chroma > 0, high, low) - luma[..., None]
    beyond = (rgb < low) | (rgb > high)
    share = np.divide(room, chroma, out=np.ones_like(chroma), where=beyond)
    return luma[..., None] + chroma * share.min(axis=-1, keepdims=True)
"""
"""How to recolour a frame, for a reader who has a Python; the tests run it."""


def recolouring(shot: Shot) -> Iterator[str]:
    """Yield the chapter's lines: the model, the chain around it, the formula, a program."""
    model = _model(shot)
    chain = model.get("chain", {})
    plate = shot.source.scan if model.get("plate") == "scan" else shot.source.plate
    yield (
        "`shot/model.onnx` is the whole network (ONNX is an open format for such models; no "
        "weights lie beside it)."
    )
    yield ""
    yield (
        f"- Input `plate`: float32, shape (1, 3, height, width), any height and width: R, G and B "
        f"of a frame of `{name_in_package(plate)}`, neither clamped nor scaled."
    )
    yield "- Output `chroma`: float32, shape (1, 2, height, width): Cb and Cr of Rec.709."
    yield f"- Colour chain `{chain.get('name', shot.colour.chain)}`: {_steps(chain)}"
    luma = name_in_package(shot.source.luma_plate)
    yield f"- Luma is that of `{luma}`. {_crop(model.get('crop', {}), shot)}"
    if degrain := model.get("showing", {}).get("degrain", 0):
        yield (
            f"- The network was shown the plate with its grain taken off by {degrain:g}; shown "
            "the plate itself, its chroma is a little grainier. Luma is the untouched plate's."
        )
    yield ""
    yield "With Y' for luma (ITU-R BT.709-6, items 3.2 and 3.3):"
    yield ""
    yield "```"
    yield f"Y' = {LUMA_WEIGHTS[0]} R' + {LUMA_WEIGHTS[1]} G' + {LUMA_WEIGHTS[2]} B'"
    yield f"R' = Y' + {CR_RANGE:.4f} Cr"
    yield f"G' = Y' - {G_FROM_CB:.9f} Cb - {G_FROM_CR:.9f} Cr"
    yield f"B' = Y' + {CB_RANGE:.4f} Cb"
    yield "```"
    yield ""
    yield "The same as a program in Python, to be started in this folder:"
    yield ""
    yield "```python"
    yield CODE.rstrip("\n")
    yield "```"
    yield ""
    yield (
        "The files hold half floats (16 bit). ChromaResolve rounds R' and B' to the nearest half "
        "and then solves G' from the plate's luma, so that luma in the file is off by half a step "
        "of a half at most."
    )


def _steps(chain: Mapping[str, Any]) -> str:
    steps = chain.get("steps", "the values are taken as they stand in the file")
    if chain.get("name", "display") == "display" and "untouched" in steps:
        return f"{steps}; nothing is converted before or after."
    return (
        f"before the network, {steps}; after the merge, the same backwards "
        f"(OpenColorIO config {chain.get('config', '')} {chain.get('config_sha256', '')})."
    )


def _crop(crop: Mapping[str, int], shot: Shot) -> str:
    edges = ", ".join(f"{edge} {crop[edge]}" for edge in crop if crop[edge])
    if not edges:
        return "The whole frame is recoloured."
    return (
        f"What is not picture is left as the plate has it (pixels: {edges}), and over the first "
        f"{shot.recovery.feather} pixels inside, the plate's chroma becomes the recovered one."
    )


def _model(shot: Shot) -> Mapping[str, Any]:
    """Return what the recovery's sidecar says of the model; empty where it says nothing."""
    sidecar = json.loads(recovery_sidecar(shot).read_text(encoding="utf-8"))
    facts: Mapping[str, Any] = sidecar.get("model", {})
    return facts
