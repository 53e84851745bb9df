"""``manage.py root_reset``: the rescue from the machine itself, for a lost password or device."""

import io
import re

import pytest
from django.core.management import call_command

from credentials.models import VirtualMFADevice
from iamconsole.errors import AccessDenied
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import HOME_ID, PASSWORD, ROOT_EMAIL
from tests.client import Client
from tests.credentials.authenticator import enrol
from users.models import User

pytestmark = pytest.mark.django_db
ROOT = "/signin/root/"


def reset(*options):
    out = io.StringIO()
    call_command("root_reset", *options, stdout=out)
    return out.getvalue()


def password_in(text):
    return re.search(r"One-time root password +(\S+)", text)[1]


@pytest.fixture
def root(home):
    return User.objects.root_of(home)


def test_it_prints_whom_and_what_once(root):
    text = reset()
    assert HOME_ID in text
    assert ROOT_EMAIL in text
    assert password_in(text) != password_in(reset()), "each reset makes another"


def test_only_the_newest_password_works_and_it_must_be_changed(root, sign_in):
    first, second = password_in(reset()), password_in(reset())
    for old in (PASSWORD, first):
        assert Client().post(ROOT, {"email": ROOT_EMAIL, "password": old}).status_code == 400
    assert sign_in(Client(), root, second).get("/").url == "/signin/new-password/"


def test_open_and_half_open_sessions_end(client, root, sign_in):
    sign_in(client, root)
    enrol(root)
    half = Client()
    half.post(ROOT, {"email": ROOT_EMAIL, "password": PASSWORD})
    reset()
    assert client.get("/me/").url.startswith("/signin/")
    assert half.get("/signin/mfa/").url == "/signin/"


def test_the_second_factor_stays_unless_it_is_lost_too(root):
    enrol(root)
    answer = Client().post(ROOT, {"email": ROOT_EMAIL, "password": password_in(reset())})
    assert answer.url == "/signin/mfa/"
    answer = Client().post(ROOT, {"email": ROOT_EMAIL, "password": password_in(reset("--remove-mfa"))})
    assert answer.url == "/"
    root.refresh_from_db()
    assert root.mfa_count == 0
    assert VirtualMFADevice.objects.get().user is None


def test_it_releases_a_held_root(root, sign_in):
    for _ in range(11):
        Client().post(ROOT, {"email": ROOT_EMAIL, "password": "wrong-Horse-1"})
    sign_in(Client(), root, password_in(reset()))


def test_it_is_recorded_without_the_password(root):
    password = password_in(reset("--remove-mfa"))
    event = Event.objects.get(action="iamconsole:ResetRootPassword")
    assert (event.account_id, event.channel, event.outcome) == (HOME_ID, "command", "allowed")
    assert event.detail["MFARemoved"] is True
    assert password not in str(list(Event.objects.values()))


def test_nobody_does_it_from_the_browser(root, alice, caller):
    for user in (root, alice):
        with pytest.raises(AccessDenied):
            execute(caller(user), "iamconsole:ResetRootPassword")
    root.refresh_from_db()
    assert root.check_password(PASSWORD)


@pytest.mark.django_db
def test_a_new_database_gets_its_home_account():
    output = reset()
    root = User.objects.get(account__is_home=True)
    assert root.account.account_id in output
    assert root.check_password(re.search(r"One-time root password +(\S+)", output)[1])
