"""What a person has changed in the last minutes, with what takes it back (``operations.undoing``)."""

from typing import Any

from django.db import models
from django.utils import timezone


class RecentChange(models.Model):
    """A change made in the browser or by a job of its, until its time to be undone is over.

    ``steps`` are the operations that take it back, none where ``lasting`` says why nothing does. ``left`` is
    how it was after the change, as each step would find it. No secret is ever in them.
    """

    id = models.BigAutoField(primary_key=True)
    # The request or the job that made it; of a job the number of its row or step.
    work = models.UUIDField()
    row = models.PositiveIntegerField(default=0)
    account_id = models.CharField(max_length=12)
    owner = models.CharField(max_length=128)  # the person's unique ID (Caller.person_id)
    label = models.CharField(max_length=400)
    event_id = models.UUIDField()
    steps = models.JSONField(default=list)
    left = models.JSONField(default=list)
    lasting = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["work", "row"], name="recent_change_work")]

    def __str__(self) -> str:
        return f"{self.label} until {self.expires_at:%H:%M}"

    @property
    def is_over(self) -> bool:
        return bool(self.expires_at <= timezone.now())

    @property
    def undoes(self) -> dict[str, Any]:
        """What the Event of the undo says of it."""
        return {"Change": self.label, "EventId": str(self.event_id)}
