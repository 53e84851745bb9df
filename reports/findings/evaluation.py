"""Open and close findings: what the rules say of accounts is compared with what is written, and only the
differences are written. An account that did not change writes nothing.

What people decided is left alone, but for an exemption whose day is over. Nothing else opens or closes
findings.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from iamconsole.portions import PORTION, portions
from reports.findings import sums
from reports.findings.owners import Owners
from reports.findings.rule import Fault, Rule, today
from reports.findings.rules import RULES
from reports.findings.shared import reading_once
from reports.models import Exemption, Finding, FindingChange, RuleLevel, Severity
from users.models import Account

# Days to the due date, by severity.
DUE_DAYS = {Severity.CRITICAL: 1, Severity.HIGH: 7, Severity.MEDIUM: 30, Severity.LOW: 90}
KEPT = ("name", "user", "user_name", "facts", "severity", "owner", "due_date")

Key = tuple[int, str]  # account and subject, within a rule


@dataclass(slots=True)
class Differences:
    """How many findings were written, by what happened to them."""

    opened: int = 0
    reopened: int = 0
    changed: int = 0
    fixed: int = 0
    withdrawn: int = 0

    def __bool__(self) -> bool:
        return any((self.opened, self.reopened, self.changed, self.fixed, self.withdrawn))


def due_on(severity: int, opened_at: datetime) -> date:
    """The day by which a finding of that severity should be done."""
    return opened_at.astimezone(UTC).date() + timedelta(days=DUE_DAYS[Severity(severity)])


def evaluate(accounts: Sequence[Account], rules: Sequence[Rule] = RULES) -> Differences:
    """Bring the findings of the accounts up to date. The number of queries does not grow with them, but for
    writing what differs.
    """
    return Evaluation(accounts, rules).run() if accounts else Differences()


@dataclass(slots=True)
class Pending:
    """What is to be written."""

    new: list[Finding] = field(default_factory=list)
    reopened: list[Finding] = field(default_factory=list)
    changed: list[Finding] = field(default_factory=list)
    fixed: list[Finding] = field(default_factory=list)
    withdrawn: list[Finding] = field(default_factory=list)
    exemptions_over: list[Finding] = field(default_factory=list)


class Evaluation:
    """One evaluation of some accounts. They should be few enough that their findings fit in memory."""

    def __init__(self, accounts: Sequence[Account], rules: Sequence[Rule]) -> None:
        self.accounts, self.rules = accounts, rules
        self.now, self.today = timezone.now(), today()
        self.owners = Owners(accounts)
        self.current: dict[str, dict[Key, Finding]] = {rule.id: {} for rule in rules}
        for row in current_findings(accounts, rules):
            self.current[row.rule][key_of(row)] = row
        self.off = rules_off(accounts)
        self.pending = Pending()
        self.results = sums.Results()

    def run(self) -> Differences:
        with reading_once():
            for rule in self.rules:
                self.apply(rule)
        written = self.write()
        sums.keep(self.accounts, self.rules, self.results)
        return written

    def apply(self, rule: Rule) -> None:
        """Compare one rule's faults with its current findings."""
        off = [account for account in self.accounts if (account.pk, rule.id) in self.off]
        unread = rule.not_known(self.accounts)
        judged = [account for account in self.accounts if account not in off and account.pk not in unread]
        faults = list(rule.faults(judged)) if judged else []
        self.results.note(rule, judged, off, unread, rule.population(judged) if judged else {})
        self.open(rule, faults)
        keys = {(fault.account, fault.subject) for fault in faults}
        self.close(rule, {account.pk for account in judged}, keys, self.pending.fixed)
        self.close(rule, {account.pk for account in off}, set(), self.pending.withdrawn)

    def open(self, rule: Rule, faults: Iterable[Fault]) -> None:
        unseen: list[Fault] = []
        for fault in faults:
            row = self.current[rule.id].get((fault.account, fault.subject))
            if row is None:
                unseen.append(fault)
            else:
                self.keep(rule, row, fault)
        closed = {key_of(row): row for row in closed_findings(rule, unseen)}
        for fault in unseen:
            row = closed.get((fault.account, fault.subject))
            if row is None:
                self.pending.new.append(
                    self.filled(rule, Finding(account_id=fault.account, rule=rule.id), fault)
                )
            else:
                self.pending.reopened.append(self.filled(rule, row, fault))

    def filled(self, rule: Rule, row: Finding, fault: Fault) -> Finding:
        """The row, open from now on, with what the fault tells."""
        if row._state.adding:
            row.subject, row.first_opened_at, row.state = fault.subject, self.now, Finding.State.OPEN
        else:
            row.state, row.due_chosen = Finding.State.REOPENED, False
        row.opened_at, row.closed_at, row.exempt_until = self.now, None, None
        row.warned_at = row.last_warned_at = row.act_on = None
        self.tell(rule, row, fault)
        return row

    def tell(self, rule: Rule, row: Finding, fault: Fault) -> bool:
        """Put what the fault tells into the row; whether anything is new."""
        severity = int(fault.severity or rule.severity)
        wanted = {
            "name": fault.name,
            "user_id": fault.user,
            "user_name": fault.user_name,
            "facts": dict(fault.facts),
            "severity": severity,
            "owner": row.owner if row.owner_chosen else self.owners.of(fault),
            "due_date": row.due_date if row.due_chosen else due_on(severity, row.opened_at),
        }
        differs = [name for name, value in wanted.items() if getattr(row, name) != value]
        for name in differs:
            setattr(row, name, wanted[name])
        return bool(differs)

    def keep(self, rule: Rule, row: Finding, fault: Fault) -> None:
        """A finding that stays; one whose exemption is over waits again."""
        is_over = row.state == Finding.State.EXEMPT and row.exempt_until and row.exempt_until < self.today
        if is_over:
            self.pending.exemptions_over.append(self.filled(rule, row, fault))
        elif self.tell(rule, row, fault):
            self.pending.changed.append(row)

    def close(self, rule: Rule, accounts: set[int], keys: Collection[Key], into: list[Finding]) -> None:
        """Findings of the rule in these accounts that no fault stands behind any more."""
        into += [
            row
            for key, row in self.current[rule.id].items()
            if row.account_id in accounts and key not in keys
        ]

    def write(self) -> Differences:
        """Write what is pending in parts; each condition holds against what people do meanwhile."""
        pending, kind = self.pending, FindingChange.Kind
        for part in portions(pending.new):
            Finding.objects.bulk_create(part, ignore_conflicts=True)
        for part in portions(pending.changed):
            Finding.objects.bulk_update(part, KEPT)
        reopened = self.rewrite(pending.reopened, kind.REOPENED)
        reopened += self.rewrite(pending.exemptions_over, kind.EXEMPTION_ENDED)
        fixed = self.end(pending.fixed, Finding.State.FIXED, kind.FIXED)
        withdrawn = self.end(pending.withdrawn, Finding.State.WITHDRAWN, kind.WITHDRAWN)
        return Differences(len(pending.new), reopened, len(pending.changed), fixed, withdrawn)

    def rewrite(self, rows: Sequence[Finding], kind: FindingChange.Kind) -> int:
        """Rows that wait again, and why."""
        columns = (
            "state",
            "opened_at",
            "closed_at",
            "exempt_until",
            "due_chosen",
            "warned_at",
            "last_warned_at",
        )
        for part in portions(rows):
            with transaction.atomic():
                Finding.objects.bulk_update(part, (*KEPT, *columns, "act_on"))
                running = Exemption.objects.filter(finding__in=part, granted_at__isnull=False, ended_at=None)
                running.update(ended_at=self.now)
                self.history(part, kind)
        return len(rows)

    def end(self, rows: Sequence[Finding], state: Finding.State, kind: FindingChange.Kind) -> int:
        for part in portions(rows):
            with transaction.atomic():
                mine = Finding.objects.current().filter(pk__in=[row.pk for row in part])
                mine.update(state=state, closed_at=self.now, exempt_until=None, act_on=None)
                Exemption.objects.filter(finding__in=part, ended_at=None).update(ended_at=self.now)
                self.history(part, kind)
        return len(rows)

    def history(self, rows: Iterable[Finding], kind: FindingChange.Kind) -> None:
        FindingChange.objects.bulk_create(
            [FindingChange(finding=row, at=self.now, kind=kind) for row in rows], batch_size=PORTION
        )


def key_of(row: Finding) -> Key:
    return row.account_id, row.subject


def current_findings(accounts: Sequence[Account], rules: Sequence[Rule]) -> Iterator[Finding]:
    names = [rule.id for rule in rules]
    return Finding.objects.current().filter(account__in=accounts, rule__in=names).order_by().iterator(PORTION)


def closed_findings(rule: Rule, faults: Sequence[Fault]) -> Iterator[Finding]:
    """Findings of before that the faults open again."""
    by_account: dict[int, list[str]] = defaultdict(list)
    for fault in faults:
        by_account[fault.account].append(fault.subject)
    closed = Finding.objects.exclude(state__in=Finding.CURRENT).filter(rule=rule.id).order_by()
    if not by_account or not closed.filter(account__in=list(by_account)).exists():
        return
    for account, subjects in by_account.items():
        for part in portions(subjects):
            yield from closed.filter(account=account, subject__in=part)


def rules_off(accounts: Sequence[Account]) -> set[tuple[int, str]]:
    off = RuleLevel.objects.filter(account__in=accounts, level=RuleLevel.Level.OFF)
    return {(account, rule) for account, rule in off.order_by().values_list("account_id", "rule")}
