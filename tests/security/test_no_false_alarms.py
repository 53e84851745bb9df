"""The second look at what was authorized stops nobody who does ordinary things at the same time as others."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from credentials.bulk import job as bulk_job
from credentials.bulk.actions import ACTIONS
from credentials.models import Passkey
from iamconsole import jobs
from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import Step, execute, execute_all, find
from iamconsole.operations.authorized import check_same
from iamconsole.operations.door import admit, execute_step
from tests.cast import make_account, make_user
from tests.security.test_authorized_is_changed import make_policy, slipping
from tests.test_access_matrix import OWN_POLICY
from users.callers import last_administrator
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role, starter_of
from users.models import Account, AccountLink, ManagedPolicy, User
from users.policies import catalogue as managed_policies

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROUNDS = 6


def at_once(*works):
    """Do all of it at the same time, each in a thread of its own; the errors."""
    start, errors = threading.Barrier(len(works)), []

    def run(work):
        start.wait()
        try:
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def tagging(name):
    return Step("TagUser", {"UserName": name, "Tags": [{"Key": "team", "Value": "web"}]})


@pytest.mark.django_db(transaction=True)
def test_two_works_on_the_same_users_in_another_order(home, alice, bob, charlie, caller):
    """Each would hold a user for which the other waits."""
    names, me = ["bob", "charlie"], caller(alice)
    for _ in range(ROUNDS):
        errors = at_once(
            lambda: execute_all(me, [tagging(name) for name in names]),
            lambda: execute_all(me, [tagging(name) for name in reversed(names)]),
        )
        assert errors == []


@pytest.mark.django_db(transaction=True)
def test_steps_about_a_user_and_then_about_the_account(home, alice, bob, caller):
    me = caller(alice)
    attach = {"UserName": "bob", "PolicyArn": READ_ONLY}
    for _ in range(ROUNDS):
        errors = at_once(
            lambda: execute_all(me, [tagging("bob"), Step("AttachUserPolicy", attach)]),
            lambda: execute(me, "AttachUserPolicy", **attach),
        )
        assert errors == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_a_passkey_while_its_user_gets_a_policy(home, alice, bob, caller, monkeypatch):
    """The one holds the user and adds a row that points to the account, the other holds the account."""
    user_held, account_held = threading.Event(), threading.Event()
    lock_account = last_administrator.lock_account

    def told(call):
        lock_account(call)
        account_held.set()

    def enable():
        with transaction.atomic():
            User.objects.select_for_update().get(pk=bob.pk)
            user_held.set()
            account_held.wait()
            Passkey.objects.create(
                account=home, user=bob, name="key", serial_number="x",
                credential_id=b"x", public_key=b"x", transports=[],
            )  # fmt: skip

    def attach():
        user_held.wait()
        execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=READ_ONLY)

    monkeypatch.setattr(last_administrator, "lock_account", told)
    assert at_once(enable, attach) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["AttachUserPolicy", "DetachUserPolicy", "PutUserPermissionsBoundary"])
def test_the_row_of_an_aws_policy_moves_between_catalogue_and_account(name, home, alice):
    """By a sync between the question and the answer: the ARN means the same policy of AWS's."""
    linked = make_account("222222222222", kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=linked, method="default")
    make_user(linked, "wilma", policies=(READ_ONLY,))
    me = caller_for_role(alice, linked, ADMINISTRATOR, Origin())
    parameter = "PermissionsBoundary" if "Boundary" in name else "PolicyArn"
    call = admit(me, name, {"UserName": "wilma", parameter: READ_ONLY})
    row = ManagedPolicy.objects.create(arn=READ_ONLY, account=linked, policy_name="x", document="{}")
    managed_policies.move_to_own(linked.pk, {READ_ONLY: row})
    check_same(call, whole=True)
    unknown = admit(me, name, {"UserName": "wilma", parameter: READ_ONLY + "x"})
    assert unknown.authorized.things[parameter] == READ_ONLY + "x", "AWS is asked about one that is newer"


@pytest.mark.django_db
def test_a_busy_database_costs_a_job_nothing(alice, bob, charlie, caller, monkeypatch):
    me, tag = caller(alice), find("TagUser")
    job = bulk_job.start(me, starter_of(me), ACTIONS["tag"], [bob, charlie], {"key": "a"})
    lock, busy = tag.lock, ["once"]

    def sometimes(call):
        if busy and call.param("UserName") == "bob":
            raise OperationalError(busy.pop())
        lock(call)

    monkeypatch.setattr(tag, "lock", sometimes)
    jobs.run(str(job.id))
    Job.objects.filter(id=job.id).update(not_before=None)
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, busy) == ("done", [])
    rows = dict(job.rows.values_list("label", "state"))
    assert rows == {"bob": "done", "charlie": "done"}


@pytest.mark.django_db
def test_the_refusal_names_what_has_changed(home, alice, bob, caller, monkeypatch):
    """Not the user, where it was the policy that was made again."""
    me, params = caller(alice), {"UserName": "bob", "PolicyArn": OWN_POLICY}
    make_policy(home)

    def again():
        ManagedPolicy.objects.filter(arn=OWN_POLICY).delete()
        make_policy(home)

    slipping(monkeypatch, "AttachUserPolicy", again)
    with pytest.raises(IamError, match="created again") as caught:
        execute(me, "AttachUserPolicy", **params)
    assert caught.value.message.startswith(OWN_POLICY)
    before = admit(me, "AttachUserPolicy", params).authorized.things
    again()
    with pytest.raises(IamError, match="created again") as caught:
        execute_step(me, Step("AttachUserPolicy", params, before))
    assert caught.value.message.startswith(OWN_POLICY)
