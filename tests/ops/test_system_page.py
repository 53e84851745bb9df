"""The System page: what it says of parts that live, fell silent or are not there; who can see it."""

import re
import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from iamconsole.models import Instance, Job, ScheduleEntry
from iamconsole.ops import asking, instances, status
from iamconsole.ops.status import Line

pytestmark = pytest.mark.django_db(transaction=True)


def page(client) -> str:
    answer = client.get(reverse("reports:system"))
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def instance(role: str, host: str, ago: int = 0, ahead: float = 0.0) -> Instance:
    made = Instance.objects.create(role=role, host=host, pid=7, version="0.1.0", clock_ahead=ahead)
    Instance.objects.filter(id=made.id).update(seen_at=Now() - timedelta(seconds=ago))
    return made


def test_lines_say_what_lives_what_waits_and_what_to_do(client, alice, bob, sign_in):
    sign_in(client, alice)
    text = page(client)
    assert "Not well: Web server, Workers, Scheduler" in text
    assert "manage.py serve worker" in text
    assert "0 waiting, 0 running" in text
    assert "No mail server is set, so nobody gets a mail." in text
    tables = re.findall(r"(users_managedpolicy|iamconsole_event) ([\d,]+) ([\d.]+ [KM]?B|Not known)", text)
    assert len(tables) >= 1, "the largest tables with their rows and sizes"

    instance("web", "one")
    instance("web", "two", ago=600)
    instance("web", "one", ago=3000)  # killed, and started again
    instance("worker", "one", ahead=-45)
    instances.sign(Instance(role="scheduler", host="three", pid=9, version="0.0.9"))
    old = Job.objects.create(kind="operations", account_id=alice.account.account_id)
    Job.objects.filter(id=old.id).update(created_at=Now() - timedelta(hours=2))
    text = page(client)
    assert "two has given no sign of life since" in text
    assert "one has given no sign of life since" not in text
    assert "The clock of one is 45 s behind the clock of the database." in text
    assert "1 waiting, 0 running" in text
    assert "2 hours" in text
    assert "Other parts run 0.0.9." in text
    assert "None has run yet: " in text
    assert "Not well: Clocks, Jobs" in text
    ScheduleEntry.objects.create(name="iamconsole.tasks.sweep_jobs", ran_at="2026-01-01T00:00:00Z")
    assert "The last one ran at 2026-01-01 00:00:00 UTC: " in page(client)

    # The entry is there for whoever can open it.
    assert reverse("reports:system") in client.get("/", follow=True).content.decode()
    other = type(client)()
    sign_in(other, bob)
    assert other.get(reverse("reports:system")).status_code == 403


def test_what_hangs_or_fails_is_not_known_and_the_rest_is_told(client, alice, sign_in, monkeypatch):
    hangs, asked = threading.Event(), 0

    def hanging() -> Line:
        nonlocal asked
        asked += 1
        return Line("ok", f"answered {hangs.wait(60)}")

    def fails() -> Line:
        raise ValueError("canary-5h2k")

    monkeypatch.setattr(status, "_parts", dict(status._parts))
    status.register("storage", 50, "Hanging", hanging)
    status.register("storage", 60, "Failing", fails)
    status.register("storage", 70, "Well", lambda: Line("ok", "all is well here"))
    sign_in(client, alice)
    try:
        for _ in range(2):  # the second time the hanging one is not asked again
            began = time.monotonic()
            text = page(client)
            assert time.monotonic() - began < 30, "not the minute that it hangs"
            assert "It took longer than 2 s to ask." in text
            assert "See this console&#x27;s log." in text
            assert "canary-5h2k" not in text
            assert "all is well here" in text
        assert asked == 1
    finally:
        hangs.set()
    deadline = time.monotonic() + 60
    while "answered True" not in page(client):
        assert time.monotonic() < deadline
    assert asking.ask_all({"falsy": lambda: 0}) == {"falsy": 0}


def test_a_process_takes_its_row_away_and_the_silent_are_forgotten():
    ended = Instance(id=uuid.uuid4(), role="web", host="one", pid=1, version="1")
    instances.sign(ended)
    assert [one.host for one in instances.living("web")] == ["one"]
    instances.farewell(ended)
    assert not Instance.objects.exists()
    instance("web", "two", ago=2 * 86_400)
    instances.sign(ended)
    assert [one.host for one in Instance.objects.all()] == ["one"]
