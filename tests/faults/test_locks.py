"""PostgreSQL's locks: held by another process, or by a worker that is frozen in the middle of a change."""

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import psycopg
import requests

from tests.cast import PASSWORD
from tests.faults.console import LONGEST, TOKEN, Console
from tests.faults.machine import wait_until
from tests.faults.test_jobs_once import DONE_ROWS, TAGGED, install
from tests.faults.workers import CALLER, TAG_ALL, Installation, ends

__all__ = ["install"]
# The server ends a transaction in which nothing happens after so long.
IDLE_SECONDS = 20
TAG_ALICE = (
    CALLER
    + """
from credentials.bulk import job as bulk
from credentials.bulk.actions import ACTIONS
users = list(User.objects.filter(user_name="alice").select_related("account"))
params = {"key": "team", "value": "blue"}
print(bulk.start(caller, starter_of(caller), ACTIONS["tag"], users, params).id)
"""
)
BUSY = re.compile("The database (is busy|took too long|does not answer)|Many (requests|people) are")
HELD = "SELECT 1 FROM users_user WHERE user_name = 'alice' FOR UPDATE NOWAIT"
BLOCKED = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%event%'"


def test_a_job_waits_for_who_holds_a_table(install, postgres) -> None:
    """For longer than a statement of the job waits: 6 of 10 seconds."""
    console = install(postgres.url, users=200, IAMCONSOLE_DATABASE_JOB_SECONDS="10")
    console.worker()
    console.scheduler()
    console.shell(TAG_ALL)
    assert wait_until(lambda: console.number("iamconsole_jobrow", DONE_ROWS) > 5, pause=0.01)
    with closing(psycopg.connect(postgres.url)) as other:
        other.execute("LOCK TABLE users_user IN ACCESS EXCLUSIVE MODE")
        before = console.number("iamconsole_jobrow", DONE_ROWS)
        waiting = "SELECT 1 FROM iamconsole_job WHERE state = 'waiting' AND waits_for <> ''"
        assert before < 200
        assert wait_until(lambda: console.query(waiting), 20)
        time.sleep(5)
        assert console.number("iamconsole_jobrow", DONE_ROWS) <= before + 1
        other.rollback()
    assert ends(console), console.query("SELECT state, error FROM iamconsole_job")
    assert console.number("iamconsole_jobrow", DONE_ROWS) == 200
    assert console.number("iamconsole_event", TAGGED) == 200
    assert console.query("SELECT waited > 0 FROM iamconsole_job") == [(True,)]


def sign_in(console: Console, user_name: str) -> tuple[int, float, str]:
    """As a browser of its own: status, seconds and text."""
    url, browser = console.address + console.there["sign_in"], requests.Session()
    began = time.monotonic()
    page = browser.get(url, timeout=60)
    token = TOKEN.search(page.text)
    form = {"account": console.there["account"], "user_name": user_name, "password": PASSWORD}
    if token is None:
        return page.status_code, time.monotonic() - began, page.text
    began = time.monotonic()
    answer = browser.post(url, {**form, "csrfmiddlewaretoken": token[1]}, timeout=60)
    return answer.status_code, time.monotonic() - began, answer.text


def test_people_sign_in_while_a_worker_is_frozen_with_their_rows(tmp_path, postgres, redis) -> None:
    """In the middle of a change of Alice: she waits, and is told so; others do not."""
    console = Console(tmp_path, postgres.url, REDIS_URL=redis.url)
    workers = Installation(tmp_path, postgres.url, redis.url)
    workers.environment = {**console.environment, "IAMCONSOLE_JOB_STALE_SECONDS": "3"}
    try:
        console.start()
        console.client().create_login_profile(UserName="charlie", Password=PASSWORD)
        workers.worker("first")
        with closing(psycopg.connect(postgres.url)) as other:
            other.execute("LOCK TABLE iamconsole_event IN EXCLUSIVE MODE")
            workers.shell(TAG_ALICE)
            assert wait_until(lambda: workers.query(BLOCKED), 60)
            workers.tell("first", signal.SIGSTOP)
            other.rollback()
        frozen = time.monotonic()
        assert wait_until(lambda: not workers.query(BLOCKED))
        assert holds(workers), "the frozen worker has Alice's row"

        signed_in = False
        while not signed_in:
            with ThreadPoolExecutor(2) as pool:
                (status, took, text), other = pool.map(partial(sign_in, console), ("alice", "charlie"))
            assert other[0] == 200, "of Charlie it has no row"
            assert max(took, other[1]) < LONGEST
            assert status == 200 or (status == 503 and BUSY.search(text)), (status, text)
            signed_in = status == 200
            assert signed_in or time.monotonic() - frozen < IDLE_SECONDS + LONGEST
        assert workers.processes["first"].poll() is None

        workers.tell("first", signal.SIGCONT)
        workers.scheduler()
        assert ends(workers), workers.states()
        assert workers.number("iamconsole_event", TAGGED) == 1
    finally:
        workers.stop()
        console.stop()


def holds(workers: Installation) -> bool:
    try:
        workers.query(HELD)
    except psycopg.errors.LockNotAvailable:
        return True
    return False
