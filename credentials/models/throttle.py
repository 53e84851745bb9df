"""Counters of guesses, kept in the database so that every process counts alike."""

from django.db import models


class Throttle(models.Model):
    """How many guesses of one kind were made for one key since ``window_start``.

    ``held`` is kept by the counters of addresses: how many of the guesses were not evaluated.
    """

    scope = models.CharField(max_length=16)
    key = models.CharField(max_length=200)
    count = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    window_start = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_throttle_per_key")]

    def __str__(self) -> str:
        return f"{self.scope} {self.count}"


class UnknownNames(models.Model):
    """Guesses at names that do not exist: one of a fixed number of pages (``guesses.unknown_names``).

    ``cells`` maps the number of a cell to its counts and the moments when they began. Strangers choose
    the names, so there are never more rows and cells than there were made for.
    """

    page = models.PositiveSmallIntegerField(primary_key=True)
    cells = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"page {self.page}"
