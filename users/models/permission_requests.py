"""What people ask the administrators of their account for."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .accounts import Account

TEXT_LENGTH = 1000


class PermissionRequest(models.Model):
    """One thing that a user asks for. It gives nothing by itself: permissions are given by policies."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ANSWERED = "answered", "Answered"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The user's, beside it: each page counts the open ones of its account.
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="permission_requests")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="permission_requests"
    )
    text = models.CharField(max_length=TEXT_LENGTH)
    action = models.CharField(max_length=193, blank=True)
    resource = models.CharField(max_length=2048, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    # What who closed it had to say, who that was, and when.
    note = models.CharField(max_length=TEXT_LENGTH, blank=True)
    closed_by = models.CharField(max_length=2048, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state="open"), name="one_open_permission_request"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="permission_requests_listed"),
            models.Index(fields=["account"], condition=Q(state="open"), name="permission_requests_open"),
        ]

    def __str__(self) -> str:
        return f"{self.label} for {self.user}: {self.state}"

    @property
    def label(self) -> str:
        """What is asked for, in a line."""
        return self.action or self.text

    @property
    def closed_by_name(self) -> str:
        """The user, or the person in a role, at the end of the ARN."""
        return self.closed_by.rpartition("/")[2] if "/" in self.closed_by else "root"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN
