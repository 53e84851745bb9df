"""A credential report as it was generated, kept as history."""

import uuid
import zlib

from django.db import models
from django.utils import timezone

from iamconsole.event_authors import short_name

PACKED = "zlib"


class CredentialReport(models.Model):
    """One report of one account; ``csv`` is its exact file: ours, AWS's or the uploaded one byte for byte.

    ``content`` holds it, compressed where ``packing`` says so: readers ask for ``csv``. ``size`` and
    ``sha256`` are those of the exact file. ``changes`` are what an upload found different from the one
    before.
    """

    class Source(models.TextChoices):
        CONSOLE = "console", "Made here"
        AWS = "aws", "From AWS"
        UPLOAD = "upload", "Uploaded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("users.Account", on_delete=models.CASCADE, related_name="credential_reports")
    source = models.CharField(max_length=8, choices=Source, default=Source.CONSOLE)
    content = models.BinaryField()
    # None: as it is. A column that can be empty is added without writing the table anew.
    packing = models.CharField(max_length=8, null=True)  # noqa: DJ001
    size = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    generated_at = models.DateTimeField(default=timezone.now)
    made_by_arn = models.CharField(max_length=2048)
    job_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["-generated_at"]
        indexes = [models.Index(fields=["account", "-generated_at"])]

    def __str__(self) -> str:
        return f"Report of {self.account} at {self.generated_at:%Y-%m-%d %H:%M}"

    @property
    def csv(self) -> bytes:
        """The exact bytes of the file."""
        content = bytes(self.content)
        return zlib.decompress(content) if self.packing == PACKED else content

    def pack(self) -> bool:
        """Compress the file where it is kept. False where that is done already, or would save nothing.

        A release that knows nothing of it must be gone by then: so ``reports.kept`` waits a day after the
        upgrade.
        """
        if self.packing:
            return False
        exact = bytes(self.content)
        packed = zlib.compress(exact, 6)
        if len(packed) >= len(exact):
            return False
        mine = type(self).objects.filter(pk=self.pk, packing=None)
        return bool(mine.update(content=packed, packing=PACKED))

    @property
    def made_by(self) -> str:
        """The name at the end of the ARN."""
        return short_name(self.made_by_arn)

    @property
    def file_name(self) -> str:
        """AWS's name for the file: status_reports_<date>T<time>.csv (IAM-FACTS 3.3)."""
        return f"status_reports_{self.generated_at:%Y-%m-%dT%H-%M-%S}.csv"


class ReportChange(models.Model):
    """One user that an upload found created, deleted or changed; ``values`` are [before, after] by column."""

    class Kind(models.TextChoices):
        CREATED = "created", "Created"
        DELETED = "deleted", "Deleted"
        CHANGED = "changed", "Changed"

    report = models.ForeignKey(CredentialReport, on_delete=models.CASCADE, related_name="changes")
    user_name = models.CharField(max_length=128)
    kind = models.CharField(max_length=8, choices=Kind)
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.user_name} {self.kind}"
