"""Write a database of this commit as SQL text: three accounts with everything in them, work that waits, secrets
that nobody has looked at yet. ``DATABASE_URL`` says which kind of database.
"""

import argparse
import logging
import os
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402

from iamconsole import sealed  # noqa: E402
from iamconsole.models import Intent  # noqa: E402
from tests.credentials.mfa.test_passkeys import register  # noqa: E402
from tests.credentials.security_key import SecurityKey  # noqa: E402
from tests.reports.uploads import IMPORTED_ID, report, row  # noqa: E402
from tests.sessions import through_form  # noqa: E402
from tests.snapshots import stage, world  # noqa: E402
from tests.snapshots.double import double, empty, watched  # noqa: E402
from tests.upgrade import databases  # noqa: E402
from users.accounts import figures  # noqa: E402
from users.models import ListPreferences, ManagedPolicy  # noqa: E402
from users.policies import catalogue  # noqa: E402

setup_test_environment()
logging.disable(logging.ERROR)  # there is no broker, which is said each time
EMPTY = {"auth.Group", "auth.Permission", "contenttypes.ContentType"}  # Django's own


def fill(aws: Any, clock: stage.Clock) -> None:
    """Rows in every table."""
    catalogue.load()
    sealed.ensure()
    local, linked, _ = world.three_scenes(aws, clock)
    home, alice = local.account, world.user_named(local.account, "alice")
    bob, charlie = (world.user_named(home, name) for name in ("bob", "charlie"))
    do = stage.by(alice, clock)
    do("iamconsole:UpdateUserProfile", UserName="bob", EmailAddress="bob@example.com")
    do("iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=report(row("bob"), row("emil")))
    do("CreateAccessKey", UserName="bob")  # leaves a notice that waits
    ListPreferences.objects.create(user=alice, columns=["user_name", "groups"])
    figures.keep_all()
    world.give_device(bob)
    stage.by(bob, clock)("iamconsole:CreateRecoveryCodes")
    register(world.browser(clock, charlie), SecurityKey())
    for name in ("bob", "nobody"):
        typed = {"account": home.account_id, "user_name": name, "password": "a guess"}
        world.browser(clock).post(reverse("credentials:sign-in"), typed)
    through_form(world.browser(clock), alice, stage.PASSWORD)
    Intent.objects.create(
        account_id=linked.account.account_id, operation="CreateUser", params={"UserName": "uma"}
    )
    work = world.browser(clock, alice)
    chosen = work.post(reverse("credentials:bulk"), {"do": "tag", "user": [bob.pk]})
    work.post(chosen.url, {"key": "team", "value": "web"})
    work.post(reverse("reports:generate-credential-report"))
    ManagedPolicy.objects.catalogue().filter(attachments=None, bounded_users=None).delete()


def empty_tables() -> set[str]:
    return {model._meta.label for model in apps.get_models() if not model._default_manager.exists()} - EMPTY


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade")
    parser.add_argument("file", type=Path, help="where to write; must not be there yet")
    file = parser.parse_args().file
    with file.open("x") as out, databases.beside():
        call_command("migrate", verbosity=0)
        with stage.standing_clock() as clock, double() as url, watched(url):
            fill(empty(url), clock)
        print("No rows in:", empty_tables())
        out.write(databases.dump())


main()
