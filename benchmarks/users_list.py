"""The list of users against the Django admin's list of the same table: `make bench`.

Both pages show 50 rows, are asked for in turns by the same client in the same process, and are measured
from the request to the last byte. 100,000 users are a stress size above IAM's quota.
"""

import os
import statistics
import time
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django

django.setup()

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import ADMINISTRATOR_ACCESS, HOME_ID, PASSWORD, make_account, make_user

SIZES, RUNS, ROWS = (10_000, 100_000), 15, 50
ADMIN, LIST = "/admin/users/user/", f"/{HOME_ID}/users/"
# Page -> query of the admin, query of the console, aim of the ratio.
PAGES = {
    "plain": ("", f"?size={ROWS}", 0.5),
    "search": ("?q=user-0042", f"?size={ROWS}&q=user-0042", 0.25),
    "sorted": ("?o=5", f"?size={ROWS}&sort=last_activity", 0.5),
    "last page": ("?p={last}", "?size=50&page={last}", 0.5),
}


def main() -> None:
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        print(f"list of users on {connection.vendor}, 50 rows, median of {RUNS} requests in turns")
        print(f"{'users':>8}  {'page':<10} {'admin':>9} {'console':>9} {'ratio':>6}  aim  queries")
        client = None
        for size in SIZES:
            client = client or signed_in()
            fill(size)
            measure(client, size)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def measure(client: Client, size: int) -> None:
    """One line for each page."""
    for page, (admin, console, aim) in PAGES.items():
        last = -(-size // ROWS)
        urls = ADMIN + admin.format(last=last), LIST + console.format(last=last)
        times: tuple[list[float], list[float]] = ([], [])
        for run in range(RUNS + 2):
            for url, found in zip(urls, times, strict=True):
                seconds = timed(client, url)
                if run >= 2:  # the first ones warm up
                    found.append(seconds)
        theirs, ours = map(statistics.median, times)
        with CaptureQueriesContext(connection) as queries:
            client.get(urls[1])
        print(
            f"{size:>8,}  {page:<10} {theirs * 1000:>6.1f} ms {ours * 1000:>6.1f} ms {ours / theirs:>6.2f}"
            f"  {aim:<4} {len(queries)}"
        )


def timed(client: Client, url: str) -> float:
    started = time.perf_counter()
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return time.perf_counter() - started


def signed_in() -> Client:
    """An administrator of a home account, signed in through the form."""
    from users.policies import catalogue as managed_policies

    managed_policies.load()
    home = make_account(HOME_ID, name="main", alias="northwind", is_home=True)
    make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    client = Client()
    client.post("/signin/", {"account": "northwind", "user_name": "alice", "password": PASSWORD})
    return client


def fill(size: int) -> None:
    """Users with summaries as a real account has them."""
    from users.models import Account, User

    home, now = Account.objects.get(is_home=True), timezone.now()
    have = User.objects.people(home).count()
    User.objects.bulk_create(
        (
            User(
                account=home,
                user_id=f"AIDA{number:017}",
                user_name=f"user-{number:06}",
                name_folded=f"user-{number:06}",
                create_date=now - timedelta(days=number % 1500),
                password_enabled=number % 2 == 0,
                password_last_changed=now - timedelta(days=number % 400) if number % 2 == 0 else None,
                mfa_count=number % 3 == 0,
                access_key_count=1,
                active_key_count=1,
                oldest_active_key=now - timedelta(days=number % 900),
                key_last_used=now - timedelta(days=number % 120),
                last_activity=now - timedelta(minutes=number * 7 % 100_000),
                group_count=1,
                group_names="developers",
            )
            for number in range(have, size)
        ),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
