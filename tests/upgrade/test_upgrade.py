"""A database of before goes on: nothing is lost, its tables are those of a new one, and people get in.

The schema fails here when a migration leaves another table than a new database has; a row, when one deletes or
changes it; a secret, when its place got another name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max
from django.urls import reverse

from credentials.models import VirtualMFADevice
from credentials.root.first_run import ensure_home_account
from iamconsole import sealed
from iamconsole.models import Event
from iamconsole.supervisor.preparing import up_to_date
from tests.cast import HOME_ID, PASSWORD, ROOT_EMAIL
from tests.client import Client
from tests.credentials.authenticator import code
from tests.reports.uploads import IMPORTED_ID
from tests.sessions import through_form
from tests.sync.conftest import AWS_ACCOUNT
from tests.upgrade import databases
from users.models import User

Rows = dict[str, list[dict[str, Any]]]
PAGES = "credentials_unknownnames"  # its rows come with the table
STEPS = "django_migrations"  # the only table whose rows the upgrade is there to change


@dataclass
class Upgrade:
    """What the tables held before and after, and what they are made of since."""

    before: Rows
    after: Rows
    schema: list[str]


@pytest.fixture(scope="module")
def upgrade(django_db_blocker) -> Iterator[Upgrade]:
    """The database of before, as the start of the console leaves it some minutes later."""
    with django_db_blocker.unblock(), databases.beside():
        databases.load(databases.BEFORE.read_text())
        before = databases.rows()
        last = Event.objects.aggregate(at=Max("at"))["at"]
        with time_machine.travel(last + timedelta(minutes=2)):
            assert up_to_date(ensure_home_account, print) is None, "it has a home account"
            yield Upgrade(before, databases.rows(), databases.schema())


@pytest.fixture
def new_database(django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), databases.beside():
        yield


def user(name: str) -> User:
    return User.objects.select_related("account").get(user_name=name, account__account_id=HOME_ID)


def signed_in(name: str) -> Client:
    """The browser of somebody who has typed name and password."""
    client = Client()
    through_form(client, user(name), PASSWORD)
    return client


def test_tables_are_those_of_a_new_database(upgrade, new_database):
    call_command("migrate", verbosity=0)
    assert len(upgrade.after[PAGES]) == len(databases.rows()[PAGES])
    assert sorted(set(upgrade.schema) ^ set(databases.schema())) == []


# Of things at AWS these were shown as empty and had never been read there.
NEVER_READ = {
    "users_managedpolicy": {"tags", "description"},
    "credentials_virtualmfadevice": {"tags"},
    "credentials_servercertificate": {"tags"},
}


def test_every_row_is_as_it_was(upgrade):
    assert len(upgrade.before) > 40
    here = {row["id"] for row in upgrade.before["users_account"] if row["kind"] == "local"}
    for table, rows in upgrade.before.items():
        if table == STEPS or not rows:
            continue
        after = [{column: row[column] for column in rows[0]} for row in upgrade.after[table]]
        if table in NEVER_READ:
            rows, after = ([as_read(table, row, here) for row in some] for some in (rows, after))
        assert [row for row in rows if row not in after] == [], table


def as_read(table: str, row: dict, here: set) -> dict:
    """A row without what was never read, where its account is not of here."""
    unread = NEVER_READ[table] if row["account_id"] not in {*here, None} else set()
    return {column: value for column, value in row.items() if column not in unread}


def test_nothing_is_left_to_migrate(upgrade):
    call_command("migrate", "--check", verbosity=0)


def test_secrets_open(upgrade):
    sealed.verify()
    opened = sealed.count()
    assert {key for key, _ in opened} == {"t1"}
    assert {column for _, column in opened} == {
        "accesskey.sealed_secret",
        "hardwaremfadevice.sealed_seed",
        "onetimesecret.sealed",
        "recoverycodeset.sealed_key",
        "servercertificate.sealed_private_key",
        "virtualmfadevice.sealed_seed",
    }


def test_people_sign_in(upgrade):
    root = Client()
    through_form(root, User.objects.get(email=ROOT_EMAIL), PASSWORD)
    for client in (root, signed_in("alice")):
        assert client.get(reverse("users:list")).status_code == 200


def test_a_device_of_before_signs_in(upgrade):
    bob = signed_in("bob")
    assert bob.get("/me/").status_code == 302, "the password alone is not enough"
    device = VirtualMFADevice.objects.get(user=user("bob"))
    assert bob.post(reverse("credentials:mfa-code"), {"code": code(device)}).status_code == 302
    assert bob.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("/", "northwind"),
        ("/users/", "dora"),
        ("/groups/", "crew"),
        ("/policies/?kind=customer", "Reading"),
        ("/me/", "alice"),
        ("/mfa-devices/", "GAHT12345678"),
        ("/server-certificates/", "web"),
        ("/reports/credential-report/", "2026"),
        ("/events/", "CreateAccessKey"),
        ("/jobs/", "Tag users"),
    ],
)
def test_pages_open(upgrade, page, shown):
    answer = signed_in("alice").get(page)
    assert answer.status_code == 200
    assert shown in answer.content.decode()


@pytest.mark.parametrize("account_id", [AWS_ACCOUNT, IMPORTED_ID])
def test_other_accounts_open(upgrade, account_id):
    alice = signed_in("alice")
    alice.post(reverse("users:switch-account", args=[account_id]))
    assert "bob" in alice.get(reverse("users:list")).content.decode()


# The steps that a first migration stands for.


def test_the_step_that_some_databases_have_is_not_taken_twice(new_database):
    """Those that took it as iamconsole.0006 know nothing of its number since."""
    call_command("migrate", verbosity=0)
    schema = databases.schema()
    MigrationRecorder.Migration.objects.filter(app="iamconsole", name="0002_intent_evidence").delete()
    call_command("migrate", "--check", verbosity=0)
    call_command("migrate", verbosity=0)
    assert databases.schema() == schema


@pytest.mark.parametrize(
    ("last", "options"),
    [
        ("0001_initial", []),
        ("0015_whose_managed_policies", []),
        ("0015_whose_managed_policies", ["--check"]),
        ("0015_whose_managed_policies", ["--plan"]),
    ],
)
def test_a_database_that_stopped_half_way_is_refused(new_database, last, options):
    steps = MigrationRecorder(connection)
    steps.ensure_schema()
    for first, migration in MigrationLoader(None).replacements.items():
        for app, name in (first, *migration.replaces):
            if app != "users" or name <= last:
                steps.record_applied(app, name)
    before = databases.rows()
    with pytest.raises(CommandError, match=r"users\.0016_unconfirmed_email") as refused:
        call_command("migrate", *options, verbosity=0)
    assert "check out commit d084bb5" in str(refused.value)
    assert databases.rows() == before
