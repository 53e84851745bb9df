"""Once means once: workers that freeze, are killed, are asked to end, or whose clock is wrong."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.machine import Postgres, Redis, wait_until
from tests.faults.workers import PREPARE, REPORT, TAG_ALL, Installation, ends

Start = Callable[..., Installation]
DONE_ROWS = "state = 'done'"
TAGGED = "action = 'iam:TagUser' AND outcome = 'allowed'"


@pytest.fixture
def install(tmp_path: Path, redis: Redis) -> Iterator[Start]:
    made: list[Installation] = []

    def start(database: str = "", users: int = 30, **more: str) -> Installation:
        made.append(Installation(tmp_path / "data", database, redis.url, **more))
        made[0].shell(PREPARE.replace("USERS", str(users)))
        return made[0]

    yield start
    for installation in made:
        installation.stop()


def is_frozen_between_writes(console: Installation) -> bool:
    """Freeze the worker where it holds no lock: others could not write, whatever they do."""
    console.tell("first", signal.SIGSTOP)
    if console.is_free("users_account"):
        return True
    console.tell("first", signal.SIGCONT)
    return False


@contextmanager
def reports_locked(server: Postgres) -> Iterator[None]:
    """However fast the machine: a report in the making stays in the making."""
    with psycopg.connect(server.url) as connection:
        connection.execute("LOCK TABLE reports_credentialreport IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_worker_that_was_frozen_writes_nothing_anymore(kind, install, request) -> None:
    database = request.getfixturevalue("postgres").url if kind == "postgresql" else ""
    console = install(database, users=300)
    console.worker("first")
    console.shell(TAG_ALL)
    assert wait_until(lambda: console.number("iamconsole_jobrow", DONE_ROWS) > 5, pause=0.01)
    assert wait_until(lambda: is_frozen_between_writes(console))
    console.worker("second")
    console.scheduler()
    rows = console.number("iamconsole_jobrow", DONE_ROWS)
    # Two processes start meanwhile, which takes half a minute on a busy machine.
    assert wait_until(lambda: console.number("iamconsole_jobrow", DONE_ROWS) > rows + 5, 90, pause=0.01)
    console.tell("first", signal.SIGCONT)
    assert ends(console), console.states()
    time.sleep(1)
    assert console.number("iamconsole_jobrow", DONE_ROWS) == 300
    assert console.number("iamconsole_event", TAGGED) == 300
    assert console.query("SELECT attempts, lease_number FROM iamconsole_job") == [(2, 2)]


def test_clocks_that_differ_take_no_living_job_and_find_a_dead_one(install, postgres) -> None:
    console = install(postgres.url)
    console.worker("here")
    with reports_locked(postgres):
        console.shell(REPORT)
        assert wait_until(lambda: console.states() == ["running"])
        console.worker("ahead", ahead=60)
        console.scheduler()
        assert wait_until(lambda: "celery@" in console.log("ahead") or "ready" in console.log("ahead"))
        time.sleep(6)
        assert console.query("SELECT state, attempts FROM iamconsole_job") == [("running", 1)]
        # The clock of the database's machine is set back: signs of life and of the schedule are of the future.
        console.end("here", signal.SIGKILL)
        console.query("UPDATE iamconsole_job SET heartbeat_at = now() + interval '1 hour' RETURNING 1")
        ahead = "UPDATE iamconsole_scheduleentry SET {} = now() + interval '1 hour' RETURNING 1"
        console.query(ahead.format("sent_at"))
        console.query(ahead.format("ran_at"))
    assert ends(console, seconds=30), console.log("ahead")[-2000:]
    assert console.query("SELECT attempts FROM iamconsole_job") == [(2,)]
    assert console.number("reports_credentialreport") == 1


MANY = 2000  # so many that no machine has done them while a short job is left to end


def test_a_worker_that_is_asked_to_end_hands_back_what_is_long(install, postgres) -> None:
    console = install(postgres.url, users=MANY)
    console.worker("first")
    console.shell(TAG_ALL)
    with reports_locked(postgres):
        console.shell(REPORT)
        assert wait_until(lambda: console.states() == ["running", "running"])
        began = time.monotonic()
        assert console.end("first") == 0
        assert time.monotonic() - began < 30
        assert console.query("SELECT DISTINCT state, attempts, lease FROM iamconsole_job") == [
            ("waiting", 0, None)
        ]
    rows = console.number("iamconsole_jobrow", DONE_ROWS)
    assert rows < MANY
    console.worker("second")  # and no scheduler: both were sent again by the first one
    assert ends(console), console.states()
    assert console.number("iamconsole_event", TAGGED) == MANY
    assert console.number("reports_credentialreport") == 1
    assert console.end("second") == 0


def test_a_worker_that_is_asked_to_end_while_the_database_is_frozen(install, postgres) -> None:
    """Nothing can be handed back then: the worker ends all the same, and the jobs go on elsewhere."""
    console = install(postgres.url, users=600)
    console.worker("first")
    console.shell(TAG_ALL)
    with reports_locked(postgres):
        console.shell(REPORT)
        assert wait_until(lambda: console.states() == ["running", "running"])
        postgres.freeze()
        try:
            assert console.end("first", seconds=30) == 0
        finally:
            postgres.thaw()
    console.worker("second")
    console.scheduler()
    assert ends(console), console.states()
    assert console.number("iamconsole_event", TAGGED) == 600
    assert console.number("reports_credentialreport") == 1


def test_of_several_schedulers_one_sends(install, redis) -> None:
    """A year has as many sweeps as one scheduler would send; one that dies leaves no gap."""
    console = install()
    names = ["one", "two", "three"]
    for name in names:
        console.scheduler(name, ahead=90 if name == "three" else 0)
    waiting = redis_client(redis)
    assert wait_until(lambda: waiting.llen("upkeep") > 8)
    before, began = waiting.llen("upkeep"), time.monotonic()
    time.sleep(6)
    assert waiting.llen("upkeep") - before <= time.monotonic() - began + 2
    console.end("one", signal.SIGKILL)
    console.end("three", signal.SIGKILL)
    before = waiting.llen("upkeep")
    assert wait_until(lambda: waiting.llen("upkeep") >= before + 3, seconds=8)
    waiting.close()


def redis_client(server: Redis):
    import redis

    return redis.Redis.from_url(server.url)
