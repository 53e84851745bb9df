"""All MFA devices of an account, of every kind, a page at a time."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from credentials import devices
from credentials.models import HardwareMFADevice, VirtualMFADevice
from credentials.models.devices import MFADevice
from iamconsole.operations import Caller, Step
from users.models import Account

# How an unassigned device of a kind is removed for good.
REMOVED_BY: dict[type[MFADevice], str] = {
    VirtualMFADevice: "DeleteVirtualMFADevice",
    HardwareMFADevice: "iamconsole:RemoveHardwareMFADevice",
}


def needs(caller: Caller) -> list[tuple[str, str]]:
    """What one may do who sees all devices: action and resource."""
    any_user = caller.arns.any_user
    return [("iam:ListVirtualMFADevices", ""), ("iam:ListMFADevices", any_user)]


def found(account: Account, words: str = "", *, unassigned: bool = False) -> QuerySet[Any]:
    """Owner, serial number, kind and key of the devices, unassigned ones first; ``rows`` reads them.

    One query over all kinds, so that the database sorts and cuts the pages.
    """
    parts = [_part(place, kind, account, words, unassigned) for place, kind in enumerate(devices.KINDS)]
    return parts[0].union(*parts[1:], all=True).order_by("owner", "serial_number")


def _part(place: int, kind: type[MFADevice], account: Account, words: str, unassigned: bool) -> QuerySet[Any]:
    rows = kind._default_manager.filter(account=account).order_by()
    if unassigned:
        rows = rows.filter(user=None)
    if words:
        rows = rows.filter(
            Q(serial_number__icontains=words)
            | Q(name__icontains=words)
            | Q(user__name_folded__contains=words.lower())
        )
    owner = Coalesce("user__name_folded", Value(""))
    return rows.annotate(owner=owner, place=Value(place)).values_list("owner", "serial_number", "place", "pk")


def rows(page: Iterable[tuple[str, str, int, int]]) -> list[MFADevice]:
    """The devices of one page of ``found``, in its order: a query for each kind."""
    wanted = list(page)
    read = {}
    for place, kind in enumerate(devices.KINDS):
        keys = [pk for _, _, of, pk in wanted if of == place]
        rows_of_kind = kind._default_manager.select_related("user", "user__account").in_bulk(keys)
        read.update({(place, pk): device for pk, device in rows_of_kind.items()})
    return [read[place, pk] for _, _, place, pk in wanted if (place, pk) in read]


def unassigned(account: Account, ids: Iterable[UUID]) -> list[MFADevice]:
    """Those of the account's devices that have no user, by their ``uuid``."""
    keys = list(ids)
    return [
        device
        for kind in REMOVED_BY
        for device in kind._default_manager.filter(account=account, user=None, uuid__in=keys)
    ]


def removal(device: MFADevice) -> Step:
    """The step that removes an unassigned device for good."""
    return Step(REMOVED_BY[type(device)], {"SerialNumber": device.serial_number})
