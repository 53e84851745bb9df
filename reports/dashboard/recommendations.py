"""What should be better in an account, worst first: sums of its findings, one line for each rule.

Nothing is judged here: evaluation keeps the sums (``reports.findings.sums``). What the console says of
itself, its backups and its disk, stands beside them in the home account.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from iamconsole.addresses import reverse
from iamconsole.not_known import NotKnown
from iamconsole.operations import Caller
from iamconsole.operations.page_reads import GET_SYSTEM_STATUS, LIST_FINDINGS
from iamconsole.ops.backup.operations import RECORD_BACKUP
from iamconsole.words import plural
from reports.dashboard import account_facts as facts
from reports.findings.reading import rules_of
from reports.findings.rule import Rule
from reports.findings.rules import RULES
from reports.models import RuleResult, Severity
from users.models import Account

ORDER = {"error": 0, "warning": 1, "info": 2, "success": 3}
OF_SEVERITY = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "warning",
}
NOT_EVALUATED = NotKnown("findings", "This account is being looked at. Findings appear within a minute.")
Verdict = RuleResult.Verdict


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One line: its status type, a sentence, a grey detail, what can be done, and how many it concerns.

    ``unread``: what the rule needs was not read, so nothing is recommended and nothing is well.
    ``needs``: what opens ``url``.
    """

    type: str
    title: str
    detail: str = ""
    url: str = ""
    action: str = ""
    number: int = 1
    unread: NotKnown | None = None
    needs: str = ""
    severity: int = Severity.LOW

    @property
    def open(self) -> bool:
        return self.type in ("error", "warning")


def recommendations(account: Account, caller: Caller | None = None) -> list[Recommendation]:
    """All lines of an account, in a fixed number of queries; for a caller those about what it may read."""
    readable = rules_of(caller) if caller else RULES
    return recommendations_of([account], readable, caller)[account.pk]


def recommendations_of(
    accounts: Sequence[Account], rules: Collection[Rule] = RULES, caller: Caller | None = None
) -> dict[int, list[Recommendation]]:
    """The lines of several accounts, by their keys, in as many queries as for one."""
    results: dict[int, dict[str, RuleResult]] = {account.pk: {} for account in accounts}
    for row in RuleResult.objects.filter(account__in=accounts):
        results[row.account_id][row.rule] = row
    found = {account.pk: list(of_rules(account, rules, results[account.pk])) for account in accounts}
    for action, ask, tell in OF_CONSOLE:
        if caller is None or caller.permits(action):
            for pk, answer in ask(accounts).items():
                found[pk] += tell(answer)
    return {pk: sorted(items, key=rank) for pk, items in found.items()}


def rank(item: Recommendation) -> tuple[int, int, int]:
    """The worst first, then what concerns more."""
    return ORDER[item.type], int(item.severity), -item.number


def of_rules(
    account: Account, rules: Collection[Rule], results: dict[str, RuleResult]
) -> Iterator[Recommendation]:
    """A line for each rule that finds fault, one for all that find none, and each reason why some are not
    known.
    """
    if not results:
        yield Recommendation("info", str(NOT_EVALUATED), unread=NOT_EVALUATED)
        return
    for rule in rules:
        if (row := results.get(rule.id)) and row.to_do:
            yield of_rule(rule, row)
    passed = sum(rule.id in results and results[rule.id].verdict == Verdict.PASS for rule in rules)
    exempt = sum(results[rule.id].exempt for rule in rules if rule.id in results)
    if passed or exempt:
        detail = f"{plural(exempt, 'finding')} exempt" if exempt else ""
        title = f"{plural(passed, 'rule finds', 'rules find')} nothing"
        url = reverse("reports:finding-rules")
        yield Recommendation("success", title, detail, url, "Show rules", passed, needs=LIST_FINDINGS)
    yield from unread(account, rules, results)


def of_rule(rule: Rule, row: RuleResult) -> Recommendation:
    """The line of a rule, with the way to its findings or to where all of them are dealt with."""
    together = rule.together()
    return Recommendation(
        OF_SEVERITY[Severity(row.severity)],
        rule.title,
        rule.why,
        together.url if together else f"{reverse('reports:findings')}?rule={rule.id}",
        together.label if together else f"Show {plural(row.to_do, 'finding')}",
        row.to_do,
        needs="" if together else LIST_FINDINGS,
        severity=row.severity,
    )


def unread(
    account: Account, rules: Collection[Rule], results: dict[str, RuleResult]
) -> Iterator[Recommendation]:
    """What rules would need and nobody has read, each reason once. What people attest is on its own page."""
    missing = [
        rule
        for rule in rules
        if not rule.attested and rule.id in results and results[rule.id].verdict == Verdict.NOT_KNOWN
    ]
    reasons = (account.not_known[fact] for rule in missing for fact in rule.needs)
    for fact in {fact.why: fact for fact in reasons if fact}.values():
        yield Recommendation("info", str(fact), unread=fact)


def backup(found: dict[str, Any]) -> Iterator[Recommendation]:
    """The console itself is backed up; told to its administrators, in the home account."""
    days = found["days"]
    how = "Run iamconsole backup on the machine of this console, each day if you can. See docs/backup.md."
    if days is not None and days <= settings.BACKUP_DAYS:
        age = f"{plural(days, 'day')} old" if days else "less than a day old"
        yield Recommendation("success", f"The last backup is {age}")
        return
    title = (
        "This console was never backed up"
        if days is None
        else f"The last backup is {plural(days, 'day')} old"
    )
    events = f"{reverse('reports:events')}?action={RECORD_BACKUP}"
    yield Recommendation("error", title, how, events, "Show backups", needs="iamconsole:ListEvents")


def disk(found: dict[str, Any]) -> Iterator[Recommendation]:
    """There is room to write; told before there is none, to administrators of the home account."""
    title, _, free = found["sentence"].partition(". ")
    how = f"{free} Free space, or move the data folder to a larger disk. A full disk saves nothing."
    yield Recommendation("error", title, how, reverse("reports:system"), "Show the system")


# What the console says of itself: the action that a reader needs, what is asked, and what is made of it.
OF_CONSOLE: tuple[
    tuple[str, Callable[[Sequence[Account]], dict[int, Any]], Callable[[Any], Iterator[Recommendation]]], ...
] = (
    (RECORD_BACKUP, facts.backups, backup),
    (GET_SYSTEM_STATUS, facts.disk, disk),
)
