"""One-time password links: made by an administrator, used once by the person they are for."""

import logging
import re
import threading
from datetime import timedelta
from html import unescape

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from credentials.guesses import throttle
from credentials.models import LoginProfile, PasswordLink
from credentials.passwords import links as password_links
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import execute
from iamconsole.ops.logs import OneLineFormatter, SecretsFilter
from tests.cast import PASSWORD, give_password, make_account, make_user
from tests.client import Client
from tests.credentials.authenticator import code, enrol
from tests.credentials.wizard import create, details_of, shown, step, to_review
from users.models import Account, AccountLink, InlinePolicy, PasswordPolicy, User

pytestmark = pytest.mark.django_db
NEW = "fresh-Lantern-42-x"
PAGE = reverse("credentials:password-link")


@pytest.fixture
def make(alice, caller):
    """Make a link as Alice; gives its path."""

    def build(user, **params) -> str:
        facts = execute(caller(alice), "iamconsole:CreatePasswordLink", UserName=user.user_name, **params)
        return facts["PasswordLink"]["Url"].removeprefix("http://localhost:8000")

    return build


def use(path: str, new: str = NEW, client: Client | None = None, confirm: str | None = None):
    """Open a link and choose a password."""
    client = client or Client()
    assert client.get(path).url == PAGE
    return client.post(PAGE, {"new": new, "confirm": new if confirm is None else confirm})


def is_set(user, password: str = NEW) -> bool:
    return User.objects.get(pk=user.pk).check_password(password)


# Made and withdrawn.


def test_an_administrator_makes_one_and_sees_it_once(client, alice, charlie, sign_in):
    sign_in(client, alice)
    console_access = client.get(
        reverse("credentials:console-access", args=[charlie.user_id])
    ).content.decode()
    url = reverse("credentials:create-password-link", args=[charlie.user_id])
    assert url in console_access
    assert 'value="24"' in client.get(url).content.decode()
    answer = client.post(url, {"hours": "2"})
    page = client.get(answer["Location"]).content.decode()
    link = unescape(re.search(r"One-time password link</dt>.*?value\">([^<]+)<", page, re.S).group(1))
    assert "for 2 hours" in page
    assert client.get(answer["Location"]).status_code == 410, "shown once"
    assert use(link.removeprefix("http://localhost:8000")).status_code == 302
    assert is_set(charlie)


def test_only_the_digest_is_kept(make, bob):
    token = make(bob).rstrip("/").rpartition("/")[2]
    link = PasswordLink.objects.get()
    assert link.digest == password_links.digest(token)
    kept = [*PasswordLink.objects.values(), *Event.objects.values(), *OneTimeSecret.objects.values()]
    assert token not in str(kept)
    assert link.digest not in str(list(Event.objects.values()))


@pytest.mark.parametrize(
    ("hours", "status"), [("1", 302), ("72", 302), ("0", 400), ("73", 400), ("x", 400), ("", 400)]
)
def test_it_works_for_1_to_72_hours(client, alice, bob, sign_in, hours, status):
    sign_in(client, alice)
    answer = client.post(reverse("credentials:create-password-link", args=[bob.user_id]), {"hours": hours})
    assert answer.status_code == status
    if status == 302:
        link = PasswordLink.objects.get()
        assert link.expires_at - link.made_at == timedelta(hours=int(hours))
    else:
        assert not PasswordLink.objects.exists()


def test_the_page_says_how_it_stands(client, alice, bob, make, sign_in):
    sign_in(client, alice)
    url = reverse("credentials:user-security-credentials", args=[bob.user_id])
    none = client.get(reverse("credentials:console-access", args=[bob.user_id])).content.decode()
    assert "None was created." in none
    path = make(bob)
    page = client.get(url).content.decode()
    assert "Open until" in page
    assert alice.arn in page
    use(path)
    assert re.search(r"Used on \d", client.get(url).content.decode())
    make(bob)
    PasswordLink.objects.update(expires_at=timezone.now())
    assert re.search(r"Expired .*, not used", client.get(url).content.decode())


def test_it_is_withdrawn(client, alice, bob, make, sign_in):
    path = make(bob)
    sign_in(client, alice)
    url = reverse("credentials:delete-password-link", args=[bob.user_id])
    assert "was withdrawn" in client.post(url, follow=True).content.decode()
    assert Client().get(path, follow=True).status_code == 410
    assert (
        "There is no open password link for the user bob." in client.post(url, follow=True).content.decode()
    )


@pytest.mark.parametrize(
    ("action", "of_charlie", "of_bob"),
    [
        ("iam:CreateLoginProfile", True, False),
        ("iam:UpdateLoginProfile", False, True),
        ("iam:DeleteLoginProfile", False, False),
    ],
)
def test_a_first_password_and_a_reset_need_what_iam_needs_for_them(
    home, bob, charlie, caller, action, of_charlie, of_bob
):
    henry = make_user(home, "henry", password=PASSWORD)
    document = f'{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}]}}'
    InlinePolicy.objects.create(user=henry, policy_name="p", name_folded="p", document=document)
    for user, allowed in ((charlie, of_charlie), (bob, of_bob)):
        for operation in ("CreatePasswordLink", "DeletePasswordLink"):
            params = {"UserName": user.user_name}
            if allowed:
                execute(caller(henry), f"iamconsole:{operation}", **params)
            else:
                with pytest.raises(AccessDenied, match="LoginProfile"):
                    execute(caller(henry), f"iamconsole:{operation}", **params)


def test_it_is_for_local_accounts_only(client, alice, home, caller, sign_in):
    Account.objects.filter(pk=home.pk).update(kind=Account.Kind.IMPORTED)
    alice.refresh_from_db()
    sign_in(client, alice)
    with pytest.raises(IamError, match="for local accounts"):
        execute(caller(User.objects.get(pk=alice.pk)), "iamconsole:CreatePasswordLink", UserName="alice")
    page = client.get(reverse("credentials:user-security-credentials", args=[alice.user_id])).content.decode()
    assert "One-time password link" not in page


# Used.


def test_the_token_leaves_the_address_at_once(make, bob, client):
    path = make(bob)
    answer = client.get(path)
    assert (answer.status_code, answer.url) == (302, PAGE)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    page = client.get(PAGE)
    token = path.rstrip("/").rpartition("/")[2]
    assert token not in page.content.decode()
    assert token not in str(client.session.items())
    assert 'value="bob"' in page.content.decode()
    assert "At least 8 characters" in page.content.decode()


def test_looking_does_not_use_it_up(make, bob, client):
    path = make(bob)
    for _ in range(5):
        assert Client().get(path, follow=True).status_code == 200
        assert Client().head(path).status_code == 302
    assert use(path).status_code == 302


def test_it_signs_nobody_in(make, bob, client):
    answer = use(make(bob), client=client)
    assert answer.url == "/signin/?account=northwind"
    assert "The password of bob is set." in client.get(answer.url).content.decode()
    assert client.get("/me/").url.startswith("/signin/")
    assert password_links.SESSION_KEY not in client.session


def test_mfa_is_asked_for_all_the_same(make, bob, client):
    device = enrol(bob)
    use(make(bob), client=client)
    answer = client.post("/signin/", {"account": "northwind", "user_name": "bob", "password": NEW})
    assert answer.url == reverse("credentials:mfa-code")
    assert client.get("/me/").url.startswith("/signin/"), "the password alone opens nothing"
    assert client.post(answer.url, {"code": code(device)}).url == "/"


def test_open_sessions_of_the_user_end_and_no_change_is_due(make, bob, sign_in):
    give_password(bob, reset_required=True)
    old = sign_in(Client(), bob)
    use(make(bob))
    assert old.get("/me/").url.startswith("/signin/")
    assert sign_in(Client(), bob, NEW).get("/me/").status_code == 200


def test_somebody_who_must_change_the_password_can_use_it(make, bob, home, sign_in):
    """Hard expiry leaves no other page; the link is the administrator's help."""
    PasswordPolicy.objects.create(account=home, max_password_age=1, hard_expiry=True)
    long_ago = timezone.now() - timedelta(days=9)
    User.objects.filter(pk=bob.pk).update(password_last_changed=long_ago)
    LoginProfile.objects.filter(user=bob).update(password_last_changed=long_ago)
    client = sign_in(Client(), bob)
    assert client.get("/me/").url == reverse("credentials:new-password")
    assert use(make(bob), client=client).status_code == 302
    assert sign_in(Client(), bob, NEW).get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"new": "short"}, "At least 8 characters"),
        ({"new": NEW, "confirm": "other"}, "The passwords do not match"),
        ({"new": "Password1!"}, "too easy to guess"),
        ({"new": "aB3-" * 40}, "at most 128"),
        ({"new": ""}, "Enter a new password."),
    ],
)
def test_what_the_rules_refuse_does_not_use_it_up(make, bob, client, sent, said):
    path = make(bob)
    answer = use(path, client=client, **sent)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert is_set(bob, PASSWORD)
    assert use(path, client=client).status_code == 302


def test_a_former_password_is_refused_and_does_not_use_it_up(make, bob, home):
    PasswordPolicy.objects.create(account=home, password_reuse_prevention=3, minimum_password_length=8)
    path = make(bob)
    answer = use(path, PASSWORD)
    assert answer.status_code == 400
    assert "Not one of the last 3 passwords" in answer.content.decode()
    assert use(path).status_code == 302


def test_the_history_tells_who_made_and_who_used_it(make, alice, bob):
    use(make(bob))
    made = Event.objects.get(action="iamconsole:CreatePasswordLink")
    used = Event.objects.get(action="iamconsole:SetPasswordByLink")
    assert (made.principal_arn, made.resource) == (alice.arn, bob.arn)
    assert (used.principal_arn, used.resource, used.outcome) == (bob.arn, bob.arn, "allowed")
    assert NEW not in str(list(Event.objects.values()))


def test_a_held_user_may_try_the_new_password_and_codes_stay_counted(make, bob):
    for _ in range(12):
        throttle.count(throttle.PASSWORD, throttle.name_key(bob))
        throttle.count(throttle.MFA_CODE, bob.user_id)
    use(make(bob))
    assert throttle.count(throttle.PASSWORD, throttle.name_key(bob))
    assert not throttle.count(throttle.MFA_CODE, bob.user_id)


# What ends it.


@pytest.mark.parametrize("operation", ["UpdateLoginProfile", "ChangePassword", "DeleteLoginProfile", "again"])
def test_another_password_or_link_ends_it(make, alice, bob, home, caller, operation):
    PasswordPolicy.objects.create(account=home, allow_users_to_change_password=True)
    path = make(bob)
    waiting = Client()
    waiting.get(path)
    if operation == "again":
        make(bob)
    elif operation == "ChangePassword":
        execute(caller(bob), operation, OldPassword=PASSWORD, NewPassword="other-Stable-8-k")
    else:
        more = {"Password": "other-Stable-8-k"} if operation == "UpdateLoginProfile" else {}
        execute(caller(alice), operation, UserName="bob", **more)
    assert waiting.post(PAGE, {"new": NEW, "confirm": NEW}).status_code == 410
    assert Client().get(path, follow=True).status_code == 410
    assert not is_set(bob)


def test_a_first_password_ends_the_link_for_one(make, alice, charlie, caller):
    path = make(charlie)
    execute(caller(alice), "CreateLoginProfile", UserName="charlie", Password="other-Stable-8-k")
    assert Client().get(path, follow=True).status_code == 410


def test_a_demand_for_a_new_password_does_not_end_it(make, alice, bob, caller):
    path = make(bob)
    execute(caller(alice), "UpdateLoginProfile", UserName="bob", PasswordResetRequired=True)
    assert use(path).status_code == 302
    assert not LoginProfile.objects.get(user=bob).password_reset_required


def test_a_new_user_of_the_old_name_is_not_reached(make, home, alice, charlie, caller):
    path = make(charlie)
    execute(caller(alice), "UpdateUser", UserName="charlie", NewUserName="carlo")
    second = make_user(home, "charlie2")
    User.objects.filter(pk=second.pk).update(user_name="charlie", name_folded="charlie")
    assert Client().get(path, follow=True).status_code == 410
    execute(caller(alice), "DeleteUser", UserName="carlo")
    assert Client().get(path, follow=True).status_code == 410
    assert not LoginProfile.objects.filter(user=second).exists()
    assert not PasswordLink.objects.exists()


# Guesses, logs.


def test_guesses_are_counted_and_answered_alike(make, bob):
    path = make(bob)
    wrong = reverse("credentials:open-password-link", args=["x" * 43])
    first = Client().get(wrong)
    assert (first.status_code, first.url) == (302, PAGE), "as for a right one"
    assert "This link does not work" in Client().get(wrong, follow=True).content.decode()
    limit = throttle.PASSWORD_LINK[1]
    for _ in range(limit):
        Client().get(wrong)
    held = Client().get(path)
    assert held.url == "/signin/", "held, also for the right one"
    assert Client().get(path, REMOTE_ADDR="192.0.2.7").url == PAGE, "another address goes on"


def test_many_right_ones_from_one_address_are_no_guesses(make, bob):
    path = make(bob)
    for _ in range(throttle.PASSWORD_LINK[1] + 3):
        assert Client().get(path).url == PAGE


@pytest.mark.parametrize("token", ["abc-DEF_123", "z" * 43])
def test_the_token_is_masked_in_logs(token):
    record = logging.LogRecord("x", logging.INFO, "", 0, "GET %s 500", (f"/signin/link/{token}/",), None)
    SecretsFilter().filter(record)
    line = OneLineFormatter().format(record)
    assert token not in line
    assert "/signin/link/***/" in line


def test_without_a_link_there_is_no_form(client, home):
    for answer in (client.get(PAGE), client.post(PAGE, {"new": NEW, "confirm": NEW})):
        assert answer.status_code == 410
        assert "Ask an administrator of the account" in answer.content.decode()
        assert 'name="new"' not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_wins(make, bob):
    path = make(bob)
    clients = [Client() for _ in range(6)]
    for client in clients:
        client.get(path)
    ready, answers = threading.Barrier(len(clients)), {}

    def send(n, client):
        new = f"fresh-Lantern-{n}-x"
        ready.wait()
        answers[n] = client.post(PAGE, {"new": new, "confirm": new}).status_code
        connections.close_all()

    threads = [threading.Thread(target=send, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [302, 410, 410, 410, 410, 410]
    winner = next(n for n, status in answers.items() if status == 302)
    assert is_set(bob, f"fresh-Lantern-{winner}-x")
    assert Event.objects.filter(action="iamconsole:SetPasswordByLink", outcome="allowed").count() == 1


def test_a_link_of_another_account_is_not_made(client, alice, sign_in):
    eve = make_user(make_account("222222222222"), "eve")
    sign_in(client, alice)
    assert (
        client.post(
            reverse("credentials:create-password-link", args=[eve.user_id]), {"hours": "1"}
        ).status_code
        == 404
    )
    assert not PasswordLink.objects.exists()


# With new users.


def links_shown(text: str) -> list[str]:
    found = re.findall(r"One-time password link</dt>.*?value\">([^<]+)<", text, re.S)
    return [unescape(url).removeprefix("http://localhost:8000") for url in found]


def test_new_users_choose_their_own_passwords(client, alice, home, sign_in):
    sign_in(client, alice)
    ways = {"console_access": "on", "password_kind": "link", "reset_required": "on"}
    page = shown(client, create(client, "dora\nerin", **ways))
    dora, erin = User.objects.get(user_name="dora"), User.objects.get(user_name="erin")
    assert not LoginProfile.objects.filter(user__in=[dora, erin]).exists()
    assert not dora.policy_attachments.exists(), "no change is demanded, so none need be allowed"
    first, second = links_shown(page)
    assert use(first).status_code == 302
    assert is_set(dora)
    assert not is_set(erin)
    assert use(second, "other-Stable-8-k").status_code == 302
    assert sign_in(Client(), erin, "other-Stable-8-k").get("/me/").status_code == 200


def test_the_review_tells_of_the_link(client, alice, home, sign_in):
    sign_in(client, alice)
    review = to_review(client, console_access="on", password_kind="link", password="left-Over-7-x")
    page = client.get(review).content.decode()
    assert "One-time link" in page
    assert "iamconsole:CreatePasswordLink" in page
    assert "Must change password" not in page
    details = client.get(step(review.replace("/review/", "/details/"), "details")).content.decode()
    assert re.search(r'value="link"[^>]*checked', details)


def test_new_users_of_other_accounts_get_no_link(client, alice, home, sign_in):
    sign_in(client, alice)
    Account.objects.filter(pk=home.pk).update(kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=home)
    start = client.get(reverse("credentials:create-user")).url
    assert 'value="link"' not in client.get(start).content.decode()
    answer = client.post(start, details_of(console_access="on", password_kind="link"))
    assert "Select a valid choice" in answer.content.decode()
