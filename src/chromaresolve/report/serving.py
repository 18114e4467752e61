"""The live page of a shot, served to this machine's own browser and to nobody else.

It only reads. A page elsewhere on the web cannot read it either: whoever asks by another name than
this machine's own is refused, so that no name can be bound to this address behind the user's back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from chromaresolve.errors import StageError
from chromaresolve.report.serving_answers import LiveServer
from chromaresolve.report.serving_live import Live, Look
from chromaresolve.report.serving_pictures import SmallPictures
from chromaresolve.shot import Shot
from chromaresolve.telling import Say

logger = logging.getLogger(__name__)

PORT = 8642
"""Where the page is, unless said otherwise."""

TRIED_PORTS = 20
"""How many ports are tried, one after the other, where the first is taken."""


def serve(
    shot: Shot,
    look: Look,
    *,
    port: int = PORT,
    say: Say,
    on_ready: Callable[[str], None] = lambda _address: None,
) -> None:
    """Serve a shot's live page until Ctrl-C.

    Args:
        shot: The shot; nothing needs to be made of it yet.
        look: Tells where the shot stands.
        port: Where; where it is taken, the next free one.
        say: Told where the page is.
        on_ready: Told the page's address once it answers.

    Raises:
        StageError: No port is free.
    """
    with TemporaryDirectory(prefix="chromaresolve-") as folder:
        live = Live(shot, look)
        pictures = SmallPictures(shot, Path(folder))
        with _listen(shot, port, live, pictures) as server:
            taken = server.server_port
            if taken != port:
                say(f"port {port} is taken: serving on {taken}")
            address = f"http://localhost:{taken}/"
            try:
                say(f"open {address} (this machine only); Ctrl-C ends it")
                on_ready(address)
                server.serve_forever(poll_interval=0.2)
            except KeyboardInterrupt:
                say("the page is no longer served; the shot's files are as they were")


def _listen(shot: Shot, port: int, live: Live, pictures: SmallPictures) -> LiveServer:
    last = min(port + TRIED_PORTS, 65536)
    for candidate in range(port, last):
        try:
            return LiveServer(candidate, live, pictures)
        except OSError as error:
            logger.debug("port %d: %s", candidate, error)
    raise StageError(
        shot.file, f"ports {port} to {last - 1} are all taken or not allowed: say another --port"
    )
