"""Writers of SQLite wait for each other, in turns and not for ever (``iamconsole.sqlite3``)."""

import threading

import pytest
from django.db import OperationalError, connection, connections, transaction

from users.models import Account

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite"),
]


@pytest.fixture
def holder(home):
    """Another thread that writes; set the event to let it commit."""
    holding, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Account.objects.filter(pk=home.pk).update(name="theirs")
            holding.set()
            go_on.wait(30)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(30)
    yield go_on
    go_on.set()
    thread.join()


def write(name: str, errors: list[Exception]) -> None:
    try:
        with transaction.atomic():
            row = Account.objects.get(is_home=True)
            row.name += name
            row.save(update_fields=["name"])
    except OperationalError as error:
        errors.append(error)
    finally:
        connections.close_all()


def test_all_who_wait_have_their_turn(holder):
    errors: list[Exception] = []
    writers = [threading.Thread(target=write, args=(letter, errors)) for letter in "abcdef"]
    for writer in writers:
        writer.start()
    holder.set()
    for writer in writers:
        writer.join()
    assert not errors
    name = Account.objects.get(is_home=True).name
    assert name.startswith("theirs")
    assert sorted(name.removeprefix("theirs")) == list("abcdef")


def test_nobody_waits_for_ever(holder, monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
    errors: list[Exception] = []
    for thread in [threading.Thread(target=write, args=("late", errors)) for _ in range(3)]:
        thread.start()
        thread.join()
    assert len(errors) == 3
    holder.set()


def test_other_statements_wait_as_before(home):
    """The one that begins a transaction does not take their patience away."""
    with transaction.atomic():
        Account.objects.filter(pk=home.pk).update(name="mine")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone()[0] == connection.settings_dict["OPTIONS"]["timeout"] * 1000
