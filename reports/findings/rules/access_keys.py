"""Access keys of IAM users: unused, old."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import F, Q, QuerySet

from credentials.access_keys.reading import old_keys_url
from credentials.models import AccessKey
from iamconsole.addresses import reverse
from iamconsole.templatetags.console import absolute_day
from reports.findings import populations
from reports.findings.rule import (
    Fault,
    Kind,
    Population,
    Rule,
    Step,
    Threshold,
    before,
    day,
    iso,
    moment,
    today,
    user_step,
)
from reports.findings.standards import UNUSED_45, UNUSED_90, controls
from reports.models import Finding, Severity
from reports.unused.unused import Rule as Unused
from reports.unused.unused import under
from users.credential_status import GRACE_DAYS, KEY_ERROR_DAYS, KEY_LIMIT_DAYS
from users.models import Account, User

COLUMNS = (
    "user__account",
    "access_key_id",
    "slot",
    "create_date",
    "last_used_date",
    "last_used_service",
    "last_used_region",
    "owner",
    "review_date",
    "user",
    "user__user_id",
    "user__user_name",
)


EDGES = (
    "Prowler fails a key after more than {days} days and passes one that was never used. Here {days} whole "
    "days are enough, as CIS says, and a key that was never used has the age of its creation, once it is 14 "
    "days old. Prowler counts the key of the root user too. Break-glass users have rules of their own."
)


class OfKeys(Rule):
    """A rule about access keys of IAM users. Most look at active ones: an inactive one can do nothing
    (IAM-FACTS 2.21.2).
    """

    kind = Kind.ACCESS_KEY
    reads = ("iam:ListAccessKeys",)
    needs: ClassVar[tuple[str, ...]] = ("access_keys",)
    # Which keys it looks at: an entry of ``populations.KEYS``.
    among: ClassVar[str] = "active"

    @abstractmethod
    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        """Those of them that the rule finds fault with."""

    def severity_of(self, key: dict[str, Any]) -> Severity | None:
        """Where one key is worse than the rule."""
        return None

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        keys = AccessKey.objects.of_people(accounts).filter(populations.KEYS[self.among]).order_by()
        for key in self.at_fault(keys).values(*COLUMNS).iterator():
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
                    "review": iso(key["review_date"]),
                },
                user=key["user"],
                user_name=key["user__user_name"],
                owner=key["owner"],
                severity=self.severity_of(key),
            )

    def population(self, accounts: Sequence[Account]) -> Population:
        return populations.access_keys(accounts, self.among)

    def step(self, finding: Finding) -> Step:
        return user_step(finding, "Show the access key")


class UnusedAccessKey(OfKeys):
    """Unused counts from the last use; of a key that was never used, from its creation."""

    days: ClassVar[int]
    among = "everyday"
    judges_break_glass = False
    needs = ("access_keys", "last_use")
    acts_by = "UpdateAccessKey"

    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        dated = keys.filter(age_known=True).annotate(created=F("create_date"), used=F("last_used_date"))
        return under(dated, Unused(days=self.days))

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
    why = "Nobody misses it, and anybody who finds it can use it. Deactivate it, then delete it."
    severity = Severity.MEDIUM
    days = 90
    threshold = Threshold(days, "day")
    standards = UNUSED_90
    difference = EDGES.format(days=90)


class UnusedAccessKey45(UnusedAccessKey):
    id = "access-key-unused-45"
    title = "Access key not used for 45 days"
    why = "CIS asks to deactivate a key after 45 days without use."
    severity = Severity.LOW
    days = 45
    threshold = Threshold(days, "day")
    standards = UNUSED_45
    difference = EDGES.format(days=45)


class OldAccessKey(OfKeys):
    id = "access-key-old"
    title = "Access key older than 90 days"
    why = "A key that was copied somewhere works until it is replaced. Rotate it."
    severity = Severity.MEDIUM
    threshold = Threshold(KEY_LIMIT_DAYS, "day")
    standards = controls(
        cis12="1.4",
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
    difference = "Prowler counts the key of the root user too. Here root has rules of its own."

    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        return keys.filter(age_known=True, create_date__lt=before(KEY_LIMIT_DAYS))

    def severity_of(self, key: dict[str, Any]) -> Severity | None:
        return Severity.HIGH if key["create_date"] < before(KEY_ERROR_DAYS) else None

    def together(self) -> Step:
        return Step("Show old access keys", old_keys_url())

    def sentence(self, finding: Finding) -> str:
        return f"Created on {absolute_day(moment(finding.facts['created']))}."


class KeyMadeWithUser(OfKeys):
    """A key from the form that created the user, which nobody ever needed."""

    id = "access-key-made-with-user"
    title = "Access key created together with the user and never used"
    why = "A user who signs in with a password seldom needs a key. Delete it. Create one when somebody asks."
    severity = Severity.LOW
    threshold = Threshold(5, "minute")
    among = "with password"
    judges_break_glass = False
    needs = ("access_keys", "passwords", "last_use")
    standards = controls(cis12="1.21", cis3="1.11", cis5="1.10", cis6="2.10", iso="A.5.15", soc2="CC6.2")
    difference = (
        "Prowler fails each active key that was never used of a user with a password, and does not compare "
        "times. CIS means a key that was made together with the user: here it was made within 5 minutes. "
        "Prowler counts the root user too."
    )

    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        together = Q(create_date__lte=F("user__create_date") + timedelta(minutes=self.threshold.number))
        return keys.filter(together, age_known=True, last_used_date=None, create_date__lte=before(GRACE_DAYS))

    def sentence(self, finding: Finding) -> str:
        return f"Created with the user on {absolute_day(moment(finding.facts['created']))} and never used."


class KeyWithoutOwner(OfKeys):
    id = "access-key-without-owner"
    title = "Access key without an owner"
    why = "When a key leaks, somebody has to know what breaks without it. Enter who answers for it."
    severity = Severity.LOW
    difference = "This console only: AWS keeps no owner of a key."

    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        workload_or_untold = ~Q(user__user_type=User.UserType.PERSON)
        return keys.filter(workload_or_untold, owner="", create_date__lte=before(GRACE_DAYS))

    def sentence(self, finding: Finding) -> str:
        return "Nobody is entered as the owner of this access key."


class ReviewDue(OfKeys):
    id = "access-key-review-due"
    title = "Access key past its review date"
    why = "Somebody wanted to look on this day whether the key is still needed. Ask the owner."
    severity = Severity.MEDIUM
    among = "with review date"
    difference = "This console only: AWS keeps no review date of a key."

    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        return keys.filter(review_date__lte=today())

    def sentence(self, finding: Finding) -> str:
        return f"The review date was {absolute_day(day(finding.facts['review']))}."


class SecretLost(OfKeys):
    id = "access-key-secret-lost"
    title = "Access key whose secret nobody has"
    why = "AWS created the key, but its answer with the secret never arrived. Delete it and create another."
    severity = Severity.MEDIUM
    among = "all"
    difference = "This console only: others cannot know that the secret was lost."

    def at_fault(self, keys: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        return keys.filter(secret_lost=True)

    def sentence(self, finding: Finding) -> str:
        created = absolute_day(moment(finding.facts["created"]))
        return f"Created on {created}. Its secret was lost before anybody saw it."
