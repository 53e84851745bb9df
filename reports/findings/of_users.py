"""Rules whose subjects are IAM users, or the one password of each."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet

from reports.findings import populations
from reports.findings.rule import Fault, Kind, Population, Rule, Step, iso, user_step
from reports.models import Finding, Severity
from users.models import Account, User, UserQuerySet

COLUMNS = ("account", "pk", "user_id", "user_name")


class OfUsers(Rule):
    """A rule about IAM users."""

    kind = Kind.USER
    # Whom it looks at: an entry of ``populations.USERS``.
    among: ClassVar[str] = "people"
    # Moments of the row that the sentence tells, by their names in the facts.
    moments: ClassVar[Mapping[str, str]] = {}
    # Numbers and texts likewise.
    values: ClassVar[Mapping[str, str]] = {}
    step_label: ClassVar[str] = "Show the user"

    def looked_at(self, accounts: Sequence[Account]) -> UserQuerySet:
        """The users that the rule is about."""
        return User.objects.people(accounts).filter(populations.USERS[self.among]).order_by()

    @abstractmethod
    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        """Those of them that the rule finds fault with."""

    def severity_of(self, row: Mapping[str, Any]) -> Severity | None:
        """Where one user is worse than the rule."""
        return None

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        columns = {*COLUMNS, *self.moments.values(), *self.values.values()}
        for row in self.at_fault(self.looked_at(accounts)).values(*columns).iterator():
            moments = {name: iso(row[column]) for name, column in self.moments.items()}
            yield Fault(
                account=row["account"],
                subject=row["user_id"],
                name=row["user_name"],
                facts=moments | {name: row[column] for name, column in self.values.items()},
                user=row["pk"],
                user_name=row["user_name"],
                severity=self.severity_of(row),
            )

    def population(self, accounts: Sequence[Account]) -> Population:
        return populations.users(accounts, self.among)

    def step(self, finding: Finding) -> Step:
        return user_step(finding, self.step_label)
