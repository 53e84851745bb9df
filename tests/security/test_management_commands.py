"""Commands of the machine: none with another installation's keys, none past the door."""

import base64
import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command, find_commands, get_commands, load_command_class

from iamconsole import management, sealed
from iamconsole.management.console_command import ConsoleCommand
from tests.cast import HOME_ID
from users.models import User

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
FOREIGN = "t1:" + base64.b64encode(b"\x66" * 32).decode()  # the id of our key, other bytes
# command -> arguments that would have it work.
ARGUMENTS = {
    "create_account": ["--account-id", "222222222222"],
    "create_home_account": [],
    "delete_account": [HOME_ID, "--yes"],
    "link_account": ["333333333333", "--role-arn", "arn:aws:iam::333333333333:role/Reader"],
    "load_managed_policies": ["--file", "/dev/null"],
    "prune": [],
    "root_reset": [],
    "sync_account": ["333333333333"],
}
# What does not begin with the comparison, and why.
OTHERWISE = {
    "backup": "compares before it reads, in words of its own",
    "publish_static": "does not use the database",
    "restore": "fills an empty database, and puts its keys beside it",
    "rules": "does not use the database",
    "settings": "does not use the database",
    "healthcheck": "asks the management port of a running role, without the database",
    "migrate": "makes the table that says which keys fit",
    "up": "compares when it has migrated the database, before any part starts",
    "serve": "compares before the role starts, or when the database is there",
    "rotate_encryption_key": "compares before it seals; --check counts what does not open",
    "send_test_mail": "neither reads nor writes the database",
}
# Commands of Django and of libraries that the console leaves on offer. None changes an account's users.
OFFERED = """
    check compilemessages createcachetable dbshell diffsettings dumpdata flush inspectdb loaddata makemessages
    makemigrations migrate optimizemigration sendtestemail shell showmigrations sqlflush sqlmigrate
    sqlsequencereset squashmigrations startapp startproject test testserver runserver remove_stale_contenttypes
    clearsessions collectstatic findstatic
""".split()


def ours() -> list[str]:
    return find_commands(str(Path(management.__path__[0])))


def rows() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_every_command_is_judged():
    assert set(ours()) == set(ARGUMENTS) | set(OTHERWISE)
    for name in ARGUMENTS:
        assert isinstance(load_command_class("iamconsole", name), ConsoleCommand)


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_with_foreign_keys_nothing_is_done(name, home, settings):
    sealed.ensure()
    password = User.objects.root_of(home).password
    settings.FIELD_KEYS = [FOREIGN]
    before = rows()
    with pytest.raises(CommandError, match="do not fit this database"):
        call_command(name, *ARGUMENTS[name], stdout=io.StringIO())
    assert rows() == before
    assert User.objects.root_of(home).password == password


def test_with_its_own_keys_a_command_works(home):
    sealed.ensure()
    printed = io.StringIO()
    call_command("root_reset", stdout=printed)
    assert HOME_ID in printed.getvalue()


@pytest.mark.parametrize("name", ["changepassword", "createsuperuser"])
def test_what_passes_by_the_door_is_not_offered(name, home):
    with pytest.raises(CommandError, match="Unknown command"):
        call_command(name)


@pytest.mark.processes
def test_the_command_line_knows_neither(tmp_path):
    def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments, "--settings", "tests.settings"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    offered = manage("help").stdout.split()
    assert "root_reset" in offered
    assert not {"changepassword", "createsuperuser"} & set(offered)
    refused = manage("changepassword", "someone")
    assert refused.returncode != 0
    assert "Unknown command" in refused.stderr


def test_every_command_of_others_is_known():
    """A library that brings a command of its own is looked at before it is offered."""
    assert set(get_commands()) <= {*OFFERED, *ours()}


def test_the_home_account_is_made_once():
    """Where no `up` makes it: the password is printed once, and a second call changes nothing."""
    first, second = io.StringIO(), io.StringIO()
    call_command("create_home_account", stdout=first)
    root = User.objects.get(kind=User.Kind.ROOT, account__is_home=True)
    password = first.getvalue().split("One-time root password")[1].split()[0]
    assert root.check_password(password)
    assert root.email in first.getvalue()
    call_command("create_home_account", stdout=second)
    assert second.getvalue().startswith(f"There is a home account already: {root.account.account_id}.")
    assert User.objects.get(pk=root.pk).check_password(password)
