"""Who and what stands where, and how it moves while the camera does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chromaresolve.demo import backdrop, fair, village
from chromaresolve.demo.backdrop import HORIZON, QUAY, VANISHING, Shadow
from chromaresolve.demo.fair import Stall
from chromaresolve.demo.figures import Person, checked, dotted, paint_person, plain, striped
from chromaresolve.demo.painting import Canvas, Plate
from chromaresolve.demo.palette import AWNING, DRESS, SEA, paint_light

PAN = 0.70
"""How far the camera travels to the right over the shot, in eye heights: near things pass by."""

PUSH = 0.00022
"""How far it moves forwards, as the share by which one row further down comes nearer."""

Matrix = NDArray[np.float64]
"""3x3, takes positions (x, y, 1) to others."""

Lay = Callable[[float, float], Matrix]
"""Gives where things are seen once the camera has panned and pushed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prop:
    """Something on the stage."""

    plate: Plate
    lay: Lay
    """How it lies in the scene."""
    drift: tuple[float, float] = (0.0, 0.0)
    """Pixels that it moves right and down by itself over the shot."""
    sway_deg: float = 0.0
    """How far it swings to each side about `pivot`."""
    pivot: tuple[float, float] = (0.0, 0.0)
    phase: float = 0.0
    """Where in its swing the shot begins, in turns."""

    def placed(self, time: float) -> Matrix:
        """Return where the plate's positions are seen, `time` from 0 to 1 over the shot."""
        eased = time * time * (3 - 2 * time) * 0.5 + time * 0.5
        turn = math.radians(self.sway_deg) * math.sin(2 * math.pi * (time + self.phase))
        cosine, sine = math.cos(turn), math.sin(turn)
        x, y = self.pivot
        right, down = self.drift[0] * time, self.drift[1] * time
        moved = np.array(
            [
                [cosine, -sine, x - cosine * x + sine * y + right],
                [sine, cosine, y - sine * x - cosine * y + down],
                [0.0, 0.0, 1.0],
            ]
        )
        return self.lay(PAN * eased, PUSH * eased) @ moved


def upright(row: float) -> Lay:
    """Lay something that faces the camera, standing on the ground at this row."""

    def lay(pan: float, push: float) -> Matrix:
        return _about_vanishing([[1, 0, -pan * row], [0, 1, 0], [0, 0, 1 - push * row]])

    return lay


def on_ground(pan: float, push: float) -> Matrix:
    """Lay something flat on the ground."""
    return _about_vanishing([[1, -pan, 0], [0, 1, 0], [0, -push, 1]])


def along_quay(pan: float, push: float) -> Matrix:
    """Lay something upright along the promenade's edge, running away from the camera."""
    return _about_vanishing([[QUAY - pan, 0, 0], [0, QUAY, 0], [-push, 0, QUAY]])


def _about_vanishing(rows: list[list[float]]) -> Matrix:
    """Return a movement given in columns and rows from the vanishing point."""
    there = np.array([[1, 0, -VANISHING], [0, 1, -HORIZON], [0, 0, 1]])
    return np.linalg.inv(there) @ np.array(rows, np.float64) @ there


LADY = Person(
    height=372,
    skin=paint_light("e2b193"),
    hair=paint_light("4a2e1e"),
    top=dotted(0.034),
    bottom=dotted(0.034),
    facing=0.6,
    skirt=0.17,
    long_hair=True,
    hat=paint_light("e6c98c"),
    left_hand=(-0.17, 0.50),
    right_hand=(0.19, 0.68),
)
FATHER = Person(
    height=285,
    skin=paint_light("c08560"),
    hair=paint_light("1d1714"),
    top=striped(0.024),
    bottom=plain(paint_light("39424f")),
    facing=-0.5,
    left_hand=(-0.17, 0.50),
    right_hand=(0.16, 0.46),
)
CHILD = Person(
    height=150,
    skin=paint_light("f0c4a8"),
    hair=paint_light("b0703a"),
    top=plain(paint_light("e8c832")),
    bottom=checked(0.034, paint_light("a02020"), paint_light("e8e0d0")),
    facing=0.4,
    skirt=0.15,
    hem=0.3,
    long_hair=True,
    right_hand=(0.17, 0.82),
)
FRIEND = Person(
    height=330,
    skin=paint_light("8a5a3e"),
    hair=paint_light("17110e"),
    top=striped(0.030),
    bottom=striped(0.030),
    facing=-0.6,
    skirt=0.15,
    hem=0.20,
    long_hair=True,
    left_hand=(-0.16, 0.60),
    right_hand=(0.17, 0.47),
)
GRANDFATHER = Person(
    height=205,
    skin=paint_light("e0a98c"),
    hair=paint_light("c8c4be"),
    top=plain(paint_light("f2eee6")),
    bottom=plain(paint_light("8a7a62")),
    facing=-0.3,
    hat=paint_light("d8cdb8"),
)
AUNT = Person(
    height=190,
    skin=paint_light("e6b596"),
    hair=paint_light("5a2a1a"),
    top=dotted(0.04),
    bottom=dotted(0.04),
    facing=0.3,
    skirt=0.15,
    hem=0.26,
)
VENDORS = (
    Person(
        height=118,
        skin=paint_light("c98f6c"),
        hair=paint_light("1d1714"),
        top=plain(paint_light("f4f0e8")),
        bottom=plain(paint_light("39424f")),
        facing=-0.5,
    ),
    Person(
        height=146,
        skin=paint_light("eec0a2"),
        hair=paint_light("8a5a2c"),
        top=plain(paint_light("b83038")),
        bottom=plain(paint_light("39424f")),
        facing=-0.4,
        long_hair=True,
    ),
)
STALLS = (
    Stall(
        x=668, row=118, cloth=AWNING.warm, kind=AWNING.kind, dots=False, vendor=VENDORS[0], seed=1
    ),
    Stall(
        x=985,
        row=146,
        cloth=AWNING.cool,
        kind=AWNING.kind + 1,
        dots=True,
        vendor=VENDORS[1],
        seed=2,
    ),
    Stall(
        x=1300, row=150, cloth=AWNING.warm, kind=AWNING.kind, dots=False, vendor=VENDORS[0], seed=4
    ),
)
PEOPLE = (
    (AUNT, 1035.0, 192.0, 0.0),
    (GRANDFATHER, 760.0, 208.0, 0.0),
    (CHILD, 555.0, 212.0, 0.0),
    (FATHER, 640.0, 292.0, 0.0),
    (FRIEND, 1190.0, 345.0, -40.0),
    (LADY, 372.0, 384.0, 120.0),
)
"""Person, column, row of the ground, and pixels walked to the right over the shot."""

SHADOWS = (
    *(Shadow(stall.x, stall.row, 2.9, 2.5) for stall in STALLS),
    *(
        Shadow(x, row, 0.42 * person.height / row * 1.7, person.height / row * 1.7)
        for person, x, row, walk in PEOPLE
        if not walk
    ),
    Shadow(125, 268, 1.0, 1.3),
    Shadow(905, 318, 0.9, 1.1),
    Shadow(250, 58, 2.2, 1.2),
    Shadow(185, 74, 2.2, 1.2),
    Shadow(330, 46, 2.2, 1.2),
)


@lru_cache(maxsize=2)
def set_stage(scale: float) -> tuple[Prop, ...]:
    """Paint everything once and return it from far to near.

    Args:
        scale: Pixels of the frame in one of a 960 x 540 frame.
    """
    flat: list[Prop] = [
        Prop(plate=backdrop.paint_sky(scale), lay=upright(0), drift=(-4, 0)),
        Prop(plate=backdrop.paint_headland(scale), lay=upright(2)),
        Prop(plate=backdrop.paint_ground(scale, SHADOWS), lay=on_ground),
        Prop(plate=backdrop.paint_boats(scale), lay=upright(4), drift=(5, 0)),
        Prop(plate=village.paint_hill(scale), lay=upright(26)),
        Prop(plate=village.paint_waterfront(scale), lay=upright(40)),
    ]
    flat += _beach(scale)
    flat.append(Prop(plate=village.paint_quay_wall(scale), lay=along_quay))
    flat += [Prop(plate=fair.paint_stall(scale, stall), lay=upright(stall.row)) for stall in STALLS]
    string = fair.paint_bunting(scale, left=(-90, 88), right=(1290, 40), sag=26, size=20, first=3)
    flat.append(Prop(plate=string, lay=upright(150), sway_deg=0.4, pivot=(800, 60)))
    flat += _crowd(scale)
    string = fair.paint_bunting(scale, left=(-40, 18), right=(900, 36), sag=46, size=27, first=0)
    flat.append(Prop(plate=string, lay=upright(215), sway_deg=0.5, pivot=(430, 30), phase=0.3))
    flat.append(
        Prop(plate=fair.paint_branch(scale), lay=upright(300), sway_deg=0.8, pivot=(1500, -60))
    )
    return tuple(flat)


def _beach(scale: float) -> list[Prop]:
    """Return the parasols on the beach."""
    return [
        Prop(plate=fair.paint_parasol(scale, x, row, cloth, cool=cool), lay=upright(row))
        for x, row, cloth, cool in (
            (330, 46, DRESS, True),
            (250, 58, SEA, False),
            (185, 74, AWNING, True),
        )
    ]


def _crowd(scale: float) -> list[Prop]:
    """Return people, and what they have with them, from far to near."""
    props = []
    for person, x, row, walk in PEOPLE:
        foot, reach = HORIZON + row, 0.30 * person.height
        canvas = Canvas((x - reach, foot - 1.15 * person.height, x + reach, foot + 6), scale)
        paint_person(canvas, person, x, foot)
        if person is LADY:
            right, up = person.right_hand
            fair.paint_ice_cream(canvas, x + right * person.height, foot - up * person.height, 30)
        if person is CHILD:
            hand = (x + 0.17 * person.height, foot - 0.82 * person.height)
            bunch = fair.paint_balloons(scale, *hand, size=21, seed=1)
            props.append(
                (row - 1, Prop(plate=bunch, lay=upright(row), sway_deg=3, pivot=hand, phase=0.1))
            )
        props.append((row, Prop(plate=canvas.plate(), lay=upright(row), drift=(walk, 0))))
    props.append((268.0, Prop(plate=fair.paint_chart(scale, 125, 268), lay=upright(268))))
    props.append(
        (318.0, Prop(plate=fair.paint_pot(scale, 905, 318, size=80, seed=3), lay=upright(318)))
    )
    return [prop for _, prop in sorted(props, key=lambda pair: pair[0])]
