"""Organizations of AWS that accounts were found in: their units, and their accounts, linked here or not."""

from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from users.models.accounts import Account

# The phases of an account (IAM-FACTS 2.17.1). Nobody can work in one that is in the last three.
STATES = {
    "PENDING_ACTIVATION": "Being activated",
    "ACTIVE": "Active",
    "SUSPENDED": "Suspended",
    "PENDING_CLOSURE": "Being closed",
    "CLOSED": "Closed",
}
CLOSED_STATES = ("SUSPENDED", "PENDING_CLOSURE", "CLOSED")
NOT_READY = ("PENDING_ACTIVATION", *CLOSED_STATES)


class Organization(models.Model):
    """How an organization is read, and when. An organization is within one partition; one of each is kept."""

    class Every(models.IntegerChoices):
        OFF = 0, "Off"
        FOUR_HOURS = 4, "Every 4 hours"
        DAY = 24, "Every day"

    partition = models.CharField(max_length=16, unique=True)
    organization_id = models.CharField(max_length=34, blank=True)
    management_account_id = models.CharField(max_length=12, blank=True)
    # The linked account whose link reads it; without one, the console's own AWS identity.
    reader = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    # The role by which its accounts are linked: known since the first were.
    role_name = models.CharField(max_length=512, blank=True)
    external_id = models.CharField(max_length=1224, blank=True)
    read_every = models.PositiveSmallIntegerField(choices=Every, default=Every.OFF)
    scheduled_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    calls = models.PositiveIntegerField(default=0)
    # Why the last reading failed, and why the units could not be read while the accounts could.
    error = models.TextField(blank=True)
    units_error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.organization_id or self.partition


class OrganizationalUnit(models.Model):
    """The root or a unit of an organization: a group of accounts."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="units")
    unit_id = models.CharField(max_length=68, unique=True)
    name = models.CharField(max_length=128)
    # Names and IDs from the root down to it. Each ID ends with a slash: what is below begins with them.
    full_name = models.TextField()
    path = models.TextField()

    class Meta:
        ordering = ["full_name"]

    def __str__(self) -> str:
        return self.full_name


class MemberQuerySet(QuerySet["OrganizationAccount"]):
    def present(self) -> "MemberQuerySet":
        """Those that the last reading has found."""
        return self.filter(left_at=None)

    def to_link(self) -> "MemberQuerySet":
        """Those that are not in this console and can be linked; one of unknown state can be tried."""
        here = Account.objects.values("account_id")
        return self.present().exclude(state__in=NOT_READY).exclude(account_id__in=here)

    def new(self) -> "MemberQuerySet":
        """Those to link that nobody has seen yet, in an organization that accounts were linked from."""
        return self.to_link().filter(seen=False).exclude(organization__role_name="")


class OrganizationAccount(models.Model):
    """An account of an organization as the last reading has found it."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="accounts")
    account_id = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=128, blank=True)
    # "": AWS did not tell it, which is not inactive.
    state = models.CharField(max_length=32, blank=True)
    unit = models.ForeignKey(
        OrganizationalUnit, on_delete=models.SET_NULL, null=True, related_name="accounts"
    )
    found_at = models.DateTimeField(default=timezone.now)
    # Somebody has been shown that it is there, and chose to link it or not to.
    seen = models.BooleanField(default=False)
    left_at = models.DateTimeField(null=True)

    objects: Any = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["name", "account_id"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.name}".strip()

    @property
    def label(self) -> str:
        """What pages call it."""
        return self.name or self.account_id

    @property
    def closed(self) -> bool:
        """Whether AWS has closed or suspended it."""
        return self.state in CLOSED_STATES

    @property
    def ready(self) -> bool:
        """Whether nothing that AWS says speaks against linking it."""
        return self.state not in NOT_READY

    @property
    def state_name(self) -> str:
        """The state in words; as AWS writes it where it is a new one."""
        return STATES.get(self.state, self.state)


def below(unit: OrganizationalUnit) -> Q:
    """Accounts of an organization in a unit or anywhere below it."""
    return Q(left_at=None, unit__path__startswith=unit.path)
