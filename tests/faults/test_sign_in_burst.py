"""Everybody signs in at nine o'clock: they wait in line, and pages of others do not."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from iamconsole.server.line import LINE_SECONDS
from tests.faults.console import LONGEST, TOKEN, Console

FEWEST, PEOPLE, WITHIN = 14, 40, 2.0


@pytest.fixture
def console(tmp_path) -> Iterator[Console]:
    console = Console(tmp_path)
    try:
        console.start()
        console.sign_in()
        yield console
    finally:
        console.stop()


def browser_of(console: Console) -> tuple[requests.Session, dict[str, str]]:
    """A browser with the sign-in page open, and what is typed there."""
    browser = requests.Session()
    token = TOKEN.search(browser.get(console.address + console.there["sign_in"], timeout=60).text)
    form = {name: console.there[name] for name in ("account", "user_name", "password")}
    return browser, {**form, "csrfmiddlewaretoken": token[1]}


def signed_in(console: Console, browser: requests.Session, form: dict[str, str]) -> tuple[int, float]:
    """Status and seconds."""
    began = time.monotonic()
    url = console.address + console.there["sign_in"]
    answer = browser.post(url, form, timeout=60, allow_redirects=False)
    return answer.status_code, time.monotonic() - began


def test_forty_people_sign_in_within_two_seconds(console: Console) -> None:
    """Or as many as a slow machine can serve in time, which are more than it has threads."""
    alone = [signed_in(console, *browser_of(console)) for _ in range(3)]
    assert [status for status, _ in alone] == [302] * 3
    number = max(FEWEST, min(PEOPLE, int(LINE_SECONDS / min(took for _, took in alone))))
    browsers = [browser_of(console) for _ in range(number)]
    path, others, over = console.there["pages"]["users:list"], [], threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            others.append(console.ask(path))

    def one(place: int) -> tuple[int, float]:
        time.sleep(WITHIN * place / number)
        return signed_in(console, *browsers[place])

    looking = threading.Thread(target=look)
    looking.start()
    with ThreadPoolExecutor(number) as pool:
        answers = list(pool.map(one, range(number)))
    over.set()
    looking.join()
    print(number, alone, answers, [answer.took for answer in others])
    assert Counter(status for status, _ in answers) == {302: number}
    assert max(took for _, took in answers) < LONGEST
    assert Counter(answer.status_code for answer in others) == {200: len(others)}
    assert max(answer.took for answer in others) < LONGEST
