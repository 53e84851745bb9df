"""Notices go where their reader has said they should; what turns them away is told to the address before."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from credentials.email_addresses.confirmation import token_for
from credentials.models import Notice
from credentials.notices import mails as notices
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, make_account, make_user
from tests.client import Client
from users.callers.build import Origin, caller_for_role

pytestmark = pytest.mark.django_db
OLD, NEW = "bob@example.com", "bob@elsewhere.example"
LINK = re.compile(r"/me/email/confirm/\S+")


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.EMAIL_IS_SENT = True


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """Do something as if it were committed, then a worker's work. Gives the mails as (address, subject)."""

    def run(work) -> list[tuple[str, str]]:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            work()
        notices.sweep()
        return [(message.to[0], message.subject) for message in mail.outbox]

    return run


@pytest.fixture
def browser(bob, sign_in) -> Client:
    return sign_in(Client(), bob)


def enter(client: Client, address: str):
    return lambda: client.post(reverse("credentials:own-email-address"), {"email": address})


def link() -> str:
    return LINK.search(mail.outbox[-1].body)[0]


def again(user):
    user.refresh_from_db()
    return user.email, user.unconfirmed_email


def test_the_own_address_gets_one_mail_until_it_is_confirmed(browser, bob, alice, caller, told):
    assert [to for to, _ in told(enter(browser, NEW))] == [NEW]
    assert again(bob) == ("", NEW)
    assert told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob")) == []
    assert "Not confirmed" in browser.get("/me/").content.decode()


def test_the_link_confirms_with_a_button_and_not_by_being_opened(browser, bob, alice, caller, told):
    told(enter(browser, NEW))
    url = link()
    assert NEW in browser.get(url).content.decode()
    assert again(bob) == ("", NEW)
    browser.post(url)
    assert again(bob) == (NEW, "")
    assert browser.post(url).status_code == 400, "a link works once"
    assert "already confirmed" in browser.get(url).content.decode()
    made = told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob"))
    assert [to for to, _ in made] == [NEW]


def test_the_address_before_is_told_and_keeps_the_notices_meanwhile(browser, bob, alice, caller, told):
    execute(caller(alice), "iamconsole:UpdateUserProfile", UserName="bob", EmailAddress=OLD)
    mails = told(enter(browser, NEW))
    url = link()
    assert sorted(to for to, _ in mails) == sorted([OLD, NEW])
    assert any(to == OLD and "e-mail address was changed" in subject for to, subject in mails)
    made = told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob"))
    assert [to for to, _ in made] == [OLD]
    confirmed = told(lambda: browser.post(url))
    assert [(to, "another e-mail address" in subject) for to, subject in confirmed] == [(OLD, True)]


def test_removing_the_address_is_told_to_it(browser, bob, alice, caller, told):
    execute(caller(alice), "iamconsole:UpdateUserProfile", UserName="bob", EmailAddress=OLD)
    assert [to for to, _ in told(enter(browser, ""))] == [OLD]
    assert again(bob) == ("", "")


def test_a_link_is_for_its_user_address_and_day(browser, bob, home, sign_in, told):
    told(enter(browser, NEW))
    first = link()
    eve = make_user(home, "eve", password="correct-Horse-7-battery")
    assert sign_in(Client(), eve).post(first).status_code == 400, "another user's"
    assert Client().get(first).status_code == 302, "nobody who is not signed in"
    told(enter(browser, "bob@third.example"))
    second = link()
    assert browser.post(first).status_code == 400, "another address waits by now"
    assert browser.post(reverse("credentials:confirm-email-address", args=["forged"])).status_code == 400
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
        assert sign_in(Client(), bob).post(second).status_code == 400, "older than a day"
    assert again(bob) == ("", "bob@third.example")


def test_a_mail_that_waited_confirms_the_address_it_goes_to_only(browser, bob, told):
    """Nobody proves an address of others by a mail to an own one: the mail server was slow meanwhile."""

    def change_twice():
        enter(browser, NEW)()
        enter(browser, "somebody@else.example")()

    assert [address for address, _ in told(change_twice)] == [NEW, "somebody@else.example"]
    to_the_own = LINK.search(mail.outbox[0].body)[0]
    assert browser.post(to_the_own).status_code == 400
    assert again(bob) == ("", "somebody@else.example")


def test_links_are_sent_again_but_not_without_end(browser, bob, told):
    told(enter(browser, NEW))
    again_url = reverse("credentials:send-email-confirmation")
    sent = sum(bool(told(lambda: browser.post(again_url))) for _ in range(8))
    assert sent == 4, "five in an hour, the first among them"
    assert Notice.objects.count() == 5


def test_without_a_mail_server_an_address_is_kept_and_gets_nothing(
    settings, browser, bob, alice, caller, told
):
    settings.EMAIL_IS_SENT = False
    assert told(enter(browser, NEW)) == []
    assert again(bob) == ("", NEW)
    assert told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob")) == []
    assert "cannot confirm" in browser.get("/me/").content.decode()


def test_an_administrators_word_is_taken(alice, bob, caller, told, browser):
    told(enter(browser, NEW))
    execute(caller(alice), "iamconsole:UpdateUserProfile", UserName="bob", EmailAddress=OLD)
    assert again(bob) == (OLD, "")


def test_nobody_confirms_with_a_token_of_nothing(browser, bob):
    of_nothing = reverse("credentials:confirm-email-address", args=[token_for(bob, "")])
    assert browser.post(of_nothing).status_code == 400


# What else is worth a mail.


def test_a_password_link_is_told_to_its_user(alice, bob, caller, told):
    execute(caller(alice), "iamconsole:UpdateUserProfile", UserName="bob", EmailAddress=OLD)
    mails = told(lambda: execute(caller(alice), "iamconsole:CreatePasswordLink", UserName="bob"))
    assert [(to, "link" in subject) for to, subject in mails] == [(OLD, True)]


SELF = {
    "AttachUserPolicy": {"PolicyArn": ADMINISTRATOR_ACCESS},
    "PutUserPolicy": {"PolicyName": "all", "PolicyDocument": '{"Version":"2012-10-17","Statement":[]}'},
    "AddUserToGroup": {"GroupName": "staff"},
    "PutUserPermissionsBoundary": {"PermissionsBoundary": ADMINISTRATOR_ACCESS},
    "DeleteUserPermissionsBoundary": {},
}


@pytest.mark.parametrize("name", SELF)
def test_more_rights_for_oneself_are_told(name, home, alice, bob, caller, told):
    admin = make_user(home, "zoe", policies=(ADMINISTRATOR_ACCESS,))
    admin.email = "zoe@example.com"
    admin.save()
    bob.email = OLD
    bob.save()
    execute(caller(alice), "CreateGroup", GroupName="staff")
    if name.startswith("Delete"):
        for user in (admin, bob):
            execute(
                caller(alice),
                "PutUserPermissionsBoundary",
                UserName=user.user_name,
                PermissionsBoundary=ADMINISTRATOR_ACCESS,
            )
        admin.refresh_from_db()
    if name == "AttachUserPolicy":
        execute(caller(alice), "DetachUserPolicy", UserName="zoe", PolicyArn=ADMINISTRATOR_ACCESS)
        execute(caller(alice), "AddUserToGroup", UserName="zoe", GroupName="staff")
        execute(caller(alice), "AttachGroupPolicy", GroupName="staff", PolicyArn=ADMINISTRATOR_ACCESS)
    params = SELF[name]
    if name == "PutUserPolicy":
        allow = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
        params = {**params, "PolicyDocument": allow}
    mails = told(lambda: execute(caller(admin), name, UserName="zoe", **params))
    assert [(to, " your" in subject or "yourself" in subject) for to, subject in mails] == [
        ("zoe@example.com", True)
    ]
    assert told(lambda: execute(caller(admin), name, UserName="bob", **params)) == [], "not oneself"


def test_a_user_of_another_account_with_the_same_name_is_not_oneself(home, told):
    """An administrator who switched accounts has a session under the own name there."""
    admin, elsewhere = make_user(home, "zoe", policies=(ADMINISTRATOR_ACCESS,)), make_account("555566667777")
    namesake = make_user(elsewhere, "zoe")
    namesake.email = "zoe@elsewhere.example.com"
    namesake.save()
    switched = caller_for_role(admin, elsewhere, "IamConsoleAdministrator", Origin())
    names = {"UserName": "zoe", "PolicyArn": ADMINISTRATOR_ACCESS}
    assert told(lambda: execute(switched, "AttachUserPolicy", **names)) == []
