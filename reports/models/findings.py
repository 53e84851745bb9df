"""Findings: what a rule has against a subject, what people decided about it, and sums of both.

No reference to accounts and users is kept by the database: a web server of the release before knows nothing
of these tables, and still deletes accounts and users.
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from iamconsole.event_authors import short_name

SUBJECT_LENGTH = 256
TEXT_LENGTH = 2000


class Severity(models.IntegerChoices):
    """The worst first."""

    CRITICAL = 1, "Critical"
    HIGH = 2, "High"
    MEDIUM = 3, "Medium"
    LOW = 4, "Low"


class FindingQuerySet(models.QuerySet["Finding"]):
    def current(self) -> "FindingQuerySet":
        """Those whose rule still complains, whatever people decided about it."""
        return self.filter(state__in=Finding.CURRENT)

    def closed(self) -> "FindingQuerySet":
        """Those that are over."""
        return self.filter(closed_at__isnull=False)

    def to_do(self) -> "FindingQuerySet":
        """Those that wait for somebody: not exempt, not over."""
        return self.filter(state__in=Finding.TO_DO)


class Finding(models.Model):
    """One rule's complaint about one subject of one account.

    Evaluation alone opens and closes it (``reports.findings.evaluation``); people decide through the door
    what is done about it. ``subject`` tells subjects of a rule apart within the account, for good: unique
    IDs, never names. ``facts`` hold moments and numbers of the subject, not ages, so that a finding of an
    unchanged account does not change either.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        REOPENED = "reopened", "Reopened"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        EXEMPT = "exempt", "Exempt"
        FIXED = "fixed", "Fixed"
        # Nothing was fixed: the rule is off, or the subject is gone with its account's facts.
        WITHDRAWN = "withdrawn", "Withdrawn"

    TO_DO: ClassVar = (State.OPEN, State.REOPENED, State.ACKNOWLEDGED)
    CURRENT: ClassVar = (*TO_DO, State.EXEMPT)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        "users.Account", on_delete=models.CASCADE, db_constraint=False, related_name="findings"
    )
    rule = models.CharField(max_length=64)
    subject = models.CharField(max_length=SUBJECT_LENGTH)
    # What people call the subject; searched for.
    name = models.CharField(max_length=SUBJECT_LENGTH)
    # The IAM user or root it is about, and its name when that user is gone.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="findings",
    )
    user_name = models.CharField(max_length=128, blank=True)
    facts = models.JSONField(default=dict)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    # When it was opened last; ``first_opened_at`` when it was for the first time.
    opened_at = models.DateTimeField(default=timezone.now)
    first_opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    # Who answers for it: a name or a mail address. Chosen by evaluation until somebody chooses.
    owner = models.CharField(max_length=128, blank=True)
    owner_chosen = models.BooleanField(default=False)
    due_date = models.DateField(null=True)
    due_chosen = models.BooleanField(default=False)
    ticket = models.URLField(max_length=500, blank=True)
    # Through the end of that day (UTC) it is exempt.
    exempt_until = models.DateField(null=True)
    # When its owner was told of it first; of a rule that acts, also on which day it does, and when the owner
    # was told shortly before.
    warned_at = models.DateTimeField(null=True)
    last_warned_at = models.DateTimeField(null=True)
    act_on = models.DateField(null=True)

    objects: ClassVar[FindingQuerySet] = FindingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["severity", "-opened_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "rule", "subject"], name="finding_once_per_subject")
        ]
        indexes = [
            models.Index(
                fields=["account", "state", "severity", "-opened_at", "id"], name="findings_of_account"
            ),
            models.Index(fields=["rule", "state", "severity", "-opened_at", "id"], name="findings_of_rule"),
            models.Index(fields=["state", "severity", "-opened_at", "id"], name="findings_by_severity"),
            models.Index(fields=["user", "state"], name="findings_of_user"),
            models.Index(fields=["owner", "state"], name="findings_of_owner"),
            models.Index(
                fields=["closed_at"], condition=models.Q(closed_at__isnull=False), name="findings_closed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"

    @property
    def is_current(self) -> bool:
        return self.state in self.CURRENT

    @property
    def overdue(self) -> bool:
        """Whether the day on which it should have been done is over."""
        waits = self.state in self.TO_DO
        return waits and self.due_date is not None and self.due_date < timezone.now().date()


class FindingChange(models.Model):
    """One line of a finding's history: what evaluation did with it, or somebody decided or wrote."""

    class Kind(models.TextChoices):
        FIXED = "fixed", "Fixed"
        WITHDRAWN = "withdrawn", "Withdrawn"
        REOPENED = "reopened", "Reopened"
        EXEMPTION_ENDED = "exemption-ended", "Exemption ended"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        UNACKNOWLEDGED = "unacknowledged", "Acknowledgment taken back"
        ASSIGNED = "assigned", "Assigned"
        DUE = "due", "Due date set"
        TICKET = "ticket", "Ticket set"
        COMMENT = "comment", "Comment"
        EXEMPTION_PROPOSED = "exemption-proposed", "Exemption proposed"
        EXEMPT = "exempt", "Exemption granted"
        WARNED = "warned", "Owner warned"
        ACTED = "acted", "Deactivated by the rule"

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20, choices=Kind)
    # The ARN of who did it; "" for evaluation itself.
    by_arn = models.CharField(max_length=2048, blank=True)
    text = models.TextField(blank=True, max_length=TEXT_LENGTH)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.finding_id}"

    @property
    def by(self) -> str:
        """The name at the end of the ARN."""
        return short_name(self.by_arn)


class Exemption(models.Model):
    """Somebody takes the risk of a finding until a day: proposed, granted, and ended early or by its day."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="exemptions")
    reason = models.TextField(max_length=TEXT_LENGTH)
    ends_on = models.DateField()
    proposed_by_arn = models.CharField(max_length=2048)
    proposed_at = models.DateTimeField(default=timezone.now)
    # None while it is a proposal only.
    granted_by_arn = models.CharField(max_length=2048, blank=True)
    granted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_arn = models.CharField(max_length=2048, blank=True)

    class Meta:
        ordering = ["-proposed_at", "-id"]

    def __str__(self) -> str:
        return f"Exemption of {self.finding_id} until {self.ends_on}"


class RuleLevel(models.Model):
    """How far a rule goes in one account; without a row it reports."""

    class Level(models.TextChoices):
        OFF = "off", "Off"
        REPORT = "report", "Report"
        WARN = "warn", "Warn"
        ACT = "act", "Act"

    account = models.ForeignKey(
        "users.Account", on_delete=models.CASCADE, db_constraint=False, related_name="rule_levels"
    )
    rule = models.CharField(max_length=64)
    level = models.CharField(max_length=6, choices=Level)
    # Act begins as a dry run: until somebody has seen what it would do and said yes.
    dry_run = models.BooleanField(default=True)

    class Meta:
        ordering = ["rule"]
        constraints = [models.UniqueConstraint(fields=["account", "rule"], name="rule_level_once")]

    def __str__(self) -> str:
        return f"{self.rule}: {self.level}"


class RuleResult(models.Model):
    """Sums of one rule in one account: kept by evaluation and by what people decide.

    ``verdict`` without regard to exemptions: whether the rule finds fault, none, or could not be applied.
    """

    class Verdict(models.TextChoices):
        PASS = "pass", "Pass"
        FAIL = "fail", "Fail"
        NOT_KNOWN = "not-known", "Not known"
        OFF = "off", "Off"
        # Nothing in the account is of the kind that the rule is about.
        NOT_APPLICABLE = "not-applicable", "Not applicable"

    account = models.ForeignKey(
        "users.Account", on_delete=models.CASCADE, db_constraint=False, related_name="rule_results"
    )
    rule = models.CharField(max_length=64)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    verdict = models.CharField(max_length=14, choices=Verdict)
    # How many subjects the rule looked at, those that wait for somebody, and those that are exempt.
    subjects = models.PositiveIntegerField(default=0)
    to_do = models.PositiveIntegerField(default=0)
    exempt = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["rule"]
        constraints = [models.UniqueConstraint(fields=["account", "rule"], name="rule_result_once")]
        indexes = [models.Index(fields=["rule", "verdict"], name="rule_results_by_verdict")]

    def __str__(self) -> str:
        return f"{self.rule} in {self.account_id}: {self.verdict}"


class FindingsOfDay(models.Model):
    """How many findings of an account waited at the end of a day (UTC). Only changes are written: a day
    without a row is like the one before.
    """

    account = models.ForeignKey(
        "users.Account", on_delete=models.CASCADE, db_constraint=False, related_name="findings_by_day"
    )
    day = models.DateField()
    critical = models.PositiveIntegerField(default=0)
    high = models.PositiveIntegerField(default=0)
    medium = models.PositiveIntegerField(default=0)
    low = models.PositiveIntegerField(default=0)
    exempt = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="findings_once_a_day")]

    def __str__(self) -> str:
        return f"Findings of {self.account_id} on {self.day}"


class FindingSettings(models.Model):
    """What an account has decided about its findings; without a row the defaults hold."""

    account = models.OneToOneField(
        "users.Account", on_delete=models.CASCADE, db_constraint=False, related_name="finding_settings"
    )
    # Who hears of findings that have no other owner.
    contact = models.EmailField(blank=True)
    # An exemption is proposed by one person and granted by another.
    second_person = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Findings of {self.account_id}"


class FindingMail(models.Model):
    """One mail to an owner about findings of one account: a digest, at most one a day."""

    account = models.ForeignKey(
        "users.Account", on_delete=models.CASCADE, db_constraint=False, related_name="finding_mails"
    )
    owner = models.CharField(max_length=128)
    # Where it went; "" where no address of the owner is known, so nothing was sent.
    address = models.EmailField(blank=True)
    day = models.DateField()
    findings = models.PositiveIntegerField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-day", "owner"]
        constraints = [
            models.UniqueConstraint(fields=["account", "owner", "day"], name="finding_mail_once_a_day")
        ]

    def __str__(self) -> str:
        return f"Findings of {self.account_id} for {self.owner} on {self.day}"


class EvaluationDue(models.Model):
    """An account whose findings are to be looked at again. ``since`` moves on while it changes."""

    account = models.OneToOneField(
        "users.Account", on_delete=models.CASCADE, db_constraint=False, related_name="evaluation_due"
    )
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["since"]

    def __str__(self) -> str:
        return f"Evaluation of {self.account_id}"


class Attestation(models.Model):
    """A person's word for a control that this console cannot check, until a day."""

    account = models.ForeignKey(
        "users.Account", on_delete=models.CASCADE, db_constraint=False, related_name="attestations"
    )
    rule = models.CharField(max_length=64)
    holds = models.BooleanField()
    text = models.TextField(max_length=TEXT_LENGTH)
    by_arn = models.CharField(max_length=2048)
    at = models.DateTimeField(default=timezone.now)
    ends_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["account", "rule", "-at"], name="attestations_of_rule")]

    def __str__(self) -> str:
        return f"{self.rule} attested for {self.account_id}"
