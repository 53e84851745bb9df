"""Signed-in sessions, one row each: what the list shows, and what ends a session on any backend."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class ConsoleSession(models.Model):
    """A session of a user in a browser. It lasts only as long as this row says so.

    The session store may be a cache that forgets late; this row is asked at every request. It holds
    a keyed hash of the session key, never the key: whoever reads the table can take over nothing.
    """

    class Ended(models.TextChoices):
        SIGNED_OUT = "signed-out", "Signed out"
        REVOKED = "revoked", "Ended from elsewhere"
        LIMIT = "limit", "Ended by its time limit"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="console_sessions"
    )
    session_mac = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    # To the minute: a read should not write.
    last_seen_at = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=400, blank=True)
    mfa_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=10, choices=Ended, blank=True)

    class Meta:
        ordering = ["-last_seen_at", "-created_at"]
        indexes = [models.Index(fields=["user", "ended_at"])]

    def __str__(self) -> str:
        return f"Session of {self.user} since {self.created_at:%Y-%m-%d %H:%M}"
