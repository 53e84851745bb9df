"""Users who are kept for emergencies: they must work then, and nobody uses them before."""

from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from iamconsole.templatetags.console import absolute_day
from reports.findings.of_users import OfUsers
from reports.findings.rule import Threshold, before, moment
from reports.findings.rules.mfa import PasswordWithoutMfa
from reports.models import Finding, Severity
from users.models import User, UserQuerySet

CONSOLE_ONLY = "This console only: AWS does not know which users are kept for emergencies."


class BreakGlassWithoutMfa(PasswordWithoutMfa):
    id = "break-glass-without-mfa"
    title = "Break-glass user without MFA"
    why = "It can do what others cannot. Assign a device, and keep it where its password is not."
    severity = Severity.CRITICAL
    among = "break-glass passwords"
    difference = "Prowler and Security Hub check it with all other users: password-without-mfa."


class BreakGlassNotTested(OfUsers):
    id = "break-glass-not-tested"
    title = "Break-glass user not tested for a year"
    why = "In an emergency its password and its device have to work. Sign in once, and note the day."
    severity = Severity.MEDIUM
    among = "break-glass passwords"
    needs = ("passwords", "last_use")
    threshold = Threshold(365, "day")
    moments = {"set": "set_at", "used": "password_last_used"}
    difference = CONSOLE_ONLY

    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        dated: Any = users.annotate(set_at=Coalesce(F("password_last_changed"), F("create_date")))
        dated = dated.annotate(since=Coalesce(F("password_last_used"), F("set_at")))
        idle: QuerySet[User] = dated.filter(since__lte=before(self.threshold.number))
        return idle

    def sentence(self, finding: Finding) -> str:
        if used := moment(finding.facts["used"]):
            return f"The last sign-in was on {absolute_day(used)}."
        return f"Nobody signed in since the password was set on {absolute_day(moment(finding.facts['set']))}."


class BreakGlassUsed(OfUsers):
    id = "break-glass-used"
    title = "Break-glass user was used in the last 7 days"
    why = "Make sure that it was an emergency or a test. Then set a new password."
    severity = Severity.HIGH
    among = "break-glass"
    needs = ("last_use",)
    threshold = Threshold(7, "day")
    moments = {"used": "last_activity"}
    difference = f"{CONSOLE_ONLY} The finding closes by itself after 7 days."

    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        return users.filter(Q(last_activity__gt=self.since()))

    def since(self) -> datetime:
        return before(self.threshold.number)

    def sentence(self, finding: Finding) -> str:
        return f"The user was last active on {absolute_day(moment(finding.facts['used']))}."
