"""Writing the mirror of SSH public keys, which AWS tells user by user only."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from credentials.models import SSHPublicKey
from credentials.slots import any_slot
from credentials.ssh_public_keys import keys as public_keys
from iamconsole import gateway
from iamconsole.credential_report import Row
from iamconsole.errors import IamError
from iamconsole.sync import guard
from iamconsole.sync.ask import Asker
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Answers, Detail, Mirror, Question
from iamconsole.sync.plan import Listing
from iamconsole.sync.told import FOLLOWS, GIVEN, OURS, Told
from users.models import User


class KnownBodies(frozenset[str]):
    """IDs of the keys whose text is here already: a public key never changes under its ID."""

    @classmethod
    def of(cls, known: Known) -> "KnownBodies":
        keys = SSHPublicKey.objects.filter(user__account=known.account).exclude(body="").order_by()
        return cls(keys.values_list("ssh_public_key_id", flat=True))


class WithoutBody(defaultdict[str, list[str]]):
    """IDs of the keys whose text AWS has denied, by unique ID of the user."""

    def __init__(self) -> None:
        super().__init__(list)

    @classmethod
    def of(cls, known: Known) -> "WithoutBody":
        found, keys = cls(), SSHPublicKey.objects.filter(user__account=known.account, body="").order_by()
        for user_id, key_id in keys.values_list("user__user_id", "ssh_public_key_id"):
            found[user_id].append(key_id)
        return found


class ListSshKeys(Question):
    in_lists = False

    def ask(self, asker: Asker, user: Detail, answers: Answers) -> list[dict[str, Any]]:
        listed = asker.rows(self.action, self.member, UserName=user["UserName"])
        return list(with_bodies(asker, user["UserName"], listed))


class ReadTexts(Question):
    """The texts that AWS denied before: asked for again at each sync, for all users, until it denies one."""

    of_new = False
    probed = False

    def differs(self, known: Known, listing: Listing, user_id: str, row: Row) -> bool:
        return user_id in known.part(WithoutBody)

    def calls(self, known: Known, user_id: str) -> int:
        return len(known.part(WithoutBody).get(user_id, ()))

    def ask(self, asker: Asker, user: Detail, answers: Answers) -> list[dict[str, Any]]:
        if "ssh_keys" in answers:
            return []  # read with the list
        listed = [{"SSHPublicKeyId": key_id} for key_id in asker.known.part(WithoutBody)[user["UserId"]]]
        return list(with_bodies(asker, user["UserName"], listed))


class SshKeys(Mirror):
    name = "SSH public keys"
    after = ("users",)
    questions = (
        ListSshKeys("ssh_keys", "ListSSHPublicKeys", "SSHPublicKeys"),
        ReadTexts("ssh_texts", "GetSSHPublicKey"),
    )
    known = (KnownBodies, WithoutBody)
    ids = ("SSHPublicKeyId",)
    told = (
        Told(
            SSHPublicKey,
            "SSHPublicKey",
            {"user": GIVEN, "ssh_public_key_id": GIVEN, "slot": OURS, "digest": FOLLOWS},
            fixed=("upload_date", "body", "fingerprint"),
            thing=lambda row: row.user,
            label="SSH public key",
            name=lambda row: row.ssh_public_key_id,
        ),
    )

    def check(self, writing: MirrorWrite) -> None:
        guard.check_answers(writing, "ssh_keys", "SSHPublicKeyId", SSHPublicKey, "ssh_public_key_id")

    def write_user(self, writing: MirrorWrite, user: User, detail: Detail, answers: Answers) -> None:
        if "ssh_keys" in answers:
            write(writing, user, answers["ssh_keys"])
        for item in answers.get("ssh_texts", ()):
            if key := SSHPublicKey.objects.filter(
                user=user, ssh_public_key_id=item["SSHPublicKeyId"]
            ).first():
                write_text(key, item)

    def forget_users(self, keys: Sequence[int]) -> None:
        SSHPublicKey.objects.filter(user__in=keys).delete()


def with_bodies(asker: Asker, name: str, listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Listed keys of a user, unknown ones with their text: it never changes, so it is read once."""
    known = asker.known.part(KnownBodies)
    for item in listed:
        is_known = item["SSHPublicKeyId"] in known and name.lower() not in asker.in_doubt
        if is_known or "GetSSHPublicKey" in asker.denied:
            yield item
            continue
        names = {"UserName": name, "SSHPublicKeyId": item["SSHPublicKeyId"]}
        try:
            answer = asker.read("GetSSHPublicKey", Encoding="SSH", **names)
        except IamError as error:
            if error.code not in gateway.DENIED_CODES:
                raise
            asker.deny("GetSSHPublicKey")
            yield item
        else:
            yield {**item, **answer["SSHPublicKey"]}


def write(writing: MirrorWrite, user: User, listed: list[dict[str, Any]]) -> None:
    """One user's keys by ID; one that is gone makes room first."""
    recent = writing.recent.ids
    known = {key.ssh_public_key_id: key for key in user.ssh_public_keys.all()}
    ids = {item["SSHPublicKeyId"] for item in listed} | recent
    for key_id, key in list(known.items()):
        if key_id not in ids and not guard.too_fresh_to_remove(key.upload_date, writing.snapshot.started):
            writing.remove(key)
            del known[key_id]
    for item in listed:
        if item["SSHPublicKeyId"] not in recent:
            write_key(writing, user, item, known)


def write_key(writing: MirrorWrite, user: User, item: Detail, known: dict[str, SSHPublicKey]) -> None:
    """One listed key; its text is empty where AWS denied it."""
    key_id, key = item["SSHPublicKeyId"], known.get(item["SSHPublicKeyId"])
    if key is not None:
        writing.save(key, {"status": item["Status"]})
        return write_text(key, item)
    body = item.get("SSHPublicKeyBody", "")
    digest = digest_of(body or key_id)
    if digest in {other.digest for other in known.values()}:
        return
    known[key_id] = SSHPublicKey(
        user=user,
        slot=any_slot(other.slot for other in known.values()),
        ssh_public_key_id=key_id,
        status=item["Status"],
        upload_date=item["UploadDate"],
        body=body,
        fingerprint=item.get("Fingerprint", ""),
        digest=digest,
    )
    writing.create([known[key_id]])


def write_text(key: SSHPublicKey, item: Detail) -> None:
    """The text of a key that was denied before."""
    if not key.body and (body := item.get("SSHPublicKeyBody", "")):
        key.body, key.fingerprint, key.digest = body, item.get("Fingerprint", ""), digest_of(body)
        key.save(update_fields=["body", "fingerprint", "digest"])


def digest_of(body: str) -> str:
    """By which keys are told apart; of its text where it is no key that this console reads."""
    try:
        return public_keys.read(body).digest
    except IamError:
        return hashlib.sha256(body.encode()).hexdigest()
