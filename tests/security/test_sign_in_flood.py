"""The running console while more sign-ins arrive at once than it has threads: others are answered meanwhile."""

import re
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import running

pytestmark = [pytest.mark.processes, pytest.mark.long]
AT_ONCE = 24


def ask(port, method, path, body=None, **headers):
    """Status, headers and text of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Host": "localhost", **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def test_health_is_answered_during_a_flood_of_sign_ins():
    with running() as (_, url, _data, _frame):
        port = int(url.rpartition(":")[2])
        _, headers, page = ask(port, "GET", "/signin/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        cookie = headers["Set-Cookie"].partition(";")[0]

        def guess(number):
            form = {"account": "1", "user_name": f"u{number}", "password": "x", "csrfmiddlewaretoken": token}
            sent = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", "Origin": url}
            return ask(port, "POST", "/signin/", urlencode(form), **sent)[0]

        with ThreadPoolExecutor(AT_ONCE) as pool:
            guesses = [pool.submit(guess, number) for number in range(3 * AT_ONCE)]
            meanwhile = 0
            while not all(guess.done() for guess in guesses):
                assert ask(port, "GET", "/healthz")[0] == 200
                meanwhile += not all(guess.done() for guess in guesses)
        assert meanwhile
        assert {guess.result() for guess in guesses} <= {400, 503}, "wrong, or come again"
