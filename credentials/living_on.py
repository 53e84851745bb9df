"""What lives on when an access key is deactivated or deleted: temporary credentials made with it.

IAM-FACTS 2.14.1, 2.14.4: GetSessionToken's live up to 36 hours, root's one hour. Here they end with the
user's sessions (``credentials.temporary.credentials``); at AWS a policy denies them everything
(``credentials.sessions.revoking``), but for root's.
"""

from users.models import Account, User

HERE = (
    "Temporary credentials created with {key} keep working until they expire, up to {longest}. To end them, "
    "choose End temporary credentials under Sessions{whose}."
)
AT_AWS = (
    "Temporary credentials created with {key} keep working at AWS until they expire, up to {longest}. To end "
    "them, revoke the active sessions{whose} under Sessions at AWS."
)
OF_ROOT_AT_AWS = (
    "Temporary credentials created with {key} keep working at AWS until they expire, up to {longest}."
)
AFTER_DELETION = (
    "When a user is deleted, its sessions and temporary credentials at AWS lose all permissions. Sessions of "
    "roles that it assumed before belong to the role and go on until they expire, up to 12 hours. Revoke "
    "them on the role."
)
SESSIONS_AT_AWS = (
    "Sessions that are open at AWS go on until they expire, up to 12 hours in the AWS Management Console, "
    "unless you revoke them."
)
FROM_KEYS = (
    "Programs use an access key to get temporary credentials for up to {longest}. If a key was exposed, end "
    "them here. Deactivating or deleting the key does not end them."
)


def of_keys(user: User) -> str:
    """What the Sessions of a local user say."""
    return FROM_KEYS.format(longest=_longest(user))


def after_key_of(user: User) -> str:
    """The sentence for one key of the user."""
    at_aws = user.account.kind == Account.Kind.LINKED
    if at_aws and user.is_root:
        return OF_ROOT_AT_AWS.format(key="this key", longest=_longest(user))
    return _sentence("this key", _longest(user), "", at_aws=at_aws)


def after_keys(*, at_aws: bool) -> str:
    """The sentence for keys of several users of one account."""
    return _sentence("these keys", "36 hours", " of each user", at_aws=at_aws)


def _longest(user: User) -> str:
    return "1 hour" if user.is_root else "36 hours"


def _sentence(key: str, longest: str, whose: str, *, at_aws: bool) -> str:
    return (AT_AWS if at_aws else HERE).format(key=key, longest=longest, whose=whose)
