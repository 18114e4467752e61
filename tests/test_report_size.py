"""How large the page becomes: a hundred 4K frames of noise stay under 20 MB; frames give way."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

import recovered_shot
from chromaresolve.errors import FrameError
from chromaresolve.report import report
from chromaresolve.report.choosing import Shown
from chromaresolve.report.looking import RECOVERED, SCAN, Versions
from chromaresolve.report.strip import MOST_COLUMNS, tell_strip
from chromaresolve.report.viewer import FEW_SHOWN, Viewer, fill_viewer
from chromaresolve.review import Numbers
from chromaresolve.review.strips import Strips
from chromaresolve.shot import Shot
from recovered_shot import write_recovered_shot

LARGEST_PAGE = 20_000_000
"""Bytes: what a shot of a hundred frames may take."""

FRAMES = 100
"""Of that shot."""

SECONDS_A_FRAME = 30.0
"""Far above what a shown 4K frame takes on two idle cores."""


def versions(frame: int) -> Versions:
    """Return a frame of grain, 900 x 1200."""
    grain = np.random.default_rng(frame).normal(0.5, 0.03, (900, 1200, 1)).astype(np.float32)
    scan = np.repeat(grain, 3, axis=-1)
    recovered = scan + np.array((0.1, 0.0, -0.1), np.float32)
    pictures = {SCAN: scan, RECOVERED: recovered}
    return Versions(frame=frame, pictures=pictures, luma_plate_709=scan)


def fill(count: int, room: float) -> Viewer:
    """Fill a viewer with so many frames of grain; frame 3 cannot be read."""

    def load(frame: int) -> Versions:
        if frame == 3:
            raise FrameError("plates/P_0003.exr", "is broken")
        return versions(frame)

    wanted = [Shown(frame=n, why=("flagged",)) for n in range(count, 0, -1)]
    return fill_viewer(wanted, load, room=room, on_progress=lambda *_: None)


def measure(viewer: Viewer) -> int:
    """Return the letters that stills and scopes take."""
    return sum(map(len, viewer.stills.values()))


@pytest.mark.slow
def test_frames_are_shown_in_the_order_of_the_film() -> None:
    """With room for all, all are shown whole, but the one that cannot be read, and it is named."""
    viewer = fill(5, room=16_000_000)

    assert [frame["frame"] for frame in viewer.frames] == [1, 2, 4, 5]
    assert all(frame["shown"].startswith("full resolution") for frame in viewer.frames)
    assert viewer.left_out == ["frame 3 is not shown: plates/P_0003.exr: is broken"]
    assert len(viewer.printed) == 3


@pytest.mark.slow
def test_frames_give_way_where_there_is_too_little_room() -> None:
    """The most telling keep their size, few stay, the rest are named, and the room is kept."""
    viewer = fill(12, room=3_200_000)

    assert measure(viewer) <= 3_200_000
    assert [frame["frame"] for frame in viewer.frames] == list(range(13 - FEW_SHOWN, 13))
    written = {
        frame["frame"]: frame["shown"].partition(", JPEG quality ") for frame in viewer.frames
    }
    assert written[12][0] == "full resolution"
    assert int(written[12][2]) > int(written[7][2])
    assert viewer.left_out[0].startswith("frames 6, 5, 4, 3, 2, 1 are not shown")


def test_strip_of_a_long_reel_is_no_wider_than_a_screen() -> None:
    """A reel of 20,000 frames has every so many-th column; its flagged frames keep their place."""
    frames = tuple(range(1, 20_001))
    columns = np.zeros((len(frames), 4, 3), np.float16)
    reason = {"kind": "hue", "sentence": "so", "strength": 2.0}
    review = {"frames": [{"frame": 10_000, "reasons": [reason], "verdict": "flagged"}]}

    strip = tell_strip(
        Strips(frames=frames, plate=columns, recovered=columns),
        frames=frames,
        review=review,
        numbers=Numbers(frames=(), problems=()),
        shown=[],
    )

    png = np.frombuffer(base64.b64decode(strip["plate"]), np.uint8)
    picture = cv2.imdecode(png, cv2.IMREAD_COLOR)
    assert picture is not None
    assert MOST_COLUMNS / 2 < picture.shape[1] <= MOST_COLUMNS
    (mark,) = strip["marks"]
    assert mark["left"] == pytest.approx(50, abs=0.01)
    assert not mark["is_shown"]


@pytest.mark.slow
def test_page_of_a_hundred_4k_frames_stays_under_20_mb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noise over the whole range, which nothing makes small, with thirty frames flagged."""
    monkeypatch.setattr(recovered_shot, "WIDTH", 4096)
    monkeypatch.setattr(recovered_shot, "HEIGHT", 2160)
    monkeypatch.setattr(recovered_shot, "FRAMES", (1, 3, 5))
    shot = write_recovered_shot(tmp_path)
    for frame in range(1, FRAMES + 1):
        for name in ("plates/P_{:04d}.exr", "recovered/sh010_ML_{:04d}.exr"):
            if not shot.path(name.format(frame)).exists():
                os.link(shot.path(name.format(5)), shot.path(name.format(frame)))
    text = re.sub(r'frames = "[^"]+"', f'frames = "1-{FRAMES}"', shot.file.read_text(), count=1)
    shot.file.write_text(text)
    reason = {"kind": "hue", "sentence": "so", "strength": 2.0}
    rows = [
        {"frame": n, "measures": {}, "reasons": [reason] if n % 3 == 0 else [], "verdict": ""}
        for n in range(1, FRAMES + 1)
    ]
    shot.path("review").mkdir()
    found = {"frames": rows, "ranking": list(range(3, FRAMES, 3)), "counts": {"hue": 33}}
    shot.path("review/review.json").write_text(json.dumps(found))

    began = time.monotonic()
    report(Shot.load(shot.root), say=lambda _: None, on_progress=lambda *_: None)
    seconds = time.monotonic() - began

    page = shot.path("report/index.html")
    shown = page.read_text(encoding="utf-8").count('<button type="button" data-frame-button')
    assert page.stat().st_size < LARGEST_PAGE
    assert shown == FEW_SHOWN
    assert seconds < SECONDS_A_FRAME * (shown + 1), f"{seconds:.0f} s"
