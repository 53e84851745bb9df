"""Console passwords: the login profile, and hashes of former passwords."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class LoginProfile(models.Model):
    """That a user has a console password. The hash itself is the Django user's ``password``.

    On a linked account the password is usable here only when it was set here: AWS never tells it.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="login_profile"
    )
    create_date = models.DateTimeField(default=timezone.now)
    password_reset_required = models.BooleanField(default=False)
    password_last_changed = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Login profile of {self.user}"


class PasswordHistory(models.Model):
    """A hash of a password that was in use, for PasswordReusePrevention (up to 24, IAM-FACTS 4)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="password_history"
    )
    password = models.CharField(max_length=256)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-since", "-id"]

    def __str__(self) -> str:
        return f"Password of {self.user} since {self.since:%Y-%m-%d}"
