"""Policies that come with this console, for people who audit an account or help its users (docs/auditors.md).

They are customer managed policies like any other once somebody has created them, and change only when
somebody makes a version of a newer text.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from iamconsole.arn import Arns
from users.callers.administrators import people
from users.models import Account, ManagedPolicy, User
from users.permissions import readable
from users.policies.comparison import Line, compared

AUDITOR, HELP_DESK = "ConsoleAuditor", "ConsoleHelpDesk"
# The tag by which an administrator gives a person into the care of the help desk.
TAG_KEY, TAG_VALUE = "ConsoleHelpDesk", "yes"
HELPED_BY = (
    "iam:UpdateLoginProfile",
    "iam:DeactivateMFADevice",
    "iam:ResyncMFADevice",
    "iamconsole:DeleteRecoveryCodes",
    "iamconsole:ReleaseUser",
    "iamconsole:RevokeSession",
    "iamconsole:RevokeSessions",
)


@dataclass(frozen=True, slots=True)
class ReadyPolicy:
    """One of them: its name, whom it is for, and its text in an account."""

    name: str
    description: str
    text: str


@dataclass(frozen=True, slots=True)
class InAccount:
    """A ready policy beside the account's policy of that name, if there is one, and how that one differs.
    ``action`` on ``arn`` is what gives the account its text.
    """

    ready: ReadyPolicy
    policy: ManagedPolicy | None
    lines: list[Line]
    action: str
    arn: str


def ready_policies(arns: Arns) -> list[ReadyPolicy]:
    """All of them, with the ARNs of an account."""
    return [
        ReadyPolicy(
            AUDITOR, "Reads users, policies, reports, events and jobs. Changes nothing.", _text(_auditor())
        ),
        ReadyPolicy(
            HELP_DESK,
            f"Resets passwords and MFA, ends sessions. Only of users with the tag {TAG_KEY} = {TAG_VALUE}.",
            _text(_help_desk(arns)),
        ),
    ]


def in_account(account: Account) -> list[InAccount]:
    """Each of them with what the account has of it."""
    policies = ManagedPolicy.objects.customer(account)
    ready = ready_policies(account.arns)
    named = Q()
    for one in ready:
        named |= Q(policy_name__iexact=one.name)
    by_name = {policy.policy_name.lower(): policy for policy in policies.filter(named)}
    return [_beside(one, by_name.get(one.name.lower()), account.arns) for one in ready]


def _beside(ready: ReadyPolicy, policy: ManagedPolicy | None, arns: Arns) -> InAccount:
    if policy is None:
        return InAccount(ready, None, [], "iam:CreatePolicy", arns.policy("/", ready.name))
    here = readable(policy.document)
    lines = [] if _same(here, ready.text) else compared(here, ready.text)
    return InAccount(ready, policy, lines, "iam:CreatePolicyVersion", policy.arn)


def exposed_administrators(account: Account) -> Iterator[User]:
    """Administrators whom somebody has given into the care of the help desk, which could take their place."""
    return (user for user in people(account) if (user.tags or {}).get(TAG_KEY) == TAG_VALUE)


def _same(one: str, other: str) -> bool:
    """Whether two documents say the same; one that cannot be read is like no other."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def _text(statements: list[dict[str, Any]]) -> str:
    return readable(json.dumps({"Version": "2012-10-17", "Statement": statements}))


def _auditor() -> list[dict[str, Any]]:
    """What AWS's SecurityAudit allows of IAM, and every read of this console."""
    iam = ["iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "iam:Get*", "iam:List*"]
    simulator = ["iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"]
    console = ["iamconsole:DownloadCredentialReport", "iamconsole:List*"]
    return [
        {"Sid": "ReadUsersAndPolicies", "Effect": "Allow", "Action": iam + simulator, "Resource": "*"},
        {"Sid": "ReadEventsReportsAndJobs", "Effect": "Allow", "Action": console, "Resource": "*"},
    ]


def _help_desk(arns: Arns) -> list[dict[str, Any]]:
    """The tag decides who is helped. It is denied to set it, whatever else the help desk is allowed."""
    users = arns.any_user
    reads = [
        "iam:GetAccountPasswordPolicy",
        "iam:GetLoginProfile",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListMFADevices",
        "iam:ListUserPolicies",
        "iam:ListUserTags",
        "iam:ListUsers",
        "iamconsole:ListSessions",
    ]
    tagged = {"StringEquals": {f"aws:ResourceTag/{TAG_KEY}": TAG_VALUE}}
    return [
        {"Sid": "FindUsers", "Effect": "Allow", "Action": reads, "Resource": "*"},
        {
            "Sid": "HelpUsersWithTheTag",
            "Effect": "Allow",
            "Action": list(HELPED_BY),
            "Resource": users,
            "Condition": tagged,
        },
        {
            "Sid": "NeverSetTheTag",
            "Effect": "Deny",
            "Action": ["iam:TagUser", "iam:UntagUser"],
            "Resource": users,
        },
    ]
