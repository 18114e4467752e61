"""Everything in the scene as plates, and how each moves while the camera does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from chromaresolve.demo.scene import backdrop, props, village
from chromaresolve.demo.scene.backdrop import HORIZON, QUAY, VANISHING
from chromaresolve.demo.scene.cast import (
    CHART,
    CHILD,
    LADY,
    PARASOLS,
    PEOPLE,
    POT,
    STALLS,
    Place,
    shadows,
)
from chromaresolve.demo.scene.figures import paint_person
from chromaresolve.demo.scene.market import paint_stall
from chromaresolve.demo.scene.painting import Canvas, Plate

PAN = 0.70
"""How far the camera travels to the right over the shot, in eye heights."""

PUSH = 0.00022
"""How far it moves forwards, as the share by which each row below the horizon comes nearer."""

Matrix = NDArray[np.floating]
"""3x3, takes positions (x, y, 1) to others."""

Lay = Callable[[float, float], Matrix]
"""Gives where positions are seen once the camera has panned and pushed so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prop:
    """Something on the stage."""

    plate: Plate
    lay: Lay
    """How it lies in the scene."""
    walk: float = 0.0
    """Pixels that it moves to the right by itself over the shot."""
    sway_deg: float = 0.0
    """How far it swings to each side about `pivot`, once in the shot."""
    pivot: tuple[float, float] = (0.0, 0.0)
    phase: float = 0.0
    """Where in its swing the shot begins, in turns."""

    def placed(self, time: float) -> Matrix:
        """Return where the plate's positions are seen, `time` from 0 to 1 over the shot."""
        # Half even speed, half a gentle start and stop.
        eased = (time + time * time * (3 - 2 * time)) / 2
        turn = math.radians(self.sway_deg) * math.sin(2 * math.pi * (time + self.phase))
        cosine, sine = math.cos(turn), math.sin(turn)
        x, y = self.pivot
        right, down = x - cosine * x + sine * y + self.walk * time, y - sine * x - cosine * y
        moved = np.array([[cosine, -sine, right], [sine, cosine, down], [0, 0, 1]])
        seen: Matrix = self.lay(PAN * eased, PUSH * eased) @ moved
        return seen


def upright(row: float, pan: float, push: float) -> Matrix:
    """Place something that faces the camera, standing on the ground at this row."""
    return _about_vanishing([[1, 0, -pan * row], [0, 1, 0], [0, 0, 1 - push * row]])


def on_ground(pan: float, push: float) -> Matrix:
    """Place something flat on the ground."""
    return _about_vanishing([[1, -pan, 0], [0, 1, 0], [0, -push, 1]])


def along_quay(pan: float, push: float) -> Matrix:
    """Place something upright along the promenade's edge, running away from the camera."""
    return _about_vanishing([[QUAY - pan, 0, 0], [0, QUAY, 0], [-push, 0, QUAY]])


def _about_vanishing(rows: list[list[float]]) -> Matrix:
    """Return a movement given in columns and rows from the vanishing point."""
    there = np.array([[1, 0, -VANISHING], [0, 1, -HORIZON], [0, 0, 1]])
    moved: Matrix = np.linalg.inv(there) @ np.array(rows) @ there
    return moved


def _standing(plate: Plate, row: float, *, walk: float = 0.0) -> Prop:
    """Return a plate as something upright."""
    return Prop(plate=plate, lay=partial(upright, row), walk=walk)


@lru_cache(maxsize=2)
def set_stage(scale: float) -> tuple[Prop, ...]:
    """Paint everything once, and return it from far to near.

    Args:
        scale: Pixels of the frame in one of a 960 x 540 frame.
    """
    return (
        _standing(backdrop.paint_sky(scale), 0, walk=-4),
        _standing(backdrop.paint_headland(scale), 2),
        Prop(plate=backdrop.paint_ground(scale, shadows()), lay=on_ground),
        _standing(backdrop.paint_boats(scale), 4, walk=5),
        _standing(village.paint_hill(scale), 26),
        _standing(village.paint_waterfront(scale), 40),
        *(
            _standing(props.paint_parasol(scale, p.x, p.row, p.cloth, is_cool=p.is_cool), p.row)
            for p in PARASOLS
        ),
        Prop(plate=village.paint_quay_wall(scale), lay=along_quay),
        *(_standing(paint_stall(scale, stall), stall.row) for stall in STALLS),
        _far_bunting(scale),
        *_crowd(scale),
        _near_bunting(scale),
        _branch(scale),
    )


def _crowd(scale: float) -> list[Prop]:
    """Return people and what stands among them, from far to near."""
    pot = _standing(props.paint_pot(scale, *POT, size=80, seed=3), POT[1])
    chart = _standing(props.paint_chart(scale, *CHART), CHART[1])
    crowd = [(POT[1], pot), (CHART[1], chart)]
    for place in PEOPLE:
        if place.person is CHILD:
            crowd.append((place.row - 1, _balloons(scale, place)))
        crowd.append((place.row, _someone(scale, place)))
    return [prop for _, prop in sorted(crowd, key=lambda pair: pair[0])]


def _someone(scale: float, place: Place) -> Prop:
    """Return a person in place."""
    person, foot = place.person, HORIZON + place.row
    reach = 0.30 * person.height
    box = (place.x - reach, foot - 1.15 * person.height, place.x + reach, foot + 6)
    canvas = Canvas(box, scale)
    paint_person(canvas, person, place.x, foot)
    if person is LADY:
        props.paint_ice_cream(canvas, *_right_hand(place), 30)
    return _standing(canvas.plate(), place.row, walk=place.walk)


def _balloons(scale: float, place: Place) -> Prop:
    """Return the balloons in someone's hand."""
    hand = _right_hand(place)
    return Prop(
        plate=props.paint_balloons(scale, *hand, size=21),
        lay=partial(upright, place.row),
        sway_deg=3,
        pivot=hand,
        phase=0.1,
    )


def _right_hand(place: Place) -> tuple[float, float]:
    """Return where someone's right hand (on the picture's right) is."""
    across, up = place.person.right_hand
    height = place.person.height
    return place.x + across * height, HORIZON + place.row - up * height


def _far_bunting(scale: float) -> Prop:
    """Return the string of flags behind the people."""
    plate = props.paint_bunting(scale, (-90, 88), (1290, 40), sag=26, size=20, first=3)
    return Prop(plate=plate, lay=partial(upright, 150), sway_deg=0.4, pivot=(800, 60))


def _near_bunting(scale: float) -> Prop:
    """Return the string of flags above the camera."""
    plate = props.paint_bunting(scale, (-40, 18), (900, 36), sag=46, size=27, first=0)
    lay = partial(upright, 215)
    return Prop(plate=plate, lay=lay, sway_deg=0.5, pivot=(430, 30), phase=0.3)


def _branch(scale: float) -> Prop:
    """Return the orange tree's branch."""
    lay = partial(upright, 300)
    return Prop(plate=props.paint_branch(scale), lay=lay, sway_deg=0.8, pivot=(1500, -60))
