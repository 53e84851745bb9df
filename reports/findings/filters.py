"""What narrows a list of findings; all of it is in the address."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone

from reports.findings.rule import Kind, Rule, today
from reports.findings.standards import STANDARDS
from reports.models import Finding, Severity
from users.chips import Chip
from users.people.filters import DaysFilter

State = Finding.State
# "state" of the address -> the states that are shown. Each of them is asked by an index of its own.
TO_DO, OVER, ALL = "to-do", "over", "all"
STATES: Mapping[str, Sequence[str]] = {
    TO_DO: Finding.TO_DO,
    **{state: (state,) for state in State.values},
    OVER: (State.FIXED, State.WITHDRAWN),
    ALL: tuple(State.values),
}
# "sort" of the address -> the order, which tells any two findings apart.
WORST_FIRST = "severity"
ORDERS: Mapping[str, tuple[str, ...]] = {
    "severity": ("severity", "-opened_at", "id"),
    "-severity": ("-severity", "opened_at", "-id"),
    "subject": ("name", "id"),
    "-subject": ("-name", "-id"),
    "due": ("due_date", "severity", "id"),
    "-due": ("-due_date", "-severity", "-id"),
    "opened": ("opened_at", "id"),
    "-opened": ("-opened_at", "-id"),
}
CHIP_WORDS: Mapping[str, str] = {
    "rule": "Rule: {}",
    "severity": "Severity: {}",
    "owner": "Owner: {}",
    "standard": "Standard: {}",
    "control": "Control: {}",
    "kind": "About: {}",
    "age": "Open for {} days or more",
    "overdue": "Due date: {}",
    "ticket": "Ticket: {}",
}
TICKETS = [("yes", "With a ticket"), ("no", "Without a ticket")]


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def in_address(kind: Kind) -> str:
    """A kind of subject as addresses name it."""
    return kind.value.replace(" ", "-").lower()


def numbers_of(rules: Sequence[Rule], standard: str) -> list[str]:
    """The controls of a standard, of all of them for "", that the rules check, in their order."""
    found = {
        control.number for rule in rules for control in rule.standards if standard in ("", control.standard)
    }
    return sorted(found, key=sortable)


def sortable(number: str) -> list[tuple[int, int, str]]:
    """Sorts 1.9 before 1.10, and letters after figures."""
    parts = "".join(one if one.isalnum() else " " for one in number).split()
    return [(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in parts]


class FindingFilter(django_filters.FilterSet):
    """Each filter is a name of the address. What makes no sense is an error of its field."""

    q = django_filters.CharFilter(method="anywhere", label="Search")
    rule = django_filters.ChoiceFilter(label="Rule", empty_label="Any rule")
    severity = django_filters.ChoiceFilter(
        label="Severity", empty_label="Any severity", method="as_severe", choices=Severity.choices
    )
    owner = django_filters.CharFilter(label="Owner", method="owned_by")
    standard = django_filters.ChoiceFilter(
        label="Standard",
        empty_label="Any standard",
        method="as_it_is",
        choices=[(one.id, one.name) for one in STANDARDS.values()],
    )
    control = django_filters.ChoiceFilter(label="Control", empty_label="Any control", method="as_it_is")
    kind = django_filters.ChoiceFilter(
        label="About",
        empty_label="Anything",
        method="about",
        choices=[(in_address(kind), capitalized(kind)) for kind in Kind],
    )
    age = DaysFilter("Open for (days or more)", method="open_for")
    overdue = django_filters.ChoiceFilter(
        label="Due date", empty_label="Any day", method="is_overdue", choices=[("yes", "Over")]
    )
    ticket = django_filters.ChoiceFilter(
        label="Ticket", empty_label="With or without", method="with_ticket", choices=TICKETS
    )

    class Meta:
        model = Finding
        fields: list[str] = []

    def __init__(self, data: Any, findings: QuerySet[Finding], rules: Sequence[Rule]) -> None:
        """``rules``: those that the reader may read."""
        super().__init__(data, findings)
        self.rules = rules
        self.offer("rule", [(rule.id, rule.title) for rule in rules])
        standard = data.get("standard", "")
        numbers = numbers_of(rules, standard if standard in STANDARDS else "")
        self.offer("control", [(number, number) for number in numbers])

    def offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        offered = self.filters[name]
        offered.extra["choices"] = choices
        vars(offered).pop("_field", None)  # made already where somebody looked at the class's own filter

    def filter_queryset(self, findings: QuerySet[Finding]) -> QuerySet[Finding]:
        """Standard and control together choose rules: a control is a number of its standard."""
        values = self.form.cleaned_data
        found = super().filter_queryset(findings)
        standard, number = values.get("standard"), values.get("control")
        if not (standard or number):
            return found
        chosen = [
            rule.id
            for rule in self.rules
            if any(
                standard in ("", None, control.standard) and number in ("", None, control.number)
                for control in rule.standards
            )
        ]
        return found.filter(rule__in=chosen)

    @property
    def state(self) -> str:
        """Which segment is shown; those to do unless the address says otherwise."""
        wanted = self.data.get("state", "")
        return wanted if wanted in STATES else TO_DO

    @property
    def order(self) -> str:
        """The worst first, unless the address says otherwise."""
        wanted = self.data.get("sort", "")
        return wanted if wanted in ORDERS else WORST_FIRST

    @property
    def found(self) -> QuerySet[Finding]:
        """All that match, in the order of the address."""
        return self.qs.filter(state__in=STATES[self.state]).order_by(*ORDERS[self.order])

    @property
    def parts(self) -> list[QuerySet[Finding]]:
        """The same, in parts that an index has in that order each. Of old findings, severity by severity: the
        newest of a severity come first in the index, and are not looked through.
        """
        parts = [self.qs.filter(state=state) for state in STATES[self.state]]
        if self.form.cleaned_data.get("age") and self.order.endswith("severity"):
            return [part.filter(severity=severity) for part in parts for severity in Severity.values]
        return parts

    @property
    def chips(self) -> list[Chip]:
        """The filters that are on, in words."""
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        self.form.is_valid()  # cleans; what is wrong is left out
        for name, words in CHIP_WORDS.items():
            value = self.form.cleaned_data.get(name)
            if value in (None, ""):
                continue
            choices: dict[Any, Any] = {str(key): text for key, text in self.choices_of(name)}
            yield Chip(name, words.format(choices.get(str(value), value)))

    def choices_of(self, name: str) -> list[tuple[Any, Any]]:
        return list(getattr(self.filters[name].field, "choices", []))

    def anywhere(self, findings: QuerySet[Finding], name: str, words: str) -> QuerySet[Finding]:
        """Part of the subject, of its user, of the owner, or of the title of the rule."""
        text = words.strip()
        titled = [rule.id for rule in self.rules if text.lower() in rule.title.lower()]
        return findings.filter(
            Q(name__icontains=text)
            | Q(user_name__icontains=text)
            | Q(owner__icontains=text)
            | Q(rule__in=titled)
        )

    def as_severe(self, findings: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        return findings.filter(severity=int(value))

    def owned_by(self, findings: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        """Exactly that name or address, which an index has; the search finds part of it."""
        return findings.filter(owner=value.strip())

    def as_it_is(self, findings: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        """Standard and control are looked at together (``filter_queryset``)."""
        return findings

    def about(self, findings: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        return findings.filter(rule__in=[rule.id for rule in self.rules if in_address(rule.kind) == value])

    def open_for(self, findings: QuerySet[Finding], name: str, value: int) -> QuerySet[Finding]:
        return findings.filter(opened_at__lte=timezone.now() - timedelta(days=int(value)))

    def is_overdue(self, findings: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        return findings.filter(due_date__lt=today(), state__in=Finding.TO_DO)

    def with_ticket(self, findings: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        return findings.exclude(ticket="") if value == "yes" else findings.filter(ticket="")
