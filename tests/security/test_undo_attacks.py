"""Undo is a change of the person who made it, once, with all that the door asks."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from iamconsole.models import Event, RecentChange
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_user
from tests.client import Client
from users.models import PolicyAttachment

pytestmark = pytest.mark.django_db(transaction=True)
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def attach(client, user, arn=READ_ONLY) -> str:
    """The address of its Undo button."""
    url = reverse("users:attach-user-policy", args=[user.user_id])
    assert client.post(url, {"pick": arn, "go": "save"}).status_code == 302
    return reverse("undo-changes", args=[RecentChange.objects.latest("id").work])


def undone() -> int:
    return Event.objects.filter(action="iam:DetachUserPolicy", outcome="allowed").count()


@pytest.fixture
def as_alice(client, alice, sign_in):
    sign_in(client, alice)
    return client


def test_nobody_undoes_what_another_has_done(as_alice, home, bob, sign_in):
    button = attach(as_alice, bob)
    dora = make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    other = sign_in(Client(), dora)
    assert other.get(button).status_code == 405
    other.post(button)
    Client(enforce_csrf_checks=True).post(button)
    forged = Client(enforce_csrf_checks=True)
    forged.cookies = as_alice.cookies
    assert forged.post(button).status_code == 403
    assert undone() == 0
    as_alice.post(button)
    assert undone() == 1


def test_two_at_the_same_moment_undo_it_once(as_alice, bob, alice, sign_in):
    button = attach(as_alice, bob)
    tabs = [sign_in(Client(), alice) for _ in range(4)]
    gate = threading.Barrier(len(tabs))

    def press(tab: Client) -> None:
        gate.wait()
        tab.post(button)
        connection.close()

    threads = [threading.Thread(target=press, args=[tab]) for tab in tabs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert undone() == 1


def test_it_never_takes_the_own_access_without_the_question(as_alice, alice, home):
    """Alice's own policy went meanwhile, so the new one is what she has."""
    make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    button = attach(as_alice, alice, "arn:aws:iam::aws:policy/IAMFullAccess")
    PolicyAttachment.objects.filter(user=alice, policy__arn=ADMINISTRATOR_ACCESS).delete()
    answer = as_alice.post(button, follow=True)
    assert undone() == 0
    assert "This takes your own access" in answer.content.decode()
