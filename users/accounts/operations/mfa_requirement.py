"""UpdateMFARequirement: the switch of an account or a group; IAM has no such operation (ARCHITECTURE 3)."""

from collections.abc import Sequence

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, operation
from users.callers.mfa_requirement import UNPROTECTED
from users.lookups import find_account, find_group, lock_account, lock_group
from users.models import Account, User

IN_AWS = (
    "AWS has no switch for this. Attach a policy that denies everything without MFA: choose Require for "
    "groups in account settings."
)
TITLE = "You signed in without MFA"
QUESTION = (
    "This will cover you too. From the next request on you can only assign an MFA device and change your "
    "own password, until you sign in with its code."
)


@operation("iamconsole:UpdateMFARequirement")
class UpdateMFARequirement(Operation):
    """``Required`` for the group of GroupName, or for the whole account. Root is never covered."""

    def undo(self, call: Call) -> Undo:
        name = call.param("GroupName")
        switched = find_group(call.account_id, name) if name else find_account(call.account_id)
        now = switched.require_mfa
        return [] if now == call.params["Required"] else [(self.name, {**call.params, "Required": now})]

    def resources(self, call: Call) -> Sequence[str]:
        name = call.param("GroupName")
        return [find_group(call.account_id, name).arn] if name else ["*"]

    def lock(self, call: Call) -> None:
        if call.param("GroupName"):
            lock_group(call)
        else:
            lock_account(call)

    def check(self, call: Call) -> None:
        if call.account.kind != Account.Kind.LOCAL:
            raise IamError("InvalidInput", IN_AWS)

    def guard(self, call: Call) -> None:
        """Nobody shuts their own way by mistake. Root and people of other accounts are not covered."""
        if call.params["Required"] and not call.caller.mfa_at and self._covers_caller(call):
            call.ask(UNPROTECTED, TITLE, QUESTION)

    def _covers_caller(self, call: Call) -> bool:
        members = User.objects.people(call.account)
        if group := call.found.get("group"):
            members = members.filter(memberships__group=group)
        return call.caller.kind == "user" and members.filter(user_id=call.caller.user_id).exists()

    def write(self, call: Call, facts: Facts) -> None:
        changed = call.found.get("group", call.account)
        changed.require_mfa = call.params["Required"]
        changed.save(update_fields=["require_mfa"])
