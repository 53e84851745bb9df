"""GetAccessKeyLastUsed (IAM-FACTS 6)."""

from collections.abc import Sequence

from credentials.models import AccessKey
from iamconsole.errors import AccessDenied, IamError
from iamconsole.last_use import whole_minute
from iamconsole.models import Event
from iamconsole.operations import Call, Facts, Operation, events, operation
from iamconsole.operations.named import named
from iamconsole.operations.wanted import Params

NOT_KNOWN = "User: {arn} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {key}"


@operation("GetAccessKeyLastUsed")
class GetAccessKeyLastUsed(Operation):
    """AWS answers an unknown key like one that is not the caller's to ask about."""

    reads = True

    def resources(self, call: Call) -> Sequence[str]:
        """The owner of the key; a key that is not here is denied to everybody."""
        key = find_key(call)
        return [key.user.arn] if key else []

    def named(self, action: str, resource: str, params: Params) -> str:
        """The owner by its name, though the caller wrote none (IAM-FACTS 2.6)."""
        return named(resource, {})

    def read(self, call: Call) -> Facts:
        key = find_key(call)
        if key is None:
            message = NOT_KNOWN.format(arn=call.caller.arn, key=call.params["AccessKeyId"])
            error = AccessDenied(message, action=self.action)
            events.record(call, Event.Outcome.DENIED, error=error)
            raise error
        if key.last_used_date is None and (unread := key.user.not_known["last_use"]):
            raise IamError("InvalidInput", str(unread))
        used = {"ServiceName": key.last_used_service or "N/A", "Region": key.last_used_region or "N/A"}
        last = {"LastUsedDate": whole_minute(key.last_used_date)} if key.last_used_date else {}
        return {"UserName": key.user.label, "AccessKeyLastUsed": {**last, **used}}


def find_key(call: Call) -> AccessKey | None:
    """The key of the caller's account, looked up once a call."""
    if "key" not in call.found:
        keys = AccessKey.objects.select_related("user__account").filter(
            user__account__account_id=call.account_id
        )
        call.found["key"] = keys.filter(access_key_id=call.params["AccessKeyId"]).first()
    key: AccessKey | None = call.found["key"]
    return key
