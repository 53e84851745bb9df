"""Who can ...?: 5,000 users of one account, the first answer of a fresh process and the next: `make bench`.

Cold is the first request of its kind in this process: no policy is compiled and the catalogue is not read.
"""

import json
import os
import re
import statistics
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django

django.setup()

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.users_list import HOME_ID, fill, signed_in

USERS, GROUPS, RUNS = 5_000, 100, 7
URL = f"/{HOME_ID}/who-can/"
COLD, WARM = 3.0, 1.0  # seconds, the aims
QUESTIONS = {
    "one action": {"action": "s3:DeleteBucket"},
    "on a resource": {"action": "s3:DeleteObject", "resource": "arn:aws:s3:::logs/x"},
    "own variables": {"action": "iam:CreateAccessKey"},
    "wildcard": {"action": "s3:Delete*"},
}


def main() -> None:
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        client = signed_in()
        fill(USERS)
        give_policies()
        print(f"who can on {connection.vendor}, {USERS:,} users, an inline policy each, {GROUPS} groups")
        print(f"{'question':<14} {'first':>9} {'median':>9}  aim        queries  found")
        for question, asked in QUESTIONS.items():
            measure(client, question, asked)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def measure(client: Client, question: str, asked: dict[str, str]) -> None:
    """One line: the first request, which is cold for the first question, and the median of the next ones."""
    first = timed(client, asked)
    later = statistics.median(timed(client, asked) for _ in range(RUNS))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(URL, asked).content.decode()
    shown = re.search(r"of ([\d,]+)", page)
    found = shown[1] if shown else 0
    aims = f"{COLD:.0f} s / {WARM:.0f} s"
    print(f"{question:<14} {first:>7.2f} s {later:>7.2f} s  {aims:<9} {len(queries):>8}  {found}")


def timed(client: Client, asked: dict[str, str]) -> float:
    started = time.perf_counter()
    answer = client.get(URL, asked)
    assert answer.status_code == 200, answer.status_code
    return time.perf_counter() - started


def give_policies() -> None:
    """A text of one's own for each user, and groups with policies of AWS's and of the account's."""
    from users.models import Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User

    users = list(User.objects.people().exclude(user_name="alice").order_by("pk"))
    home = users[0].account
    InlinePolicy.objects.bulk_create(
        [
            InlinePolicy(user=user, policy_name="own", name_folded="own", document=own(number))
            for number, user in enumerate(users)
        ],
        batch_size=500,
    )
    groups = Group.objects.bulk_create(
        [
            Group(account=home, group_name=f"group-{n}", name_folded=f"group-{n}", group_id=f"AGPA{n:017}")
            for n in range(GROUPS)
        ]
    )
    managed = list(ManagedPolicy.objects.known_to(home.account_id).for_users().order_by("policy_name")[:200])
    PolicyAttachment.objects.bulk_create(
        [
            PolicyAttachment(group=group, policy=managed[2 * n + i])
            for n, group in enumerate(groups)
            for i in (0, 1)
        ]
    )
    GroupMembership.objects.bulk_create(
        [
            GroupMembership(user=user, group=groups[(number + i) % GROUPS])
            for number, user in enumerate(users)
            for i in (0, 1, 7)
        ],
        batch_size=500,
    )


def own(number: int) -> str:
    """A policy that no other user has."""
    statements = [
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:Delete*"], "Resource": f"arn:aws:s3:::team-{number}/*"},
        {"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "arn:aws:iam::*:user/${aws:username}"},
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": f"10.{number // 256}.{number % 256}.0/24"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


if __name__ == "__main__":
    main()
