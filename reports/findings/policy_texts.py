"""Policies that give everything, or everything in a service: their statements are asked, not their names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from iamconsole.policy import Policy, Statement
from reports.findings.shared import once
from users.models import Account, InlinePolicy, ManagedPolicy, PolicyAttachment, Scope
from users.models.policies import compiled

# Most texts have no action that a wildcard ends, however JSON may write it, and are not read at all.
HAS_WILDCARD = Q(document__contains='*"') | Q(document__contains="\\")


def is_everything(action: str) -> bool:
    """``*``, and ways of writing the same."""
    return "*" in action and set(action) <= {"*", ":"}


def gives_everything(policy: Policy) -> bool:
    """Whether a statement allows all actions on all resources, on whatever conditions."""
    return any(
        row.allow and row.everywhere and not row.not_action and any(map(is_everything, row.actions))
        for row in policy.statements
    )


def whole_services(policy: Policy) -> list[str]:
    """The services that a statement allows everything in, on whatever resources, in their order."""
    return sorted({service for row in policy.statements if row.allow for service in _services(row)})


def _services(row: Statement) -> Iterator[str]:
    for action in () if row.not_action else row.actions:
        service, _, rest = action.lower().partition(":")
        if rest and set(rest) == {"*"} and "*" not in service:
            yield service


@dataclass(frozen=True, slots=True)
class Text:
    """A policy that a rule has something to say of. ``users`` and ``groups``: to how many it is attached."""

    account: int
    pk: int
    arn: str
    name: str
    everything: bool
    services: tuple[str, ...]
    users: int = 0
    groups: int = 0


@once
def customer_policies(accounts: Sequence[Account]) -> list[Text]:
    """Customer managed policies whose default version gives everything, or everything in a service."""
    rows = ManagedPolicy.objects.filter(HAS_WILDCARD, account__in=accounts, scope=Scope.LOCAL).order_by()
    columns: Any = rows.values_list("account", "pk", "arn", "policy_name", "document")
    found = [text for row in columns.iterator() if (text := _text(*row))]
    return list(_with_numbers(accounts, found))


def _text(account: int, pk: int, arn: str, name: str, document: str) -> Text | None:
    policy = compiled(document)
    everything, services = gives_everything(policy), tuple(whole_services(policy))
    return Text(account, pk, arn, name, everything, services) if everything or services else None


def _with_numbers(accounts: Sequence[Account], texts: Sequence[Text]) -> Iterator[Text]:
    used = attachments(accounts, PolicyAttachment.objects.filter(policy__account__in=accounts))
    for text in texts:
        users, groups = used.get((text.account, text.pk), (0, 0))
        yield Text(text.account, text.pk, text.arn, text.name, text.everything, text.services, users, groups)


def attachments(
    accounts: Sequence[Account], rows: QuerySet[PolicyAttachment]
) -> dict[tuple[int, int], tuple[int, int]]:
    """To how many users and groups of an account policies are attached, by the keys of both."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for place, holder in enumerate(("user__account", "group__account")):
        mine: Any = rows.filter(**{f"{holder}__in": accounts}).order_by()
        for account, policy, number in mine.values_list(holder, "policy").annotate(number=Count("pk")):
            users, groups = found.get((account, policy), (0, 0))
            found[account, policy] = (number, groups) if place == 0 else (users, number)
    return found


@once
def aws_policies(accounts: Sequence[Account]) -> list[Text]:
    """AWS managed policies in use that give everything."""
    wide = {
        row.pk: row
        for row in ManagedPolicy.objects.filter(HAS_WILDCARD, scope=Scope.AWS).order_by().iterator()
        if gives_everything(compiled(row.document))
    }
    used = attachments(accounts, PolicyAttachment.objects.filter(policy__in=list(wide)))
    return [
        Text(account, pk, wide[pk].arn, wide[pk].policy_name, True, (), users, groups)
        for (account, pk), (users, groups) in used.items()
    ]


@dataclass(frozen=True, slots=True)
class Inline:
    """An inline policy that gives everything, and whose it is."""

    account: int
    name: str
    user: int | None
    user_id: str
    user_name: str
    group_id: str
    group_name: str


@once
def inline_policies(accounts: Sequence[Account]) -> list[Inline]:
    """Inline policies of users and groups that give everything."""
    found = []
    for holder, name in (("user", "user_name"), ("group", "group_name")):
        rows = InlinePolicy.objects.filter(HAS_WILDCARD, **{f"{holder}__account__in": accounts}).order_by()
        columns: Any = rows.values_list(
            f"{holder}__account",
            holder,
            f"{holder}__{holder}_id",
            f"{holder}__{name}",
            "policy_name",
            "document",
        )
        for account, pk, unique_id, holder_name, policy_name, document in columns.iterator():
            if gives_everything(compiled(document)):
                of_user = holder == "user"
                found.append(
                    Inline(
                        account,
                        policy_name,
                        pk if of_user else None,
                        unique_id if of_user else "",
                        holder_name if of_user else "",
                        "" if of_user else unique_id,
                        "" if of_user else holder_name,
                    )
                )
    return found
