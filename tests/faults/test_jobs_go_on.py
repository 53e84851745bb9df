"""Jobs go on by themselves: the database away, locked or restarted, the broker without memory or emptied."""

import sqlite3
import time
from contextlib import closing

from tests.faults.machine import wait_until
from tests.faults.test_jobs_once import DONE_ROWS, TAGGED, install, redis_client
from tests.faults.workers import REPORT, TAG_ALL, ends

__all__ = ["install"]


def goes_on(console) -> bool:
    before = console.number("iamconsole_jobrow", DONE_ROWS)
    return wait_until(lambda: console.number("iamconsole_jobrow", DONE_ROWS) > before + 5, pause=0.01)


def test_a_database_that_is_killed_and_comes_back(install, postgres) -> None:
    console = install(postgres.url, users=600)
    console.worker()
    console.scheduler()
    console.shell(TAG_ALL)
    for _ in range(2):
        assert goes_on(console)
        postgres.stop()
        time.sleep(3)
        postgres.start()
    assert ends(console), console.query("SELECT state, error FROM iamconsole_job")
    assert console.number("iamconsole_jobrow", DONE_ROWS) == 600
    assert console.number("iamconsole_event", TAGGED) == 600


def test_a_job_waits_for_who_holds_the_database(install) -> None:
    """SQLite: the other process holds it for longer than a statement waits."""
    console = install(users=200)
    console.worker()
    console.scheduler()
    console.shell(TAG_ALL)
    assert wait_until(lambda: console.number("iamconsole_jobrow", DONE_ROWS) > 5, pause=0.01)
    with closing(sqlite3.connect(console.data / "iamconsole.sqlite3", timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(26)
        other.rollback()
    assert ends(console), console.query("SELECT state, error FROM iamconsole_job")
    assert console.number("iamconsole_event", TAGGED) == 200


def test_what_the_broker_refused_or_lost_is_sent_again(install, redis) -> None:
    console = install()
    broker = redis_client(redis)
    console.shell(REPORT)  # sent, and lost
    broker.flushall()
    broker.config_set("maxmemory", "1")
    console.shell(TAG_ALL)  # refused: the broker has no memory
    assert console.states() == ["waiting", "waiting"]
    broker.config_set("maxmemory", "0")
    broker.close()
    console.worker()
    console.scheduler()
    assert ends(console), console.states()
