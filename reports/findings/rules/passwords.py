"""Console passwords that nobody uses."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from iamconsole.addresses import reverse
from iamconsole.templatetags.console import absolute_day
from reports.findings.of_users import OfUsers
from reports.findings.rule import Kind, Step, Threshold, before, moment
from reports.findings.standards import controls
from reports.models import Finding, Severity
from reports.unused.unused import usable_password
from users.credential_status import GRACE_DAYS
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
    moments = {"set": "set_at", "used": "password_last_used"}

    def looked_at(self, accounts: Sequence[Account]) -> UserQuerySet:
        return super().looked_at(accounts).filter(usable_password(accounts))

    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        dated: Any = users.annotate(set_at=Coalesce(F("password_last_changed"), F("create_date")))
        dated = dated.annotate(since=Coalesce(F("password_last_used"), F("set_at")))
        idle: QuerySet[User] = dated.filter(since__lte=before(self.days), set_at__lte=before(GRACE_DAYS))
        return idle

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
    standards = controls(
        cis12="1.3",
        fsbp="IAM.8",
        pci4="8.2.6",
        pci3="8.1.4",
        nist="AC-2(3), AC-6",
        iso="A.5.18",
        soc2="CC6.2, CC6.3",
    )
    difference = EDGES.format(days=90)


class UnusedPassword45(UnusedPassword):
    id = "password-unused-45"
    title = "Password not used for 45 days"
    why = "CIS asks to disable a password after 45 days without use."
    severity = Severity.LOW
    days = 45
    threshold = Threshold(days, "day")
    standards = controls(
        cis3="1.12",
        cis5="1.11",
        cis6="2.11",
        cis7="2.11",
        fsbp="IAM.22",
        nist="AC-2(3)",
        iso="A.5.18",
        soc2="CC6.2, CC6.3",
    )
    difference = EDGES.format(days=45)
