"""(ii) A first sync whose worker is killed in each part, when it asks and when it writes; another ends it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection

from iamconsole.operations import execute
from iamconsole.sync import job as engine
from tests.snapshots import kept, stage, world
from tests.snapshots.double import Record
from tests.snapshots.masks import Masks
from tests.snapshots.rounds import many
from tests.snapshots.stage import Clock, rows
from tests.sync.conftest import as_administrator, link
from tests.sync.proxy import Answer, Proxy, Request
from users.callers.build import Origin, caller_for_user

PART = 3  # a few parts of few users
WRITTEN = "users_user"  # written in each part


class Lives:
    """One database file before the sync, and a copy of it for each life."""

    def __init__(
        self, aws: Any, proxy: Proxy, record: Record, clock: Clock, folder: Path, work: Path
    ) -> None:
        self.aws, self.proxy, self.record, self.clock = aws, proxy, record, clock
        self.folder, self.work = folder, work

    def play(self) -> None:
        settings.JOB_STALE_SECONDS = 0
        engine.PART = PART
        start = self.prepared()
        whole = self.life(start, "whole")
        asked = list(dict.fromkeys(call["UserName"] for call in whole if "UserName" in call))
        for number, name in enumerate(asked):
            if number % PART in (0, PART - 1):
                self.life(start, f"killed-asking-{number:02}", when_asking=name)
        writes = int((self.work / "life-whole.writes").read_text())
        for number in range(PART * 2):
            point = 1 + number * (writes - 1) // (PART * 2 - 1)
            self.life(start, f"killed-writing-{number}", when_writing=point)

    def prepared(self) -> Path:
        """The database with a linked account, and the job that waits."""
        start = self.work / "start.sqlite3"
        stage.new_database(start)
        alice = stage.home_with_alice(self.clock)
        world.furnish(self.aws)
        many(self.aws, users=12)
        self.aws.generate_credential_report()
        self.clock.pass_by(hours=1)
        link(caller_for_user(alice, Origin(source_ip="127.0.0.1", session_key="s" * 32)))
        execute(as_administrator(alice), "iamconsole:SyncAccount")
        stage.leave()
        return start

    def life(
        self, start: Path, name: str, *, when_asking: str = "", when_writing: int = 0
    ) -> list[dict[str, Any]]:
        """Run the job in a process that is killed at a point, then in another that is not."""
        database = stage.copied(start, self.work / f"life-{name}.sqlite3")
        self.record.taken()
        if when_asking or when_writing:
            with killed_when_asking(self.proxy, when_asking) as child:
                child.append(forked(run, database, when_writing))
                assert waited(child[0]) == signal.SIGKILL, f"{name} was not killed"
            self.clock.pass_by(minutes=1)
        assert waited(forked(run, database, 0)) == 0, f"{name} did not end"
        stage.use(database)
        calls = self.record.taken()
        # Where a worker is killed while it writes depends on the number of statements; how it ends does not.
        found = kept.kept() if when_writing else {**kept.kept(), "calls": calls}
        kept.write(self.folder / f"{name}.json", found, Masks().learn())
        stage.leave()
        self.clock.pass_by(minutes=-1 if when_asking or when_writing else 0)
        return calls


def forked(life: Callable[..., None], *arguments: Any) -> int:
    """A process that lives this life. Gives its ID."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            life(*arguments)
            status = 0
        finally:
            os._exit(status)
    return child


def waited(child: int) -> int:
    """The signal that ended it, or 0; any other end is an error."""
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0, f"a worker ended with {status}"
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def run(database: Path, kill_at: int) -> None:
    """The job, as its task is called; killed after so many writes of users, 0 for never."""
    stage.use(database)
    seen = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        answer = execute(sql, params, many, context)
        if sql.startswith(("INSERT", "UPDATE")) and f'"{WRITTEN}"' in sql.partition("SET")[0]:
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return answer

    with connection.execute_wrapper(count):
        current_app.tasks[stage.RUN_JOB](str(rows("iamconsole.Job").get(kind="sync").pk))
    database.with_suffix(".writes").write_text(str(seen))


@contextmanager
def killed_when_asking(proxy: Proxy, name: str) -> Iterator[list[int]]:
    """Whoever asks about that user dies of it. The list takes the process to kill."""
    child: list[int] = []

    def fault(request: Request, pass_on: Callable[[], Answer]) -> Answer | None:
        if not name or request.params.get("UserName") != name:
            return None
        os.kill(child[0], signal.SIGKILL)
        return Answer(200, b"", cut=0)

    proxy.faults.append(fault)
    yield child
    proxy.faults.remove(fault)
