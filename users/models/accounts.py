"""An account, how a linked one is reached, and its password policy."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from iamconsole.arn import Arns, as_account_id
from iamconsole.operations import LinkSpec
from iamconsole.operations.caller import Method
from users.facts import Unread

ACCOUNT_COLOURS = 8


class Account(models.Model):
    """One AWS account, or one of our own: users with unique names, a root user, quotas, a policy."""

    class Kind(models.TextChoices):
        LOCAL = "local", "Local account"
        LINKED = "linked", "Linked to AWS"
        IMPORTED = "imported", "Imported"

    account_id = models.CharField(max_length=12, unique=True)
    alias = models.CharField(max_length=63, unique=True, null=True)  # noqa: DJ001  (absent is not "")
    name = models.CharField(max_length=63, blank=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.LOCAL)
    partition = models.CharField(max_length=16, default="aws")
    # The first local account: its administrators link and create the others (ARCHITECTURE 3).
    is_home = models.BooleanField(default=False)
    colour = models.PositiveSmallIntegerField(default=1)
    require_mfa = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    # When a linked account was unlinked and kept: nothing brings it up to date any more.
    snapshot_at = models.DateTimeField(null=True)
    # What had not been read then (``users.facts``).
    not_read = models.JSONField(default=list)

    class Meta:
        ordering = ["-is_home", "name", "account_id"]
        constraints = [
            models.UniqueConstraint(fields=["is_home"], condition=Q(is_home=True), name="one_home_account")
        ]

    def __str__(self) -> str:
        return self.label

    @cached_property
    def not_known(self) -> Unread:
        """What was not read of the account, by the name of the fact; None there is what is known."""
        return Unread(self)

    @property
    def alias_reads_as_id(self) -> bool:
        """Whether the alias looks like an account ID, as AWS allows with dashes: nobody signs in with it."""
        return bool(as_account_id(self.alias or ""))

    @property
    def own_alias(self) -> str:
        """The alias that stands for this account and no other; "" without one."""
        return "" if self.alias_reads_as_id else self.alias or ""

    @property
    def sign_in_name(self) -> str:
        """What users of the account type for it when they sign in: its alias, else its ID."""
        return self.own_alias or self.account_id

    @property
    def label(self) -> str:
        return self.own_alias or self.name or self.account_id

    @property
    def arns(self) -> Arns:
        """Puts together the ARNs of what is in the account."""
        return Arns(self.partition, self.account_id)

    @property
    def arn(self) -> str:
        return self.arns.root

    @property
    def link_spec(self) -> LinkSpec | None:
        """How to reach AWS for this account; None for an account that is not linked."""
        if self.kind != self.Kind.LINKED:
            return None
        link = self.link
        return LinkSpec(
            account_id=self.account_id,
            method=cast(Method, link.method),
            profile=link.profile,
            role_arn=link.role_arn,
            external_id=link.external_id,
            access_key_id=link.access_key_id,
            sealed_secret=link.sealed_secret,
            secret_place=link.place,
            partition=self.partition,
        )


Accounts = Account | str | Iterable[Account]


def in_accounts(accounts: Accounts, by: str = "") -> Q:
    """The rows of an account, of one by its ID, or of several; ``by`` leads to their user: ``user__``."""
    if isinstance(accounts, Account):
        return Q(**{f"{by}account": accounts})
    if isinstance(accounts, str):
        return Q(**{f"{by}account__account_id": accounts})
    return Q(**{f"{by}account__in": accounts})


class AccountLink(models.Model):
    """How a linked account is reached, and what the last sync found."""

    class Method(models.TextChoices):
        DEFAULT = "default", "The console's own AWS identity"
        PROFILE = "profile", "A profile of the AWS configuration"
        ROLE = "role", "A role in the account, with an external ID"
        KEY = "key", "An access key kept here, encrypted"

    class Every(models.IntegerChoices):
        OFF = 0, "Off"
        HOUR = 1, "Every hour"
        FOUR_HOURS = 4, "Every 4 hours"
        DAY = 24, "Every day"

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="link")
    method = models.CharField(max_length=8, choices=Method, default=Method.DEFAULT)
    profile = models.CharField(max_length=128, blank=True)
    role_arn = models.CharField(max_length=2048, blank=True)
    external_id = models.CharField(max_length=1224, blank=True)
    access_key_id = models.CharField(max_length=128, blank=True)
    sealed_secret = models.TextField(blank=True)
    # What the secret is sealed for: a new one with every secret.
    seal_id = models.UUIDField(null=True)
    identity_arn = models.CharField(max_length=2048, blank=True)
    synced_at = models.DateTimeField(null=True)
    sync_error = models.TextField(blank=True)
    sync_counts = models.JSONField(default=dict)
    # GetAccountSummary as AWS last answered it, and when: the account's own quotas (users.quotas).
    summary = models.JSONField(default=dict)
    summary_at = models.DateTimeField(null=True)
    # Hours between syncs that start by themselves (users.accounts.sync_schedule), and when one last did.
    sync_every = models.PositiveSmallIntegerField(choices=Every, default=Every.FOUR_HOURS)
    scheduled_at = models.DateTimeField(null=True)
    # Since when AWS does not let the link in, in which words, and when it was last tried
    # (users.accounts.pauses).
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.TextField(blank=True)
    tried_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.account.account_id} by {self.method}"

    @property
    def place(self) -> str:
        return secret_place(self.seal_id)

    @property
    def key_end(self) -> str:
        """The last four characters of the access key's ID, all that pages show of it."""
        return self.access_key_id[-4:]


def secret_place(seal_id: uuid.UUID | None) -> str:
    """What the secret of a link is sealed for (``iamconsole.crypto``)."""
    return f"accountlink|sealed_secret|{seal_id}"


class SyncRun(models.Model):
    """One sync of a linked account: what was planned, what AWS was asked, what came of it.

    Written by ``iamconsole.sync``; kept for some months, so that a page can show how it went.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        PARTIAL = "partial", "Incomplete"
        FAILED = "failed", "Failed"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sync_runs")
    # Repeated by another worker it is the same run: the figures are those of the last attempt.
    job_id = models.UUIDField(unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    # Calls by action: as they were expected, and as AWS received them (repeated ones included).
    planned = models.JSONField(default=dict)
    calls = models.JSONField(default=dict)
    call_count = models.PositiveIntegerField(default=0)
    retries = models.PositiveIntegerField(default=0)
    throttled = models.PositiveIntegerField(default=0)
    users = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    # Users about whom AWS did not answer everything; the next sync asks again.
    unanswered = models.PositiveIntegerField(default=0)
    # When AWS made the credential report that was read.
    report_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["account", "-started_at"], name="sync_runs_of_account")]

    def __str__(self) -> str:
        return f"Sync of {self.account.account_id} at {self.started_at:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()

    @property
    def actions(self) -> list[dict[str, Any]]:
        """Each action with the calls that were expected and those that were made."""
        names = sorted({*self.planned, *self.calls})
        return [
            {"action": name, "planned": self.planned.get(name, 0), "made": self.calls.get(name, 0)}
            for name in names
        ]

    @property
    def planned_count(self) -> int:
        return sum(self.planned.values())


# The default AWS policy where no custom one is set (IAM-FACTS 4).
DEFAULT_MINIMUM_LENGTH = 8
DEFAULT_CHARACTER_KINDS = 3


class PasswordPolicy(models.Model):
    """An account's custom password policy. No row means AWS's default policy (IAM-FACTS 4)."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="password_policy")
    minimum_password_length = models.PositiveSmallIntegerField(default=6)
    require_symbols = models.BooleanField(default=False)
    require_numbers = models.BooleanField(default=False)
    require_uppercase_characters = models.BooleanField(default=False)
    require_lowercase_characters = models.BooleanField(default=False)
    allow_users_to_change_password = models.BooleanField(default=False)
    max_password_age = models.PositiveSmallIntegerField(null=True)
    password_reuse_prevention = models.PositiveSmallIntegerField(null=True)
    hard_expiry = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Password policy of {self.account}"

    @classmethod
    def of(cls, account: Account | int) -> "PasswordPolicy | None":
        """The custom policy of an account, or of one by its key; None for the default.

        Where it was read with the account (``select_related``), it is that one.
        """
        relation = Account._meta.get_field("password_policy")
        if isinstance(account, Account) and relation.is_cached(account):
            return cast("PasswordPolicy | None", relation.get_cached_value(account))
        return cls.objects.filter(account=account).first()

    @property
    def lifetime(self) -> timedelta | None:
        """How long a password lives; None when it never expires."""
        return timedelta(days=self.max_password_age) if self.max_password_age else None
