"""Files of rows: exact for programs, disarmed for spreadsheets, JSON; one format of times (SECURITY 3.7)."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from iamconsole.downloads import EXACT, SPREADSHEET, as_csv, as_json, exact_line, moment, spreadsheet_line

ROW = ["=1+1", "-5", 'a "b", c', "line\nbreak", "tab\r", "", None, True, 7]
TEXTS = ["=1+1", "-5", 'a "b", c', "line\nbreak", "tab\r", "", "", "true", "7"]


def read(lines) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(lines), newline=""), strict=True))


def test_exact_is_what_was_put_in():
    assert read(as_csv("abcdefghi", [ROW], EXACT)) == [list("abcdefghi"), TEXTS]
    assert exact_line(["plain", "+1"]) == "plain,+1"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_spreadsheet_is_a_formula(start):
    assert spreadsheet_line([start + "cmd", "plain"]) == f'"\'{start}cmd","plain"'


def test_spreadsheets_read_utf_8_and_every_cell_is_quoted():
    lines = list(as_csv(["name", "number"], [["Zoë", 1]], SPREADSHEET))
    assert lines == ['\ufeff"name","number"\r\n', '"Zoë","1"\r\n']


def test_json_keeps_types():
    assert json.loads("".join(as_json(["a", "b"], [["=1", None], [True, 7]]))) == [
        {"a": "=1", "b": None},
        {"a": True, "b": 7},
    ]


def test_times_are_utc_to_the_second():
    time = datetime(2026, 9, 11, 13, 14, 52, 999, tzinfo=UTC)
    assert moment(time) == moment(time.astimezone(timezone(timedelta(hours=2)))) == "2026-09-11T13:14:52Z"
    assert moment(None) is None
