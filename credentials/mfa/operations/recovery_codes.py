"""Recovery codes, which IAM does not have: everybody makes their own, nobody another's."""

from collections.abc import Sequence

from credentials import recovery_codes
from credentials.mfa.operations.mfa import check_own_mfa
from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import Call, Facts, Operation, lasts, operation
from iamconsole.operations.news import News
from users.lookups import lock_caller, lock_user, own_resources, user_resources

OWN_ONLY = "You can create recovery codes only for yourself."
NO_DEVICE = "Recovery codes replace a lost MFA device. Assign an MFA device first."
NONE_THERE = "There are no recovery codes to delete."


def lock_own(call: Call) -> None:
    """Lock the row of whoever calls. Raises AccessDenied for a role, which is nobody's own."""
    if call.caller.kind not in ("user", "root"):
        raise AccessDenied(OWN_ONLY, action=call.operation.action, resource=call.caller.arn)
    lock_caller(call)


@operation("iamconsole:CreateRecoveryCodes")
class CreateRecoveryCodes(Operation):
    """Ten new codes; the old ones stop working."""

    lasting = lasts.REPLACED
    needs_recent_sign_in = True
    notice = News("New recovery codes were created")

    def resources(self, call: Call) -> Sequence[str]:
        return own_resources(call)

    def lock(self, call: Call) -> None:
        lock_own(call)

    def check(self, call: Call) -> None:
        check_own_mfa(call.caller, call.user, self.action)
        if not call.user.mfa_count:
            raise IamError("InvalidInput", NO_DEVICE)

    def mint(self, call: Call) -> Facts:
        return {"RecoveryCodes": recovery_codes.new_codes()}

    def write(self, call: Call, facts: Facts) -> None:
        recovery_codes.replace(call.user, facts["RecoveryCodes"])


@operation("iamconsole:DeleteRecoveryCodes")
class DeleteRecoveryCodes(Operation):
    """One's own, or a user's whose sheet may be in wrong hands."""

    lasting = lasts.DELETED
    needs_recent_sign_in = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call) if call.param("UserName") else own_resources(call)

    def lock(self, call: Call) -> None:
        if call.param("UserName"):
            lock_user(call)
        else:
            lock_own(call)

    def check(self, call: Call) -> None:
        check_own_mfa(call.caller, call.user, self.action)
        if recovery_codes.left(call.user) is None:
            raise IamError("NoSuchEntity", NONE_THERE)

    def write(self, call: Call, facts: Facts) -> None:
        recovery_codes.forget(call.user)
