"""The live page: what it tells while a shot is worked on, and what it never gives away."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from chromaresolve.cli import main
from chromaresolve.errors import StageError
from chromaresolve.files import file_state, lock
from chromaresolve.report.serving import serve
from chromaresolve.report.serving_answers import LiveServer
from chromaresolve.report.serving_files import find_file
from chromaresolve.report.serving_live import Live
from chromaresolve.report.serving_pictures import SmallPictures
from chromaresolve.shot import FrameRange, Shot, create
from chromaresolve.workflow import Looker
from ctrl_c import hear_ctrl_c
from recovered_shot import write_recovered_shot
from tiny import quiet

CHROMIUM = "/usr/bin/chromium"
"""Debian's browser."""

ATTACKS = (
    "/../shot.toml",
    "/report/../shot.toml",
    "/report/%2e%2e/shot.toml",
    "/report/..%2fshot.toml",
    "/report/%2e%2e%2f%2e%2e%2fetc/passwd",
    "/report/..%5cshot.toml",
    "/report//etc/passwd",
    "/report/%00",
    "/report/.hidden.html",
    "/report/C:/x.html",
    "/report/index.html:stream.html",
    "/report/link_out.html",
    "/report/link_folder/shot.html",
    "/report/weights.safetensors",
    "/report/empty/",
    "/training/training.lock",
    "/shot.toml",
    "/plates/P_0001.exr",
    "/recovered/",
    "/frame/3/../../shot.toml",
    "/frame/-1/plate.png",
    "/frame/9/plate.png",
    "/frame",
    "/live.json/x",
    "/serving.py",
)
"""What must not be given, and is asked for all the same."""


@contextmanager
def serving(shot: Shot, folder: Path) -> Iterator[int]:
    """Serve a shot on a free port."""
    live, pictures = Live(shot, Looker()), SmallPictures(shot, folder)
    with LiveServer(0, live, pictures) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


Asked = tuple[int, http.client.HTTPMessage, bytes]
"""Status, headers, and what was sent."""


def ask(
    port: int, path: str, *, method: str = "GET", headers: dict[str, str] | None = None
) -> Asked:
    """Ask for a path as it stands: no client puts it right first."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in ({"Host": f"127.0.0.1:{port}"} | (headers or {})).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def snapshot(shot: Shot) -> dict[str, Any]:
    """What the page is told, once the stages have been looked at."""
    live = Live(shot, Looker())
    until = time.monotonic() + 10
    while True:
        live._kept.answer.at = float("-inf")
        told: dict[str, Any] = json.loads(live.snapshot())
        if told["standing"] is not None or time.monotonic() > until:
            return told
        time.sleep(0.01)


def write_shown_shot(folder: Path) -> Shot:
    """Write a recovered shot with a report that holds what must not get out, too."""
    made = write_recovered_shot(folder)
    report = made.path("report")
    (report / "empty").mkdir(parents=True)
    (report / "index.html").write_text("<!DOCTYPE html><p>the report</p>", encoding="utf-8")
    (report / ".hidden.html").write_text("secret", encoding="utf-8")
    (report / "weights.safetensors").write_text("secret", encoding="utf-8")
    (made.root / "shot.html").write_text("secret", encoding="utf-8")
    (folder / "outside.html").write_text("secret", encoding="utf-8")
    (report / "link_out.html").symlink_to(folder / "outside.html")
    (report / "link_folder").symlink_to(made.root)
    (report / "link_in.html").symlink_to("index.html")
    return made


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A shot that a test may change."""
    return write_shown_shot(tmp_path)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a shot is served that no test changes."""
    with serving(
        write_shown_shot(tmp_path_factory.mktemp("shown")), tmp_path_factory.mktemp("small")
    ) as port:
        yield port


@pytest.fixture
def new_shot(tmp_path: Path) -> Shot:
    """A shot of which nothing is made, not even its plates."""
    return create(
        tmp_path / "new",
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.parse("1-48"),
        film="<script>alert('film')</script>",
    )


def test_pages_are_served(port: int) -> None:
    """The live page and the finished report, each with its type and a strict policy."""
    status, headers, page = ask(port, "/")
    report = ask(port, "/report/")

    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert b"sh010" in page
    assert report[0] == 200
    assert report[2] == b"<!DOCTYPE html><p>the report</p>"
    assert "connect-src" not in report[1]["Content-Security-Policy"]  # so 'none' holds
    for own in ("/live.js", "/live.css", "/live.svg", "/live.json", "/report/link_in.html"):
        assert ask(port, own)[0] == 200


@pytest.mark.parametrize("path", ATTACKS)
def test_nothing_else_is_given(port: int, path: str) -> None:
    """No way out of the shown folders: by dots, encodings, links, streams or other kinds."""
    status, _, content = ask(port, path)

    assert status in {301, 404}, content
    assert b"secret" not in content
    assert b"[shot]" not in content


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Host": "localhost"}, 200, id="our name"),
        pytest.param({"Host": "localhost:9000"}, 200, id="through a tunnel"),
        pytest.param({"Host": "evil.example"}, 403, id="another name"),
        pytest.param({"Host": "127.0.0.1.evil.example:8642"}, 403, id="a name like ours"),
        pytest.param({"Host": "localhost:80@evil.example"}, 403, id="with a user"),
        pytest.param({"Host": ""}, 403, id="no name"),
        pytest.param({"Host": "192.168.0.1"}, 403, id="another address"),
    ],
)
def test_only_our_own_name_is_answered(port: int, headers: dict[str, str], status: int) -> None:
    """A name bound to this address from outside gets nothing (DNS rebinding)."""
    assert ask(port, "/live.json", headers=headers)[0] == status


def test_proxy_requests_are_refused(port: int) -> None:
    """A name in the path is not ours, whatever `Host` says."""
    assert ask(port, "http://evil.example/live.json")[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "<x>"])
def test_only_looking_is_allowed(port: int, method: str) -> None:
    """The server only shows."""
    status, headers, content = ask(port, "/live.json", method=method)

    assert status == 405
    assert headers["Allow"] == "GET, HEAD"
    assert method.encode() not in content


def test_folder_without_its_slash_is_sent_on(port: int) -> None:
    """The page's own links start at its folder."""
    status, headers, _ = ask(port, "/report")

    assert (status, headers["Location"]) == (301, "/report/")


def test_head_sends_no_content(port: int) -> None:
    """HEAD is GET without the content."""
    status, headers, content = ask(port, "/report/index.html", method="HEAD")

    assert status == 200
    assert headers["Content-Length"] == "32"
    assert content == b""


def test_unchanged_file_is_not_sent_again(shot: Shot, tmp_path: Path) -> None:
    """A browser that has the file is told so, until the file is another."""
    with serving(shot, tmp_path) as port:
        tag = ask(port, "/report/index.html")[1]["ETag"]
        again = ask(port, "/report/index.html", headers={"If-None-Match": tag})
        shot.path("report/index.html").write_text("another", encoding="utf-8")
        changed = ask(port, "/report/index.html", headers={"If-None-Match": tag})

    assert (again[0], again[2]) == (304, b"")
    assert (changed[0], changed[2]) == (200, b"another")


def test_folder_behind_a_link_is_refused(shot: Shot) -> None:
    """A report folder that is itself a link leads out of the shot, too."""
    shot.path("report").rename(shot.root.parent / "elsewhere")
    shot.path("report").symlink_to(shot.root.parent / "elsewhere")

    assert find_file(shot.root, "/report/index.html") is None


def test_new_shot_is_shown(new_shot: Shot) -> None:
    """Nothing made, no plates: the page says so and what comes first."""
    told = snapshot(new_shot)

    assert (told["training"], told["recovery"], told["review"], told["report"]) == (
        None, None, None, "",
    )  # fmt: skip
    assert {one["state"] for one in told["standing"]["standing"]} == {"not yet"}
    assert any("no such folder" in problem for problem in told["standing"]["problems"])


def test_training_is_told_as_it_goes(new_shot: Shot) -> None:
    """Steps, loss and score of the log; a line that is half written is left for later."""
    folder = new_shot.path("training")
    folder.mkdir()
    (folder / "plan.json").write_text('{"plan": {"steps": 400}}', encoding="utf-8")
    lines = [{"step": n, "loss": 4 / n} for n in (50, 100)] + [{"step": 100, "dE2000": 3.5}]
    log = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "log.jsonl").write_text(log + '{"step": 150, "lo', encoding="utf-8")
    with lock(folder / "training.lock", doing="training"):
        running = snapshot(new_shot)["training"]
    ended = snapshot(new_shot)["training"]

    assert (running["step"], running["steps"]) == (100, 400)
    assert (running["loss"], running["hold_out"]) == (0.04, 3.5)
    assert running["is_running"]
    assert str(os.getpid()) in running["by"]
    assert running["curves"][0]["title"] == "loss"
    assert not ended["is_running"]


def test_recovery_is_told_as_it_goes(shot: Shot) -> None:
    """Frames done of those asked for, how fast, and which was written last."""
    out = shot.path("recovered")
    ledger = out / ".chromaresolve/sh010_ML/1-a.jsonl"
    ledger.parent.mkdir(parents=True)
    with lock(out / ".chromaresolve/claims/sh010_ML.here.1.claim", doing="recovering", note="1-4"):
        for seconds, frame in ((1.0, 1), (2.0, 2), (3.0, 3)):
            file = out / f"sh010_ML_{frame:04d}.exr"
            os.utime(file, ns=(0, time.time_ns() + int((seconds + 1) * 1e9)))
            line = {"frame": frame, "made_by": "m", "file": file_state(file)}
            with ledger.open("a", encoding="utf-8") as opened:
                opened.write(json.dumps(line) + "\n")
        told = snapshot(shot)["recovery"]

    assert (told["done"], told["total"], told["newest"]) == (3, 4, 3)
    assert told["per_second"] == pytest.approx(1.0, rel=0.05)
    assert told["seconds_left"] == pytest.approx(1.0, rel=0.05)
    assert told["is_running"]


def test_frames_of_another_model_are_not_counted(shot: Shot) -> None:
    """What an earlier model recovered is no progress of this render."""
    out = shot.path("recovered")
    ledger = out / ".chromaresolve/sh010_ML/1-a.jsonl"
    ledger.parent.mkdir(parents=True)
    rows = [
        {"frame": n, "made_by": kind, "file": f"sh010_ML_000{n}.exr/1/{at}000000000"}
        for n, kind, at in ((1, "old", 1), (2, "old", 2), (3, "new", 3))
    ]
    ledger.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    told = snapshot(shot)["recovery"]

    assert (told["done"], told["total"]) == (1, 5)
    assert not told["is_running"]


def test_newest_frame_is_shown_beside_its_plate(shot: Shot, tmp_path: Path) -> None:
    """Both as PNG, once the page has been told of the frame."""
    test_recovery_is_told_as_it_goes(shot)
    with serving(shot, tmp_path) as port:
        before = ask(port, "/frame/3/recovered.png")[0]
        told = json.loads(ask(port, "/live.json")[2])["recovery"]
        pictures = [
            ask(port, f"/frame/{told['shown']}/{name}.png") for name in ("recovered", "plate")
        ]

    assert before == 404
    assert told["shown"] == "3"
    assert [status for status, _, _ in pictures] == [200, 200]
    assert all(content.startswith(b"\x89PNG") for _, _, content in pictures)
    assert pictures[0][2] != pictures[1][2]


def test_half_typed_manifest_is_said(shot: Shot) -> None:
    """The artist types: the page tells the problem and goes on with what it knew."""
    live = Live(shot, Looker())
    live.snapshot()
    shot.file.write_text("schema = 1\n[shot", encoding="utf-8")
    live._kept.answer.at = float("-inf")

    told = json.loads(live.snapshot())

    assert "shot.toml" in told["problem"]
    assert told["shot"] == "sh010"


def test_watching_changes_nothing(shot: Shot) -> None:
    """No file of the shot is written, made or removed by looking at it."""

    def files() -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for file in shot.root.rglob("*")}

    before = files()
    snapshot(shot)

    assert files() == before


def test_taken_port_gives_the_next(shot: Shot) -> None:
    """Another program has the port: the next free one is used, and that is said."""
    said: list[str] = []

    def end(address: str) -> None:
        said.append(address)
        raise KeyboardInterrupt

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        serve(shot, Looker(), port=port, say=said.append, on_ready=end)

    assert said[0].startswith(f"port {port} is taken: serving on ")
    assert str(port) not in said[1]
    assert said[1].startswith("open http://localhost:")
    assert said[-1] == "the page is no longer served; the shot's files are as they were"


def test_no_free_port_says_what_to_do(shot: Shot) -> None:
    """The last port there is is taken, and no other follows."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 65535))
        taken.listen()
        with pytest.raises(StageError, match="say another --port"):
            serve(shot, Looker(), port=65535, say=quiet)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(["--port", "9000"], "say --serve", id="port alone"),
        pytest.param(["--tiff"], "say --stills", id="tiff alone"),
        pytest.param(["--serve", "--pdf"], "goes on until Ctrl-C", id="serve and print"),
        pytest.param(["--serve", "--json"], "goes on until Ctrl-C", id="serve and json"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    words: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is read or written."""
    monkeypatch.setattr(sys, "argv", ["chromaresolve", "report", "nowhere", *words])
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no signals to send there")
def test_ctrl_c_ends_it_cleanly(new_shot: Shot) -> None:
    """The command serves until Ctrl-C, then says so and ends with status 0."""
    words = [sys.executable, "-m", "chromaresolve", "report", str(new_shot.root), "--serve"]
    with subprocess.Popen(
        words,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,  # noqa: PLW1509 - it sets one signal, and no thread is running
    ) as program:
        assert program.stderr
        first = program.stderr.readline()
        program.send_signal(signal.SIGINT)
        _, rest = program.communicate(timeout=60)

    assert first.startswith(("open http://localhost:", "port "))
    assert "no longer served" in rest
    assert program.returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which(CHROMIUM), reason="no Chromium here")
def test_page_lives_in_a_browser(new_shot: Shot, tmp_path: Path) -> None:
    """It follows a training, says nothing on the console, and takes no name for markup."""
    folder = new_shot.path("training")
    folder.mkdir()
    (folder / "plan.json").write_text('{"plan": {"steps": 400}}', encoding="utf-8")
    told: list[str] = []
    asked: list[str] = []
    small = tmp_path / "small"
    small.mkdir()
    with serving(new_shot, small) as port, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://localhost:{port}/")
        page.wait_for_selector("#idle:not([hidden])")
        with lock(folder / "training.lock", doing="training"):
            write_log(folder / "log.jsonl", 50)
            page.wait_for_selector("#training:not([hidden])")
            write_log(folder / "log.jsonl", 100)
            page.wait_for_selector("#curves svg polyline")
            numbers = page.inner_text("#training-numbers")
            title = page.title()
        film = page.inner_text("#facts")
        browser.close()

    assert told == []
    assert all(url.startswith(f"http://localhost:{port}/") for url in asked)
    assert "100 of 400" in numbers
    assert title == "25 % new: training"
    assert "<script>alert('film')</script>" in film


def write_log(log: Path, step: int) -> None:
    """Add a loss to a training's log."""
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": step, "loss": 4 / step}) + "\n")
