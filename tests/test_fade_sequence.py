"""A sequence faded on disk: one bad frame costs no other, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.errors import StageError, UsageError
from chromaresolve.fade.sequence import FILMS, fade_sequence
from chromaresolve.frames import read_rgb, write_rgb
from tiny import quiet, still


def fade(folder: Path, faded: str, *, film: str = "matrix") -> int:
    """Fade the frames A in the folder."""
    return fade_sequence(
        f"{folder}/A_####.exr",
        faded,
        retention=(0.2, 0.88, 0.55),
        film=film,
        seed=0,
        reference=None,
        say=quiet,
        on_progress=still,
    )


def test_one_bad_frame_costs_no_other(tmp_path: Path) -> None:
    """The broken frame is named; the others are faded."""
    for number in (1, 3):
        write_rgb(tmp_path / f"A_{number:04d}.exr", np.full((18, 32, 3), 0.4, dtype=np.float32))
    (tmp_path / "A_0002.exr").write_bytes(b"")

    with pytest.raises(StageError, match=r"1 of 3 frames could not be faded.*A_0002\.exr"):
        fade(tmp_path, f"{tmp_path}/out/S_####.exr")

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["S_0001.exr", "S_0003.exr"]


def test_the_original_is_never_overwritten(tmp_path: Path) -> None:
    """Fading in place is bad usage."""
    with pytest.raises(UsageError, match="would be overwritten: write to another folder"):
        fade(tmp_path, f"{tmp_path}/A_####.exr")


def test_every_film_fades_in_its_own_way(tmp_path: Path) -> None:
    """Prints turn pink by different amounts, the negative is orange; all in 10-bit codes."""
    write_rgb(tmp_path / "A_0001.exr", np.full((18, 32, 3), 0.4, dtype=np.float32))
    means = {}
    for film in FILMS:
        fade(tmp_path, f"{tmp_path}/{film}/S_####.exr", film=film)
        scan = read_rgb(tmp_path / film / "S_0001.exr")
        # Half floats at 0.5 to 1 are 0.25 codes apart.
        np.testing.assert_allclose(scan * 1023, np.rint(scan * 1023), atol=0.26)
        means[film] = scan.mean(axis=(0, 1))

    for red, green, blue in means.values():
        assert red > blue > 0.1
        assert red > green > 0.1
    codes = {tuple(np.rint(mean * 1023)) for mean in means.values()}
    assert len(codes) == len(FILMS)


def test_grain_of_a_spectral_film_fades_with_its_dyes(tmp_path: Path) -> None:
    """Grain is in the film before it fades: red, whose dye is gone, has least of it."""
    write_rgb(tmp_path / "A_0001.exr", np.full((64, 64, 3), 0.4, dtype=np.float32))

    fade(tmp_path, f"{tmp_path}/out/S_####.exr", film="usual")

    density = -2.4 * np.log10(read_rgb(tmp_path / "out" / "S_0001.exr"))
    red, green, blue = density.std(axis=(0, 1))
    assert 0.001 < red < 0.5 * green
    assert 0.4 * green < blue < green


def test_an_unknown_film_is_refused(tmp_path: Path) -> None:
    """The message names the films there are."""
    with pytest.raises(UsageError, match=r"film 'agfa': unknown, give one of matrix, early, usual"):
        fade(tmp_path, f"{tmp_path}/out/S_####.exr", film="agfa")
