"""How long the credential report of 5,000 users takes, and how much memory: `make bench`."""

import os
import statistics
import time
import tracemalloc

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.management import call_command
from django.utils import timezone

USERS, RUNS = 5_000, 5


def main() -> None:
    """Five runs on a fresh SQLite database; the medians are printed."""
    call_command("migrate", verbosity=0)
    account = fill()
    from reports.generation import generate

    seconds, peaks = [], []
    for _ in range(RUNS):
        started = time.perf_counter()
        content, rows = generate(account, lambda *progress: None)
        seconds.append(time.perf_counter() - started)
        tracemalloc.start()
        generate(account, lambda *progress: None)
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    print(f"credential report, {rows} rows, {len(content) / 1e6:.1f} MB, median of {RUNS}")
    print(f"  time  {statistics.median(seconds):.2f} s (aim: 10 s)")
    print(f"  peak  {statistics.median(peaks):.0f} MB")


def fill():  # type: ignore[no-untyped-def]
    """A home account with 5,000 users of one access key each."""
    from credentials.first_run import ensure_home_account
    from credentials.models import AccessKey
    from users.models import Account, User

    ensure_home_account()
    account = Account.objects.get(is_home=True)
    users = User.objects.bulk_create(
        User(account=account, user_id=f"AIDA{n:017}", user_name=f"user-{n}", name_folded=f"user-{n}")
        for n in range(USERS)
    )
    AccessKey.objects.bulk_create(
        AccessKey(user=user, slot=1, access_key_id=f"AKIA{n:016}", last_used_date=timezone.now())
        for n, user in enumerate(users)
    )
    return account


if __name__ == "__main__":
    main()
