"""The list of users as data: the same rows and columns, for spreadsheets and programs."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse

from users.models import User

CHUNK = 500
# What a spreadsheet would run as a formula (SECURITY 3.7).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def moment(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, as the credential report has it."""
    return value.strftime("%Y-%m-%dT%H:%M:%S+00:00") if value else None


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


def download(names: Sequence[str], rows: Iterable[Sequence[Any]], form: str, name: str) -> Any:
    """A streamed file of rows: CSV, exact or for spreadsheets, or JSON. Raises Http404 for another form."""
    if form == "json":
        body, kind = as_json(names, rows), "application/json"
    elif form in ("exact", "spreadsheet"):
        body, kind = as_csv(names, rows, disarm=form == "spreadsheet"), "text/csv"
    else:
        raise Http404(f"There is no export of the form {form}.")
    response = StreamingHttpResponse(body, content_type=f"{kind}; charset=utf-8")
    ending = "json" if form == "json" else "csv"
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def as_csv(names: Sequence[str], rows: Iterable[Sequence[Any]], *, disarm: bool) -> Iterator[str]:
    """CSV after RFC 4180. ``disarm``: a leading apostrophe keeps spreadsheets from running a formula."""
    yield line(names, disarm=False)
    for row in rows:
        yield line(row, disarm=disarm)


def line(cells: Sequence[Any], *, disarm: bool) -> str:
    return ",".join(quoted(text(cell), disarm=disarm) for cell in cells) + "\r\n"


def text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def quoted(cell: str, *, disarm: bool) -> str:
    if disarm and cell.startswith(FORMULA_STARTS):
        cell = f"'{cell}"
    if any(sign in cell for sign in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def as_json(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A JSON list with one object per line."""
    yield "["
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)
    yield "\n]\n"
