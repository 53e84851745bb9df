"""Whoever reads the database takes over no session: what stands there is no cookie."""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from tests.client import Client

pytestmark = pytest.mark.django_db


def every_text() -> set[str]:
    """Each value of each row of each table, as text."""
    found: set[str] = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  (our own names)
            found.update(str(value) for row in cursor.fetchall() for value in row if value is not None)
    return found


def test_no_table_holds_the_cookie(alice, sign_in):
    cookie = sign_in(Client(), alice).cookies["sid"].value
    texts = every_text()
    assert str(alice.user_id) in texts, "the walk reads the tables"
    assert not [text for text in texts if cookie in text]


def test_what_the_session_table_holds_opens_nothing(alice, sign_in):
    sign_in(Client(), alice)
    for row in Session.objects.all():
        thief = Client()
        thief.cookies["sid"] = row.session_key
        assert thief.get("/me/").status_code == 302


def test_a_session_goes_on_and_ends(alice, sign_in):
    client = sign_in(Client(), alice)
    assert client.get("/me/").status_code == 200
    client.post("/signout/")
    assert client.get("/me/").status_code == 302


def test_expired_rows_are_forgotten(alice, sign_in):
    client = sign_in(Client(), alice)
    Session.objects.update(expire_date=timezone.now())
    assert client.get("/me/").status_code == 302
