"""Closing the Intents that were left open: what did AWS do when it did not answer?"""

from collections.abc import Callable
from typing import Any

from credentials.models import AccessKey, LoginProfile, VirtualMFADevice
from iamconsole.models import Intent
from users.models import Account, User

HAPPENED = "AWS had done it; the mirror now shows it."
KEY_LOST = (
    "AWS had made an access key whose secret never arrived. Nobody can use it: delete it and create another."
)
DID_NOT = "AWS had not done it. Try again if it is still wanted."
CANNOT_TELL = "The mirror shows the account as AWS has it now."
Happened = Callable[[Account, dict[str, Any]], bool]


def settle(account: Account, before: list[Intent]) -> list[str]:
    """Settle Intents that were open before the account was read. Returns a sentence for each."""
    told = []
    for intent in before:
        sentence = outcome(account, intent)
        intent.close(Intent.State.SETTLED, sentence)
        told.append(f"{intent.operation} on {intent.resource}: {sentence}")
    return told


def open_intents(account: Account) -> list[Intent]:
    return list(Intent.objects.filter(account_id=account.account_id, state=Intent.State.OPEN))


def outcome(account: Account, intent: Intent) -> str:
    """What the fresh mirror says of an open question."""
    if intent.operation == "CreateAccessKey":
        lost = AccessKey.objects.filter(
            user__account=account, user__name_folded=intent.params["UserName"].lower(), secret_lost=True
        )
        return KEY_LOST if lost.exists() else DID_NOT
    test = TESTS.get(intent.operation)
    if test is None:
        return CANNOT_TELL
    return HAPPENED if test(account, intent.params) else DID_NOT


def user_exists(account: Account, params: dict[str, Any]) -> bool:
    return User.objects.filter(account=account, name_folded=params["UserName"].lower()).exists()


def profile_exists(account: Account, params: dict[str, Any]) -> bool:
    name = params["UserName"].lower()
    return LoginProfile.objects.filter(user__account=account, user__name_folded=name).exists()


def key_exists(account: Account, params: dict[str, Any]) -> bool:
    return AccessKey.objects.filter(user__account=account, access_key_id=params["AccessKeyId"]).exists()


def device_assigned(account: Account, params: dict[str, Any]) -> bool:
    devices = VirtualMFADevice.objects.filter(account=account, serial_number=params["SerialNumber"])
    return devices.filter(user__isnull=False).exists()


TESTS: dict[str, Happened] = {
    "CreateUser": user_exists,
    "DeleteUser": lambda account, params: not user_exists(account, params),
    "CreateLoginProfile": profile_exists,
    "DeleteLoginProfile": lambda account, params: not profile_exists(account, params),
    "DeleteAccessKey": lambda account, params: not key_exists(account, params),
    "EnableMFADevice": device_assigned,
    "DeactivateMFADevice": lambda account, params: not device_assigned(account, params),
}
