"""A listening socket is closed under clients that connect all the time: each is answered or refused, none reset."""

import select
import socket
import threading
import time

import pytest

from iamconsole.server import listening

pytestmark = pytest.mark.faults
ROUNDS = 3


def clients(port: int, outcomes: list[str]) -> None:
    """Connect and ask until refused."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(b"?")
                outcomes.append("answered" if client.recv(1) == b"!" else "cut off")
        except ConnectionRefusedError:
            return
        except OSError as error:
            outcomes.append(repr(error))


def take(listener: socket.socket) -> None:
    client, _ = listener.accept()
    with client:
        client.recv(1)
        client.sendall(b"!")


def test_nobody_who_has_connected_is_reset():
    outcomes: list[str] = []
    for _ in range(ROUNDS):
        with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
            args = [listener.getsockname()[1], outcomes]
            threads = [threading.Thread(target=clients, args=args) for _ in range(8)]
            for thread in threads:
                thread.start()
            for _ in range(50):
                take(listener)
            listening.refuse_new(listener)
            while select.select([listener], [], [], 0)[0]:
                take(listener)
            time.sleep(0.05)  # the machine gives its processor to somebody else
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()
    assert set(outcomes) == {"answered"}, set(outcomes)
    assert len(outcomes) >= ROUNDS * 50
