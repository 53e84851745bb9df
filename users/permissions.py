"""What a user is permitted, as rows for people: attached and inline policies, own and of groups."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import QuerySet
from django.db.models.functions import Lower

from users.models import Group, InlinePolicy, ManagedPolicy, PolicyAttachment, User

Policies = TypeVar("Policies", bound=PolicyAttachment | InlinePolicy)


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """One policy that counts for the user; ``group`` is "" where it is the user's own."""

    name: str
    kind: str
    arn: str
    group: str
    description: str
    document: str
    inline_pk: int | None = None
    policy_pk: int | None = None

    @property
    def attached(self) -> bool:
        """Whether it is a managed policy on the user itself, so that it can be detached here."""
        return bool(self.arn) and not self.group


def permission_rows(user: User) -> list[PermissionRow]:
    """All policies of the user by name; direct ones before those of groups."""
    return _rows(
        of_user(PolicyAttachment.objects.select_related("policy", "group"), user),
        of_user(InlinePolicy.objects.select_related("group"), user),
    )


def of_user(rows: QuerySet[Policies], user: User) -> list[Policies]:
    """The user's own rows, then those of its groups.

    Each is asked for by itself: for "one or the other" the database would read the attachments of all
    accounts, each as often as its group has members.
    """
    return [*rows.filter(user=user), *rows.filter(group__memberships__user=user)]


def group_permission_rows(group: Group) -> list[PermissionRow]:
    """All policies of the group by name."""
    return _rows(
        group.policy_attachments.select_related("policy", "group"),
        group.inline_policies.select_related("group"),
    )


def _rows(attached: Iterable[PolicyAttachment], inline: Iterable[InlinePolicy]) -> list[PermissionRow]:
    rows = [
        PermissionRow(
            row.policy.policy_name,
            row.policy.kind,
            row.policy.arn,
            row.group.group_name if row.group else "",
            row.policy.description,
            readable(row.policy.document),
            policy_pk=row.policy.pk,
        )
        for row in attached
    ]
    rows += [
        PermissionRow(
            row.policy_name,
            "Inline",
            "",
            row.group.group_name if row.group else "",
            "",
            readable(row.document),
            row.pk,
        )
        for row in inline
    ]
    return sorted(rows, key=lambda row: (row.name.lower(), row.group.lower()))


def readable(document: str) -> str:
    """A policy document with line breaks; as it stands where it is no JSON, or has half a character."""
    try:
        text = json.dumps(json.loads(document), indent=2, ensure_ascii=False)
        text.encode()
    except ValueError:
        return document
    return text


def attachable(account_id: str) -> QuerySet[ManagedPolicy]:
    """The managed policies that users of the account can be given: AWS's and the account's own."""
    return ManagedPolicy.objects.known_to(account_id).for_users().order_by(Lower("policy_name"), "arn")
