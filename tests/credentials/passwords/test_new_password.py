"""A password that must be changed: the only page until it is, and what a change ends."""

import threading

import pytest
from django.db import connections
from django.urls import reverse

from credentials.models import LoginProfile
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, give_password
from tests.client import Client
from users.models import InlinePolicy, PasswordPolicy, User

pytestmark = pytest.mark.django_db
NEW_PASSWORD, CHANGE = "/signin/new-password/", "/me/password/"
NEW = "fresh-Lantern-42-x"


def change(client, url=NEW_PASSWORD, old=PASSWORD, new=NEW, confirm=None):
    return client.post(url, {"current": old, "new": new, "confirm": new if confirm is None else confirm})


@pytest.fixture
def first(client, bob, sign_in):
    """Bob at his first sign-in."""
    give_password(bob, reset_required=True)
    return sign_in(client, bob)


def test_nothing_else_is_reached_by_any_method(first, bob):
    pages = ["/", "/me/", CHANGE, "/me/mfa/assign/", "/users/", "/account/", "/jobs/", "/events/"]
    for page in pages:
        assert first.get(page).url == NEW_PASSWORD, page
        assert first.post(page, {"name": "bob"}).url == NEW_PASSWORD, page
    assert first.get("/healthz").status_code == 200
    assert first.post(reverse("credentials:sign-out")).url == "/signin/?account=northwind"


def test_leaving_without_a_change_asks_again_at_the_next_sign_in(first, bob, sign_in):
    first.post(reverse("credentials:sign-out"))
    assert sign_in(Client(), bob).get("/me/").url == NEW_PASSWORD


@pytest.mark.parametrize("form", [{}, {"new": NEW}, {"current": PASSWORD}, {"current": PASSWORD, "new": NEW}])
def test_an_empty_or_partial_form_changes_nothing(first, bob, form):
    assert first.post(NEW_PASSWORD, form).status_code == 400
    assert first.get("/me/").url == NEW_PASSWORD
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"old": "wrong-Horse-1"}, "This is not your current password."),
        ({"confirm": "fresh-Lantern-42-y"}, "The passwords do not match"),
        ({"new": PASSWORD}, "is the same as the current one"),
        ({"new": "aB3-" * 40}, "has 160 characters. Use at most 128"),
        ({"new": "fresh-Lantern-42-\u0159"}, "a character that IAM does not accept"),
        ({"new": "100000000001"}, "Not the name or e-mail of the account"),
        ({"new": "short"}, "At least 8 characters"),
    ],
)
def test_what_is_wrong_is_said_in_words(first, bob, sent, said):
    answer = change(first, **sent)
    text = answer.content.decode()
    assert answer.status_code == 400
    assert said in text
    assert not [value for value in sent.values() if f'value="{value}"' in text], "a password is never echoed"
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_the_roots_e_mail_is_no_password(client, home, sign_in):
    root = User.objects.root_of(home)
    User.objects.filter(pk=root.pk).update(email="Root7@example.com")
    root.refresh_from_db()
    give_password(root, reset_required=True)
    sign_in(client, root)
    assert "Not the name or e-mail of the account" in change(client, new="root7@Example.com").content.decode()


def test_the_policy_of_the_account_does_not_bind_root(client, home, sign_in):
    PasswordPolicy.objects.create(account=home, minimum_password_length=40)
    root = User.objects.root_of(home)
    give_password(root, reset_required=True)
    assert change(sign_in(client, root)).status_code == 302


def test_this_session_goes_on_under_a_new_key_and_others_end(first, bob, sign_in):
    other, key = sign_in(Client(), bob), first.session.session_key
    assert change(first).status_code == 302
    assert first.session.session_key != key
    assert first.get("/me/").status_code == 200
    assert other.get("/me/").url.startswith("/signin/")
    stale = Client()
    stale.cookies["sid"] = key
    assert stale.get("/me/").url.startswith("/signin/")


def test_an_answer_to_the_old_session_does_not_take_the_new_cookie_away(first):
    """The strength of what was typed last may be asked for when the form is sent, and answered after it."""
    late = Client()
    late.cookies["sid"] = first.session.session_key
    assert change(first).status_code == 302
    for answer in (late.post("/password-strength/", {"password": "x"}), late.get("/me/")):
        assert "sid" not in answer.cookies
    assert "sid" in first.post("/signout/").cookies, "signing out takes it back"


def test_the_cookie_stays_also_where_the_change_is_noticed_midway(first, bob):
    """The session is still there, its user has another password already."""
    bob.refresh_from_db()
    bob.set_password("another-Word-of-31")
    bob.save()
    assert "sid" not in first.post("/password-strength/", {"password": "x"}).cookies


def test_a_half_signed_in_session_ends_with_the_password_too(first, bob):
    from tests.credentials.authenticator import code, enrol

    device = enrol(bob)
    half = Client()
    half.post("/signin/", {"account": "northwind", "user_name": "bob", "password": PASSWORD})
    change(first)
    assert half.post("/signin/mfa/", {"code": code(device)}).url == "/signin/"


def test_the_page_is_closed_when_no_change_is_due(client, bob, sign_in):
    sign_in(client, bob)
    assert client.get(NEW_PASSWORD).url == "/"
    change(client)
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD), "self-service lasts only while a change is due"


def test_an_explicit_deny_holds_and_is_no_error_of_the_current_password(first, bob):
    document = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:ChangePassword",'
        ' "Resource": "*"}]}'
    )
    InlinePolicy.objects.create(user=bob, policy_name="p", name_folded="p", document=document)
    text = change(first).content.decode()
    assert "with an explicit deny in an identity-based policy" in text
    assert 'id="id_current_error"' not in text
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_hard_expiry_is_lifted_by_an_administrator(client, alice, bob, caller, sign_in, home):
    PasswordPolicy.objects.create(account=home, max_password_age=1, hard_expiry=True)
    long_ago = "2020-01-01T00:00:00Z"
    User.objects.filter(pk=bob.pk).update(password_last_changed=long_ago)
    LoginProfile.objects.filter(user=bob).update(password_last_changed=long_ago)
    sign_in(client, bob)
    page = client.get("/me/", follow=True).content.decode()
    assert "An administrator has to reset it." in page
    assert 'name="current"' not in page
    execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password=NEW)
    assert sign_in(Client(), bob, NEW).get("/me/").status_code == 200


def test_the_event_tells_who_and_no_password(first, bob):
    change(first)
    event = Event.objects.get(action="iam:ChangePassword")
    assert (event.principal_arn, event.outcome, event.channel) == (bob.arn, "allowed", "console")
    for secret in (PASSWORD, NEW):
        assert secret not in str(list(Event.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_from_the_same_old_password_leave_one(alice, home, sign_in):
    """The later one verified a password that is no longer the password: it must not win."""
    clients = [sign_in(Client(), alice) for _ in range(4)]
    ready, answers = threading.Barrier(len(clients)), {}

    def send(n, client):
        ready.wait()
        answers[n] = change(client, CHANGE, new=f"fresh-Lantern-{n}-x").status_code
        connections.close_all()

    threads = [threading.Thread(target=send, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [
        n for n, status in answers.items() if status == 302 and clients[n].get("/me/").status_code == 200
    ]
    assert len(winners) == 1
    alice.refresh_from_db()
    assert alice.check_password(f"fresh-Lantern-{winners[0]}-x")
    assert Event.objects.filter(action="iam:ChangePassword", outcome="allowed").count() == 1


def test_root_may_skip_mfa_after_its_first_password(client, home, sign_in):
    root = User.objects.root_of(home)
    give_password(root, reset_required=True)
    sign_in(client, root)
    answer = change(client)
    assert answer.url == reverse("credentials:assign-mfa-device")
    page = client.get(answer.url).content.decode()
    assert '<a class="ui-button is-quiet" href="/">Skip for now</a>' in page
    assert client.get("/").status_code == 200
