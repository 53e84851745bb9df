"""AWS Organizations: its accounts and units, read one call after the other (IAM-FACTS 2.17.1)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from iamconsole.errors import IamError

from . import partitions
from .calls import Calls
from .client import _session, client_of, translated
from .probing import DENIED_CODES

if TYPE_CHECKING:
    from iamconsole.operations.caller import LinkSpec

ATTEMPTS = 6  # each waits longer: up to half a minute in all
PAGE = 20  # the most that Organizations gives at once


@dataclass(frozen=True, slots=True)
class Unit:
    """The root of an organization or a unit. ``path`` are the IDs from the root down to it."""

    unit_id: str
    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization. ``state`` and ``unit_id`` are "" where AWS does not tell them."""

    account_id: str
    name: str
    partition: str
    state: str
    unit_id: str


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization as it was read. ``units`` is None where AWS does not let the link read them, and
    ``units_refusal`` says why.
    """

    organization_id: str
    management_account_id: str
    members: tuple[Member, ...]
    units: tuple[Unit, ...] | None
    units_refusal: str = ""


def organization(link: "LinkSpec", calls: Calls, waiting: Callable[[int], None]) -> Organization:
    """The organization that a link's identity may read. ``waiting`` hears how many accounts are read so far.

    Raises IamError, also where a page is missing: an incomplete list is none.
    """
    reading = _Reading(link, calls)
    about = reading.ask("describe_organization")["Organization"]
    members: list[Member] = []
    for row in reading.rows("list_accounts", "Accounts"):
        members.append(_member(row))
        waiting(len(members))
    units, refusal = reading.units_or_refusal()
    if units is not None and not all(member.unit_id for member in members):
        of = reading.parents(units)
        members = [replace(one, unit_id=one.unit_id or of.get(one.account_id, "")) for one in members]
    return Organization(about["Id"], about.get("MasterAccountId", ""), tuple(members), units, refusal)


def _member(row: dict[str, Any]) -> Member:
    """``Status`` was retired in favour of ``State``; an account with neither is not therefore closed."""
    state = row.get("State") or row.get("Status") or ""
    path = next(iter(row.get("Paths") or ()), "")
    nodes = [part for part in path.split("/") if part.startswith(("r-", "ou-"))]
    return Member(row["Id"], row.get("Name", ""), row["Arn"].split(":")[1], state, nodes[-1] if nodes else "")


class _Reading:
    """One client that asks one thing at a time: Organizations throttles early."""

    def __init__(self, link: "LinkSpec", calls: Calls) -> None:
        config = Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS})
        session = _session(link)
        region = partitions.region_of(link.partition, "organizations")
        with translated(changing=False):
            self.client: Any = client_of(session, "organizations", config, region)
        calls.watch(self.client)

    def ask(self, method: str) -> dict[str, Any]:
        with translated(changing=False):
            answer: dict[str, Any] = getattr(self.client, method)()
        return answer

    def rows(self, method: str, member: str, **params: str) -> Iterator[dict[str, Any]]:
        """All rows of a list. An empty page with a token is not the end."""
        with translated(changing=False):
            pages = self.client.get_paginator(method).paginate(**params, PaginationConfig={"PageSize": PAGE})
            for page in pages:
                yield from page[member]

    def units_or_refusal(self) -> tuple[tuple[Unit, ...] | None, str]:
        """Root and units from the top down; None with AWS's sentence where the link cannot read them."""
        try:
            return tuple(self._units()), ""
        except IamError as error:
            if error.code not in DENIED_CODES:
                raise
            return None, error.message

    def _units(self) -> Iterator[Unit]:
        waiting = [Unit(row["Id"], row["Name"], (row["Id"],)) for row in self.rows("list_roots", "Roots")]
        while waiting:
            unit = waiting.pop(0)
            yield unit
            below = self.rows(
                "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=unit.unit_id
            )
            waiting += [Unit(row["Id"], row["Name"], (*unit.path, row["Id"])) for row in below]

    def parents(self, units: tuple[Unit, ...]) -> dict[str, str]:
        """Account -> the unit it is in, where ListAccounts did not tell its path."""
        return {
            row["Id"]: unit.unit_id
            for unit in units
            for row in self.rows("list_accounts_for_parent", "Accounts", ParentId=unit.unit_id)
        }
