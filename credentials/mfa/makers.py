"""To whom an unassigned virtual MFA device belongs: to who began it in the browser.

IAM knows no owner, so whoever may touch ``mfa/bob-*`` touches ``bob-smith`` too. The console tells policies
the owner by a condition key, and its self-service asks for it (``users.callers.build.self_service``).
"""

import logging
from datetime import timedelta

from django.utils import timezone

from credentials.models import VirtualMFADevice
from credentials.models.devices import MFADevice
from iamconsole.errors import IamError
from iamconsole.operations import execute
from iamconsole.operations.caller import Context
from users.callers.build import DEVICE_OWNER, system_caller
from users.models import Account

log = logging.getLogger(__name__)

MOST_UNFINISHED = 8  # of one person and account; as many as a user can have
ABANDONED_AFTER = timedelta(days=1)


def owner_key(account_id: str, serial: str) -> Context:
    """The condition key that tells whose a virtual device is: a unique ID, "" for nobody's and for one that
    does not exist, which must look the same. Hardware tokens belong to who holds them: no key.
    """
    if ":mfa/" not in serial:
        return {}
    rows = VirtualMFADevice.objects.select_related("user")
    device = rows.filter(account__account_id=account_id, serial_number=serial).first()
    return {DEVICE_OWNER: device.owner_id if device else ""}


def key_of(device: MFADevice) -> Context:
    """The same for a device that was read with its user."""
    virtual = isinstance(device, VirtualMFADevice) and ":mfa/" in device.serial_number
    return {DEVICE_OWNER: device.owner_id} if virtual else {}


def in_account(account: Account) -> int:
    """How many virtual devices an account has, assigned or not."""
    return VirtualMFADevice.objects.filter(account=account).count()


def unfinished(account: Account, person_id: str) -> int:
    """How many devices a person has begun in an account and assigned to nobody. Those that were given up
    count no more, for in AWS nobody removes them.
    """
    begun = VirtualMFADevice.objects.filter(account=account, maker_id=person_id, user=None)
    return begun.filter(begun_at__gte=timezone.now() - ABANDONED_AFTER).count()


def sweep() -> int:
    """Delete the devices of local accounts that were begun in the browser and given up: nobody can see their
    seed any more. Those made through the API stay, as in IAM. Returns how many went.
    """
    gone = 0
    rows = VirtualMFADevice.objects.filter(user=None, begun_at__lt=timezone.now() - ABANDONED_AFTER)
    for device in rows.filter(account__kind=Account.Kind.LOCAL).select_related("account")[:500]:
        try:
            execute(
                system_caller(device.account), "DeleteVirtualMFADevice", SerialNumber=device.serial_number
            )
            gone += 1
        except IamError as error:  # assigned or deleted at this moment
            log.info("The device %s was not removed: %s", device.serial_number, error)
    return gone
