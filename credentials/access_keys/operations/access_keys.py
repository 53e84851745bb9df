"""CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey (IAM-FACTS 6)."""

from collections.abc import Collection, Sequence
from typing import Any

from credentials import summary
from credentials.access_keys.limits import LINK_KEY, is_key_of_link
from credentials.models import AccessKey
from credentials.models.access_keys import KEYS_PER_USER
from credentials.slots import slot_to_take
from credentials.statuses import undo_status
from iamconsole.errors import IamError
from iamconsole.identifiers import access_key_id, secret_access_key
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.new_key import NEW_KEY_ID
from iamconsole.operations.news import News
from iamconsole.operations.paging import Sorted, page
from iamconsole.operations.wanted import Made, Params, Row, Wanted, asked_at
from users import quotas
from users.lookups import lock_user, meant_user, user_resources

DEACTIVATE_FIRST = (
    "Deactivate the access key before you delete it, and make sure that nothing needs it anymore."
)

KEY_LOST = (
    "AWS has made the access key {thing}, but its secret never arrived here. Nobody can use it: delete it "
    "and create another."
)


class AccessKeyOperation(Operation):
    """What operations on the access keys of the named user have in common."""

    own_user_by_default = True
    serves_root = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"AccessKeyId": call.param("AccessKeyId") or facts["AccessKey"]["AccessKeyId"]}


class OneAccessKeyOperation(AccessKeyOperation):
    """An operation on one existing key of the user."""

    def lock(self, call: Call) -> None:
        super().lock(call)
        key_id = call.params["AccessKeyId"]
        call.found["key"] = AccessKey.objects.filter(user=call.user, access_key_id=key_id).first()
        if call.found["key"] is None:
            raise IamError("NoSuchEntity", f"The Access Key with id {key_id} cannot be found.")


def refuse_key_of_link(call: Call) -> None:
    """Raises IamError for the key that this console itself uses at AWS."""
    if is_key_of_link(call.caller, call.found["key"]):
        raise IamError("InvalidInput", LINK_KEY)


@operation("CreateAccessKey")
class CreateAccessKey(AccessKeyOperation):
    lasting = lasts.MADE
    needs_recent_sign_in = True
    needed_at_aws = {"iam:CreateAccessKey": "create access keys"}
    notice = News("An access key was created")

    def undo(self, call: Call) -> Undo:
        key = {"UserName": call.params["UserName"], "AccessKeyId": NEW_KEY_ID}
        return [("UpdateAccessKey", {**key, "Status": "Inactive"}), ("DeleteAccessKey", key)]

    def check(self, call: Call) -> None:
        keys = AccessKey.objects.filter(user=call.user)
        text = f"Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER}"
        quotas.check_room(call, keys.count, KEYS_PER_USER, text)

    def mint(self, call: Call) -> Facts:
        return {
            "AccessKey": {
                "UserName": call.user.user_name,
                "AccessKeyId": access_key_id(),
                "Status": "Active",
                "SecretAccessKey": secret_access_key(),
                "CreateDate": call.now,
            }
        }

    def write(self, call: Call, facts: Facts) -> None:
        made = facts["AccessKey"]
        key = AccessKey(
            user=call.user,
            slot=slot_to_take(call.user.access_keys.values_list("slot", flat=True), KEYS_PER_USER),
            access_key_id=made["AccessKeyId"],
            status=made["Status"],
            create_date=made["CreateDate"],
        )
        key.sealed_secret = call.seal_if_ours(made["SecretAccessKey"], key.place)
        key.save(force_insert=True)
        summary.refresh(call.user)

    def evidence(self, call: Call) -> Params:
        keys = AccessKey.objects.filter(user=call.user, access_key_id__isnull=False)
        return {"Known": list(keys.values_list("access_key_id", flat=True))}

    def wanted(self, before: Params, params: Params) -> Made:
        """A new key, made when AWS was asked, that nobody has used: whoever did has its secret."""
        return Made(
            "AccessKeyMetadata",
            {"Used": False},
            of=params["UserName"],
            then=KEY_LOST,
            id="AccessKeyId",
            dated="CreateDate",
            known=before.get("Known", ()),
            at=asked_at(before),
        )

    def shown_once(self, params: Params, facts: Facts) -> dict[str, str]:
        key = facts["AccessKey"]
        return {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}


@operation("ListAccessKeys")
class ListAccessKeys(AccessKeyOperation):
    reads = True
    tells = ("access_key_ids",)

    def read(self, call: Call) -> Facts:
        user = meant_user(call)
        keys = [
            {
                "UserName": user.user_name,
                "AccessKeyId": key.access_key_id,
                "Status": key.status,
                "CreateDate": key.create_date,
            }
            for key in user.access_keys.all()
        ]
        return page(call, Sorted("AccessKeyMetadata", keys, lambda key: (key["AccessKeyId"],)))


@operation("UpdateAccessKey")
class UpdateAccessKey(OneAccessKeyOperation):
    needed_at_aws = {"iam:UpdateAccessKey": "activate and deactivate access keys"}

    def undo(self, call: Call) -> Undo:
        key = AccessKey.objects.filter(access_key_id=call.params["AccessKeyId"]).first()
        return undo_status(self, call, key.status if key else None)

    def check(self, call: Call) -> None:
        if call.params["Status"] == "Expired":
            raise IamError("InvalidInput", "Operation does not support status Expired")

    def guard(self, call: Call) -> None:
        if call.params["Status"] == AccessKey.Status.INACTIVE:
            refuse_key_of_link(call)

    def write(self, call: Call, facts: Facts) -> None:
        key = call.found["key"]
        key.status = call.params["Status"]
        key.save(update_fields=["status"])
        summary.refresh(call.user)

    def before(self, call: Call, members: Collection[str]) -> Row:
        return {"AccessKeyId": call.params["AccessKeyId"], "Status": call.found["key"].status}

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"AccessKeyId": params["AccessKeyId"]}
        return Wanted("AccessKeyMetadata", which, {"Status": params["Status"]}, of=params["UserName"])


@operation("DeleteAccessKey")
class DeleteAccessKey(OneAccessKeyOperation):
    lasting = lasts.DELETED
    needed_at_aws = {"iam:DeleteAccessKey": "delete access keys"}

    def guard(self, call: Call) -> None:
        refuse_key_of_link(call)
        if call.found["key"].active:
            raise IamError("DeleteConflict", DEACTIVATE_FIRST)

    def write(self, call: Call, facts: Facts) -> None:
        call.found["key"].delete()
        summary.refresh(call.user)

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"AccessKeyId": params["AccessKeyId"]}
        return Wanted("AccessKeyMetadata", which, like=None, of=params["UserName"])
