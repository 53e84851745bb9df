"""What the door keeps: events, jobs, intents and one-time secrets.

Accounts and principals are text here (account IDs and ARNs), so that no foreign key points upwards
and history outlives its subjects.
"""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from . import job_kinds
from .arn import short_arn
from .event_authors import Authored, short_name
from .event_authors import EventAuthors as EventAuthors
from .one_time_secrets import MOST_KEPT as MOST_KEPT
from .one_time_secrets import OneTimeSecret as OneTimeSecret
from .one_time_secrets import session_mac as session_mac
from .ops import request_ids
from .ops.instances import Instance as Instance
from .recent_changes import RecentChange as RecentChange
from .removals import Removal as Removal

# Reason of a failed sign-in -> what people read.
SIGN_IN_NOTES = {
    "password": "Wrong password",
    "held": "Paused: too many attempts",
    "held-known": "Paused at known addresses: too many attempts",
    "address-held": "Address paused: too many attempts",
    "storm": "Only known addresses: too many failures everywhere",
    "not-evaluated": "Attempts that were not checked",
    "mfa": "Wrong code",
    "mfa-held": "Codes paused: too many attempts",
    "api-mfa": "Wrong code at the API",
    "api-mfa-held": "Codes at the API paused: too many attempts",
    "passkey": "Passkey not accepted",
    "passkey-held": "Passkeys paused: too many attempts",
    "old-password-held": "Password changes paused: too many attempts",
    "mfa-seed-elsewhere": "MFA device of AWS",
    "mfa-unreadable": "MFA device cannot be read",
}


class Event(Authored, models.Model):
    """Who did what to what, when, from where, and whether it was allowed.

    Append-only: the database refuses changes, and removal by all but ``iamconsole.ops.prune``.
    """

    class Outcome(models.TextChoices):
        ALLOWED = "allowed", "Allowed"
        DENIED = "denied", "Denied"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    account_id = models.CharField(max_length=12)
    # The principal that acted, e.g. a role session; origin is who stands behind it.
    principal_arn = models.CharField(max_length=2048)
    origin_arn = models.CharField(max_length=2048, blank=True)
    action = models.CharField(max_length=128, db_index=True)
    resource = models.CharField(max_length=2048, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome)
    error_code = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    channel = models.CharField(max_length=16)
    source_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=400, blank=True)
    mfa = models.BooleanField(default=False)
    job_id = models.UUIDField(null=True)
    # That of the request which did it, or which started its job (iamconsole.ops.request_ids).
    request_id = models.CharField(max_length=64, blank=True, default=request_ids.current, db_default="")
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["account_id", "-at"]),
            models.Index(fields=["resource", "-at"]),
            # Which operations an account's history has, and the events of one of them.
            models.Index(fields=["account_id", "action", "-at"]),
            # What somebody did, and what was done on somebody's behalf.
            models.Index(fields=["principal_arn", "-at"]),
            # When somebody last used each operation.
            models.Index(fields=["account_id", "principal_arn", "action", "-at"], name="events_of_principal"),
            models.Index(fields=["account_id", "origin_arn", "-at"]),
            models.Index(fields=["account_id", "outcome", "-at"]),
            models.Index(fields=["request_id"], condition=~Q(request_id=""), name="events_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ} {self.principal_arn} {self.action} {self.outcome}"

    @property
    def note(self) -> str:
        """A few words on how a sign-in or a change outside went, where outcome and operation do not tell."""
        if self.detail.get("Warnings"):
            return "Allows more than before"
        if self.detail.get("NewAddress"):
            return "From a new address"
        words = SIGN_IN_NOTES.get(self.detail.get("Reason", ""), "")
        attempts = self.detail.get("Attempts")
        return f"{words}: {attempts:,}" if words and isinstance(attempts, int) else words

    @property
    def target(self) -> str:
        """The resource without the part that is the same for all of the account."""
        return short_arn(self.resource, self.account_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An event is never deleted.")


class Intent(models.Model):
    """A change that AWS is about to be asked for.

    Open until AWS's answer is in our database. One left open means that the process died or AWS
    vanished in between; the next sync of the account finds out what happened and settles it.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused by AWS"
        SETTLED = "settled", "Settled by a sync"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    operation = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    # What the operation saw before AWS was asked, by which the next reading is judged.
    evidence = models.JSONField(default=dict)
    resource = models.CharField(max_length=2048, blank=True)
    principal_arn = models.CharField(max_length=2048)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=400, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at"]
        indexes = [models.Index(fields=["account_id", "state"])]

    def __str__(self) -> str:
        return f"{self.operation} {self.resource} {self.state}"

    def give_up(self, why: str) -> None:
        """Nobody waits for AWS's answer any more: the next sync may settle it. It stays open."""
        self.outcome = why[:400]
        self.save(update_fields=["outcome"])

    def close(self, state: str, outcome: str = "") -> None:
        """Close the intent as done, refused or settled, with a sentence on how it came out."""
        self.state = state
        self.outcome = outcome[:400]
        self.closed_at = timezone.now()
        self.save(update_fields=["state", "outcome", "closed_at"])


class Job(models.Model):
    """Long work: what it is, how far it is, and who started it. Run by ``iamconsole.jobs``."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    OPEN_STATES = (State.WAITING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=32)
    account_id = models.CharField(max_length=12, db_index=True)
    # At most one open job of a key: one sync per account at a time, one report in the making.
    exclusive_key = models.CharField(max_length=100, blank=True)
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    steps = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True)
    # Grows with each worker that takes the job; what another one still writes is refused (iamconsole.fence).
    lease_number = models.PositiveBigIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # What the job waits for by itself and since when, not to run before, and seconds it waited in all.
    waits_for = models.CharField(max_length=200, blank=True, default="", db_default="")
    waits_since = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    waited = models.PositiveIntegerField(default=0, db_default=0)
    started_by_arn = models.CharField(max_length=2048)
    # The unique ID of the person behind (Caller.person_id), to whom the job belongs; "" for the schedule
    # and commands.
    started_by_id = models.CharField(max_length=128, blank=True)
    # What is needed to build the starter's Caller again; policies are read afresh (users.callers.build).
    starter = models.JSONField(default=dict)
    # That of the request which started it.
    request_id = models.CharField(max_length=64, blank=True, default=request_ids.current, db_default="")
    # When somebody decided about a job that stopped half-way (iamconsole.half_way).
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["exclusive_key"],
                condition=Q(state__in=["waiting", "running"]) & ~Q(exclusive_key=""),
                name="one_open_job_per_key",
            )
        ]
        indexes = [models.Index(fields=["account_id", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def title(self) -> str:
        return str(self.args.get("title") or job_kinds.kind_of(self).title)

    @property
    def unit(self) -> str:
        return job_kinds.kind_of(self).unit

    @property
    def why_waiting(self) -> str:
        """A sentence where it waits and nothing wakes a worker; "" else. Takes two seconds at most."""
        from .ops import broker

        return broker.why_jobs_wait() if self.state == self.State.WAITING else ""

    @property
    def words(self) -> job_kinds.JobKind:
        """What pages say of its kind."""
        return job_kinds.kind_of(self)

    @property
    def links(self) -> list[job_kinds.Link]:
        """The way to what it has made."""
        return job_kinds.links_of(self)

    @property
    def starter_name(self) -> str:
        return "the schedule" if self.args.get("scheduled") else short_name(self.started_by_arn)

    def belongs_to(self, person_id: str) -> bool:
        """Whether the person of that unique ID has started it."""
        return bool(person_id) and self.started_by_id == person_id

    @property
    def heartbeat_age(self) -> int:
        """Seconds since the worker's last sign of life."""
        age = (timezone.now() - self.heartbeat_at).total_seconds() if self.heartbeat_at else 0
        return max(int(age), 0)  # it was given by the database's clock

    @property
    def shown_steps(self) -> list[dict[str, str]]:
        """Steps as the panel shows them; without steps the note of what is going on, and what became of
        changes that AWS had not answered.
        """
        if self.steps:
            names = {step["of"] for step in self.steps if step.get("of")}
            at = {} if self.open else self.words.rows_at(self, names)
            return [
                {
                    "label": " ".join(filter(None, map(step.get, ("operation", "of", "key")))),
                    "href": at.get(step.get("of", ""), ""),
                    "state": "undone" if step.get("undone") else step["state"],
                    "detail": "Undone" if step.get("undone") else step.get("message", ""),
                }
                for step in self.steps
            ]
        settled = [{"label": text, "state": "done", "detail": ""} for text in self.result.get("settled", ())]
        return ([{"label": self.note, "state": self.state, "detail": ""}] if self.note else []) + settled

    @property
    def open(self) -> bool:
        return self.state in self.OPEN_STATES

    @property
    def is_put_off(self) -> bool:
        """Whether it waits for something that passes by itself."""
        return self.state == self.State.WAITING and bool(self.waits_for) and self.waits_since is not None

    @property
    def percent(self) -> int:
        if self.state == self.State.DONE:
            return 100
        return min(100, self.done * 100 // self.total) if self.total else 0


class ScheduleEntry(models.Model):
    """When a task of the schedule was last sent and last ran, by the database's clock."""

    name = models.CharField(max_length=100, primary_key=True)
    sent_at = models.DateTimeField(null=True)
    ran_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class JobRow(models.Model):
    """One thing that a job does, with its result: a row of a bulk action."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        UNDONE = "undone", "Undone"  # it was done, and taken back since

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    # What it is about: a unique ID, and the name for people.
    key = models.CharField(max_length=128)
    label = models.CharField(max_length=128)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_row_once")]

    def __str__(self) -> str:
        return f"{self.label}: {self.state}"


class KeyCheck(models.Model):
    """A known text under a key of the ring, by which a wrong ring is told at the start (``sealed``)."""

    key_id = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()

    def __str__(self) -> str:
        return self.key_id

    @property
    def place(self) -> str:
        return f"keycheck|sealed|{self.key_id}"
