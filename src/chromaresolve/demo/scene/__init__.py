"""The demo's scene: a seaside fair painted from nothing, filmed, then faded and copied.

`camera` draws its frames, `ageing` says what befell the film. Behind them `stage` places what the
other modules paint. Every plate is painted once; a frame only moves plates and lays one over
another, as a multiplane camera does.
"""

from chromaresolve.demo.scene.ageing import DEMO_FADING, DEMO_TELECINE
from chromaresolve.demo.scene.camera import draw_scene, look_alike_kinds, look_alike_mask
from chromaresolve.demo.scene.palette import LOOK_ALIKES, LookAlike

__all__ = [
    "DEMO_FADING",
    "DEMO_TELECINE",
    "LOOK_ALIKES",
    "LookAlike",
    "draw_scene",
    "look_alike_kinds",
    "look_alike_mask",
]
