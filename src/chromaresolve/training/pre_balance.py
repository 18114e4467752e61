"""The pre-balance as a network without anything to learn, and as an ONNX file.

It is `chromaresolve.balance.transform`'s transform for programs that run models and no Python.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import cast

import onnx
import torch
from onnx import helper
from torch import Tensor, nn

from chromaresolve.balance import load_balance
from chromaresolve.balance.encodings import (
    ENCODINGS,
    LIGHTEST,
    MOST_DECADES,
    NO_LIGHT,
    LogCurve,
    PowerCurve,
)
from chromaresolve.balance.transform import (
    BEYOND_BASE,
    DEEPEST_DENSITY,
    PRINTER_POINT,
    DyeBalance,
    balance_matrix,
    luma_balance,
)
from chromaresolve.colour import LUMA_WEIGHTS
from chromaresolve.files import whole
from chromaresolve.shot import Shot
from chromaresolve.training.exporting import module_to_onnx

METADATA_KEY = "chromaresolve_balance"
"""The model property that holds the balance's record, as JSON."""


class PreBalance(nn.Module):
    """A dye balance as a module: (batch, 3, height, width) to the same, in the scan's encoding."""

    def __init__(self, balance: DyeBalance) -> None:
        """Take the balance's matrices and offsets."""
        super().__init__()
        self.balance = balance
        self.matrix = _buffer(_contrast_matrix(balance), 1, 3, 3, 1, 1)
        self.luma_matrix = _buffer(_contrast_matrix(luma_balance(balance)), 1, 3, 3, 1, 1)
        self.base = _buffer(balance.base, 1, 3, 1, 1)
        self.printed = _buffer([PRINTER_POINT * points for points in balance.printer], 1, 3, 1, 1)
        self.luma_weights = _buffer(LUMA_WEIGHTS, 1, 3, 1, 1)

    def forward(self, plate: Tensor) -> Tensor:
        """Return the balanced plate."""
        density, sign = _plate_to_density(plate, self.balance.encoding)
        balanced = self._print(density, sign, self.matrix)
        if self.balance.luma == "balance":
            return balanced
        luma_from = plate
        if self.balance.luma == "healthiest":
            luma_from = self._print(density, sign, self.luma_matrix)
        change = ((luma_from - balanced) * self.luma_weights).sum(1, keepdim=True)
        return balanced + change

    def _print(self, density: Tensor, sign: Tensor, matrix: Tensor) -> Tensor:
        """Return the encoded picture of a scan's densities and the signs of its light."""
        held = torch.where(sign > 0, density - self.base, DEEPEST_DENSITY)
        held = held.clamp(-BEYOND_BASE, DEEPEST_DENSITY)
        # Not a convolution: graphics cards may round one's factors to the ten bits of TF32.
        fresh = (matrix * held.unsqueeze(1)).sum(2) + self.printed
        fresh = _press_lights(fresh, self.balance.knee)
        held = held + self.base
        beyond = density - held
        if self.balance.contrast < 0:
            beyond, sign = _hold_ends(beyond, sign, self.balance.amount)
        printed = held + self.balance.amount * (fresh - held) + beyond
        return _density_to_plate(printed, sign, self.balance.encoding)


def export_balance(shot: Shot) -> Path:
    """Write a shot's balance as ONNX beside its shader, and return where.

    Raises:
        StageError: The shot has not been balanced.
    """
    path = shot.path(f"balance/ChromaResolve PreBalance {shot.shot.name}.onnx")
    export_pre_balance(load_balance(shot), path)
    return path


def export_pre_balance(balance: DyeBalance, path: Path) -> None:
    """Write a balance as an ONNX file, `plate` to `balanced`, (1, 3, height, width), any size.

    The balance's record goes with it as JSON, under `METADATA_KEY`.

    Raises:
        ModelError: PyTorch's exporter gives nothing.
    """
    model = module_to_onnx(PreBalance(balance).eval(), path, gives="balanced")
    helper.set_model_props(model, {METADATA_KEY: json.dumps(balance.to_record())})
    with whole(path) as temporary:
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, temporary)


def _buffer(numbers: object, *shape: int) -> nn.Buffer:
    return nn.Buffer(torch.tensor(numbers, dtype=torch.float32).reshape(shape))


def _contrast_matrix(balance: DyeBalance) -> list[list[float]]:
    matrix = balance_matrix(balance.retention, balance.stock, balance.red_gain_cap)
    return cast("list[list[float]]", (balance.contrast * matrix).tolist())


def _plate_to_density(plate: Tensor, encoding: str) -> tuple[Tensor, Tensor]:
    """Return the density of the light, whatever its sign, and that sign: -1, 0 or 1."""
    curve = ENCODINGS[encoding]
    if isinstance(curve, PowerCurve):
        density, sign = _power_to_density(plate, curve), torch.sign(plate)
    else:
        light = _log_to_light(plate, curve)
        density, sign = _light_to_density(light), torch.sign(light)
    return density.clamp(min=LIGHTEST), sign


def _density_to_plate(density: Tensor, sign: Tensor, encoding: str) -> Tensor:
    """Return the encoded values of light of this density and sign."""
    curve = ENCODINGS[encoding]
    density = density.clamp(min=LIGHTEST)
    light = sign * _power_of_ten(-density)
    if isinstance(curve, LogCurve):
        return _light_to_log(light, curve)
    size = _power_of_ten(density * (-1 / curve.exponent))
    value = sign * (size * (1 + curve.offset) - curve.offset)
    if not curve.toe:
        return value
    return torch.where(density >= -math.log10(curve.toe / curve.slope), curve.slope * light, value)


def _power_to_density(plate: Tensor, curve: PowerCurve) -> Tensor:
    size = plate.abs()
    density = curve.exponent * _light_to_density((size + curve.offset) * (1 / (1 + curve.offset)))
    if not curve.toe:
        return density
    return torch.where(
        size <= curve.toe, math.log10(curve.slope) + _light_to_density(plate), density
    )


def _log_to_light(plate: Tensor, curve: LogCurve) -> Tensor:
    decades = ((plate - curve.shift) * (1 / curve.scale)).clamp(max=MOST_DECADES)
    light = (_power_of_ten(decades) - curve.lift) * (1 / curve.gain)
    return torch.where(plate <= curve.cut, (plate - curve.intercept) / curve.slope, light)


def _light_to_log(light: Tensor, curve: LogCurve) -> Tensor:
    decades = -_light_to_density((curve.gain * light + curve.lift).clamp(min=NO_LIGHT))
    straight = curve.slope * light + curve.intercept
    is_straight = light <= (curve.cut - curve.intercept) / curve.slope
    return torch.where(is_straight, straight, curve.scale * decades + curve.shift)


def _press_lights(density: Tensor, knee: float) -> Tensor:
    """Return densities whose lights come near 0, display white, and never pass it."""
    if not knee:
        return density
    return torch.maximum(density, knee * torch.exp(density.clamp(max=knee) / knee - 1))


def _hold_ends(beyond: Tensor, sign: Tensor, amount: float) -> tuple[Tensor, Tensor]:
    """Return density and sign of what light beyond film keeps of its ratio: 1 - amount."""
    kept = amount + (1 - amount) * sign * _power_of_ten(-beyond)
    return _light_to_density(kept), torch.sign(kept)


def _light_to_density(light: Tensor) -> Tensor:
    return -torch.log10(light.abs().clamp(min=NO_LIGHT))


def _power_of_ten(exponent: Tensor) -> Tensor:
    return torch.exp(exponent * math.log(10))
