"""Rotations: a new key in place of an old one, step by step over days, and campaigns of several.

Account, user and keys are text here (account IDs, unique IDs, IDs of keys): a rotation outlives the keys it
is about, and says so where one has vanished.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

# Days that the old key must be quiet before it is deactivated, and inactive before it is deleted.
QUIET_DAYS, KEPT_DAYS, MOST_DAYS = 7, 14, 365
NAME_LENGTH = 128


class Campaign(models.Model):
    """Several rotations of an account with one name and one set of days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    name = models.CharField(max_length=NAME_LENGTH)
    quiet_days = models.PositiveSmallIntegerField(default=QUIET_DAYS)
    kept_days = models.PositiveSmallIntegerField(default=KEPT_DAYS)
    started_at = models.DateTimeField(default=timezone.now)
    started_by_arn = models.CharField(max_length=2048)
    started_by_id = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["account_id", "-started_at"], name="campaigns_listed")]

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    """What is rotated."""

    ACCESS_KEY = "access-key", "Access key"
    SERVICE_CREDENTIAL = "service-credential", "Service-specific credential"
    # The access key that the link of a linked account signs with: only the link gets the new secret.
    LINK_KEY = "link-key", "Access key of this console's link"


class State(models.TextChoices):
    """Where a rotation is: what it does or waits for now."""

    ROOM = "room", "Making room for a new key"
    CREATE = "create", "Creating the new key"
    HAND_OVER = "hand-over", "Handing over the secret"
    NEW_USE = "new-use", "Waiting for the new key to be used"
    OLD_QUIET = "old-quiet", "Waiting for the old key to be quiet"
    INACTIVE = "inactive", "Old key deactivated, waiting to delete it"
    DONE = "done", "Finished"
    CANCELLED = "cancelled", "Cancelled"
    # Something that it needs is gone: a key, the user, the account.
    ENDED = "ended", "Ended early"


OPEN_STATES = (State.ROOM, State.CREATE, State.HAND_OVER, State.NEW_USE, State.OLD_QUIET, State.INACTIVE)


class HandOver(models.TextChoices):
    """Who gets the new secret."""

    STARTER = "starter", "You, shown once on screen"
    OWNER = "owner", "The user, who takes it once by signing in or by a one-time link in an email"


class Rotation(models.Model):
    """One key that is replaced by another. It changes in operations only (``credentials.rotation``)."""

    Kind, State, HandOver = Kind, State, HandOver

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, null=True, related_name="rotations")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ACCESS_KEY)
    # The user whose keys these are; "" and the account's ID for root.
    user_id = models.CharField(max_length=128)
    user_name = models.CharField(max_length=128, blank=True)
    service_name = models.CharField(max_length=128, blank=True)
    old_id = models.CharField(max_length=128)
    new_id = models.CharField(max_length=128, blank=True)
    # The key that has to go first where both slots are taken, chosen by a person.
    room_id = models.CharField(max_length=128, blank=True)
    # When that key is deleted, once it is deactivated.
    room_until = models.DateTimeField(null=True)

    state = models.CharField(max_length=10, choices=State, default=State.CREATE)
    state_since = models.DateTimeField(default=timezone.now)
    # When the clock looks at it next; None where it waits for a person alone, and once it is over.
    due_at = models.DateTimeField(null=True)
    quiet_days = models.PositiveSmallIntegerField(default=QUIET_DAYS)
    kept_days = models.PositiveSmallIntegerField(default=KEPT_DAYS)
    # Why it does not go on by itself, in a sentence with what to do, and since when; "" where it does.
    held = models.TextField(blank=True)
    held_since = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_by_arn = models.CharField(max_length=2048, blank=True)

    hand_over = models.CharField(max_length=8, choices=HandOver, default=HandOver.STARTER)
    # The one-time secret that waits to be taken by the owner.
    secret_id = models.UUIDField(null=True)
    secret_until = models.DateTimeField(null=True)
    secret_taken_at = models.DateTimeField(null=True)
    # The new secret of the console's own link until the link has it.
    sealed_secret = models.TextField(blank=True)

    # Who said that the new key is in place, and when.
    in_place_by_arn = models.CharField(max_length=2048, blank=True)
    in_place_at = models.DateTimeField(null=True)
    # The last uses as AWS tells them, and when that was read.
    new_used_at = models.DateTimeField(null=True)
    new_used_service = models.CharField(max_length=64, blank=True)
    new_used_region = models.CharField(max_length=32, blank=True)
    new_read_at = models.DateTimeField(null=True)
    old_used_at = models.DateTimeField(null=True)
    old_used_service = models.CharField(max_length=64, blank=True)
    old_used_region = models.CharField(max_length=32, blank=True)
    old_read_at = models.DateTimeField(null=True)
    # How often it was looked at in this state, and what AWS was asked for it in all.
    looks = models.PositiveSmallIntegerField(default=0)
    aws_calls = models.PositiveSmallIntegerField(default=0)
    # When the old key was deactivated. It is deleted in a later run, never in that one.
    deactivated_at = models.DateTimeField(null=True)
    # So long nobody else takes a step: whoever does it asks AWS, or has died.
    claimed_until = models.DateTimeField(null=True)
    # Keys that the user had before the new one was asked for: by it a lost answer is recognized.
    known_ids = models.JSONField(default=list)

    # On whose behalf it acts; policies are read again for each step (users.callers.build.starter_of).
    starter = models.JSONField(default=dict)
    starter_arn = models.CharField(max_length=2048)
    starter_id = models.CharField(max_length=128, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    # How it ended, in sentences: which keys are there now and how.
    end_note = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            # The second of two people who rotate a key is told who does it.
            models.UniqueConstraint(
                fields=["account_id", "old_id"], condition=Q(ended_at=None), name="one_open_rotation_per_key"
            ),
        ]
        indexes = [
            models.Index(fields=["account_id", "-started_at", "-id"], name="rotations_listed"),
            models.Index(fields=["account_id", "user_id"], name="rotations_of_user"),
            models.Index(
                fields=["due_at"],
                condition=Q(ended_at=None, paused_at=None, due_at__isnull=False),
                name="rotations_due",
            ),
        ]

    OPEN: ClassVar[tuple[str, ...]] = OPEN_STATES

    def __str__(self) -> str:
        return f"Rotation of {self.old_id} of {self.user_label}: {self.state}"

    @property
    def user_label(self) -> str:
        return self.user_name or "root"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def place(self) -> str:
        """What the sealed secret is bound to."""
        return f"rotation|sealed_secret|{self.id}"

    @property
    def deletes_at(self) -> datetime | None:
        """When the old key is deleted, once it is deactivated."""
        return self.deactivated_at + timedelta(days=self.kept_days) if self.deactivated_at else None

    @property
    def new_used_with(self) -> str:
        """Service and region of the new key's last use, as in "s3 in eu-central-1"; "" where not told."""
        return " in ".join(filter(None, (self.new_used_service, self.new_used_region)))

    @property
    def old_used_with(self) -> str:
        return " in ".join(filter(None, (self.old_used_service, self.old_used_region)))

    @property
    def can_undo(self) -> bool:
        """Whether the old key can still come back: it is deactivated and not yet deleted."""
        return self.is_open and self.state == State.INACTIVE
