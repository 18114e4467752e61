"""What befell the demo's film: forty years in a warm vault, and a telecine before that."""

from __future__ import annotations

from chromaresolve.fade import Fading, Retention, Telecine

DEMO_FADING = Fading(
    retention=Retention(cyan=0.08, magenta=0.85, yellow=0.55),
    grain=0.03,
    unevenness=0.1,
    stain=(0.0, 0.01, 0.05),
    flicker=0.003,
    scanner_noise=0.024,
    bits=10,
    seed=1974,
)
"""Cyan as in `EXTREME`, the others nearly as in `SEVERE`: the scan is pink, and what is left of
the difference between look-alike paints is no larger than their textures, mottle and noise."""

DEMO_TELECINE = Telecine(
    size=(768, 576),
    shift_px=(3.0, -2.0),
    scale=1.015,
    rotation_deg=0.3,
    gains=(1.005, 1.0, 0.99),
    gamma=1.03,
    saturation=0.97,
    blur=0.5,
    chroma_blur=0.7,
    subtitle="- Do you remember the colours?",
    subtitle_frames=(17, 21),
    noise=0.005,
    jpeg_quality=88,
    seed=1986,
)
"""A standard-definition master: a little larger, shifted and turned, graded darker and duller."""
