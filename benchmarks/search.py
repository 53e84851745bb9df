"""The search at the top among 100,000 users, each with a key and an e-mail address: `make bench`."""

import os
import statistics

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.users_list import fill, signed_in, timed  # sets Django up

from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from tests.cast import HOME_ID

USERS, RUNS = 100_000, 9
WORDS = {
    "part of a name": "er-0042",
    "part of all names": "user",
    "whole name": "user-004211",
    "part of an e-mail address": "4211@exam",
    "end of a key ID": "004211",
    "unique ID": "AIDA00000000000004211",
    "nothing": "nobody-at-all",
}


def main() -> None:
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        client = signed_in()
        give_keys_and_addresses()
        print(f"search on {connection.vendor}, {USERS:,} users, median of {RUNS} requests")
        print(f"{'words':<26} {'while typing':>12} {'page':>9}  queries")
        for what, words in WORDS.items():
            measure(client, what, words)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def give_keys_and_addresses() -> None:
    """What the list of users is measured with, and the rest that the search looks at."""
    from credentials.models import AccessKey
    from users.models import User

    fill(USERS)
    users = User.objects.people().filter(user_name__startswith="user-")
    users.update(email=Concat("user_name", Value("@example.com")))
    AccessKey.objects.bulk_create(
        (AccessKey(user=user, slot=1, access_key_id=f"AKIA{place:016}") for place, user in enumerate(users)),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def measure(client, what: str, words: str) -> None:
    """One line for each kind of words."""
    times = {}
    for page in (f"/{HOME_ID}/search/list/?q={{}}", f"/{HOME_ID}/search/?all=1&q={{}}"):
        url = page.format(words)
        timed(client, url)
        times[page] = statistics.median(timed(client, url) for _ in range(RUNS)) * 1000
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
    typing, whole = times.values()
    print(f"{what:<26} {typing:>9.1f} ms {whole:>6.1f} ms  {len(queries)}")
    if os.environ.get("SLOWEST"):
        for query in sorted(queries.captured_queries, key=lambda query: -float(query["time"]))[:4]:
            print("     ", query["time"], query["sql"][:700])


if __name__ == "__main__":
    main()
