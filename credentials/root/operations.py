"""The root user's own password and MFA devices, and its rescue from the machine's command line.

Root is no IAM user: IAM's ChangePassword and EnableMFADevice do not reach it (IAM-FACTS 4, 5.1).
"""

from collections.abc import Sequence
from typing import Any

from credentials import devices, summary
from credentials.guesses import throttle
from credentials.mfa import pairing
from credentials.mfa.last_device import KeepsADevice
from credentials.mfa.operations.mfa import (
    assign,
    check_assignable,
    check_assigned,
    check_own_mfa,
    lock_device,
    unassign,
)
from credentials.passwords import rules as passwords
from credentials.passwords.operations.login_profiles import (
    WRONG_OLD_PASSWORD,
    NewPassword,
    check_old_password,
    check_unchanged,
    prepare_guard,
)
from iamconsole.errors import AccessDenied
from iamconsole.operations import Call, Facts, Operation, lasts, operation
from iamconsole.operations.news import News
from users.lookups import find_account, lock_root, root_of


class RootOperation(Operation):
    """Only the root user itself (or, for a rescue, a command on the machine) gets here."""

    def resources(self, call: Call) -> Sequence[str]:
        return [find_account(call.account_id).arn]

    def lock(self, call: Call) -> None:
        lock_root(call)

    def check(self, call: Call) -> None:
        if call.caller.kind not in ("root", "system"):
            raise AccessDenied(
                "Only the root user can do this.", action=self.action, resource=call.account.arn
            )


@operation("iamconsole:ChangeRootPassword")
class ChangeRootPassword(NewPassword, RootOperation):
    lasting = lasts.REPLACED
    notice = News("The root password was changed")

    def prepare(self, call: Call) -> None:
        if call.caller.kind != "root":
            raise AccessDenied("Only the root user can do this.", action=self.action)
        user = root_of(call.account_id)
        check_old_password(call, user)
        if call.params["OldPassword"] == call.params["NewPassword"]:
            raise AccessDenied(WRONG_OLD_PASSWORD)
        call.prepared["hash"] = passwords.hashed(call.params["NewPassword"])
        prepare_guard(call, call.params["NewPassword"])

    def check(self, call: Call) -> None:
        super().check(call)
        check_unchanged(call)
        passwords.check(call.account, call.params["NewPassword"], for_root=True)

    def write(self, call: Call, facts: Facts) -> None:
        keep = call.caller.session_id
        passwords.set_password(
            call.user, call.prepared["hash"], call.now, reset_required=False, keep_session=keep
        )
        summary.refresh(call.user)


@operation("iamconsole:EnableRootMFADevice")
class EnableRootMFADevice(RootOperation):
    lasting = lasts.MADE
    needs_recent_sign_in = True
    notice = News("An MFA device was assigned to the root user")

    def prepare(self, call: Call) -> None:
        pairing.count(call)

    def lock(self, call: Call) -> None:
        super().lock(call)
        call.found["device"] = lock_device(call)

    def check(self, call: Call) -> None:
        super().check(call)
        check_own_mfa(call.caller, call.user, self.action)
        device = check_assignable(call.found["device"], call.user, call.params["SerialNumber"])
        pairing.check(call, device)

    def write(self, call: Call, facts: Facts) -> None:
        assign(call.found["device"], call.user, call)


@operation("iamconsole:DeactivateRootMFADevice")
class DeactivateRootMFADevice(KeepsADevice, RootOperation):
    lasting = lasts.DELETED
    needs_recent_sign_in = True
    notice = News("An MFA device of the root user was removed")

    def lock(self, call: Call) -> None:
        super().lock(call)
        call.found["device"] = devices.lock(call.account_id, call.params["SerialNumber"])

    def check(self, call: Call) -> None:
        super().check(call)
        check_own_mfa(call.caller, call.user, self.action)
        check_assigned(call)

    def write(self, call: Call, facts: Facts) -> None:
        unassign(call.found["device"], call.user, call)


@operation("iamconsole:ResetRootPassword")
class ResetRootPassword(RootOperation):
    """A new one-time password for root, from the machine's command line only. Ends root's sessions."""

    lasting = lasts.REPLACED
    notice = News("The root password was reset on this console's machine")

    def prepare(self, call: Call) -> None:
        if call.caller.kind != "system":
            raise AccessDenied("Only a command on this console's machine can do this.", action=self.action)
        account = find_account(call.account_id)
        call.prepared["password"] = passwords.generate(account)
        call.prepared["hash"] = passwords.hashed(call.prepared["password"])

    def mint(self, call: Call) -> Facts:
        return {"Password": call.prepared["password"]}

    def write(self, call: Call, facts: Facts) -> None:
        passwords.set_password(call.user, call.prepared["hash"], call.now, reset_required=True)
        call.user.session_epoch += 1
        call.user.save(update_fields=["session_epoch"])
        throttle.end_lockout(call.user)
        if call.param("RemoveMFA"):
            devices.release(devices.of_user(call.user))
        summary.refresh(call.user)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"MFARemoved": bool(call.param("RemoveMFA"))}
