"""Root users of member accounts: what they have is read, deleted, or given back; the truth after silence."""

import json
import time
from datetime import timedelta

import boto3
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from credentials.member_roots.auditing import DELETE, RECOVER, WHY_NOT
from credentials.models import MemberRoot
from iamconsole import jobs
from iamconsole.errors import AccessDenied
from iamconsole.gateway import sessions
from iamconsole.models import Event, Intent, Job
from iamconsole.operations import execute
from tests.aws_organization import MANAGEMENT, Account, Root
from tests.cast import PASSWORD, make_user
from tests.client import Client
from tests.users.organization.conftest import PAYMENTS, SANDBOX, SEARCH
from tests.users.organization.test_reading import SETTINGS, read, run_jobs
from users.models import InlinePolicy

pytestmark = pytest.mark.django_db(transaction=True)


def audit(client, **sent) -> Job:
    assert client.post(reverse("credentials:audit-roots"), sent).status_code == 302
    return run_jobs()


def results(job: Job) -> dict[str, tuple[str, str]]:
    return {row.key: (row.state, row.message) for row in job.rows.all()}


def delete(client, typed=PAYMENTS) -> Job | None:
    url = reverse("credentials:delete-root-credentials", args=[PAYMENTS])
    answer = client.post(url, {"confirm": typed})
    if answer.status_code != 302:
        return None
    job = Job.objects.filter(kind="delete-root-credentials").first()
    jobs.run(str(job.id))
    job.refresh_from_db()
    return job


def page(client, name="credentials:member-roots", *args) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def test_what_exists_is_read_by_the_link_or_else_as_root(read_once, server, organization, root):
    as_alice = read_once
    text = page(as_alice)
    assert text.count("Not known") > 12
    assert MANAGEMENT not in text
    as_alice.post(reverse("users:link-organization"), {**SETTINGS, "accounts": [SEARCH]})
    run_jobs()
    organization.denied = {"GetAccountSummary"}
    job = audit(as_alice)
    assert results(job)[SEARCH] == ("done", "Read through the account's own link.")
    assert results(job)[PAYMENTS][0] == "failed"
    assert MemberRoot.objects.get(account_id=PAYMENTS).password is None
    assert "denies GetAccountSummary" in page(as_alice)
    organization.denied = set()
    assert results(audit(as_alice))[PAYMENTS] == ("done", "Read in a root session.")
    assert MANAGEMENT not in results(Job.objects.first())
    row = MemberRoot.objects.get(account_id=PAYMENTS)
    assert (row.password, row.access_keys, row.signing_certificates, row.mfa_devices) == (True,) * 4
    assert MemberRoot.objects.get(account_id=SANDBOX).has_any is False
    asked = [call for call in server.calls if call.operation == "AssumeRoot"]
    assert {call.params["DurationSeconds"] for call in asked} == {900}
    assert all(
        call.params["TaskPolicyArn"]["arn"].startswith("arn:aws:iam::aws:policy/root-task/IAM")
        for call in asked
    )
    assert "Payments" in page(as_alice) + page(as_alice, "credentials:member-root", PAYMENTS)
    with_credentials = as_alice.get(reverse("credentials:member-roots"), {"show": "any"})
    assert [one.member.account_id for one in with_credentials.context["page"]] == [PAYMENTS]


def test_the_regional_endpoint_is_asked_whatever_the_configuration_says(monkeypatch):
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    assert boto3.client("sts", region_name="us-east-1").meta.endpoint_url == "https://sts.amazonaws.com"
    client = sessions.session("AKIAEXAMPLE", "secret", region="us-east-1").client("sts")
    assert client.meta.endpoint_url == "https://sts.us-east-1.amazonaws.com"


@pytest.mark.parametrize("code", [*WHY_NOT, "AccessDenied", ""])
def test_it_is_said_why_root_sessions_are_not_to_be_had(read_once, organization, code):
    organization.features = set() if not code else {"RootCredentialsManagement"}
    organization.features_error = (code, "No.") if code else None
    audit(read_once)
    text = page(read_once)
    assert "Root sessions are not available." in text
    said = WHY_NOT.get(code, "cannot call iam:ListOrganizationsFeatures. No." if code else "is not enabled")
    assert said in text.replace("&#x27;", "'")
    if not code:
        failed = MemberRoot.objects.get(account_id=PAYMENTS)
        assert failed.error == "Root credentials management feature is not enabled for your AWS Organization."
        assert failed.password is None


def test_everything_is_deleted_step_by_step(read_once, server, root):
    audit(read_once)
    job = delete(read_once, typed="Payments")
    assert (job.state, job.error) == ("done", "")
    assert root == Root(), "the virtual device is deleted too"
    said = results(job)
    assert said["access-keys"] == ("done", "2 deletions.")
    assert said["mfa-devices"] == ("done", "2 deletions.")
    assert said["read"] == ("done", "Read in a root session.")
    assert MemberRoot.objects.get(account_id=PAYMENTS).has_any is False
    events = Event.objects.filter(action=DELETE, outcome="allowed")
    assert {event.detail["Credential"]: len(event.detail["Deleted"]) for event in events} == {
        "password": 1, "access-keys": 2, "signing-certificates": 1, "mfa-devices": 2,
    }  # fmt: skip
    assert {event.resource for event in events} == {f"arn:aws:iam::{PAYMENTS}:root"}
    assert {event.detail["AccountId"] for event in events} == {PAYMENTS}
    assert not Intent.objects.filter(state="open").exists()
    for operation in ("DeleteAccessKey", "DeleteSigningCertificate", "DeleteLoginProfile"):
        times = {"DeleteAccessKey": 2}.get(operation, 1)
        assert server.asked("iam").count(operation) == times
    assert results(delete(read_once))["password"] == ("done", "There was none.")


LOST = {
    "password": "iam:DeleteLoginProfile",
    "access-keys": "iam:DeleteAccessKey",
    "signing-certificates": "iam:DeleteSigningCertificate",
    "mfa-devices": "iam:DeactivateMFADevice",
}


@pytest.mark.parametrize("name", LOST)
def test_after_silence_only_what_a_list_shows_is_said(read_once, server, root, organization, name):
    server.lost = {LOST[name]}
    state, said = results(delete(read_once))[name]
    assert state == "done"
    assert "no longer lists it" in said
    assert not Intent.objects.filter(state="open").exists()


@pytest.mark.parametrize("name", LOST)
def test_what_never_reached_aws_is_not_called_deleted(read_once, server, root, name):
    before = repr(getattr(root, {"password": "password", "access-keys": "keys"}.get(name, "devices")))
    server.unheard = {LOST[name]}
    job = delete(read_once)
    state, said = results(job)[name]
    assert (job.state, state) == ("failed", "failed")
    assert "still listed" in said
    if name in ("password", "access-keys", "mfa-devices"):
        after = getattr(root, {"password": "password", "access-keys": "keys", "mfa-devices": "devices"}[name])
        assert repr(after) == before
    assert not Intent.objects.filter(state="open").exists()
    assert Event.objects.filter(action=DELETE, outcome="failed", detail__Credential=name).exists()


@pytest.mark.parametrize("heard", [True, False])
def test_what_no_list_shows_is_settled_by_the_next_reading(read_once, server, root, heard):
    audit(read_once)
    (server.lost if heard else server.unheard).add("iam:DeleteLoginProfile")
    iam = server.services["iam"]
    get_login_profile = iam.get_login_profile

    def once(call):
        server.unheard.add("iam:GetLoginProfile")
        return get_login_profile(call)

    iam.get_login_profile = once
    server.unheard.add("iam:GetAccountSummary")
    job = delete(read_once)
    assert "it is not known whether the password was deleted" in results(job)["password"][1]
    intent = Intent.objects.get(params__Credential="password")
    assert intent.state == "open"
    assert "DeleteRootUserCredentials" in page(read_once, "credentials:member-root", PAYMENTS)
    server.unheard.clear()
    audit(read_once, account_id=PAYMENTS)
    intent.refresh_from_db()
    assert intent.state == "settled"
    assert ("does not have it" in intent.outcome) is heard


def test_password_recovery_is_given_back_once(read_once, server, root):
    root.password = False
    url = reverse("credentials:allow-root-password-recovery", args=[PAYMENTS])
    assert read_once.post(url, {"confirm": "nobody"}).status_code == 400
    assert read_once.post(url, {"confirm": "1111-1111-1111"}).status_code == 302
    assert root.password is True
    created = next(call for call in server.calls if call.operation == "CreateLoginProfile")
    assert created.params == {}, "without a password"
    again = read_once.post(url, {"confirm": PAYMENTS})
    assert again.status_code == 400
    assert "already has a password" in again.content.decode()
    root.password = False
    server.lost = {"iam:CreateLoginProfile"}
    assert read_once.post(url, {"confirm": PAYMENTS}).status_code == 302
    event = Event.objects.filter(action="iamconsole:AllowRootPasswordRecovery").first()
    assert event.detail["Note"] == "AWS did not answer, but password recovery is allowed."
    root.password = False
    server.lost, server.unheard = set(), {"iam:CreateLoginProfile"}
    refused = read_once.post(url, {"confirm": PAYMENTS})
    assert refused.status_code == 400
    assert "showed no password right afterwards" in refused.content.decode()


def test_deletion_asks_for_the_account_typed_and_a_recent_sign_in(read_once, server, root, client):
    assert delete(read_once, typed="Search") is None
    assert delete(read_once, typed="") is None
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=True):
        for name in ("delete-root-credentials", "allow-root-password-recovery"):
            url = reverse(f"credentials:{name}", args=[PAYMENTS])
            answer = read_once.get(url)
            assert answer.status_code == 302 or "Confirm that it is you" in answer.content.decode()
    assert root.password is True
    assert not any(call.operation == "AssumeRoot" for call in server.calls)


def test_each_act_has_a_right_of_its_own(read_once, home, sign_in, caller, root):
    dana = make_user(home, "dana", password=PASSWORD)
    actions = ["iamconsole:AuditRootUserCredentials", "iamconsole:List*"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    InlinePolicy.objects.create(user=dana, policy_name="p", name_folded="p", document=document)
    danas = sign_in(Client(), dana)
    text = page(danas, "credentials:member-root", PAYMENTS)
    assert "Delete root credentials" not in text
    for name in ("delete-root-credentials", "allow-root-password-recovery"):
        url = reverse(f"credentials:{name}", args=[PAYMENTS])
        assert danas.post(url, {"confirm": PAYMENTS}).status_code == 403
    for name, more in ((DELETE, {"Credential": "password"}), (RECOVER, {})):
        with pytest.raises(AccessDenied):
            execute(caller(dana), name, AccountId=PAYMENTS, **more)
    assert audit(danas).state == "done"
    assert root.password is True


@pytest.mark.long
def test_many_accounts_are_read_while_others_write(read_once, server, organization):
    """More rows than are read at once, and a heartbeat in between: SQLite refuses a stale reader's writes."""
    organization.accounts |= {f"{100000000000 + number}": Account(f"a{number}") for number in range(130)}
    read(read_once)
    organization.denied = {"IAMAuditRootUserCredentials"}
    slow = server.services["sts"].assume_root

    def slow_once(call, **params):
        server.services["sts"].assume_root = slow
        time.sleep(1)  # two heartbeats
        return slow(call, **params)

    server.services["sts"].assume_root = slow_once
    job = audit(read_once)
    assert (job.state, job.error) == ("done", "")
    assert job.result == {"rows": 133, "failed": 133}
