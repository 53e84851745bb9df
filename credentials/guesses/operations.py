"""iamconsole:ReleaseUser: let a user try to sign in again who was held for too many wrong guesses."""

from collections.abc import Sequence
from typing import Any

from credentials.guesses import throttle
from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.news import News
from users.lookups import lock_user, user_resources


@operation("iamconsole:ReleaseUser")
class ReleaseUser(Operation):
    """Takes the counters of this user back; those of addresses go on, they hold others too."""

    notice = News("A held sign-in was released")

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)
        call.found["hold"] = throttle.hold_of(call.user)

    def write(self, call: Call, facts: Facts) -> None:
        throttle.release(call.user)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        hold = call.found["hold"]
        return {"HeldFor": list(hold.reasons) if hold else []}
