"""Who may read permission requests, and which there are."""

from django.db.models import QuerySet

from iamconsole.operations import Caller, require
from iamconsole.operations.sufficing import Suffices, page_read
from users.models import Account, PermissionRequest, User

LIST = page_read(
    "iamconsole:ListPermissionRequests",
    Suffices("", "AWS has no list of what users ask for."),
)
ASK = "iamconsole:RequestPermission"
# PowerUserAccess allows all but what is IAM's, this console's own actions too: it administers no users.
LIST_USERS = "iam:ListUsers"
OWN_SHOWN = 5


def may_list(caller: Caller) -> bool:
    """Whether the list is shown: in an imported account nobody signs in, so nobody asks."""
    return caller.permits(LIST) and caller.permits(LIST_USERS) and not caller.read_only


def require_reading(caller: Caller) -> None:
    """Raises AccessDenied, with its Event."""
    require(caller, LIST)
    require(caller, LIST_USERS)


def may_ask(caller: Caller) -> bool:
    """Whether the caller is a user who can ask in its own account."""
    return caller.kind == "user" and not caller.read_only and caller.permits(ASK, caller.arn)


def requests_in(account: Account) -> QuerySet[PermissionRequest]:
    """Those of an account, newest first, with their users."""
    return PermissionRequest.objects.filter(account=account).select_related("user__account")


def open_in(account_id: str) -> QuerySet[PermissionRequest]:
    """The open ones of an account, by its ID."""
    return PermissionRequest.objects.filter(
        account__account_id=account_id, state=PermissionRequest.State.OPEN
    )


def own_requests(user: User) -> list[PermissionRequest]:
    """The last ones of a user, newest first."""
    return list(PermissionRequest.objects.filter(user=user)[:OWN_SHOWN])
