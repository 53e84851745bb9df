"""What a signed read asks of the database: it happens many times a second (``iamconsole.compiled_queries``)."""

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from iamconsole.compiled_queries import CompiledQuery
from iamconsole.operations import execute
from users.models import Group, InlinePolicy, User

pytestmark = pytest.mark.django_db(transaction=True)
postgresql_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL")


def test_a_read_asks_the_database_twice(iam, bob):
    iam.get_user(UserName="bob")
    with CaptureQueriesContext(connection) as queries:
        iam.get_user(UserName="bob")
    assert len(queries) == 2, [query["sql"][:80] for query in queries]


def test_policies_of_every_kind_come_with_the_key(alice, bob, bobs_iam, caller):
    """Each allows one read; a switch of the group denies all of them."""
    by = caller(alice)
    execute(by, "PutUserPolicy", UserName="bob", PolicyName="own", PolicyDocument=allowing("iam:GetUser"))
    execute(by, "CreateGroup", GroupName="staff")
    execute(by, "AddUserToGroup", GroupName="staff", UserName="bob")
    execute(
        by, "PutGroupPolicy", GroupName="staff", PolicyName="g", PolicyDocument=allowing("iam:ListUserTags")
    )
    managed = execute(by, "CreatePolicy", PolicyName="m", PolicyDocument=allowing("iam:ListMFADevices"))
    execute(by, "AttachGroupPolicy", GroupName="staff", PolicyArn=managed["Policy"]["Arn"])
    reads = (bobs_iam.get_user, bobs_iam.list_user_tags, bobs_iam.list_mfa_devices)
    for read in reads:
        read(UserName="bob")
    Group.objects.filter(group_name="staff").update(require_mfa=True)
    with pytest.raises(bobs_iam.exceptions.ClientError, match="explicit deny"):
        bobs_iam.list_user_tags(UserName="bob")
    Group.objects.filter(group_name="staff").update(require_mfa=False)
    InlinePolicy.objects.filter(policy_name="g").delete()
    with pytest.raises(bobs_iam.exceptions.ClientError, match="not authorized"):
        bobs_iam.list_user_tags(UserName="bob")


def allowing(action: str) -> str:
    return (
        '{"Version": "2012-10-17", "Statement": '
        f'[{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}]}}'
    )


def test_constants_of_a_query_may_be_any_text(alice):
    """They are written into the SQL; values are not."""
    User.objects.filter(pk=alice.pk).update(path="/it's 100%s/")
    by_name = CompiledQuery(
        lambda name: User.objects.filter(user_name=name, path="/it's 100%s/").values_list("pk"), "the name"
    )
    assert [row[0] for row in by_name.run("alice")] == [alice.pk]
    assert list(by_name.run("x' OR '1' = '1")) == []


@postgresql_only
def test_plans_are_kept(iam):
    for _ in range(6):
        iam.get_user(UserName="alice")
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        assert any("credentials_accesskey" in row[0] for row in cursor.fetchall())


@postgresql_only
def test_a_connection_that_the_server_ended_fails_nobody(iam):
    iam.get_user(UserName="alice")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process = cursor.fetchone()[0]
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    finally:
        other.close()
    connection.health_check_done = False  # as at the start of a request of a thread that kept it
    iam.get_user(UserName="alice")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != process


@pytest.fixture
def altered():
    """Reads a table whose plan is kept, and changes the type of its column as a migration does."""

    def read() -> list[tuple[str]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM altered WHERE name <> %s", [""])
            return cursor.fetchall()

    def alter(length: int) -> None:
        other = connections.create_connection("default")
        try:
            with other.cursor() as cursor:
                cursor.execute(f"ALTER TABLE altered ALTER name TYPE varchar({length})")
        finally:
            other.close()

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE altered (name varchar(10))")
        cursor.execute("INSERT INTO altered VALUES ('alice')")
    yield read, alter
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE altered")


@postgresql_only
def test_a_migration_while_it_runs_fails_no_read(altered):
    read, alter = altered
    for length in (20, 30):
        for _ in range(6):
            assert read() == [("alice",)]
        alter(length)
    assert read() == [("alice",)]


@postgresql_only
def test_a_migration_is_a_bad_minute_for_a_transaction(altered):
    read, alter = altered
    for _ in range(6):
        read()
    alter(20)
    with pytest.raises(OperationalError), transaction.atomic():
        read()
    with transaction.atomic():
        assert read() == [("alice",)]


@postgresql_only
@pytest.mark.long
def test_any_number_of_rows_is_deleted_at_once(home):
    """PostgreSQL takes 65,535 values in a statement, and Django asks for what hangs on rows by their keys."""
    names = (f"g{number}" for number in range(2**16))
    Group.objects.bulk_create(
        Group(account=home, group_name=name, name_folded=name, group_id=name, path="/") for name in names
    )
    assert Group.objects.filter(account=home).delete()[0] == 2**16
