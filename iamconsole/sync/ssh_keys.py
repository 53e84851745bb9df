"""Writing the mirror of SSH public keys, which AWS tells user by user only."""

import hashlib
from collections.abc import Mapping
from typing import Any

from credentials import public_keys
from credentials.models import SSHPublicKey
from credentials.models.ssh_public_keys import SSH_KEYS_PER_USER
from credentials.slots import free_slot
from iamconsole.errors import IamError
from iamconsole.sync import guard
from iamconsole.sync.mirror import Writing
from users.models import User

Known = dict[str, SSHPublicKey]


def write(writing: Writing, user: User, listed: list[dict[str, Any]]) -> None:
    """One user's keys by ID; one that is gone makes room first."""
    recent = writing.recent.ids
    known = {key.ssh_public_key_id: key for key in SSHPublicKey.objects.filter(user=user)}
    ids = {item["SSHPublicKeyId"] for item in listed} | recent
    for key_id, key in list(known.items()):
        if key_id not in ids and not guard.too_fresh_to_remove(key.upload_date, writing.snapshot.started):
            writing.changes.note(user, key_id, key.status, "deleted")
            key.delete()
            del known[key_id]
    for item in listed:
        if item["SSHPublicKeyId"] not in recent:
            write_key(writing, user, item, known)


def write_key(writing: Writing, user: User, item: Mapping[str, Any], known: Known) -> None:
    """One listed key. One without its text, which AWS denied, is left out: it could not be shown."""
    key_id, key = item["SSHPublicKeyId"], known.get(item["SSHPublicKeyId"])
    if key is not None:
        if key.status != item["Status"]:
            writing.changes.note(user, key_id, key.status, item["Status"])
            key.status = item["Status"]
            key.save(update_fields=["status"])
        return
    slot = free_slot({other.slot for other in known.values()}, SSH_KEYS_PER_USER)
    body = item.get("SSHPublicKeyBody", "")
    digest = digest_of(body)
    if slot is None or not body or digest in {other.digest for other in known.values()}:
        return
    writing.changes.note(user, key_id, "", item["Status"])
    known[key_id] = SSHPublicKey.objects.create(
        user=user,
        slot=slot,
        ssh_public_key_id=key_id,
        status=item["Status"],
        upload_date=item["UploadDate"],
        body=body,
        fingerprint=item.get("Fingerprint", ""),
        digest=digest,
    )


def digest_of(body: str) -> str:
    """By which keys are told apart; of its text where it is no key that this console reads."""
    try:
        return public_keys.read(body).digest
    except IamError:
        return hashlib.sha256(body.encode()).hexdigest()
