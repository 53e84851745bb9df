"""Accounts in China and GovCloud: every ARN that is made, decided on or shown has their partition."""

import json

import pytest
from django.urls import reverse

from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, give_password, make_account, make_user
from tests.database import catalogue
from users.callers.administrators import people
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role
from users.models import Account, InlinePolicy, User

pytestmark = pytest.mark.django_db
HOME = "300000000003"


@pytest.fixture(params=["aws-cn", "aws-us-gov"])
def partition(request):
    catalogue.load_partition(request.param)
    return request.param


@pytest.fixture
def account(partition):
    return make_account(HOME, name="main", is_home=True, partition=partition)


@pytest.fixture
def admin(account, partition):
    arn = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
    return make_user(account, "alice", password=PASSWORD, policies=(arn,))


def test_a_first_password_lets_its_user_in(client, account, admin):
    bob = make_user(account, "bob", path="/staff/")
    give_password(bob, reset_required=True)
    form = {"account": HOME, "user_name": "bob", "password": PASSWORD}
    assert client.post(reverse("credentials:sign-in"), form).status_code == 302
    chosen = "another-Horse-8-battery"
    changed = {"current": PASSWORD, "new": chosen, "confirm": chosen}
    assert client.post(reverse("credentials:new-password"), changed).status_code == 302
    assert client.get("/me/").status_code == 200


def test_self_service(account, partition, caller):
    bob = make_user(account, "bob", path="/staff/", password=PASSWORD)
    own = caller(bob)
    made = execute(own, "CreateVirtualMFADevice", VirtualMFADeviceName="bob")
    assert made["VirtualMFADevice"]["SerialNumber"] == f"arn:{partition}:iam::{HOME}:mfa/bob"
    assert execute(own, "GetUser")["User"]["Arn"] == f"arn:{partition}:iam::{HOME}:user/staff/bob"
    with pytest.raises(AccessDenied):
        execute(own, "GetUser", UserName="alice")


def test_what_is_made_and_renamed_is_decided_on_its_own_arn(account, partition, caller):
    bob = make_user(account, "bob", password=PASSWORD)
    team = {
        "Effect": "Allow",
        "Action": ["iam:CreateUser", "iam:UpdateUser"],
        "Resource": f"arn:{partition}:iam::{HOME}:user/team/*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": team})
    InlinePolicy.objects.create(user=bob, policy_name="p", name_folded="p", document=document)
    made = execute(caller(bob), "CreateUser", UserName="dora", Path="/team/")
    assert made["User"]["Arn"] == f"arn:{partition}:iam::{HOME}:user/team/dora"
    execute(caller(bob), "UpdateUser", UserName="dora", NewUserName="ines")
    with pytest.raises(AccessDenied):
        execute(caller(bob), "CreateUser", UserName="eve")
    assert Event.objects.get(action="iam:CreateUser", outcome="allowed").target == "user/team/dora"


def test_the_console_role_is_of_the_partition_of_its_account(account, admin, partition):
    other = make_account("400000000004", partition="aws")
    assert caller_for_role(admin, other, ADMINISTRATOR, Origin()).arn.startswith("arn:aws:sts::400000000004:")
    third = make_account("500000000005", partition=partition)
    session = caller_for_role(admin, third, ADMINISTRATOR, Origin())
    assert session.arn == f"arn:{partition}:sts::500000000005:assumed-role/IamConsoleAdministrator/alice"
    assert session.arns.root == third.arn


def test_a_new_local_account_is_of_the_partition_it_was_decided_in(account, admin, partition, caller):
    execute(caller(admin), "iamconsole:CreateAccount", AccountId="600000000006")
    made = Account.objects.get(account_id="600000000006")
    assert made.arn == f"arn:{partition}:iam::600000000006:root"
    assert Event.objects.get(action="iamconsole:CreateAccount").resource == made.arn


def test_an_attached_policy_is_of_the_partition_and_the_simulator_decides_by_it(
    client, account, admin, partition, caller, sign_in
):
    bob = make_user(account, "bob", path="/staff/", password=PASSWORD)
    everything = account.arns.aws_policy("AdministratorAccess")
    with pytest.raises(IamError, match="AdministratorAccess"):
        execute(
            caller(admin),
            "AttachUserPolicy",
            UserName="bob",
            PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess",
        )
    execute(caller(admin), "AttachUserPolicy", UserName="bob", PolicyArn=everything)
    assert {user.user_name for user in people(account)} == {"alice", "bob"}
    answer = execute(
        caller(admin),
        "SimulatePrincipalPolicy",
        PolicySourceArn=bob.arn,
        ActionNames=["iam:CreateUser"],
        ResourceArns=[account.arns.any_user],
    )
    assert [row["EvalDecision"] for row in answer["EvaluationResults"]] == ["allowed"]


def test_root_is_not_told_to_make_an_administrator_for_ever(client, account, admin, sign_in):
    assert [user.user_name for user in people(account)] == ["alice"]
    sign_in(client, User.objects.root_of(account))
    assert "Create an administrator for daily work" not in client.get("/account/").content.decode()
