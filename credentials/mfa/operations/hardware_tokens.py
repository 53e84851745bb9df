"""The stock of hardware tokens. Giving one to a user is IAM's EnableMFADevice, taking it back is
DeactivateMFADevice; AWS itself gets the seeds from the makers and has no operation for the stock.
"""

from credentials import devices
from credentials.mfa import seeds
from credentials.mfa.operations.mfa import no_such_device
from credentials.models import HardwareMFADevice
from iamconsole import crypto
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, lasts, operation
from users.lookups import lock_account
from users.models import Account

LOCAL_ONLY = (
    "Hardware tokens can be registered in local accounts only. AWS accepts no seeds. It knows the tokens "
    "that are bought for it."
)
IN_USE = "The token is assigned to a user. Remove it from the user, then try again."


@operation("iamconsole:RegisterHardwareMFADevice")
class RegisterHardwareMFADevice(Operation):
    """Put a token into the account's stock."""

    lasting = lasts.MADE
    creates = "SerialNumber"
    needs_recent_sign_in = True

    def prepare(self, call: Call) -> None:
        try:
            call.prepared["seed"] = seeds.as_base32(call.params["Seed"])
        except ValueError as error:
            raise IamError("InvalidInput", str(error)) from None

    def lock(self, call: Call) -> None:
        lock_account(call)

    def check(self, call: Call) -> None:
        if call.account.kind != Account.Kind.LOCAL:
            raise IamError("InvalidInput", LOCAL_ONLY)
        if devices.lock(call.account_id, call.params["SerialNumber"]):
            raise IamError("EntityAlreadyExists", "MFA device already exists.")

    def write(self, call: Call, facts: Facts) -> None:
        serial = call.params["SerialNumber"]
        token = HardwareMFADevice(account=call.account, serial_number=serial, name=serial[:226])
        token.create_date, token.confirmed = call.now, False
        token.sealed_seed = crypto.seal(call.prepared["seed"], token.place)
        token.save(force_insert=True)


@operation("iamconsole:RemoveHardwareMFADevice")
class RemoveHardwareMFADevice(Operation):
    """Take a token out of the stock, with its seed."""

    lasting = lasts.DELETED

    def lock(self, call: Call) -> None:
        lock_account(call)
        found = devices.lock(call.account_id, call.params["SerialNumber"])
        call.found["device"] = found if isinstance(found, HardwareMFADevice) else None

    def check(self, call: Call) -> None:
        device = call.found["device"]
        if device is None:
            raise no_such_device(call.params["SerialNumber"])
        if device.user_id:
            raise IamError("DeleteConflict", IN_USE)

    def write(self, call: Call, facts: Facts) -> None:
        call.found["device"].delete()
