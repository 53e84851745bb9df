"""Writing the mirror of what policies users and groups have: attached ones and inline ones."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Mirror
from iamconsole.sync.told import FOLLOWS, GIVEN, Told
from users import account_details
from users.account_details import document
from users.mirror_parts import Policies, WrittenGroups
from users.models import Account, Group, InlinePolicy, PolicyAttachment, User


def owner_of(row: PolicyAttachment | InlinePolicy) -> Any:
    """The user or group that has it."""
    return row.user or row.group


class Attachments(Mirror):
    name = "attached policies"
    after = ("managed policies", "users", "groups")
    told = (
        Told(
            PolicyAttachment,
            "PolicyAttachment",
            {"policy": GIVEN, "user": GIVEN, "group": GIVEN},
            thing=owner_of,
            label="Attached policy",
            name=lambda row: row.policy.arn,
            gives=lambda row: row.policy.document,
        ),
    )

    def write_lists(self, writing: MirrorWrite) -> None:
        write_attachments(writing, writing.part(Policies))

    def forget_users(self, keys: Sequence[int]) -> None:
        PolicyAttachment.objects.filter(user__in=keys).delete()


class InlinePolicies(Mirror):
    name = "inline policies"
    after = ("users", "groups")
    told = (
        Told(
            InlinePolicy,
            "InlinePolicy",
            {"user": GIVEN, "group": GIVEN, "name_folded": FOLLOWS, "policy_name": GIVEN},
            thing=owner_of,
            label="Inline policy",
            name=lambda row: row.policy_name,
        ),
    )

    def write_lists(self, writing: MirrorWrite) -> None:
        write_inline(writing)

    def forget_users(self, keys: Sequence[int]) -> None:
        InlinePolicy.objects.filter(user__in=keys).delete()


@dataclass(frozen=True)
class Owner:
    """A user or group with what AWS says of it."""

    row: User | Group
    detail: Mapping[str, Any]

    @property
    def column(self) -> str:
        return "user" if isinstance(self.row, User) else "group"

    @property
    def key(self) -> tuple[str, int]:
        return self.column, self.row.pk

    def attached(self) -> set[str]:
        return {row["PolicyArn"] for row in self.detail.get("AttachedManagedPolicies", [])}

    def inline(self) -> dict[str, tuple[str, str]]:
        """Folded name -> name and document."""
        member = "UserPolicyList" if self.column == "user" else "GroupPolicyList"
        rows = self.detail.get(member, [])
        return {
            row["PolicyName"].lower(): (row["PolicyName"], document(row["PolicyDocument"])) for row in rows
        }


def owners(writing: MirrorWrite) -> list[Owner]:
    """The users and groups that are written, without those whose policies were changed here just now."""
    users = [
        Owner(writing.users[detail["UserId"]], detail)
        for detail in writing.details()
        if not writing.recent.has_user(detail["UserName"], writing.users[detail["UserId"]].user_name)
    ]
    groups = {detail["GroupName"].lower(): detail for detail in account_details.groups(writing.snapshot)}
    return [*users, *(Owner(group, groups[name]) for name, group in writing.part(WrittenGroups).items())]


def write_attachments(writing: MirrorWrite, policies: Policies) -> None:
    """Which managed policies are attached to whom."""
    mine = Q(user__account=writing.account) | Q(group__account=writing.account)
    have: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for key, arn, user, group in PolicyAttachment.objects.filter(mine).values_list(
        "pk", "policy__arn", "user_id", "group_id"
    ):
        have[("user", user) if user else ("group", group)][arn] = key
    gone: list[PolicyAttachment] = []
    new: list[PolicyAttachment] = []
    for owner in owners(writing):
        before, after = have.get(owner.key, {}), owner.attached()
        if before.keys() == after:
            continue
        gone += [
            PolicyAttachment(pk=key, policy=policies[arn], **{owner.column: owner.row})
            for arn, key in before.items()
            if arn not in after
        ]
        new += [
            PolicyAttachment(policy=policies[arn], **{owner.column: owner.row})
            for arn in sorted(after - before.keys())
        ]
    writing.remove(*gone)
    writing.create(new)


def write_inline(writing: MirrorWrite) -> None:
    """Inline policies with their documents.

    Those of the mirror are compared by their digests: to hold all texts twice would take much room.
    """
    have = inline_digests(writing.account)
    gone: list[InlinePolicy] = []
    new: list[InlinePolicy] = []
    for owner in owners(writing):
        before, after = have.get(owner.key, {}), owner.inline()
        if before == {folded: (name, digest(body)) for folded, (name, body) in after.items()}:
            continue
        for row in InlinePolicy.objects.filter(**{owner.column: owner.row}).order_by("name_folded"):
            setattr(row, owner.column, owner.row)
            name, body = after.get(row.name_folded, ("", ""))
            # In another spelling it is another policy: IAM does not rename them.
            if name == row.policy_name:
                if digest(body) != digest(row.document):
                    writing.save(row, {"document": body})
                del after[row.name_folded]
            else:
                gone.append(row)
        new += [
            InlinePolicy(name_folded=folded, policy_name=name, document=body, **{owner.column: owner.row})
            for folded, (name, body) in sorted(after.items())
        ]
    writing.remove(*gone)
    writing.create(new)


def inline_digests(account: Account) -> dict[tuple[str, int], dict[str, tuple[str, str]]]:
    """Folded name -> name and digest of the document, by the kind and key of who has it."""
    mine = Q(user__account=account) | Q(group__account=account)
    rows = InlinePolicy.objects.filter(mine).order_by()
    columns = "user_id", "group_id", "name_folded", "policy_name", "document"
    found: dict[tuple[str, int], dict[str, tuple[str, str]]] = defaultdict(dict)
    for user, group, folded, name, body in rows.values_list(*columns).iterator(chunk_size=500):
        found["user" if user else "group", user or group][folded] = name, digest(body)
    return found


def digest(body: str) -> str:
    """Of what a document says: AWS need not keep how its text was laid out."""
    with suppress(ValueError):
        body = json.dumps(json.loads(body), sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()
