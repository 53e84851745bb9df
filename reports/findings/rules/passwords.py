"""Console passwords that nobody uses."""

from collections.abc import Sequence
from typing import ClassVar

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from iamconsole.addresses import reverse
from iamconsole.templatetags.console import absolute_day
from reports.findings.of_users import OfUsers
from reports.findings.rule import Kind, Step, Threshold, moment
from reports.findings.standards import UNUSED_45, UNUSED_90
from reports.models import Finding, Severity
from reports.unused.unused import Rule as Unused
from reports.unused.unused import under, usable_password
from users.models import Account, User, UserQuerySet

EDGES = (
    "Prowler fails a password after more than {days} days and passes one that was never used. Here {days} "
    "whole days are enough, as CIS says, and a password that was never used has the age of the day it was "
    "set, once it is 14 days old. Break-glass users have rules of their own."
)


class UnusedPassword(OfUsers):
    """Unused counts from the last sign-in; of a password that was never used, from when it was set."""

    kind = Kind.PASSWORD
    among = "everyday passwords"
    days: ClassVar[int]
    needs = ("passwords", "last_use")
    reads = ("iam:GetCredentialReport",)
    judges_break_glass = False
    moments = {"set": "created", "used": "used"}

    def looked_at(self, accounts: Sequence[Account]) -> UserQuerySet:
        return super().looked_at(accounts).filter(usable_password(accounts))

    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        created = Coalesce("password_last_changed", "create_date")
        dated = users.annotate(created=created, used=F("password_last_used"))
        return under(dated, Unused(days=self.days))

    def sentence(self, finding: Finding) -> str:
        if used := moment(finding.facts["used"]):
            return f"The last sign-in with the password was on {absolute_day(used)}."
        return (
            f"The password was never used since it was set on {absolute_day(moment(finding.facts['set']))}."
        )

    def step(self, finding: Finding) -> Step:
        url = f"{reverse('reports:unused-credentials')}?days={self.days}&kind=password"
        return Step("Review unused passwords", url)


class UnusedPassword90(UnusedPassword):
    id = "password-unused-90"
    title = "Password not used for 90 days"
    why = "Nobody misses it, and anybody who guesses it can sign in. Disable console access."
    severity = Severity.MEDIUM
    days = 90
    threshold = Threshold(days, "day")
    standards = UNUSED_90
    difference = EDGES.format(days=90)


class UnusedPassword45(UnusedPassword):
    id = "password-unused-45"
    title = "Password not used for 45 days"
    why = "CIS asks to disable a password after 45 days without use."
    severity = Severity.LOW
    days = 45
    threshold = Threshold(days, "day")
    standards = UNUSED_45
    difference = EDGES.format(days=45)
