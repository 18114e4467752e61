"""The command line: one small module per command. It parses and prints, and decides nothing.

Starts without numpy and torch: a command imports its room when it runs.
"""

from __future__ import annotations

import sys

from chromaresolve.cli.commands import app
from chromaresolve.cli.screen import tell_farm_failure
from chromaresolve.errors import ChromaresolveError, UsageError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line: exit status 0, 1 (one line says why), 2 (bad usage), 130 (Ctrl-C)."""
    try:
        app()
    except ChromaresolveError as error:
        tell_farm_failure(error)
        print(f"chromaresolve: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)
