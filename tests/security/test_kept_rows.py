"""What one person can have put away: drafts, one-time secrets, work with secrets. All in limited number."""

import threading
import uuid

import pytest
from django.db import connection
from django.urls import reverse

from credentials.mfa import passkeys
from iamconsole import work
from iamconsole.errors import IamError
from iamconsole.models import MOST_KEPT, Event, OneTimeSecret
from tests.cast import make_account, make_user
from users.callers.build import starter_of

pytestmark = pytest.mark.django_db
SESSION = "s" * 32
CHOSEN = {"user_names": "dora", "access_key": "on", "key_use": "other", "password_kind": "generated"}


def kept(**filters) -> list[str]:
    return [row.reveal() for row in OneTimeSecret.objects.filter(**filters).order_by("expires_at")]


def test_the_oldest_one_time_secret_gives_way():
    for number in range(MOST_KEPT + 5):
        OneTimeSecret.keep("credentials", f"session {number}", f"text {number}", owner="AIDABOB")
    OneTimeSecret.keep("credentials", SESSION, "another person's", owner="AIDAEVE")
    OneTimeSecret.keep("recovery", SESSION, "another purpose", owner="AIDABOB")
    assert kept(owner="AIDABOB", purpose="credentials") == [f"text {n}" for n in range(5, MOST_KEPT + 5)]
    assert kept(owner="AIDAEVE") == ["another person's"]
    assert kept(purpose="recovery") == ["another purpose"]


def test_before_a_sign_in_the_session_is_limited():
    for number in range(MOST_KEPT + 5):
        OneTimeSecret.keep("passkey", SESSION, f"text {number}")
    assert len(kept(purpose="passkey")) == MOST_KEPT


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_leave_no_more():
    def keep(number: int) -> None:
        try:
            for _ in range(5):
                OneTimeSecret.keep("credentials", SESSION, "text", owner="AIDABOB", most=6)
        finally:
            connection.close()

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert OneTimeSecret.objects.count() == 6


def test_drafts_of_one_person_are_limited_over_all_sessions(client, alice, sign_in):
    first = uuid.uuid4()
    for draft in (first, *(uuid.uuid4() for _ in range(6))):
        sign_in(client, alice)
        answer = client.post(reverse("credentials:create-user-details", args=[draft]), CHOSEN)
        assert answer.status_code == 302
    client.logout()
    sign_in(client, alice)
    for _ in range(6):
        client.post(reverse("credentials:create-user-details", args=[uuid.uuid4()]), CHOSEN)
    assert OneTimeSecret.objects.filter(purpose="new-users").count() == 10


def test_the_first_step_of_create_user_keeps_nothing_for_those_who_may_not(client, bob, sign_in):
    """One refusal with one Event, whatever the number of names; no draft; nothing about who exists."""
    sign_in(client, bob)
    before = Event.objects.count()
    url = reverse("credentials:create-user-details", args=[uuid.uuid4()])
    names = "\n".join(["charlie", "bob", *(f"user{n}" for n in range(18))])
    page = client.post(url, {**CHOSEN, "user_names": names})
    assert page.status_code == 200
    assert len(page.context["form"].errors["user_names"]) == 1
    assert "already" not in page.content.decode()
    assert Event.objects.count() == before + 1
    assert not OneTimeSecret.objects.exists()


def test_names_without_end_are_refused_by_their_length(client, alice, sign_in):
    url = reverse("credentials:create-user-details", args=[uuid.uuid4()])
    page = sign_in(client, alice).post(url, {**CHOSEN, "user_names": "é" * 5000})
    assert "This is more text than 20 names need" in page.content.decode()
    assert "latin small letter" not in page.content.decode(), "it was not looked at"


def test_work_with_secrets_waits_for_its_turn(alice, caller):
    by = caller(alice)
    for _ in range(work.MOST_WAITING):
        work.start(by, starter_of(by), [], SESSION, {})
    with pytest.raises(IamError) as refused:
        work.start(by, starter_of(by), [], SESSION, {})
    assert refused.value.code == "LimitExceeded"
    assert "unfinished jobs" in refused.value.message
    other = caller(make_user(make_account("200000000002"), "eve"))
    assert work.start(other, starter_of(other), [], SESSION, {})


def test_a_used_challenge_is_remembered_whoever_comes_after(db):
    """Those of everybody are one kind without an owner: its limit must not make a challenge good again."""
    passkeys.use_up("the first")
    for number in range(30):
        passkeys.use_up(f"another {number}")
    with pytest.raises(passkeys.Refused):
        passkeys.use_up("the first")
