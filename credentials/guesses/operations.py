"""iamconsole:ReleaseUser: let a user try to sign in again who was held for too many wrong guesses."""

from collections.abc import Sequence
from typing import Any

from credentials.guesses import throttle
from iamconsole.operations import Call, Facts, Operation, lasts, operation
from iamconsole.operations.news import News
from users.lookups import lock_user, user_resources


@operation("iamconsole:ReleaseUser")
class ReleaseUser(Operation):
    """Takes the counters of this user back; those of addresses go on, they hold others too."""

    lasting = lasts.HAPPENED
    notice = News("A paused sign-in was released")

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)
        call.found["lockout"] = throttle.lockout_of(call.user)

    def write(self, call: Call, facts: Facts) -> None:
        throttle.end_lockout(call.user)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        lockout = call.found["lockout"]
        return {"HeldFor": list(lockout.reasons) if lockout else []}
