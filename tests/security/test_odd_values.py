"""Odd values in pages and forms (tests/security/odd_values.py): a refusal, never a crash.

Nothing is listed here but addresses: which parameters a page reads is watched while it is asked. What is new
is asked as well.
"""

import pytest
from django.http import QueryDict
from django.urls import NoReverseMatch

from credentials.sign_in.reauthentication import KEPT
from tests.security.odd_values import VALUES
from tests.test_access_matrix import ACTIONS, PAGES, address, arguments

pytestmark = [pytest.mark.django_db, pytest.mark.long]

# What is sent in one parameter alone; all others are sent in all at once.
ALONE = ["²", "9" * 30, "0001-01-01", "["]
# By this name, which nobody reads, the query or form of the request is known among others.
SENT = "odd"


@pytest.fixture
def read(monkeypatch):
    """The names that are read of a query or a form that has ``SENT``, also those that were not sent."""
    names: set[str] = set()
    for method in ("get", "getlist", "__getitem__", "__contains__"):
        monkeypatch.setattr(QueryDict, method, watched(getattr(QueryDict, method), names))
    return names


def watched(method, names):
    def noting(self, key, *args, **kwargs):
        if dict.__contains__(self, SENT):
            names.add(key)
        return method(self, key, *args, **kwargs)

    return noting


def taken(answer) -> None:
    assert answer.status_code < 500
    if answer.streaming:
        b"".join(answer.streaming_content)


def odd(names, alone):
    """What is sent: each value in all names at once, and some in one name; nothing twice.

    A page that reads nothing may still repeat its own address.
    """
    if not names:
        return [{SENT: value} for value in alone]
    together = [dict.fromkeys(names, value) for value in VALUES]
    return together + [{one: value} for value in alone for one in names if len(names) > 1]


@pytest.mark.parametrize("name", PAGES)
def test_no_parameter_of_a_page_crashes_it(name, client, alice, bob, charlie, sign_in, read):
    url = address(name, charlie)
    sign_in(client, alice)
    read.clear()
    client.get(url, {SENT: ""})
    for query in odd(sorted(read), ALONE):
        taken(client.get(url, query))


@pytest.mark.parametrize("name", [*PAGES, *ACTIONS])
def test_no_field_of_a_form_crashes_it(name, client, alice, bob, charlie, sign_in, read):
    url = address(name, charlie)
    sign_in(client, alice)
    read.clear()
    taken(client.post(url, {SENT: ""}))
    # With an odd answer to "Is it you?" the page itself never hears of the rest.
    names = sorted(read - {"csrfmiddlewaretoken", KEPT})
    for form in [*odd(names, ALONE[:2]), *({KEPT: value} for value in ALONE[:2])]:
        taken(client.post(url, form))


def test_no_odd_answer_to_who_it_is_is_kept(client, alice, sign_in):
    """The middleware answers it, on any page."""
    sign_in(client, alice)
    for value in VALUES:
        assert client.post(address("users:list", alice), {KEPT: value}).status_code == 400


@pytest.mark.parametrize("name", [name for name in [*PAGES, *ACTIONS] if arguments(name)])
def test_no_part_of_an_address_crashes_it(name, client, alice, charlie, sign_in):
    sign_in(client, alice)
    for argument in arguments(name):
        for value in ["²", "٣", "9" * 19, "9" * 30, "9" * 5_000, "0", "x" * 1_000, "[", "%", "\udcff"]:
            try:
                url = address(name, charlie, **{argument: value})
            except (NoReverseMatch, UnicodeEncodeError):
                continue
            taken(client.get(url))
            taken(client.post(url, {}))
