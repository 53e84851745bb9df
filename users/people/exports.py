"""The list of users as data: the same rows and columns, for spreadsheets and programs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from iamconsole.downloads import moment
from users.models import User

CHUNK = 500
# Column of the list -> what it is as data.
VALUES: Mapping[str, Callable[[User], Any]] = {
    "account_id": lambda user: user.account.account_id,
    "account": lambda user: user.account.label,
    "user_name": lambda user: user.user_name,
    "path": lambda user: user.path,
    "groups": lambda user: user.group_names,
    "console_access": lambda user: user.password_enabled,
    "mfa": lambda user: user.mfa_count,
    "last_activity": lambda user: moment(user.last_activity),
    "password_age": lambda user: moment(user.password_last_changed),
    "last_sign_in": lambda user: moment(user.password_last_used),
    "access_key_id": lambda user: " ".join(key.label for key in user.access_keys.all()),  # type: ignore[attr-defined]
    "active_key_age": lambda user: moment(user.oldest_active_key),
    "key_last_used": lambda user: moment(user.key_last_used),
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


def header(columns: Sequence[str]) -> list[str]:
    return [NAMES.get(column, column) for column in columns]


def rows(users: QuerySet[User], columns: Sequence[str]) -> Iterator[list[Any]]:
    """One list per user, read in chunks: memory stays flat however many there are."""
    if "access_key_id" in columns:
        users = users.prefetch_related("access_keys")
    for user in users.select_related("account").iterator(chunk_size=CHUNK):
        yield [VALUES[column](user) for column in columns]
