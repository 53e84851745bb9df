"""Slow, large and malformed requests against the running web server: it stays there for everybody else."""

import http.client
import re
import socket
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.browser.conftest import running

pytestmark = [pytest.mark.processes, pytest.mark.long]
WAIT = 3  # seconds that the server waits for a client here
# What the server reads of a body that it refuses: the system's buffers, and what it throws away.
LITTLE = 8_000_000
HEAD = "POST {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n"


class Server:
    """The running console, its temporary folder, and sockets to it."""

    def __init__(self, url: str, data: Path, temporary: Path) -> None:
        self.port, self.data, self.temporary = int(url.rpartition(":")[2]), data, temporary

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def answer(self, path: str = "/readyz", **headers: str) -> int:
        """The status that an ordinary request gets."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": "localhost", **headers})
            return connection.getresponse().status
        finally:
            connection.close()

    def say(self, text: str | bytes) -> tuple[int, str]:
        """Status and text of the answer to exactly these bytes."""
        with self.connect() as client:
            client.sendall(text if isinstance(text, bytes) else text.encode("latin-1"))
            return answered(client)

    def written(self) -> int:
        """Bytes that the console's processes hold in temporary files, also in those without a name."""
        seen = [file.stat().st_size for file in self.temporary.rglob("*") if file.is_file()]
        for link in Path("/proc").glob("[0-9]*/fd/*"):
            try:
                if str(self.temporary) in str(link.readlink()):
                    seen.append(link.stat().st_size)
            except OSError:  # ended meanwhile, or not ours
                continue
        return sum(seen)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    temporary = tmp_path_factory.mktemp("temporary")
    seconds = {f"IAMCONSOLE_{name}_SECONDS": str(WAIT) for name in ("HEAD", "BODY", "SEND", "IDLE")}
    with running(TMPDIR=str(temporary), IAMCONSOLE_LOG_BYTES="30000", **seconds) as (_, url, data, _text):
        yield Server(url, data, temporary)


def answered(client: socket.socket) -> tuple[int, str]:
    """Status and all text until the server closes or the answer's length is reached."""
    with client.makefile("rb") as file:
        status = int((file.readline().split() or [b"", b"0"])[1])
        headers = {}
        while (line := file.readline().strip()) and b":" in line:
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        length = headers.get("content-length")
        return status, (file.read(int(length)) if length else file.read()).decode(errors="replace")


def closed(client: socket.socket) -> bool:
    """Whether the server ends the connection, within the test's patience."""
    client.settimeout(30)
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


@contextmanager
def many(server: Server, number: int, first: str):
    """Open connections that have sent the same beginning."""
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(number)]
        for client in clients:
            client.sendall(first.encode())
        yield clients


# Slow clients


def test_half_open_heads_keep_nobody_away_and_end(server):
    with many(server, 200, "GET /signin/ HTTP/1.1\r\nHost: loc") as clients:
        assert [server.answer() for _ in range(5)] == [200] * 5
        assert server.answer("/signin/") == 200
        assert all(closed(client) for client in clients)


def test_connections_that_say_nothing_end(server):
    with many(server, 50, "") as clients:
        assert server.answer() == 200
        assert all(closed(client) for client in clients)


def test_a_head_that_comes_byte_by_byte_has_one_time_limit(server):
    with server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        assert trickle([client]) == 1, "every byte was given the whole time again"


def test_trickling_bodies_keep_nobody_away_and_end(server):
    head = HEAD.format(path="/signin/", fields="Content-Length: 900000\r\n")
    with many(server, 100, head + "a") as clients:
        assert [server.answer() for _ in range(5)] == [200] * 5
        ended = trickle(clients)
    assert ended == 100
    assert server.answer() == 200


def trickle(clients: list[socket.socket]) -> int:
    """Send a byte to each twice a second, for at most a minute; how many connections the server ended."""
    left = list(clients)
    for _ in range(120):
        for client in list(left):
            try:
                client.sendall(b"a")
            except OSError:
                left.remove(client)
        if not left:
            break
        time.sleep(0.5)
    return len(clients) - len(left)


def test_idle_connections_end_and_a_busy_one_stays(server):
    request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with many(server, 100, request) as clients, server.connect() as busy:
        for _ in range(2 * WAIT):
            busy.sendall(request.encode())
            assert answered(busy) == (200, "ok"), "a connection in use is kept"
            time.sleep(1)
        assert all(closed(client) for client in clients)


def test_more_connections_than_there_is_room_for(server):
    """Over the limit who has waited longest goes, so that the next one is answered."""
    with ExitStack() as stack:
        for _ in range(1300):
            stack.enter_context(server.connect()).sendall(b"GET / HTTP/1.1\r\n")
        assert [server.answer() for _ in range(5)] == [200] * 5


def test_an_answer_that_nobody_reads_ends(server):
    """Many requests in one connection, and no answer taken: neither threads nor memory wait for it."""
    request = b"GET /static/bootstrap/css/bootstrap.min.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(30)]
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(request * 40)
        assert [server.answer() for _ in range(5)] == [200] * 5
        assert server.written() < 30 * 300_000, "one answer is kept for a client, not all that it asked for"
        time.sleep(3 * WAIT)
        assert established(server.port) <= 2, "they were closed"


def established(port: int) -> int:
    """Connections that the server still holds open."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


# Large bodies


def send(server: Server, head: str, piece: bytes, pieces: int) -> tuple[int, str, int]:
    """Send until the server has had enough: its answer, and the bytes that it took."""
    with server.connect() as client:
        client.sendall(head.encode())
        taken = 0
        try:
            for _ in range(pieces):
                client.sendall(piece)
                taken += len(piece)
        except OSError:
            pass
        try:
            return *answered(client), taken
        except OSError:  # the reset came before the answer was read
            return 0, "", taken


MULTIPART = "Content-Type: multipart/form-data; boundary=b\r\n"
PART = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'


@pytest.mark.parametrize(
    "path", ["/signin/", "/accounts/import/", "/accounts/link/many/", "/nowhere/", "/api/"]
)
@pytest.mark.parametrize("kind", [MULTIPART, "Content-Type: application/x-www-form-urlencoded\r\n"])
def test_a_large_upload_is_refused_unread(server, path, kind):
    head = HEAD.format(path=path, fields=f"{kind}Content-Length: 200000000\r\n")
    with server.connect() as client:
        client.sendall((head + PART).encode())  # and no more
        status, text = answered(client)
    assert status == 413
    assert "too large" in text or "You sent 200 MB" in text
    _, _, taken = send(server, head + PART, b"a" * 100_000, 2_000)
    assert taken < LITTLE
    assert server.written() < 100_000


def test_what_only_some_may_send_is_refused_unread(server):
    """A credential report can be large, but not a stranger's."""
    head = HEAD.format(path="/accounts/import/", fields=f"{MULTIPART}Content-Length: 40000000\r\n")
    status, text, taken = send(server, head + PART, b"a" * 100_000, 400)
    assert taken < LITTLE
    assert server.written() < 100_000
    with server.connect() as client:
        client.sendall((head + PART).encode())
        status, text = answered(client)
    assert (status, "You must be signed in to send more than" in text) == (413, True)


@pytest.mark.parametrize("path", ["/signin/", "/accounts/import/", "/api/"])
def test_a_body_in_chunks_is_refused_at_the_same_size(server, path):
    head = HEAD.format(path=path, fields="Transfer-Encoding: chunked\r\n")
    chunk = b"%x\r\n" % 50_000 + b"a" * 50_000 + b"\r\n"
    status, _text, taken = send(server, head, chunk, 1_000)
    assert taken < LITTLE
    refused = 411 if path == "/api/" else 413
    assert status in (0, refused)
    assert server.written() < 100_000
    assert send(server, head, chunk, 24)[0] == refused, "1.2 MB, and time to read the answer"


def test_small_bodies_in_chunks_are_read_but_not_by_the_api(server):
    """AWS's API wants a length; pages do not."""
    fields = "Transfer-Encoding: chunked\r\n"
    status, text = server.say(HEAD.format(path="/api/", fields=fields) + "3\r\na=b\r\n0\r\n\r\n")
    assert (status, "MissingContentLength" in text) == (411, True)
    assert server.say(HEAD.format(path="/signin/", fields=fields) + "3\r\na=b\r\n0\r\n\r\n")[0] == 403


def test_nobody_is_told_to_send_a_body_that_is_refused(server):
    fields = "Content-Length: 200000000\r\nExpect: 100-continue\r\n"
    status, _ = server.say(HEAD.format(path="/signin/", fields=fields))
    assert status == 413
    fields = "Content-Length: 40000000\r\nExpect: 100-continue\r\n"
    assert server.say(HEAD.format(path="/accounts/import/", fields=fields))[0] == 413


def test_a_body_that_is_accepted_is_asked_for(server):
    with server.connect() as client:
        fields = "Content-Length: 3\r\nExpect: 100-continue\r\n"
        client.sendall(HEAD.format(path="/signin/", fields=fields).encode())
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"a=b")
        assert answered(client)[0] == 403, "no token"


# Malformed requests


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        f"Content-Length: {'9' * 5_000}\r\n",
        "Content-Length : 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Host: localhost\r\n",
        " folded: line\r\n",
        "X-Zero: a\0b\r\n",
        "X-Bare: a\rb\r\n",
        "X-Bare: a\nTransfer-Encoding: chunked\r\n",
        "no colon\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(server, fields):
    smuggled = "5\r\nhello\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    status, text = server.say(HEAD.format(path="/signin/", fields=fields) + smuggled)
    assert status == 400
    assert "HTTP/1.1" not in text, "one answer, then the end"


@pytest.mark.parametrize("coding", ["gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked"])
def test_unknown_transfer_codings_are_refused(server, coding):
    head = HEAD.format(path="/signin/", fields=f"Transfer-Encoding: {coding}\r\n")
    assert server.say(head + "0\r\n\r\n")[0] in (400, 501)


def test_transfer_coding_in_an_old_version_is_refused(server):
    head = "POST /signin/ HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert server.say(head)[0] == 400


@pytest.mark.parametrize(
    "head",
    [
        "GET /" + "a" * 9_000 + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n" + "".join(f"X-{n}: a\r\n" for n in range(150)) + "\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a" * 40_000 + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a" * 200_000,
    ],
)
def test_heads_have_limits(server, head):
    with server.connect() as client:
        try:
            client.sendall(head.encode())
            status = answered(client)[0]
        except ConnectionError:  # closed while the rest was still under way
            status = 431
    assert status in (400, 414, 431)


@pytest.mark.parametrize("target", ["http://[", "http://[::1", "//[", "http://a\u2100b/", "*", "?", "#"])
def test_an_address_that_nobody_can_read_is_answered(server, target):
    """Without a traceback in the log."""
    status, _text = server.say(
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    assert 300 <= status < 500
    assert b"Traceback" not in text_of(server.data / "logs" / "web.log")


@pytest.mark.parametrize("end", ["", "0\r\n"], ids=["before a chunk", "after the last"])
def test_lines_between_chunks_have_a_limit(server, end):
    """Each byte of a longer one would cost a look at all before it, in the loop that serves everybody."""
    head = HEAD.format(path="/signin/", fields="Transfer-Encoding: chunked\r\n")
    assert server.say(head + end + "1" * 20_000)[0] == 400


def test_underscores_are_no_hyphens(server):
    """X_Forwarded_For would arrive under the name of X-Forwarded-For."""
    forged = "GET /signin/ HTTP/1.1\r\nHost: localhost\r\n{}Connection: close\r\n\r\n"
    assert server.say(forged.format("Content_Length: 5\r\nTransfer_Encoding: chunked\r\n"))[0] == 200
    assert server.say(forged.format("X_Host: evil.example\r\nHTTP_HOST: evil.example\r\n"))[0] == 200


def test_refusals_do_not_repeat_what_was_sent(server):
    status, text = server.say("GET / HTTP/1.1\r\n<script>alert(1)</script>\r\n\r\n")
    assert (status, "script" in text) == (400, False)


def test_a_connection_is_used_again_and_pipelined_requests_are_answered_in_order(server):
    with server.connect() as client:
        for _ in range(3):
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answered(client) == (200, "ok")
        client.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nowhere/ HTTP/1.1\r\nHost: localhost\r\n"
            b"Connection: close\r\n\r\n"
        )
        text = b""
        while part := client.recv(65536):
            text += part
    assert re.findall(rb"HTTP/1.1 (\d+)", text) == [b"200", b"404"]


@pytest.mark.parametrize("path", ["/healthz", "/signin/link/", "/nowhere/", "/static/nowhere.css", "/api/"])
def test_head_gets_no_body(server, path):
    """Else its bytes stand where the next answer of the connection begins."""
    with server.connect() as client:
        client.sendall(f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        text = b""
        while part := client.recv(65536):
            text += part
    first, _, second = text.partition(b"\r\n\r\n")
    assert re.search(rb"Content-Length: \d+", first)
    assert second.startswith(b"HTTP/1.1 200 OK\r\n")
    assert second.endswith(b"\r\n\r\nok")


# Logs


@pytest.mark.parametrize("part", ["web", "worker", "scheduler", "broker"])
def test_logs_are_rotated_while_they_are_written(server, part):
    """Each part's log is made large under its open file; it is cut, and at most five older ones stay."""
    log = server.data / "logs" / f"{part}.log"
    for n in range(8):
        with log.open("ab") as file:
            file.write(f"{n} {'x' * 98}\n".encode() * 400)
        assert wait_for(lambda: log.stat().st_size < 30_000), "it was not cut"
    older = sorted(path.name for path in log.parent.glob(f"{log.name}.*"))
    assert older == [f"{log.name}.{n}" for n in range(1, 6)]
    assert (log.parent / f"{log.name}.1").read_bytes().count(b"\n7 ") >= 398
    assert {path.stat().st_mode & 0o077 for path in log.parent.iterdir()} == {0}


def test_what_requests_write_to_the_log_is_bounded(server):
    """The web server goes on with the same file after each cut."""
    logs = server.data / "logs"
    for _ in range(400):
        server.answer(f"/nowhere/{'a' * 200}/")
        if b"/nowhere/a" in text_of(logs / "web.log.1"):
            break
    assert wait_for(lambda: (logs / "web.log").stat().st_size < 60_000)
    server.answer("/nowhere/last/")
    assert wait_for(lambda: b"/nowhere/last/" in (logs / "web.log").read_bytes())
    assert b"\0" not in (logs / "web.log").read_bytes(), "a hole, where the file was cut under its writer"


def text_of(log: Path) -> bytes:
    """What is in a log, nothing where it is being moved away."""
    try:
        return log.read_bytes()
    except FileNotFoundError:
        return b""


def wait_for(condition, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False
