"""TagMFADevice, UntagMFADevice, ListMFADeviceTags: keys differ by case here (IAM-FACTS 1.3)."""

from collections.abc import Sequence

from credentials.mfa.operations.mfa import lock_device, no_such_device
from credentials.models import VirtualMFADevice
from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.wanted import Params, Wanted
from users.tag_rules import (
    WithTags,
    check_tag_room,
    request_tag_keys,
    tag_facts,
    tag_page,
    tagged,
    undo_tagging,
    undo_untagging,
    untagged,
    with_tags,
    without_tags,
)


class MFATagOperation(Operation):
    def resources(self, call: Call) -> Sequence[str]:
        return [call.params["SerialNumber"]]

    def lock(self, call: Call) -> None:
        call.found["device"] = lock_device(call)
        if call.found["device"] is None:
            raise no_such_device(call.params["SerialNumber"])


def tags_of(call: Call) -> dict[str, str] | None:
    """The tags that the call's thing has now; None where they were not read."""
    row = VirtualMFADevice.objects.filter(
        account__account_id=call.account_id, serial_number=call.params["SerialNumber"]
    ).first()
    return row.tags if row else None


@operation("TagMFADevice")
class TagMFADevice(WithTags, MFATagOperation):
    needed_at_aws = {
        "iam:TagMFADevice": "tag MFA devices",
        "iam:ListMFADeviceTags": "whether AWS changed the tags, where it did not answer",
    }

    def undo(self, call: Call) -> Undo:
        return undo_tagging(call, "UntagMFADevice", "SerialNumber", tags_of(call))

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.params["Tags"])

    def check(self, call: Call) -> None:
        check_tag_room(call, self._after(call))

    def write(self, call: Call, facts: Facts) -> None:
        call.found["device"].tags = self._after(call)
        call.found["device"].save(update_fields=["tags"])

    @staticmethod
    def _after(call: Call) -> dict[str, str] | None:
        return with_tags(call.found["device"].tags, call.params["Tags"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return tagged("ListMFADeviceTags", params, "SerialNumber")


@operation("UntagMFADevice")
class UntagMFADevice(MFATagOperation):
    needed_at_aws = {
        "iam:UntagMFADevice": "remove tags from MFA devices",
        "iam:ListMFADeviceTags": "whether AWS changed the tags, where it did not answer",
    }

    def undo(self, call: Call) -> Undo:
        return undo_untagging(call, "TagMFADevice", "SerialNumber", tags_of(call))

    def context(self, call: Call) -> Context:
        return {"aws:TagKeys": list(call.params["TagKeys"])}

    def write(self, call: Call, facts: Facts) -> None:
        device = call.found["device"]
        device.tags = without_tags(device.tags, call.params["TagKeys"])
        device.save(update_fields=["tags"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return untagged("ListMFADeviceTags", params, "SerialNumber")


@operation("ListMFADeviceTags")
class ListMFADeviceTags(MFATagOperation):
    reads = True
    shows_single_read = True

    def read(self, call: Call) -> Facts:
        serial = call.params["SerialNumber"]
        devices = VirtualMFADevice.objects.filter(account__account_id=call.account_id)
        device = devices.filter(serial_number=serial).first()
        if device is None:
            raise no_such_device(serial)
        return tag_page(call, tag_facts(device.tags))
