"""The page in a real browser: the wipe moves, frames change, nothing is asked of the network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FloatRect,
    Page,
    ViewportSize,
    sync_playwright,
)

import recovered_shot
from chromaresolve.frames import read_rgb
from chromaresolve.report import report
from chromaresolve.review.strips import Strips, save_strips
from chromaresolve.shot import Shot
from recovered_shot import FRAMES, HELD_OUT, write_recovered, write_recovered_shot

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
"""Whichever browser is installed."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

HOSTILE = "<script>hacked = 1</script></script>\"'><img src=x onerror='hacked = 1'>"
"""What no page must take for its own."""

WIDTH, HEIGHT = 481, 301
"""Of the shot: larger than the picture in a small window, so that there is something to pan."""

WINDOW = ViewportSize(width=400, height=640)
"""Of the browser, in CSS pixels."""

BLUE = (0.2, 0.3, 0.8)
"""The held-out frame as it was recovered; its scan is grey noise."""

COUNT_ADDRESSES = """
  window.made = []; window.revoked = [];
  const make = URL.createObjectURL, revoke = URL.revokeObjectURL;
  URL.createObjectURL = (blob) => { const url = make.call(URL, blob); made.push(url); return url; };
  URL.revokeObjectURL = (url) => { revoked.push(url); return revoke.call(URL, url); };
"""
"""Notes every still that is decoded, and every one that is let go."""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a shot whose every name is hostile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovered_shot, "WIDTH", WIDTH)
        patch.setattr(recovered_shot, "HEIGHT", HEIGHT)
        shot = write_recovered_shot(tmp_path_factory.mktemp("hostile"), film=HOSTILE)
        blue = np.broadcast_to(np.array(BLUE, np.float32), (HEIGHT, WIDTH, 3))
        write_recovered(shot.root, HELD_OUT, blue)
    _rename_plates(shot)
    _write_review(shot)
    report(Shot.load(shot.root), say=lambda _: None, on_progress=lambda *_: None)
    return shot.path("report/index.html")


def _rename_plates(shot: Shot) -> None:
    """Give the scan a name that is markup; a slash cannot be in it."""
    name = HOSTILE.replace("/", "")
    for frame in FRAMES:
        shot.path(f"plates/P_{frame:04d}.exr").rename(shot.path(f"plates/{name}_{frame:04d}.exr"))
    pattern = json.dumps(f"plates/{name}_####.exr")
    text = shot.file.read_text(encoding="utf-8").replace('"plates/P_####.exr"', pattern)
    shot.file.write_text(text, encoding="utf-8")


def _write_review(shot: Shot) -> None:
    columns = np.zeros((len(FRAMES), 8, 3), np.float16)
    shot.path("review").mkdir()
    save_strips(shot, Strips(frames=FRAMES, plate=columns, recovered=columns))
    reason = {"kind": "hue", "sentence": HOSTILE, "strength": 1.5}
    rows = [
        {"frame": n, "measures": {}, "reasons": [reason] if n == 4 else [], "verdict": ""}
        for n in FRAMES
    ]
    found = {"frames": rows, "ranking": [4], "counts": {"hue": 1}, "advice": [HOSTILE]}
    shot.path("review/review.json").write_text(json.dumps(found), encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all: starting it takes seconds."""
    with sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Windows with a finger beside the mouse."""
    windows = browser.new_context(viewport=WINDOW, has_touch=True)
    yield windows
    windows.close()


class Watched:
    """An open page, and what it did by itself."""

    def __init__(self, page: Page, file: Path) -> None:
        """Open the page and wait for its first picture."""
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.add_init_script(COUNT_ADDRESSES)
        page.goto(file.as_uri())
        self.wait()

    def wait(self) -> None:
        """Wait until the picture that was asked for is there."""
        self.page.wait_for_selector(".stage[data-frame]:not([aria-busy])")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
        self.wait()

    @property
    def frame(self) -> int:
        """The frame that is shown."""
        return int(self.page.get_attribute(".stage", "data-frame") or 0)

    @property
    def names(self) -> list[str]:
        """What is on each side that is seen."""
        tags = self.page.query_selector_all(".stage .tag")
        return [tag.inner_text() for tag in tags if tag.is_visible()]

    @property
    def split(self) -> float:
        """Where the wipe is, in per cent of the picture."""
        return float(self.page.get_attribute(".divider >> nth=0", "aria-valuenow") or -1)

    def box(self) -> FloatRect:
        """Return where the picture is in the window."""
        self.page.evaluate("() => new Promise(requestAnimationFrame)")
        box = self.page.locator(".stage").bounding_box()
        assert box is not None
        return box

    def at(self, across: float, down: float = 0.7) -> tuple[float, float]:
        """Return a place in the window by its share of the picture."""
        box = self.box()
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def colour(self, across: float) -> NDArray[np.float64]:
        """Return red, green and blue of the screen there, 0 to 255."""
        x, y = self.at(across)
        shot = self.page.screenshot(clip={"x": x - 4, "y": y - 4, "width": 8, "height": 8})
        return np.asarray(_pixels(shot).mean(axis=(0, 1)))

    def is_blue(self, across: float) -> bool:
        """Say whether the recovered picture is seen there."""
        red, _, blue = self.colour(across)
        return bool(blue - red > 100)


def _pixels(png: bytes) -> NDArray[np.float64]:
    bgr = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.asarray(bgr[..., ::-1], np.float64)


@pytest.fixture
def opened(context: BrowserContext, page_file: Path) -> Iterator[Watched]:
    """The page, freshly opened; whatever a test does to it, it stays quiet."""
    watched = Watched(context.new_page(), page_file)
    yield watched
    assert watched.said == []
    assert {url.partition(":")[0] for url in watched.asked} <= {"file", "data", "blob"}
    assert [url for url in watched.asked if url.startswith("file")] == [page_file.as_uri()]
    watched.page.close()


@pytest.fixture(scope="module")
def untouched(context: BrowserContext, page_file: Path) -> Iterator[Watched]:
    """The page for those who only look at it."""
    watched = Watched(context.new_page(), page_file)
    yield watched
    watched.page.close()


def test_page_opens_on_the_held_out_frame(untouched: Watched) -> None:
    """What was scanned is left of what was recovered, the wipe in the middle."""
    assert untouched.frame == HELD_OUT
    assert untouched.names == ["faded scan", "recovered"]
    assert untouched.split == 50
    assert not untouched.is_blue(0.4)
    assert untouched.is_blue(0.6)


@pytest.mark.slow
def test_stills_are_decoded_when_they_are_looked_at(opened: Watched) -> None:
    """Two stills and the scopes of one frame, and all of them are let go with it."""
    count = "() => [made.length, new Set(made.filter((url) => !revoked.includes(url))).size]"
    scopes = len(opened.page.query_selector_all(".scopes img"))

    assert opened.page.evaluate(count) == [2 + scopes, 2 + scopes]

    opened.press("]")
    after = len(opened.page.query_selector_all(".scopes img"))
    assert opened.page.evaluate(count) == [4 + scopes + after, 2 + after]


def test_wipe_follows_the_mouse(opened: Watched) -> None:
    """Taken by its grip or anywhere else, the wipe goes where the mouse goes, to an end at most."""
    mouse = opened.page.mouse
    mouse.move(*opened.at(0.5))
    mouse.down()
    mouse.move(*opened.at(0.2), steps=4)
    mouse.up()
    assert opened.split == pytest.approx(20, abs=1)
    assert opened.is_blue(0.4)

    mouse.move(*opened.at(0.8))
    assert opened.split == pytest.approx(20, abs=1)
    mouse.down()
    mouse.move(*opened.at(1.2), steps=4)
    mouse.up()
    assert opened.split == 100
    assert not opened.is_blue(0.9)


@pytest.mark.slow
def test_wipe_follows_the_keys(opened: Watched) -> None:
    """Arrows move it by one per cent, with Shift by ten, Home and End to one side whole."""
    opened.page.focus(".stage")
    opened.press("ArrowLeft", "ArrowLeft", "Shift+ArrowLeft", "ArrowRight")
    opened.box()
    assert opened.split == 39

    opened.press("Home")
    assert opened.is_blue(0.05)


@pytest.mark.slow
def test_wipe_follows_a_finger(opened: Watched) -> None:
    """A finger drags it as the mouse does."""
    client = opened.page.context.new_cdp_session(opened.page)
    for kind, across in (("Start", 0.5), ("Move", 0.4), ("Move", 0.3)):
        x, y = opened.at(across)
        event = {"type": f"touch{kind}", "touchPoints": [{"x": x, "y": y}]}
        client.send("Input.dispatchTouchEvent", event)
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    opened.box()
    assert opened.split == pytest.approx(30, abs=1)
    assert opened.is_blue(0.4)


def test_frames_change_by_key_button_and_mark(opened: Watched) -> None:
    """Brackets, the frame's button and its mark under the strip all lead to a frame."""
    opened.press("]")
    assert opened.frame == 4
    opened.press("[", "[")
    assert opened.frame == 2
    opened.page.focus(".stage")
    opened.press("PageDown")
    assert opened.frame == 3
    opened.page.click("[data-frame-button] >> nth=0")
    opened.wait()
    assert opened.frame == 1
    opened.press("[")
    assert opened.frame == 1

    opened.page.click("button.mark")
    opened.wait()
    assert opened.frame == 4
    assert HOSTILE in opened.page.inner_text(".notes")


@pytest.mark.slow
def test_numbers_choose_what_is_on_a_side(opened: Watched) -> None:
    """A number is for the chosen side, with Shift for A; a frame without it shows the next best."""
    opened.press("3", "Shift+Digit2")
    assert opened.names == ["recovered", "Reference"]
    opened.press("a", "1")
    assert opened.names == ["faded scan", "Reference"]
    opened.press("9", "5")
    assert opened.names == ["faded scan", "Reference"]

    opened.press("]")
    assert opened.names == ["faded scan", "recovered"]


@pytest.mark.slow
def test_three_sides_have_two_wipes(opened: Watched) -> None:
    """The second wipe never passes the first."""
    opened.page.click("#three")
    opened.wait()
    assert opened.names == ["A: faded scan", "B: recovered", "C: Reference"]
    assert opened.is_blue(0.5)
    assert not opened.is_blue(0.9)

    opened.page.focus(".divider >> nth=1")
    opened.press("Home")
    opened.box()
    places = [
        divider.get_attribute("aria-valuenow")
        for divider in opened.page.query_selector_all(".divider")
    ]
    assert places == ["33", "33"]
    assert not opened.is_blue(0.5)


@pytest.mark.slow
def test_one_to_one_shows_pixels_and_pans(opened: Watched) -> None:
    """At 1:1 a pixel of the still is one of the screen; dragging pans, to the border at most."""
    size = "() => { const b = document.querySelector('.layer img').getBoundingClientRect(); "
    size += "return [b.width, b.height, b.left]; }"
    fitted = opened.page.evaluate(size)
    opened.press("z")
    width, height, left = opened.page.evaluate(size)
    assert (width, height) == (WIDTH, HEIGHT)

    opened.page.mouse.move(*opened.at(0.3))
    opened.page.mouse.down()
    opened.page.mouse.move(*opened.at(0.4))
    opened.page.mouse.up()
    opened.box()
    assert opened.page.evaluate(size)[2] == pytest.approx(left + 0.1 * opened.box()["width"], abs=1)
    assert opened.split == 50

    opened.press("z")
    assert opened.page.evaluate(size) == pytest.approx(fitted)


@pytest.mark.slow
def test_space_held_swaps_the_sides(opened: Watched) -> None:
    """As long as it is held, and no longer."""
    opened.page.focus(".stage")
    opened.page.keyboard.down(" ")
    opened.wait()
    assert opened.names == ["recovered", "faded scan"]
    opened.page.keyboard.up(" ")
    opened.wait()
    assert opened.names == ["faded scan", "recovered"]


@pytest.mark.slow
def test_question_mark_shows_the_keys(opened: Watched) -> None:
    """The keys are listed, and the list can be closed."""
    opened.page.keyboard.press("?")
    assert opened.page.is_visible("dialog")
    opened.page.click("#close")
    assert not opened.page.is_visible("dialog")


def test_scopes_are_drawn(untouched: Watched) -> None:
    """Each scope has its ground and its trace; the maps are bright where the frame is off."""
    spread = """async (picture) => {
      await picture.decode();
      const canvas = Object.assign(document.createElement("canvas"),
        { width: picture.naturalWidth, height: picture.naturalHeight });
      const pen = canvas.getContext("2d");
      pen.drawImage(picture, 0, 0);
      const codes = pen.getImageData(0, 0, canvas.width, canvas.height).data;
      const greens = codes.filter((_, place) => place % 4 === 1);
      return [Math.min(...greens.slice(0, 60000)), Math.max(...greens.slice(0, 60000))];
    }"""
    titles = untouched.page.locator(".scopes b").all_inner_texts()
    spreads = [p.evaluate(spread) for p in untouched.page.query_selector_all(".scopes img")]

    assert [title.partition(":")[0].partition(",")[0] for title in titles] == [
        *("Waveform", "Histogram", "Histogram", "Luma difference"),
        *("Vectorscope", "Vectorscope", "Vectorscope", "Chroma difference"),
    ]
    assert all(highest > 100 for _, highest in spreads), spreads
    scopes = [spread for spread, title in zip(spreads, titles, strict=True) if ":" in title]
    assert all(lowest < 20 for lowest, _ in scopes), spreads


def test_hostile_names_are_only_words(untouched: Watched) -> None:
    """A film, a file and a sentence full of markup are shown as they were written."""
    assert untouched.page.evaluate("() => typeof hacked") == "undefined"
    assert HOSTILE in untouched.page.inner_text("h1")
    assert HOSTILE in untouched.page.inner_text("#review ~ ul")
    assert f"plates/{HOSTILE.replace('/', '')}_####.exr" in untouched.page.inner_text("body")


@pytest.mark.slow
def test_interface_is_grey(untouched: Watched) -> None:
    """No element of the page has a hue of its own: only pictures and scopes have."""
    colours = untouched.page.evaluate(
        """() => [...new Set([...document.querySelectorAll("body, body *")].flatMap((element) => {
          const style = getComputedStyle(element);
          return [style.color, style.backgroundColor, style.borderTopColor];
        }))]"""
    )
    for colour in colours:
        red, green, blue = colour.partition("(")[2].strip(")").split(",")[:3]
        assert int(red) == int(green) == int(blue), colour


@pytest.mark.slow
def test_page_fits_the_window(opened: Watched) -> None:
    """Nothing makes the page itself scroll sideways; the whole picture is in view, and large."""
    for width, height in ((1920, 1080), (1280, 800), (820, 1180)):
        opened.page.set_viewport_size({"width": width, "height": height})

        box = opened.box()
        assert opened.page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert box["y"] + box["height"] < height
        assert box["width"] > 0.5 * width


@pytest.mark.slow
def test_paper_has_stills_instead_of_the_viewer(opened: Watched) -> None:
    """Printed, the first frames stand side by side on white."""
    assert not opened.page.is_visible(".printed")

    opened.page.emulate_media(media="print")

    assert opened.page.is_visible(".printed img >> nth=0")
    assert not opened.page.is_visible(".viewer")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    assert opened.page.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.slow
def test_page_without_scripts_has_stills(browser: Browser, page_file: Path) -> None:
    """Where no script may run, the stills are there all the same."""
    window = browser.new_context(java_script_enabled=False)
    page = window.new_page()
    page.goto(page_file.as_uri())

    assert page.is_visible(".printed img >> nth=0")
    assert not page.is_visible(".viewer")
    window.close()


def test_colours_of_the_still_are_those_on_file(untouched: Watched) -> None:
    """Rec.709 2.4 is brought to sRGB: the screen's code is that of the same light."""
    seen = untouched.colour(0.75)

    on_file = read_rgb(recovered_shot.recovered_file(page_root(untouched), HELD_OUT))[0, 0]
    light = on_file.astype(np.float64) ** 2.4
    codes = 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(seen - codes).max() < 3


def page_root(opened: Watched) -> Path:
    """Return the folder of the shot whose page is open."""
    return Path(unquote(urlparse(opened.page.url).path)).parent.parent
