"""What an account looked like on a day, for charts over time."""

from django.db import models

from .accounts import Account


class DailyFigures(models.Model):
    """Counts of one account at the end of a day (UTC); the row of today is written over."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="daily_figures")
    day = models.DateField()
    passwords = models.PositiveIntegerField()
    passwords_with_mfa = models.PositiveIntegerField()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="figures_once_a_day")]

    def __str__(self) -> str:
        return f"{self.account} on {self.day}"

    @property
    def coverage(self) -> int:
        """Percent of the users with a password who have MFA; 100 where nobody has a password."""
        return round(100 * self.passwords_with_mfa / self.passwords) if self.passwords else 100
