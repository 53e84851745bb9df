"""Two codes that follow one another prove that somebody has a device, and tell how its clock runs."""

from credentials.guesses import throttle
from credentials.models.totp import TOTPDevice
from iamconsole.errors import IamError
from iamconsole.operations import Call

SEED_UNKNOWN = (
    "This console does not know the secret of this device, so it cannot check codes. Delete the device "
    "and create a new one."
)
REFUSED = "Authentication code for device is not valid."
TOO_MANY = f"{REFUSED} There were too many wrong codes for this device. Wait 3 minutes, then try again."


def count(call: Call) -> None:
    """Count a guess at the pair of SerialNumber, before it is checked and outside the transaction."""
    call.prepared["evaluate"] = throttle.admit(_counters(call)).evaluate


def check(call: Call, device: TOTPDevice) -> None:
    """Note what the two codes of a call show. Raises InvalidAuthenticationCode (IAM-FACTS 5.2)."""
    if not device.seed_known:
        raise IamError("InvalidInput", SEED_UNKNOWN)
    if not call.prepared["evaluate"]:
        raise IamError("InvalidAuthenticationCode", TOO_MANY)
    pair = device.match_pair(call.params["AuthenticationCode1"], call.params["AuthenticationCode2"])
    if pair is None:
        raise IamError("InvalidAuthenticationCode", REFUSED)
    call.found["pair"] = pair


def keep(call: Call, device: TOTPDevice) -> None:
    """Set the device's clock by the pair; only wrong pairs use up the limit. Saves no device."""
    device.set_clock(*call.found["pair"])
    throttle.was_right(_counters(call))


def _counters(call: Call) -> list[throttle.Counter]:
    """By user and device: guesses at somebody else's device, which is never found, block nobody."""
    user = call.param("UserName", "").lower()
    return [(throttle.PAIR, f"{call.account_id} {user} {call.params['SerialNumber']}")]
