"""Counters of guesses, kept in the database so that every process counts alike."""

from django.db import models


class Throttle(models.Model):
    """How many guesses of one kind were made for one key since ``window_start``."""

    scope = models.CharField(max_length=16)
    key = models.CharField(max_length=200)
    count = models.PositiveIntegerField(default=0)
    window_start = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_throttle_per_key")]

    def __str__(self) -> str:
        return f"{self.scope} {self.count}"
