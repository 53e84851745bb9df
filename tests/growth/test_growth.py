"""The work of every page and every read grows at most with the account, and so do lists of accounts.

One installation is filled, measured, made four times larger in all proportions and measured again. Work
is counted, never timed (tests/growth/measuring.py). Queries must not grow at all; what the database
and Python do grows fourfold at most, with a little room: work in proportion to the square of the
account would grow sixteenfold.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from credentials.sign_in.steps import SEEN_AT
from iamconsole.operations import Caller, all_operations, execute
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_user
from tests.client import Client
from tests.growth.filling import Installation
from tests.growth.measuring import Work, learn_sizes, only_run, work_of
from tests.growth.subjects import ANSWERS, NOT_ASKED, Subjects
from users.models import ListPreferences
from users.people.columns import ALL_COLUMNS

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.timeout(600)]

FIRST, SMALL, LARGE = 20, 60, 240
TIMES = LARGE / SMALL
ROOM = 1.25  # for what is rounded and what is full only in the larger account
# What is always done once more or less: steps of SQLite or rows of PostgreSQL, and calls of functions.
SMALLEST = Work(queries=0, database=4_000 if connection.vendor == "sqlite" else 600, calls=4_000)
Measured = dict[str, Work]
Weigh = Callable[[Callable[[], Any]], Work]
Measure = Callable[[Weigh], Iterator[tuple[str, Work]]]
CONFIRMED = (
    ("credentials:bulk", {"do": "tag"}),
    ("credentials:change-access-keys", {"do": "deactivate"}),
    ("credentials:change-across-access-keys", {"do": "deactivate"}),
)
POWER_USER = "arn:aws:iam::aws:policy/PowerUserAccess"
# Pages of an account's people that read none of them but the last: calls grow by so little.
ALIKE = 1.03
READ_NOBODY = ("reports:user-services", "reports:group-services", "reports:policy-services")
# Where queries grow in proportion, and why.
IN_PORTIONS = {
    "reports:download-across-credential-reports": "one report in memory at a time, an Event in each account",
    "users:export-across-users": "500 users in memory at a time",
    "users:export": "500 users in memory at a time",
    "credentials:change-across-access-keys": "500 keys are looked up at a time",
    "users:review-permissions": "500 users are read at a time",
}


@pytest.fixture
def installation(home):
    return Installation(home)


@pytest.fixture
def alice(home):
    """Administers the home account and every other one; her list shows every column."""
    alice = make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    ListPreferences.objects.create(user=alice, columns=list(ALL_COLUMNS))
    return alice


def measured_at_sizes(installation: Installation, measure: Measure) -> tuple[Measured, Measured]:
    """All measures at the two sizes; before that all is done once without counting, which takes twice as
    long: it fills what is kept in memory from then on.
    """
    rounds = []
    for size, weigh in ((FIRST, only_run), (SMALL, work_of), (LARGE, work_of)):
        installation.grow(size)
        learn_sizes()
        rounds.append(dict(measure(weigh)))
    _, small, large = rounds
    assert set(small) == set(large)
    return small, large


def too_much(small: Measured, large: Measured) -> list[str]:
    """What grew faster than the account, worst first."""
    found = []
    for name, before in small.items():
        after = large[name]
        route = name.partition(" ")[0]
        portions = route in IN_PORTIONS
        if route in READ_NOBODY and after.calls > ALIKE * before.calls:
            found.append((98.0, f"{name}: {before.calls:,} -> {after.calls:,} calls"))
        if after.queries > before.queries * (TIMES if portions else 1):
            found.append((99.0, f"{name}: {before.queries} -> {after.queries} queries"))
        for what in ("database", "calls"):
            less, more, least = (getattr(work, what) for work in (before, after, SMALLEST))
            if more > TIMES * ROOM * less + least:
                found.append((more / max(less, 1), f"{name}: {less:,} -> {more:,} {what}"))
    return [text for _, text in sorted(found, reverse=True)]


def seen_already(client: Client) -> None:
    """A session notes once a minute that it was seen: in none of the requests that are measured."""
    session = client.session
    session[SEEN_AT] = int(time.time()) + 24 * 3600
    session.save()


def test_every_page_grows_at_most_with_the_account(installation, alice, sign_in):
    client = Client()
    wrong: list[str] = []

    def look_at(route: str, url: str) -> None:
        answer = client.get(url)
        if answer.status_code not in (ANSWERS.get(route, (200,))[0], 405):
            wrong.append(f"{route}: {answer.status_code}")
        if answer.streaming:
            b"".join(answer.streaming_content)

    def measure(weigh: Weigh) -> Iterator[tuple[str, Work]]:
        sign_in(client, alice)
        seen_already(client)
        for route, address, query in Subjects(installation).pages():
            yield f"{route} ?{query}", weigh(partial(look_at, route, f"{address}?{query}"))
        assert not wrong

    assert not too_much(*measured_at_sizes(installation, measure))


def test_every_confirmation_grows_at_most_with_the_account(installation, alice, sign_in):
    """What is chosen in a list, all of it, and the page that asks before it is done."""
    client = Client()

    def confirm(name: str, query: str, sent: dict[str, Any]) -> None:
        answer = client.post(f"{reverse(name)}?{query}", sent)
        assert client.get(answer.url).status_code == 200, name

    def review(url: str, sent: dict[str, Any]) -> None:
        answer = client.post(url, {**sent, "go": "review"})
        assert answer.status_code == 302, answer.content.decode()
        assert client.get(answer.url).status_code == 200

    def measure(weigh: Weigh) -> Iterator[tuple[str, Work]]:
        sign_in(client, alice)
        seen_already(client)
        for name, sent in CONFIRMED:
            yield name, weigh(partial(confirm, name, "", {**sent, "all": "1"}))
        group = installation.home.groups[0]
        url = reverse("users:attach-group-policy", args=[group.group_id])
        yield "users:review-permissions after a choice", weigh(partial(review, url, {"pick": POWER_USER}))

    assert not too_much(*measured_at_sizes(installation, measure))


def test_every_read_grows_at_most_with_the_account(installation, alice, caller):
    reads = {name for name, one in all_operations().items() if not one.changes}

    def measure(weigh: Weigh) -> Iterator[tuple[str, Work]]:
        own = caller(alice)
        wide = installation.home.policies[0]
        execute(own, "GenerateServiceLastAccessedDetails", Arn=wide.arn)
        asked = Subjects(installation).reads()
        assert set(asked) | set(NOT_ASKED) == reads
        for name, calls in asked.items():
            for number, params in enumerate(calls):
                yield f"{name} #{number}", weigh(read(own, name, params))

    assert not too_much(*measured_at_sizes(installation, measure))


def read(own: Caller, name: str, params: dict[str, Any]) -> Callable[[], object]:
    """The call, with as many rows a page as IAM allows."""
    members = all_operations()[name].model.input_shape
    most = {"MaxItems": 1000} if members and "MaxItems" in members.members else {}
    return lambda: execute(own, name, **most, **params)
