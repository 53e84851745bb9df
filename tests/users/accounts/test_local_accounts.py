"""Accounts of the console's own in the browser: created, entered, deleted."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from iamconsole.models import Event, Job
from tests.cast import make_account, make_user
from users.models import Account, User

pytestmark = pytest.mark.django_db
CREATE, NEW_ID = "/accounts/create/", "300000000001"
PAGE, DELETE = f"/accounts/{NEW_ID}/", f"/accounts/{NEW_ID}/delete/"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def other(as_alice):
    """A local account with somebody in it."""
    account = make_account(NEW_ID, name="lab")
    make_user(account, "erin")
    return account


def test_an_id_is_proposed_and_an_account_made(as_alice):
    assert "Create account" in as_alice.get("/accounts/").content.decode()
    page = as_alice.get(CREATE).content.decode()
    (proposed,) = re.findall(r'name="account_id" value="(\d{12})"', page)
    answer = as_alice.post(CREATE, {"account_id": proposed, "name": "lab"}, follow=True)
    assert f"Account {proposed} was created." in answer.content.decode()
    account = Account.objects.get(account_id=proposed)
    assert (account.name, account.kind, account.is_home) == ("lab", "local", False)
    assert account.colour != Account.objects.get(is_home=True).colour
    assert not User.objects.root_of(account).password_enabled
    assert Event.objects.get(action="iamconsole:CreateAccount").outcome == "allowed"
    as_alice.post(f"/accounts/{proposed}/switch/")
    as_alice.post("/accounts/leave/")


def test_dashes_are_fine_and_the_name_may_be_missing(as_alice):
    as_alice.post(CREATE, {"account_id": "3000-0000-0001"})
    assert Account.objects.get(account_id=NEW_ID).name == ""


@pytest.mark.parametrize(
    ("account_id", "words"),
    [
        ("", "Enter the account ID."),
        ("123", "This is not an account ID. Enter its 12 digits."),
        ("١٢٣٤٥٦٧٨٩٠١٢", "This is not an account ID. Enter its 12 digits."),
        ("100000000001", "Account 100000000001 already exists. Choose another ID."),
    ],
)
def test_a_wrong_id_makes_nothing(account_id, words, as_alice):
    answer = as_alice.post(CREATE, {"account_id": account_id, "name": "lab"})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert words in text
    assert 'value="lab"' in text, "what was typed stays"
    assert Account.objects.count() == 1


def test_deleting_shows_what_goes_and_asks_for_the_id(as_alice, other):
    assert DELETE in as_alice.get(PAGE).content.decode()
    text = as_alice.get(DELETE).content.decode()
    assert "What is deleted with it" in text
    for wrong in ("", "100000000001", "lab"):
        assert as_alice.post(DELETE, {"confirm": wrong}).status_code == 400
    assert Account.objects.filter(account_id=NEW_ID).exists()
    answer = as_alice.post(DELETE, {"confirm": "3000-0000-0001"}, follow=True)
    assert "and everything in it were deleted" in answer.content.decode()
    assert not Account.objects.filter(account_id=NEW_ID).exists()
    assert not User.objects.filter(user_name="erin").exists()
    assert Event.objects.filter(action="iamconsole:DeleteAccount", outcome="allowed").exists()


def test_who_deletes_the_account_it_acts_in_is_home_again(as_alice, other):
    as_alice.post(f"{PAGE}switch/")
    assert as_alice.get("/users/").context["frame"].caller.account_id == NEW_ID
    as_alice.post(DELETE, {"confirm": NEW_ID})
    assert as_alice.get("/users/").status_code == 404, "this tab stands where nothing is any more"
    page = as_alice.get("/accounts/")
    assert page.status_code == 200
    assert page.context["frame"].caller.account_id == "100000000001"


def test_the_home_account_and_linked_ones_stay(as_alice, home):
    text = as_alice.get("/accounts/100000000001/").content.decode()
    assert "/accounts/100000000001/delete/" not in text
    answer = as_alice.post("/accounts/100000000001/delete/", {"confirm": "100000000001"})
    assert "The home account cannot be deleted" in answer.content.decode()
    linked = make_account("200000000002", kind=Account.Kind.LINKED)
    assert (
        as_alice.post(f"/accounts/{linked.account_id}/delete/", {"confirm": "200000000002"}).status_code
        == 404
    )
    assert Account.objects.count() == 2


def test_a_running_job_is_waited_for(as_alice, other):
    Job.objects.create(kind="credential-report", account_id=NEW_ID, started_by_arn="x")
    answer = as_alice.post(DELETE, {"confirm": NEW_ID})
    assert "A job of this account is running." in answer.content.decode()
    assert Account.objects.filter(account_id=NEW_ID).exists()


def test_deleting_asks_for_a_recent_sign_in(as_alice, other):
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answer = as_alice.post(DELETE, {"confirm": NEW_ID})
    assert "Confirm that it is you" in answer.content.decode()
    assert Account.objects.filter(account_id=NEW_ID).exists()


def test_who_may_not_is_refused_and_sees_no_buttons(client, bob, sign_in, home):
    make_account(NEW_ID)
    sign_in(client, bob)
    assert client.post(CREATE, {"account_id": "300000000002"}).status_code == 403
    assert client.post(DELETE, {"confirm": NEW_ID}).status_code == 404, "nobody learns of others"
    assert Account.objects.count() == 2
