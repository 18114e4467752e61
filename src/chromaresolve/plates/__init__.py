"""Plates and References cleaned for teaching, and the wear of a sequence measured.

Training only: nothing here touches the delivered picture, whose luma is the untouched plate's. What
is switched off leaves a picture exactly as it is. Nothing is clamped.
"""

from chromaresolve.plates.chroma import ChromaShift, measure_chroma_shift, shift_chroma
from chromaresolve.plates.degrain import degrain, neighbour_frames
from chromaresolve.plates.flicker import NO_GAIN, Gain, level_flicker
from chromaresolve.plates.grain import Grain, measure_grain
from chromaresolve.plates.record import load_wear, save_wear
from chromaresolve.plates.reference import CleanedReference, clean_reference
from chromaresolve.plates.scratches import Scratch
from chromaresolve.plates.specks import Speck
from chromaresolve.plates.watching import measure_wear
from chromaresolve.plates.wear import Wear

__all__ = [
    "NO_GAIN",
    "ChromaShift",
    "CleanedReference",
    "Gain",
    "Grain",
    "Scratch",
    "Speck",
    "Wear",
    "clean_reference",
    "degrain",
    "level_flicker",
    "load_wear",
    "measure_chroma_shift",
    "measure_grain",
    "measure_wear",
    "neighbour_frames",
    "save_wear",
    "shift_chroma",
]
