"""The credential report's format, to the letter: AWS's 22 columns, order and words (IAM-FACTS 3)."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from credentials.models import AccessKey
from users.models import PasswordPolicy, User

COLUMNS = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
]
ROOT = "<root_account>"
NONE, NO_INFORMATION, NOT_SUPPORTED = "N/A", "no_information", "not_supported"
NO_KEY = ["false", NONE, NONE, NONE, NONE]
NO_CERTIFICATES = ["false", NONE, "false", NONE]
# What a spreadsheet would run as a formula (SECURITY 3.7).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def boolean(value: bool) -> str:
    return "true" if value else "false"


def moment(value: datetime | None) -> str:
    """A time as AWS writes it, N/A for none."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else NONE


def row(user: User, keys: Iterable[AccessKey], policy: PasswordPolicy | None) -> list[str]:
    """One user's line. ``keys`` in ascending order of their IDs, which is the order of the columns."""
    columns = [ROOT if user.is_root else user.user_name, user.arn, moment(user.create_date)]
    columns += _password(user, policy)
    columns.append(boolean(user.mfa_count > 0))
    keyed = [_key(key) for key in keys][:2]
    for cells in [*keyed, NO_KEY, NO_KEY][:2]:
        columns += cells
    return columns + NO_CERTIFICATES


def _password(user: User, policy: PasswordPolicy | None) -> list[str]:
    if not user.password_enabled:
        return ["false", NONE, NONE, NOT_SUPPORTED if user.is_root else NONE]
    last_used = moment(user.password_last_used) if user.password_last_used else NO_INFORMATION
    return ["true", last_used, moment(user.password_last_changed), _next_rotation(user, policy)]


def _next_rotation(user: User, policy: PasswordPolicy | None) -> str:
    if user.is_root:
        return NOT_SUPPORTED
    if policy is None or policy.lifetime is None or user.password_last_changed is None:
        return NONE
    return moment(user.password_last_changed + policy.lifetime)


def _key(key: AccessKey) -> list[str]:
    """An inactive key keeps its times (IAM-FACTS 3.2)."""
    used = key.last_used_date is not None
    return [
        boolean(key.active),
        moment(key.create_date),
        moment(key.last_used_date),
        (key.last_used_region or NONE) if used else NONE,
        (key.last_used_service or NONE) if used else NONE,
    ]


def line(cells: Iterable[Any]) -> str:
    """One CSV line without its end: quotes only where needed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def for_spreadsheets(content: bytes) -> bytes:
    """The same report with every cell quoted and formulas disarmed by a leading apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for cells in csv.reader(io.StringIO(content.decode())):
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in cells])
    return ("\ufeff" + text.getvalue()).encode()
