"""Signing certificates, SSH public keys and service-specific credentials of users.

AWS tells of none of them when it was used last, so no rule calls one unused.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from credentials.models import ServiceSpecificCredential, SigningCertificate, SSHPublicKey
from credentials.service_credentials.services import SERVICES, service_or_unknown
from credentials.signing_certificates import certificates
from iamconsole.not_known import NotKnown
from iamconsole.portions import portions
from iamconsole.templatetags.console import absolute_day
from reports.findings import populations
from reports.findings.asked import not_asked
from reports.findings.rule import (
    Fault,
    Kind,
    Population,
    Rule,
    Step,
    Threshold,
    before,
    iso,
    moment,
    user_step,
)
from reports.findings.standards import controls
from reports.models import Finding, Severity
from users.credential_status import KEY_LIMIT_DAYS
from users.models import Account, User

YEAR = 365  # days
ACTIVE = Q(status="Active")
NO_LAST_USE = "AWS does not tell when it was used last, so its age counts. Prowler has no such check."
WITH_KEYS = tuple(name for name, service in SERVICES.items() if service.has_api_keys)


class OfCredentials(Rule):
    """A rule about one kind of credential of IAM users."""

    severity = Severity.LOW
    model: ClassVar[type[Model]]
    unique: ClassVar[str]  # the column of its ID, None in a row that an import has made
    named: ClassVar[str]  # what people call it
    made: ClassVar[str]  # the column of its beginning
    others: ClassVar[Mapping[str, str]] = {}  # other facts, by their columns
    among = ACTIVE
    step_label: ClassVar[str]

    def at_fault(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of them that the rule finds fault with."""
        raise NotImplementedError

    def looked_at(self, accounts: Sequence[Account]) -> QuerySet[Any]:
        people = Q(user__account__in=accounts, user__kind=User.Kind.USER)
        return self.model._default_manager.filter(people, self.among).order_by()

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        columns = {"slot", self.unique, self.named, self.made, *self.others.values()}
        of_user = ("user", "user__account", "user__user_id", "user__user_name")
        for row in self.at_fault(self.looked_at(accounts)).values(*columns, *of_user).iterator():
            facts = {"made": iso(row[self.made])}
            for name, column in self.others.items():
                value = row[column]
                facts[name] = iso(value) if isinstance(value, datetime) else value
            yield Fault(
                account=row["user__account"],
                subject=row[self.unique] or f"{row['user__user_id']} {self.kind.value} {row['slot']}",
                name=row[self.named] or f"{self.kind.value.capitalize()} {row['slot']}",
                facts=facts,
                user=row["user"],
                user_name=row["user__user_name"],
            )

    def population(self, accounts: Sequence[Account]) -> Population:
        return populations.by_account(self.looked_at(accounts), "user__account")

    def step(self, finding: Finding) -> Step:
        return user_step(finding, self.step_label)


class OfSigningCertificates(OfCredentials):
    """A rule about active signing certificates."""

    kind = Kind.SIGNING_CERTIFICATE
    model = SigningCertificate
    unique, named, made = "certificate_id", "certificate_id", "upload_date"
    needs: ClassVar[tuple[str, ...]] = ("signing_certificates",)
    reads = ("iam:ListSigningCertificates",)
    step_label = "Show signing certificates"


class OldSigningCertificate(OfSigningCertificates):
    id = "signing-certificate-old"
    title = "Signing certificate older than a year"
    why = "Its private key is as old. Few services still take it. Deactivate it, then delete it."
    threshold = Threshold(YEAR, "day")
    difference = NO_LAST_USE

    def at_fault(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(upload_date__lt=before(YEAR))

    def sentence(self, finding: Finding) -> str:
        return f"Uploaded on {absolute_day(moment(finding.facts['made']))}."


class ExpiredSigningCertificate(OfSigningCertificates):
    id = "signing-certificate-expired"
    acts_by = "UpdateSigningCertificate"
    title = "Signing certificate has expired and is active"
    why = "It cannot sign anything now. Delete it."
    needs = ("signing_certificates", "certificate_bodies")
    difference = "Prowler has no such check. The date is read from the certificate."

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        rows = self.looked_at(accounts).exclude(body="").values_list("pk", "body")
        now = timezone.now()
        ends = {pk: end for pk, body in rows.iterator() if (end := end_of(body)) and end < now}
        for part in portions(sorted(ends)):
            found = self.looked_at(accounts).filter(pk__in=part)
            columns: Any = found.values_list(
                "pk", "certificate_id", "user", "user__account", "user__user_id", "user__user_name", "slot"
            )
            for pk, unique_id, user, account, user_id, user_name, slot in columns:
                yield Fault(
                    account=account,
                    subject=unique_id or f"{user_id} {self.kind.value} {slot}",
                    name=unique_id or f"Signing certificate {slot}",
                    facts={"expired": iso(ends[pk])},
                    user=user,
                    user_name=user_name,
                )

    def sentence(self, finding: Finding) -> str:
        return f"It expired on {absolute_day(moment(finding.facts['expired']))}."


@lru_cache(maxsize=4096)
def end_of(body: str) -> datetime | None:
    """The moment after which a certificate is not valid; None where its text cannot be read."""
    try:
        return certificates.read(body).not_after
    except certificates.MalformedCertificate:
        return None


class OldSshKey(OfCredentials):
    id = "ssh-key-old"
    title = "SSH public key older than a year"
    why = "Anybody with a copy of its private key reads your repositories. Have the user upload a new one."
    kind = Kind.SSH_KEY
    model = SSHPublicKey
    unique, named, made = "ssh_public_key_id", "ssh_public_key_id", "upload_date"
    threshold = Threshold(YEAR, "day")
    needs = ("ssh_public_keys",)
    reads = ("iam:ListSSHPublicKeys",)
    difference = NO_LAST_USE
    step_label = "Show SSH public keys"

    def at_fault(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(upload_date__lt=before(YEAR))

    def not_known(self, accounts: Sequence[Account]) -> dict[int, NotKnown]:
        return not_asked(accounts, "SSH public keys") | super().not_known(accounts)

    def sentence(self, finding: Finding) -> str:
        return f"Uploaded on {absolute_day(moment(finding.facts['made']))}."


class OfServiceCredentials(OfCredentials):
    """A rule about active service-specific credentials."""

    kind = Kind.SERVICE_CREDENTIAL
    model = ServiceSpecificCredential
    unique, named, made = "credential_id", "name", "create_date"
    others = {"service": "service_name", "expires": "expiration_date"}
    needs = ("service_credentials",)
    reads = ("iam:ListServiceSpecificCredentials",)
    step_label = "Show service-specific credentials"

    def service(self, finding: Finding) -> str:
        return service_or_unknown(finding.facts["service"]).short


class OldServiceCredential(OfServiceCredentials):
    id = "service-credential-old"
    title = "Service-specific credential older than 90 days"
    why = "It is a password for programs, without MFA. Reset or replace it as you would an access key."
    threshold = Threshold(KEY_LIMIT_DAYS, "day")
    standards = controls(pci4="8.6.3", nist="AC-2(1)", iso="A.5.17", soc2="CC6.1")
    difference = NO_LAST_USE

    def at_fault(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        running = Q(expiration_date=None) | Q(expiration_date__gt=timezone.now())
        return rows.filter(running, create_date__lt=before(KEY_LIMIT_DAYS))

    def sentence(self, finding: Finding) -> str:
        return f"For {self.service(finding)}, created on {absolute_day(moment(finding.facts['made']))}."


class EndlessServiceCredential(OfServiceCredentials):
    """Only API keys can expire: IAM takes no end for passwords of services."""

    id = "service-credential-never-expires"
    title = "API key that never expires"
    why = "A key that is forgotten works for good. Create one that expires, or use the credentials of a role."
    severity = Severity.MEDIUM
    among = ACTIVE & Q(service_name__in=WITH_KEYS)
    difference = "Prowler has no such check in its IAM service."

    def at_fault(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(expiration_date=None)

    def sentence(self, finding: Finding) -> str:
        created = absolute_day(moment(finding.facts["made"]))
        return f"For {self.service(finding)}, created on {created} without an end."


class ExpiredServiceCredential(OfServiceCredentials):
    id = "service-credential-expired"
    acts_by = "UpdateServiceSpecificCredential"
    title = "Service-specific credential has expired and is active"
    why = "It works no longer and takes one of two places. Delete it."
    difference = "Prowler has no such check."

    def at_fault(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(expiration_date__lte=timezone.now())

    def sentence(self, finding: Finding) -> str:
        return f"For {self.service(finding)}, expired on {absolute_day(moment(finding.facts['expires']))}."
