"""A faded shot made from nothing, the whole workflow on it, and how near it came to the truth."""

from chromaresolve.demo.run import Result, run_demo

__all__ = ["Result", "run_demo"]
