"""The catalogue of AWS managed policies: what ships with the console (IAM-FACTS 2.23), what is loaded, and
how linked accounts keep their own rows beside it.

It ships as one compressed file with its day in the name (``users/data/make_catalogue.py`` makes it), and is
written to the database once for each file and partition. IDs and descriptions that are not known are "".
"""

import json
import lzma
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from iamconsole.arn import AWS_OWNED, STANDARD
from iamconsole.policy.formats import PARTITIONS
from users.models import Account, LoadedCatalogue, ManagedPolicy, PolicyAttachment, User

DATA = Path(__file__).parent.parent / "data"
FILES = "aws_managed_policies_*.json.xz"
AWS_POLICY = re.compile(r"arn:aws(-[a-z]+)*:iam::aws:policy/")
CREATED_UNKNOWN = "2015-02-06T18:39:46+00:00"  # when AWS made the first of them (IAM-FACTS 10.1)

COLUMNS = [
    "policy_name",
    "policy_id",
    "path",
    "description",
    "default_version_id",
    "document",
    "create_date",
    "update_date",
]


@cache
def shipped_file() -> Path:
    """The file that ships; with several the newest."""
    return max(DATA.glob(FILES))


def shipped_on() -> date:
    """The day of the newest policy that ships."""
    return date.fromisoformat(shipped_file().name.partition(".")[0].rpartition("_")[2])


def load() -> None:
    """Bring the catalogue up to what ships, in each partition that an account is in.

    Done once for each file: two short queries after that. A version that was loaded on purpose and is newer
    than the shipped one stays.
    """
    partitions = {"aws", *Account.objects.order_by().values_list("partition", flat=True).distinct()}
    for partition in sorted(partitions & PARTITIONS - {"*"} - _loaded()):
        load_partition(partition)


def load_partition(partition: str) -> None:
    """The same for one partition; nothing for one that AWS does not have."""
    if partition in PARTITIONS - {"*"} - _loaded():
        with transaction.atomic():
            _write([_policy(row) for row in shipped(partition)], only_newer=True)
            note_loaded(partition)


def _loaded() -> set[str]:
    """The partitions that have the shipped file already."""
    rows = LoadedCatalogue.objects.filter(file=shipped_file().name)
    return set(rows.values_list("partition", flat=True))


def note_loaded(partition: str) -> None:
    """Remember that a partition has the shipped file. Two starts at once write the same."""
    row = LoadedCatalogue(partition=partition, file=shipped_file().name)
    LoadedCatalogue.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["partition"], update_fields=["file"]
    )


def shipped(partition: str) -> list[dict[str, Any]]:
    """The shipped policies with the ARNs of a partition, in themselves and in their documents.

    They were read in ``aws``. What a linked account of another partition lists differently is a row of its
    own (users.policies.aws_mirror).
    """
    rows: list[dict[str, Any]] = json.loads(lzma.decompress(shipped_file().read_bytes()))
    for row in rows:
        row["Arn"] = f"arn:{partition}:iam::{AWS_OWNED}:policy{row['Path']}{row['PolicyName']}"
        row["Document"] = row["Document"].replace(f'"arn:{STANDARD}:', f'"arn:{partition}:')
    return rows


def save(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Write AWS managed policies to the catalogue, whatever versions it has. Returns the ARNs of those that
    are new or different.

    Other policies among the rows are left out: what is loaded must never pass for an account's own policy.
    """
    policies = [_policy(row) for row in rows if is_aws_owned(row)]
    return _write(policies)


def is_aws_owned(row: Mapping[str, Any]) -> bool:
    return bool(AWS_POLICY.match(str(row.get("Arn", ""))))


def _write(policies: Sequence[ManagedPolicy], *, only_newer: bool = False) -> list[str]:
    """Bring rows of the catalogue up to these, and return the ARNs of those that changed. Linked accounts
    keep what they listed.
    """
    wanted = {policy.arn: policy for policy in policies}
    with transaction.atomic():
        rows = ManagedPolicy.objects.catalogue().filter(arn__in=wanted).select_for_update()
        known = {row.arn: row for row in rows}
        for row in known.values():
            keep_known(row, wanted[row.arn])
        changed = [
            row
            for row in known.values()
            if differs(row, wanted[row.arn]) and not (only_newer and is_older(wanted[row.arn], row))
        ]
        keep_listed(changed)
        for row in changed:
            for column in COLUMNS:
                setattr(row, column, getattr(wanted[row.arn], column))
            row.save(update_fields=COLUMNS)
        new = [policy for arn, policy in wanted.items() if arn not in known]
        # Two starts at once write the same rows.
        ManagedPolicy.objects.bulk_create(new, ignore_conflicts=True, batch_size=200)
    return sorted(policy.arn for policy in (*changed, *new))


def keep_known(row: ManagedPolicy, other: ManagedPolicy) -> None:
    """Give ``other`` what only ``row`` knows, and its text where the document is the same."""
    other.policy_id = other.policy_id or row.policy_id
    other.description = other.description or row.description
    if same_document(row.document, other.document):
        other.document = row.document


def differs(row: ManagedPolicy, other: ManagedPolicy) -> bool:
    """Whether the two are not the same in everything that is kept of a policy."""
    return any(getattr(row, column) != getattr(other, column) for column in COLUMNS)


def is_older(policy: ManagedPolicy, other: ManagedPolicy) -> bool:
    return version_number(policy.default_version_id) < version_number(other.default_version_id)


def version_number(version_id: str) -> int:
    return int(version_id.removeprefix("v"))


def same_document(text: str, other: str) -> bool:
    """Whether two documents are the same but for white space and the order of members."""
    try:
        return text == other or bool(json.loads(text) == json.loads(other))
    except ValueError:
        return False


def keep_listed(changed: Sequence[ManagedPolicy]) -> None:
    """Give the accounts that AWS lists a row of their own before the catalogue changes under them:
    what they listed is what counts for them until they list something else.
    """
    ours = Account.objects.exclude(kind=Account.Kind.LOCAL)
    by_pk = {policy.pk: policy for policy in changed}
    attached = PolicyAttachment.objects.filter(policy__in=by_pk).order_by()
    holding: set[Any] = {
        *attached.filter(user__account__in=ours).values_list("user__account", "policy").distinct(),
        *attached.filter(group__account__in=ours).values_list("group__account", "policy").distinct(),
        *User.objects.filter(permissions_boundary__in=by_pk, account__in=ours)
        .order_by()
        .values_list("account", "permissions_boundary")
        .distinct(),
    }
    copies: dict[int, list[ManagedPolicy]] = defaultdict(list)
    for account, policy in holding:
        values = {column: getattr(by_pk[policy], column) for column in COLUMNS}
        copies[account].append(ManagedPolicy(arn=by_pk[policy].arn, account_id=account, **values))
    for account, rows in copies.items():
        ManagedPolicy.objects.bulk_create(rows)
        move_to_own(account, {row.arn: row for row in rows})


def move_to_own(account: int, own: Mapping[str, ManagedPolicy]) -> None:
    """Turn an account's attachments and boundaries from the catalogue's rows to its own, given by ARN."""
    mine = Q(user__account=account) | Q(group__account=account)
    attached = PolicyAttachment.objects.filter(mine, policy__account=None).order_by()
    bounded = User.objects.filter(account=account, permissions_boundary__account=None).order_by()
    arns = {
        *attached.values_list("policy__arn", flat=True).distinct(),
        *bounded.filter(permissions_boundary__isnull=False)
        .values_list("permissions_boundary__arn", flat=True)
        .distinct(),
    }
    for arn in arns & own.keys():
        here = PolicyAttachment.objects.filter(policy=own[arn])
        rows = attached.filter(policy__arn=arn)
        rows.filter(user__in=here.filter(user__isnull=False).values("user")).delete()
        rows.filter(group__in=here.filter(group__isnull=False).values("group")).delete()
        # By key: an UPDATE joins no other table.
        PolicyAttachment.objects.filter(pk__in=rows.values("pk")).update(policy=own[arn])
        bounded.filter(permissions_boundary__arn=arn).update(permissions_boundary=own[arn])


def in_file(text: str) -> list[dict[str, Any]]:
    """The AWS managed policies of a JSON file: a list of them, a mapping by name, or the answer of
    GetAccountAuthorizationDetails, with the default version's document. Raises ValueError.
    """
    content = json.loads(text)
    if isinstance(content, dict) and "Policies" in content:
        content = content["Policies"]
    if isinstance(content, dict):
        content = [{"PolicyName": name, **row} for name, row in content.items()]
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise ValueError("it does not contain a list of policies")
    return [_of_file(row) for row in content if is_aws_owned(row)]


def _of_file(row: dict[str, Any]) -> dict[str, Any]:
    """One policy with its default version's document beside the other members."""
    versions = {version["VersionId"]: version for version in row.get("PolicyVersionList", ())}
    document = row.get("Document") or versions[row["DefaultVersionId"]]["Document"]
    if isinstance(document, str):
        document = json.loads(document)
    created = row.get("CreateDate") or CREATED_UNKNOWN
    return {
        "PolicyName": row["Arn"].rpartition("/")[2],
        "Path": "/",
        **row,
        "Document": document,
        "CreateDate": created,
    }


def _policy(row: dict[str, Any]) -> ManagedPolicy:
    document = row["Document"]
    created = datetime.fromisoformat(row["CreateDate"])
    updated = row.get("UpdateDate")
    return ManagedPolicy(
        arn=row["Arn"],
        policy_name=row["PolicyName"],
        policy_id=row.get("PolicyId", ""),
        path=row["Path"],
        description=row.get("Description", ""),
        default_version_id=row["DefaultVersionId"],
        document=document if isinstance(document, str) else json.dumps(document),
        create_date=created,
        update_date=datetime.fromisoformat(updated) if updated else created,
    )
