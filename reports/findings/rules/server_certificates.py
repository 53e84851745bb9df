"""Server certificates that have expired, or soon will."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from credentials.models import ServerCertificate
from credentials.models.server_certificates import EXPIRES_SOON_DAYS
from credentials.server_certificates.rows import having
from iamconsole.addresses import reverse
from iamconsole.templatetags.console import absolute_day
from reports.findings import populations
from reports.findings.rule import Fault, Kind, Population, Rule, Step, Threshold, iso, moment
from reports.findings.standards import controls
from reports.models import Finding, Severity
from users.models import Account


class OfServerCertificates(Rule):
    """A rule about server certificates."""

    kind = Kind.SERVER_CERTIFICATE
    severity = Severity.MEDIUM
    needs = ("server_certificates",)
    reads = ("iam:ListServerCertificates",)
    status: ClassVar[ServerCertificate.Standing]

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        rows = ServerCertificate.objects.filter(having(self.status), account__in=accounts).order_by()
        columns: Any = rows.values_list(
            "account", "server_certificate_id", "server_certificate_name", "expiration"
        )
        for account, unique_id, name, expiration in columns.iterator():
            yield Fault(account, unique_id, name, {"expires": iso(expiration)})

    def population(self, accounts: Sequence[Account]) -> Population:
        return populations.by_account(ServerCertificate.objects.filter(account__in=accounts))

    def step(self, finding: Finding) -> Step:
        url = reverse("credentials:server-certificates")
        return Step("Show server certificates", f"{url}?status={self.status.value}")


class ExpiredServerCertificate(OfServerCertificates):
    id = "server-certificate-expired"
    title = "Server certificate has expired"
    why = "Browsers refuse services that still use it. Replace it there, then delete it."
    status = ServerCertificate.Standing.EXPIRED
    standards = controls(cis3="1.19", cis5="1.18", cis6="2.18", cis7="2.17", fsbp="IAM.26", soc2="CC6.1")

    def sentence(self, finding: Finding) -> str:
        return f"It expired on {absolute_day(moment(finding.facts['expires']))}."


class ExpiringServerCertificate(OfServerCertificates):
    id = "server-certificate-expiring"
    title = f"Server certificate expires within {EXPIRES_SOON_DAYS} days"
    why = "You cannot renew a certificate in place. Upload a new one and switch to it."
    threshold = Threshold(EXPIRES_SOON_DAYS, "day")
    status = ServerCertificate.Standing.EXPIRING
    difference = "Prowler and Security Hub look at certificates that have expired."

    def sentence(self, finding: Finding) -> str:
        return f"It expires on {absolute_day(moment(finding.facts['expires']))}."
