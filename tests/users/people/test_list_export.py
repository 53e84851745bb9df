"""The view as a file: the same rows and columns, formulas disarmed by choice, an Event for it."""

import csv
import io
import json

import pytest
from django.urls import reverse

from iamconsole.models import Event
from tests.cast import make_user
from tests.users.people.test_list import give_key
from users.models import ListPreferences

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def export(client, form: str, **query) -> str:
    answer = client.get(reverse("users:export", args=[form]), query)
    assert answer.streaming
    return b"".join(answer.streaming_content).decode()


def test_the_filtered_and_sorted_view(as_alice, bob, charlie):
    rows = list(csv.DictReader(io.StringIO(export(as_alice, "exact", sort="-user_name", password="yes"))))
    assert [row["user_name"] for row in rows] == ["bob", "alice"]
    assert rows[0]["password_enabled"] == "true"
    event = Event.objects.get(action="iamconsole:ExportUsers")
    assert event.detail["Filters"] == {"sort": "-user_name", "password": "yes"}


def test_the_persons_columns(as_alice, alice, charlie):
    ListPreferences.objects.create(user=alice, columns=["user_name", "access_key_id", "arn"])
    give_key(charlie, "AKIA" + "C" * 16)
    rows = json.loads(export(as_alice, "json", q="charlie"))
    assert rows == [{"user_name": "charlie", "access_key_ids": "AKIA" + "C" * 16, "arn": charlie.arn}]


def test_a_formula_is_disarmed_for_spreadsheets_only(as_alice, home):
    make_user(home, "=cmd@x,y+z")
    assert "\r\n'=cmd@x" not in export(as_alice, "exact")
    assert '"\'=cmd@x,y+z"' in export(as_alice, "spreadsheet")


def test_an_empty_view_is_an_empty_file(as_alice):
    assert json.loads(export(as_alice, "json", q="zzz")) == []
    assert export(as_alice, "exact", q="zzz").count("\r\n") == 1


def test_no_other_form(as_alice):
    assert as_alice.get(reverse("users:export", args=["pdf"])).status_code == 404
