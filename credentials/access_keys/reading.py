"""Who may read the access keys of all users of an account, and the addresses of lists of some of them."""

from urllib.parse import urlencode
from uuid import UUID

from iamconsole.addresses import reverse
from iamconsole.operations import Caller
from users.credential_status import KEY_LIMIT_DAYS

OLD = {"status": "active", "key_age": KEY_LIMIT_DAYS}
# In the address once, where a link or a button leads to the list: the old keys are ticked on arrival.
SELECT, SELECT_OLD = "select", "old"
OF_USERS = "access keys of users"  # the choice of users that their list hands over


def needs(caller: Caller) -> list[tuple[str, str]]:
    """What one may do who sees the keys of all users: action and resource. AWS lists keys user by user, so
    there is no list of them to be judged on; a Deny on some users hides the list as a whole from nobody.
    """
    return [("iam:ListUsers", ""), ("iam:ListAccessKeys", caller.arns.any_user)]


def may_list(caller: Caller) -> bool:
    return all(caller.permits(*asked) for asked in needs(caller))


def keys_url(**filters: object) -> str:
    """The list of the account's access keys, narrowed."""
    url = reverse("credentials:access-keys")
    return f"{url}?{urlencode(filters)}" if filters else url


def old_keys_url(of_users: UUID | None = None) -> str:
    """The active keys over the limit, of all or of selected users, each of them ticked."""
    users = {"users": str(of_users)} if of_users else {}
    return keys_url(**users, **OLD, **{SELECT: SELECT_OLD})
