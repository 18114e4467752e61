"""People, painted from the feet up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chromaresolve.demo.scene.body import Body, Person
from chromaresolve.demo.scene.cloth import Cloth
from chromaresolve.demo.scene.faces import paint_head, paint_long_hair
from chromaresolve.demo.scene.noise import noise_at
from chromaresolve.demo.scene.painting import Canvas, Patch, lit, oval, ramp
from chromaresolve.demo.scene.palette import paint_light

CHIN = 0.87
"""How high the chin is, over the height."""

HEAD = 1.14
"""Heads are painted this much too large, as illustrators do, so that faces read from afar."""

UNDER_CHIN = (0.62, 0.52, 0.50)
UNDER_BELT = 0.75


def paint_person(canvas: Canvas, person: Person, x: float, foot: float) -> None:
    """Paint someone standing with the feet in the middle of (x, foot)."""
    body = Body(canvas, person, x, foot)
    if person.has_long_hair:
        paint_long_hair(body)
    _paint_legs(body)
    if person.skirt:
        _paint_skirt(body)
    _paint_torso(body)
    _paint_arm(body, -1, person.left_hand)
    _paint_arm(body, 1, person.right_hand)
    higher = foot + CHIN * person.height * (HEAD - 1)
    paint_head(Body(canvas, replace(person, height=HEAD * person.height), x, higher))


def _dress(
    body: Body, patch: Patch, cloth: Cloth, *, middle: float = 0.0, half: float, seed: int
) -> None:
    """Paint a piece of clothing: round across its width, with folds that hang."""
    x, y = body.where(patch)
    light, kinds = cloth(x, y)
    form = 0.50 + 0.62 * ramp((middle - x) / half, -1.0, 0.75)
    folds = noise_at(x * 560 / (0.7 + y), y * 90, seed=seed, slope=1.8)
    body.canvas.paint(patch, lit(light, form * (0.80 + 0.36 * folds)), kind=kinds)


def _paint_legs(body: Body) -> None:
    """Paint shoes and legs, bare under a skirt, else in trousers."""
    for side in (1, -1):
        hip, knee, ankle = (0.040 * side, 0.48), (0.045 * side, 0.26), (0.048 * side, 0.05)
        toe = 0.048 * side + 0.018 * body.person.facing
        body.canvas.paint(body.shape(oval(toe, 0.014, 0.034, 0.015)), paint_light("3a2a24"))
        if body.person.skirt:
            leg = body.limb([hip, knee, ankle], [0.085, 0.060, 0.034])
            body.paint_skin(leg, middle=0.04 * side, half=0.03)
        else:
            leg = body.limb([hip, knee, ankle], [0.110, 0.086, 0.066])
            cloth = body.person.bottom
            _dress(body, leg, cloth, middle=0.045 * side, half=0.05, seed=3 + side)


def _paint_skirt(body: Body) -> None:
    """Paint a skirt from the waist to its hem."""
    flare, hem = body.person.skirt, body.person.hem
    right = [(0.066, 0.615), (0.10, 0.50), (flare, hem + 0.012), (0.45 * flare, hem - 0.012)]
    left = [(-0.4 * flare, hem - 0.014), (-flare, hem + 0.012), (-0.10, 0.50), (-0.066, 0.615)]
    skirt = body.shape([(0.0, 0.60), *right, *left])
    _dress(body, skirt, body.person.bottom, half=flare, seed=9)
    body.canvas.shade(body.shape(oval(0.0, 0.605, 0.075, 0.016), soft=0.006), UNDER_BELT)


def _paint_torso(body: Body) -> None:
    """Paint the neck, the chin's shadow on it, and the upper body."""
    lean = 0.006 * body.person.facing
    neck = body.limb([(lean, 0.80), (2 * lean, 0.885)], [0.062, 0.052])
    body.paint_skin(neck, middle=0, half=0.04)
    throat = ramp(body.where(neck)[1], 0.835, 0.870) + 0 * neck.x
    body.canvas.shade(neck.only(throat), UNDER_CHIN)
    right = [(0.088, 0.812), (0.108, 0.780), (0.088, 0.70), (0.072, 0.615), (0.082, 0.50)]
    left = [(-x, y) for x, y in reversed(right)]
    collar = [(-0.040, 0.832), (0.0, 0.815), (0.040, 0.832)]
    chest = body.shape([*collar, *right, (0.0, 0.488), *left])
    if body.person.skirt:
        chest = chest.only(ramp(body.where(chest)[1], 0.590, 0.602) + 0 * chest.x)
    _dress(body, chest, body.person.top, half=0.11, seed=17)


def _paint_arm(body: Body, side: int, hand: tuple[float, float]) -> None:
    """Paint an arm from the shoulder to the hand, with a short sleeve."""
    shoulder = np.array([0.086 * side, 0.782])
    reach = np.array(hand) - shoulder
    bent = max(0.34 - float(np.hypot(*reach)), 0.0)
    elbow = shoulder + 0.5 * reach + (side * (0.03 + 0.5 * bent), -0.02 - 0.3 * bent)
    arm = body.limb(np.stack([shoulder, elbow, hand]), [0.050, 0.045, 0.038, 0.033, 0.025])
    body.paint_skin(arm, middle=float(elbow[0]), half=0.035)
    body.paint_skin(body.shape(oval(*hand, 0.019, 0.023)), middle=hand[0], half=0.03)
    cuff = shoulder + 0.52 * (elbow - shoulder)
    sleeve = body.limb(np.stack([shoulder, cuff]), [0.060, 0.058])
    _dress(body, sleeve, body.person.top, middle=0.1 * side, half=0.05, seed=23 + side)
