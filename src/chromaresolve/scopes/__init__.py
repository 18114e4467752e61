"""What a colourist reads a picture by: waveform, parade and vectorscope, and words beside them."""

from chromaresolve.scopes.histograms import histogram
from chromaresolve.scopes.lettering import Words, draw_words, wrap_words
from chromaresolve.scopes.overlaying import luma_overlay
from chromaresolve.scopes.trace import GROUND, SURROUND, WARNING, Colour, Scope
from chromaresolve.scopes.vectors import vectorscope
from chromaresolve.scopes.waves import Channels, waveform

__all__ = [
    "GROUND",
    "SURROUND",
    "WARNING",
    "Channels",
    "Colour",
    "Scope",
    "Words",
    "draw_words",
    "histogram",
    "luma_overlay",
    "vectorscope",
    "waveform",
    "wrap_words",
]
