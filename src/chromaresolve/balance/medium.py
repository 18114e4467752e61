"""Where density is measured: in the plate's own light, or in the scene's.

A plate whose display values are the scan itself is film seen on a light table: its light is the
light that came through. A plate that an output transform made is not: its tones were bent for the
screen. There density is the scene's, through the inverse of that transform, in ACEScg, which is
also what a node of an ACES project gets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from chromaresolve.balance.encodings import decode
from chromaresolve.balance.sampling import Look, Pixels
from chromaresolve.balance.transform import PRINTER_POINT, DyeBalance, apply_dye_balance
from chromaresolve.colour import convert
from chromaresolve.shot import Shot

DISPLAY = "display"
"""Rec.709 2.4 display values."""

SCENE = "ACEScg"
"""Scene light with the primaries that Resolve's nodes work in."""

MASTER = "ACES2065-1"
"""What an ACES original is."""

CLEAR_PERCENTILE = 99.8
"""Of the green record of scene light: nearly clear film. Green has faded least; red is the
lightest, by what it has lost: a level taken from it put balanced plates dE2000 4 to 20 off."""

CLEAR_DENSITY = 0.15
"""Density that the lightest places of a picture hold all the same. Median of fresh pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """How a shot's plates become light through the film, and balanced light plates again."""

    space: str
    """What is measured and balanced: `display`, or a colour space's name."""
    plate_space: str
    """What the shot's plates are, and so the balanced ones: another space where the ACES original
    stands behind display plates, which hold less."""
    is_scene: bool
    """Whether density is the scene's."""
    config: Path | None
    """A studio's own OCIO config."""
    reason: str
    """Why it is measured there, in words."""

    @property
    def encoding(self) -> str:
        """What a shader or a .cube file of the balance is given."""
        return "acescct" if self.is_scene else "gamma24"

    def look(self, plate: Pixels) -> Look:
        """Return a plate as light through the film and as display values."""
        if not self.is_scene:
            return Look(light=decode(plate, "gamma24"), display_709=plate)
        display_709 = plate if self.space == DISPLAY else self._convert(plate, self.space, DISPLAY)
        return Look(
            light=self._to_scene(plate), display_709=display_709, clips=self.space == DISPLAY
        )

    def apply(self, plate: Pixels, balance: DyeBalance) -> Pixels:
        """Return the balanced plate in the space of the shot's plates.

        What an output transform cannot have made, below 0 and above 1, is set aside and put back.
        """
        if not self.is_scene:
            return apply_dye_balance(plate, replace(balance, encoding="gamma24"))
        in_reach = np.clip(plate, 0, 1) if self.space == DISPLAY else plate
        balanced = apply_dye_balance(self._to_scene(in_reach), replace(balance, encoding="linear"))
        return self._convert(balanced, SCENE, self.plate_space) + (plate - in_reach)

    def plate_to_display(self, plate: Pixels) -> Pixels:
        """Return one of the shot's plates, balanced or not, as display values."""
        if self.plate_space == DISPLAY:
            return plate
        return self._convert(plate, self.plate_space, DISPLAY)

    def beside(self) -> Medium:
        """Return the medium of the Reference's plates, which are display values."""
        return replace(self, space=DISPLAY, plate_space=DISPLAY)

    def _to_scene(self, plate: Pixels) -> Pixels:
        return self._convert(plate, self.space, SCENE)

    def _convert(self, rgb: Pixels, from_space: str, to_space: str) -> Pixels:
        return convert(rgb, from_space=from_space, to_space=to_space, ocio=self.config)


def choose_medium(shot: Shot) -> Medium:
    """Return where a shot's density is measured."""
    space, wish = shot.colour.encoding, shot.balance.density
    master = shot.source.master
    if space != DISPLAY:
        reason, is_scene = f"the plates are {space}", True
    elif wish == "auto":
        is_scene = master is not None
        reason = "there is an ACES original" if is_scene else "the plates are display values"
    else:
        is_scene, reason = wish == "scene", f'[balance] density is "{wish}"'
    return Medium(
        space=MASTER if is_scene and master and space == DISPLAY else space,
        plate_space=space,
        is_scene=is_scene,
        config=shot.path(shot.colour.ocio) if shot.colour.ocio else None,
        reason=reason,
    )


def find_level(looks: list[Look]) -> float:
    """Return the density at which scene light stands for clear film."""
    lights = np.concatenate([look.light[..., 1].ravel()[::7] for look in looks])
    lights = lights[np.isfinite(lights)]
    clear = float(np.percentile(lights, CLEAR_PERCENTILE)) if lights.size else 0.0
    return -math.log10(max(clear, 1e-6)) - CLEAR_DENSITY


def at_level(balance: DyeBalance, level: float) -> DyeBalance:
    """Return a balance solved with clear film at density 0 for film that is clear at `level`."""
    red, green, blue = (base + level for base in balance.base)
    points = level / PRINTER_POINT
    printer = (
        balance.printer[0] + points,
        balance.printer[1] + points,
        balance.printer[2] + points,
    )
    return replace(balance, base=(red, green, blue), printer=printer)
