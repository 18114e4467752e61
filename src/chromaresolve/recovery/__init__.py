"""A shot's model over its sequence: recovered EXRs, luma exact, provenance in every header.

Only this room imports onnxruntime. It needs no torch.
"""

from chromaresolve.errors import MissingExtraError

try:
    from chromaresolve.recovery.loop import Wish, recover, recover_headless
except ModuleNotFoundError as missing:
    raise MissingExtraError(missing.name or "onnxruntime", "cpu") from missing

__all__ = ["Wish", "recover", "recover_headless"]
