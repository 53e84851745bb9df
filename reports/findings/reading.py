"""Which findings a person may read: those of the rules whose facts it may read, as AWS would be asked."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from iamconsole.operations import Caller, require
from iamconsole.operations.page_reads import LIST_FINDINGS
from iamconsole.templatetags.console import absolute
from reports.findings.rule import Rule
from reports.findings.rules import RULES
from reports.models import CredentialReport, Finding
from users.accounts.across import Seen
from users.callers.account_rows import acting_account
from users.callers.build import role_permits
from users.models import Account
from users.requests import ConsoleRequest

# Actions that AWS judges on a user; the others on the account or on a list of it.
OF_USERS = frozenset(
    f"iam:{name}"
    for name in (
        "GetAccessKeyLastUsed",
        "GetLoginProfile",
        "GetUser",
        "ListAccessKeys",
        "ListAttachedUserPolicies",
        "ListGroupsForUser",
        "ListMFADevices",
        "ListServiceSpecificCredentials",
        "ListSigningCertificates",
        "ListSSHPublicKeys",
        "ListUserPolicies",
        "ListUserTags",
    )
)
Permits = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class FactsOf:
    """Where the facts of an account come from, and of when; ``at`` None: of this moment, or never."""

    source: str
    at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.source}, {absolute(self.at)}" if self.at else self.source


def rules_for(permits: Permits) -> tuple[Rule, ...]:
    """The rules all of whose reads are permitted, in the order of pages."""
    answers: dict[str, bool] = {}
    for rule in RULES:
        for action in rule.reads:
            if action not in answers:
                answers[action] = permits(action)
    return tuple(rule for rule in RULES if all(answers[action] for action in rule.reads))


def rules_of(caller: Caller) -> tuple[Rule, ...]:
    """The rules whose findings a caller may read."""

    def permits(action: str) -> bool:
        return caller.permits(action, caller.arns.any_user if action in OF_USERS else "")

    return rules_for(permits)


def may_list(caller: Caller) -> bool:
    return caller.permits(LIST_FINDINGS)


def account_of(request: ConsoleRequest) -> Account:
    """The caller's account, for whoever may list its findings. Raises AccessDenied."""
    require(request.caller, LIST_FINDINGS)
    return acting_account(request)


def readable(account: Account, rules: Iterable[Rule]) -> QuerySet[Finding]:
    """The findings of some rules in an account."""
    return Finding.objects.filter(account=account, rule__in=[rule.id for rule in rules])


def rules_across(own: Caller, seen: Sequence[Seen]) -> dict[Account, tuple[Rule, ...]]:
    """The rules that a person may read in each account in sight."""
    of_role: dict[str, tuple[Rule, ...]] = {}
    found = {}
    for one in seen:
        if not one.roles:
            found[one.account] = rules_of(own)
            continue
        role = one.roles[0]
        if role not in of_role:
            of_role[role] = rules_for(lambda action, role=role: role_permits(role, action))  # type: ignore[misc]
        found[one.account] = of_role[role]
    return found


def readable_across(rules: Mapping[Account, Sequence[Rule]]) -> QuerySet[Finding]:
    """The findings in several accounts, in each those of the rules that may be read there."""
    together: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for account, readable_there in rules.items():
        together[tuple(rule.id for rule in readable_there)].append(account.pk)
    where = Q(pk__in=[])
    for names, accounts in together.items():
        where |= Q(account__in=accounts, rule__in=names)
    return Finding.objects.filter(where)


def facts_of(account: Account) -> FactsOf:
    """Where what the rules judge comes from, and its age."""
    if account.kind == Account.Kind.LOCAL:
        return FactsOf("Live")
    if account.kind == Account.Kind.LINKED:
        synced = account.link.synced_at
        return FactsOf("Last sync", synced) if synced else FactsOf("Never synced")
    if account.snapshot_at:
        return FactsOf("As it was when the account was unlinked", account.snapshot_at)
    uploads = CredentialReport.objects.filter(account=account, source=CredentialReport.Source.UPLOAD)
    made = uploads.order_by("-generated_at").values_list("generated_at", flat=True).first()
    return FactsOf("Credential report", made) if made else FactsOf("Credential report")
