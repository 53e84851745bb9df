"""Looking into several accounts at once: which ones, and an Event in the home account that names them."""

from typing import Any

from iamconsole.errors import AccessDenied
from iamconsole.models import Event
from iamconsole.operations import Call, Facts, Operation, events, operation
from users.accounts.across import ACTION, in_sight


@operation(ACTION)
class ListAcrossAccounts(Operation):
    """``Seen`` are the accounts in sight, ``Read`` those of them that the list shows: all, or the one
    of AccountId. An account out of sight is like one that does not exist, and narrows nothing.
    """

    reads = True
    audited = True

    def read(self, call: Call) -> Facts:
        try:
            seen = in_sight(call.caller, call.params["List"])
        except AccessDenied as error:
            events.record(call, Event.Outcome.DENIED, error=error)
            raise
        chosen = [one for one in seen if one.account.account_id == call.param("AccountId")]
        return {"Seen": seen, "Read": chosen or seen}

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        read = [one.account.account_id for one in facts.get("Read", ())]
        return {"AccountIds": read}
