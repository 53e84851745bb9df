"""Digits that are no number, dates that do not exist, numbers without end: a refusal, never a crash.

Nothing is listed here but addresses and operations: which parameters a page reads is watched while it is
asked, which an operation has stands in its model. What is new is asked as well.
"""

import re
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.urls import NoReverseMatch

from iamconsole.errors import IamError
from iamconsole.operations import all_operations, execute
from tests.query.signing import Request
from tests.test_access_matrix import ACTIONS, AIMED_AT_OTHERS, PAGES, address, arguments

pytestmark = [pytest.mark.django_db, pytest.mark.long]

# str.isdigit() says yes to the first, int() no; to the second both, though it is no 3 of ours.
NUMBERS = ["²", "٣", "9" * 19, "9" * 30, "9" * 5_000, "-1", "1_0", "1e400", "NaN", "²-²", "99999-99999"]
DATES = ["2026-02-30", "0000-01-01", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "²026-01-01"]
MARKERS = [
    "0:²",
    "0:" + "9" * 30,
    "1:²",
    "2:²",
    "2:" + "9" * 5_000,
    "a:²",
    "a:" + "9" * 18,
    "²:a",
    ":",
    "\xff",
]
WORDS = [
    "fix-" + "9" * 5_000,
    "fix-²",
    "[",
    "%s",
    "arn:aws:iam::²²²²²²²²²²²²:user/a",
    "http://[",
    "{}",
    "1" * 12,
]
VALUES = [*NUMBERS, *DATES, *MARKERS, *WORDS]
# What is sent in one parameter alone; all others are sent in all at once.
ALONE = ["²", "9" * 30, "0001-01-01", "["]


@pytest.fixture
def read(monkeypatch):
    """The names that are read of a query or a form, also those that were not sent."""
    names: set[str] = set()
    for method in ("get", "getlist", "__getitem__", "__contains__"):
        monkeypatch.setattr(QueryDict, method, watched(getattr(QueryDict, method), names))
    return names


def watched(method, names):
    def noting(self, key, *args, **kwargs):
        names.add(key)
        return method(self, key, *args, **kwargs)

    return noting


def taken(answer) -> None:
    assert answer.status_code < 500
    if answer.streaming:
        b"".join(answer.streaming_content)


@pytest.mark.parametrize("name", PAGES)
def test_no_parameter_of_a_page_crashes_it(name, client, alice, bob, charlie, sign_in, read):
    url = address(name, charlie)
    sign_in(client, alice)
    read.clear()
    client.get(url)
    names = sorted(read)
    for value in VALUES:
        taken(client.get(url, dict.fromkeys(names, value)))
    for value in ALONE:
        for one in names:
            taken(client.get(url, {one: value}))


@pytest.mark.parametrize("name", [*PAGES, *ACTIONS])
def test_no_field_of_a_form_crashes_it(name, client, alice, bob, charlie, sign_in, read):
    url = address(name, charlie)
    sign_in(client, alice)
    read.clear()
    taken(client.post(url, {}))
    names = sorted(read - {"csrfmiddlewaretoken"})
    for value in VALUES:
        taken(client.post(url, dict.fromkeys(names, value)))
    for value in ALONE[:2]:
        for one in names:
            taken(client.post(url, {one: value}))


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


def flat(value, name):
    """Parameters as the Query protocol sends them."""
    if isinstance(value, dict):
        return [pair for key, part in value.items() for pair in flat(part, f"{name}.{key}" if name else key)]
    if isinstance(value, list):
        return [pair for n, part in enumerate(value, 1) for pair in flat(part, f"{name}.member.{n}")]
    return [(name, value)]


def leaves(shape, name=""):
    """The names of all that can be sent, lists with one entry."""
    if shape is None:
        return []
    if shape.type_name == "structure":
        return [
            leaf
            for key, part in shape.members.items()
            for leaf in leaves(part, f"{name}.{key}" if name else key)
        ]
    if shape.type_name == "list":
        return leaves(shape.member, f"{name}.member.1")
    return [name]


API = sorted(name for name in all_operations() if not name.startswith("iamconsole:"))
OWN = sorted(name for name in all_operations() if name.startswith("iamconsole:"))


@pytest.mark.parametrize("name", API)
def test_no_parameter_of_the_api_crashes_it(name, alice, charlie, caller):
    key = execute(caller(alice), "CreateAccessKey", UserName="alice")["AccessKey"]
    service, _, action = name.rpartition(":")
    version = "2011-06-15" if service == "sts" else "2010-05-08"
    good = Request(
        key["AccessKeyId"], key["SecretAccessKey"], **({"service": "sts"} if service == "sts" else {})
    )
    base = dict(flat(AIMED_AT_OTHERS.get(name, {}), ""))
    for leaf in leaves(all_operations()[name].model.input_shape):
        for value in VALUES:
            body = urlencode({**base, leaf: value, "Action": action, "Version": version})
            answer = good.having(body=body).sign().go()
            assert answer.status_code < 500, (leaf, value[:50], answer.content)


def nested(leaf, value):
    """A parameter of an operation as it is given by our own code, which gives the content of files in bytes."""
    value = value.encode() if leaf == "Content" else value
    head, *rest = [part for part in leaf.split(".") if not re.fullmatch("[0-9]+", part)]
    for part in reversed(rest):
        value = [value] if part == "member" else {part: value}
    return {head: value}


@pytest.mark.parametrize("name", OWN)
def test_no_parameter_of_the_consoles_operations_crashes_them(name, alice, charlie, caller):
    for leaf in leaves(all_operations()[name].model.input_shape):
        for value in VALUES:
            try:
                execute(caller(alice), name, **{**AIMED_AT_OTHERS.get(name, {}), **nested(leaf, value)})
            except IamError:
                continue
