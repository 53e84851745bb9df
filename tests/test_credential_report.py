"""One reader of AWS's credential report: an upload is refused where AWS's own is read as far as it goes."""

from datetime import UTC, datetime

import pytest

from iamconsole.credential_report import (
    COLUMNS,
    Cells,
    ReportedCertificate,
    ReportedKey,
    Wrong,
    leave_out,
    refuse,
    rows_of,
)

MADE = datetime(2026, 3, 1, 8, tzinfo=UTC)
ARN = "arn:aws:iam::111111111111:user/ann"
TIME, OLD_TIME = "2026-03-01T08:00:00Z", "2026-03-01T08:00:00+00:00"
KEY = [TIME, "eu-central-1", "s3"]
CELLS = ["ann", ARN, TIME, "true", "no_information", OLD_TIME, "N/A", "true"]
CELLS += ["true", TIME, *KEY, "false", TIME, "N/A", "N/A", "N/A", "true", TIME, "false", "N/A"]


def cells(**changes: str) -> dict[str, str]:
    return {**dict(zip(COLUMNS, CELLS, strict=True)), **changes}


@pytest.mark.parametrize("wrong", [refuse, leave_out])
def test_a_row(wrong):
    row = Cells(cells(), wrong).row()
    assert (row.created, row.password_enabled, row.mfa_active) == (MADE, True, True)
    assert (row.password_last_used, row.password_last_changed, row.password_next_rotation) == (
        None,
        MADE,
        None,
    )
    unused = ReportedKey(MADE, False, None, "", "")
    assert row.keys == (ReportedKey(MADE, True, MADE, "eu-central-1", "s3"), unused)
    assert row.certificates == (ReportedCertificate(MADE, True), None)
    assert row.key_states() == {(MADE, True): 1, (MADE, False): 1}
    assert row.certificate_states() == {(MADE, True): 1}


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("password_enabled", "yes"),
        ("password_last_used", "yesterday"),
        ("password_last_changed", "2026-13-01T08:00:00Z"),
        ("access_key_1_last_used_region", "x" * 33),
        ("access_key_2_last_used_service", ""),
        ("cert_2_active", "true"),
    ],
)
def test_a_wrong_cell_refuses_an_upload_and_is_not_known_of_awss_own(column, text):
    with pytest.raises(Wrong):
        Cells(cells(**{column: text}), refuse).row()
    row = Cells(cells(**{column: text}), leave_out).row()
    assert row.created == MADE
    assert not row.password_last_used
    assert row.certificates[1] is None
    assert row.keys[1].service == ""


def test_rows_that_tell_of_no_user_are_left_out():
    header = ",".join(COLUMNS)
    lines = [CELLS, CELLS[:-1], [*CELLS, "more"], ["no", f"{ARN}-no", "N/A", *CELLS[3:]]]
    found = rows_of("\n".join([header, *map(",".join, lines)]).encode())
    assert list(found) == [ARN]
    # By name of the column: a new one at AWS changes nothing.
    new = rows_of(f"new,{header}\nx,{','.join(CELLS)}".encode())
    assert new == found
