"""Writing the mirror of policies: managed ones, what they are attached to, and inline ones."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from iamconsole.arn import AWS_OWNED
from iamconsole.sync import guard
from users import managed_policies
from users.mirrors import aws_policies
from users.mirrors.policy_text import document
from users.mirrors.users import MirrorWrite, Policies
from users.models import (
    Account,
    Group,
    InlinePolicy,
    ManagedPolicy,
    PolicyAttachment,
    PolicyVersion,
    Scope,
    User,
)
from users.models.policies import part_of_arn

# As IAM numbers versions; more digits would be no number of ours.
VERSION_ID = re.compile(r"v[1-9][0-9]{0,8}")
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


def write_policies(writing: MirrorWrite) -> Policies:
    """Managed policies by ARN. Of AWS's own only what differs from the catalogue is written, as rows of
    this account (``aws_policies``).
    """
    account, details = writing.account, writable_policies(writing)
    known = aws_policies.known_policies(account)
    documents = aws_policies.documents_of(known, details)
    new: list[ManagedPolicy] = []
    for detail in details:
        values, policy = policy_values(detail), known.get(detail["Arn"])
        if policy is None or (policy.account_id is None and differs(policy, values, documents)):
            words = policy.description if policy else ""
            made = ManagedPolicy(arn=detail["Arn"], account=account, description=words, **values)
            known[made.arn] = made
            new.append(made)
        elif policy.account_id and differs(policy, values, documents):
            for column, value in values.items():
                setattr(policy, column, value)
            policy.save(update_fields=list(values))
    for arn in mentioned(writing) - known.keys():
        name = arn.rpartition("/")[2]
        known[arn] = ManagedPolicy(arn=arn, account=account, policy_name=name, document=NO_DOCUMENT)
        new.append(known[arn])
    ManagedPolicy.objects.bulk_create(new)
    managed_policies.move_to_own(account.pk, aws_policies.own_rows(account))
    settled = [detail for detail in writing.snapshot.policies if detail["Arn"] not in writing.recent.ids]
    write_versions(account, settled, known)
    return known


def writable_policies(writing: MirrorWrite) -> list[Mapping[str, Any]]:
    """The listed policies that are this account's or AWS's, have a default version, and were not changed or
    deleted here just now.
    """
    owners = (AWS_OWNED, writing.account.account_id)
    return [
        detail
        for detail in writing.snapshot.policies
        if part_of_arn(detail["Arn"], 4) in owners
        and detail["Arn"] not in writing.recent.ids
        and default_version(detail) is not None
    ]


def default_version(detail: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The version that counts, with its document; None where AWS gave none that is one."""
    versions: list[Mapping[str, Any]] = detail.get("PolicyVersionList", [])
    return next((one for one in versions if one.get("IsDefaultVersion") and is_version(one)), None)


def is_version(version: Mapping[str, Any]) -> bool:
    return VERSION_ID.fullmatch(version["VersionId"]) is not None


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
        if policy is None or policy.is_aws or is_stale(policy, detail):
            continue
        listed = {
            (number(row["VersionId"]), row["CreateDate"]): document(row["Document"])
            for row in detail.get("PolicyVersionList", [])
            if is_version(row)
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


def policy_values(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a policy of ``writable_policies``."""
    version = default_version(detail) or {}
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


def differs(policy: ManagedPolicy, values: Mapping[str, Any], documents: Mapping[int, str]) -> bool:
    """Whether a row is not what AWS lists. A version never changes, so for the account's own policies its ID
    and the policy's birth tell whether the document is the same; ``documents`` are those of AWS's.
    """
    if policy.is_aws:
        return aws_policies.differs(policy, values, documents[policy.pk])
    columns = ("default_version_id", "policy_id", "create_date", "path")
    return any(getattr(policy, column) != values[column] for column in columns)


def number(version_id: str) -> int:
    return int(version_id.removeprefix("v"))


def mentioned(writing: MirrorWrite) -> set[str]:
    """ARNs of all policies that a user or group has."""
    found: set[str] = set()
    for detail in [*writing.snapshot.users, *writing.snapshot.groups]:
        found |= {row["PolicyArn"] for row in detail.get("AttachedManagedPolicies", [])}
        if boundary := detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"):
            found.add(boundary)
    return found


def owners(writing: MirrorWrite) -> list[Owner]:
    """The users and groups that are written, without those whose policies were changed here just now."""
    users = [
        Owner(writing.users[detail["UserId"]], detail)
        for detail in writing.details()
        if not writing.recent.has_user(detail["UserName"], writing.users[detail["UserId"]].user_name)
    ]
    groups = {detail["GroupName"].lower(): detail for detail in writing.snapshot.groups}
    return [*users, *(Owner(group, groups[name]) for name, group in writing.groups.items())]


def write_attachments(writing: MirrorWrite, policies: Policies) -> None:
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


def write_inline(writing: MirrorWrite) -> None:
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


def remove_unlisted(writing: MirrorWrite) -> None:
    """The account's rows that AWS no longer lists and nobody has any more, those of AWS's policies too."""
    if writing.snapshot.complete:
        listed = {detail["Arn"] for detail in writing.snapshot.policies}
        rows = ManagedPolicy.objects.filter(account=writing.account, attachments=None, bounded_users=None)
        gone = [
            key
            for key, arn, scope, made in rows.values_list("pk", "arn", "scope", "create_date")
            if arn not in listed
            # Nobody here makes a policy of AWS's, however young the list calls it.
            and (scope == Scope.AWS or not guard.too_fresh_to_remove(made, writing.snapshot.started))
        ]
        ManagedPolicy.objects.filter(pk__in=gone).delete()
