"""A choice between a list and its confirmation: whose it is, what finds it again, and that it is carried out once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from iamconsole.models import Job, OneTimeSecret
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from tests.client import Client
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
BULK = reverse("credentials:bulk")
TAG = {"key": "team", "value": "web"}


@pytest.fixture
def confirmation(client, alice, bob, charlie, sign_in) -> str:
    """The address of "tag bob and charlie", as a list sorted by age and narrowed to "r" gives it."""
    sign_in(client, alice)
    answer = client.post(f"{BULK}?q=r&sort=-age", {"do": "tag", "user": [bob.pk, charlie.pk]})
    assert answer.status_code == 302
    return answer.url


def test_back_reload_and_another_sign_in_find_it(client, alice, sign_in, confirmation):
    pages = [client.get(confirmation).content.decode() for _ in range(2)]
    assert all("Tag users: 2 users" in page for page in pages)
    assert "/users/?q=r&amp;sort=-age" in pages[0], "Cancel leads to the list as it was"
    refused = client.post(confirmation, {"key": ""})
    assert refused.status_code == 400
    assert "Tag users: 2 users" in client.get(confirmation).content.decode()
    client.post(reverse("credentials:sign-out"))
    assert "/signin/" in client.get(confirmation).url
    sign_in(client, alice)
    assert "bob" in client.get(confirmation).content.decode()
    done = client.post(confirmation, TAG).url
    assert client.get(confirmation).url == client.post(confirmation, TAG).url == done
    assert Job.objects.count() == 1


def test_it_is_of_one_person_and_one_account_and_ends(client, home, alice, sign_in, confirmation):
    dora = make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    other = sign_in(Client(), dora)
    answer = other.get(confirmation)
    assert answer.status_code == 404
    assert "This selection has expired" in answer.content.decode()
    assert other.post(confirmation, TAG).status_code == 404
    wrong_kind = reverse("credentials:confirm-clean-up", args=[confirmation.rstrip("/").rpartition("/")[2]])
    assert client.get(wrong_kind).status_code == 404
    make_account("222222222222")
    client.post(reverse("users:switch-account", args=["222222222222"]))
    assert client.get(f"/222222222222{confirmation}").status_code == 404
    client.account_id = home.account_id
    assert client.get(confirmation).status_code == 200
    OneTimeSecret.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(confirmation).status_code == 404
    assert not Job.objects.exists()


def test_it_names_who_is_left_page_by_page(client, home, alice, sign_in):
    people = [make_user(home, f"robot{number:03}") for number in range(105)]
    sign_in(client, alice)
    url = client.post(BULK, {"do": "tag", "user": [user.pk for user in people]}).url
    people[0].delete()
    shown = [client.get(url, {"page": page}).content.decode() for page in (1, 2)]
    assert "Tag users: 104 users" in shown[0]
    assert "1 selected user has been deleted in the meantime." in shown[0]
    assert all(f">{user.user_name}<" in shown[0] + shown[1] for user in people[1:])
    User.objects.filter(user_name__startswith="robot").delete()
    assert "Nothing was changed" in client.get(url, follow=True).content.decode()


def test_a_second_click_at_the_same_moment_is_refused(client, confirmation, alice, sign_in):
    tabs = [client, sign_in(Client(), alice)]
    answers = []

    def click(tab: Client) -> None:
        try:
            answers.append(tab.post(confirmation, TAG).status_code)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click, args=[tab]) for tab in tabs]
    [click.start() for click in clicks]
    [click.join() for click in clicks]
    assert Job.objects.count() == 1
    assert set(answers) <= {302, 400}
