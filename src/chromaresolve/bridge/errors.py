"""What can go wrong inside Resolve, said so that a colourist knows what to do."""

from __future__ import annotations


class BridgeError(Exception):
    """Something that a step needed and did not get."""

    def __init__(self, where: str, cause: str, remedy: str) -> None:
        """Name the place, what is wrong there, and what to do about it."""
        # All three go to Exception as they came, so that an error survives pickling.
        super().__init__(where, cause, remedy)
        self.where = where
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        """Say it on one line."""
        text = f"{self.where}: {self.cause}: {self.remedy}"
        return " ".join(line.strip() for line in text.splitlines() if line.strip())


class RefusedError(BridgeError):
    """Resolve answered a call with False, None, an error, or an answer that was not true."""


class UnansweredError(BridgeError):
    """A question to the user is open: the step waits for the answer, and nothing was changed."""


class CancelledError(BridgeError):
    """The user said no."""

    def __init__(self, where: str) -> None:
        """Name what was cancelled."""
        super().__init__(where, "cancelled by you", "run this entry again when you are ready")
