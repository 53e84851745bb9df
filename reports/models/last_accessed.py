"""What AWS said of the services that a user, group or policy of a linked account last accessed."""

from django.db import models


class LastAccessedReport(models.Model):
    """The newest report about one user, group or managed policy.

    ``principal_id`` is the unique ID of a user or group, and the ARN of a policy. ``services`` are rows of
    ``reports.last_accessed.rows.as_kept``; ``error`` says why the last try brought none, and leaves them.
    """

    account = models.ForeignKey("users.Account", on_delete=models.CASCADE, related_name="last_accessed")
    principal_id = models.CharField(max_length=2048)
    # When AWS had made the report that is kept, and when it was last asked for one.
    read_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    services = models.JSONField(default=list)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "principal_id"], name="last_accessed_once"),
        ]

    def __str__(self) -> str:
        return f"Services that {self.principal_id} last accessed"
