"""What ``manage.py prune`` has removed; one row for each kind and run, of events one for each file."""

import uuid

from django.db import models
from django.db.models import Q


class Removal(models.Model):
    """Rows of one kind that were removed, or are being removed.

    It outlives a worker that is killed: the next run finds the rows whose ``state`` is open and ends them.
    """

    class State(models.TextChoices):
        WRITING = "writing", "Writing the file"
        REMOVING = "removing", "Removing rows"
        DONE = "done", "Done"

    OPEN_STATES = (State.WRITING, State.REMOVING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=State)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    removed = models.PositiveIntegerField(default=0)
    # The moments of the first and the last of the rows.
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    # The file that events were exported to, as ``sha256sum`` tells it, and how many are in it.
    file = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    exported = models.PositiveIntegerField(default=0)
    # True only within a transaction that removes events, never in what others see (``ops.append_only``).
    permits = models.BooleanField(default=False)
    # The Event that tells of it.
    event_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["-begun_at"]
        indexes = [
            models.Index(fields=["kind"], condition=Q(permits=True), name="removal_permits"),
            models.Index(fields=["kind", "-begun_at"], name="removal_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.removed} {self.kind}"
