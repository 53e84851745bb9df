"""IAM users as a whole: what they have that they should not, or nothing at all."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from credentials.models import ServiceSpecificCredential, SigningCertificate, SSHPublicKey
from iamconsole.addresses import reverse
from iamconsole.not_known import NotKnown
from iamconsole.templatetags.console import absolute_day
from iamconsole.words import plural
from reports.findings.asked import not_asked
from reports.findings.of_users import OfUsers
from reports.findings.populations import no_longer_new
from reports.findings.rule import Step, moment
from reports.findings.standards import controls
from reports.models import Finding, Severity
from users.models import Account, User, UserQuerySet


class TwoActiveKeys(OfUsers):
    id = "two-active-access-keys"
    title = "User with two active access keys"
    why = "A second key is for the days of a rotation. Finish it: deactivate the older one, then delete it."
    severity = Severity.LOW
    among = "with active keys"
    needs = ("access_keys",)
    reads = ("iam:ListAccessKeys",)
    moments = {"oldest": "oldest_active_key"}
    standards = controls(cis3="1.13", cis5="1.12", cis6="2.12", iso="A.5.15", soc2="CC6.1")
    difference = "Prowler counts the keys of the root user too."
    step_label = "Show the access keys"

    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        return users.filter(active_key_count__gte=2)

    def sentence(self, finding: Finding) -> str:
        oldest = absolute_day(moment(finding.facts["oldest"]))
        return f"Both access keys are active. The older one was created on {oldest}."


class WithoutCredentials(OfUsers):
    id = "user-without-credentials"
    title = "User without any credential"
    why = "Nobody can act as this user. Delete it, unless somebody is about to get a credential."
    severity = Severity.LOW
    among = "everyday"
    judges_break_glass = False
    needs = (
        "passwords",
        "access_keys",
        "ssh_public_keys",
        "signing_certificates",
        "service_credentials",
    )
    reads = ("iam:ListAccessKeys",)
    moments = {"created": "create_date", "last": "last_activity"}
    difference = "Prowler has no such check. A user is left alone for its first 14 days."

    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        others = (SSHPublicKey, SigningCertificate, ServiceSpecificCredential)
        has_other = Q()
        for rows in others:
            has_other |= Q(Exists(rows._default_manager.filter(user=OuterRef("pk")).order_by()))
        idle = users.filter(no_longer_new(), password_enabled=False, access_key_count=0)
        return idle.exclude(has_other)

    def not_known(self, accounts: Sequence[Account]) -> dict[int, NotKnown]:
        return not_asked(accounts, "SSH public keys") | super().not_known(accounts)

    def sentence(self, finding: Finding) -> str:
        created = absolute_day(moment(finding.facts["created"]))
        last = moment(finding.facts["last"])
        used = f" It was last used on {absolute_day(last)}." if last else ""
        return f"The user, created on {created}, has no password, key or certificate.{used}"


class WorkloadWithPassword(OfUsers):
    id = "workload-with-password"
    title = "Workload with console access"
    why = "Programs do not sign in. Disable the password, or create a user for each person who uses it."
    severity = Severity.MEDIUM
    among = "workloads"
    needs = ("passwords",)
    moments = {"changed": "password_last_changed", "used": "password_last_used"}
    difference = "This console only: AWS does not know which users are programs."
    step_label = "Show the password"

    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        return users.with_password()

    def sentence(self, finding: Finding) -> str:
        used = moment(finding.facts["used"])
        when = f" The last sign-in was on {absolute_day(used)}." if used else ""
        return f"The user is marked as a workload and has a console password.{when}"


class PersonWithKeys(OfUsers):
    id = "person-with-access-keys"
    title = "Person with long-term access keys"
    why = "Give people temporary credentials with IAM Identity Center or federation, then delete the keys."
    severity = Severity.MEDIUM
    among = "persons"
    needs = ("access_keys",)
    reads = ("iam:ListAccessKeys",)
    values = {"active": "active_key_count"}
    difference = "This console only: AWS does not know which users are people."
    step_label = "Show the access keys"

    def at_fault(self, users: UserQuerySet) -> QuerySet[User]:
        return users.filter(active_key_count__gt=0)

    def sentence(self, finding: Finding) -> str:
        return (
            f"The user is marked as a person and has {plural(finding.facts['active'], 'active access key')}."
        )

    def step(self, finding: Finding) -> Step:
        if finding.user is None:
            return Step("Show people with access keys", f"{reverse('users:list')}?type=person&key=yes")
        return super().step(finding)
