"""The credential report against its floor, for 5,000 and 100,000 users: `make bench`.

The floor streams the same 22 columns, ready as text, from one flat table of the same database through
csv.writer: no report can be faster without keeping it ready beforehand. SQLite, or the PostgreSQL of
DATABASE_URL, in a database of its own that is dropped afterwards.
"""

import csv
import io
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.db import connection, transaction
from django.utils import timezone

SIZES, RUNS, CHUNK = (5_000, 100_000), 5, 2_000


def main() -> None:
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        print(f"credential report on {connection.vendor}, medians of {RUNS} runs")
        print(f"{'users':>8} {'floor':>19} {'report':>19} {'ratio':>6} {'stream peak':>12} {'file':>8}")
        for size in SIZES:
            measure(size)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def measure(size: int) -> None:
    """One line of the table."""
    from reports.credential_report.generation import chunks

    account = fill(size)
    flatten(account)
    found, made = [], []
    for _ in range(RUNS):  # in turns: what slows the machine down slows both
        found.append(seconds(lambda: drain(floor())))
        made.append(seconds(lambda: drain(chunks(account, lambda *told: None))))
    tracemalloc.start()
    size_of_file = drain(chunks(account, lambda *told: None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    low, ours = statistics.median(found), statistics.median(made)
    print(
        f"{size:>8,} {low:>7.3f} s {size / low:>7,.0f}/s {ours:>7.3f} s {size / ours:>7,.0f}/s"
        f" {ours / low:>6.2f} {peak / 1e6:>9.1f} MB {size_of_file / 1e6:>5.1f} MB"
    )


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def drain(parts: Iterator[bytes]) -> int:
    """Read to the end and keep nothing. Returns the number of bytes."""
    return sum(len(part) for part in parts)


def floor() -> Iterator[bytes]:
    """The flat table through csv.writer, in chunks as the report's."""
    with rows_of("SELECT * FROM bench_flat") as fetch:
        while rows := fetch(CHUNK):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            yield text.getvalue().encode()


@contextmanager
def rows_of(sql: str) -> Iterator[Callable[[int], list[tuple[str, ...]]]]:
    """A cursor that does not read everything at once: on PostgreSQL one of the server."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(sql)
            yield cursor.fetchmany
    else:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            yield cursor.fetchmany


def flatten(account) -> None:  # type: ignore[no-untyped-def]
    """The report's own rows as a flat table."""
    from iamconsole.credential_report import COLUMNS
    from reports.credential_report.lines import lines

    columns = ", ".join(f"{connection.ops.quote_name(name)} text" for name in COLUMNS)
    marks = ", ".join(["%s"] * len(COLUMNS))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_flat")
        cursor.execute(f"CREATE TABLE bench_flat ({columns})")
        insert = f"INSERT INTO bench_flat VALUES ({marks})"  # noqa: S608  (nothing of anybody's)
        cursor.executemany(insert, list(csv.reader(lines(account))))


def fill(size: int):  # type: ignore[no-untyped-def]
    """An account as companies have them: passwords for half, one key for most, two for some."""
    from credentials.models import AccessKey
    from users.models import Account, PasswordPolicy, User

    now = timezone.now()
    account = Account.objects.create(account_id=f"{size:012}")
    PasswordPolicy.objects.create(account=account, max_password_age=90)
    User.objects.create(
        account=account, kind=User.Kind.ROOT, user_id=account.account_id, password_enabled=True
    )
    users = User.objects.bulk_create(
        (
            User(
                account=account,
                user_id=f"AIDA{size:06}{n:011}",
                user_name=f"user-{n}",
                name_folded=f"user-{n}",
                create_date=now - timedelta(days=n % 900),
                password_enabled=n % 2 == 0,
                password_last_changed=now - timedelta(days=n % 90) if n % 2 == 0 else None,
                password_last_used=now if n % 4 == 0 else None,
            )
            for n in range(size)
        ),
        batch_size=5_000,
    )
    keys = (
        AccessKey(
            user=user,
            slot=slot,
            access_key_id=f"AKIA{size:06}{n:09}{slot}",
            last_used_date=now if n % 5 else None,
            last_used_region="eu-west-1",
            last_used_service="s3",
        )
        for n, user in enumerate(users)
        for slot in (1, 2)
        if n % 10 != 9 and (slot == 1 or n % 3 == 0)
    )
    AccessKey.objects.bulk_create(keys, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return account


if __name__ == "__main__":
    main()
