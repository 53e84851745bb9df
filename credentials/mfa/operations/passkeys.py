"""iamconsole:EnablePasskey. AWS has no operation for it: its own console enrols passkeys (IAM-FACTS 5.1)."""

from collections.abc import Sequence
from typing import Any

from credentials import devices, summary
from credentials.mfa import passkeys
from credentials.mfa.operations.mfa import check_own_mfa, check_quota, claim_place
from credentials.models import Passkey
from credentials.sessions import rows as sessions
from iamconsole.errors import AccessDenied, IamError
from iamconsole.identifiers import security_key_suffix
from iamconsole.operations import Call, Facts, Operation, lasts, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.news import News
from users.lookups import find_caller, lock_caller, own_resources
from users.models import Account, User

ONLY_OWN = "You can register a passkey only for yourself."
LINKED = (
    "AWS has no operation to register a passkey, so AWS would not ask for one of a linked account. "
    "Assign an authenticator app, which AWS then requires too."
)
NOT_ACCEPTED = "The passkey was not accepted, or it took too long. Start again."
KNOWN = "This passkey is already registered. Use another one."
NAME_TAKEN = "You already have a device named {name}. Choose another name."


def check_name(user: User, name: str) -> None:
    """One name per user, so that the person knows which device is meant. Raises EntityAlreadyExists."""
    if name in {device.name for device in devices.of_user(user)}:
        raise IamError("EntityAlreadyExists", NAME_TAKEN.format(name=name))


def check_possible(user: User) -> None:
    """Raises InvalidInput with the reason where no passkey can be registered."""
    if reason := why_not_for(user):
        raise IamError("InvalidInput", reason)


def why_not_for(user: User) -> str:
    """Why this user cannot have a passkey here; "" where nothing is in the way."""
    return LINKED if user.account.kind == Account.Kind.LINKED else passkeys.why_impossible()


@operation("iamconsole:EnablePasskey")
class EnablePasskey(Operation):
    """For oneself only. The browser's answer is verified before anything is locked."""

    lasting = lasts.MADE
    action = "iam:EnableMFADevice"
    needs_recent_sign_in = True
    notice = News("A passkey was added")

    def resources(self, call: Call) -> Sequence[str]:
        return own_resources(call)

    def context(self, call: Call) -> Context:
        return {"iam:RegisterSecurityKey": "Activate"}

    def prepare(self, call: Call) -> None:
        user = self._person(call)
        try:
            passkey = passkeys.registered(user, call.params["Challenge"], call.params["Credential"])
        except passkeys.Refused as error:
            raise IamError("InvalidInput", NOT_ACCEPTED) from error
        call.prepared["passkey"] = passkey

    def _person(self, call: Call) -> User:
        if call.caller.kind not in ("user", "root"):
            raise AccessDenied(ONLY_OWN, action=self.action, resource=call.caller.arn)
        return find_caller(call)

    def lock(self, call: Call) -> None:
        lock_caller(call)

    def check(self, call: Call) -> None:
        check_possible(call.user)
        check_own_mfa(call.caller, call.user, self.action)
        check_quota(call.user)
        check_name(call.user, call.params["DeviceName"])
        digest = call.prepared["passkey"].credential_id_sha256
        if Passkey.objects.filter(credential_id_sha256=digest).exists():
            raise IamError("EntityAlreadyExists", KNOWN)

    def mint(self, call: Call) -> Facts:
        device = f"{call.params['DeviceName']}-{security_key_suffix()}"
        name = "" if call.user.is_root else call.user.user_name
        return {"SerialNumber": call.caller.arns.u2f(name, device)}

    def write(self, call: Call, facts: Facts) -> None:
        claim_place(call.user)
        passkey: Passkey = call.prepared["passkey"]
        passkey.user, passkey.account = call.user, call.account
        passkey.name, passkey.serial_number = call.params["DeviceName"], facts["SerialNumber"]
        passkey.enable_date = call.now
        passkey.save(force_insert=True)
        sessions.end_all(call.user, keep=call.caller.session_id)
        summary.refresh(call.user)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"SerialNumber": facts["SerialNumber"], "Kind": call.prepared["passkey"].words}
