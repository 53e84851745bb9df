"""A link from its test to its end: by a role, by a kept key, changed, unlinked."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from django.urls import reverse

from credentials.models import AccessKey
from iamconsole import crypto, gateway, jobs
from iamconsole.errors import AccessDenied, IamError
from iamconsole.gateway.probing import principal_of
from iamconsole.models import Event, Job, OneTimeSecret
from iamconsole.operations import LinkSpec, execute
from tests.cast import PASSWORD, make_account, make_user
from tests.reports.uploads import IMPORTED_ID, report, row
from tests.sync.conftest import AWS_ACCOUNT, as_administrator
from users.accounts import link_policies
from users.models import Account, AccountLink, User

pytestmark = pytest.mark.django_db(transaction=True)
ROLE = f"arn:aws:iam::{AWS_ACCOUNT}:role/IamConsole"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
BY_KEY = {
    "account_id": AWS_ACCOUNT,
    "method": "key",
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret_access_key": SECRET,
}
SIMULATED = (
    "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
    "<EvaluationResults>{rows}</EvaluationResults></SimulatePrincipalPolicyResult>"
    "</SimulatePrincipalPolicyResponse>"
)


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def first_step(client, **sent) -> str:
    """The address of the second step, after the first."""
    answer = client.post(reverse("users:link-account"), {"account_id": AWS_ACCOUNT, **sent})
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.url


def states(client, address) -> dict[str, str]:
    return {found.action: found.state for found in client.get(address).context["test"].probe.permissions}


def test_nothing_is_kept_before_the_answer_was_seen(as_alice, aws):
    address = first_step(as_alice, method="role", role_arn=ROLE, external_id="iam-console-x1")
    assert not Account.objects.filter(account_id=AWS_ACCOUNT).exists()
    text = as_alice.get(address).content.decode()
    assert f"arn:aws:sts::{AWS_ACCOUNT}:assumed-role/IamConsole/iam-console" in text
    as_alice.post(address)
    link = AccountLink.objects.get(account__account_id=AWS_ACCOUNT)
    assert (link.method, link.role_arn, link.external_id) == ("role", ROLE, "iam-console-x1")
    assert Job.objects.get(kind="sync").state == "waiting"
    assert as_alice.post(address).status_code == 404, "a test is used once"


def test_each_reading_permission_is_named(as_alice, aws, front):
    front.denied = frozenset({"ListMFADevices", "GetCredentialReport"})
    found = states(as_alice, first_step(as_alice, method="default"))
    assert found["iam:ListMFADevices"] == found["iam:GetCredentialReport"] == "missing"
    assert found["iam:GetLoginProfile"] == "present", "no such user is an answer to whoever may ask"
    assert found["iam:GetAccountPasswordPolicy"] == "present"
    assert found["iam:CreateUser"] == "unknown", "the double has no simulator"
    assert set(found) == {*link_policies.READ, *link_policies.manage()}


@pytest.mark.parametrize("has_key", [True, False])
def test_the_last_use_of_a_key_is_asked_of_a_real_one(home, aws, has_key):
    """AWS refuses a key that does not exist as if the question were not allowed."""
    aws.create_user(UserName="wilma")
    if has_key:
        aws.create_access_key(UserName="wilma")
    spec = LinkSpec(account_id=AWS_ACCOUNT, method="default")
    found = gateway.probe(spec, ["iam:GetAccessKeyLastUsed", "iam:GetSSHPublicKey"], [])
    states = {one.action: one.state for one in found.permissions}
    assert states["iam:GetAccessKeyLastUsed"] == ("present" if has_key else "unknown")
    assert states["iam:GetSSHPublicKey"] == "present"


@pytest.mark.parametrize(
    ("identity", "role_arn", "principal"),
    [
        (f"arn:aws:iam::{AWS_ACCOUNT}:user/ops/wilma", "", f"arn:aws:iam::{AWS_ACCOUNT}:user/ops/wilma"),
        (
            f"arn:aws:sts::{AWS_ACCOUNT}:assumed-role/IamConsole/iam-console",
            f"arn:aws:iam::{AWS_ACCOUNT}:role/ops/IamConsole",
            f"arn:aws:iam::{AWS_ACCOUNT}:role/ops/IamConsole",
        ),
        (
            f"arn:aws-cn:sts::{AWS_ACCOUNT}:assumed-role/Box/i-0123",
            "",
            f"arn:aws-cn:iam::{AWS_ACCOUNT}:role/Box",
        ),
        (f"arn:aws:sts::{AWS_ACCOUNT}:federated-user/wilma", "", ""),
    ],
)
def test_the_simulator_is_asked_about_the_identity_behind_a_session(identity, role_arn, principal):
    assert principal_of(identity, role_arn) == principal


def test_a_test_changes_nothing_at_aws(as_alice, aws, front):
    first_step(as_alice, method="default")
    assert {action for action in front.asked if not action.startswith(("Get", "List"))} <= {
        "GenerateCredentialReport",
        "GenerateServiceLastAccessedDetails",  # makes a report, which changes nothing
        "SimulatePrincipalPolicy",
    }


def test_a_test_leaves_an_event(as_alice, aws, front):
    """It uses the console's credentials; who did so is known afterwards, also where AWS refused."""
    front.denied = frozenset({"ListMFADevices"})
    first_step(as_alice, **BY_KEY)
    event = Event.objects.get(action="iamconsole:TestLink", outcome="allowed")
    assert event.detail["Missing"] == ["iam:ListMFADevices"]
    assert SECRET not in json.dumps(event.detail)
    front.denied = frozenset({"GetCallerIdentity"})
    as_alice.post(reverse("users:link-account"), {"account_id": AWS_ACCOUNT, "method": "default"})
    assert Event.objects.get(action="iamconsole:TestLink", outcome="failed").message == "Not today."


def test_what_a_sync_cannot_do_without_is_said(as_alice, aws, front):
    front.denied = frozenset({"ListAccessKeys", "ListAccountAliases"})
    answer = as_alice.get(first_step(as_alice, method="default"))
    assert answer.context["needed"] == ["iam:ListAccessKeys"]
    assert "This account cannot sync yet." in answer.content.decode()


def test_changes_are_asked_of_the_simulator(as_alice, aws, front, monkeypatch):
    """AWS's answer in the form of IAM-FACTS 8.7; the double has no simulator."""
    decisions = {"iam:CreateUser": "allowed", "iam:DeleteUser": "explicitDeny", "iam:TagUser": "implicitDeny"}
    rows = "".join(
        f"<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision></member>"
        for action, decision in decisions.items()
    )
    real = front.answer

    def answer(self, status, content):
        if self.asked[-1] == "SimulatePrincipalPolicy":
            status, content = 200, SIMULATED.format(rows=rows).encode()
        return real(self, status, content)

    monkeypatch.setattr(front, "answer", answer)
    found = states(as_alice, first_step(as_alice, method="role", role_arn=ROLE))
    assert found["iam:CreateUser"] == "present"
    assert found["iam:DeleteUser"] == found["iam:TagUser"] == "missing"
    assert found["iam:UpdateUser"] == "unknown", "left out by the answer"


def test_the_probe_against_a_strict_api(live_server, alice, bob, caller, settings):
    """The console's own Query API decides as AWS does: Bob may ask about nobody but himself."""
    found = {}
    for person in (alice, bob):
        made = execute(caller(alice), "CreateAccessKey", UserName=person.user_name)["AccessKey"]
        row = AccessKey.objects.get(access_key_id=made["AccessKeyId"])
        settings.AWS_ENDPOINT_URL = f"{live_server.url}/api/"
        spec = LinkSpec(
            account_id=alice.account.account_id,
            method="key",
            access_key_id=row.access_key_id,
            sealed_secret=row.sealed_secret,
            secret_place=row.place,
        )
        probe = gateway.probe(spec, link_policies.READ, link_policies.manage())
        # What this API does not offer cannot be asked here.
        offered = [one for one in probe.permissions if "is not offered" not in one.detail]
        found[person] = {one.action: one.state for one in offered}
    assert [action for action, state in found[alice].items() if state != "present"] == []
    assert found[bob]["iam:GetAccountAuthorizationDetails"] == "missing"
    assert found[bob]["iam:ListAccessKeys"] == "missing"
    assert found[bob]["iam:SimulatePrincipalPolicy"] == "missing"
    assert found[bob]["iam:CreateUser"] == "unknown", "he may not simulate himself"


def test_a_key_is_kept_sealed_and_never_sent_back(as_alice, aws):
    address = first_step(as_alice, **BY_KEY)
    pages = [
        as_alice.get(address),
        as_alice.get(reverse("users:link-account") + f"?tested={address[-37:-1]}"),
    ]
    as_alice.post(address)
    link = AccountLink.objects.get(account__account_id=AWS_ACCOUNT)
    assert SECRET not in link.sealed_secret
    assert crypto.unseal(link.sealed_secret, link.place) == SECRET
    assert link.place == f"accountlink|sealed_secret|{link.seal_id}"
    for name in ("users:account", "users:update-link"):
        pages.append(as_alice.get(reverse(name, args=[AWS_ACCOUNT])))
    pages.append(
        as_alice.post(
            reverse("users:update-link", args=[AWS_ACCOUNT]), {**BY_KEY, "role_arn": "", "access_key_id": ""}
        )
    )
    assert [answer.status_code for answer in pages] == [200, 200, 200, 200, 400]
    assert not any(SECRET in answer.content.decode() for answer in pages)
    assert "AKIAIOSFODNN7EXAMPLE" not in pages[2].content.decode()
    assert "Ends in MPLE" in pages[2].content.decode()
    assert not OneTimeSecret.objects.exists(), "the test went with the link"
    assert SECRET not in json.dumps(list(Event.objects.values("detail", "message")))
    jobs.run(str(Job.objects.get(kind="sync").id))
    assert Job.objects.get(kind="sync").state == "done", "the key is what AWS is asked with"


def test_a_refused_key_says_so_without_its_secret(as_alice, aws):
    sent = {**BY_KEY, "access_key_id": "ASIAIOSFODNN7EXAMPLE"}
    answer = as_alice.post(reverse("users:link-account"), sent)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "This is a temporary key." in text
    assert SECRET not in text


def test_a_key_that_moved_to_another_row_does_not_open(as_alice, aws):
    as_alice.post(first_step(as_alice, **BY_KEY))
    link = AccountLink.objects.get()
    other = LinkSpec(
        account_id=AWS_ACCOUNT,
        method="key",
        access_key_id="AKIAOTHER",
        sealed_secret=link.sealed_secret,
        secret_place="accountlink|sealed_secret|x",
    )
    with pytest.raises(IamError, match="cannot be read"):
        gateway.identify(other)


def test_rotation_finds_the_secret(as_alice, aws, settings):
    as_alice.post(first_step(as_alice, **BY_KEY))
    settings.FIELD_KEYS = [crypto.new_key_entry("new"), *settings.FIELD_KEYS]
    call_command("rotate_encryption_key", stdout=io.StringIO())
    link = AccountLink.objects.get()
    assert crypto.key_id_of(link.sealed_secret) == "new"
    assert crypto.unseal(link.sealed_secret, link.place) == SECRET


def test_the_link_is_changed_after_a_test(as_alice, linked):
    page = reverse("users:update-link", args=[AWS_ACCOUNT])
    address = as_alice.post(page, {"method": "role", "role_arn": ROLE, "external_id": "x-1"}).url
    assert AccountLink.objects.get().method == "default"
    as_alice.post(address)
    assert AccountLink.objects.get().role_arn == ROLE
    as_alice.post(as_alice.post(page, BY_KEY).url)
    link = AccountLink.objects.get()
    assert (link.method, link.role_arn, link.external_id, link.key_end) == ("key", "", "", "MPLE")
    assert link.synced_at is not None, "what is known stays"


def test_another_accounts_credentials_do_not_change_a_link(as_alice, linked):
    other = {"method": "role", "role_arn": "arn:aws:iam::999999999999:role/IamConsole"}
    answer = as_alice.post(reverse("users:update-link", args=[AWS_ACCOUNT]), other)
    assert "belong to account 999999999999" in answer.content.decode()
    assert AccountLink.objects.get().method == "default"


def test_a_link_is_tested_again_and_nothing_is_offered_to_keep(as_alice, linked, front):
    front.denied = frozenset({"ListAccountAliases"})
    answer = as_alice.post(reverse("users:test-link", args=[AWS_ACCOUNT]), follow=True)
    assert answer.context["test"].probe.actions("missing") == ["iam:ListAccountAliases"]
    assert "Save this link" not in answer.content.decode()
    front.denied = frozenset({"GetCallerIdentity"})
    answer = as_alice.post(reverse("users:test-link", args=[AWS_ACCOUNT]), follow=True)
    assert "The test of the link failed. Not today." in answer.content.decode()


def test_no_form_sets_the_endpoint(as_alice, aws, moto_url):
    """Only the environment does: a form that could would make the console ask any address."""
    elsewhere = dict.fromkeys(("endpoint_url", "EndpointUrl", "endpoint"), "http://169.254.169.254/")
    as_alice.post(first_step(as_alice, method="default", **elsewhere), elsewhere)
    assert Account.objects.get(account_id=AWS_ACCOUNT).link_spec == LinkSpec(
        account_id=AWS_ACCOUNT, method="default", secret_place="accountlink|sealed_secret|None"
    )


def test_a_test_belongs_to_one_session(as_alice, aws, client, alice, sign_in):
    address = first_step(as_alice, method="default")
    client.logout()
    sign_in(client, alice)
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404
    assert not Account.objects.filter(account_id=AWS_ACCOUNT).exists()


def test_administrators_of_other_accounts_do_not_use_the_consoles_credentials(
    client, home, sign_in, aws, front
):
    """AdministratorAccess in an account of one's own allows the action, but the credentials are the console's."""
    other = make_account("200000000002")
    olga = make_user(
        other, "olga", password=PASSWORD, policies=("arn:aws:iam::aws:policy/AdministratorAccess",)
    )
    sign_in(client, olga)
    sent = {"account_id": AWS_ACCOUNT, "method": "default"}
    assert client.post(reverse("users:link-account"), sent).status_code == 403
    assert client.post(reverse("users:link-accounts"), {"rows": "x"}).status_code == 403
    assert client.post(reverse("users:link-organization")).status_code == 403
    for name in (
        "users:update-link",
        "users:test-link",
        "users:update-sync-schedule",
        "users:unlink-account",
    ):
        assert client.post(reverse(name, args=[AWS_ACCOUNT]), sent).status_code == 403, name
    assert not front.asked


def unlink(client, what, confirm=AWS_ACCOUNT):
    return client.post(
        reverse("users:unlink-account", args=[AWS_ACCOUNT]), {"what": what, "confirm": confirm}
    )


def test_unlinking_keeps_a_snapshot(as_alice, alice, linked, aws, client, caller):
    wilma = User.objects.get(user_name="wilma")
    wilma.set_password(PASSWORD)
    wilma.save()
    assert unlink(as_alice, "", AWS_ACCOUNT).status_code == 400
    assert unlink(as_alice, "keep", "1").status_code == 400
    assert AccountLink.objects.exists()
    as_alice.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    unlink(as_alice, "keep")
    account = Account.objects.get(account_id=AWS_ACCOUNT)
    assert account.kind == "imported"
    assert not AccountLink.objects.exists()
    assert "wilma" in as_alice.get(reverse("users:list")).content.decode()
    with pytest.raises(IamError) as refused:
        execute(as_administrator(alice), "CreateUser", UserName="new")
    assert refused.value.code == "UnmodifiableEntity"
    wilma.refresh_from_db()
    assert not wilma.has_usable_password()
    assert aws.get_user(UserName="wilma"), "nothing was changed at AWS"
    uploads = as_alice.get(reverse("reports:account-uploads", args=[AWS_ACCOUNT]))
    assert "This account is a snapshot from when it was unlinked." in uploads.content.decode()
    assert "Remove account" in uploads.content.decode()
    assert "Upload newer report" not in uploads.content.decode()
    mirrored = report(row("wilma")).replace(IMPORTED_ID.encode(), AWS_ACCOUNT.encode())
    with pytest.raises(IamError, match="is a snapshot of when it was unlinked"):
        execute(caller(alice), "iamconsole:ImportAccount", AccountId=AWS_ACCOUNT, Content=mirrored)
    assert "Snapshot from" in as_alice.get(reverse("users:account", args=[AWS_ACCOUNT])).content.decode()
    with pytest.raises(IamError, match="Remove it first"):
        execute(caller(alice), "iamconsole:LinkAccount", AccountId=AWS_ACCOUNT, Method="default")


def test_unlinking_removes_it(as_alice, linked):
    unlink(as_alice, "remove")
    assert not Account.objects.filter(account_id=AWS_ACCOUNT).exists()
    assert not User.objects.filter(user_name="wilma").exists()


# The commands.


def command(name, *args) -> dict:
    out = io.StringIO()
    call_command(name, *args, "--json", stdout=out)
    assert out.getvalue().count("\n") == 1
    return json.loads(out.getvalue())


def test_linking_and_syncing_from_a_shell(home, aws):
    aws.create_user(UserName="wilma")
    facts = command("link_account", AWS_ACCOUNT, "--role-arn", ROLE, "--external-id", "x-1", "--name", "Prod")
    assert facts["Linked"] is True
    assert facts["Identity"].endswith("assumed-role/IamConsole/iam-console")
    assert "iam:ListAccessKeys" in facts["Permissions"]["Present"]
    link = AccountLink.objects.get(account__name="Prod")
    assert (link.role_arn, link.external_id) == (ROLE, "x-1")
    facts = command("sync_account", AWS_ACCOUNT)
    assert (facts["Created"], facts["Changed"], facts["Removed"]) == (1, 0, 0)
    assert facts["Seconds"] > 0
    assert facts["Calls"]["GetAccountAuthorizationDetails"] == 1
    aws.create_user(UserName="xena")
    aws.delete_user(UserName="wilma")
    assert command("sync_account", AWS_ACCOUNT)["Created"] == 1


@pytest.mark.parametrize("way", ["environment", "stdin"])
def test_a_key_from_a_shell_is_no_argument(home, aws, monkeypatch, way):
    if way == "environment":
        monkeypatch.setenv("IAMCONSOLE_LINK_SECRET", SECRET)
    monkeypatch.setattr(sys, "stdin", io.StringIO("" if way == "environment" else f"{SECRET}\n"))
    facts = command("link_account", AWS_ACCOUNT, "--access-key-id", "AKIAIOSFODNN7EXAMPLE")
    assert SECRET not in json.dumps(facts)
    link = AccountLink.objects.get()
    assert crypto.unseal(link.sealed_secret, link.place) == SECRET


def test_a_test_from_a_shell_keeps_nothing(home, aws):
    assert command("link_account", AWS_ACCOUNT, "--test")["Linked"] is False
    assert not AccountLink.objects.exists()


def test_commands_say_what_is_wrong(home, aws, front, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="never an argument") as refused:
        command("link_account", AWS_ACCOUNT, "--access-key-id", "AKIAIOSFODNN7EXAMPLE")
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="belongs to a role"):
        command("link_account", AWS_ACCOUNT, "--external-id", "x")
    with pytest.raises(CommandError, match="not to 999999999999") as refused:
        command("link_account", "999999999999")
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match="no linked account"):
        command("sync_account", AWS_ACCOUNT)
    command("link_account", AWS_ACCOUNT)
    front.denied = frozenset({"GetAccountAuthorizationDetails"})
    with pytest.raises(CommandError, match=r"Not today\."):
        command("sync_account", AWS_ACCOUNT)


def test_a_sync_that_runs_already_is_waited_for(alice, linked, caller, monkeypatch):
    from iamconsole.management.commands import sync_account

    sync_account.started(linked, remove_many=False)
    job = Job.objects.get(kind="sync", state="waiting")
    Job.objects.filter(id=job.id).update(state="running", heartbeat_at=Now())
    with pytest.raises(CommandError, match="It continues") as late:
        command("sync_account", AWS_ACCOUNT, "--timeout", "0.1")
    assert late.value.returncode == 3
    monkeypatch.setattr(
        sync_account.time, "sleep", lambda _: Job.objects.update(state="done", finished_at=job.created_at)
    )
    assert command("sync_account", AWS_ACCOUNT)["JobId"] == str(job.id)


def test_bob_tests_nothing(bob, caller, aws):
    with pytest.raises(AccessDenied):
        execute(caller(bob), "iamconsole:UpdateLink", AccountId=AWS_ACCOUNT, Method="default")


def test_an_unlinked_account_cannot_be_changed(alice, caller, aws):
    with pytest.raises(IamError, match="no linked account"):
        execute(caller(alice), "iamconsole:UpdateLink", AccountId=AWS_ACCOUNT, Method="default")
