"""ChromaResolve gives faded film its colour back, shot by shot.

The rooms are modules of this package, in workflow order; `docs/architecture.md` says which room
owns what. Importing this package imports neither numpy nor torch.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
