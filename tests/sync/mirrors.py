"""A mirror as plain facts, to compare two; without what differs by nature (row numbers, moments of reading)."""

from typing import Any

from credentials.models import (
    AccessKey,
    LoginProfile,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
    VirtualMFADevice,
)
from credentials.models.server_certificates import ServerCertificate
from users.models import (
    Group,
    GroupMembership,
    InlinePolicy,
    ManagedPolicy,
    PolicyAttachment,
    User,
)

SUMMARY = "password_enabled", "mfa_count", "access_key_count", "active_key_count", "group_names"
OWNERS = "user__user_id", "group__group_id"
# Model -> how its rows are found by the account's ID, and what is compared.
FACTS: dict[Any, tuple[str, tuple[str, ...]]] = {
    User: ("account", ("user_id", "user_name", "path", "create_date", "tags", *SUMMARY)),
    Group: ("account", ("group_id", "group_name", "path")),
    GroupMembership: ("group__account", ("group__group_id", "user__user_id")),
    ManagedPolicy: ("account", ("arn", "default_version_id", "document")),
    PolicyAttachment: ("policy__account", ("policy__arn", *OWNERS)),
    InlinePolicy: ("user__account", ("policy_name", "document", *OWNERS)),
    AccessKey: ("user__account", ("access_key_id", "user__user_id", "status", "create_date", "secret_lost")),
    LoginProfile: ("user__account", ("user__user_id", "password_reset_required")),
    VirtualMFADevice: ("account", ("serial_number", "user__user_id", "confirmed")),
    SSHPublicKey: ("user__account", ("ssh_public_key_id", "user__user_id", "status", "body", "digest")),
    SigningCertificate: ("user__account", ("certificate_id", "user__user_id", "status", "body")),
    ServerCertificate: ("account", ("server_certificate_id", "server_certificate_name", "expiration")),
    ServiceSpecificCredential: ("user__account", ("credential_id", "user__user_id", "status")),
}


def mirror(account_id: str) -> dict[str, list[str]]:
    """All facts of an account, by the name of the model."""
    found = {}
    for model, (account, columns) in FACTS.items():
        rows = model.objects.filter(**{f"{account}__account_id": account_id}).order_by()
        found[model.__name__] = sorted(str(row) for row in rows.values_list(*columns))
    return found
