"""An installation may take UPDATE and DELETE on the event history from the application: all goes on."""

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction

from credentials.models import Notice
from credentials.notices import mails as notices
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.client import Client

pytestmark = pytest.mark.django_db
POSTGRESQL = connection.vendor == "postgresql"
TABLE = Event._meta.db_table
# What docs/threat-model.md tells an installation to do, for a role of the test's own.
RIGHTS = f"""
    CREATE ROLE appends_only;
    GRANT USAGE ON SCHEMA public TO appends_only;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO appends_only;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO appends_only;
    REVOKE UPDATE, DELETE ON {TABLE} FROM appends_only;
    SET LOCAL ROLE appends_only;
"""


@pytest.fixture
def appends_only(alice):
    """The tests' connection with the rights of a role that appends to the history, and no more."""
    if POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute(RIGHTS)
    return alice


def test_no_constraint_of_the_database_leads_to_the_history(db):
    """A foreign key locks the row that it names, and that takes the right to update it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for _, target in connection.introspection.get_relations(cursor, table).values():
                assert target != TABLE, f"{table} points at {TABLE}"


def test_a_change_leaves_its_event_and_its_mail(appends_only, caller, django_capture_on_commit_callbacks):
    alice = appends_only
    alice.email = "alice@example.com"
    alice.save(update_fields=["email"])
    with django_capture_on_commit_callbacks(execute=True):
        execute(caller(alice), "CreateAccessKey", UserName="alice")
    assert Event.objects.filter(action="iam:CreateAccessKey").exists()
    assert Notice.objects.count() == 1
    notices.sweep()
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]


def test_signing_in_and_out_works(appends_only, sign_in):
    client = sign_in(Client(), appends_only)
    assert client.get("/me/").status_code == 200
    assert client.post("/signout/").status_code == 302


@pytest.mark.skipif(not POSTGRESQL, reason="rights on a table are PostgreSQL's")
def test_the_history_cannot_be_changed_with_these_rights(appends_only, caller):
    execute(caller(appends_only), "CreateAccessKey", UserName="alice")
    for change in (lambda: Event.objects.update(action="x"), lambda: Event.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
