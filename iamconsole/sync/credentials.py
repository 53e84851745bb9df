"""Writing the mirror of credentials: access keys, MFA devices, passwords, keys and certificates."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from credentials.mirrors import (
    access_keys,
    last_use,
    mfa_devices,
    passwords,
    signing_certificates,
    ssh_keys,
)
from credentials.mirrors.rows import Rows
from credentials.models import AccessKey, SigningCertificate, SSHPublicKey, VirtualMFADevice
from iamconsole.sync import guard
from users.mirrors.users import MirrorWrite
from users.models import User

Details = Sequence[Mapping[str, Any]]
# Question -> what its answers are told apart by, and where they are kept.
OWNED: dict[str, tuple[str, type[Model], str]] = {
    "keys": ("AccessKeyId", AccessKey, "access_key_id"),
    "certificates": ("CertificateId", SigningCertificate, "certificate_id"),
    "ssh_keys": ("SSHPublicKeyId", SSHPublicKey, "ssh_public_key_id"),
}


def write(writing: MirrorWrite, details: Details) -> None:
    """Write the credentials of the users of ``details``, as far as AWS was asked about them."""
    users = [writing.users[detail["UserId"]] for detail in details if detail["UserId"] in writing.users]
    check_owners(writing)
    rows = Rows.of(writing, users)
    for detail in details:
        if user := writing.users.get(detail["UserId"]):
            write_user(writing, rows, user, detail)
    rows.save()
    note_asked(writing, users)


def write_user(writing: MirrorWrite, rows: Rows, user: User, detail: Mapping[str, Any]) -> None:
    answers, row = writing.snapshot.answers.get(user.user_id, {}), writing.snapshot.row(detail)
    if "keys" in answers:
        access_keys.write(writing, rows, user, answers["keys"], row)
    if "devices" in answers:
        mfa_devices.write(writing, rows, user, answers["devices"])
    if "profile" in answers:
        passwords.write(writing, rows, user, answers["profile"], row)
    if "certificates" in answers:
        signing_certificates.write(writing, user, answers["certificates"])
    if "ssh_keys" in answers:
        ssh_keys.write(writing, user, answers["ssh_keys"])
    last_use.write(rows, user, detail, row, answers.get("last_used", {}))


def check_owners(writing: MirrorWrite) -> None:
    """IDs that another account has here stop the sync before anything is written."""
    account, answers = writing.account, list(writing.snapshot.answers.values())
    for question, (name, model, column) in OWNED.items():
        ids = [item[name] for told in answers for item in told.get(question, ())]
        guard.check_not_foreign(account, model, column, ids, owner="user__account")
    serials = [item["SerialNumber"] for told in answers for item in told.get("devices", ())]
    serials += [item["SerialNumber"] for item in writing.snapshot.virtual_devices or []]
    guard.check_not_foreign(account, VirtualMFADevice, "serial_number", serials)


def note_asked(writing: MirrorWrite, users: Sequence[User]) -> None:
    """Remember who was asked about alone, so that the rotation goes on with others."""
    answers = writing.snapshot.answers
    asked = [user.pk for user in users if "ssh_keys" in answers.get(user.user_id, {})]
    User.objects.filter(pk__in=asked).update(asked_at=writing.snapshot.started)
