"""A finding as lists show and export it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from iamconsole.addresses import address_in, reverse
from iamconsole.downloads import moment
from reports.findings.rule import Rule
from reports.findings.rules import BY_ID
from reports.models import Finding, Severity
from users.across_ways import way
from users.models import Account

CHUNK = 500
State = Finding.State
# Severity and state -> the type of status that shows them: an icon and a colour beside the word.
SEVERITY_TYPES = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}
STATE_TYPES = {
    State.OPEN: "new",
    State.REOPENED: "warning",
    State.ACKNOWLEDGED: "waiting",
    State.EXEMPT: "inactive",
    State.FIXED: "success",
    State.WITHDRAWN: "inactive",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A finding with the words of its rule. ``way``: the way to it from a list of several accounts."""

    finding: Finding
    way: SafeString | None = None

    @property
    def rule(self) -> Rule:
        return BY_ID[self.finding.rule]

    @property
    def title(self) -> str:
        return self.rule.title

    @property
    def sentence(self) -> str:
        return self.rule.sentence(self.finding)

    @property
    def url(self) -> str:
        return reverse("reports:finding", args=[self.finding.pk])

    @property
    def severity_type(self) -> str:
        return SEVERITY_TYPES[Severity(self.finding.severity)]

    @property
    def state_type(self) -> str:
        return STATE_TYPES[State(self.finding.state)]

    @property
    def state(self) -> str:
        return State(self.finding.state).label

    @property
    def is_of_user(self) -> bool:
        """Whether the name of the user says more than that of the subject does."""
        return bool(self.finding.user_name) and self.finding.user_name != self.finding.name

    @property
    def spoken(self) -> str:
        """What a check box selects."""
        return f"{self.title}: {self.finding.name}"


def rows_of(findings: Iterable[Finding], here: str = "") -> list[Row]:
    """The rows of a page. ``here``: the account that one acts in, for a list of several accounts."""
    return [Row(finding, way_to(finding, here) if here else None) for finding in findings]


def way_to(finding: Finding, here: str) -> SafeString:
    """The way to a finding's page in its account."""
    account = finding.account
    url = address_in(account.account_id, "reports:finding", finding.pk)
    return way(account, url, BY_ID[finding.rule].title, here)


def iso_day(day: date | None) -> str | None:
    return day.isoformat() if day else None


# Column of the export -> what it is as data.
VALUES: Mapping[str, Callable[[Finding, Account], Any]] = {
    "account_id": lambda finding, account: account.account_id,
    "account": lambda finding, account: account.label,
    "finding_id": lambda finding, account: str(finding.pk),
    "rule": lambda finding, account: finding.rule,
    "finding": lambda finding, account: BY_ID[finding.rule].title,
    "severity": lambda finding, account: Severity(finding.severity).label.lower(),
    "state": lambda finding, account: finding.state,
    "subject_kind": lambda finding, account: BY_ID[finding.rule].kind.value,
    "subject": lambda finding, account: finding.name,
    "user_name": lambda finding, account: finding.user_name,
    "detail": lambda finding, account: BY_ID[finding.rule].sentence(finding),
    "owner": lambda finding, account: finding.owner,
    "opened": lambda finding, account: moment(finding.opened_at),
    "first_opened": lambda finding, account: moment(finding.first_opened_at),
    "due_date": lambda finding, account: iso_day(finding.due_date),
    "overdue": lambda finding, account: finding.overdue,
    "exempt_until": lambda finding, account: iso_day(finding.exempt_until),
    "closed": lambda finding, account: moment(finding.closed_at),
    "ticket": lambda finding, account: finding.ticket,
    "controls": lambda finding, account: "; ".join(map(str, BY_ID[finding.rule].standards)),
}


def exported(findings: QuerySet[Finding], accounts: Iterable[Account]) -> Iterator[list[Any]]:
    """One list per finding, read in chunks. ``accounts``: all that have one."""
    by_key = {account.pk: account for account in accounts}
    for finding in findings.iterator(chunk_size=CHUNK):
        account = by_key[finding.account_id]
        yield [value(finding, account) for value in VALUES.values()]
