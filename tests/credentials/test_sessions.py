"""A session begins new, ends when it must, and obeys no form but our own."""

import pytest
from django.test import Client
from django.urls import reverse

from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, give_password, make_user

pytestmark = pytest.mark.django_db
SIGN_IN, CODE = "/signin/", "/signin/mfa/"


def typed(user):
    return {"account": user.account.account_id, "user_name": user.user_name, "password": PASSWORD}


def test_a_session_from_before_is_not_adopted(client, bob):
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sid"] = session.session_key
    client.post(SIGN_IN, typed(bob))
    assert client.session.session_key != session.session_key
    assert "planted" not in client.session


def test_taking_console_access_away_ends_the_session(client, alice, bob, sign_in, caller):
    sign_in(client, bob)
    execute(caller(alice), "DeleteLoginProfile", UserName="bob")
    assert client.get("/me/").status_code == 302


def test_a_new_password_ends_other_sessions(client, bob, sign_in):
    sign_in(client, bob)
    give_password(bob, "another-Horse-8-word")
    assert client.get("/me/").status_code == 302


def test_an_idle_session_ends(client, bob, sign_in, settings):
    sign_in(client, bob)
    settings.SESSION_IDLE_SECONDS = -1
    assert client.get("/me/").url.startswith(SIGN_IN)


def test_signing_out_is_a_post_and_ends_the_session(client, bob, sign_in):
    sign_in(client, bob)
    key = client.session.session_key
    assert client.get(reverse("credentials:sign-out")).status_code == 405
    client.post(reverse("credentials:sign-out"))
    client.cookies["sid"] = key
    assert client.get("/me/").status_code == 302


def test_signing_out_clears_what_the_browser_keeps(client, bob, sign_in):
    answer = sign_in(client, bob).post(reverse("credentials:sign-out"))
    assert answer["Clear-Site-Data"] == '"cache", "storage"'


POSTS = [SIGN_IN, "/signin/root/", CODE, "/signin/new-password/", "/signout/", "/me/password/",
         "/me/mfa/assign/", "/account/password-policy/"]  # fmt: skip


@pytest.mark.parametrize("url", POSTS)
def test_forged_forms_are_refused(alice, sign_in, url):
    client = sign_in(Client(enforce_csrf_checks=False), alice)
    client.handler.enforce_csrf_checks = True
    events = Event.objects.count()
    token = Client(enforce_csrf_checks=True).get(SIGN_IN).cookies["csrf"].value
    forms = [{}, {"csrfmiddlewaretoken": "x" * 64}, {"csrfmiddlewaretoken": token}]
    assert [client.post(url, form).status_code for form in forms] == [403] * 3
    client.cookies["csrf"] = token
    for origin in ("https://evil.example", "null"):
        form = {"csrfmiddlewaretoken": token}
        assert client.post(url, form, headers={"Origin": origin}).status_code == 403
    assert client.post(url, '{"a": 1}', content_type="text/plain").status_code == 403
    assert client.get("/me/").status_code == 200, "nothing happened to the session"
    assert Event.objects.count() == events


def test_a_deleted_user_is_out_and_a_namesake_does_not_come_in(client, alice, bob, home, sign_in, caller):
    sign_in(client, bob)
    for name in ("DeleteLoginProfile", "DeleteUser"):
        execute(caller(alice), name, UserName="bob")
    assert client.get("/me/").url.startswith(SIGN_IN)
    make_user(home, "bob", password=PASSWORD)
    assert client.get("/me/").url.startswith(SIGN_IN)


def test_the_absolute_limit_holds_for_a_busy_session_too(client, bob, sign_in):
    sign_in(client, bob)
    session = client.session
    session["signed_in_at"] -= 12 * 3600 + 1
    session.save()
    assert client.get("/me/").url.startswith(SIGN_IN)
