"""Writing the mirror of managed policies, with their versions."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from iamconsole.arn import AWS_OWNED
from iamconsole.sync import guard
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Mirror
from iamconsole.sync.told import FOLLOWS, GIVEN, OURS, Told
from users import account_details
from users.account_details import document
from users.mirror_parts import Policies
from users.models import ManagedPolicy, PolicyVersion, Scope
from users.models.policies import part_of_arn
from users.policies import aws_mirror as aws_policies
from users.policies import catalogue as managed_policies
from users.policies.newer import NO_DOCUMENT

# As IAM numbers versions; more digits would be no number of ours.
VERSION_ID = re.compile(r"v[1-9][0-9]{0,8}")
# AWS's answers to a call and its lists need not agree on less.
SAME_MOMENT = timedelta(seconds=1)


class ManagedPolicies(Mirror):
    name = "managed policies"
    ids = ("PolicyArn",)
    told = (
        Told(
            ManagedPolicy,
            "Policy",
            {
                "account": GIVEN,
                "arn": GIVEN,
                "scope": GIVEN,
                "partition": GIVEN,
                "policy_name": GIVEN,
                "policy_id": GIVEN,
                "latest_version": OURS,
                "update_date": FOLLOWS,
                "description": GIVEN,
                "read_at": OURS,
            },
            fixed=("create_date",),
        ),
        Told(
            PolicyVersion,
            "PolicyVersion",
            {"policy": GIVEN, "number": GIVEN},
            fixed=("document", "create_date"),
            thing=lambda row: row.policy,
            label="Version",
            name=lambda row: row.version_id,
        ),
    )

    def counts(self, known: Known) -> Mapping[str, int]:
        return {account_details.OPERATION: ManagedPolicy.objects.customer(known.account).count()}

    def write_lists(self, writing: MirrorWrite) -> None:
        write_policies(writing)


class UnlistedPolicies(Mirror):
    name = "unlisted policies"
    after = ("users", "attached policies")

    def write_lists(self, writing: MirrorWrite) -> None:
        remove_unlisted(writing)


def write_policies(writing: MirrorWrite) -> None:
    """Managed policies by ARN. Of AWS's own only what differs from the catalogue is written, as rows of
    this account (``aws_policies``).
    """
    account, details = writing.account, writable_policies(writing)
    known = writing.part(Policies)
    documents = aws_policies.documents_of(known, details)
    new: list[ManagedPolicy] = []
    aws: list[ManagedPolicy] = []
    for detail in details:
        values, policy = policy_values(detail), known.get(detail["Arn"])
        if policy is None or (policy.account_id is None and differs(policy, values, documents)):
            words = policy.description if policy else ""
            made = ManagedPolicy(arn=detail["Arn"], account=account, description=words, **values)
            made.tags = {} if made.is_aws else None
            known[made.arn] = made
            (aws if made.is_aws else new).append(made)
        elif policy.account_id and is_another(policy, values):
            replace_by_namesake(writing, policy, values)
        elif policy.account_id and differs(policy, values, documents):
            writing.save(policy, values)
    for arn in mentioned(writing) - known.keys():
        name = arn.rpartition("/")[2]
        known[arn] = ManagedPolicy(arn=arn, account=account, policy_name=name, document=NO_DOCUMENT)
        known[arn].tags = {} if known[arn].is_aws else None
        aws.append(known[arn])
    writing.create(new)
    # The catalogue, or nothing, stood here for a policy that AWS had all the time: that is no news.
    ManagedPolicy.objects.bulk_create(aws)
    managed_policies.move_to_own(account.pk, aws_policies.own_rows(account))
    listed = account_details.policies(writing.snapshot)
    settled = [detail for detail in listed if detail["Arn"] not in writing.recent.ids]
    write_versions(writing, settled, known)


def writable_policies(writing: MirrorWrite) -> list[Mapping[str, Any]]:
    """The listed policies that are this account's or AWS's, have a default version, and were not changed or
    deleted here just now.
    """
    owners = (AWS_OWNED, writing.account.account_id)
    return [
        detail
        for detail in account_details.policies(writing.snapshot)
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


def is_another(policy: ManagedPolicy, values: Mapping[str, Any]) -> bool:
    """Whether AWS lists another policy under the ARN: unique IDs never come back. Where one of the two is not
    known, the moment tells at which it was made.
    """
    if policy.policy_id and values["policy_id"]:
        return bool(policy.policy_id != values["policy_id"])
    apart = abs(policy.create_date - values["create_date"]) > SAME_MOMENT
    return apart and policy.document != NO_DOCUMENT


def replace_by_namesake(writing: MirrorWrite, policy: ManagedPolicy, values: Mapping[str, Any]) -> None:
    """A policy was deleted and made again under its name. The row, to which attachments lead, becomes the new
    one: nothing of the old one stays, not even what no list tells.
    """
    writing.changes.gone(policy)
    policy.versions.all().delete()
    new = ManagedPolicy(arn=policy.arn, account=writing.account, tags=None, **values)
    for column in policy._meta.concrete_fields:
        if not column.primary_key:
            setattr(policy, column.attname, getattr(new, column.attname))
    policy.save()
    writing.changes.made(policy)


def write_versions(writing: MirrorWrite, details: Sequence[Mapping[str, Any]], known: Policies) -> None:
    """The versions of customer managed policies. A version never changes: it comes, and it goes.

    One of the same number made at another moment belongs to a policy that was made again.
    """
    have: dict[int, dict[tuple[int, datetime], int]] = defaultdict(dict)
    rows = PolicyVersion.objects.filter(policy__account=writing.account)
    for row in rows.defer("document"):
        have[row.policy_id][row.number, row.create_date] = row.pk
    gone: list[int] = []
    new: list[PolicyVersion] = []
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
    writing.remove(*rows.filter(pk__in=gone).select_related("policy"))
    writing.create(new)


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
    columns = ("default_version_id", "policy_id", "create_date", "update_date", "path")
    return any(getattr(policy, column) != values[column] for column in columns)


def number(version_id: str) -> int:
    return int(version_id.removeprefix("v"))


def mentioned(writing: MirrorWrite) -> set[str]:
    """ARNs of all policies that a user or group has."""
    found: set[str] = set()
    for detail in [*writing.snapshot.users, *account_details.groups(writing.snapshot)]:
        found |= {row["PolicyArn"] for row in detail.get("AttachedManagedPolicies", [])}
        if boundary := detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"):
            found.add(boundary)
    return found


def remove_unlisted(writing: MirrorWrite) -> None:
    """The account's rows that AWS no longer lists and nobody has any more, those of AWS's policies too."""
    if writing.snapshot.complete:
        listed = {detail["Arn"] for detail in account_details.policies(writing.snapshot)}
        rows = ManagedPolicy.objects.filter(account=writing.account, attachments=None, bounded_users=None)
        gone = [
            key
            for key, arn, scope, made in rows.values_list("pk", "arn", "scope", "create_date")
            if arn not in listed
            # Nobody here makes a policy of AWS's, however young the list calls it.
            and (scope == Scope.AWS or not guard.too_fresh_to_remove(made, writing.snapshot.started))
        ]
        for policy in ManagedPolicy.objects.filter(pk__in=gone):
            # AWS's own are the catalogue's again: nothing has happened to them.
            if policy.is_aws:
                policy.delete()
            else:
                writing.remove(policy)
