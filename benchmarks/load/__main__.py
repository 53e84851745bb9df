"""What a console carries: each kind of visit alone, then all together, with kills of its parts if wished.

    make load                                   on SQLite
    DATABASE_URL=postgresql://... make load     on PostgreSQL, in a database of its own
    python -m benchmarks.load --minutes 10 --kills

Kills: a process of the web server is asked to stop (what it has begun is finished); worker, scheduler and
broker are killed without a warning, one every 20 seconds. Memory is the proportional share (PSS) of all
processes.
"""

import argparse
import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import sign_in
from benchmarks.database import own_database

CLIENTS, USERS, PEOPLE = 8, 1000, 24
KINDS = ("sign-in", "list", "user page", "report", "api read", "api write")
KILL_SECONDS = 20
PARTS = ("gunicorn", "celery -A iamconsole.celery worker", "beat", "valkey")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1, help="of the mix (default 1)")
    parser.add_argument(
        "--seconds", type=int, default=10, help="of each kind alone (default 10; 0: leave out)"
    )
    parser.add_argument("--kills", action="store_true", help="kill parts of the console during the mix")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        own_database() as database,
        sign_in.console(folder) as process,
    ):
        facts = Path(folder) / "facts.json"
        facts.write_text(json.dumps(fill()))
        cores = len(os.sched_getaffinity(0))
        print(f"{CLIENTS} clients, {USERS:,} users on {database}, {cores} cores shared with the clients")
        print(f"memory, idle: {megabytes(process.pid):.0f} MB")
        print(f"{'':24}{'a second':>9}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}{'p99/p50':>8}{'errors':>8}")
        for kind in KINDS if chosen.seconds else ():
            table(visit(folder, facts, [kind], chosen.seconds), [kind])
        print(f"together, {chosen.minutes:g} minutes{', with kills' if chosen.kills else ''}")
        with killing(process.pid) if chosen.kills else nothing() as killed:
            rows = visit(folder, facts, KINDS, int(chosen.minutes * 60), pause=0.05)
        table(rows, KINDS)
        print(f"killed: {', '.join(killed) or 'nothing'}")
        print(f"memory, after: {megabytes(process.pid):.0f} MB")


def fill() -> dict[str, Any]:
    """An account with users, administrators among them, a key, and a report. What visitors know of it."""
    import django

    django.setup()
    from iamconsole.operations import execute
    from tests.cast import ADMINISTRATOR_ACCESS, make_user
    from users.callers.build import system_caller
    from users.models import Account, User
    from users.policies import catalogue

    catalogue.load()
    home = Account.objects.get(is_home=True)
    people = [
        make_user(home, f"person-{number}", password=sign_in.PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
        for number in range(PEOPLE)
    ]
    names = [f"user-{number:04}" for number in range(USERS)]
    User.objects.bulk_create(
        User(account=home, user_id=f"AIDALOAD{name}", user_name=name, name_folded=name) for name in names
    )
    caller = system_caller(home)
    key = execute(caller, "CreateAccessKey", UserName=people[0].user_name)["AccessKey"]
    return {
        "account": home.account_id,
        "password": sign_in.PASSWORD,
        "users": [person.user_name for person in people],
        "user_ids": [f"AIDALOAD{name}" for name in names[:200]],
        "report": report(caller),
        "key": [key["AccessKeyId"], key["SecretAccessKey"]],
    }


def report(caller: Any) -> str:
    """The address of a finished credential report, below its account."""
    from django.urls import reverse

    from iamconsole import jobs
    from reports.models import CredentialReport
    from users.callers.build import starter_of

    jobs.start(caller, "credential-report", starter=starter_of(caller))
    while (made := CredentialReport.objects.first()) is None:  # the console's own worker makes it
        time.sleep(0.2)
    return reverse("reports:download-credential-report", args=[made.pk, "exact"])


def visit(folder: str, facts: Path, kinds: Any, seconds: int, pause: float = 0) -> dict[str, dict[str, str]]:
    """Let them come. Name -> the row of locust's statistics."""
    prefix = f"{folder}/load"
    command = [sys.executable, "-m", "locust", "-f", "benchmarks/load/visitors.py", "--headless"]
    command += ["--users", str(CLIENTS), "--spawn-rate", str(CLIENTS), "--run-time", f"{seconds}s"]
    command += ["--host", f"http://localhost:{sign_in.PORT}", "--csv", prefix, "--only-summary"]
    command += ["--stop-timeout", "60", "--loglevel", "ERROR"]
    given = {"LOAD_FACTS": str(facts), "LOAD_KINDS": ",".join(kinds), "LOAD_PAUSE": str(pause)}
    subprocess.run(command, env=os.environ | given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for failure in rows_of(f"{prefix}_failures.csv"):
        print(f"  ! {failure['Name']}: {failure['Error']} ({failure['Occurrences']} times)")
    return {row["Name"]: row for row in rows_of(f"{prefix}_stats.csv")}


def rows_of(path: str) -> list[dict[str, str]]:
    """The rows of a file that locust has written."""
    with Path(path).open() as file:
        return list(csv.DictReader(file))


def table(rows: dict[str, dict[str, str]], kinds: Any) -> None:
    """A line for each kind."""
    for kind in kinds:
        row = rows[kind]
        p50, p95, p99 = (float(row[share] or 0) for share in ("50%", "95%", "99%"))
        each = float(row["Requests/s"])
        figures = f"{each:>9.0f}{p50:>8.0f}{p95:>8.0f}{p99:>8.0f}{p99 / max(p50, 1):>8.1f}"
        print(f"{kind:<24}{figures}{row['Failure Count']:>8}", flush=True)


@contextmanager
def killing(process: int) -> Iterator[list[str]]:
    """Take one part after the other away, each of which must come back."""
    killed: list[str] = []
    over = threading.Event()

    def kill() -> None:
        number = 0
        while not over.wait(KILL_SECONDS):
            part = PARTS[number % len(PARTS)]
            number += 1
            found = [one for one in below(process) if re.search(part, command_of(one))]
            if found:
                chosen = found[-1]  # a process of the web server, not its head
                os.kill(chosen, signal.SIGTERM if part == "gunicorn" else signal.SIGKILL)
                killed.append(part.split()[-1])

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


@contextmanager
def nothing() -> Iterator[list[str]]:
    yield []


def below(process: int) -> list[int]:
    """All processes that a process has started, and theirs."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, children) for one in (child, *below(child))]


def command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def megabytes(process: int) -> float:
    """The proportional share of memory of a process and all below it."""
    shares = [share(one) for one in (process, *below(process))]
    return sum(shares) / 1024


def share(process: int) -> int:
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
