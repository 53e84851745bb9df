"""Roles of a linked account as one part of a longer answer: AWS is asked for what a page has room for."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from iamconsole.operations import Caller, Facts
from iamconsole.operations.markers import ROOM
from users.roles.at_aws import asked

MOST = 1000  # rows that AWS gives at once
AT_MARKER, AT_BASE64, AT_NAME = b"m", b"b", b"n"


@dataclass(frozen=True, slots=True)
class Row:
    """A role, and AWS's marker behind it; "" where AWS has given none there."""

    facts: Facts
    marker: str = ""


@dataclass(frozen=True, slots=True)
class RolesAtAws:
    """A list of roles in AWS's answer to an operation (``paging.Part``).

    A place is AWS's own marker, which is there wherever a page ends as AWS's does. Else, and where the marker
    has no room in one of ours, it is the name of the role, and AWS is asked from the beginning.
    """

    member: str
    caller: Caller
    operation: str
    params: Mapping[str, Any]

    def rows(self, place: bytes, count: int) -> list[Row]:
        if place[:1] == AT_NAME:
            return self._behind(place[1:].decode(), count)
        return self._read(_marker(place), count)

    def place(self, before: bytes, shown: list[Row]) -> bytes:
        last = shown[-1]
        place = _place(last.marker) if last.marker else b""
        return place if 0 < len(place) < ROOM else AT_NAME + str(last.facts["RoleName"]).encode()

    def facts(self, rows: list[Row]) -> Iterable[Facts]:
        return (row.facts for row in rows)

    def _read(self, marker: str, count: int) -> list[Row]:
        """Rows from a marker on: those of the page, and one more where AWS has one."""
        rows: list[Row] = []
        while len(rows) < count:
            room = min(max(count - 1 - len(rows), 1), MOST)
            following = {"Marker": marker} if marker else {}
            answer = asked(self.caller, self.operation, {**self.params, **following, "MaxItems": room})
            found = [Row(facts) for facts in answer[self.member]]
            behind = answer.get("Marker", "") if answer.get("IsTruncated") else ""
            if found and behind:
                found[-1] = Row(found[-1].facts, behind)
            rows += found
            if not behind or behind == marker:
                break
            marker = behind
        return rows[:count]

    def _behind(self, name: str, count: int) -> list[Row]:
        """Rows behind a role; all of them where it is gone, so that none is left out."""
        rows = self._read("", MOST * MOST)
        begin = next((at for at, row in enumerate(rows, start=1) if row.facts["RoleName"] == name), 0)
        return rows[begin : begin + count]


def _place(marker: str) -> bytes:
    """AWS's marker in as few bytes as it can be kept in."""
    try:
        content = base64.b64decode(marker, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    same = content and base64.b64encode(content).decode() == marker
    return AT_BASE64 + content if same else AT_MARKER + marker.encode()


def _marker(place: bytes) -> str:
    content = place[1:]
    return base64.b64encode(content).decode() if place[:1] == AT_BASE64 else content.decode()
