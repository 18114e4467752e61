"""The faded scan made neutral before training: one balance for a whole shot."""

from chromaresolve.balance.density import (
    RED_GAIN_CAP,
    DensityBalance,
    apply_density_balance,
    solve_density_balance,
)
from chromaresolve.balance.stage import balance

__all__ = [
    "RED_GAIN_CAP",
    "DensityBalance",
    "apply_density_balance",
    "balance",
    "solve_density_balance",
]
