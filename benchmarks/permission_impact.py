"""Who gains and who loses what, for 5,000 people concerned by one change: `make bench`.

In 40 groups with policies of AWS's, each tenth person with an inline policy of its own. The aim is three
seconds on the page, for the first one too.
"""

import json
import os
import statistics
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.db import connection

PEOPLE, GROUPS, RUNS, AIM = 5_000, 40, 5, 3.0
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def main() -> None:
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure()
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def measure() -> None:
    """One line for each change."""
    from iamconsole.operations import Step
    from users.impact.effects import impact_of

    account = fill()
    changes = {
        "everybody needs MFA": [Step("iamconsole:UpdateMFARequirement", {"Required": True})],
        "a policy of all groups": [
            Step("DetachGroupPolicy", {"GroupName": f"group-{number}", "PolicyArn": READ_ONLY})
            for number in range(GROUPS)
        ],
        "everybody administers": [
            Step(
                "AttachGroupPolicy",
                {"GroupName": f"group-{number}", "PolicyArn": account.arns.aws_policy(ADMINISTRATOR)},
            )
            for number in range(GROUPS)
        ],
    }
    print(f"who gains and who loses what, {PEOPLE:,} people, {connection.vendor}, aim {AIM:.0f} s")
    for title, steps in changes.items():
        times = []
        for _ in range(RUNS):
            started = time.perf_counter()
            impact = impact_of(account, steps)
            times.append(time.perf_counter() - started)
        print(
            f"{title:<24} first {times[0]:.2f} s, then {statistics.median(times[1:]):.2f} s,"
            f" {impact.concerned:,} concerned, {len(impact.effects)} effects"
        )


ADMINISTRATOR = "AdministratorAccess"


def fill():
    """The account."""
    from tests.cast import make_account
    from users.policies import catalogue
    from users.models import Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User

    catalogue.load()
    account = make_account()
    groups = Group.objects.bulk_create(
        Group(account=account, group_name=f"group-{n}", name_folded=f"group-{n}", group_id=f"AGPA{n}")
        for n in range(GROUPS)
    )
    users = User.objects.bulk_create(
        User(account=account, user_name=f"user-{n}", name_folded=f"user-{n}", user_id=f"AIDA{n:017}")
        for n in range(PEOPLE)
    )
    GroupMembership.objects.bulk_create(
        GroupMembership(user=user, group=groups[n % GROUPS]) for n, user in enumerate(users)
    )
    policies = list(ManagedPolicy.objects.filter(account=None).exclude(arn=READ_ONLY))
    read_only = ManagedPolicy.objects.get(arn=READ_ONLY)
    PolicyAttachment.objects.bulk_create(
        PolicyAttachment(group=group, policy=policy)
        for n, group in enumerate(groups)
        for policy in {read_only, policies[n % len(policies)]}
    )
    InlinePolicy.objects.bulk_create(
        InlinePolicy(user=user, policy_name="own", name_folded="own", document=own(n))
        for n, user in enumerate(users)
        if n % 10 == 0
    )
    return account


def own(number: int) -> str:
    bucket = f"arn:aws:s3:::bucket-{number}/*"
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": bucket}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


if __name__ == "__main__":
    main()
