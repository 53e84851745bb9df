"""Sums of findings by account and rule, and by account and day, for the dashboard and lists of accounts.

Kept by evaluation for whole accounts, and by what people decide for one rule. Only differences are written.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, Subquery

from iamconsole.not_known import NotKnown
from reports.findings.rule import Population, Rule, today
from reports.models import Finding, FindingsOfDay, RuleResult, Severity
from users.models import Account

Verdict = RuleResult.Verdict
COLUMNS = ("severity", "verdict", "subjects", "to_do", "exempt")
OF_SEVERITY = {severity: severity.name.lower() for severity in Severity}  # columns of FindingsOfDay
TO_DO = Count("pk", filter=Q(state__in=Finding.TO_DO))
EXEMPT = Count("pk", filter=Q(state=Finding.State.EXEMPT))


class Results:
    """What an evaluation found out about rules, beside their findings."""

    def __init__(self) -> None:
        self.verdicts: dict[tuple[int, str], Verdict] = {}
        self.subjects: dict[tuple[int, str], int] = {}

    def note(
        self,
        rule: Rule,
        judged: Iterable[Account],
        off: Iterable[Account],
        unread: Mapping[int, NotKnown],
        population: Population,
    ) -> None:
        """One rule's part: accounts it was applied to, those where it is off, those where it cannot be."""
        self.verdicts |= {(pk, rule.id): Verdict.NOT_KNOWN for pk in unread}
        self.verdicts |= {(account.pk, rule.id): Verdict.OFF for account in off}
        for account in judged:
            number = population.get(account.pk, 0)
            self.subjects[account.pk, rule.id] = number
            self.verdicts[account.pk, rule.id] = Verdict.PASS if number else Verdict.NOT_APPLICABLE


def keep(accounts: Sequence[Account], rules: Sequence[Rule], results: Results) -> None:
    """Write the sums of the accounts where they differ from what is written."""
    counts = _counts(accounts, [rule.id for rule in rules])
    written = {(row.account_id, row.rule): row for row in RuleResult.objects.filter(account__in=accounts)}
    changed = []
    for rule in rules:
        for account in accounts:
            key = account.pk, rule.id
            count = counts.get(key, {"to_do": 0, "exempt": 0, "worst": None})
            verdict = results.verdicts[key]
            if verdict == Verdict.PASS and count["to_do"] + count["exempt"]:
                verdict = Verdict.FAIL
            row = written.get(key) or RuleResult(account=account, rule=rule.id)
            if _differs(row, verdict, results.subjects.get(key, 0), count["worst"] or rule.severity, count):
                changed.append(row)
    RuleResult.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["account", "rule"],
        update_fields=COLUMNS,
        batch_size=200,
    )
    keep_day(accounts)


def _differs(
    row: RuleResult, verdict: Verdict, subjects: int, severity: int, count: Mapping[str, Any]
) -> bool:
    """Bring a row up to date; whether anything in it is new."""
    wanted = {
        "severity": int(severity),
        "verdict": verdict,
        "subjects": subjects,
        "to_do": count["to_do"],
        "exempt": count["exempt"],
    }
    is_new = row._state.adding or any(getattr(row, name) != value for name, value in wanted.items())
    for name, value in wanted.items():
        setattr(row, name, value)
    return is_new


def _counts(accounts: Sequence[Account], rules: Sequence[str]) -> dict[tuple[int, str], dict[str, Any]]:
    """Current findings by account and rule: how many wait, how many are exempt, the worst severity."""
    rows = Finding.objects.current().filter(account__in=accounts, rule__in=rules).order_by()
    found: Any = rows.values("account", "rule").annotate(to_do=TO_DO, exempt=EXEMPT, worst=Min("severity"))
    return {(row["account"], row["rule"]): row for row in found}


def refresh(account: Account, rules: Sequence[str]) -> None:
    """After people decided something about findings of these rules: within their transaction."""
    counts = _counts([account], rules)
    for row in RuleResult.objects.filter(account=account, rule__in=rules):
        count = counts.get((account.pk, row.rule), {"to_do": 0, "exempt": 0})
        if (row.to_do, row.exempt) != (count["to_do"], count["exempt"]):
            row.to_do, row.exempt = count["to_do"], count["exempt"]
            row.save(update_fields=["to_do", "exempt"])
    keep_day([account])


def keep_day(accounts: Sequence[Account]) -> None:
    """Today's totals of the accounts, where they differ from those of the last day that has any."""
    of_severity = {
        name: Count("pk", filter=Q(state__in=Finding.TO_DO, severity=severity))
        for severity, name in OF_SEVERITY.items()
    }
    rows = Finding.objects.current().filter(account__in=accounts).order_by()
    found: Any = rows.values("account").annotate(**of_severity, exempt=EXEMPT)
    totals = {row.pop("account"): row for row in found}
    last = last_days(accounts)
    nothing = dict.fromkeys((*OF_SEVERITY.values(), "exempt"), 0)
    changed = []
    for account in accounts:
        total, before = totals.get(account.pk, nothing), last.get(account.pk)
        if before is None or any(getattr(before, name) != value for name, value in total.items()):
            changed.append(FindingsOfDay(account=account, day=today(), **total))
    FindingsOfDay.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["account", "day"], update_fields=list(nothing)
    )


def last_days(accounts: Sequence[Account]) -> dict[int, FindingsOfDay]:
    """The newest day of each account that has any."""
    newest = FindingsOfDay.objects.filter(account=OuterRef("account")).order_by("-day")
    rows = FindingsOfDay.objects.filter(account__in=accounts, pk=Subquery(newest.values("pk")[:1]))
    return {row.account_id: row for row in rows}
