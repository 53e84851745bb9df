"""Files that are no credential report: the line and the column of what is wrong, and nothing is taken."""

import base64
import json

import pytest

from iamconsole.credential_report import COLUMNS
from iamconsole.operations import execute
from reports.imports.reading import MAX_BYTES, MalformedReport, read
from tests.reports.uploads import DAY, IMPORTED_ID, ROOT_ROW, report, row
from users.models import Account

KEY_1, KEY_2 = "access_key_1_", "access_key_2_"
OTHER = row("bea").replace(IMPORTED_ID, "999999999999")
MALFORMED = {
    "empty": (b"", "The file is empty."),
    "blank": (b" \r\n ", "The file is empty."),
    "too large": (b"x" * (MAX_BYTES + 1), "The limit is 52,428,800 bytes."),
    "a workbook": (b"PK\x03\x04\x14\x00\xff\xfe", "Line 1: the file is not text in UTF-8."),
    "NUL": (report(row("a\0nn")), "Line 3: the file is binary."),
    "another CSV": (b"User name,Password\nann,secret", "Line 1, column 1: the header is “User name”"),
    "semicolons": (report().replace(b",", b";"), "Line 1, column 1: the header is “user;arn;"),
    "half a header": (",".join(COLUMNS[:5]).encode(), "Line 1: the header has 5 columns"),
    "no header": (ROOT_ROW.encode(), "Line 1, column 1: the header is “<root_account>”"),
    "no rows": (report(root=""), "The file has a header and no rows."),
    "no root": (report(row(), root=""), "The row of <root_account> is missing"),
    "two roots": (report(ROOT_ROW), "Line 3, column user: the user “<root_account>” is already on line 2"),
    "a duplicate": (
        report(row("ann"), row("bea"), row("ANN")),
        "Line 5, column user: the user “ANN” is already",
    ),
    "mixed accounts": (report(row(), OTHER), "Line 4, column arn: this row is from account 999999999999"),
    "a cut row": (report(row()[:80]), "Line 3: the row has 8 columns where the header has 22."),
    "a quote left open": (report(row().replace("ann", '"ann', 1)), "Line 3: this is not valid CSV"),
    "no ARN": (report(row(arn="ann")), "Line 3, column arn: “ann” is not an ARN."),
    "an ARN of S3": (report(row(arn="arn:aws:s3:::ann")), "Line 3, column arn"),
    "another user's ARN": (
        report(row(arn=f"arn:aws:iam::{IMPORTED_ID}:user/bea")),
        "is not the ARN of the user “ann”.",
    ),
    "a role": (report(row(arn=f"arn:aws:iam::{IMPORTED_ID}:role/ann")), "Line 3, column arn"),
    "no name": (report(row("")), "Line 3, column user: “” is not an IAM user name"),
    "a long name": (report(row("x" * 65)), "Line 3, column user"),
    "an escaped name": (report(row("'=cmd")), "Upload the unchanged file from AWS."),
    "a pipe": (report(row("=cmd|x")), "Line 3, column user: “=cmd|x” is not an IAM user name."),
    "a name over two lines": (report(row().replace("ann", '"a\nnn"', 1)), "Line 3, column user: “a�nn”"),
    "no creation": (report(row(user_creation_time="N/A")), "column user_creation_time: “N/A” is not a time."),
    "a date only": (report(row(password_last_used="2026-03-01")), "Line 3, column password_last_used"),
    "a 13th month": (report(row(password_last_used="2026-13-01T00:00:00Z")), "is not a time."),
    "another zone": (report(row(password_last_used="2026-03-01T08:00:00+02:00")), "is not a time."),
    "a German date": (report(row(user_creation_time="01.03.2026 08:00")), "is not a time."),
    "Arabic digits": (report(row(user_creation_time="٢٠٢٦-03-01T08:00:00Z")), "is not a time."),
    "a wrong boolean": (report(row(mfa_active="yes")), "Line 3, column mfa_active: “yes” is neither true"),
    "N/A for a boolean": (report(row(mfa_active="N/A")), "Line 3, column mfa_active"),
    "not_supported of a user": (report(row(password_enabled="not_supported")), "column password_enabled"),
    "an active key of no time": (report(row(**{KEY_1 + "active": "true"})), f"{KEY_1}last_rotated: the key"),
    "a column twice": (
        report(row())
        .replace(b"cert_2_last_rotated", b"cert_2_last_rotated,more,more")
        .replace(b"N/A\n", b"N/A,,\n"),
        "Line 1: the header has the column “more” twice.",
    ),
    "a row shorter than its header": (
        report(row()).replace(b"cert_2_last_rotated", b"cert_2_last_rotated,more"),
        "Line 2: the row has 22 columns where the header has 23.",
    ),
    "other JSON": (b'{"State": "STARTED"}', "This JSON does not contain a credential report."),
    "JSON that is cut": (b'{"Content": "dXNlcixhcm4', "it is not valid JSON"),
    "JSON of an endless depth": (b'{"a":' * 100_000, "it is not valid JSON"),
    "base64 that is cut": (
        base64.b64encode(report(row()))[:-3],
        "The base64 text of the report is not complete.",
    ),
    "a picture in base64": (b"iVBORw0KGgoAAAANSUhEUgAA", "Line 1, column 1: the header is"),
    "an active certificate of no time": (report(row(cert_2_active="true")), "column cert_2_last_rotated"),
    "a service of control characters": (
        report(row(**{KEY_1 + "last_rotated": DAY, KEY_1 + "last_used_service": "s\x073"})),
        f"column {KEY_1}last_used_service",
    ),
}
TEXT = report(row()).decode()
IN_BASE64 = base64.b64encode(report(row())).decode()
ANSWER = {"Content": IN_BASE64, "ReportFormat": "text/csv", "GeneratedTime": "2026-11-30T11:22:33+00:00"}
GOOD = {
    "exact": report(row()),
    # What the AWS CLI writes, and what PowerShell makes of it.
    "the CLI's JSON": json.dumps(ANSWER, indent=4).encode(),
    "the CLI's JSON by PowerShell": json.dumps(ANSWER, indent=4).replace("\n", "\r\n").encode("utf-16"),
    "JSON with the text itself": json.dumps({**ANSWER, "Content": TEXT}).encode(),
    "--query Content": json.dumps(IN_BASE64).encode() + b"\n",
    "--query Content --output text": IN_BASE64.encode() + b"\r\n",
    "--output text": f"{IN_BASE64}\t2026-11-30T11:22:33+00:00\ttext/csv\n".encode(),
    "--output yaml": "".join(f"{name}: {value}\n" for name, value in ANSWER.items()).encode(),
    "base64 in lines": base64.encodebytes(report(row())),
    "base64 of a byte order mark": base64.b64encode(b"\xef\xbb\xbf" + report(row())),
    "base64 in UTF-16": IN_BASE64.encode("utf-16"),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16, little endian, without a mark": TEXT.replace("\n", "\r\n").encode("utf-16-le"),
    "UTF-16, big endian": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-16, big endian, without a mark": TEXT.encode("utf-16-be"),
    "two new columns": TEXT.replace("\n", "\r\n", 1)
    .replace("cert_2_last_rotated", "cert_2_last_rotated,new_1,new_2")
    .replace("N/A\nann", "N/A,1,2\nann")
    .encode()
    + b",3,4",
    "a new column among the others": "\n".join(
        line.replace(",", f",{cell},", 1)
        for line, cell in zip(TEXT.split("\n"), ("new_column", "1", "2"), strict=True)
    ).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + report(row()),
    "CRLF": report(row()).replace(b"\n", b"\r\n"),
    "an end of line after the last row": report(row()) + b"\n",
    "empty lines": report(row()).replace(b"\n", b"\n\n"),
    "every cell in quotes": b"\n".join(
        b",".join(b'"' + cell + b'"' for cell in line.split(b",")) for line in report(row()).split(b"\n")
    ),
    "the 23rd column": b"\n".join(
        line + end
        for line, end in zip(
            report(row()).split(b"\n"), (b",additional_credentials_info", b",N/A", b",2 more"), strict=True
        )
    ),
    "older times": report(row()).replace(b"Z,", b"+00:00,"),
    "upper-case booleans": report(row()).replace(b"false", b"FALSE"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_wrong_is_said_with_its_place(name):
    content, words = MALFORMED[name]
    with pytest.raises(MalformedReport) as refusal:
        read(content)
    assert words in refusal.value.message
    assert "\n" not in refusal.value.message


@pytest.mark.parametrize("name", GOOD)
def test_what_means_the_same_is_read(name):
    found = read(GOOD[name])
    assert found == read(report(row()))
    assert found.account_id == IMPORTED_ID


def test_the_words_of_absence_mean_the_same_where_nothing_is():
    one, other = row(password_last_used="no_information"), row(password_last_used="not_supported")
    assert read(report(one)) == read(report(other))


def test_an_older_root_row_has_a_password():
    old = ROOT_ROW.replace(",true,no_information", ",not_supported,no_information", 1)
    found = read(report(row(), root=old))
    assert found.root.row.password_enabled


def test_a_formula_is_a_name_like_any_other():
    found = read(report(row("=cmd"), row("@SUM"), row("-1")))
    assert [user.name for user in found.users] == ["=cmd", "@SUM", "-1"]


def test_all_that_is_wrong_is_said_at_once_up_to_a_limit():
    with pytest.raises(MalformedReport) as refusal:
        read(report(row("ann", mfa_active="x"), row("bea", arn="y")))
    assert len(refusal.value.problems) == 2
    with pytest.raises(MalformedReport) as refusal:
        read(report(*[row(f"u{n}", mfa_active="x") for n in range(500)]))
    assert len(refusal.value.problems) == 11
    assert refusal.value.problems[-1] == "There may be more."


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a duplicate", "mixed accounts", "a wrong boolean", "no root"])
def test_nothing_of_a_malformed_file_is_taken(name, alice, caller):
    params = {"AccountId": IMPORTED_ID, "Content": MALFORMED[name][0]}
    with pytest.raises(MalformedReport):
        execute(caller(alice), "iamconsole:ImportAccount", **params)
    assert not Account.objects.filter(kind="imported").exists()
    execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=report(row("zoe")))
    with pytest.raises(MalformedReport):
        execute(caller(alice), "iamconsole:ImportAccount", **params)
    names = Account.objects.get(account_id=IMPORTED_ID).users.values_list("user_name", flat=True)
    assert set(names) == {"", "zoe"}
