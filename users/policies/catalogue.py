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
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from iamconsole.arn import AWS_OWNED, STANDARD
from iamconsole.policy.formats import PARTITIONS
from users.models import Account, LoadedCatalogue, ManagedPolicy, PolicyAttachment, User

DATA = Path(__file__).parent.parent / "data"
FILES = "aws_managed_policies_*.json.xz"
AWS_POLICY = re.compile(r"arn:aws(-[a-z]+)*:iam::aws:policy/")
# When AWS made the first of them (IAM-FACTS 10.1).
CREATED_UNKNOWN = datetime(2015, 2, 6, 18, 39, 46, tzinfo=UTC)
# Why a policy of the catalogue was kept when others were loaded.
SAME = "the same is known here"
NEWER = "{version} is known here, which is newer"
OTHER_TEXT = "another document is known here under the same version"

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


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of rows that were loaded: ARNs that are new or different, and ARN -> why it was kept."""

    changed: list[str]
    kept: dict[str, str]


def save(rows: Iterable[dict[str, Any]], *, replace: bool = False) -> Saved:
    """Bring the catalogue up to rows that somebody loads. What is known here of a policy and does not change
    at AWS (ID, description, when it was made, the document of a version) stays; ``replace`` takes all of it
    from the rows, older versions too.

    Other policies among the rows are left out: what is loaded must never pass for an account's own policy.
    """
    policies = {row["Arn"]: _policy(row) for row in rows if is_aws_owned(row)}
    with transaction.atomic():
        known = {row.arn: row for row in _locked(policies)}
        kept = {}
        for arn, row in known.items():
            if not replace:
                prefer_known(policies[arn], row)
            keep_known(row, policies[arn])
            if why := why_kept(row, policies[arn], replace=replace):
                kept[arn] = why
        changed = _write([policy for arn, policy in policies.items() if arn not in kept])
    return Saved(changed, kept)


def why_kept(row: ManagedPolicy, other: ManagedPolicy, *, replace: bool) -> str:
    """Why a row of the catalogue stays as it is, "" where ``other`` is written over it."""
    if not differs(row, other):
        return SAME
    if replace or not row.document:
        return ""
    if is_older(other, row):
        return NEWER.format(version=row.default_version_id)
    other_text = row.default_version_id == other.default_version_id and row.document != other.document
    return OTHER_TEXT if other_text else ""


def is_aws_owned(row: Mapping[str, Any]) -> bool:
    return bool(AWS_POLICY.match(str(row.get("Arn", ""))))


def _locked(arns: Iterable[str]) -> QuerySet[ManagedPolicy]:
    return ManagedPolicy.objects.catalogue().filter(arn__in=list(arns)).select_for_update()


def _write(policies: Sequence[ManagedPolicy], *, only_newer: bool = False) -> list[str]:
    """Bring rows of the catalogue up to these, and return the ARNs of those that changed. Linked accounts
    keep what they listed.
    """
    wanted = {policy.arn: policy for policy in policies}
    with transaction.atomic():
        known = {row.arn: row for row in _locked(wanted)}
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
        for policy in new:
            policy.create_date = policy.create_date or CREATED_UNKNOWN
            policy.update_date = policy.update_date or policy.create_date
        # Two starts at once write the same rows.
        ManagedPolicy.objects.bulk_create(new, ignore_conflicts=True, batch_size=200)
    return sorted(policy.arn for policy in (*changed, *new))


def prefer_known(policy: ManagedPolicy, row: ManagedPolicy) -> None:
    """Give ``policy`` what AWS never changes of one, as ``row`` knows it."""
    policy.policy_id = row.policy_id or policy.policy_id
    policy.description = row.description or policy.description
    if row.create_date != CREATED_UNKNOWN:
        policy.create_date = row.create_date


def keep_known(row: ManagedPolicy, other: ManagedPolicy) -> None:
    """Give ``other`` what only ``row`` knows, and its text where the document is the same."""
    other.policy_id = other.policy_id or row.policy_id
    other.description = other.description or row.description
    other.create_date = other.create_date or row.create_date
    other.update_date = other.update_date or row.update_date
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


def _policy(row: dict[str, Any]) -> ManagedPolicy:
    """A policy by a row; its dates are None where the row has none."""
    document = row["Document"]
    policy = ManagedPolicy(
        arn=row["Arn"],
        policy_name=row["PolicyName"],
        policy_id=row.get("PolicyId") or "",
        path=row["Path"],
        description=row.get("Description") or "",
        default_version_id=row["DefaultVersionId"],
        document=document if isinstance(document, str) else json.dumps(document),
    )
    created, updated = (_moment(row.get(name)) for name in ("CreateDate", "UpdateDate"))
    policy.create_date, policy.update_date = created, updated or created  # type: ignore[assignment]
    return policy


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
