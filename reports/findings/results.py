"""What rules and controls of standards come to in an account: read from sums, never from all findings."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iamconsole.downloads import moment
from iamconsole.event_authors import short_name
from reports.findings.filters import sortable
from reports.findings.reading import FactsOf
from reports.findings.rule import Rule, today
from reports.findings.standards import STANDARDS, Standard
from reports.models import Attestation, RuleLevel, RuleResult
from users.models import Account

Verdict = RuleResult.Verdict
EXEMPT = "exempt"
# Outcome -> its words and the type of its status, the one that decides for a control first.
OUTCOMES: Mapping[str, tuple[str, str]] = {
    Verdict.FAIL.value: ("Fail", "error"),
    Verdict.NOT_KNOWN.value: ("Not known", "waiting"),
    EXEMPT: ("Exempt", "inactive"),
    Verdict.OFF.value: ("Off", "inactive"),
    Verdict.PASS.value: ("Pass", "success"),
    Verdict.NOT_APPLICABLE.value: ("Not applicable", "normal"),
}
RANK = {outcome: place for place, outcome in enumerate(OUTCOMES)}
NOT_EVALUATED = "The rule was not applied to this account yet."
NOT_ATTESTED = "This console cannot check it, and nobody has attested it."


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with its sums in an account. ``why``: why its outcome is not known, "" where it is."""

    rule: Rule
    outcome: str
    why: str = ""
    subjects: int = 0
    to_do: int = 0
    exempt: int = 0
    level: str = RuleLevel.Level.REPORT
    dry_run: bool = True
    attestation: Attestation | None = None

    @property
    def words(self) -> str:
        return OUTCOMES[self.outcome][0]

    @property
    def type(self) -> str:
        return OUTCOMES[self.outcome][1]

    @property
    def level_words(self) -> str:
        words = RuleLevel.Level(self.level).label
        return f"{words}, dry run" if self.level == RuleLevel.Level.ACT and self.dry_run else words

    @property
    def noun(self) -> str:
        """What its subjects are."""
        return self.rule.kind.value

    @property
    def attested_by(self) -> str:
        return short_name(self.attestation.by_arn) if self.attestation else ""

    @property
    def is_expired(self) -> bool:
        """Whether what was attested is not valid any more."""
        return self.attestation is not None and self.attestation.ends_on < today()


def rule_rows(account: Account, rules: Sequence[Rule]) -> list[RuleRow]:
    """The rules in the account, in three queries."""
    results = {row.rule: row for row in RuleResult.objects.filter(account=account)}
    levels = {row.rule: row for row in RuleLevel.objects.filter(account=account)}
    attested = attestations(account) if any(rule.attested for rule in rules) else {}
    return [
        row_of(account, rule, results.get(rule.id), levels.get(rule.id), attested.get(rule.id))
        for rule in rules
    ]


def attestations(account: Account) -> dict[str, Attestation]:
    """The newest of each control that was not withdrawn."""
    rows = Attestation.objects.filter(account=account, withdrawn_at=None).order_by("at", "id")
    return {row.rule: row for row in rows}


def row_of(
    account: Account,
    rule: Rule,
    result: RuleResult | None,
    level: RuleLevel | None,
    attestation: Attestation | None,
) -> RuleRow:
    outcome = outcome_of(result)
    return RuleRow(
        rule,
        outcome,
        why_not_known(account, rule, result) if outcome == Verdict.NOT_KNOWN else "",
        result.subjects if result else 0,
        result.to_do if result else 0,
        result.exempt if result else 0,
        level.level if level else RuleLevel.Level.REPORT,
        level.dry_run if level else True,
        attestation,
    )


def outcome_of(result: RuleResult | None) -> str:
    """The verdict, with regard to exemptions."""
    if result is None:
        return Verdict.NOT_KNOWN.value
    exempt_only = result.verdict == Verdict.FAIL and not result.to_do
    return EXEMPT if exempt_only else str(result.verdict)


def why_not_known(account: Account, rule: Rule, result: RuleResult | None) -> str:
    if result is None:
        return NOT_EVALUATED
    if unread := rule.not_known([account]).get(account.pk):
        return unread.why
    return NOT_ATTESTED if rule.attested else NOT_EVALUATED


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control of a standard, with the rules that check it."""

    standard: Standard
    number: str
    rules: Sequence[RuleRow]

    @property
    def outcome(self) -> str:
        """The first that one of its rules has: a control fails with any of them."""
        return min((row.outcome for row in self.rules), key=RANK.__getitem__)

    @property
    def words(self) -> str:
        return OUTCOMES[self.outcome][0]

    @property
    def type(self) -> str:
        return OUTCOMES[self.outcome][1]

    @property
    def subjects(self) -> int:
        return sum(row.subjects for row in self.rules)

    @property
    def to_do(self) -> int:
        return sum(row.to_do for row in self.rules)

    @property
    def exempt(self) -> int:
        return sum(row.exempt for row in self.rules)


def control_rows(rows: Iterable[RuleRow], standard: Standard) -> list[ControlRow]:
    """The controls of a standard that rules check, in the order of their numbers."""
    by_number: dict[str, list[RuleRow]] = {}
    for row in rows:
        for control in row.rule.standards:
            if control.standard == standard.id:
                by_number.setdefault(control.number, []).append(row)
    return [ControlRow(standard, number, by_number[number]) for number in sorted(by_number, key=sortable)]


@dataclass(frozen=True, slots=True)
class StandardRow:
    """A standard with how many of its controls have which outcome."""

    standard: Standard
    controls: Sequence[ControlRow]

    def number(self, *outcomes: str) -> int:
        return sum(control.outcome in outcomes for control in self.controls)

    @property
    def failed(self) -> int:
        return self.number(Verdict.FAIL.value)

    @property
    def passed(self) -> int:
        return self.number(Verdict.PASS.value)

    @property
    def exempt(self) -> int:
        return self.number(EXEMPT)

    @property
    def not_known(self) -> int:
        return self.number(Verdict.NOT_KNOWN.value)

    @property
    def other(self) -> int:
        return self.number(Verdict.OFF.value, Verdict.NOT_APPLICABLE.value)


def standard_rows(rows: Sequence[RuleRow]) -> list[StandardRow]:
    """The standards of which rules check anything."""
    found = (StandardRow(standard, control_rows(rows, standard)) for standard in STANDARDS.values())
    return [row for row in found if row.controls]


# Column of the export -> what it is as data: a line for each control and rule.
VALUES: Mapping[str, Callable[[Account, FactsOf, ControlRow, RuleRow], Any]] = {
    "account_id": lambda account, facts, control, row: account.account_id,
    "account": lambda account, facts, control, row: account.label,
    "standard": lambda account, facts, control, row: control.standard.name,
    "control": lambda account, facts, control, row: control.number,
    "control_outcome": lambda account, facts, control, row: control.outcome,
    "rule": lambda account, facts, control, row: row.rule.id,
    "rule_title": lambda account, facts, control, row: row.rule.title,
    "outcome": lambda account, facts, control, row: row.outcome,
    "why_not_known": lambda account, facts, control, row: row.why or None,
    "subjects": lambda account, facts, control, row: row.subjects,
    "to_do": lambda account, facts, control, row: row.to_do,
    "exempt": lambda account, facts, control, row: row.exempt,
    "facts_from": lambda account, facts, control, row: facts.source,
    "facts_of": lambda account, facts, control, row: moment(facts.at),
    "attested_by": lambda account, facts, control, row: row.attestation and row.attestation.by_arn,
    "attested": lambda account, facts, control, row: row.attestation and moment(row.attestation.at),
    "attested_until": lambda account, facts, control, row: (
        row.attestation and row.attestation.ends_on.isoformat()
    ),
    "attestation": lambda account, facts, control, row: row.attestation and row.attestation.text,
}


def exported(account: Account, facts: FactsOf, controls: Iterable[ControlRow]) -> Iterator[list[Any]]:
    """One list for each control and rule that checks it."""
    for control in controls:
        for row in control.rules:
            yield [value(account, facts, control, row) for value in VALUES.values()]
