"""Who and what is in the scene, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass

from chromaresolve.demo.scene.backdrop import EYE_METRES, Shadow
from chromaresolve.demo.scene.body import Person
from chromaresolve.demo.scene.cloth import checked, dotted, plain, striped
from chromaresolve.demo.scene.market import HALF_METRES, Stall
from chromaresolve.demo.scene.palette import (
    AWNING,
    DRESS,
    SEA,
    WHITE_CLOTH,
    LookAlike,
    paint_light,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where someone stands, and where they walk."""

    person: Person
    x: float
    row: float
    """Rows below the horizon of the ground."""
    walk: float = 0.0
    """Pixels to the right over the shot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parasol:
    """A parasol on the beach."""

    x: float
    row: float
    """Rows below the horizon of the ground."""
    cloth: LookAlike
    is_cool: bool


NAVY = plain(paint_light("39424f"))
BLOUSE = plain(WHITE_CLOTH)

LADY = Person(
    height=372,
    skin=paint_light("e2b193"),
    hair=paint_light("4a2e1e"),
    top=dotted(0.034, DRESS.warm, DRESS.kind),
    bottom=dotted(0.034, DRESS.warm, DRESS.kind),
    facing=0.6,
    skirt=0.17,
    has_long_hair=True,
    hat=paint_light("e6c98c"),
    left_hand=(-0.17, 0.50),
    right_hand=(0.19, 0.68),
)
FATHER = Person(
    height=285,
    skin=paint_light("c08560"),
    hair=paint_light("1d1714"),
    top=striped(0.024, DRESS.cool, DRESS.kind + 1),
    bottom=NAVY,
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
    has_long_hair=True,
    right_hand=(0.17, 0.82),
)
FRIEND = Person(
    height=330,
    skin=paint_light("8a5a3e"),
    hair=paint_light("17110e"),
    top=striped(0.030, DRESS.cool, DRESS.kind + 1),
    bottom=striped(0.030, DRESS.cool, DRESS.kind + 1),
    facing=-0.6,
    skirt=0.15,
    hem=0.20,
    has_long_hair=True,
    left_hand=(-0.16, 0.60),
    right_hand=(0.17, 0.47),
)
GRANDFATHER = Person(
    height=205,
    skin=paint_light("e0a98c"),
    hair=paint_light("c8c4be"),
    top=BLOUSE,
    bottom=plain(paint_light("8a7a62")),
    facing=-0.3,
    hat=paint_light("d8cdb8"),
)
AUNT = Person(
    height=190,
    skin=paint_light("e6b596"),
    hair=paint_light("5a2a1a"),
    top=dotted(0.04, DRESS.warm, DRESS.kind),
    bottom=dotted(0.04, DRESS.warm, DRESS.kind),
    facing=0.3,
    skirt=0.15,
    hem=0.26,
)
FRUITERER = Person(
    height=118,
    skin=paint_light("c98f6c"),
    hair=paint_light("1d1714"),
    top=BLOUSE,
    bottom=NAVY,
    facing=-0.5,
)
GREENGROCER = Person(
    height=146,
    skin=paint_light("eec0a2"),
    hair=paint_light("8a5a2c"),
    top=plain(paint_light("b83038")),
    bottom=NAVY,
    facing=-0.4,
    has_long_hair=True,
)

PEOPLE = (
    Place(person=AUNT, x=1035, row=192),
    Place(person=GRANDFATHER, x=760, row=208),
    Place(person=CHILD, x=555, row=212),
    Place(person=FATHER, x=640, row=292),
    Place(person=FRIEND, x=1190, row=345, walk=-40),
    Place(person=LADY, x=372, row=384, walk=120),
)
"""From far to near."""

STALLS = (
    Stall(x=668, row=118, is_dotted=False, vendor=FRUITERER, seed=1),
    Stall(x=985, row=146, is_dotted=True, vendor=GREENGROCER, seed=2),
    Stall(x=1300, row=150, is_dotted=False, vendor=FRUITERER, seed=4),
)

PARASOLS = (
    Parasol(x=330, row=46, cloth=DRESS, is_cool=True),
    Parasol(x=250, row=58, cloth=SEA, is_cool=False),
    Parasol(x=185, row=74, cloth=AWNING, is_cool=True),
)
"""From far to near."""

CHART = (125.0, 268.0)
"""Column and row of the chart's easel."""

POT = (905.0, 318.0)
"""Column and row of the flower pot."""


def shadows() -> list[Shadow]:
    """Return the shadows of everything that stands still on sunlit ground."""
    people = [
        Shadow(place.x, place.row, 0.42 * tall, tall)
        for place in PEOPLE
        if not place.walk
        for tall in [EYE_METRES * place.person.height / place.row]
    ]
    stalls = [Shadow(stall.x, stall.row, 2 * HALF_METRES, 2.5) for stall in STALLS]
    parasols = [Shadow(parasol.x, parasol.row, 2.2, 1.2) for parasol in PARASOLS]
    return [*people, *stalls, *parasols, Shadow(*CHART, 1.0, 1.3), Shadow(*POT, 0.9, 1.1)]
