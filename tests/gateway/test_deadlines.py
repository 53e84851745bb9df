"""AWS is waited for as long as a page may wait, whatever AWS does, and by half of the threads at most."""

import http.server
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from iamconsole import gateway
from iamconsole.errors import AwsBusy, IamError, OutcomeUnknown
from iamconsole.gateway import deadlines
from iamconsole.operations import LinkSpec

LINK = LinkSpec(account_id="123456789012", method="default")
SECONDS = 1.5
MORE = 5  # a busy machine's; the ten attempts of a reader take longer


@contextmanager
def server(serve):
    """Accepts connections and gives each to ``serve``."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        over = threading.Event()

        def accept():
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    continue
                threading.Thread(target=serve, args=(connection, over), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()


def silent(connection, over):
    over.wait(30)
    connection.close()


def dripping(connection, over):
    """A byte is never long away, and the answer never ends."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    try:
        while not over.wait(0.1):
            connection.sendall(b" ")
    except OSError:
        over.cut = True
    connection.close()


def hanging_up(connection, over):
    connection.recv(65536)
    connection.close()


@pytest.fixture
def credentials(monkeypatch, settings):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings.AWS_SECONDS = SECONDS
    gateway.reader(LINK)  # what is known of IAM is read from the disk once, and is no part of a page's time


def asked(url, settings, change):
    """What a page hears that asks, and after how many seconds."""
    settings.AWS_ENDPOINT_URL = url
    began = time.monotonic()

    def ask():
        if change:
            gateway.ask(LINK, "CreateUser", {"UserName": "dora"})
        else:
            gateway.read(gateway.reader(LINK).list_users)

    with deadlines.page(), pytest.raises(IamError) as caught:
        ask()
    return caught.value, time.monotonic() - began


@pytest.mark.parametrize("serve", [silent, dripping, hanging_up])
@pytest.mark.parametrize("change", [True, False])
def test_whatever_aws_does_a_page_goes_on(credentials, settings, serve, change):
    with server(serve) as url:
        error, seconds = asked(url, settings, change)
    assert seconds < SECONDS + MORE
    assert isinstance(error, OutcomeUnknown) == change
    assert error.message in (gateway.client.NO_ANSWER, gateway.client.HUNG_UP)


def test_what_did_not_leave_was_not_asked(credentials, settings):
    """A name that is not found, a server without TLS, a credential process that hangs."""
    assert asked("http://aws.invalid", settings, True)[0].message == gateway.client.NOT_FOUND
    with server(hanging_up) as url:
        insecure = asked(url.replace("http:", "https:"), settings, True)[0]
        assert not isinstance(insecure, OutcomeUnknown)
    assert insecure.message in (gateway.client.NOT_SECURE, gateway.client.NOT_REACHED)


def test_the_credentials_of_the_machine_are_of_the_same_time(settings, monkeypatch, tmp_path):
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = sleep 20\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    settings.AWS_SECONDS = SECONDS
    error, seconds = asked("http://127.0.0.1:9", settings, True)
    assert seconds < SECONDS + MORE
    assert not isinstance(error, OutcomeUnknown)
    assert error.message == gateway.client.NOT_IN_TIME


def test_several_questions_of_a_page_have_one_time(credentials, settings):
    with server(silent) as url:
        settings.AWS_ENDPOINT_URL = url
        began = time.monotonic()
        with deadlines.page():
            for _ in range(5):
                with pytest.raises(IamError):
                    gateway.read(gateway.reader(LINK, attempts=1).list_users)
        assert time.monotonic() - began < SECONDS + MORE


def test_an_answer_that_drips_is_cut(credentials, settings):
    """Its thread and its connection go, too."""
    before = threading.active_count()
    with server(dripping) as url:
        asked(url, settings, False)
        deadline = time.monotonic() + 60
        while threading.active_count() > before + 1 and time.monotonic() < deadline:
            time.sleep(0.1)  # the server's own two
        assert threading.active_count() <= before + 1


@pytest.mark.long
def test_half_of_the_threads_wait_and_others_hear_at_once(credentials, settings):
    settings.WEB_THREADS, settings.AWS_SECONDS = 4, 8
    heard, began = [], time.monotonic()

    def change():
        with deadlines.page():
            try:
                gateway.ask(LINK, "CreateUser", {"UserName": "dora"})
            except IamError as error:
                heard.append((type(error), time.monotonic() - began))

    with server(silent) as url:
        settings.AWS_ENDPOINT_URL = url
        pages = [threading.Thread(target=change) for _ in range(6)]
        for page in pages:
            page.start()
        for page in pages:
            page.join()
    refused = [seconds for kind, seconds in heard if kind is AwsBusy]
    assert len(refused) == 4
    assert max(refused) < deadlines.SLOW + MORE
    assert not deadlines.PLACES.since, "places are given back"


def test_quick_answers_are_waited_for(credentials, settings):
    """Many at once is not slow."""
    settings.WEB_THREADS, settings.AWS_SECONDS = 4, 20

    class Quick(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            time.sleep(0.05)
            body = b"<R><ListUsersResult><IsTruncated>false</IsTruncated><Users/></ListUsersResult></R>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    aws = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quick)
    threading.Thread(target=aws.serve_forever, args=(0.01,), daemon=True).start()
    settings.AWS_ENDPOINT_URL = f"http://127.0.0.1:{aws.server_port}"
    answers = []

    def read():
        with deadlines.page():
            answers.append(gateway.read(gateway.reader(LINK).list_users)["Users"])

    read()  # botocore reads its model
    pages = [threading.Thread(target=read) for _ in range(5)]
    for page in pages:
        page.start()
    for page in pages:
        page.join()
    aws.shutdown()
    assert answers == [[]] * 6
