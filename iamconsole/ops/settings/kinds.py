"""What a value of a setting can be: how its text is read, and the sentence for one that is wrong."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True)
class Kind:
    """``read`` raises ValueError for a text that is none of the kind; ``ask`` says what to set instead."""

    read: Callable[[str], Any]
    ask: str


def _number(read: Callable[[str], float], word: str, lowest: float, highest: float, zero: str) -> Kind:
    def within(text: str) -> float:
        number = read(text)
        if not lowest <= number <= highest:  # not of a NaN either
            raise ValueError
        return number

    meaning = f" 0: {zero}." if zero else ""
    return Kind(within, f"Set {word} from {lowest:g} to {highest:_}.".replace("_", ",") + meaning)


def whole(lowest: int, highest: int, zero: str = "") -> Kind:
    """A whole number within limits; ``zero`` says what 0 means where that is special."""
    return _number(int, "a whole number", lowest, highest, zero)


def seconds(lowest: float, highest: int) -> Kind:
    """A number of seconds within limits."""
    return _number(float, "a number of seconds", lowest, highest, "")


def text() -> Kind:
    """Any text."""
    return Kind(str, "Set a text.")


def words() -> Kind:
    """A list, separated by commas or spaces."""
    return Kind(lambda given: given.replace(",", " ").split(), "List values, separated by commas or spaces.")


def flag() -> Kind:
    """Yes or no."""

    def read(given: str) -> bool:
        if given.lower() not in TRUE + FALSE:
            raise ValueError
        return given.lower() in TRUE

    return Kind(read, "Set 1 or 0.")


def choice(*of: str) -> Kind:
    """One of some words, without case."""
    known = {one.lower(): one for one in of}

    def read(given: str) -> str:
        if given.lower() not in known:
            raise ValueError
        return known[given.lower()]

    return Kind(read, f"Set one of {', '.join(of)}.")


def email(example: str) -> Kind:
    """An e-mail address, or a name and an address."""

    def read(given: str) -> str:
        address = parseaddr(given)[1]
        name, _, host = address.partition("@")
        if not name or not host or "@" in host or any(letter.isspace() for letter in address):
            raise ValueError
        return given

    return Kind(read, f"Set an e-mail address: {example}")


def account_id() -> Kind:
    """The ID of an AWS account: 12 digits (botocore's model)."""

    def read(given: str) -> str:
        if not re.fullmatch("[0-9]{12}", given):
            raise ValueError
        return given

    return Kind(read, "Set 12 digits.")


def ip() -> Kind:
    """An IP address of this machine."""
    return Kind(lambda given: str(ip_address(given)), "Set an IP address of this machine: 127.0.0.1")


def readable_file() -> Kind:
    """A file that this console can read."""

    def read(given: str) -> str:
        try:
            Path(given).read_bytes()
        except OSError as error:
            raise ValueError from error
        return given

    return Kind(read, "Name a file that this console can read.")


def redis_url() -> Kind:
    """Where Redis or Valkey is. A link by TLS that verifies nothing is refused: it looks safe and is not."""
    plain = url("redis", "rediss", "redis+socket", example="", host=False)

    def read(given: str) -> str:
        for name, value in parse_qsl(urlsplit(plain.read(given)).query):
            unverified = name == "ssl_cert_reqs" and value.lower() not in ("required", "cert_required")
            unnamed = name == "ssl_check_hostname" and value.lower() not in TRUE
            if unverified or unnamed:
                raise ValueError
        return given

    ask = "Set redis://host:6379/0 or rediss://host:6379/0. Certificates and host names are always verified."
    return Kind(read, ask)


def url(*schemes: str, example: str, host: bool = True) -> Kind:
    """A URL with one of the schemes, with a host unless it names none; its port is a number."""

    def read(given: str) -> str:
        parts = urlsplit(given)
        if parts.scheme not in schemes or (host and not parts.hostname) or parts.port == 0:
            raise ValueError  # as ``port`` itself does where it is no number
        return given

    return Kind(read, f"Set {example}")
