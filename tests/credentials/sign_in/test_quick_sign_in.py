"""The tests' quick way in (tests/sessions.py) leaves what the sign-in form leaves."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session

from credentials.models import ConsoleSession, KnownAddress
from iamconsole.models import Event
from tests import past, sessions
from tests.cast import PASSWORD
from tests.client import Client
from tests.credentials.authenticator import code, enrol

pytestmark = pytest.mark.django_db
ROW = ("address", "user_agent", "mfa_at", "ended_at")
EVENT = ("action", "resource", "outcome", "source_ip", "user_agent", "mfa", "detail")


def left_by(way, user) -> dict[str, Any]:
    """What a sign-in leaves in the client and the database, without keys and moments."""
    with past.rewritten():
        for model in (ConsoleSession, Session, KnownAddress, Event):
            model.objects.all().delete()
    client = Client(headers={"user-agent": "Mozilla/5.0 Test"})
    way(client, user, PASSWORD)
    user.refresh_from_db()
    cookie = {**client.cookies["sid"], "expires": ""}
    return {
        "client": client,
        "cookie": {name: value for name, value in cookie.items() if value},
        "session": {name: type(value) for name, value in client.session.items()},
        "stored": Session.objects.count(),
        "rows": list(ConsoleSession.objects.values_list(*ROW)),
        "addresses": list(KnownAddress.objects.values_list("user_id", "address")),
        "events": list(Event.objects.values_list(*EVENT)),
        "used": user.password_last_used is not None,
        "inside": client.get("/me/").status_code,
    }


@pytest.mark.parametrize("person", ["bob", "root"])
def test_it_leaves_the_session_of_the_form(home, bob, person):
    user = bob if person == "bob" else home.users.get(kind="root")
    form, quick = left_by(sessions.through_form, user), left_by(sessions.sign_in, user)
    assert {**form, "client": None} == {**quick, "client": None}
    assert quick["inside"] == 200
    assert len(quick["rows"]) == len(quick["events"]) == 1


def test_it_stops_before_the_code_as_the_form_does(bob):
    phone = enrol(bob)
    form, quick = left_by(sessions.through_form, bob), left_by(sessions.sign_in, bob)
    assert {**form, "client": None} == {**quick, "client": None}
    assert quick["inside"] == 302, "nobody is in without the code"
    quick["client"].post("/signin/mfa/", {"code": code(phone)})
    assert quick["client"].get("/me/").status_code == 200


def test_it_lets_in_nobody_whom_the_form_refuses(bob, charlie, sign_in):
    for user, password in ((bob, "another password"), (charlie, PASSWORD)):
        with pytest.raises(AssertionError, match="refused"):
            sign_in(Client(), user, password)
