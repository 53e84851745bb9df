"""A policy document under work, as the editor shows it: its lines, what is to be said of them, its size."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from iamconsole import catalogue
from iamconsole.policy import MalformedPolicyDocument, parse
from iamconsole.review import Finding, Kind, Summary, review, summary

from .operations.documents import size

# Kind -> the look of a status, and how several are called.
LOOKS = {
    Kind.ERROR: ("error", "errors"),
    Kind.SECURITY: ("warning", "security warnings"),
    Kind.WARNING: ("warning", "warnings"),
    Kind.SUGGESTION: ("info", "suggestions"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line number, with the look of the worst that is said of the line."""

    number: int
    look: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding as it is listed. ``number`` is what a fix is asked for with."""

    number: int
    finding: Finding
    look: str


class Editor:
    """One document. ``text`` has plain line ends."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return review(self.text)

    @property
    def remarks(self) -> list[Remark]:
        """What is said of the document, in the order of its lines."""
        return [Remark(number, one, LOOKS[one.kind][0]) for number, one in enumerate(self.findings)]

    @property
    def lines(self) -> list[Line]:
        worst: dict[int, Kind] = {}
        order = list(Kind)
        for found in sorted(self.findings, key=lambda one: order.index(one.kind)):
            worst.setdefault(found.line, found.kind)
        looks: Mapping[int, str] = {line: LOOKS[kind][0] for line, kind in worst.items()}
        return [Line(number, looks.get(number, "")) for number in range(1, self.text.count("\n") + 2)]

    @property
    def counted(self) -> list[tuple[str, str]]:
        """How much of each kind: look and words."""
        counts = Counter(found.kind for found in self.findings)
        return [
            (look, f"1 {kind.value.lower()}" if counts[kind] == 1 else f"{counts[kind]} {several}")
            for kind, (look, several) in LOOKS.items()
            if counts[kind]
        ]

    @property
    def size(self) -> int:
        """Characters that count for the quota; of what is no JSON, those that are no white space."""
        try:
            return size(self.text)
        except ValueError:
            return len("".join(self.text.split()))

    @property
    def summary(self) -> Summary | None:
        """What the document gives and denies; nothing while it has errors."""
        if any(found.kind is Kind.ERROR for found in self.findings):
            return None
        try:
            return summary(parse(self.text))
        except MalformedPolicyDocument:
            return None

    @property
    def services(self) -> list[catalogue.Service]:
        """What a statement can be about."""
        return list(catalogue.services().values())


def plain_lines(text: str) -> str:
    """Browsers send text with the line ends of 1981."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
