"""Frames painted from nothing, as a film's shots would follow each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from brushes import boards, conifer, dressed, glow, light_up, plaster, stand, texture, wash

from chromaresolve.demo.scene.cast import CHILD, FATHER, FRIEND, GRANDFATHER, LADY
from chromaresolve.demo.scene.clay_and_leaves import paint_bricks, paint_mass
from chromaresolve.demo.scene.cloth import checked
from chromaresolve.demo.scene.figures import paint_person
from chromaresolve.demo.scene.noise import noise_at
from chromaresolve.demo.scene.painting import Canvas, blend, lit, ramp
from chromaresolve.demo.scene.palette import paint_light


def _sunset(canvas: Canvas) -> None:
    """The sun sets behind a headland; everything near is dark against the water."""
    seen = wash(canvas, ("2c3f72", "8a5a80", "e0825a", "ffc468"), (0, 120, 240, 320))
    clouds = texture(seen, 0.22, 1.3, 3, 2.1)
    canvas.paint(seen.only(0.75 * ramp(clouds - seen.y / 700, 0.42, 0.7)), paint_light("d4667a"))
    glow(canvas, 640, 296, 26, np.array([3.0, 1.9, 0.8]))
    sea = canvas.box(-5, 320, 965, 545)
    ripple = texture(sea, 0.7, 5, 4, 1.2)
    light = blend(paint_light("e8975c"), paint_light("3a3a5e"), ramp(sea.y, 315, 500) + 0 * sea.x)
    canvas.paint(sea, lit(light, 0.5 + 0.8 * ripple))
    path = np.exp(-(((sea.x - 640) / (20 + 0.5 * (sea.y - 320))) ** 2))
    canvas.paint(sea.only(0.9 * path * ramp(ripple, 0.4, 0.75)), 1.5 * paint_light("ffd48a"))
    hill = canvas.polygon([(-10, 330), (-10, 250), (90, 238), (210, 282), (330, 322)])
    canvas.paint(hill, paint_light("4a3550"))
    beach = canvas.polygon([(-10, 545), (-10, 440), (260, 470), (520, 520), (970, 505), (970, 545)])
    canvas.paint(beach, lit(paint_light("4a3a34"), 0.5 + 0.8 * texture(beach, 2, 4, 8)))
    for person, x in ((LADY, 270.0), (FATHER, 370.0)):
        stand(canvas, replace(person, height=190), x, 500, (0.28, 0.17, 0.17))


def _night_street(canvas: Canvas) -> None:
    """A wet street at night: lamps, windows, a neon sign, and their reflections."""
    wash(canvas, ("0a0f1e", "1a2136"), (0, 300))
    for x, wide, tall, seed in ((-20, 210, 300, 1), (185, 150, 220, 2), (640, 130, 250, 3)):
        _house(canvas, x, wide, tall, seed)
    _house(canvas, 765, 215, 330, 4)
    road = canvas.box(-5, 400, 965, 545)
    canvas.paint(road, lit(paint_light("1c2029"), 0.4 + 0.9 * texture(road, 2, 6, 7, 1.0)))
    for x, y, code, size in (
        (120, 210, "ffd9a0", 12), (400, 250, "ffe0b0", 9), (560, 270, "ffe0b0", 6),
        (850, 160, "ff3048", 16), (700, 280, "40c8ff", 10),
    ):  # fmt: skip
        glow(canvas, x, y, size, 1.6 * paint_light(code))
        trail = np.exp(-(((road.x - x) / (10 + size)) ** 2)) * ramp(
            texture(road, 1, 7, 9), 0.3, 0.8
        )
        canvas.paint(road.only(0.55 * trail), paint_light(code))
    for post in (120, 400):
        canvas.paint(canvas.box(post - 3, 215, post + 3, 410), paint_light("12141a"))
    light_up(canvas, 420, 330, 260, np.array([0.45, 0.5, 0.7]))
    for person, place, top in ((FATHER, 300, "6a5a48"), (FRIEND, 520, "7a2a30")):
        walker = dressed(replace(person, height=230), top, "2a2e3a")
        stand(canvas, walker, place, 505, (0.36, 0.30, 0.24))


def _house(canvas: Canvas, x: float, wide: float, tall: float, seed: int) -> None:
    """Paint a brick house at night with some of its windows lit."""
    front = canvas.box(x, 410 - tall, x + wide, 410)
    paint_bricks(canvas, front, front.x / 14, front.y / 6)
    canvas.shade(front, (0.10, 0.10, 0.15))
    lamps = np.random.default_rng(seed)
    for row in np.arange(410 - tall + 30, 340, 62):
        for column in np.arange(x + 22, x + wide - 30, 48):
            pane = canvas.box(column, row, column + 26, row + 36)
            warm = lamps.choice(np.array(["ffc878", "1a2434", "10161f", "e8d8b8", "18202c"]))
            canvas.paint(pane, lit(paint_light(str(warm)), 0.6 + 0.5 * texture(pane, 2, 3, seed)))
            canvas.paint(canvas.box(column + 12, row, column + 14, row + 36), paint_light("141414"))


def _snow(canvas: Canvas) -> None:
    """A bright winter's day: white slopes with blue shadows, conifers, two walkers in colour."""
    wash(canvas, ("4c86c8", "b4d2ec"), (0, 260))
    ridge = canvas.polygon([(-5, 545), (-5, 210), (180, 120), (300, 190), (470, 90), (640, 200),
                            (800, 140), (965, 220), (965, 545)])  # fmt: skip
    rock = texture(ridge, 0.8, 1.2, 2, 1.7)
    slope = blend(paint_light("f2f4f8"), paint_light("7a8290"), ramp(rock, 0.6, 0.75))
    canvas.paint(ridge, lit(slope, 0.7 + 0.4 * ramp(texture(ridge, 0.5, 0.8, 4), 0.3, 0.7)))
    for n, x in enumerate(np.linspace(8, 952, 26)):
        conifer(canvas, x, 318 + 9 * np.sin(n * 2.4), 62 + 22 * np.sin(n * 1.7), "3e5a4e")
    field = canvas.polygon([(-5, 545), (-5, 330), (300, 305), (620, 325), (965, 300), (965, 545)])
    drift = texture(field, 0.5, 1.4, 6, 2.4)
    light = blend(paint_light("f6f5f2"), paint_light("a8bcd8"), ramp(drift, 0.45, 0.8))
    canvas.paint(field, lit(light, 0.92 + 0.08 * texture(field, 3, 5, 7, 0.8)))
    for x, foot, tall in ((90, 460, 270), (860, 480, 330), (770, 420, 190)):
        shadow = canvas.polygon([(x, foot), (x + 1.1 * tall, foot + 40), (x + 20, foot + 12)],
                                soft=4)  # fmt: skip
        canvas.shade(shadow, (0.48, 0.58, 0.76))
        conifer(canvas, x, foot, tall, "34503e")
    for person, x, top, bottom in (
        (FATHER, 430.0, "c02430", "2a3040"), (LADY, 540.0, "e8b428", "5a3a28"),
    ):  # fmt: skip
        shadow = canvas.polygon([(x - 12, 482), (x + 12, 482), (x + 190, 510)], soft=3)
        canvas.shade(shadow, (0.48, 0.58, 0.76))
        paint_person(canvas, dressed(replace(person, height=200), top, bottom), x, 484)


def _forest(canvas: Canvas) -> None:
    """A wood in summer: nearly everything is green or brown, sun on a path."""
    seen = wash(canvas, ("3a5228", "8aa458", "c4d08a"), (0, 250, 330))
    leaves = texture(seen, 3, 3, 2, 1.1)
    canvas.paint(seen.only(ramp(leaves, 0.35, 0.6)), paint_light("34502a"))
    places = np.random.default_rng(11)
    for seed, y in enumerate(np.linspace(300, -10, 120)):
        paint_mass(canvas, places.uniform(10, 950), y + 10, places.uniform(26, 62), seed=seed)
        if seed % 30 == 29:
            canvas.shade(canvas.box(-5, -5, 965, 330), (1.12, 1.08, 1.0))
    ground = canvas.box(-5, 320, 965, 545)
    litter = texture(ground, 2.2, 4.5, 3, 1.0)
    light = blend(paint_light("4a5a2a"), paint_light("7a5a38"), ramp(litter, 0.4, 0.75))
    canvas.paint(ground, lit(light, 0.45 + 0.8 * texture(ground, 0.6, 1.6, 4)))
    path = canvas.polygon([(420, 322), (480, 322), (760, 545), (250, 545)], soft=9)
    canvas.paint(path, lit(paint_light("b09a78"), 0.6 + 0.55 * texture(path, 1.6, 3.2, 5)))
    sun = ramp(texture(ground, 0.5, 1.6, 8, 2.2), 0.55, 0.72)
    canvas.shade(ground.only(sun), (2.3, 2.2, 1.6))
    for x, foot, wide in ((60, 400, 34), (215, 350, 16), (330, 335, 10), (610, 340, 13),
                          (735, 370, 24), (890, 470, 58)):  # fmt: skip
        trunk = canvas.polygon([(x - wide / 2, -5), (x + wide / 2, -5), (x + 0.7 * wide, foot),
                                (x - 0.7 * wide, foot)])  # fmt: skip
        bark = 0.35 + 0.5 * ramp(x - trunk.x, -wide, wide) + 0.5 * texture(trunk, 5, 0.8, x) - 0.2
        canvas.paint(trunk, lit(paint_light("8a7460"), bark))
    paint_person(canvas, dressed(replace(CHILD, height=150), "b8404a", "4a5a7a"), 500, 452)


def _portrait(canvas: Canvas) -> None:
    """Two people close by in a sitting room: skin, a white shirt, a grey suit, wallpaper."""
    wall = plaster(canvas, (-5, -5, 965, 545), "a8a48e", 2)
    stripe = ramp(np.abs(wall.x / 46 - np.rint(wall.x / 46)), 0.3, 0.25) + 0 * wall.y
    canvas.shade(wall.only(stripe), (0.86, 0.92, 0.90))
    window = canvas.box(360, 30, 590, 330)
    canvas.paint(window, lit(paint_light("e8f0f6"), 0.9 + 0.2 * texture(window, 1, 1, 3)))
    for bar in (470, 585):
        canvas.paint(canvas.box(bar - 5, 30, bar + 5, 330), paint_light("e4ddcc"))
    for left, right in ((330, 392), (560, 625)):
        curtain = canvas.box(left, 10, right, 400)
        folds = 0.55 + 0.4 * np.sin(curtain.x / 4.2) ** 2 + 0 * curtain.y
        canvas.paint(curtain, lit(paint_light("8a9a6a"), folds))
    lamp = canvas.polygon([(70, 40), (150, 40), (185, 150), (35, 150)])
    canvas.paint(
        lamp, lit(paint_light("f4d8a0"), 1.1 - 0.5 * np.abs(lamp.x - 110) / 75 + 0 * lamp.y)
    )
    lady = dressed(replace(LADY, height=820, facing=0.7), "b04a58", "3a3a4a")
    suit = dressed(replace(FATHER, height=880, facing=-0.6, skin=paint_light("dca888")),
                   "70747c", "50545c")  # fmt: skip
    paint_person(canvas, lady, 300, 905)
    paint_person(canvas, suit, 690, 950)
    shirt = canvas.polygon([(655, 225), (725, 225), (692, 420)], soft=2)
    canvas.paint(shirt, paint_light("f0eee8"))
    canvas.paint(canvas.polygon([(682, 228), (698, 228), (705, 380), (691, 410), (678, 380)]),
                 paint_light("2a4a8a"))  # fmt: skip
    light_up(canvas, 330, 150, 520, np.array([0.42, 0.36, 0.33]))


def _chart(canvas: Canvas) -> None:
    """The laboratory's leader: greys, colours and a face."""
    plaster(canvas, (-5, -5, 965, 545), "767676", 9)
    codes = (  # the hues of the chart that television and laboratories put before cameras
        "735244", "c29682", "627a9d", "576c43", "8580b1", "67bdaa",
        "d67e2c", "505ba6", "c15a63", "5e3c6c", "9dbc40", "e0a32e",
        "383d96", "469449", "af363c", "e7c71f", "bb5695", "0885a1",
    )  # fmt: skip
    for n, code in enumerate(codes):
        left, top = 430 + (n % 6) * 80, 60 + (n // 6) * 105
        patch = canvas.box(left, top, left + 70, top + 95)
        canvas.paint(patch, lit(paint_light(code), 0.94 + 0.1 * texture(patch, 1, 1, n)))
    canvas.paint(canvas.box(50, 40, 390, 400), paint_light("4a6a78"))
    paint_person(canvas, dressed(replace(FRIEND, height=740, skin=paint_light("e8ba9c")),
                                 "e8e4dc", "7a2a30"), 220, 830)  # fmt: skip
    plaster(canvas, (-5, 400, 965, 420), "767676", 9)
    for n in range(12):
        left = 60 + n * 70
        canvas.paint(canvas.box(left, 420, left + 70, 500), np.full(3, 10 ** (-0.22 * n)))
    canvas.paint(canvas.box(-5, 500, 965, 545), paint_light("767676"))


def _dark_interior(canvas: Canvas) -> None:
    """A room with one candle: warm faces, brown wood, moonlight in the window, much black."""
    plaster(canvas, (-5, -5, 965, 545), "6a5a48", 4)
    panels = canvas.box(-5, 260, 965, 545)
    canvas.paint(panels, lit(paint_light("5a3a24"), 0.5 + 0.7 * texture(panels, 6, 0.5, 3)))
    books = np.random.default_rng(5)
    for shelf in (110, 200):
        for left in range(40, 330, 17):
            spine = canvas.box(left, shelf - books.uniform(52, 76), left + 15, shelf)
            canvas.paint(spine, paint_light(str(books.choice(np.array(
                ["7a2a24", "2a4a3a", "8a7440", "2e3a5e", "a89878", "4a2a3a"])))))  # fmt: skip
        canvas.paint(canvas.box(30, shelf, 345, shelf + 8), paint_light("4a2e1c"))
    for person, x, top in ((GRANDFATHER, 330, "d8d0c0"), (LADY, 660, "3a5a8a")):
        paint_person(canvas, dressed(replace(person, height=640), top, "3a3028"), x, 790)
    table = canvas.polygon([(120, 430), (840, 430), (965, 545), (-5, 545)])
    canvas.paint(table, lit(paint_light("9a6a40"), 0.5 + 0.6 * texture(table, 0.5, 6, 6)))
    bowl = canvas.ellipse(620, 462, 70, 18)
    canvas.paint(bowl, paint_light("a8b0b8"))
    for x, y, code in ((590, 446, "c8281e"), (625, 440, "e8a030"), (655, 448, "7a9a3a")):
        canvas.paint(canvas.ellipse(x, y, 22, 21), paint_light(code))
    canvas.paint(canvas.box(472, 380, 488, 470), paint_light("f4ead0"))
    light_up(canvas, 480, 350, 170, np.array([0.020, 0.022, 0.030]))
    canvas.light[..., :3] *= np.array([1.25, 0.92, 0.58], np.float32)
    glow(canvas, 480, 360, 9, np.array([3.0, 1.8, 0.7]))
    pane = canvas.box(800, 60, 910, 250)
    canvas.paint(pane, lit(paint_light("3a5078"), 0.5 + 0.9 * texture(pane, 0.9, 0.9, 8)))
    canvas.paint(canvas.box(851, 60, 859, 250), paint_light("0c0c10"))


def _stage(canvas: Canvas) -> None:
    """A red curtain fills the frame; a singer in white and a pianist in black before it."""
    curtain = canvas.box(-5, -5, 965, 410)
    wave = np.sin(curtain.x / 11 + 1.2 * np.sin(curtain.x / 47)) + 0 * curtain.y
    velvet = texture(curtain, 4, 1.0, 2, 1.0)
    canvas.paint(
        curtain, lit(paint_light("b01e26"), 0.22 + 0.5 * ramp(wave, -1, 1.2) + 0.2 * velvet)
    )
    boards(canvas, 395, "9a6e48")
    for x in (-5, 865):
        drape = canvas.polygon([(x, -5), (x + 100, -5), (x + 70, 250), (x + 100, 430), (x, 430)])
        canvas.paint(drape, lit(paint_light("7a1418"), 0.3 + 0.5 * np.cos(drape.x / 9) ** 2
                                + 0 * drape.y))  # fmt: skip
    gold = canvas.box(-5, -5, 965, 34)
    canvas.paint(gold, lit(paint_light("c89a3c"), 0.5 + 0.7 * np.cos(gold.x / 6) ** 2 + 0 * gold.y))
    piano = canvas.polygon([(600, 300), (860, 290), (872, 430), (600, 430)])
    canvas.paint(piano, lit(paint_light("1c1a1c"), 0.7 + 0.8 * texture(piano, 0.3, 2, 6)))
    canvas.paint(canvas.box(590, 352, 640, 362), paint_light("e8e4d8"))
    singer = dressed(replace(LADY, height=330, skirt=0.16, hem=0.1), "f2eee6", "f2eee6")
    paint_person(canvas, singer, 380, 490)
    paint_person(canvas, dressed(replace(FATHER, height=290), "22242a", "1a1c22"), 560, 480)
    light_up(canvas, 400, 330, 230, np.array([0.10, 0.11, 0.16]))


def _desert(canvas: Canvas) -> None:
    """Dunes under a hard sky: two hues only, and a rider's checked shirt."""
    wash(canvas, ("2f6cb4", "9cc0dc"), (0, 300))
    for level, code, seed in ((285, "d8a878", 3), (345, "d09458", 5), (430, "c4823e", 7)):
        columns = np.linspace(-10, 970, 80)
        line = level + 46 * noise_at(columns * 0.2, np.array([seed * 40.0]), seed=seed, slope=2.6)
        dune = canvas.polygon(
            [(-10, 550), *zip(columns.tolist(), line.ravel().tolist(), strict=True), (970, 550)]
        )
        lee = ramp(texture(dune, 0.25, 0.5, seed + 1, 2.6) + 0.05 * np.sin(dune.y / 3), 0.42, 0.5)
        wind = 0.9 + 0.14 * np.sin(dune.y * 0.9 + 6 * texture(dune, 0.3, 0.3, seed + 2))
        sand = blend(paint_light(code), 0.42 * paint_light("b8846a"), 0.85 * (1 - lee))
        canvas.paint(dune, lit(sand, wind))
    shirt = checked(0.05, paint_light("2e7a5a"), paint_light("e8e0d0"))
    rider = replace(FATHER, height=300, top=shirt, hat=paint_light("d8cdb8"))
    canvas.shade(canvas.polygon([(560, 512), (590, 512), (850, 545), (800, 545)], soft=4), 0.4)
    paint_person(canvas, rider, 575, 515)


def _fog(canvas: Canvas) -> None:
    """A lake in fog: greys that are hardly coloured, and one boat that is."""
    wash(canvas, ("a4a9ad", "c2c4c2", "9aa1a4"), (0, 260, 545))
    for level, code, seed in ((250, "a4aaab", 2), (275, "8c9492", 3)):
        columns = np.linspace(-10, 970, 80)
        line = level - 90 * noise_at(columns * 0.3, np.array([seed * 60.0]), seed=seed, slope=2.2)
        ridge = zip(columns.tolist(), line.ravel().tolist(), strict=True)
        shore = canvas.polygon([(-10, 300), *ridge, (970, 300)], soft=3)
        canvas.paint(shore, paint_light(code))
    lake = canvas.box(-5, 298, 965, 545)
    canvas.paint(lake, lit(paint_light("a8adac"), 0.86 + 0.2 * texture(lake, 0.5, 4, 4, 1.4)))
    hull = canvas.polygon([(380, 400), (600, 400), (575, 432), (405, 432)])
    canvas.paint(hull, lit(paint_light("7a3c34"), 0.7 + 0.3 * texture(hull, 1, 4, 6)))
    mirror = canvas.polygon([(405, 434), (575, 434), (590, 470), (395, 470)], soft=4)
    canvas.shade(mirror, (0.62, 0.54, 0.54))
    stand(canvas, dressed(replace(GRANDFATHER, height=190), "4a5a6a", "3a3a3c"), 470, 428,
          (0.9, 0.9, 0.95))  # fmt: skip
    canvas.paint(hull.only(hull.y > 404), lit(paint_light("7a3c34"), 0.8 + 0 * hull.cover))
    for x in (90, 130, 150, 860, 885):
        reed = canvas.polygon([(x, 545), (x + 8, 330 + x % 70), (x + 7, 545)])
        canvas.paint(reed, paint_light("2e322c"))


SCENES: dict[str, Callable[[Canvas], None]] = {
    "sunset": _sunset,
    "night_street": _night_street,
    "snow": _snow,
    "forest": _forest,
    "portrait": _portrait,
    "chart": _chart,
    "dark_interior": _dark_interior,
    "stage": _stage,
    "desert": _desert,
    "fog": _fog,
}
"""What is painted here, by name; `draw_scene` adds two frames of the demo's fair."""
