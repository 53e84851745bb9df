"""The credential report's format, to the letter: AWS's 22 columns, order and words (IAM-FACTS 3)."""

import csv
import io

from iamconsole.downloads import SPREADSHEET, as_csv

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


def for_spreadsheets(content: bytes) -> bytes:
    """The same report as spreadsheets want it."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return "".join(as_csv(next(rows, []), rows, SPREADSHEET)).encode()
