"""The report that an imported account is from."""

from datetime import datetime

from reports.models import CredentialReport
from users.models import Account


def newest_upload(account: Account) -> datetime | None:
    """When the newest report of the account was uploaded."""
    uploads = CredentialReport.objects.filter(account=account, source="upload").order_by("-generated_at")
    return uploads.values_list("generated_at", flat=True).first()
