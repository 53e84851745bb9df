"""Service-specific credentials as the search at the top finds them: by the beginning or end of their ID."""

from typing import Any

from credentials.found_credentials import FoundCredentials
from credentials.models import ServiceSpecificCredential


class ServiceCredentials(FoundCredentials):
    title, icon, order = "Service-specific credentials", "key-square", 90
    action, column, prefix = "iam:ListServiceSpecificCredentials", "credential_id", "ACCA"
    fact = "service_credentials"
    model = ServiceSpecificCredential

    def detail(self, row: Any) -> str:
        return f"{row.told_status} · {row.user.user_name}"
