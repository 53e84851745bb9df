"""A worker that is killed at many points of a sync, and another that goes on: run by test_kills.

    python -m tests.sync.killed <endpoint> <points>

Each life is a process of its own (a fork of this one) on a copy of one database file. Printed is, as
JSON, how many statements an undisturbed run takes and what differed where.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path


def main(endpoint: str, points: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    from django.conf import settings

    from iamconsole.sync import job

    settings.AWS_ENDPOINT_URL = endpoint
    settings.JOB_STALE_SECONDS = 0
    job.PART = 3  # a few parts of few users
    folder = Path(tempfile.mkdtemp(prefix="iamconsole-kills-"))
    try:
        print(json.dumps(lives(folder, points)))
    finally:
        shutil.rmtree(folder)


def lives(folder: Path, points: int) -> dict:
    """An undisturbed run, then lives that are cut short at even distances and taken over."""
    start = folder / "start.sqlite3"
    forked(prepare, start)
    whole = copied(start, folder / "whole.sqlite3")
    forked(work, whole, 0)
    forked(write_facts, whole)
    wanted = facts(whole)
    count = wanted["statements"]
    different, unkilled = {}, []
    for point in range(points):
        after = 1 + point * (count - 1) // points
        database = copied(start, folder / f"life-{point}.sqlite3")
        if not forked(work, database, after):
            unkilled.append(after)
        forked(work, database, 0)
        forked(write_facts, database)
        if (found := facts(database))["mirror"] != wanted["mirror"] or found["job"] != wanted["job"]:
            different[after] = found
    told = {name: wanted[name] for name in ("job", "rows", "statements")}
    return {**told, "different": different, "unkilled": unkilled}


def copied(source: Path, target: Path) -> Path:
    for ending in ("", "-wal", "-shm"):
        if Path(f"{source}{ending}").exists():
            shutil.copy(f"{source}{ending}", f"{target}{ending}")
    return target


def forked(life, *arguments) -> bool:
    """One life. Says whether it was killed; raises when it failed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            use(arguments[0])
            life(*arguments)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if status and not killed:
        raise RuntimeError(f"{life.__name__}{arguments} ended with {status}")
    return killed


def use(database: Path) -> None:
    from django.db import connections

    connections["default"].settings_dict["NAME"] = str(database)


def prepare(database: Path) -> None:
    """A home account with its administrator, the linked account, and the job that waits."""
    from django.core.management import call_command

    from iamconsole.operations import execute
    from tests.cast import ADMINISTRATOR_ACCESS, HOME_ID, PASSWORD, make_account, make_user
    from tests.sync.conftest import as_administrator, link
    from users.callers.build import Origin, caller_for_user
    from users.policies import catalogue as managed_policies

    call_command("migrate", verbosity=0)
    managed_policies.load()
    home = make_account(HOME_ID, name="main", alias="northwind", is_home=True)
    alice = make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    link(caller_for_user(alice, Origin(source_ip="127.0.0.1", session_key="s" * 32)))
    execute(as_administrator(alice), "iamconsole:SyncAccount")


def work(database: Path, after: int) -> None:
    """Run the job; killed after so many statements, 0 for never."""
    from django.db import connection

    from iamconsole import jobs
    from iamconsole.models import Job

    job = Job.objects.get(kind="sync")
    seen = 0

    def count(execute, sql, params, many, context):
        nonlocal seen
        answer = execute(sql, params, many, context)
        seen += 1
        if seen == after:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    with connection.execute_wrapper(count):
        jobs.run(str(job.id))
    Path(f"{database}.statements").write_text(str(seen))


def write_facts(database: Path) -> None:
    from iamconsole.models import Job
    from tests.sync.conftest import AWS_ACCOUNT
    from tests.sync.mirrors import mirror

    job, found = Job.objects.get(kind="sync"), mirror(AWS_ACCOUNT)
    told = {
        "mirror": found,
        "job": [job.state, job.error],
        "rows": {name: len(rows) for name, rows in found.items()},
        "statements": int(Path(f"{database}.statements").read_text()),
    }
    Path(f"{database}.json").write_text(json.dumps(told))


def facts(database: Path) -> dict:
    found: dict = json.loads(Path(f"{database}.json").read_text())
    return found


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
