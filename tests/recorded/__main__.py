"""Record what this commit leaves behind: a signed-in browser, jobs that wait, a notice that is to be sent."""

import argparse
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.pop("DATABASE_URL", None)

import django

django.setup()

from celery import current_app  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402

from tests.cast import PASSWORD, make_user  # noqa: E402
from tests.recorded import FIRST_NUMBER  # noqa: E402
from tests.recorded.rows import dumped  # noqa: E402
from tests.snapshots import stage, world  # noqa: E402
from tests.snapshots.double import double, empty, watched  # noqa: E402

setup_test_environment()
logging.disable(logging.ERROR)


def number_from(first: int) -> None:
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, first])


def sent_with(messages: list[dict[str, Any]]) -> None:
    """Keep what would go to the broker, as it would."""

    def keep(task: Any, args: Any = (), kwargs: Any = None, **options: Any) -> None:
        messages.append({"task": task.name, "args": list(args or ()), "kwargs": kwargs or {}})

    for task in current_app.tasks.values():
        task.apply_async = keep.__get__(task)


def record(work: Path) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    with stage.standing_clock() as clock, double() as url, watched(url):
        aws = empty(url)
        aws.create_user(UserName="wilma")
        stage.new_database(work / "recorded.sqlite3")
        number_from(FIRST_NUMBER)
        alice = stage.home_with_alice(clock)
        bob = make_user(alice.account, "bob", password=PASSWORD)
        linked = world.linked_and_synced(alice, clock)
        do = stage.by(alice, clock)
        do("iamconsole:UpdateUserProfile", UserName="bob", EmailAddress="bob@example.com")
        sent_with(messages)
        do("CreateAccessKey", UserName="bob")
        browser, there = world.browser(clock, alice), world.switched(clock, alice, linked)
        browser.post(reverse("reports:generate-credential-report"))
        chosen = browser.post(reverse("credentials:bulk"), {"do": "tag", "user": [bob.pk]})
        browser.post(chosen.url, {"key": "team", "value": "web"})
        many = "account_id,name,role_arn,external_id\n111111111111,,arn:aws:iam::111111111111:role/R,\n"
        browser.post(reverse("users:link-accounts"), {"rows": many})
        wilma = world.user_named(linked, "wilma")
        new_key = reverse("credentials:create-access-key", args=[wilma.user_id])
        there.post(new_key, {"key_use": "cli", "key_description": "nightly build"})
        there.post(reverse("users:sync-account", args=[linked.account_id]))
        cookie = settings.SESSION_COOKIE_NAME
        sessions = {"home": browser.cookies[cookie].value, "linked": there.cookies[cookie].value}
        found = {
            "at": stage.datetime.now(stage.UTC).isoformat(),
            "messages": messages,
            "sessions": sessions,
            "rows": dumped(),
        }
        stage.leave()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.recorded")
    parser.add_argument("file", type=Path, help="where to write; must not be there yet")
    file = parser.parse_args().file
    with tempfile.TemporaryDirectory(prefix="iamconsole-recorded-") as work, file.open("x") as out:
        json.dump(record(Path(work)), out, indent=1, sort_keys=True)
        out.write("\n")


main()
