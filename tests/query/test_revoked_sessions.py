"""aws:TokenIssueTime: the policy that revokes older sessions is honored here as at AWS (IAM-FACTS 2.14.2)."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from credentials.temporary import credentials as temporary
from iamconsole import jobs
from iamconsole.models import Job
from iamconsole.operations import execute
from tests.cast import make_account
from tests.credentials.authenticator import code, enrol
from tests.query.clients import key_of, routed
from tests.query.test_sts import refused, with_keys
from users.policies.revocations import NAME, document

pytestmark = pytest.mark.django_db
OTHER_ID = "200000000002"


def test_sessions_from_before_are_denied_and_nothing_else(home, alice, caller, client, sign_in):
    make_account(OTHER_ID, name="other")
    key = key_of(caller(alice), alice)
    iam, sts = routed(*key), routed(*key, service="sts")
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        browser = sign_in(client, alice)
    phone = enrol(alice)
    role = {"RoleArn": f"arn:aws:iam::{OTHER_ID}:role/IamConsoleAdministrator", "RoleSessionName": "deploy"}

    def session(drift: int = 0) -> dict:
        given = {"SerialNumber": phone.serial_number, "TokenCode": code(phone, drift)}
        return sts.get_session_token(**given)["Credentials"]

    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        before = with_keys(session())
        taken = with_keys(sts.assume_role(**role)["Credentials"])
    alice.refresh_from_db()
    grant = temporary.Grant(alice.user_id, temporary.epoch_of(alice), 2**33, 1)
    of_earlier_version = with_keys(temporary.issue(grant))
    for client_of in (before, taken, of_earlier_version):
        client_of.list_users()
    assert browser.get(reverse("users:list")).status_code == 200

    iam.put_user_policy(UserName="alice", PolicyName=NAME, PolicyDocument=document(timezone.now()))
    for client_of in (before, taken, of_earlier_version):
        assert refused(client_of.list_users)[0] == "AccessDenied"
    assert browser.get(reverse("users:list")).status_code == 403
    iam.list_users()
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        with_keys(session()).list_users()
        with_keys(sts.assume_role(**role)["Credentials"]).list_users()
    iam.delete_user_policy(UserName="alice", PolicyName=NAME)
    before.list_users()


def test_a_job_is_as_old_as_the_session_that_started_it(home, alice, bob, caller):
    """What is taken while it waits is refused, as for its starter."""
    began = timezone.now() - timedelta(minutes=10)
    from credentials.bulk import job as bulk
    from credentials.bulk.actions import ACTIONS
    from users.callers.build import starter_of

    by = caller(alice, issued_at=began)
    started = bulk.start(by, starter_of(by), ACTIONS["tag"], [bob], {"key": "team", "value": "web"})
    execute(
        caller(alice),
        "PutUserPolicy",
        UserName="alice",
        PolicyName=NAME,
        PolicyDocument=document(timezone.now()),
    )
    jobs.run(str(started.id))
    rows = Job.objects.get(pk=started.pk).rows.all()
    assert [row.state for row in rows] == ["failed"]
    assert "explicit deny" in rows[0].message
    bob.refresh_from_db()
    assert json.dumps(bob.tags) == "{}"
