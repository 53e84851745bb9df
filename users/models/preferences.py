"""How a person likes to see the list of users, and what it does not want to see any more."""

from typing import Any

from django.conf import settings
from django.db import models


class ListPreferences(models.Model):
    """Columns in their order, rows per page, and density: of one person, on every machine."""

    class Density(models.TextChoices):
        NORMAL = "normal", "Normal"
        COMPACT = "compact", "Compact"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="list_preferences"
    )
    columns = models.JSONField(default=list)
    page_size = models.PositiveSmallIntegerField(default=25)
    density = models.CharField(max_length=8, choices=Density, default=Density.NORMAL)

    def __str__(self) -> str:
        return f"List preferences of {self.user}"

    @classmethod
    def of(cls, user: Any) -> "ListPreferences":
        """The person's own, or the defaults, not saved."""
        return getattr(user, "list_preferences", None) or cls(user=user)


class HiddenPart(models.Model):
    """A part of the pages that a person has hidden, until it shows it again."""

    class Part(models.TextChoices):
        FIRST_STEPS = "first-steps", "First steps"
        ROOT_NOTICE = "root-notice", "Root is for emergencies"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hidden_parts")
    part = models.CharField(max_length=16, choices=Part)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "part"], name="hidden_part_once")]

    def __str__(self) -> str:
        return f"{self.part} of {self.user}"

    @classmethod
    def is_hidden(cls, user: Any, part: str) -> bool:
        """Whether the person has hidden it."""
        return cls.objects.filter(user=user, part=part).exists()
