"""What AWS does not let a link do stands beside its buttons; AWS's own refusals name what to add."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from iamconsole.errors import IamError
from iamconsole.models import Event, Intent
from iamconsole.operations import execute
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, sync
from users.models import LinkPermission

pytestmark = pytest.mark.django_db(transaction=True)
ROW = "<member><EvalActionName>{}</EvalActionName><EvalDecision>{}</EvalDecision></member>"
SIMULATED = (
    "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
    "<EvaluationResults>{}</EvaluationResults></SimulatePrincipalPolicyResult>"
    "</SimulatePrincipalPolicyResponse>"
)
REFUSAL = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{}</Message></Error>"
    "<RequestId>x</RequestId></ErrorResponse>"
)
WHO = f"User: arn:aws:sts::{AWS_ACCOUNT}:assumed-role/IamConsole/iam-console is not authorized to perform: "
NOBODY_ALLOWS = " on resource: arn:aws:iam::123456789012:user/dora because no identity-based policy allows it"


class Aws:
    """Answers of AWS's that the double does not have: its simulator's, and refusals with their reason."""

    def __init__(self, front, monkeypatch):
        self.front, self.decisions, self.refusals = front, {}, {}
        real = front.answer

        def answer(handler, status, content):
            action = handler.asked[-1]
            if action == "SimulatePrincipalPolicy" and self.decisions:
                rows = "".join(ROW.format(name, decision) for name, decision in self.decisions.items())
                status, content = 200, SIMULATED.format(rows).encode()
            if action in self.refusals:
                status, content = 403, REFUSAL.format(self.refusals[action]).encode()
            return real(handler, status, content)

        monkeypatch.setattr(front, "answer", answer)


@pytest.fixture
def at_aws(front, monkeypatch):
    return Aws(front, monkeypatch)


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def tomorrow():
    LinkPermission.objects.update(at=timezone.now() - timedelta(hours=25))


def page(client, path=f"/{AWS_ACCOUNT}/users/") -> str:
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    return " ".join(client.get(path, follow=True).content.decode().split())


def test_a_sync_asks_the_simulator_once_a_day_and_buttons_say_what_is_missing(
    as_alice, alice, linked, front, at_aws
):
    tomorrow()
    at_aws.decisions = {"iam:CreateUser": "implicitDeny", "iam:DeleteUser": "allowed"}
    front.asked.clear()
    sync(alice)
    assert front.asked.count("SimulatePrincipalPolicy") == 1
    front.asked.clear()
    sync(alice)
    assert "SimulatePrincipalPolicy" not in front.asked
    front.asked.clear()
    users = page(as_alice)
    assert "AWS&#x27;s policy simulator says that this account&#x27;s link cannot create users." in users
    assert "&quot;Action&quot;: &quot;iam:CreateUser&quot;" in users
    assert f'{reverse("credentials:create-user")}">Try anyway</a>' in users
    assert "link cannot create users" in page(
        as_alice, f"/{AWS_ACCOUNT}{reverse('credentials:create-user')}"
    ), "the page says so too"
    assert front.asked == [], "a page never asks AWS"
    account = page(as_alice, reverse("users:account", args=[AWS_ACCOUNT]))
    assert "You cannot create users from this console." in account
    assert "iam:DeleteUser" not in account


def test_what_is_not_known_stays_enabled(as_alice, alice, linked):
    """The double has no simulator."""
    assert LinkPermission.objects.get(action="iam:CreateUser").state == "unknown"
    assert "Try anyway" not in page(as_alice)


def test_a_test_of_the_link_says_so_at_once(as_alice, alice, linked, at_aws):
    at_aws.decisions = {"iam:CreateUser": "explicitDeny"}
    as_alice.post(reverse("users:test-link", args=[AWS_ACCOUNT]))
    assert "denies iam:CreateUser explicitly. Change that statement." in page(as_alice)
    at_aws.decisions = {"iam:CreateUser": "allowed"}
    as_alice.post(reverse("users:test-link", args=[AWS_ACCOUNT]))
    assert "Try anyway" not in page(as_alice)


@pytest.mark.parametrize(
    ("reason", "action", "advice"),
    [
        (
            f"iam:CreateUser{NOBODY_ALLOWS}",
            "iam:CreateUser",
            'to a policy of the link\'s identity: {"Effect"',
        ),
        (f"iam:TagUser{NOBODY_ALLOWS}", "iam:TagUser", '"Action": "iam:TagUser"'),
        (
            "iam:CreateUser on resource: x because no permissions boundary allows the iam:CreateUser action",
            "iam:CreateUser",
            "to the permissions boundary of the link's identity",
        ),
        (
            "iam:CreateUser on resource: x with an explicit deny in a service control policy",
            "iam:CreateUser",
            "A service control policy decides this, whatever the link's own policies say.",
        ),
        (
            "iam:CreateUser on resource: x with an explicit deny in an identity-based policy",
            "iam:CreateUser",
            "denies iam:CreateUser explicitly. Change that statement.",
        ),
    ],
)
def test_a_refusal_names_the_action_and_what_to_change(alice, linked, at_aws, reason, action, advice):
    at_aws.refusals = {"CreateUser": WHO + reason}
    with pytest.raises(IamError) as refusal:
        execute(as_administrator(alice), "CreateUser", UserName="dora")
    assert refusal.value.code == "AccessDenied"
    assert refusal.value.message.startswith(WHO + reason)
    assert advice in refusal.value.message
    assert Event.objects.get(action="iam:CreateUser").message == WHO + reason, "the event has AWS's words"
    assert Intent.objects.get(operation="CreateUser").state == "refused"
    assert LinkPermission.objects.get(action=action).state == "missing"


def test_a_refusal_is_remembered_until_it_works(as_alice, alice, linked, at_aws):
    at_aws.refusals = {"CreateUser": WHO + "iam:CreateUser" + NOBODY_ALLOWS}
    with pytest.raises(IamError):
        execute(as_administrator(alice), "CreateUser", UserName="dora")
    assert "AWS refused iam:CreateUser on" in page(as_alice)
    tomorrow()
    sync(alice)
    assert "AWS refused iam:CreateUser on" in page(as_alice), "the double's simulator knows nothing better"
    at_aws.refusals = {}
    execute(as_administrator(alice), "CreateUser", UserName="emma")
    assert "Try anyway" not in page(as_alice)
    tomorrow()
    at_aws.decisions = {"iam:CreateUser": "implicitDeny"}
    sync(alice)
    assert "Try anyway" not in page(as_alice), "what works for some is not called missing"


def test_another_way_in_is_not_known_yet(as_alice, alice, linked, at_aws):
    at_aws.decisions = {"iam:CreateUser": "implicitDeny"}
    as_alice.post(reverse("users:test-link", args=[AWS_ACCOUNT]))
    role = f"arn:aws:iam::{AWS_ACCOUNT}:role/IamConsole"
    update = as_alice.post(
        reverse("users:update-link", args=[AWS_ACCOUNT]), {"method": "role", "role_arn": role}
    )
    as_alice.post(update.url)
    assert "Try anyway" not in page(as_alice)


def test_a_read_that_aws_answers_again_is_not_missing(as_alice, alice, linked, front):
    front.denied = frozenset({"ListServerCertificates"})
    as_alice.post(reverse("users:test-link", args=[AWS_ACCOUNT]))
    account = reverse("users:account", args=[AWS_ACCOUNT])
    assert "Server certificates are not known." in page(as_alice, account)
    sync(alice)
    assert "Server certificates are not known." in page(as_alice, account)
    front.denied = frozenset()
    sync(alice)
    assert "Server certificates are not known." not in page(as_alice, account)


def test_accounts_without_a_link_have_no_such_words(as_alice, home):
    LinkPermission.objects.create(
        account=home, action="iam:CreateUser", state="missing", source="test", at=timezone.now()
    )
    assert "Try anyway" not in as_alice.get(reverse("users:list"), follow=True).content.decode()


ASKED = (
    "<member><EvalActionName>{}</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>{}"
    "</EvalDecision><OrganizationsDecisionDetail><AllowedByOrganizations>{}</AllowedByOrganizations>"
    "</OrganizationsDecisionDetail></member>"
)


def test_the_simulator_can_ask_aws_which_considers_the_organization(
    as_alice, alice, linked, aws, front, monkeypatch
):
    as_alice.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    real = front.answer
    rows = ASKED.format("s3:GetObject", "implicitDeny", "false") + ASKED.format(
        "s3:PutObject", "allowed", "true"
    )
    monkeypatch.setattr(
        front,
        "answer",
        lambda handler, status, content: real(
            handler,
            *(
                (200, SIMULATED.format(rows).encode())
                if handler.asked[-1].startswith("Sim")
                else (status, content)
            ),
        ),
    )
    address = f"/{AWS_ACCOUNT}{reverse('users:simulator')}"
    question = {"principal": "wilma", "actions": "s3:GetObject\ns3:PutObject", "resources": ""}
    assert "Simulate and ask AWS" in as_alice.get(address, {"principal": "wilma"}).content.decode()
    front.asked.clear()
    assert as_alice.post(address, question).status_code == 302
    assert front.asked == [], "AWS is asked on its own button only"
    page = " ".join(
        as_alice.post(address, {**question, "ask_aws": "1"}, follow=True).content.decode().split()
    )
    assert front.asked == ["SimulatePrincipalPolicy"]
    assert "A service control policy of the organization does not allow it." in page
    assert "The service control policies of the organization allow it." in page
    front.denied = frozenset({"SimulatePrincipalPolicy"})
    monkeypatch.setattr(front, "answer", real)
    page = as_alice.post(address, {**question, "ask_aws": "1"}, follow=True).content.decode()
    assert "gave no answer. Not today." in page
