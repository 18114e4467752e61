"""Heads: face, hair and hat."""

from __future__ import annotations

import numpy as np

from chromaresolve.demo.scene.body import SKIN_DARK, SKIN_LIT, Body
from chromaresolve.demo.scene.noise import noise_at
from chromaresolve.demo.scene.painting import Patch, blend, lit, oval, ramp
from chromaresolve.demo.scene.palette import Light, paint_light

TURN = 0.022
"""How far the features of a head that looks sideways sit from its middle, over the height."""

LIP = np.array([0.80, 0.42, 0.42], np.float32)
"""Lips against the skin around them."""

BLUSH = (1.10, 0.84, 0.80)
"""Cheeks against the skin around them."""

EYE_SOCKET = (0.80, 0.74, 0.74)
NOSE_SIDE = (0.74, 0.66, 0.64)
NOSTRILS = (0.66, 0.52, 0.50)
MOUTH_LINE = (0.45, 0.35, 0.35)
BRIM_SHADOW = (0.66, 0.58, 0.56)


def paint_head(body: Body) -> None:
    """Paint head, face, hair and hat."""
    side = -1 if body.person.facing >= 0 else 1
    body.paint_skin(body.shape(oval(0.049 * side, 0.922, 0.010, 0.018)), middle=0, half=0.08)
    skull = [(-0.050, 0.945), (-0.036, 0.985), (0.0, 0.998), (0.036, 0.985), (0.050, 0.945)]
    jaw = [(0.048, 0.905), (0.030, 0.872), (0.004, 0.860), (-0.028, 0.870), (-0.047, 0.905)]
    face = body.shape([*skull, *jaw])
    x, y = body.where(face)
    sunlit = ramp(-0.75 * x + 0.45 * (y - 0.925), -0.050, 0.026)
    body.canvas.paint(face, body.person.skin * blend(SKIN_DARK, SKIN_LIT, sunlit))
    turn = TURN * body.person.facing
    for eye in (-0.021, 0.021):
        _paint_eye(body, turn + eye, turn)
    _paint_nose_and_mouth(body, turn)
    _paint_hair(body, turn)
    if body.person.hat is not None:
        _paint_hat(body, body.person.hat)


def paint_long_hair(body: Body) -> None:
    """Paint hair that falls behind the shoulders; the body comes before it."""
    turn = -0.012 * body.person.facing
    right = [(0.055 + turn, 0.95), (0.072 + turn, 0.86), (0.064 + turn, 0.76)]
    left = [(-0.066 + turn, 0.76), (-0.072 + turn, 0.86), (-0.055 + turn, 0.95)]
    _paint_strands(body, body.shape([*right, (turn, 0.745), *left]), brightness=0.62)


def _paint_eye(body: Body, x: float, turn: float) -> None:
    """Paint an eye, its lid and brow, and the cheek below."""
    canvas = body.canvas
    canvas.shade(body.shape(oval(x, 0.930, 0.013, 0.008), soft=0.004), EYE_SOCKET)
    canvas.paint(body.shape(oval(x, 0.928, 0.0095, 0.0048)), paint_light("ece7e2"))
    canvas.paint(body.shape(oval(x + 0.07 * turn, 0.928, 0.0046, 0.0049)), paint_light("2c2620"))
    lid = [(x - 0.011, 0.929), (x, 0.934), (x + 0.011, 0.930)]
    canvas.paint(body.limb(lid, [0.002, 0.003, 0.002]), paint_light("2a1d18"))
    brow = [(x - 0.013, 0.944), (x, 0.950), (x + 0.013, 0.946)]
    canvas.paint(body.limb(brow, [0.003, 0.005, 0.003]), 0.8 * body.person.hair, opacity=0.85)
    cheek = oval(1.25 * x - 0.2 * turn, 0.903, 0.014, 0.010)
    canvas.shade(body.shape(cheek, soft=0.006), BLUSH)


def _paint_nose_and_mouth(body: Body, turn: float) -> None:
    """Paint a nose by its shadows, and a smile."""
    canvas = body.canvas
    nose = [(turn + 0.002, 0.926), (turn + 0.012, 0.905), (turn - 0.004, 0.901)]
    soft = 0.003 * body.person.height
    canvas.shade(canvas.polygon(body.place(nose), soft=soft), NOSE_SIDE)
    canvas.shade(body.shape(oval(turn + 0.003, 0.9005, 0.008, 0.003), soft=0.002), NOSTRILS)
    canvas.shade(body.shape(oval(turn - 0.003, 0.913, 0.003, 0.006), soft=0.003), 1.22)
    corners = [(turn - 0.019, 0.8905), (turn, 0.8885), (turn + 0.018, 0.8905), (turn, 0.8775)]
    canvas.paint(body.shape(corners), body.person.skin * LIP)
    smile = [(turn - 0.021, 0.8915), (turn, 0.8845), (turn + 0.020, 0.8915)]
    canvas.shade(body.limb(smile, [0.0015, 0.002, 0.0015]), MOUTH_LINE)


def _paint_hair(body: Body, turn: float) -> None:
    """Paint the hair around the face."""
    crown = [(-0.054, 0.935), (-0.050, 0.985), (-0.022, 1.008), (0.018, 1.008), (0.050, 0.985)]
    temple = 0.55 * turn
    fringe = [(0.030 + temple, 0.966), (temple, 0.974), (-0.024 + temple, 0.966)]
    outline = [*crown, (0.054, 0.935), (0.046, 0.952), *fringe, (-0.044, 0.950)]
    _paint_strands(body, body.shape(outline), brightness=1.0)
    if not body.person.has_long_hair:
        return
    for side in (-1, 1):
        lock = [(0.050 * side, 0.955), (0.057 * side, 0.90), (0.060 * side, 0.835)]
        _paint_strands(body, body.limb(lock, [0.016, 0.024, 0.012]), brightness=0.9)


def _paint_strands(body: Body, patch: Patch, *, brightness: float) -> None:
    """Paint hair: fine strands, and a sheen where it bends to the light."""
    x, y = body.where(patch)
    strand = noise_at(x * 2600, y * 190, seed=33, slope=0.7)
    sheen = np.exp(-(((x + 0.022) / 0.020) ** 2) - ((y - 0.985) / 0.016) ** 2)
    light = lit(body.person.hair, brightness * (0.60 + 0.55 * strand))
    body.canvas.paint(patch, light + (0.16 * sheen * strand)[..., np.newaxis])


def _paint_hat(body: Body, straw: Light) -> None:
    """Paint a straw hat with a ribbon, and the shadow of its brim."""
    body.canvas.shade(body.shape(oval(0.004, 0.945, 0.046, 0.020), soft=0.008), BRIM_SHADOW)
    left, right = [(-0.050, 0.970), (-0.046, 1.020)], [(0.046, 1.020), (0.050, 0.970)]
    crown = [*left, (0.0, 1.034), *right, (0.0, 0.962)]
    for outline, brightness in ((oval(0.0, 0.968, 0.105, 0.022), 0.80), (crown, 1.0)):
        patch = body.shape(outline)
        x, y = body.where(patch)
        weave = 0.85 + 0.15 * np.sin(x * 1500) * np.sin(y * 1700)
        form = 0.60 + 0.55 * ramp(-x / 0.08, -1, 0.8)
        body.canvas.paint(patch, lit(straw, brightness * weave * form))
    band = [(-0.0495, 0.980), (0.0, 0.973), (0.0495, 0.980)]
    body.canvas.paint(body.limb(band, [0.016, 0.016]), paint_light("c22f3a"))
