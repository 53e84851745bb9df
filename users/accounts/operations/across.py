"""Looking into several accounts at once: which ones, and an Event in the home account that names them."""

from typing import Any

from iamconsole.errors import AccessDenied
from iamconsole.models import Event
from iamconsole.operations import Call, Facts, Operation, events, operation
from iamconsole.operations.sufficing import Suffices
from users.accounts.across import ACTION, Seen, accounts_of, in_sight
from users.accounts.units import in_unit, unit_of


@operation(ACTION)
class ListAcrossAccounts(Operation):
    """``Seen`` are the accounts in sight, ``Read`` those of them that the list shows: all, or the one
    of AccountId, or those of OrganizationalUnitId. An account or a unit out of sight is like one that does
    not exist, and narrows nothing.
    """

    suffices = Suffices(
        "organizations:ListAccounts",
        "It lists accounts. The rows of each still need a role that you can take there.",
    )
    reads = True
    audited = True

    def read(self, call: Call) -> Facts:
        try:
            seen = in_sight(call.caller, call.params["List"])
        except AccessDenied as error:
            events.record(call, Event.Outcome.DENIED, error=error)
            raise
        chosen = [one for one in seen if one.account.account_id == call.param("AccountId")]
        return {"Seen": seen, "Read": chosen or narrowed(seen, call.param("OrganizationalUnitId", ""))}

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        read = [one.account.account_id for one in facts.get("Read", ())]
        return {"AccountIds": read}


def narrowed(seen: list[Seen], unit_id: str) -> list[Seen]:
    """Those in the unit; all where there is no such unit in sight."""
    unit = unit_of(unit_id)
    inside = {account.pk for account in in_unit(accounts_of(seen), unit)} if unit else set()
    return [one for one in seen if one.account.pk in inside] or seen
