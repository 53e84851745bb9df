"""The last use of each service by many people is the same whichever way it is looked for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole.models import Event
from reports.last_accessed import newest
from reports.last_accessed.services import FEW, Accesses, accesses, people_of
from tests.cast import make_account, make_user
from users.models import Group, GroupMembership, ManagedPolicy, PolicyAttachment, User

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DOCUMENT = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'


@pytest.fixture
def members(home) -> list[User]:
    """More than are looked up one by one; they exist for a hundred days."""
    users = [make_user(home, f"member-{number:02d}") for number in range(FEW + 5)]
    User.objects.update(create_date=NOW - timedelta(days=100))
    return users


@pytest.fixture
def group(home, members) -> Group:
    group = Group.objects.create(account=home, group_name="G", name_folded="g", group_id="AGPAG")
    GroupMembership.objects.bulk_create(GroupMembership(group=group, user=user) for user in members)
    return group


@pytest.fixture
def policy(home, members, group) -> ManagedPolicy:
    """Half of the members have it themselves, and all through the group."""
    arn = home.arns.policy("/", "P")
    policy = ManagedPolicy.objects.create(account=home, arn=arn, policy_name="P", document=DOCUMENT)
    PolicyAttachment.objects.create(policy=policy, group=group)
    for user in members[::2]:
        PolicyAttachment.objects.create(policy=policy, user=user)
    return policy


def used(user: User, action: str, days: float, times: int = 1) -> None:
    """So many uses, the last of them so many days ago."""
    Event.objects.bulk_create(
        Event(
            at=NOW - timedelta(days=days, seconds=number),
            account_id=user.account.account_id,
            principal_arn=user.arn,
            action=action,
            outcome="allowed",
            channel="console",
        )
        for number in range(times)
    )


def keys_used(user: User, service: str, days: float) -> None:
    AccessKey.objects.create(
        user=user,
        slot=1,
        access_key_id=f"AKIA{user.user_name.upper():>016}"[:20],
        last_used_date=NOW - timedelta(days=days),
        last_used_service=service,
        last_used_region="us-east-1",
    )


def lasts(found: Accesses) -> tuple[dict[str, object], dict[str, object]]:
    return {name: found.last(name) for name in found.services if found.last(name)}, dict(found.actions)


def test_the_newest_uses_tell_the_same_as_all_of_them(home, members, group, policy):
    stranger, other = make_user(home, "stranger"), make_account("444455556666")
    abroad = make_user(other, "member-00")
    used(members[0], "iam:CreateUser", 30)
    used(members[1], "iam:CreateUser", 20, times=50)
    used(members[2], "sts:AssumeRole", 5)
    used(members[3], "iam:DeleteUser", 150)  # an earlier user of that name did
    used(members[4], "iam:GetUser", 60)  # others do it all the time
    used(stranger, "iam:GetUser", 1, times=newest.THEN + 10)
    used(stranger, "iam:TagUser", 1, times=newest.THEN + 10)  # and nobody of them ever did
    used(abroad, "iam:ListUsers", 1)
    used(members[5], "iamconsole:SignIn", 1)
    keys_used(members[6], "s3", 9)
    keys_used(members[7], "s3", 8)
    keys_used(stranger, "ec2", 1)
    keys_used(abroad, "sqs", 1)
    for principal in (group, policy):
        found = lasts(newest.last_uses(principal, home.account_id, NOW))
        everybody = list(people_of(principal, home.account_id))
        assert found == lasts(accesses(everybody, home.account_id, NOW))
        services, actions = found
        assert set(services) == {"iam", "sts", "s3"}
        assert set(actions) == {"iam:CreateUser", "sts:AssumeRole", "iam:GetUser"}
        assert actions["iam:CreateUser"].who == members[1].arn
        assert services["s3"].who == members[7].arn


def test_of_few_people_each_is_looked_up(home, members):
    """Uses before the user was made, and after the moment that is asked about, do not count."""
    bob = User.objects.get(pk=members[0].pk)
    used(bob, "iam:CreateUser", 30, times=3)
    used(bob, "iam:CreateUser", 150)
    used(bob, "iam:DeleteUser", 120)
    used(bob, "sts:AssumeRole", 2)
    used(members[1], "iam:CreateUser", 1)
    found = newest.last_uses(bob, home.account_id, NOW - timedelta(days=10))
    assert {name: (one.who, one.at) for name, one in found.actions.items()} == {
        "iam:CreateUser": (bob.arn, NOW - timedelta(days=30))
    }
