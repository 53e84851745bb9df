"""UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, DeleteSSHPublicKey
(IAM-FACTS 7.1).
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from credentials.models import SSHPublicKey
from credentials.models.ssh_public_keys import SSH_KEYS_PER_USER, TEXT_NOT_READ
from credentials.slots import any_slot, slot_to_take
from credentials.ssh_public_keys import keys as public_keys
from credentials.statuses import undo_status
from iamconsole.errors import IamError
from iamconsole.identifiers import ssh_public_key_id
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.news import News
from iamconsole.operations.registry import NOT_SHOWN
from iamconsole.operations.wanted import Params, Row, Unseen, Wanted
from users import quotas
from users.lookups import find_user, lock_user, page_by_name, user_resources
from users.models import User

DEACTIVATE_FIRST = (
    "Deactivate the SSH public key before you delete it, and make sure that nothing needs it anymore."
)


def find_key(user: User, key_id: str) -> SSHPublicKey:
    """The user's key of that ID. Raises NoSuchEntity, which reveals other users of the account only."""
    keys = SSHPublicKey.objects.filter(user__account=user.account_id, ssh_public_key_id=key_id)
    key = keys.select_related("user").first()
    if key is None:
        raise IamError("NoSuchEntity", f"The Public Key with id {key_id} cannot be found.")
    if key.user != user:
        raise IamError("NoSuchEntity", f"User has no Public Key with id {key_id}.")
    return key


def metadata(key: SSHPublicKey) -> dict[str, Any]:
    """A key as lists show it."""
    return {
        "UserName": key.user.user_name,
        "SSHPublicKeyId": key.ssh_public_key_id,
        "Status": key.status,
        "UploadDate": key.upload_date,
    }


def same_key(digest: str) -> Callable[[str | None], bool]:
    """A text that holds the key of that digest; None where AWS did not give it."""

    def is_same(text: str | None) -> bool:
        try:
            return text is not None and public_keys.read(text).digest == digest
        except IamError:
            return False

    return is_same


class SSHPublicKeyOperation(Operation):
    """What operations on the SSH public keys of the named user have in common."""

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)


class OneSSHPublicKeyOperation(SSHPublicKeyOperation):
    """A change of one existing key of the user."""

    def lock(self, call: Call) -> None:
        super().lock(call)
        call.found["key"] = find_key(call.user, call.params["SSHPublicKeyId"])


@operation("UploadSSHPublicKey")
class UploadSSHPublicKey(SSHPublicKeyOperation):
    lasting = lasts.MADE
    needs_recent_sign_in = True
    needed_at_aws = {"iam:UploadSSHPublicKey": "upload SSH public keys"}
    notice = News("An SSH public key was uploaded")

    def prepare(self, call: Call) -> None:
        call.prepared["key"] = public_keys.read(call.params["SSHPublicKeyBody"])

    def check(self, call: Call) -> None:
        keys = SSHPublicKey.objects.filter(user=call.user)
        if keys.filter(digest=call.prepared["key"].digest).exists():
            raise IamError("DuplicateSSHPublicKey", "Duplicate SSH public key uploaded.")
        text = f"Cannot exceed quota for SSHPublicKeysPerUser: {SSH_KEYS_PER_USER}"
        quotas.check_room(call, keys.count, SSH_KEYS_PER_USER, text)

    def mint(self, call: Call) -> Facts:
        return {
            "SSHPublicKey": {
                "UserName": call.user.user_name,
                "SSHPublicKeyId": ssh_public_key_id(),
                "Fingerprint": call.prepared["key"].fingerprint,
                "SSHPublicKeyBody": call.params["SSHPublicKeyBody"],
                "Status": "Active",
                "UploadDate": call.now,
            }
        }

    def write(self, call: Call, facts: Facts) -> None:
        made = facts["SSHPublicKey"]
        taken = call.user.ssh_public_keys.values_list("slot", flat=True)
        SSHPublicKey.objects.create(
            user=call.user,
            slot=slot_to_take(taken, SSH_KEYS_PER_USER) if quotas.counts_here(call) else any_slot(taken),
            ssh_public_key_id=made["SSHPublicKeyId"],
            status=made["Status"],
            upload_date=made["UploadDate"],
            body=call.params["SSHPublicKeyBody"],
            fingerprint=made["Fingerprint"],
            digest=call.prepared["key"].digest,
        )

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        made = facts["SSHPublicKey"]
        return {"SSHPublicKeyId": made["SSHPublicKeyId"], "Fingerprint": made["Fingerprint"]}

    def evidence(self, call: Call) -> Params:
        return {"Digest": call.prepared["key"].digest}

    def wanted(self, before: Params, params: Params) -> Wanted | Unseen:
        if "Digest" not in before:
            return Unseen(NOT_SHOWN)
        like, text = {"SSHPublicKeyBody": same_key(before["Digest"])}, ["SSHPublicKeyBody"]
        return Wanted("SSHPublicKeys", like=like, of=params["UserName"], sure=text)


@operation("GetSSHPublicKey")
class GetSSHPublicKey(SSHPublicKeyOperation):
    reads = True
    tells = ("ssh_public_keys",)

    def read(self, call: Call) -> Facts:
        user = find_user(call.account_id, call.params["UserName"])
        key = find_key(user, call.params["SSHPublicKeyId"])
        if not key.body:
            raise IamError("ServiceUnavailable", TEXT_NOT_READ)
        body = public_keys.read(key.body).encoded(call.params["Encoding"])
        return {"SSHPublicKey": {**metadata(key), "Fingerprint": key.fingerprint, "SSHPublicKeyBody": body}}


@operation("ListSSHPublicKeys")
class ListSSHPublicKeys(SSHPublicKeyOperation):
    reads = True
    tells = ("ssh_public_keys",)
    own_user_by_default = True

    def read(self, call: Call) -> Facts:
        user = find_user(call.account_id, call.params["UserName"])
        keys = SSHPublicKey.objects.filter(user=user).select_related("user")
        return page_by_name(call, keys, "SSHPublicKeys", metadata, folded="ssh_public_key_id")


@operation("UpdateSSHPublicKey")
class UpdateSSHPublicKey(OneSSHPublicKeyOperation):
    needed_at_aws = {"iam:UpdateSSHPublicKey": "activate and deactivate SSH public keys"}

    def undo(self, call: Call) -> Undo:
        row = SSHPublicKey.objects.filter(ssh_public_key_id=call.params["SSHPublicKeyId"]).first()
        return undo_status(self, call, row.status if row else None)

    def check(self, call: Call) -> None:
        if call.params["Status"] == "Expired":
            raise IamError("InvalidInput", "Operation does not support status Expired")

    def write(self, call: Call, facts: Facts) -> None:
        key = call.found["key"]
        key.status = call.params["Status"]
        key.save(update_fields=["status"])

    def before(self, call: Call, members: Collection[str]) -> Row:
        return {"SSHPublicKeyId": call.params["SSHPublicKeyId"], "Status": call.found["key"].status}

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"SSHPublicKeyId": params["SSHPublicKeyId"]}
        return Wanted("SSHPublicKeys", which, {"Status": params["Status"]}, of=params["UserName"])


@operation("DeleteSSHPublicKey")
class DeleteSSHPublicKey(OneSSHPublicKeyOperation):
    lasting = lasts.DELETED
    needed_at_aws = {"iam:DeleteSSHPublicKey": "delete SSH public keys"}

    def guard(self, call: Call) -> None:
        if call.found["key"].active:
            raise IamError("DeleteConflict", DEACTIVATE_FIRST)

    def write(self, call: Call, facts: Facts) -> None:
        call.found["key"].delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"SSHPublicKeyId": params["SSHPublicKeyId"]}
        return Wanted("SSHPublicKeys", which, like=None, of=params["UserName"])
