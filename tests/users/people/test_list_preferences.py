"""Columns, their order, rows and density: kept for the person, on every machine."""

import pytest
from django.urls import reverse

from tests.users.people.test_list import LIST
from users.models import ListPreferences
from users.people.columns import DEFAULT_COLUMNS

pytestmark = pytest.mark.django_db
PAGE = reverse("users:list-preferences")


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def heads(client) -> list[str]:
    return [str(column.header) for column in client.get(LIST).context["table"].columns]


def test_chosen_columns_in_the_chosen_order(as_alice, alice):
    sent = {"columns": ["user_name", "created", "arn"], "size": "50", "density": "compact", "go": "save"}
    as_alice.post(PAGE, sent)
    assert heads(as_alice) == ["User name", "Created", "ARN"]
    kept = ListPreferences.objects.get(user=alice)
    assert (kept.page_size, kept.density) == (50, "compact")
    assert alice.arn in as_alice.get(LIST).content.decode()


def test_moving_up_and_down(as_alice, alice):
    as_alice.post(PAGE, {"columns": ["user_name", "mfa", "path"], "go": "up:path"})
    assert ListPreferences.objects.get(user=alice).columns == ["user_name", "path", "mfa"]
    as_alice.post(PAGE, {"columns": ["user_name", "path", "mfa"], "go": "down:user_name"})
    assert ListPreferences.objects.get(user=alice).columns == ["path", "user_name", "mfa"]


@pytest.mark.parametrize("columns", [[], ["nonsense"], ["password"]])
def test_senseless_choices_keep_the_list_usable(as_alice, alice, columns):
    as_alice.post(PAGE, {"columns": columns, "size": "7", "density": "x", "go": "down:nonsense"})
    assert "User name" in heads(as_alice)
    assert ListPreferences.objects.get(user=alice).page_size == 25


def test_back_to_the_default(as_alice, alice):
    as_alice.post(PAGE, {"columns": ["user_name"], "go": "save"})
    as_alice.post(PAGE, {"columns": ["user_name"], "go": "reset"})
    assert ListPreferences.objects.get(user=alice).columns == DEFAULT_COLUMNS


def test_they_are_ones_own(as_alice, client, home, alice):
    from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_user
    from tests.client import Client

    as_alice.post(PAGE, {"columns": ["user_name"], "go": "save"})
    make_user(home, "eve", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    other = Client()
    other.post(
        reverse("credentials:sign-in"), {"account": "northwind", "user_name": "eve", "password": PASSWORD}
    )
    assert len(heads(other)) == len(DEFAULT_COLUMNS)


def test_every_column_is_drawn_and_sorts(as_alice, bob, charlie):
    from users.people.columns import ALL_COLUMNS

    as_alice.post(PAGE, {"columns": list(ALL_COLUMNS), "go": "save"})
    assert len(heads(as_alice)) == len(ALL_COLUMNS)
    for column in ALL_COLUMNS:
        for way in ("", "-"):
            assert as_alice.get(LIST, {"sort": way + column}).status_code == 200
