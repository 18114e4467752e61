"""A whole sequence faded, and a telecine-like Reference of it: for tests, teaching, benchmarks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from chromaresolve.errors import UsageError
from chromaresolve.fade.dyes import WHOLE, Retention
from chromaresolve.fade.film import Fading, fade_frame
from chromaresolve.fade.negative import negative_frame
from chromaresolve.fade.spectral import SPECTRAL_FILMS, fade_spectral
from chromaresolve.fade.telecine import Telecine, make_reference
from chromaresolve.frames import (
    Frame,
    Rgb,
    Sequence,
    frame_path,
    make_frames,
    read_frame,
    write_frame,
    write_rgb,
)
from chromaresolve.telling import Progress, Say

GRAIN = 0.03
"""Density deviation at density 1 of a 2K scan of a print; the demo's too."""

SCANNER_BITS = 10
"""Code values of a common film scanner: 10-bit log or video."""

FILMS = ("matrix", *SPECTRAL_FILMS, "negative")
"""How the film is modelled: a print by a 3x3, prints by their dyes' spectra, a colour negative."""


def fade_sequence(
    original: str,
    faded: str,
    *,
    retention: tuple[float, float, float],
    film: str,
    seed: int,
    reference: str | None,
    say: Say,
    on_progress: Progress,
) -> int:
    """Fade every frame of a sequence of display-encoded Rec.709 2.4 pictures; return how many.

    Args:
        original: Pattern of the frames to fade, relative to the working folder.
        faded: Pattern of the frames to write; another than `original`.
        retention: What is left of the cyan, magenta and yellow dye.
        film: One of `FILMS`.
        seed: Starts the grain.
        reference: Pattern of a telecine-like Reference to write as well.
        say: Told of each frame that could not be faded.
        on_progress: Told how far it is.

    Raises:
        UsageError: A retention is not one, there is no such film, or a pattern would overwrite
            the original.
        StageError: Some frames could not be faded; all others were.
    """
    if original in (faded, reference):
        raise UsageError(f"{original}: would be overwritten: write to another folder")
    if film not in FILMS:
        raise UsageError(f"film {film!r}: unknown, give one of {', '.join(FILMS)}")
    cyan, magenta, yellow = retention
    fading = Fading(
        retention=Retention(cyan=cyan, magenta=magenta, yellow=yellow),
        grain=GRAIN,
        bits=SCANNER_BITS,
        seed=seed,
    )
    here = Path.cwd()
    frames = Sequence.find(original, here)

    def fade_one(number: int) -> bool:
        frame = read_frame(frames.path(number))
        scan = _scan(frame.rgb, film, fading, number)
        target = frame_path(faded, number, here)
        write_frame(target, Frame(rgb=scan, others=frame.others, header=frame.header))
        if reference is not None:
            copy = make_reference(frame.rgb, _usual_telecine(frame, seed), frame=number)
            write_rgb(frame_path(reference, number, here), copy)
        return True

    making = make_frames(
        frames.frames,
        fade_one,
        plates=frames,
        out=frame_path(faded, frames.first, here).parent,
        participle="faded",
        say=say,
        on_progress=on_progress,
    )
    making.require_whole(frame_path(faded, frames.first, here).parent, "faded")
    return len(making.written)


def _scan(original: Rgb, film: str, fading: Fading, number: int) -> Rgb:
    """Return one faded frame of a film, with its grain, as a scanner's code values."""
    if film == "matrix":
        return fade_frame(original, fading, frame=number)
    fresh = replace(fading, retention=WHOLE)
    if film == "negative":
        negative = negative_frame(original, retention=fading.retention)
        return fade_frame(negative, fresh, frame=number)
    grainy = fade_frame(original, replace(fresh, bits=None), frame=number)
    faded = fade_spectral(grainy, SPECTRAL_FILMS[film], fading.retention)
    return fade_frame(faded, replace(fresh, grain=0), frame=number)


def _usual_telecine(frame: Frame, seed: int) -> Telecine:
    """Return a standard-definition copy: soft, compressed, a little elsewhere, graded otherwise."""
    height, width = frame.rgb.shape[:2]
    raster = (min(720, width), min(576, height))
    return Telecine(
        size=raster,
        shift_px=(4.5, -3.0),
        scale=1.01,
        rotation_deg=0.2,
        gamma=1.06,
        saturation=0.95,
        blur=0.5,
        chroma_blur=1.0,
        noise=0.005,
        jpeg_quality=75,
        seed=seed,
    )
