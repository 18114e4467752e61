"""What is answered to a browser: the live page, its numbers, and the shot's own pages.

Every answer forbids the page to load anything from elsewhere (Content Security Policy Level 3).
"""

from __future__ import annotations

import html
import io
import logging
import os
import re
import shutil
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from string import Template
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

from chromaresolve.files import file_state
from chromaresolve.report.serving_files import FOLDERS, find_file
from chromaresolve.report.serving_live import Live
from chromaresolve.report.serving_pictures import SmallPictures

logger = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
"""This machine, as only it can reach itself."""

NAMES = frozenset({"127.0.0.1", "localhost"})
"""What this machine calls itself. Any other name in `Host` may be one bound to it from outside."""

PORT_AT_END = re.compile(r":[0-9]{1,5}\Z")
"""The port behind a name."""

OURS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the live page may do."""

THEIRS = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the shot's self-contained pages may do; each narrows it further by its own word."""

PATIENCE = 30.0
"""Seconds after which a browser that says nothing is let go."""

OWN_FILES = {
    "/live.js": ("live.js", "text/javascript; charset=utf-8"),
    "/live.svg": ("live.svg", "image/svg+xml"),
    "/live.css": ("live.css", "text/css; charset=utf-8"),
}
"""What the live page is made of, beside itself."""


class LiveServer(ThreadingHTTPServer):
    """Answers on this machine alone, each question in a thread of its own."""

    daemon_threads = True
    # Elsewhere it lets a port be taken again at once; on Windows it would let two take the same.
    allow_reuse_address = os.name != "nt"

    def __init__(self, port: int, live: Live, pictures: SmallPictures) -> None:
        """Listen on a port; 0 for any that is free."""
        self.live, self.pictures = live, pictures
        super().__init__((ADDRESS, port), Answers)

    def handle_error(self, request: object, client_address: object) -> None:
        """Take note of a browser that went away: it is no fault."""
        logger.debug("%s: %s went away", client_address, request)


class Answers(BaseHTTPRequestHandler):
    """Answers one browser."""

    server: LiveServer
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_GET(self) -> None:
        """Answer with the whole of it."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer with what the whole would be headed by."""
        self._answer()

    def version_string(self) -> str:
        """Name the server, without the Python it runs on."""
        return "ChromaResolve"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Keep quiet: the terminal is the user's."""
        logger.debug(format, *args)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what the library cannot read, without repeating what was asked."""
        del message, explain
        if code == HTTPStatus.NOT_IMPLEMENTED:
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "this server only shows: GET or HEAD")
        else:
            self._refuse(code, HTTPStatus(code).phrase)

    def _refuse(self, code: int, sentence: str) -> None:
        self.close_connection = True
        self._send(f"{sentence}\n".encode(), "text/plain; charset=utf-8", status=code)

    def _answer(self) -> None:
        if not self._is_asked_by_our_name():
            self._refuse(HTTPStatus.FORBIDDEN, "ask for localhost: other names are refused")
            return
        path = unquote(urlsplit(self.path).path, errors="replace")
        try:
            self._route(path)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except OSError as error:  # a file that went away or that the disk does not give
            logger.debug("%s: %s", path, error)
            self._refuse(HTTPStatus.NOT_FOUND, "this is not there now")

    def _route(self, path: str) -> None:
        live, folder = self.server.live, path.strip("/").partition("/")[0]
        if path == "/":
            shell = Template(_own("live.html").decode())
            page = shell.substitute(shot=html.escape(live.name))
            self._send(page.encode(), "text/html; charset=utf-8", policy=OURS)
        elif path in OWN_FILES:
            name, kind = OWN_FILES[path]
            self._send(_own(name), kind)
        elif path == "/live.json":
            self._send(live.snapshot(), "application/json")
        elif folder == "frame":
            self._send_picture(path)
        elif folder in FOLDERS:
            self._send_file(path)
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such page here")

    def _is_asked_by_our_name(self) -> bool:
        hosts = self.headers.get_all("Host", [])
        # Through a tunnel the port may be another; the name is what counts. A path that begins with
        # a name of its own is meant for a proxy (RFC 9112, 3.2.2).
        is_ours = len(hosts) == 1 and PORT_AT_END.sub("", hosts[0]) in NAMES
        return is_ours and self.path.startswith("/")

    def _send_picture(self, path: str) -> None:
        """Send a small picture: `/frame/12/recovered.png`."""
        _, _, frame, name = (*path.split("/"), "", "", "")[:4]
        picture = self.server.pictures.find(frame, name, self.server.live.shown)
        if picture is None:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such picture yet")
            return
        self._send(picture, "image/png")

    def _send_file(self, path: str) -> None:
        found = find_file(self.server.live.root, path)
        if found is None:
            self._refuse(HTTPStatus.NOT_FOUND, "this is not made yet, or not shown here")
            return
        if not path.endswith("/") and found.is_folder:
            moved = HTTPStatus.MOVED_PERMANENTLY
            self._send(b"", "text/plain", status=moved, location=_folder(path))
            return
        with found.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            tag = f'"{sha256(file_state(found.path).encode()).hexdigest()[:32]}"'
            if self.headers.get("If-None-Match") == tag:
                self._send(b"", found.kind, status=HTTPStatus.NOT_MODIFIED, tag=tag)
                return
            self._send(file, found.kind, size=size, tag=tag, policy=THEIRS)

    def _send(
        self,
        content: bytes | BinaryIO,
        kind: str,
        *,
        size: int | None = None,
        status: int = HTTPStatus.OK,
        policy: str = "default-src 'none'; frame-ancestors 'none'",
        tag: str = "",
        location: str = "",
    ) -> None:
        opened = io.BytesIO(content) if isinstance(content, bytes) else content
        self.send_response(status)
        heads = {
            "Content-Type": kind,
            "Content-Length": str(len(content) if isinstance(content, bytes) else size),
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-cache" if tag else "no-store",
            "ETag": tag,
            "Location": location,
            "Allow": "GET, HEAD" if status == HTTPStatus.METHOD_NOT_ALLOWED else "",
            "Connection": "close" if self.close_connection else "",
        }
        for name, value in heads.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and status != HTTPStatus.NOT_MODIFIED:
            shutil.copyfileobj(opened, self.wfile)


def _folder(path: str) -> str:
    # One slash in front: with two, a browser takes what follows for another machine.
    return f"/{quote(path.strip('/'))}/"


def _own(name: str) -> bytes:
    return files("chromaresolve.report").joinpath(name).read_bytes()
