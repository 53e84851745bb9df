"""Asking for a permission: by users in the browser, read and answered by administrators of their account."""

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone
from lxml import html

from credentials.models import Notice
from credentials.notices import mails
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, make_user
from users.models import Account, AccountLink, InlinePolicy, PermissionRequest

pytestmark = pytest.mark.django_db
ASK = "/me/permissions/request/"
LIST = "/permission-requests/"


def text_of(answer, place="//main"):
    return " ".join(html.fromstring(answer.content).xpath(f"string({place})").split())


def links(answer):
    return html.fromstring(answer.content).xpath("//main//a/@href")


def ask(browser, text="Read the invoices", **more):
    return browser.post(ASK, {"text": text, **more}, follow=True)


def give(user, action, resource="*"):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    InlinePolicy.objects.create(user=user, policy_name=action, name_folded=action.lower(), document=document)


def test_a_refusal_leads_to_the_form_and_an_administrator_answers(
    client, sign_in, alice, bob, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_IS_SENT = True
    bob.email = "bob@example.com"
    bob.save()
    browser = sign_in(client, bob)
    refused = browser.get("/users/")
    assert refused.status_code == 403
    [url] = [link for link in links(refused) if ASK in link]
    form = html.fromstring(browser.get(url).content).forms
    filled = next(one for one in form if "text" in one.fields)
    assert filled.fields["action"] == "iam:ListUsers"
    assert ASK in links(browser.get("/search/", {"q": "request access", "all": "1"}))
    sent = ask(browser, "Line one\r\nline two", action="iam:ListUsers", resource=filled.fields["resource"])
    assert "Administrators see it on the dashboard" in text_of(sent, "//body")
    mine = text_of(browser.get("/me/permissions/"))
    assert "iam:ListUsers" in mine
    assert "Open" in mine
    assert ASK not in links(browser.get("/me/permissions/")), "one at a time"
    assert "You have an open request" in text_of(browser.get(ASK, follow=True), "//body")
    assert "You have an open request" in text_of(browser.post(ASK, {"text": "again"}))
    client.logout()

    admin = sign_in(client, alice)
    home = admin.get("/", follow=True)
    assert "Permission requests (1)" in text_of(home)
    listed = admin.get(LIST)
    assert "iam:ListUsers Line one line two Open" in text_of(listed)
    request = PermissionRequest.objects.get()
    assert request.text == "Line one\nline two"
    page_url = next(link for link in links(listed) if str(request.pk) in link)
    page = admin.get(page_url)
    assert "Implicitly denied No policy allows this." in text_of(page)
    for there in (
        f"/users/{bob.user_id}/policies/attach/",
        f"/users/{bob.user_id}/groups/add/",
        "/simulator/?",
    ):
        assert any(there in link for link in links(page)), there
    assert all(admin.get(link).status_code == 200 for link in links(page))
    give(bob, "iam:ListUsers")
    assert "iam:ListUsers Allowed" in text_of(admin.get(page_url))
    with django_capture_on_commit_callbacks(execute=True):
        answered = admin.post(page_url, {"decision": "answer", "note": "Until Friday <b>"}, follow=True)
    assert "You answered the request of bob" in text_of(answered, "//body")
    assert "No open requests" in text_of(admin.get(LIST))
    assert "Answered" in text_of(admin.get(LIST, {"show": "all"}))
    assert "Permission requests (" not in text_of(admin.get("/", follow=True))
    late = admin.post(page_url, {"decision": "decline"}, follow=True)
    assert "This request is answered already. Nothing was changed." in text_of(late, "//body")
    client.logout()

    event = Event.objects.get(action="iamconsole:AnswerPermissionRequest", outcome="allowed")
    assert event.resource == bob.arn
    mails.sweep()
    [message] = mail.outbox
    assert message.to == ["bob@example.com"]
    assert "Your request for a permission was answered." in message.body
    assert "/me/permissions/" in message.body
    mine = text_of(sign_in(client, bob).get("/me/permissions/"))
    assert "Answered" in mine
    assert "Until Friday <b> alice" in mine


def test_withdrawn_declined_and_the_limit_of_a_day(client, sign_in, alice, bob, caller):
    browser = sign_in(client, bob)
    for number in range(5):
        ask(browser, f"Wish {number}")
        assert "You withdrew your request." in text_of(
            browser.post("/me/permissions/withdraw/", follow=True), "//body"
        )
    assert "You have no open request" in text_of(
        browser.post("/me/permissions/withdraw/", follow=True), "//body"
    )
    assert "You asked 5 times in the last 24 hours." in text_of(browser.post(ASK, {"text": "sixth"}))
    PermissionRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    ask(browser, "sixth")
    request = PermissionRequest.objects.get(state="open")
    execute(caller(alice), "iamconsole:DeclinePermissionRequest", RequestId=str(request.pk), Note="Ask Carol")
    mine = text_of(browser.get("/me/permissions/"))
    assert "Declined" in mine
    assert "Ask Carol" in mine
    assert not Notice.objects.exists(), "bob has no address"
    # Of one user only the last ones are kept.
    old = timezone.now() - timedelta(days=9)
    PermissionRequest.objects.bulk_create(
        PermissionRequest(account=bob.account, user=bob, text="old", state="withdrawn", created_at=old)
        for _ in range(30)
    )
    ask(browser, "seventh")
    assert PermissionRequest.objects.filter(user=bob).count() == 20
    with pytest.raises(IntegrityError), transaction.atomic():
        PermissionRequest.objects.create(account=bob.account, user=bob, text="a second open one")
    gone = make_user(bob.account, "gone")
    PermissionRequest.objects.create(account=bob.account, user=gone, text="open")
    execute(caller(alice), "DeleteUser", UserName="gone")
    assert not PermissionRequest.objects.filter(text="open").exists()


WRONG = [
    ({"text": ""}, "Say what you want to do."),
    ({"text": "  \r\n "}, "Say what you want to do."),
    ({"text": "x" * 1001}, "at most 1000 characters"),
    ({"text": "x", "action": "s3:Get*"}, "This is not an action."),
    ({"text": "x", "action": "read everything"}, "This is not an action."),
    ({"text": "x", "resource": "my bucket"}, "my bucket is not an ARN."),
    ({"text": "x", "resource": "a" * 2049}, "at most 2048 characters"),
]


def test_what_is_refused(client, sign_in, home, alice, bob, caller):
    browser = sign_in(client, bob)
    for sent, words in WRONG:
        page = browser.post(ASK, sent)
        assert words in text_of(page), sent
    assert not PermissionRequest.objects.exists()
    # A thousand characters in lines: browsers send two for each end of a line.
    assert ask(browser, "\r\n".join(["y"] * 500)).status_code == 200
    request = PermissionRequest.objects.get()
    with pytest.raises(AccessDenied):  # his own, too
        execute(caller(bob), "iamconsole:AnswerPermissionRequest", RequestId=str(request.pk))
    give(bob, "iamconsole:*")  # as PowerUserAccess, which allows nothing of IAM's
    assert browser.get(LIST).status_code == 403
    with pytest.raises(AccessDenied, match="Only administrators"):
        execute(caller(bob), "iamconsole:DeclinePermissionRequest", RequestId=str(request.pk))
    InlinePolicy.objects.filter(user=bob).delete()
    give(bob, "iamconsole:ListPermissionRequests")
    give(bob, "iam:ListUsers")
    page = browser.get(f"{LIST}{request.pk}/")
    assert page.status_code == 200
    assert not html.fromstring(page.content).xpath("//main//form"), "who reads does not answer"
    assert not [link for link in links(page) if "/attach/" in link or "/simulator/" in link]
    refused = browser.post(f"{LIST}{request.pk}/", {"decision": "answer"})
    request.refresh_from_db()
    assert (request.state, refused.status_code) == ("open", 403)
    other = Account.objects.create(account_id="300000000003", kind=Account.Kind.LOCAL)
    foreign = PermissionRequest.objects.create(
        account=other, user=make_user(other, "eve"), text="of another account"
    )
    with pytest.raises(IamError, match="no such request"):
        execute(caller(alice), "iamconsole:AnswerPermissionRequest", RequestId=str(foreign.pk))
    client.logout()
    admin = sign_in(client, alice)
    assert admin.get(f"{LIST}{foreign.pk}/").status_code == 404
    assert "of another account" not in text_of(admin.get(LIST, {"show": "all"}))


def test_who_asks_and_who_has_no_need_to(client, sign_in, home, alice, bob):
    linked = Account.objects.create(account_id="200000000002", kind=Account.Kind.LINKED, alias="payments")
    AccountLink.objects.create(account=linked, method="profile", profile="p")
    browser = sign_in(client, make_user(linked, "lena", password=PASSWORD))
    for synced in (None, timezone.now()):
        AccountLink.objects.update(synced_at=synced)
        assert any(ASK in link for link in links(browser.get("/me/permissions/")))
    ask(browser, "Read queues", action="sqs:ReceiveMessage")
    assert PermissionRequest.objects.get().account == linked
    assert Event.objects.get(action="iamconsole:RequestPermission").account_id == linked.account_id
    client.logout()
    # Who can do everything, root, and whom a policy denies it.
    assert not any(ASK in link for link in links(sign_in(client, alice).get("/me/permissions/")))
    client.logout()
    root = sign_in(client, home.users.get(kind="root"))
    assert not any(ASK in link for link in links(root.get("/me/permissions/")))
    assert "Only IAM users ask" in text_of(root.get(ASK), "//body")
    client.logout()
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "iamconsole:RequestPermission", "Resource": "*"}]}  # fmt: skip
    InlinePolicy.objects.create(
        user=bob, policy_name="quiet", name_folded="quiet", document=json.dumps(document)
    )
    browser = sign_in(client, bob)
    assert not any(ASK in link for link in links(browser.get("/me/permissions/")))
    assert not any(ASK in link for link in links(browser.get("/users/")))
    assert browser.post(ASK, {"text": "x"}).status_code == 403
