"""How a dye balance is written as a .cube file, for where no shader runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from chromaresolve.balance.encodings import Pixels
from chromaresolve.balance.transform import DyeBalance, apply_dye_balance
from chromaresolve.colour import convert
from chromaresolve.cube import Shaper


class CubeSettings(TypedDict, total=False):
    """What `write_cube` is to be told besides the file and the title."""

    lower: float
    """Value at the first node."""
    upper: float
    """Value at the last node."""
    size: int
    """Nodes along each channel."""
    shaper: Shaper
    """What spreads the nodes."""


ACES_CUBE: CubeSettings = {"size": 65, "shaper": "none", "lower": 0.06, "upper": 0.84}
"""From ACEScct's black, 0.07, to above display white, 0.78. Between the nodes it misses the balance
by dE2000 0.3 on average and 0.9 to 1.3 in the worst hundredth; measured on dyes of density 0 to 2.
"""


@dataclass(frozen=True, slots=True)
class ForAces:
    """A balance of display values for a node that gets ACEScct, as a colour map.

    It goes through the Rec.709 output transform, balances, and goes back: right for a scan that
    came into the project through the inverse of that transform, so that the screen shows its own
    values.
    """

    balance: DyeBalance
    """Of display values."""

    def apply(self, rgb: Pixels) -> Pixels:
        """Return balanced ACEScct, (..., 3); the screen's range is all that comes back."""
        shown = np.clip(convert(rgb, from_space="ACEScct", to_space="display"), 0, 1)
        balanced = np.clip(apply_dye_balance(shown, self.balance), 0, 1)
        return convert(balanced, from_space="display", to_space="ACEScct")


def cube_settings(balance: DyeBalance) -> CubeSettings:
    """Return how to write a balance as a .cube file: `write_cube(..., **cube_settings(balance))`.

    The file covers values from 0 to 1 and is exact at its nodes. Between them, on films of
    densities up to 3.3 faded to `MODERATE` and `SEVERE`, it misses encoded values by 0.0001 to
    0.0004 on average and 0.0003 to 0.006 in the worst hundredth; linear light by 0.0004 to 0.001
    and 0.003 to 0.015. Over all colours of the RGB cube the worst are saturated darks, as one
    channel comes near no light: 0.03 in gamma 2.4, 0.06 in the log encodings. With 33 nodes all
    that is 1.5 to 6 times as much. A log shaper makes linear light 4 times better, and every other
    encoding worse: those have their nodes where the eye wants them already.
    """
    return {"size": 65, "shaper": "log" if balance.encoding == "linear" else "none"}
