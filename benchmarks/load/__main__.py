"""What a console carries: each kind of visit alone, then all together, with kills of its parts if wished.

    make load                            on SQLite, then on PostgreSQL, with one table at the end
    make load LOAD="--minutes 10 --kills"
    make load LOAD="--database postgresql"

PostgreSQL is the server of DATABASE_URL, in a database of its own; without one, a cluster that is made for
this and removed, with Debian's packages. Kills: benchmarks/load/kills.py. Memory is the proportional share
(PSS) of all processes. A request that was told to come again (503 with Retry-After), or whose kept
connection was closed without an answer, is sent again, as browsers and SDKs do; those are counted in columns
of their own. Everything else that is not the expected answer is an error, and ends this with status 1.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from benchmarks import sign_in
from benchmarks.database import own_database, own_server
from benchmarks.load.filling import USERS, fill
from benchmarks.load.kills import killing
from benchmarks.processes import megabytes

CLIENTS = 8
KINDS = ("sign-in", "list", "user page", "report", "api read", "api write")
DATABASES = ("sqlite", "postgresql")
IDLE_SECONDS = 20  # after which a console that nobody asks is at rest
SETTLED_SECONDS = 60
WAITED, SENT_AGAIN = ": told to wait", ": sent again"
COLUMNS = ("a second", "p50 ms", "p95 ms", "p99 ms", "p99/p50", "waits", "again", "errors")
Rows = dict[str, dict[str, str]]


def main() -> None:
    chosen = arguments()
    if chosen.into:  # one database in a process of its own: settings are read once
        Path(chosen.into).write_text(json.dumps(run(chosen)))
        return
    results = [measured(database, chosen) for database in chosen.database or DATABASES]
    print_table(results, chosen)
    sys.exit(any(result["wrong"] for result in results))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1, help="of the mix (default 1)")
    parser.add_argument(
        "--seconds", type=int, default=10, help="of each kind alone (default 10; 0: leave out)"
    )
    parser.add_argument("--kills", action="store_true", help="kill parts of the console during the mix")
    parser.add_argument("--database", choices=DATABASES, nargs="*", help="on these only (default: both)")
    parser.add_argument("--into", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(database: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """Run on one database, in a process of its own. Gives what is printed of it."""
    command = [sys.executable, "-m", "benchmarks.load", "--minutes", str(chosen.minutes)]
    command += ["--seconds", str(chosen.seconds), *(["--kills"] if chosen.kills else [])]
    with tempfile.TemporaryDirectory() as folder, own_server(database == "postgresql") as url:
        into = Path(folder) / "result.json"
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        given = {"DATABASE_URL": url} if url else {}
        subprocess.run([*command, "--into", str(into)], env=environment | given, check=True)
        result: dict[str, Any] = json.loads(into.read_text())
        return result


def run(chosen: argparse.Namespace) -> dict[str, Any]:
    """Start, fill, visit and kill."""
    result: dict[str, Any] = {"rows": [], "wrong": []}
    with tempfile.TemporaryDirectory() as folder, own_database() as database:
        result["database"] = database
        result["first_start"] = seconds_to_ready(folder)
        with started(folder, result) as process:
            time.sleep(IDLE_SECONDS)
            result["idle"] = megabytes(process.pid)
            facts = Path(folder) / "facts.json"
            facts.write_text(json.dumps(fill()))
            for kind in KINDS if chosen.seconds else ():
                print(f"{database}: {kind} alone", flush=True)
                note(result, f"{kind} alone", visit(folder, facts, [kind], chosen.seconds), kind)
            print(f"{database}: together", flush=True)
            with killing(process.pid) if chosen.kills else nullcontext(({}, [])) as (killed, wrong):
                rows = visit(folder, facts, KINDS, int(chosen.minutes * 60), pause=0.05)
            for kind in KINDS:
                note(result, kind, rows, kind)
            result["wrong"] += not_of(KINDS, rows)
            result |= {"killed": dict(killed), "after": megabytes(process.pid)}
            result["wrong"] += [*wrong, *server_errors(folder)]
            result["wrong"] += [line for line in unended() if line]
    return result


def seconds_to_ready(folder: str) -> float:
    """A first start, which makes the database; it is stopped again."""
    began = time.monotonic()
    with sign_in.console(folder):
        return time.monotonic() - began


@contextmanager
def started(folder: str, result: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """The console, started on what is there."""
    began = time.monotonic()
    with sign_in.console(folder) as process:
        result["start"] = time.monotonic() - began
        yield process


def server_errors(folder: str) -> list[str]:
    """Stack traces in the logs of the parts: what went wrong without a visitor hearing of it."""
    found = []
    for log in sorted(Path(folder, "data", "logs").glob("*.log")):
        if traces := log.read_text(errors="replace").count("Traceback (most recent call last)"):
            found.append(f"{traces} stack traces in {log.name}")
    return found


def unended() -> list[str]:
    """Jobs that are not done although nobody asks any more."""
    from iamconsole.models import Job

    deadline = time.monotonic() + SETTLED_SECONDS
    while (open_jobs := Job.objects.exclude(state="done").count()) and time.monotonic() < deadline:
        time.sleep(1)
    return [f"{open_jobs} jobs are not done"] if open_jobs else []


def failures_of(kinds: Sequence[str], rows: Rows) -> int:
    """Errors of some kinds, those of their forms among them."""
    return sum(int(row["Failure Count"]) for name, row in rows.items() if name.split(":")[0] in kinds)


def not_of(kinds: Sequence[str], rows: Rows) -> list[str]:
    """Errors elsewhere, as of the page before a sign-in."""
    others = failures_of(["Aggregated"], rows) - failures_of(kinds, rows)
    return [f"on the way there: {others} errors"] if others else []


def note(result: dict[str, Any], title: str, rows: Rows, kind: str) -> None:
    """Keep a line of the table, and its errors."""
    row = rows.get(kind)
    if row is None:
        result["wrong"].append(f"{title}: nobody came")
        return
    failed = failures_of([kind], rows)
    waits, again = (int(rows.get(kind + what, {}).get("Request Count", 0)) for what in (WAITED, SENT_AGAIN))
    p50, p95, p99 = (float(row[share] or 0) for share in ("50%", "95%", "99%"))
    each = float(row["Requests/s"])
    if title != kind:  # alone: whoever came, came for it
        failed = failures_of(["Aggregated"], rows)
    result["rows"].append([title, each, p50, p95, p99, p99 / max(p50, 1), waits, again, failed])
    if failed:
        result["wrong"].append(f"{title}: {failed} errors")


def visit(folder: str, facts: Path, kinds: Sequence[str], seconds: int, pause: float = 0) -> Rows:
    """Let them come. Name -> the row of locust's statistics. What went wrong is printed at once."""
    prefix = f"{folder}/load"
    command = [sys.executable, "-m", "locust", "-f", "benchmarks/load/visitors.py", "--headless"]
    command += ["--users", str(CLIENTS), "--spawn-rate", str(CLIENTS), "--run-time", f"{seconds}s"]
    command += ["--host", f"http://localhost:{sign_in.PORT}", "--csv", prefix, "--only-summary"]
    command += ["--stop-timeout", "60", "--loglevel", "ERROR"]
    given = {"LOAD_FACTS": str(facts), "LOAD_KINDS": ",".join(kinds), "LOAD_PAUSE": str(pause)}
    subprocess.run(command, env=os.environ | given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for failure in rows_of(f"{prefix}_failures.csv"):
        print(f"  ! {failure['Name']}: {failure['Error']} ({failure['Occurrences']} times)", flush=True)
    return {row["Name"]: row for row in rows_of(f"{prefix}_stats.csv")}


def rows_of(path: str) -> list[dict[str, str]]:
    """The rows of a file that locust has written."""
    with Path(path).open() as file:
        return list(csv.DictReader(file))


def print_table(results: list[dict[str, Any]], chosen: argparse.Namespace) -> None:
    """One table for all databases."""
    cores = len(os.sched_getaffinity(0))
    mix = f"{chosen.minutes:g} minutes{' with kills' if chosen.kills else ''}"
    print(f"\n{CLIENTS} clients, {USERS:,} users, {cores} cores shared with the clients; together: {mix}")
    print(f"{'':<12}{'':<18}{''.join(f'{column:>9}' for column in COLUMNS)}")
    for result in results:
        for title, each, *times, ratio, waits, again, errors in result["rows"]:
            shown = "".join(f"{value:>9.0f}" for value in (each, *times))
            counts = f"{waits:>9}{again:>9}{errors:>9}"
            print(f"{result['database']:<12}{title:<18}{shown}{ratio:>9.1f}{counts}")
    print(f"\n{'':<12}{'first start':>12}{'start':>9}{'MB idle':>9}{'MB after':>10}  killed")
    for result in results:
        killed = ", ".join(f"{part} {times}" for part, times in result["killed"].items()) or "nothing"
        seconds = f"{result['first_start']:>10.1f} s{result['start']:>7.1f} s"
        print(f"{result['database']:<12}{seconds}{result['idle']:>9.0f}{result['after']:>10.0f}  {killed}")
    for result in results:
        for line in result["wrong"]:
            print(f"! {result['database']}: {line}")


if __name__ == "__main__":
    main()
