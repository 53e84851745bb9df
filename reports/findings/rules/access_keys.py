"""Access keys of IAM users: unused, old."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce

from credentials.models import AccessKey
from iamconsole.addresses import reverse
from iamconsole.templatetags.console import absolute_day
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
from users.credential_status import GRACE_DAYS, KEY_ERROR_DAYS, KEY_LIMIT_DAYS
from users.models import Account

COLUMNS = (
    "user__account",
    "access_key_id",
    "slot",
    "create_date",
    "last_used_date",
    "last_used_service",
    "last_used_region",
    "owner",
    "user",
    "user__user_id",
    "user__user_name",
)


def active_keys(accounts: Sequence[Account]) -> QuerySet[AccessKey]:
    return AccessKey.objects.of_people(accounts).active().order_by()


class OfActiveKeys(Rule):
    """A rule about active access keys of IAM users; an inactive one can do nothing (IAM-FACTS-2 21.2)."""

    kind = Kind.ACCESS_KEY
    reads = ("iam:ListAccessKeys",)

    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        """Those of the active keys that the rule finds fault with."""
        raise NotImplementedError

    def severity_of(self, key: dict[str, Any]) -> Severity | None:
        """Where one key is worse than the rule."""
        return None

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        for key in self.at_fault(active_keys(accounts)).values(*COLUMNS).iterator():
            name = key["access_key_id"] or f"Access key {key['slot']}"
            yield Fault(
                account=key["user__account"],
                subject=key["access_key_id"] or f"{key['user__user_id']} key {key['slot']}",
                name=name,
                facts={
                    "created": iso(key["create_date"]),
                    "used": iso(key["last_used_date"]),
                    "service": key["last_used_service"],
                    "region": key["last_used_region"],
                },
                user=key["user"],
                user_name=key["user__user_name"],
                owner=key["owner"],
                severity=self.severity_of(key),
            )

    def population(self, accounts: Sequence[Account]) -> Population:
        rows = active_keys(accounts).values_list("user__account").annotate(number=Count("pk"))
        return dict(rows)


class UnusedAccessKey(OfActiveKeys):
    """Unused counts from the last use; of a key that was never used, from its creation."""

    days: ClassVar[int]
    needs = ("access_keys", "last_use")
    acts_by = "UpdateAccessKey"

    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        idle = keys.annotate(since=Coalesce(F("last_used_date"), F("create_date")))
        return idle.filter(
            age_known=True,
            since__lte=before(self.days),
            create_date__lte=before(GRACE_DAYS),
        )

    def sentence(self, finding: Finding) -> str:
        facts = finding.facts
        if used := moment(facts["used"]):
            service = f" for {facts['service']}" if facts["service"] else ""
            return f"Last used on {absolute_day(used)}{service}."
        return f"Never used since it was created on {absolute_day(moment(facts['created']))}."

    def step(self, finding: Finding) -> Step:
        url = f"{reverse('reports:unused-credentials')}?days={self.days}&kind=key"
        return Step("Review unused access keys", url)


class UnusedAccessKey90(UnusedAccessKey):
    id = "access-key-unused-90"
    title = "Access key not used for 90 days"
    why = "Nobody misses it, and whoever finds it can use it. Deactivate it, then delete it."
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


class UnusedAccessKey45(UnusedAccessKey):
    id = "access-key-unused-45"
    title = "Access key not used for 45 days"
    why = "CIS asks to deactivate a key after 45 days without use."
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


class OldAccessKey(OfActiveKeys):
    id = "access-key-old"
    title = "Access key older than 90 days"
    why = "A key that was copied somewhere works until it is replaced. Rotate it."
    severity = Severity.MEDIUM
    threshold = Threshold(KEY_LIMIT_DAYS, "day")
    needs = ("access_keys",)
    standards = controls(
        cis3="1.14",
        cis5="1.13",
        cis6="2.13",
        cis7="2.12",
        fsbp="IAM.3",
        pci4="8.3.9, 8.6.3",
        nist="AC-2(1), AC-2(3)",
        iso="A.5.17",
        soc2="CC6.1",
    )

    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        return keys.filter(age_known=True, create_date__lt=before(KEY_LIMIT_DAYS))

    def severity_of(self, key: dict[str, Any]) -> Severity | None:
        return Severity.HIGH if key["create_date"] < before(KEY_ERROR_DAYS) else None

    def sentence(self, finding: Finding) -> str:
        return f"Created on {absolute_day(moment(finding.facts['created']))}."

    def step(self, finding: Finding) -> Step:
        return user_step(finding, "Show the access key")
