"""Naming, switching to and syncing accounts; the console's own operations (ARCHITECTURE 2, 3)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import PROTECT

from iamconsole import jobs
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.sync.accounts import SYNC
from users.callers.build import starter_of
from users.home import HomeOperation, arns_named
from users.lookups import find_account, no_such_account
from users.models import Account, PolicyAttachment, User


def exclusive_key(account_id: str) -> str:
    """One sync of an account at a time."""
    return f"{SYNC}:{account_id}"


def forget(account: Account) -> None:
    """Delete an account with all that is in it. What protects its users goes before them: credentials
    stand a floor above, so they are found by their relations.
    """
    for relation in User._meta.related_objects:
        if relation.on_delete is PROTECT:
            rows: Any = relation.related_model
            rows._default_manager.filter(**{f"{relation.field.name}__account": account}).delete()
    account.users.update(permissions_boundary=None)
    # Those of groups too: a customer managed policy goes with the account only when nobody has it.
    PolicyAttachment.objects.filter(group__account=account).delete()
    account.delete()


@operation("iamconsole:UpdateAccount")
class UpdateAccount(HomeOperation):
    """What the console calls an account that has no alias, and the colour it marks it with."""

    def undo(self, call: Call) -> Undo:
        account = Account.objects.filter(account_id=call.params["AccountId"]).first()
        now = {"AccountName": account.name, "Colour": account.colour} if account else {}
        back = {name: value for name, value in now.items() if call.params.get(name, value) != value}
        return [(self.name, {"AccountId": call.params["AccountId"], **back})] if back else []

    def lock(self, call: Call) -> None:
        wanted = Account.objects.select_for_update().filter(account_id=call.params["AccountId"])
        call.account = wanted.first()
        if call.account is None:
            raise no_such_account(call.params["AccountId"])

    def write(self, call: Call, facts: Facts) -> None:
        call.account.name = call.param("AccountName", call.account.name)
        call.account.colour = call.param("Colour", call.account.colour)
        call.account.save(update_fields=["name", "colour"])


@operation("iamconsole:SwitchAccount")
class SwitchAccount(HomeOperation):
    """Take one of the two console roles of another account; ``sts:AssumeRole`` on it decides, as in AWS."""

    lasting = lasts.HAPPENED
    action = "sts:AssumeRole"

    def resources(self, call: Call) -> Sequence[str]:
        return [arns_named(call).role(call.params["RoleName"])]

    def lock(self, call: Call) -> None:
        call.account = Account.objects.filter(account_id=call.params["AccountId"]).first()
        if call.account is None:
            raise no_such_account(call.params["AccountId"])


@operation("iamconsole:SyncAccount")
class SyncAccount(Operation):
    """Starts the sync of the caller's linked account; one at a time."""

    lasting = lasts.HAPPENED

    def resources(self, call: Call) -> Sequence[str]:
        return [find_account(call.account_id).arn]

    def check(self, call: Call) -> None:
        if call.caller.link is None:
            raise IamError("InvalidInput", "Only accounts linked to AWS can be synced.")
        if jobs.open_job(exclusive_key(call.account_id)):
            raise jobs.AlreadyOpen(jobs.open_job(exclusive_key(call.account_id)))

    def write(self, call: Call, facts: Facts) -> None:
        args = {"remove_many": bool(call.param("RemoveMany")), "scheduled": bool(call.param("Scheduled"))}
        key = exclusive_key(call.account_id)
        starter = starter_of(call.caller)
        call.found["job"] = jobs.start(call.caller, SYNC, args=args, exclusive_key=key, starter=starter)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"JobId": str(call.found["job"].id)}
