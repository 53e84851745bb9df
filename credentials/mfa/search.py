"""MFA devices of every kind as the search at the top finds them: by serial number, ARN or name."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from credentials import devices
from credentials.mfa.device_list import needs
from credentials.models.devices import MFADevice
from iamconsole.addresses import address_in
from iamconsole.frame import Viewer
from iamconsole.operations import Caller
from iamconsole.search import Action, Found, Hit, RowSource, Source, Words, may
from users.models import in_accounts


class _DevicesOfKind(RowSource):
    """Those of one kind, in their table."""

    order_by = "serial_number"
    judged_singly = True

    def __init__(self, kind: type[MFADevice]) -> None:
        self.model = kind

    def rows(self, accounts: Sequence[Any], words: Words, *, switched: bool) -> QuerySet[Any] | None:
        fitting = Q(serial_number__icontains=words.text) | Q(name__icontains=words.text)
        return self.model._default_manager.filter(in_accounts(accounts) & fitting)

    def ranks(self, words: Words) -> tuple[Q, Q]:
        exact = Q(serial_number__iexact=words.text) | Q(name__iexact=words.text)
        return exact, Q(name__istartswith=words.text)

    def read(self, keys: Iterable[int]) -> dict[int, Any]:
        return self.model._default_manager.select_related("user", "account").in_bulk(list(keys))

    def visible(self, row: MFADevice, caller: Caller) -> bool:
        return row.user is None or caller.permits("iam:ListMFADevices", row.user.arn)

    def hit(self, row: MFADevice, *, exact: bool) -> Hit:
        account_id = row.account.account_id
        if row.user is None or row.user.is_root:
            url = (
                address_in(account_id, "credentials:mfa-devices") + f"?{urlencode({'q': row.serial_number})}"
            )
        else:
            url = address_in(account_id, "credentials:user-security-credentials", row.user.user_id)
        owner = row.user.label if row.user else "Unassigned"
        return Hit(row.name or row.serial_number, url, f"{row.words} · {owner}", exact, row.account)


class MFADevices(Source):
    title, icon, order = "MFA devices", "smartphone", 60
    fact = "mfa_devices"
    list_name = "credentials:mfa-devices"
    kinds = tuple(map(_DevicesOfKind, devices.KINDS))

    def allowed(self, caller: Caller) -> bool:
        return all(caller.permits(*asked) for asked in needs(caller))

    def find(
        self, accounts: Sequence[Any], words: Words, most: int, caller: Caller | None, *, count: bool = False
    ) -> Found:
        parts = [kind.find(accounts, words, most, caller) for kind in self.kinds]
        hits = sorted((hit for part in parts for hit in part.hits), key=lambda hit: not hit.exact)
        more = any(part.more for part in parts) or len(hits) > most
        return Found(hits[:most], None if more else len(hits), more)


def is_user(viewer: Viewer) -> bool:
    """Whether it is the person's own account, where one's own devices can be changed."""
    return viewer.caller.kind in ("user", "root") and not viewer.caller.read_only


OWN = "credentials:my-security-credentials"
ACTIONS = (
    Action(
        "Assign MFA device", "credentials:assign-mfa-device", "add my own enroll authenticator app", is_user
    ),
    Action("Add passkey", "credentials:assign-mfa-device", "my own security key fido webauthn mfa", is_user),
    Action("Create recovery codes", OWN, "my new lost mfa device"),
    Action(
        "Require MFA",
        "credentials:account-settings",
        "enforce two factor stop requiring",
        may("iam:GetAccountSummary"),
    ),
)
