"""The pictures of docs/balance.md, from frames painted here on film that fades by its spectra.

    python benchmarks/balance/figures.py [--folder docs/images]

The balance is found by `chromaresolve balance` itself, from one faded frame and nothing else.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path

import cv2
import numpy as np
from brushes import Picture
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pictures import painted_pictures
from rivals import PerChannel

from chromaresolve.balance import DyeBalance, apply_dye_balance, balance, load_balance
from chromaresolve.balance.encodings import density_to_rgb, rgb_to_density
from chromaresolve.fade import (
    SEVERE,
    SPECTRAL_FILMS,
    STATUS_A,
    WHOLE,
    Fading,
    Retention,
    fade_frame,
    fade_spectral,
)
from chromaresolve.fade.spectral import neutral_units
from chromaresolve.frames import read_rgb, write_picture
from chromaresolve.scopes import SURROUND, Words, draw_words
from chromaresolve.shot import FrameRange, Shot, create

FILM = SPECTRAL_FILMS["usual"]
"""A print stock by its dyes' spectra: its fading is not the 3x3 that the balance assumes."""

GRAIN = 0.01
"""Of the fresh film, deviation of density at density 1."""

TOLD = DyeBalance(retention=SEVERE, red_gain_cap=20)
"""A balance that is told how the film has faded, as the gains are told the fresh film."""

FAIR, SHEET = "fair_0", "portrait"
"""The frames shown: many saturated colours; skin, a white shirt and a grey suit."""

SHEET_FILE = "balance/SH010_balance.png"
"""Where the stage writes its sheet of evidence, in the shot's folder."""

DEEPEST = 3.0
"""Density to which curves are drawn."""

CELL, GAP, CAPTION_PX = (304, 171), 12, 13
"""Width and height of a picture, what is between two, and height of the letters, in pixels."""

PLOTS, DPI = (1100, 420), 100
"""Width and height of two plots in pixels, and dots to the inch, which set the letters' size."""

SHEET_WIDTH = 1200
"""Of the sheet of evidence on the page, in pixels."""

DOTS = 4000
"""Pixels of a frame that are drawn as dots."""

GREY, QUIET = "0.80", "0.45"
"""Display values of words and of lines beside the matter."""

CHANNELS = {"red": (0.86, 0.32, 0.28), "green": (0.36, 0.72, 0.38), "blue": (0.42, 0.55, 0.95)}
"""Colour of each record's curve."""

DYES = {"cyan": (0.30, 0.72, 0.78), "magenta": (0.82, 0.38, 0.68), "yellow": (0.84, 0.74, 0.30)}
"""Colour of each dye's curve."""


def main() -> None:
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("docs/images"))
    folder = parser.parse_args().folder
    fresh, portrait = (shoot_on_film(painted_pictures()[name]) for name in (FAIR, SHEET))
    faded = fade(fresh)
    fitted = fit_channels(faded, fresh)
    with tempfile.TemporaryDirectory() as shots:
        found = load_balance(solve(faded, Path(shots) / "FAIR"))
        sheet = read_rgb(solve(fade(portrait), Path(shots) / "SH010").path(SHEET_FILE))
    greys = paint_greys()
    pictures = {
        "dyes": draw_dyes(),
        "film": draw_pictures(
            {
                "fresh": fresh,
                "faded": faded,
                "gains for each channel, fitted to the fresh": fitted,
                "balance, from the faded frame alone": apply_dye_balance(faded, found),
            }
        ),
        "greys": draw_greys(fade(greys), apply_dye_balance(fade(greys), found)),
        "reds": draw_reds(fresh, fitted, apply_dye_balance(faded, TOLD)),
        "evidence": shrink(sheet, SHEET_WIDTH),
    }
    for name, picture in pictures.items():
        write(folder / f"balance_{name}.png", picture)


def shoot_on_film(picture_709: Picture) -> Picture:
    """Return the frame with the grain of fresh film."""
    return fade_frame(picture_709, Fading(retention=WHOLE, grain=GRAIN), frame=1)


def fade(fresh_709: Picture) -> Picture:
    """Return the scan of a severely faded print."""
    return fade_spectral(fresh_709, FILM, SEVERE)


def solve(scan_709: Picture, folder: Path) -> Shot:
    """Return a shot of one frame that the stage has balanced, nothing set and no Reference."""
    write_picture(folder.parent / f"{folder.name}_0001.tif", scan_709)
    scan, frames = f"../{folder.name}_####.tif", FrameRange.parse("1")
    shot = create(folder, scan=scan, reference="none_####.tif", frames=frames)
    text = shot.file.read_text(encoding="utf-8") + "\n[balance]\nuse_reference = false\n"
    shot.file.write_text(text, encoding="utf-8")
    return balance(Shot.load(folder), plates=False, say=print, on_progress=lambda *_: None)


def fit_channels(scan_709: Picture, fresh_709: Picture) -> Picture:
    """Return the scan as near to the fresh film as gains for each channel can get it."""
    scan, fresh = scan_709.reshape(-1, 3), fresh_709.reshape(-1, 3)
    return PerChannel.best(scan, fresh).apply(scan).reshape(scan_709.shape)


def draw_pictures(shown: dict[str, Picture]) -> Picture:
    """Return pictures in two columns, each with its caption below."""
    width, height = CELL
    row = height + GAP + 2 * CAPTION_PX
    tall, wide = GAP + row * -(-len(shown) // 2), GAP + 2 * (width + GAP)
    sheet = np.full((tall, wide, 3), SURROUND, np.float32)
    words = []
    for place, (caption, picture) in enumerate(shown.items()):
        top, left = GAP + place // 2 * row, GAP + place % 2 * (width + GAP)
        sheet[top : top + height, left : left + width] = shrink(picture, width)
        words.append(
            Words(
                text=caption,
                x=left,
                baseline=top + height + 3 * CAPTION_PX // 2,
                height_px=CAPTION_PX,
                colour=3 * (float(GREY),),
            )
        )
    return draw_words(sheet, words)


def draw_dyes() -> Picture:
    """Return the spectra of the dyes in a grey of density 1, fresh and faded."""
    figure, (left, right) = _plots("wavelength in nm, and where the scanner looks", "density")
    _draw_spectra(left, WHOLE, "a grey on fresh film")
    _draw_spectra(right, SEVERE, "the same grey, faded")
    left.legend(labelcolor=GREY, frameon=False, loc="upper right")
    return _rendered(figure)


def _draw_spectra(axes: Axes, left: Retention, title: str) -> None:
    wavelengths = np.linspace(400, 700, 301)
    units = neutral_units(FILM.dyes, STATUS_A).ravel()
    total = np.zeros_like(wavelengths)
    for dye, unit, (name, colour) in zip(FILM.dyes, units, DYES.items(), strict=True):
        curve = getattr(left, name) * unit * sum(hump.at(wavelengths) for hump in dye)
        axes.plot(wavelengths, curve, color=colour, linewidth=2, label=f"{name} dye")
        total += curve
    axes.plot(wavelengths, total, color=GREY, linewidth=2, linestyle=":", label="all three")
    for name, colour in CHANNELS.items():
        centre, deviation = getattr(STATUS_A, name)
        axes.axvspan(centre - deviation, centre + deviation, color=colour, alpha=0.22, linewidth=0)
    axes.set_title(title, color=GREY)
    axes.set(xlim=(400, 700), ylim=(0, 1.5))


def draw_greys(faded_709: Picture, balanced_709: Picture) -> Picture:
    """Return red, green and blue density of a grey scale, faded and balanced."""
    figure, plots = _plots("density of the fresh grey", "density now")
    titles = ("greys, faded: the records fan out", "the same greys, balanced")
    fresh = np.linspace(0, DEEPEST, faded_709.shape[1])
    for axes, title, picture in zip(plots, titles, (faded_709, balanced_709), strict=True):
        density, _ = rgb_to_density(picture[0], "gamma24")
        _draw_truth(axes, title)
        for channel, (name, colour) in enumerate(CHANNELS.items()):
            axes.plot(fresh, density[:, channel], color=colour, linewidth=2, label=name)
    plots[0].legend(labelcolor=GREY, frameon=False, loc="upper left")
    return _rendered(figure)


def draw_reds(fresh_709: Picture, fitted_709: Picture, balanced_709: Picture) -> Picture:
    """Return the red density of a frame's pixels against the fresh film's, balanced both ways."""
    figure, plots = _plots("red density of the fresh film", "red density now")
    titles = ("all colours, gains for each channel", "all colours, retention for each dye")
    places = np.random.default_rng(0).choice(fresh_709[..., 0].size, DOTS, replace=False)
    fresh = _red_density(fresh_709, places)
    hues = np.clip(fresh_709.reshape(-1, 3)[places], 0, 1)
    hues /= hues.max(axis=1, keepdims=True)
    for axes, title, picture in zip(plots, titles, (fitted_709, balanced_709), strict=True):
        _draw_truth(axes, title)
        axes.scatter(fresh, _red_density(picture, places), s=5, c=hues, linewidths=0)
    return _rendered(figure)


def _red_density(picture: Picture, places: NDArray[np.int64]) -> Picture:
    density, _ = rgb_to_density(picture.reshape(-1, 3)[places], "gamma24")
    return density[:, 0]


def _draw_truth(axes: Axes, title: str) -> None:
    axes.plot([0, DEEPEST], [0, DEEPEST], color=QUIET, linewidth=1, linestyle="--")
    axes.set_title(title, color=GREY)
    axes.set(xlim=(0, DEEPEST), ylim=(-0.1, DEEPEST + 0.2))


def paint_greys() -> Picture:
    """Return a row of greys from density 0 to `DEEPEST`."""
    density = np.linspace(0, DEEPEST, 200, dtype=np.float32)[np.newaxis, :, np.newaxis]
    return density_to_rgb(np.repeat(density, 3, axis=2), np.ones(3, np.float32), "gamma24")


def _plots(across: str, up: str) -> tuple[Figure, tuple[Axes, Axes]]:
    """Return two plots side by side on the dark neutral grey of a grading room."""
    figure = Figure(
        figsize=(PLOTS[0] / DPI, PLOTS[1] / DPI), dpi=DPI, facecolor=SURROUND, layout="constrained"
    )
    plots = figure.subplots(1, 2)
    for axes in plots:
        axes.set_facecolor("0.09")
        axes.tick_params(colors=GREY)
        axes.set_xlabel(across, color=GREY)
        axes.set_ylabel(up, color=GREY)
        for spine in axes.spines.values():
            spine.set_color(QUIET)
    return figure, tuple(plots)


def _rendered(figure: Figure) -> Picture:
    """Return a figure as display values."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="rgba")
    width, height = PLOTS
    codes = np.frombuffer(drawn.getvalue(), np.uint8).reshape(height, width, 4)[..., :3]
    return np.asarray(codes / np.float32(255), np.float32)


def shrink(picture: Picture, width: int) -> Picture:
    """Return a picture so many pixels wide."""
    size = (width, round(len(picture) * width / picture.shape[1]))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def write(path: Path, picture_709: Picture) -> None:
    """Write a picture, packed as tightly as PNG packs."""
    codes = np.rint(255 * np.clip(picture_709, 0, 1)).astype(np.uint8)
    cv2.imwrite(str(path), codes[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
