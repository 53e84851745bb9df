"""Clients that leave in the middle of everything: others are served, and the log has no traceback of it."""

import itertools
import random
import socket
import struct

import pytest

from tests.browser.conftest import running
from tests.security.test_web_server import Server

pytestmark = [pytest.mark.processes, pytest.mark.long]
HOST = "Host: localhost\r\n"
PIECES = [
    f"GET /signin/ HTTP/1.1\r\n{HOST}\r\n",
    f"HEAD /signin/ HTTP/1.1\r\n{HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    f"POST /signin/ HTTP/1.1\r\n{HOST}Content-Length: 70000\r\n\r\n" + "a" * 70_000,
    f"POST /accounts/import/ HTTP/1.1\r\n{HOST}Content-Length: 3000000\r\n\r\n",
    f"POST /signin/ HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "\r\n\0\0\r\n\r\n",
]
RESET = struct.pack("ii", 1, 0)  # closing sends a reset at once
ROUNDS = 6


def leave(server, texts, *, reset):
    with server.connect() as client:
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        try:
            for text in texts:
                client.sendall(text.encode())
        except OSError:  # the server has ended it
            pass


def test_nobody_who_leaves_is_in_anybodys_way(tmp_path):
    chosen = random.Random(13)  # noqa: S311  (where to stop)
    with running(TMPDIR=str(tmp_path)) as (_, url, data, _text):
        server = Server(url, data, tmp_path)
        for first, second, reset in list(itertools.product(PIECES, PIECES, [True, False])) * ROUNDS:
            cut = chosen.choice([len(second), chosen.randint(0, len(second))])
            leave(server, [first, second[:cut]], reset=reset)
        assert [server.answer() for _ in range(4)] == [200] * 4
        said = b"".join(log.read_bytes() for log in (data / "logs").glob("web.log*"))
    assert not [line for line in said.splitlines() if b"Traceback" in line or b"uncaptured" in line]
