"""What a rule is: what it has against whom, in which words, and what to do about it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from django.utils import timezone

from iamconsole.addresses import reverse
from iamconsole.not_known import NotKnown
from reports.findings.standards import Control
from reports.models import Finding, Severity
from users.models import Account

# Account's key -> how many subjects a rule looked at there.
Population = Mapping[int, int]


class Kind(StrEnum):
    """What subjects a rule has."""

    ACCOUNT = "account"
    ROOT = "root user"
    USER = "user"
    PASSWORD = "password"  # noqa: S105
    ACCESS_KEY = "access key"
    DEVICE = "MFA device"
    SSH_KEY = "SSH public key"
    SIGNING_CERTIFICATE = "signing certificate"
    SERVER_CERTIFICATE = "server certificate"
    SERVICE_CREDENTIAL = "service-specific credential"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Fault:
    """One subject that a rule finds fault with. ``subject`` is told apart by unique IDs, ``name`` by people.

    ``facts`` are moments (ISO), days and numbers, for the sentence; never an age, which changes by itself.
    """

    account: int
    subject: str
    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    user: int | None = None
    user_name: str = ""
    owner: str = ""
    # Where the rule's own severity does not fit this subject.
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number and its unit: ``Threshold(90, "day")``."""

    number: int
    unit: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: a label, and the page of the finding's account where it is done."""

    label: str
    url: str


class Rule(ABC):
    """A rule registers itself by standing in ``reports.findings.rules.RULES``."""

    id: ClassVar[str]
    # The complaint in plain words, without a number of subjects: "Access key not used for 90 days".
    title: ClassVar[str]
    # Why it matters and what is advised, in a sentence or two.
    why: ClassVar[str]
    severity: ClassVar[Severity]
    kind: ClassVar[Kind]
    threshold: ClassVar[Threshold | None] = None
    # Facts (``users.facts``) without which nothing is known.
    needs: ClassVar[tuple[str, ...]] = ()
    # What a reader is asked for before he sees findings of the rule: actions of IAM.
    reads: ClassVar[tuple[str, ...]] = ()
    standards: ClassVar[tuple[Control, ...]] = ()
    # The operation that a rule at level "act" carries out, which can be undone; "" where it only reports.
    acts_by: ClassVar[str] = ""
    # How this differs from what a well-known scanner says of the same control; "" where it does not.
    difference: ClassVar[str] = ""
    # Whether a person's word stands for what cannot be checked here (``Attestation``).
    attested: ClassVar[bool] = False
    # Whether the rule judges break-glass users, who are left out of rules about everyday use.
    judges_break_glass: ClassVar[bool] = True

    @abstractmethod
    def faults(self, accounts: Sequence[Account]) -> Iterable[Fault]:
        """All faults in the accounts, in a number of queries that does not grow with them."""

    @abstractmethod
    def population(self, accounts: Sequence[Account]) -> Population:
        """How many subjects were looked at, by account; an account without any is left out."""

    @abstractmethod
    def sentence(self, finding: Finding) -> str:
        """What is the matter with this subject, with its dates."""

    @abstractmethod
    def step(self, finding: Finding) -> Step:
        """What to do about it."""

    def together(self) -> Step | None:
        """The page on which all subjects of the rule are dealt with at once; None where the list of findings
        is that page.
        """
        return None

    def not_known(self, accounts: Sequence[Account]) -> dict[int, NotKnown]:
        """Why the rule cannot be applied to some of the accounts, by their keys."""
        found = {}
        for account in accounts:
            if unread := next(filter(None, (account.not_known[fact] for fact in self.needs)), None):
                found[account.pk] = unread
        return found


def moment(value: str | None) -> datetime | None:
    """A moment out of the facts of a finding."""
    return datetime.fromisoformat(value) if value else None


def day(value: str | None) -> date | None:
    """A day out of the facts of a finding."""
    return date.fromisoformat(value) if value else None


def iso(value: date | datetime | None) -> str | None:
    """A moment or day as facts keep it."""
    return value.isoformat() if value else None


def today() -> date:
    """The day of due dates and exemptions: UTC everywhere."""
    return timezone.now().astimezone(UTC).date()


def before(days: int) -> datetime:
    """So many days ago: what happened then or before is at least that old (IAM-FACTS 2.21.2: 45 or more)."""
    return timezone.now() - timedelta(days=days)


def user_step(finding: Finding, label: str) -> Step:
    """The page of the user's credentials; the list of users where that user is gone."""
    if finding.user is None:
        return Step("Show users", reverse("users:list"))
    if finding.user.is_root:
        return Step("Show root", reverse("credentials:account-settings"))
    return Step(label, reverse("credentials:user-security-credentials", args=[finding.user.user_id]))
