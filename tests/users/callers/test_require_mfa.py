"""Require MFA: what it leaves to whoever signed in without, and that nobody is locked out."""

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import LoginProfile
from iamconsole.errors import AccessDenied, IamError, NotConfirmed
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD
from tests.client import Client
from users.callers.build import Origin, caller_for_user
from users.callers.mfa_requirement import LEFT, UNPROTECTED
from users.models import Account, Group, User

pytestmark = pytest.mark.django_db
SWITCH = "iamconsole:UpdateMFARequirement"


@pytest.fixture
def bob_administers(alice, bob, caller):
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=ADMINISTRATOR_ACCESS)
    return bob


def require(home, *, required=True):
    Account.objects.filter(pk=home.pk).update(require_mfa=required)


def of(user, **origin):
    return caller_for_user(User.objects.select_related("account").get(pk=user.pk), Origin(**origin))


def test_without_mfa_nearly_everything_is_denied(home, bob_administers):
    require(home)
    bob = of(bob_administers)
    assert not bob.permits("iam:ListUsers")
    assert not bob.permits("s3:GetObject", "arn:aws:s3:::a/b")
    assert all(bob.permits(action, bob.arn) for action in LEFT)
    with pytest.raises(AccessDenied) as refused:
        execute(bob, "ListUsers")
    assert "with an explicit deny" in refused.value.message
    assert refused.value.denied_by == (
        "the statement DenyAllExceptListedIfNoMFA in the policy ConsoleRequireMFA",
    )


def test_with_mfa_it_changes_nothing(home, bob_administers):
    require(home)
    assert of(bob_administers, mfa_at=timezone.now()).permits("iam:ListUsers")


def test_keys_are_bound_too_and_root_is_not(home, bob_administers):
    require(home)
    assert not of(bob_administers, channel="access-key").permits("iam:ListUsers")
    root = User.objects.root_of(home)
    assert of(root).permits("iam:ListUsers")


def test_a_group_binds_its_users_only(home, alice, bob_administers, caller):
    admin = caller(alice)
    execute(admin, "CreateGroup", GroupName="staff")
    execute(admin, SWITCH, GroupName="staff", Required=True)
    assert of(bob_administers).permits("iam:ListUsers")
    execute(admin, "AddUserToGroup", GroupName="staff", UserName="bob")
    bob = of(bob_administers)
    assert not bob.permits("iam:ListUsers")
    with pytest.raises(AccessDenied) as refused:
        execute(bob, "ListUsers")
    assert "of the group staff" in refused.value.denied_by[0]
    assert Event.objects.filter(action=SWITCH, outcome="allowed").count() == 1


def test_whoever_would_be_held_is_asked_first(home, alice, bob_administers):
    bob = of(bob_administers)
    with pytest.raises(NotConfirmed):
        execute(bob, SWITCH, Required=True)
    assert not Account.objects.get(pk=home.pk).require_mfa
    execute(of(bob_administers, confirmed=frozenset({UNPROTECTED})), SWITCH, Required=True)
    assert Account.objects.get(pk=home.pk).require_mfa
    execute(of(User.objects.root_of(home)), SWITCH, Required=False)
    assert not Account.objects.get(pk=home.pk).require_mfa


def test_a_group_one_is_not_in_asks_nothing(home, alice, bob_administers):
    execute(of(bob_administers), "CreateGroup", GroupName="others")
    execute(of(bob_administers), SWITCH, GroupName="others", Required=True)
    assert Group.objects.get(group_name="others").require_mfa


def test_accounts_that_aws_decides_have_no_switch(home, alice, caller):
    Account.objects.filter(pk=home.pk).update(kind="imported")
    with pytest.raises(IamError, match="AWS has no switch for this"):
        execute(caller(alice), SWITCH, Required=True)


def test_first_password_and_first_device_are_both_in_reach(home, bob, sign_in):
    """The dead end: a password that must be changed, and MFA that must be enrolled."""
    require(home)
    LoginProfile.objects.filter(user=bob).update(password_reset_required=True)
    client = sign_in(Client(), bob)
    assert client.get("/").url == reverse("credentials:new-password")
    typed = "first-Choice-of-77-bob"
    fields = client.get(reverse("credentials:new-password")).context["form"].fields
    sent = {name: PASSWORD if "old" in name or "current" in name else typed for name in fields}
    assert client.post(reverse("credentials:new-password"), sent).status_code == 302
    page = client.get(reverse("credentials:my-security-credentials"))
    assert page.status_code == 200
    assert "Assign MFA device" in page.content.decode()
    assert "MFA is required." in page.content.decode()
    named = client.post(reverse("credentials:assign-mfa-device"), {"name": "bob"})
    assert named.status_code == 302
    assert client.get(named.url).status_code == 200


def test_the_pages_have_the_switch(home, alice, bob, caller, sign_in):
    execute(caller(alice), "CreateGroup", GroupName="staff")
    group = Group.objects.get(group_name="staff")
    client = sign_in(Client(), alice)
    settings = client.get(reverse("credentials:account-settings")).content.decode()
    assert "Require MFA" in settings
    assert "?password=yes&amp;mfa=no" in settings
    asked = client.post(reverse("users:mfa-requirement"), {"required": "yes"})
    assert asked.status_code == 409
    assert "This will cover you too" in asked.content.decode()
    answer = {"required": "yes", "confirmed": UNPROTECTED}
    client.post(reverse("users:group-mfa-requirement", args=[group.group_id]), {"required": "yes"})
    assert Group.objects.get(pk=group.pk).require_mfa
    page = client.get(reverse("users:group-permissions", args=[group.group_id])).content.decode()
    assert "Stop requiring MFA" in page
    client.post(reverse("users:mfa-requirement"), answer)
    assert Account.objects.get(pk=home.pk).require_mfa
    assert client.get(reverse("users:list")).status_code == 403
    home_page = client.get("/", follow=True)
    assert home_page.status_code == 200
    assert "MFA is required." in home_page.content.decode()


def test_it_is_shown_among_the_permissions_and_in_the_simulator(home, alice, bob, caller, sign_in):
    execute(caller(alice), "CreateGroup", GroupName="staff")
    execute(caller(alice), "AddUserToGroup", GroupName="staff", UserName="bob")
    execute(caller(alice), SWITCH, GroupName="staff", Required=True)
    client = sign_in(Client(), alice)
    page = client.get(reverse("users:user", args=[bob.user_id])).content.decode()
    assert "The group staff requires it. Without MFA, nearly everything is denied" in " ".join(page.split())
    asked = {
        "principal": "bob",
        "actions": "iam:ListUsers",
        "key:aws:MultiFactorAuthPresent": "false",
    }
    page = client.get(reverse("users:simulator"), asked)
    assert page.context["answers"][0].words == "Explicitly denied"
    assert page.context["evidence"][0].origin == "Built in, group staff"


def test_the_page_counts_nobody_for_those_who_may_not_list(home, alice, bob, caller, sign_in):
    document = (
        '{"Version": "2012-10-17", "Statement": '
        '{"Effect": "Allow", "Action": "iam:GetAccount*", "Resource": "*"}}'
    )
    execute(caller(alice), "PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=document)
    page = sign_in(Client(), bob).get(reverse("credentials:account-settings"))
    assert page.status_code == 200
    assert "MFA requirement" in page.content.decode()
    assert "Without an MFA device" not in page.content.decode()
