"""A policy document under work, as the editor shows it: its lines, what is to be said of them, its size."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from iamconsole import catalogue
from iamconsole.policy import MalformedPolicyDocument, parse
from iamconsole.policy.places import Span
from iamconsole.review import Finding, Kind, Reviewed, Summary, Surroundings, reviewed, summary
from iamconsole.review.borrowing import asks_around
from iamconsole.words import plural
from users.policies.documents import MOST_LINES, size, too_large

# Kind -> the look of a status, and how several are called.
LOOKS = {
    Kind.ERROR: ("error", "errors"),
    Kind.SECURITY: ("warning", "security warnings"),
    Kind.WARNING: ("warning", "warnings"),
    Kind.SUGGESTION: ("info", "suggestions"),
}

IN_ORDER = "IAM reports one error at a time. These are in the order in which it checks a document."


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


Around = Callable[[], Surroundings | None]


def nothing_known() -> None:
    """Of the account that a document is for."""


class Editor:
    """One document. ``text`` has plain line ends; ``around`` tells what is known of the account it is for,
    and is asked only where that counts. Of an ``untouched`` beginning nothing is said yet.
    """

    def __init__(self, text: str, around: Around = nothing_known, untouched: bool = False) -> None:
        self.text, self._around, self.untouched = text, around, untouched
        self.too_large = too_large(text)

    @cached_property
    def _reviewed(self) -> Reviewed:
        """A text that is too large is not read: that is all that is said of it."""
        if self.untouched:
            return Reviewed((), 0)
        if self.too_large:
            return Reviewed((Finding(Kind.ERROR, self.too_large, "", Span(0, 0), 1, 1),), 0)
        known = self._around() if self._counts_around() else None
        return reviewed(self.text, known)

    def _counts_around(self) -> bool:
        try:
            rows = parse(self.text).statements
        except MalformedPolicyDocument:
            return False
        return any(row.allow and not row.not_action and asks_around(row.actions) for row in rows)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._reviewed.findings

    @property
    def more(self) -> int:
        """How many more findings there are than are listed."""
        return self._reviewed.more

    @property
    def remarks(self) -> list[Remark]:
        """What is said of the document: errors as IAM would give them, other findings by their lines."""
        return [Remark(number, one, LOOKS[one.kind][0]) for number, one in enumerate(self.findings)]

    @property
    def order(self) -> str:
        """How several errors are listed, in a sentence."""
        errors = [found for found in self.findings if found.kind is Kind.ERROR]
        return IN_ORDER if len(errors) > 1 else ""

    @property
    def lines(self) -> list[Line]:
        worst: dict[int, Kind] = {}
        order = list(Kind)
        for found in sorted(self.findings, key=lambda one: order.index(one.kind)):
            worst.setdefault(found.line, found.kind)
        looks: Mapping[int, str] = {line: LOOKS[kind][0] for line, kind in worst.items()}
        count = min(self.text.count("\n") + 1, MOST_LINES)
        return [Line(number, looks.get(number, "")) for number in range(1, count + 1)]

    @property
    def coloured_lines(self) -> list[str]:
        """The lines for the coloured copy behind the text; none of a text that is too large to be read."""
        return [] if self.too_large else self.text.split("\n")

    @property
    def counted(self) -> list[tuple[str, str]]:
        """How much of each kind: look and words."""
        counts = Counter(found.kind for found in self.findings)
        return [
            (look, plural(counts[kind], kind.value.lower(), several))
            for kind, (look, several) in LOOKS.items()
            if counts[kind]
        ]

    @property
    def size(self) -> int:
        """Characters that count for the quota; of what is no JSON, those that are no white space."""
        try:
            if not self.too_large:
                return size(self.text)
        except (ValueError, RecursionError):
            pass  # no JSON, or nested deeper than it can be read
        return len("".join(self.text.split()))

    @property
    def summary(self) -> Summary | None:
        """What the document gives and denies; nothing while it has errors."""
        if self.untouched or any(found.kind is Kind.ERROR for found in self.findings):
            return None
        return summary_of(self.text)

    @property
    def services(self) -> list[catalogue.Service]:
        """What a statement can be about."""
        return list(catalogue.services().values())


def summary_of(document: str) -> Summary | None:
    """What a document gives and denies; nothing for what is no policy."""
    try:
        return summary(parse(document))
    except MalformedPolicyDocument:
        return None


def plain_lines(text: str) -> str:
    """Browsers send text with the line ends of 1981."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
