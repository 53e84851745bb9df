"""MFA of IAM users."""

from typing import ClassVar

from django.db.models import QuerySet

from iamconsole.templatetags.console import absolute_day
from reports.findings.of_users import OfUsers
from reports.findings.rule import moment
from reports.findings.standards import controls
from reports.models import Finding, Severity
from users.models import User, UserQuerySet


class WithoutMfa(OfUsers):
    """A rule about users without MFA."""

    needs: ClassVar[tuple[str, ...]] = ("mfa",)
    moments = {"created": "create_date", "password_changed": "password_last_changed"}
    step_label = "Show MFA devices"

    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        return users.without_mfa()


class PasswordWithoutMfa(WithoutMfa):
    id = "password-without-mfa"
    title = "User can sign in without MFA"
    why = "A password that leaks is enough to sign in. Have the user enroll a device, or require MFA."
    severity = Severity.HIGH
    among = "everyday passwords"
    needs = ("passwords", "mfa")
    standards = controls(
        cis12="1.2",
        cis3="1.10",
        cis5="1.9",
        cis6="2.9",
        cis7="2.10",
        fsbp="IAM.5",
        pci4="8.4.2",
        pci3="8.3.1",
        nist="IA-2(1), IA-2(2), IA-2(6), IA-2(8)",
        iso="A.5.17, A.8.5",
        soc2="CC6.1",
    )
    difference = "Break-glass users have a rule of their own with the same controls."

    def sentence(self, finding: Finding) -> str:
        changed = moment(finding.facts["password_changed"])
        since = f", set on {absolute_day(changed)}," if changed else ""
        return f"The user has a console password{since} and no MFA device."


class UserWithoutMfa(WithoutMfa):
    id = "user-without-mfa"
    title = "User has no MFA device"
    why = "Some standards ask for MFA of all users, also of those who only have access keys or nothing."
    severity = Severity.LOW
    standards = controls(fsbp="IAM.19", pci4="8.4.2", pci3="8.3.1", nist="IA-2", iso="A.8.5", soc2="CC6.1")
    difference = (
        "Prowler has no check of MFA for users without a password. Its check of hardware devices for each "
        "user is not one of the standards here."
    )

    def sentence(self, finding: Finding) -> str:
        return f"The user, created on {absolute_day(moment(finding.facts['created']))}, has no MFA device."
