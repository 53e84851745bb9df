"""Numbers, moments, networks, ARNs and base64 as a policy may write them (IAM-FACTS 8.2, 8.4)."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamconsole.policy.values import arn, arn_pattern, binary, moment, network, number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["7", "07", "+7", "7.0", "7.", "7e0", "70E-1", "0.7e+1"])
def test_a_number_is_one_however_it_is_written(text):
    assert number(text) == 7


def test_numbers_are_exact():
    assert number("18014398509481985") != number("18014398509481984")
    assert number("1e9999") > number("9" * 6000)


@pytest.mark.parametrize(
    "text", ["", "NaN", "inf", "Infinity", "0x1F", " 7", "7 ", "7e", ".", "1,5", "true", "٧"]
)
def test_no_numbers(text):
    assert number(text) is None


@given(st.datetimes(), st.integers(-23 * 60 - 59, 23 * 60 + 59))
def test_dates_of_any_zone(local, east):
    east = abs(east) if local.year == 1 else east
    sign, (hours, minutes) = "-" if east < 0 else "+", divmod(abs(east), 60)
    milliseconds = (local.replace(tzinfo=UTC) - EPOCH - timedelta(minutes=east)) // timedelta(milliseconds=1)
    given_text = f"{local.isoformat(timespec='microseconds')}{sign}{hours:02}:{minutes:02}"
    assert moment(given_text) == milliseconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("86400", 86400),
        ("+86400", 86400),
        ("1970-01-02", 86400),
        ("1970-1-2t", 86400),
        ("1970T23", 23 * 3600),
        ("1971-02", 396 * 86400),
        ("1970-01-01t00:01Z", 60),
        ("1970-01-01T07:00:00z", 7 * 3600),
        ("1970-01-01T07:00:00+07", 0),
        ("1970-01-31", 30 * 86400),
        ("1970-02-31", 61 * 86400),
        ("9223372036854775807", 9223372036854775807),
    ],
)
def test_dates_in_their_short_forms(text, seconds):
    assert moment(text) == seconds * 1000


def test_moments_are_compared_to_the_millisecond():
    assert moment("2031-07-08T09:10:11.4561Z") == moment("2031-07-08T09:10:11.4569Z")
    assert moment("2031-07-08T09:10:11.456Z") != moment("2031-07-08T09:10:11.457Z")


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "Tuesday", "2031-00", "2031-13", "2031-07-32", "2031-07-08T24", "2031-07-08T09:60",
     "2031-07-08T09:10:61Z", "2031-07-08T09:10:11+2", "2031-07-08T09:10:11+24", "2031-07-08T09:10:11.", "12.5",
     "2031-07-08T09:10:11.1234567890", "2031-07-08-09", "2031/07/08", "9223372036854775808", "292278994-01",
     "-292275055-01", "t", "-", "1e9", "2031-07-08 09:10"],
)  # fmt: skip
def test_no_dates(text):
    assert moment(text) is None


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("198.051.100.007", "198.51.100.7/32"),
        ("198.51.100.7/24", "198.51.100.0/24"),
        ("198.51.100.0/024", "198.51.100.0/24"),
        ("198.51.100.0/+24", "198.51.100.0/24"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:db8::7", "2001:db8::7/128"),
        ("2001:db8:::7", "2001:db8::7/128"),
        ("::ffff:c633:6400/120", "::ffff:c633:6400/120"),
    ],
)
def test_networks(text, meaning):
    assert network(text) == ip_network(meaning)


@pytest.mark.parametrize(
    "text",
    ["", "office", "198.51.100", "198.51.100.256", "198.51.100.7/33", "198.51.100.7/", "198.51.100.7/-1", "/8",
     "198.51.100.0/255.255.255.0", "2001:db8::7/64", "::7/0", "2001:db8::/129", "::ffff:198.51.100.7",
     "fe80::1%eth0", " 198.51.100.7", "2001:db8::::7", "1::2::3"],
)  # fmt: skip
def test_no_networks(text):
    assert network(text) is None


def test_arns():
    assert arn("arn:aws:s3:::a:b") == ("arn", "aws", "s3", "", "", "a:b")
    assert arn_pattern("*") == ("arn", "*", "*", "*", "*", "*")
    for text in ("", "*", "arn", "arn:aws:s3:::", "arn::s3:::a", "arn:aws::::a", "aws:s3:::a:b", "user/anna"):
        assert arn(text) is None


def test_base64_is_canonical():
    assert (binary("aWFt"), binary("aQ=="), binary("")) == (b"iam", b"i", b"")
    for text in ("aR==", "aQ", "aQ=", " aQ==", "aQ==\n", "a-_=", "i", "ä"):
        assert binary(text) is None
