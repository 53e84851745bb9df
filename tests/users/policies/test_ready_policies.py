"""Ready policies: created with one click, brought to a newer text, and what the help desk can do with its own."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from iamconsole.errors import AccessDenied
from iamconsole.operations import execute
from iamconsole.operations.registry import all_operations
from tests.cast import make_user
from users.models import Account, AccountLink, ManagedPolicy, PolicyAttachment
from users.policies.ready import AUDITOR, HELP_DESK, TAG_KEY, TAG_VALUE

URL = "/policies/ready/"


def created(client, name: str) -> ManagedPolicy:
    assert client.post(f"{URL}{name}/create/").status_code == 302
    return ManagedPolicy.objects.get(policy_name=name, account__isnull=False)


def test_one_click_creates_and_a_newer_text_is_a_version(client, alice, caller, sign_in):
    sign_in(client, alice)
    policy = created(client, AUDITOR)
    page = client.get(URL).content.decode()
    assert "In this account, with this text" in page
    assert reverse("users:policy", args=[policy.pk]) in page

    # An administrator's own change, or a text that an earlier console had.
    statement = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    older = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    version = {"PolicyDocument": older, "SetAsDefault": True}
    execute(caller(alice), "CreatePolicyVersion", PolicyArn=policy.arn, **version)
    page = client.get(URL).content.decode()
    assert "The policy in this account has another text" in page
    assert "Create version" in page
    created(client, AUDITOR)
    policy.refresh_from_db()
    assert policy.default_version_id == "v3"
    assert "iamconsole:List*" in policy.document
    assert "The policy in this account has another text" not in client.get(URL).content.decode()


@pytest.fixture
def helper(client, alice, home, sign_in):
    """Has the help desk's policy, and one that would let it tag everybody."""
    sign_in(client, alice)
    policy = created(client, HELP_DESK)
    user = make_user(home, "helper", password="correct-Horse-7-battery")
    PolicyAttachment.objects.create(user=user, policy=policy)
    client.logout()
    return user


HELPED = (
    ("UpdateLoginProfile", {"Password": "another-Horse-8-battery"}),
    ("iamconsole:RevokeSessions", {}),
    ("iamconsole:CreatePasswordLink", {}),
)


def test_the_help_desk_reaches_only_whom_it_was_given(client, helper, alice, bob, caller, sign_in):
    desk = caller(helper)
    bob.tags = {TAG_KEY: TAG_VALUE}
    bob.save(update_fields=["tags"])
    for name, params in HELPED:
        execute(desk, name, UserName="bob", **params)
        with pytest.raises(AccessDenied):
            execute(desk, name, UserName="alice", **params)

    # Of all operations only reads are about whom it was not given.
    names = [name if ":" in name else f"iam:{name}" for name in all_operations()]
    on_alice = {name for name in names if desk.permits(name, alice.arn)}
    assert {"iam:GetUser", "iam:ListMFADevices"} <= on_alice
    assert not {name for name in on_alice if not name.startswith(("iam:Get", "iam:List", "iamconsole:List"))}

    # Nor can it give itself the reach, whatever else it is allowed.
    everything = ManagedPolicy.objects.get(policy_name="IAMFullAccess")
    PolicyAttachment.objects.create(user=helper, policy=everything)
    with pytest.raises(AccessDenied):
        execute(caller(helper), "TagUser", UserName="alice", Tags=[{"Key": TAG_KEY, "Value": TAG_VALUE}])


def test_an_administrator_within_reach_is_told(client, helper, alice, sign_in):
    sign_in(client, alice)
    assert "take the place of administrators" not in client.get(URL).content.decode()
    alice.tags = {TAG_KEY: TAG_VALUE}
    alice.save(update_fields=["tags"])
    page = client.get(URL).content.decode()
    assert "take the place of administrators" in page
    assert "alice. Remove it from them." in " ".join(page.split())


def test_who_cannot_create_sees_why(client, helper, bob, sign_in):
    PolicyAttachment.objects.create(user=bob, policy=ManagedPolicy.objects.get(policy_name="SecurityAudit"))
    sign_in(client, bob)
    page = client.get(URL).content.decode()
    assert "This needs iam:CreatePolicy on" in page
    client.post(f"{URL}{AUDITOR}/create/")
    assert not ManagedPolicy.objects.filter(policy_name=AUDITOR).exists()


@pytest.mark.parametrize("kind", ["linked", "imported"])
def test_elsewhere_they_are_to_copy(kind, client, alice, home, sign_in):
    Account.objects.filter(pk=home.pk).update(kind=kind)
    if kind == "linked":
        AccountLink.objects.create(account=home, synced_at=timezone.now())
    sign_in(client, alice)
    page = client.get(URL).content.decode()
    assert "Copy the policy" in page
    assert f"{AUDITOR}/create/" not in page
    assert client.post(f"{URL}{AUDITOR}/create/").status_code == 404
