"""The faded scan made neutral: its dye loss diagnosed and undone in density, one way for a shot.

`sampling` looks at frames, `cues` and `solving` find what is left of each dye, `doubts` refuses
what no picture tells, `diagnosis` puts them together, `transform` undoes it, `stage` writes it.
"""

from chromaresolve.balance.handover import load_balance
from chromaresolve.balance.plates import plate_pattern
from chromaresolve.balance.stage import balance
from chromaresolve.balance.transform import DyeBalance, apply_dye_balance

__all__ = ["DyeBalance", "apply_dye_balance", "balance", "load_balance", "plate_pattern"]
