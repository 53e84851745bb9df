"""What AWS lets the link of an account do, action by action."""

from django.db import models

from .accounts import Account


class LinkPermission(models.Model):
    """One action of a link, as it was last heard of. An action without a row is not known."""

    class State(models.TextChoices):
        PRESENT = "present", "Present"
        MISSING = "missing", "Missing"
        UNKNOWN = "unknown", "Not known"

    class Source(models.TextChoices):
        TEST = "test", "A test of the link"
        USE = "use", "AWS, when this console asked it to do it"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="link_permissions")
    action = models.CharField(max_length=128)
    state = models.CharField(max_length=8, choices=State)
    source = models.CharField(max_length=4, choices=Source)
    # AWS's words, where it gave any.
    detail = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["action"]
        constraints = [models.UniqueConstraint(fields=["account", "action"], name="link_permission_once")]

    def __str__(self) -> str:
        return f"{self.action} of the link of {self.account.account_id}: {self.state}"
