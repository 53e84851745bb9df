"""Every page of a small house and of one twenty times as large, each by its median: `make bench`.

A page with a fixed number of rows costs what it costs, however large the house is: at most 1.5 times as
much. The two houses (benchmarks/house.py) are kept in .bench/ or, with DATABASE_URL, on that server, and
filled anew when tables or filling change. Each is measured in a process of its own.

    python -m benchmarks.growth                        all pages, worst first
    python -m benchmarks.growth users:list reports:    pages whose names begin so
    CPU=1 python -m benchmarks.growth                  time of this process alone, for a busy machine
    LARGE=middle python -m benchmarks.growth           a house of 8,000 people, which is filled sooner
"""

import hashlib
import json
import logging
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".bench"
STAGES = {  # people, other accounts, events
    "small": (1_000, 10, 50_000),
    "middle": (8_000, 40, 400_000),
    "large": (20_000, 200, 1_000_000),
}
AIM, RUNS, WARM, ENOUGH = 1.5, 9, 2, 1.0  # at most so many times as long; runs; of them first; seconds
# What says of the whole house what there is, and why it may grow with it.
WHOLE = {
    "across-findings": "each finding of each account",
}
WHOLE_NAMES = ("export", "download")


def main() -> None:
    if "STAGE" in os.environ:
        if "FILL" in os.environ:
            fill(os.environ["STAGE"])
        else:
            print(json.dumps(measured(sys.argv[1:])))
        return
    small, large = ask("small"), ask(os.environ.get("LARGE", "large"))
    rows = [(large[page][0] / small[page][0], page) for page in small if page in large]
    print(f"{'ratio':>6} {'small':>9} {'large':>9}  queries      page")
    for ratio, page in sorted(rows, reverse=True):
        before, after = small[page], large[page]
        mark = "whole" if is_whole(page) else "" if ratio <= AIM else "over"
        print(
            f"{ratio:>6.2f} {before[0] * 1000:>6.1f} ms {after[0] * 1000:>6.1f} ms"
            f"  {before[1]:>3} {after[1]:>3} {mark:<5} {page}"
        )
    over = sum(ratio > AIM and not is_whole(page) for ratio, page in rows)
    print(f"{len(rows)} pages, {over} of a fixed number of rows above {AIM}")


def is_whole(page: str) -> bool:
    """Whether the answer holds the whole house."""
    route = page.partition(" ")[0]
    return route in WHOLE or any(name in route for name in WHOLE_NAMES)


def ask(stage: str) -> dict[str, tuple[float, int]]:
    """Measure a stage in a process of its own, once another has filled its database where it is missing."""
    name = f"iamconsole_growth_{stage}_{fingerprint()}"
    kept = Kept(os.environ.get("DATABASE_URL", ""), f"iamconsole_growth_{stage}_")
    if not kept.has(name):
        kept.drop_all()
        begun = f"{name}_begun"
        started = time.perf_counter()
        run_stage(stage, kept.setting(begun, new=True), FILL="1")
        kept.rename(begun, name)
        print(f"{stage} house filled in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    answer: dict[str, tuple[float, int]] = json.loads(run_stage(stage, kept.setting(name)))
    return answer


def run_stage(stage: str, setting: dict[str, str], **more: str) -> str:
    command = [sys.executable, "-m", "benchmarks.growth", *sys.argv[1:]]
    environment = {**os.environ, "STAGE": stage, **setting, **more}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment, cwd=ROOT, text=True)
    return (done.stdout.splitlines() or [""])[-1]


class Kept:
    """Filled databases that are kept: files, or databases of a PostgreSQL server."""

    def __init__(self, server: str, prefix: str) -> None:
        self.server, self.prefix = server, prefix
        KEPT.mkdir(exist_ok=True)

    def names(self) -> list[str]:
        if self.server:
            return [
                name
                for (name,) in self.run("SELECT datname FROM pg_database")
                if name.startswith(self.prefix)
            ]
        return [path.name for path in KEPT.glob(f"{self.prefix}*")]

    def has(self, name: str) -> bool:
        return name in self.names()

    def drop_all(self) -> None:
        for name in self.names():
            if self.server:
                self.run(f'DROP DATABASE "{name}"')
            else:
                (KEPT / name).unlink()

    def rename(self, begun: str, name: str) -> None:
        if self.server:
            self.run(f'ALTER DATABASE "{begun}" RENAME TO "{name}"')
        else:
            (KEPT / begun).rename(KEPT / name)

    def setting(self, name: str, *, new: bool = False) -> dict[str, str]:
        """What leads the console to it."""
        if not self.server:
            return {"BENCH_SQLITE": str(KEPT / name)}
        if new:
            self.run(f'CREATE DATABASE "{name}"')
        return {"DATABASE_URL": urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))}

    def run(self, sql: str) -> list[tuple[str]]:
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            done = connection.execute(sql)
            return done.fetchall() if done.description else []


def fingerprint() -> str:
    """Changes with the tables and with what fills them."""
    texts = [*sorted(ROOT.glob("*/migrations/0*.py")), ROOT / "tests/growth/filling.py"]
    texts += [ROOT / "benchmarks/house.py"]
    digest = hashlib.sha256(json.dumps(STAGES).encode())
    for text in texts:
        digest.update(text.read_bytes())
    return digest.hexdigest()[:8]


def fill(stage: str) -> None:
    """Fill the empty database; what SQLite has beside its file goes into it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.kept_settings"
    import django

    django.setup()
    from django.db import connection

    from benchmarks import house

    house.fill(*STAGES[stage])
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def measured(names: list[str]) -> dict[str, tuple[float, int]]:
    """Page -> median of its seconds, and queries."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.kept_settings"
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from benchmarks import house
    from tests.cast import PASSWORD
    from tests.client import Client
    from tests.growth.subjects import Subjects
    from tests.sessions import sign_in
    from users.models import User

    alice = User.objects.get(user_name="alice", account__is_home=True)
    logging.disable(logging.ERROR)  # of what is asked for and is no page
    client = Client()
    sign_in(client, alice, PASSWORD)
    found = {}
    for route, address, query in Subjects(house.opened()).pages():
        if names and not any(route.startswith(name) for name in names):
            continue
        url = f"{address}?{query}"
        seconds = median(lambda url=url: read(client, url))
        if seconds is not None:
            with CaptureQueriesContext(connection) as queries:
                read(client, url)
            found[f"{route} {query}".strip()] = (seconds, len(queries))
    return found


def median(look) -> float | None:
    """Seconds of one look; None for what is no page."""
    clock = time.process_time if os.environ.get("CPU") else time.perf_counter
    begun, seconds = time.perf_counter(), []
    for run in range(WARM + RUNS):
        started = clock()
        if not look():
            return None
        if run >= WARM or (run and time.perf_counter() - begun > ENOUGH):
            seconds.append(clock() - started)
        if seconds and time.perf_counter() - begun > ENOUGH:
            break
    return statistics.median(seconds)


def read(client, url: str) -> bool:
    """Whether it is a page: read to its last byte."""
    answer = client.get(url)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code == 200


if __name__ == "__main__":
    main()
