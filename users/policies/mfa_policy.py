"""Require MFA in a linked account: a customer managed policy at AWS that denies without MFA (IAM-FACTS 10.2).

The console's own one is told by its path, which nobody can change and everybody sees in AWS. Everything
else is read from the mirror: whom it is attached to, and whether its document is still the one made here.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from iamconsole.operations import Step
from iamconsole.policy import MalformedPolicyDocument, Statement, parse
from users.callers.build import own_users
from users.callers.mfa_requirement import LEFT
from users.models import Account, Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User
from users.policies.operations.policy_versions import VERSIONS_PER_POLICY, versions_of
from users.policies.rows import deletion_steps

NAMES = ("RequireMFA", "ConsoleRequireMFA")  # the second where AWS has another policy of the first
PATH = "/iam-console/"
DESCRIPTION = (
    "Denies everything without MFA, but for setting up an MFA device and changing the password. Made by the "
    "IAM console."
)
MFA_KEY = "aws:MultiFactorAuthPresent"


def document(partition: str) -> str:
    """AWS's published policy: users manage their password and MFA devices, and need MFA for the rest."""
    users, devices = own_users(partition), f"arn:{partition}:iam::*:mfa/*"
    own_password = ["iam:ChangePassword", "iam:GetLoginProfile", "iam:GetUser"]
    own_mfa = ["iam:DeactivateMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"]
    statements = [
        _allow("ViewAccount", ["iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices"], "*"),
        _allow("OwnPassword", own_password, users),
        _allow("OwnMFADevice", own_mfa, users),
        _allow("NewMFADevice", "iam:CreateVirtualMFADevice", devices),
        {
            "Sid": "DenyAllExceptListedIfNoMFA",
            "Effect": "Deny",
            "NotAction": [*LEFT, "iam:GetMFADevice"],
            "Resource": "*",
            "Condition": {"BoolIfExists": {MFA_KEY: "false"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _allow(sid: str, actions: str | list[str], resources: str | list[str]) -> dict[str, object]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def requires_mfa(text: str) -> bool:
    """Whether a document denies everything, or all but some actions, without MFA, to access keys too."""
    try:
        return any(map(_denies_without_mfa, parse(text).statements))
    except MalformedPolicyDocument:
        return False


def _denies_without_mfa(statement: Statement) -> bool:
    everything = statement.not_action or "*" in statement.actions
    everywhere = not statement.not_resource and "*" in statement.resources
    if statement.allow or not (everything and everywhere) or len(statement.conditions) != 1:
        return False
    condition = statement.conditions[0]
    is_key = condition.key.lower() == MFA_KEY.lower()
    return is_key and condition.operator.lower() == "boolifexists" and condition.values == ("false",)


def own_policy(account: Account) -> ManagedPolicy | None:
    """The policy that this console made in the account."""
    return ManagedPolicy.objects.customer(account).filter(path=PATH, policy_name__in=NAMES).first()


def new_name(account: Account) -> str:
    """The name for it: unique in the account, whatever the path. AWS refuses it where both are taken."""
    taken = ManagedPolicy.objects.customer(account).values_list("policy_name", flat=True)
    lower = {name.lower() for name in taken}
    return next((name for name in NAMES if name.lower() not in lower), NAMES[-1])


@dataclass(frozen=True)
class MFAPolicy:
    """The console's policy in an account, as the mirror shows it; ``policy`` is None before it is made."""

    account: Account
    policy: ManagedPolicy | None

    @classmethod
    def of(cls, account: Account) -> "MFAPolicy":
        return cls(account, own_policy(account))

    @property
    def arn(self) -> str:
        """Of the policy, or of the one that would be made."""
        return self.policy.arn if self.policy else self.account.arns.policy(PATH, new_name(self.account))

    @property
    def text(self) -> str:
        return document(self.account.partition)

    @cached_property
    def groups(self) -> list[Group]:
        attached = PolicyAttachment.objects.filter(policy=self.policy, group=OuterRef("pk"))
        return list(Group.objects.filter(Exists(attached)).order_by("name_folded")) if self.policy else []

    @cached_property
    def users(self) -> QuerySet[User]:
        """Those that have it themselves."""
        attached = PolicyAttachment.objects.filter(policy=self.policy, user=OuterRef("pk"))
        return User.objects.people(self.account).filter(Exists(attached)).order_by("name_folded")

    @property
    def covered(self) -> QuerySet[User]:
        return with_policies(self.account, [self.policy.pk]) if self.policy else User.objects.none()

    @property
    def is_changed(self) -> bool:
        """Whether its default version is not what this console writes."""
        if self.policy is None:
            return False
        try:
            return bool(json.loads(self.policy.document) != json.loads(self.text))
        except ValueError:
            return True

    @property
    def requires(self) -> bool:
        """Whether it still denies without MFA."""
        return self.policy is not None and requires_mfa(self.policy.document)

    def steps_to_attach(self, kind: str, names: Iterable[str]) -> list[Step]:
        """Make it where it is not there, then attach it; ``kind`` is User or Group."""
        arn = {"PolicyArn": self.arn}
        attach = [Step(f"Attach{kind}Policy", {f"{kind}Name": name, **arn}) for name in names]
        return attach if self.policy else [self._step_to_make(), *attach]

    def _step_to_make(self) -> Step:
        name = self.arn.rpartition("/")[2]
        made = {"PolicyName": name, "Path": PATH, "Description": DESCRIPTION, "PolicyDocument": self.text}
        return Step("CreatePolicy", made)

    def steps_to_restore(self) -> list[Step]:
        """A new default version with the document of this console; the oldest other one makes room."""
        if self.policy is None:
            return []
        arn, versions = {"PolicyArn": self.policy.arn}, versions_of(self.policy)
        spare = [version.version_id for version in versions if not version.is_default]
        full = len(versions) >= VERSIONS_PER_POLICY
        room = [Step("DeletePolicyVersion", {**arn, "VersionId": spare[-1]})] if full else []
        return [
            *room,
            Step("CreatePolicyVersion", {**arn, "PolicyDocument": self.text, "SetAsDefault": True}),
        ]

    def steps_to_take_back(self) -> list[Step]:
        """Detach it from everyone, then delete it, unless it bounds somebody."""
        if self.policy is None:
            return []
        arn = {"PolicyArn": self.policy.arn}
        steps = [Step("DetachGroupPolicy", {"GroupName": group.group_name, **arn}) for group in self.groups]
        steps += [Step("DetachUserPolicy", {"UserName": user.user_name, **arn}) for user in self.users]
        bounds = User.objects.filter(permissions_boundary=self.policy).exists()
        return steps if bounds else [*steps, *deletion_steps(self.policy)]


def with_policies(account: Account, policies: Sequence[int]) -> QuerySet[User]:
    """The users that have one of the managed policies, themselves or through a group."""
    own = PolicyAttachment.objects.filter(policy__in=policies, user=OuterRef("pk"))
    groups = PolicyAttachment.objects.filter(policy__in=policies, group__isnull=False).values("group")
    through = GroupMembership.objects.filter(user=OuterRef("pk"), group__in=groups)
    return User.objects.people(account).filter(Exists(own) | Exists(through))


def already_required(account: Account) -> QuerySet[User]:
    """The users to whom some policy denies everything without MFA."""
    asks = Q(document__icontains=MFA_KEY)
    managed = ManagedPolicy.objects.known_to(account.account_id).filter(asks)
    policies = [pk for pk, text in managed.values_list("pk", "document") if requires_mfa(text)]
    mine = Q(user__account=account) | Q(group__account=account)
    rows = InlinePolicy.objects.filter(mine, asks).values_list("user", "group", "document")
    inline = [(user, group) for user, group, text in rows if requires_mfa(text)]
    members = GroupMembership.objects.filter(group__pk__in=[group for _, group in inline if group])
    return User.objects.people(account).filter(
        Q(pk__in=with_policies(account, policies).values("pk"))
        | Q(pk__in=[user for user, _ in inline if user])
        | Q(pk__in=members.values("user"))
    )


def section(account: Account, group: Group | None = None) -> dict[str, Any]:
    """What mfa_policy_section.html shows, of the account or of a group; {} where AWS has no say."""
    if account.kind != Account.Kind.LINKED:
        return {}
    wanted = MFAPolicy.of(account)
    required = already_required(account)
    if group is not None:
        attached = any(row.pk == group.pk for row in wanted.groups)
        required = required.filter(groups=group)
        return {"wanted": wanted, "group": group, "attached": attached, "required": required.count()}
    counts = {"users": wanted.users.count() if wanted.policy else 0, "covered": wanted.covered.count()}
    return {"wanted": wanted, "required": required.count(), **counts}
