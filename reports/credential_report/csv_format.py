"""The credential report's format, to the letter: AWS's 22 columns, order and words (IAM-FACTS 3)."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

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
# New at AWS for users with more credentials than the columns hold; its text is not known (IAM-FACTS 3.1).
EXTRA_COLUMN = "additional_credentials_info"
ROOT = "<root_account>"
NONE, NO_INFORMATION, NOT_SUPPORTED = "N/A", "no_information", "not_supported"
NO_CERTIFICATES = "false,N/A,false,N/A"
# What a spreadsheet would run as a formula (SECURITY 3.7).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def moment(value: datetime | None) -> str:
    """A time as AWS writes it, N/A for none."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else NONE


def line(cells: Iterable[Any]) -> str:
    """One CSV line without its end: quotes only where needed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def disarmed(cells: Iterable[str]) -> str:
    """One CSV line for spreadsheets: every cell quoted, formulas disarmed by a leading apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="")
    writer.writerow([f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in cells])
    return text.getvalue()


def for_spreadsheets(content: bytes) -> bytes:
    """The same report with a byte order mark, every line disarmed."""
    lines = (disarmed(cells) for cells in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return ("\ufeff" + "".join(line + "\r\n" for line in lines)).encode()
