"""A shot's network: taught from its aligned pairs, kept in checkpoints, exported as ONNX.

Only this room imports torch and onnx.
"""

from chromaresolve.errors import MissingExtraError

try:
    from chromaresolve.training.explaining import explain, tell
    from chromaresolve.training.exporting import export
    from chromaresolve.training.loop import train
    from chromaresolve.training.plan import Wish
    from chromaresolve.training.pre_balance import export_balance
except ModuleNotFoundError as missing:
    raise MissingExtraError(missing.name or "torch", "train") from missing

__all__ = ["Wish", "explain", "export", "export_balance", "tell", "train"]
