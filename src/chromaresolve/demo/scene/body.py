"""A person, and where the parts of the body are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chromaresolve.demo.scene.cloth import Cloth
from chromaresolve.demo.scene.painting import Canvas, Patch, Plane, Points, blend, curve, ramp
from chromaresolve.demo.scene.palette import Light

SKIN_LIT = np.array([1.05, 1.01, 0.975], np.float32)
"""Skin in the sun."""

SKIN_DARK = np.array([0.62, 0.52, 0.50], np.float32)
"""Skin in shadow: light that went through it comes back red."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone standing, seen from the front or turned a little."""

    height: float
    """From the sole to the top of the head."""
    skin: Light
    hair: Light
    top: Cloth
    bottom: Cloth
    facing: float = 0.0
    """-1 looks left, 1 right."""
    skirt: float = 0.0
    """How far the skirt flares to each side, over the height; 0 for trousers."""
    hem: float = 0.24
    """How high the skirt's hem hangs, over the height."""
    has_long_hair: bool = False
    hat: Light | None = None
    left_hand: tuple[float, float] = (-0.15, 0.45)
    """Where the hand on the picture's left is: from the middle, and up, over the height."""
    right_hand: tuple[float, float] = (0.15, 0.45)


@dataclass(frozen=True, slots=True)
class Body:
    """Someone on a canvas; positions are over the height, from between the feet, upwards."""

    canvas: Canvas
    person: Person
    x: float
    """Column between the feet."""
    foot: float
    """Row of the soles."""

    def place(self, points: Points) -> Points:
        """Return points of the body as positions on the canvas."""
        height = self.person.height
        return np.asarray(points, np.float64) * (height, -height) + (self.x, self.foot)

    def shape(self, points: Points, *, soft: float = 0.0) -> Patch:
        """Return the inside of a smooth outline."""
        return self.canvas.polygon(self.place(curve(points)), soft=soft * self.person.height)

    def limb(self, path: Points, widths: Sequence[float]) -> Patch:
        """Return a smooth line whose width changes evenly from one end to the other."""
        line = self.place(curve(path, closed=False))
        at = np.linspace(0, len(widths) - 1, len(line))
        wide = np.interp(at, np.arange(len(widths)), widths) * self.person.height
        return self.canvas.stroke(line, wide)

    def where(self, patch: Patch) -> tuple[Plane, Plane]:
        """Return how far across and up the body a patch's pixels are."""
        height = self.person.height
        return (patch.x - self.x) / height, (self.foot - patch.y) / height

    def paint_skin(self, patch: Patch, *, middle: float, half: float) -> None:
        """Paint bare skin on something round, `half` wide to each side of its middle."""
        x, y = self.where(patch)
        sunlit = ramp(middle - x, -1.1 * half, 0.5 * half) + 0 * y
        self.canvas.paint(patch, self.person.skin * blend(SKIN_DARK, SKIN_LIT, sunlit))
