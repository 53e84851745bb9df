"""Mails about what happened to a user's credentials, and how their delivery went."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from iamconsole.models import Event


class Notice(models.Model):
    """One mail about one Event.

    The address is kept as it was when it happened: whoever changes it afterwards does not turn the
    mail away from its reader.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Notified by e-mail"
        # There was no mail server: nobody got it.
        PRINTED = "printed", "Mail printed to the log, none sent"
        FAILED = "failed", "E-mail not delivered"

    # No constraint of the database: on PostgreSQL it would need the right to UPDATE the table of Events,
    # which an installation may take away (docs/threat-model.md). Events are never deleted.
    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="notice", db_constraint=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    operation = models.CharField(max_length=128)
    address = models.EmailField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # What the mail server said last, without what was sent to it.
    error = models.CharField(max_length=200, blank=True)
    # Nobody tries before this moment: the pause after a failure, or the time of who tries now.
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-due_at"]
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return f"{self.operation} {self.state}"
