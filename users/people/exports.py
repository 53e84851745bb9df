"""The list of users as data: the same rows and columns, for spreadsheets and programs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from iamconsole.downloads import minute, moment
from users.facts import Unread
from users.models import Account, User

CHUNK = 500
# Column of the list -> what it is as data.
VALUES: Mapping[str, Callable[[User], Any]] = {
    "account_id": lambda user: user.account.account_id,
    "account": lambda user: user.account.label,
    "user_name": lambda user: user.user_name,
    "path": lambda user: user.path,
    "groups": lambda user: user.group_names,
    "console_access": lambda user: user.password_enabled,
    "mfa_active": lambda user: bool(user.mfa_count),
    "mfa": lambda user: user.mfa_count,
    "last_activity": lambda user: moment(user.last_activity),
    "password_age": lambda user: moment(user.password_last_changed),
    "last_sign_in": lambda user: moment(user.password_last_used),
    "access_key_id": lambda user: " ".join(key.label for key in user.access_keys.all()),  # type: ignore[attr-defined]
    "active_key_age": lambda user: moment(user.oldest_active_key),
    "key_last_used": lambda user: minute(user.key_last_used),
    "signing_certificates": lambda user: user.certificate_count,  # type: ignore[attr-defined]
    "arn": lambda user: user.arn,
    "user_id": lambda user: user.user_id,
    "user_type": lambda user: user.user_type,
    "email": lambda user: user.email,
    "created": lambda user: moment(user.create_date),
}
# A moment says more than an age, and is called by its own name.
NAMES = {
    "console_access": "password_enabled",
    "mfa": "mfa_devices",
    "password_age": "password_last_changed",
    "active_key_age": "oldest_active_key_created",
    "access_key_id": "access_key_ids",
}


# Column -> the fact that must have been read for an absent value to be one.
FACTS = {
    "groups": "groups",
    "console_access": "passwords",
    "mfa_active": "mfa",
    "mfa": "mfa",
    "access_key_id": "access_key_ids",
    "signing_certificates": "signing_certificates",
    "user_id": "unique_ids",
}


def parts(columns: Sequence[str]) -> list[str]:
    """The columns of a file: whether there is MFA is often known where the number of devices is not."""
    return [part for column in columns for part in (("mfa_active", "mfa") if column == "mfa" else (column,))]


def header(columns: Sequence[str]) -> list[str]:
    return [NAMES.get(column, column) for column in parts(columns)]


def rows(users: QuerySet[User], accounts: Iterable[Account], columns: Sequence[str]) -> Iterator[list[Any]]:
    """One list per user, read in chunks: memory stays flat however many there are. What was not read is
    None, which files write as nothing or null.
    """
    unread = {account.pk: account.not_known for account in accounts}
    names = parts(columns)
    if "access_key_id" in columns:
        users = users.prefetch_related("access_keys")
    for user in users.select_related("account").iterator(chunk_size=CHUNK):
        yield [value(user, name, unread[user.account_id]) for name in names]


def value(user: User, column: str, unread: Unread) -> Any:
    """What a file says in one cell."""
    if column == "mfa" and user.mfa_count and unread["mfa_devices"]:
        return None
    if column == "user_id" and unread["unique_ids"]:
        return None
    if column == "access_key_id" and unread["access_key_ids"]:
        return None
    found = VALUES[column](user)
    return None if not found and column in FACTS and unread[FACTS[column]] else found
