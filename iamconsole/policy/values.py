"""Single values of a policy's conditions, read as AWS reads them: numbers, moments, networks, ARNs, base64.

Each function takes a text and answers None where it is no such value (IAM-FACTS 8.2, 8.4). Saving a policy
refuses such an operand; what it means in a comparison is said in ``operators``.
"""

import base64
import binascii
import ipaddress
import re
from decimal import Decimal

from .kept import kept

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?(?P<exponent>[0-9]+))?")
LARGEST_EXPONENT = 2**31 - 1
LARGEST_EPOCH = 2**63 - 1
EPOCH = re.compile(r"\+?(?P<seconds>[0-9]+)")
DATE = re.compile(
    r"(?P<year>-?[0-9]+)(?:-(?P<month>[0-9]+)(?:-(?P<day>[0-9]+))?)?"
    r"(?:t(?:(?P<hour>[0-9]+)(?::(?P<minute>[0-9]+)(?::(?P<second>[0-9]+)(?:\.(?P<fraction>[0-9]{1,9}))?)?)?"
    r"(?P<zone>z|[+-][0-9]{2}(?::[0-9]{2})?)?)?)?",
    re.IGNORECASE,
)
FIRST_YEAR, LAST_YEAR = -292_275_054, 292_278_993
PREFIX = re.compile(r"\+?[0-9]+")
DIGITS = re.compile(r"[0-9]+")
IPV6 = re.compile(r"[0-9A-Fa-f:]+")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@kept(maxsize=4096)
def number(text: str) -> Decimal | None:
    """A decimal number, exact at any size: ``1``, ``01``, ``+1``, ``1.``, ``.5``, ``1e0``."""
    match = NUMBER.fullmatch(text)
    if match is None or _whole(match["exponent"] or "0", LARGEST_EXPONENT) is None:
        return None
    return Decimal(text)


@kept(maxsize=4096)
def moment(text: str) -> int | None:
    """Milliseconds since the epoch. With a ``t`` or a ``-`` the text is a date, else it is whole seconds.

    A date is in UTC unless it has a zone. Digits after its milliseconds do not count. A day past the end of
    its month is one of the next month.
    """
    if "-" not in text and "t" not in text.lower():
        match = EPOCH.fullmatch(text)
        seconds = _whole(match["seconds"], LARGEST_EPOCH) if match else None
        return None if seconds is None else seconds * 1000
    match = DATE.fullmatch(text)
    return _moment(match) if match else None


def _moment(match: re.Match[str]) -> int | None:
    year = _whole(match["year"], LAST_YEAR, FIRST_YEAR)
    month, day = _whole(match["month"] or "1", 12, 1), _whole(match["day"] or "1", 31, 1)
    hour = _whole(match["hour"] or "0", 23)
    minute, second = (_whole(match[name] or "0", 59) for name in ("minute", "second"))
    east = _minutes_east(match["zone"] or "Z")
    if year is None or month is None or day is None:
        return None
    if hour is None or minute is None or second is None or east is None:
        return None
    minutes = (_day_number(year, month) + day - 1) * 1440 + hour * 60 + minute - east
    return (minutes * 60 + second) * 1000 + int(f"{match['fraction'] or ''}000"[:3])


def _minutes_east(zone: str) -> int | None:
    """``+02:00`` is 120."""
    if zone in "Zz":
        return 0
    hours, minutes = _whole(zone[1:3], 23), _whole(zone[4:] or "0", 59)
    if hours is None or minutes is None:
        return None
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)


def _day_number(year: int, month: int) -> int:
    """Days from 1970-01-01 to the first of a month, for years beyond those that ``datetime`` knows."""
    before = year - (month < 3)  # a year that begins in March ends with its leap day
    months = (month - 3) % 12
    return before * 365 + before // 4 - before // 100 + before // 400 + (153 * months + 2) // 5 - 719_468


def _whole(text: str, most: int, least: int = 0) -> int | None:
    """A whole number within bounds. Its length is looked at first: int refuses thousands of digits."""
    digits = text.lstrip("+-").lstrip("0") or "0"
    if len(digits) > len(str(LARGEST_EPOCH)):
        return None
    value = -int(digits) if text.startswith("-") else int(digits)
    return value if least <= value <= most else None


@kept(maxsize=4096)
def network(text: str) -> Network | None:
    """An address or a CIDR range. Bits behind the prefix are ignored in IPv4 and refused in IPv6."""
    given, slash, length = text.partition("/")
    found = address(given)
    if found is None:
        return None
    bits = _whole(length, found.max_prefixlen) if PREFIX.fullmatch(length) else None
    if not slash:
        bits = found.max_prefixlen
    if bits is None:
        return None
    try:
        return ipaddress.ip_network(f"{found}/{bits}", strict=found.version == 6)
    except ValueError:
        return None


def address(text: str) -> Address | None:
    """An address: IPv4 with or without leading zeroes, IPv6 without an IPv4 address or a zone in it."""
    if "." in text:
        parts = [_whole(part, 255) for part in text.split(".", 4) if DIGITS.fullmatch(part)]
        if len(parts) != 4 or text.count(".") != 3 or None in parts:
            return None
        return ipaddress.IPv4Address(".".join(map(str, parts)))
    if not IPV6.fullmatch(text):
        return None
    try:
        return ipaddress.IPv6Address(text.replace(":::", "::", 1))  # AWS reads three colons as two
    except ValueError:
        return None


def requested_address(text: str) -> Address | None:
    """An address of a request, which may be IPv4 in IPv6 clothes: ``::ffff:203.0.113.7``."""
    if ":" not in text or "." not in text:
        return address(text)
    try:
        found = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return found.ipv4_mapped if found.scope_id is None else None


def arn(text: str) -> tuple[str, ...] | None:
    """The six parts of an ARN. Partition, service and resource are not empty."""
    parts = tuple(text.split(":", 5))
    if len(parts) != 6 or parts[0] != "arn" or not (parts[1] and parts[2] and parts[5]):
        return None
    return parts


def arn_pattern(text: str) -> tuple[str, ...] | None:
    """The patterns for the six parts; ``*`` alone stands for every ARN."""
    return ("arn", *"*****") if text == "*" else arn(text)


def binary(text: str) -> bytes | None:
    """The bytes of canonical base64: ``YQ==`` is read, ``YR==``, ``YQ`` and spaces are not."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if base64.b64encode(found).decode() == text else None
