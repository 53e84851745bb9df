"""Writing the mirror of policies: managed ones, what they are attached to, and inline ones."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from iamconsole.sync import guard
from iamconsole.sync.mirror import Policies, Writing
from iamconsole.sync.policy_text import document
from users.models import (
    Account,
    Group,
    InlinePolicy,
    ManagedPolicy,
    PolicyAttachment,
    PolicyVersion,
    User,
)

# A policy whose document AWS did not give denies everything (users.models.policies.compiled).
NO_DOCUMENT = ""


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


def write_policies(writing: Writing) -> Policies:
    """Managed policies by ARN. AWS's own stand once for all accounts and only ever become newer."""
    account, snapshot = writing.account, writing.snapshot
    rows = ManagedPolicy.objects.filter(Q(account=None) | Q(account=account)).defer("document")
    known = {policy.arn: policy for policy in rows}
    new = []
    for detail in snapshot.policies:
        version = next((v for v in detail.get("PolicyVersionList", []) if v.get("IsDefaultVersion")), None)
        if version is None or owner_of(detail["Arn"]) not in ("aws", account.account_id):
            continue
        values = policy_values(detail, version)
        policy = known.get(detail["Arn"])
        if detail["Arn"] in writing.recent.ids:
            continue  # changed or deleted here just now
        if policy is None:
            theirs = owner_of(detail["Arn"]) == "aws"
            known[detail["Arn"]] = ManagedPolicy(
                arn=detail["Arn"], account=None if theirs else account, **values
            )
            new.append(known[detail["Arn"]])
        elif is_newer(policy, values):
            for column, value in values.items():
                setattr(policy, column, value)
            policy.save(update_fields=list(values))
    for arn in mentioned(writing) - known.keys():
        name = arn.rpartition("/")[2]
        own = None if owner_of(arn) == "aws" else account
        known[arn] = ManagedPolicy(arn=arn, account=own, policy_name=name, document=NO_DOCUMENT)
        new.append(known[arn])
    ManagedPolicy.objects.bulk_create(new)
    settled = [detail for detail in snapshot.policies if detail["Arn"] not in writing.recent.ids]
    write_versions(account, settled, known)
    return known


def write_versions(account: Account, details: Sequence[Mapping[str, Any]], known: Policies) -> None:
    """The versions of customer managed policies. A version never changes: it comes, and it goes.

    One of the same number made at another moment belongs to a policy that was made again.
    """
    have: dict[int, dict[tuple[int, datetime], int]] = defaultdict(dict)
    for row in PolicyVersion.objects.filter(policy__account=account).defer("document"):
        have[row.policy_id][row.number, row.create_date] = row.pk
    gone, new = [], []
    for detail in details:
        policy = known.get(detail["Arn"])
        if policy is None or policy.account_id != account.pk or is_stale(policy, detail):
            continue
        listed = {
            (number(row["VersionId"]), row["CreateDate"]): document(row["Document"])
            for row in detail.get("PolicyVersionList", [])
        }
        before = have[policy.pk]
        gone += [before[key] for key in before.keys() - listed.keys()]
        new += [
            PolicyVersion(policy=policy, number=key[0], create_date=key[1], document=listed[key])
            for key in listed.keys() - before.keys()
        ]
    PolicyVersion.objects.filter(pk__in=gone).delete()
    PolicyVersion.objects.bulk_create(new)


def is_stale(policy: ManagedPolicy, detail: Mapping[str, Any]) -> bool:
    """Whether AWS lists the policy as it was before our last change."""
    return bool(policy.update_date > detail.get("UpdateDate", policy.update_date))


def owner_of(arn: str) -> str:
    """The account in a policy's ARN; "aws" for AWS's own."""
    return arn.split(":")[4]


def policy_values(detail: Mapping[str, Any], version: Mapping[str, Any]) -> dict[str, Any]:
    return {
        # Taken from the ARN: not every answer names the policy.
        "policy_name": detail["Arn"].rpartition("/")[2],
        "policy_id": detail.get("PolicyId", ""),
        "path": detail.get("Path", "/"),
        "default_version_id": version["VersionId"],
        "document": document(version["Document"]),
        "create_date": detail["CreateDate"],
        "update_date": detail.get("UpdateDate", detail["CreateDate"]),
    }


def is_newer(policy: ManagedPolicy, values: Mapping[str, Any]) -> bool:
    """A version never changes, so its ID and the policy's birth tell whether the document is the same."""
    if policy.account_id is None:
        return number(values["default_version_id"]) > number(policy.default_version_id)
    return any(
        getattr(policy, column) != values[column]
        for column in ("default_version_id", "policy_id", "create_date", "path")
    )


def number(version_id: str) -> int:
    return int(version_id.removeprefix("v"))


def mentioned(writing: Writing) -> set[str]:
    """ARNs of all policies that a user or group has."""
    found: set[str] = set()
    for detail in [*writing.snapshot.users, *writing.snapshot.groups]:
        found |= {row["PolicyArn"] for row in detail.get("AttachedManagedPolicies", [])}
        if boundary := detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"):
            found.add(boundary)
    return found


def owners(writing: Writing) -> list[Owner]:
    """The users and groups that are written, without those whose policies were changed here just now."""
    users = [
        Owner(writing.users[detail["UserId"]], detail)
        for detail in writing.details()
        if not writing.recent.has_user(detail["UserName"], writing.users[detail["UserId"]].user_name)
    ]
    groups = {detail["GroupName"].lower(): detail for detail in writing.snapshot.groups}
    return [*users, *(Owner(group, groups[name]) for name, group in writing.groups.items())]


def write_attachments(writing: Writing, policies: Policies) -> None:
    """Which managed policies are attached to whom."""
    mine = Q(user__account=writing.account) | Q(group__account=writing.account)
    have: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for key, arn, user, group in PolicyAttachment.objects.filter(mine).values_list(
        "pk", "policy__arn", "user_id", "group_id"
    ):
        have[("user", user) if user else ("group", group)][arn] = key
    gone, new = [], []
    for owner in owners(writing):
        before, after = have.get(owner.key, {}), owner.attached()
        if before.keys() == after:
            continue
        writing.changes.note(owner.row, "attached policies", sorted(before), sorted(after))
        gone += [key for arn, key in before.items() if arn not in after]
        new += [
            PolicyAttachment(policy=policies[arn], **{owner.column: owner.row})
            for arn in after - before.keys()
        ]
    PolicyAttachment.objects.filter(pk__in=gone).delete()
    PolicyAttachment.objects.bulk_create(new)


def write_inline(writing: Writing) -> None:
    """Inline policies with their documents.

    Those of the mirror are compared by their digests: to hold all texts twice would take much room.
    """
    have = inline_digests(writing.account)
    gone, new = [], []
    for owner in owners(writing):
        before, after = have.get(owner.key, {}), owner.inline()
        if before == {folded: (name, digest(body)) for folded, (name, body) in after.items()}:
            continue
        # Names tell what came and went, documents what was rewritten; the Event has both.
        stored = InlinePolicy.objects.filter(**{owner.column: owner.row})
        old = dict(stored.values_list("policy_name", "document"))
        writing.changes.note(owner.row, "inline policies", old, dict(after.values()))
        gone += list(stored.values_list("pk", flat=True))
        new += [
            InlinePolicy(name_folded=folded, policy_name=name, document=body, **{owner.column: owner.row})
            for folded, (name, body) in after.items()
        ]
    InlinePolicy.objects.filter(pk__in=gone).delete()
    InlinePolicy.objects.bulk_create(new, batch_size=500)


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
    return hashlib.sha256(body.encode()).hexdigest()


def remove_unlisted(writing: Writing) -> None:
    """Customer managed policies that AWS no longer lists and nobody has any more."""
    if writing.snapshot.complete:
        listed = {detail["Arn"] for detail in writing.snapshot.policies}
        rows = ManagedPolicy.objects.filter(account=writing.account, attachments=None, bounded_users=None)
        gone = [
            key
            for key, arn, made in rows.values_list("pk", "arn", "create_date")
            if arn not in listed and not guard.too_fresh_to_remove(made, writing.snapshot.started)
        ]
        ManagedPolicy.objects.filter(pk__in=gone).delete()
