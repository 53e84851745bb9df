"""Asking for a permission, and what becomes of it: iamconsole:RequestPermission, WithdrawPermissionRequest,
AnswerPermissionRequest, DeclinePermissionRequest.

Nothing here gives a permission, and nothing goes to AWS: whoever answers attaches a policy or adds the user
to a group, with the permissions that this needs.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet

from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import Call, Facts, Operation, lasts, operation
from iamconsole.operations.door import READ_ONLY
from iamconsole.operations.news import News
from iamconsole.policy import values
from users.lookups import lock_caller, own_resources
from users.models import PermissionRequest
from users.permission_requests.reading import LIST_USERS

State = PermissionRequest.State
PER_DAY = 5
KEPT = 20  # of one user; events keep all
ONLY_USERS = "Only IAM users ask for permissions. Root can do everything, and a role ends with its session."
OPEN_ALREADY = (
    "You have an open request. Wait for the answer, or withdraw it on My permissions before you ask again."
)
TOO_MANY = f"You asked {PER_DAY} times in the last 24 hours. Try again later, or talk to an administrator."
NOT_AN_ARN = "{resource} is not an ARN. Enter the ARN of a resource, or leave this empty for any resource."
NOTHING_OPEN = "You have no open request. It may have just been answered."
ADMINISTRATORS_ONLY = f"Only administrators answer requests. This needs {LIST_USERS}, too."
NO_SUCH_REQUEST = "There is no such request. It may have been deleted with its user."
CLOSED_ALREADY = "This request is {state} already. Nothing was changed."


class OwnRequestOperation(Operation):
    """What a user does with requests of its own."""

    def resources(self, call: Call) -> Sequence[str]:
        return own_resources(call)

    def lock(self, call: Call) -> None:
        if call.caller.kind != "user":
            raise IamError("InvalidUserType", ONLY_USERS)
        lock_caller(call)


@operation("iamconsole:RequestPermission")
class RequestPermission(OwnRequestOperation):
    lasting = "Withdraw it on My permissions."

    def check(self, call: Call) -> None:
        if call.caller.read_only:
            raise IamError("UnmodifiableEntity", READ_ONLY)
        resource = call.param("Resource", "")
        if resource not in ("", "*") and values.arn(resource) is None:
            raise IamError("InvalidInput", NOT_AN_ARN.format(resource=resource[:80]))
        own = requests_of(call)
        if own.filter(state=State.OPEN).exists():
            raise IamError("EntityAlreadyExists", OPEN_ALREADY)
        if own.filter(created_at__gt=call.now - timedelta(days=1)).count() >= PER_DAY:
            raise IamError("LimitExceeded", TOO_MANY)

    def write(self, call: Call, facts: Facts) -> None:
        resource = call.param("Resource", "")
        call.found["request"] = PermissionRequest.objects.create(
            account=call.account,
            user=call.user,
            text=call.params["Text"],
            action=call.param("Action", ""),
            resource="" if resource == "*" else resource,
        )
        old = requests_of(call).values_list("pk", flat=True)[KEPT:]
        PermissionRequest.objects.filter(pk__in=list(old)).delete()

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return {"RequestId": str(call.found["request"].pk)}


@operation("iamconsole:WithdrawPermissionRequest")
class WithdrawPermissionRequest(OwnRequestOperation):
    """There is one open request at most, so it needs no name."""

    lasting = lasts.HAPPENED

    def write(self, call: Call, facts: Facts) -> None:
        request = requests_of(call).select_for_update().filter(state=State.OPEN).first()
        if request is None:
            raise IamError("NoSuchEntity", NOTHING_OPEN)
        close(call, request, State.WITHDRAWN)

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return {"RequestId": str(call.found["request"].pk)}


class ClosingOperation(Operation):
    """What an administrator makes of the request of a user."""

    lasting = lasts.HAPPENED
    becomes: ClassVar[str]

    def resources(self, call: Call) -> Sequence[str]:
        """The user who asked; every user, where there is no such request."""
        request = named(call).first()
        return [request.user.arn if request else "*"]

    def lock(self, call: Call) -> None:
        request = named(call).select_for_update(of=("self",)).first()
        if request is None:
            raise IamError("NoSuchEntity", NO_SUCH_REQUEST)
        call.found["request"], call.user, call.account = request, request.user, request.user.account

    def check(self, call: Call) -> None:
        if call.caller.read_only:
            raise IamError("UnmodifiableEntity", READ_ONLY)
        if not call.caller.permits(LIST_USERS):
            raise AccessDenied(ADMINISTRATORS_ONLY, action=LIST_USERS)
        request = call.found["request"]
        if not request.is_open:
            state = request.get_state_display().lower()
            raise IamError("ConcurrentModification", CLOSED_ALREADY.format(state=state))

    def write(self, call: Call, facts: Facts) -> None:
        close(call, call.found["request"], self.becomes)

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return {"UserName": call.user.user_name}


@operation("iamconsole:AnswerPermissionRequest")
class AnswerPermissionRequest(ClosingOperation):
    becomes = State.ANSWERED
    notice = News("Your request for a permission was answered", read_at="users:own-permissions")


@operation("iamconsole:DeclinePermissionRequest")
class DeclinePermissionRequest(ClosingOperation):
    becomes = State.DECLINED
    notice = News("Your request for a permission was declined", read_at="users:own-permissions")


def requests_of(call: Call) -> QuerySet[PermissionRequest]:
    """Those of the caller, whose row is locked."""
    return PermissionRequest.objects.filter(user=call.user)


def named(call: Call) -> QuerySet[PermissionRequest]:
    """The one of RequestId, in the caller's account."""
    rows = PermissionRequest.objects.select_related("user__account")
    try:
        request_id = UUID(call.params["RequestId"])
    except ValueError:
        return rows.none()
    return rows.filter(account__account_id=call.account_id, pk=request_id)


def close(call: Call, request: PermissionRequest, state: str) -> None:
    """Write what became of it, by whom and when."""
    request.state, request.note = state, call.param("Note", "")
    request.closed_by, request.closed_at = call.caller.arn, call.now
    request.save(update_fields=["state", "note", "closed_by", "closed_at"])
    call.found["request"] = request
