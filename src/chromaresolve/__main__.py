"""Run the command line with `python -m chromaresolve`."""

from chromaresolve.cli import main

main()
