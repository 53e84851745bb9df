"""One-time links with which a user chooses a password; at most one per user."""

from django.conf import settings
from django.db import models
from django.db.models import F, QuerySet
from django.utils import timezone


class PasswordLink(models.Model):
    """A link that was made for a user. Only the digest of its token is kept.

    It belongs to the row of the user and to the name the user had: neither a new user of an old name
    nor an old user under a new name is reached by it.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="password_link"
    )
    user_name = models.CharField(max_length=128)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=2048)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    # Another password was set, or console access was removed, before it was used.
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Password link of {self.user_name} until {self.expires_at:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> str:
        """open, used, ended or expired."""
        if self.used_at:
            return "used"
        if self.ended_at or self.user_name != self.user.user_name:
            return "ended"
        return "open" if self.expires_at > timezone.now() else "expired"

    @classmethod
    def unused(cls) -> "QuerySet[PasswordLink]":
        """Neither used nor ended nor over. An UPDATE of these has one winner, whatever runs beside it."""
        return cls.objects.filter(used_at=None, ended_at=None, expires_at__gt=timezone.now())

    @classmethod
    def still_open(cls) -> "QuerySet[PasswordLink]":
        """The links that work now: unused, and the user still has the name it was made for."""
        return cls.unused().filter(user_name=F("user__user_name"))
