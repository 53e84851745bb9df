"""Reading an organization as a job: what it has is written down, and what is new there is an Event."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from iamconsole import gateway, jobs
from iamconsole.arn import Arns
from iamconsole.errors import IamError
from iamconsole.gateway import Calls, Member, Unit
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Event, Job
from iamconsole.operations import Caller, LinkSpec, events, require
from iamconsole.queues import SYNCS
from users.accounts import pauses
from users.callers.build import starter_of
from users.models import Account, Organization, OrganizationAccount, OrganizationalUnit
from users.models.organization import CLOSED_STATES

KIND = "read-organization"
READ = "iamconsole:ReadOrganization"
JOINED, MOVED, CLOSED, LEFT, CHANGED = (
    "iamconsole:AccountJoinedOrganization",
    "iamconsole:AccountMovedInOrganization",
    "iamconsole:AccountClosed",
    "iamconsole:AccountLeftOrganization",
    "iamconsole:AccountStateChanged",
)
CLOSED_AT_AWS = "AWS Organizations shows this account as {state}."
GONE = "The organization was removed from this console. Read it again."


@dataclass(frozen=True, slots=True)
class News:
    """What is different in one account of an organization since the last reading."""

    action: str
    account: OrganizationAccount
    detail: Mapping[str, Any]


def reader_of(organization: Organization) -> LinkSpec:
    """How an organization is read: by a linked account's link, else as the console's own identity."""
    link = organization.reader.link_spec if organization.reader else None
    return link or LinkSpec(account_id="", method="default", partition=organization.partition)


def start(caller: Caller, organization: Organization, *, scheduled: bool = False) -> Job:
    """Start the job that reads it. Raises AlreadyOpen."""
    args = {"partition": organization.partition, "scheduled": scheduled}
    key = f"{KIND}:{organization.partition}"
    return jobs.start(caller, KIND, args=args, exclusive_key=key, starter=starter_of(caller))


@job_kind(KIND, queue=SYNCS)
def read(run: JobRun) -> dict[str, Any]:
    """Read the whole organization, then write it. One that ends early writes nothing and can run again."""
    caller, calls = run.caller(), Calls()
    require(caller, READ)
    organization = Organization.objects.filter(partition=run.args["partition"]).first()
    if organization is None:
        raise IamError("NoSuchEntity", GONE)
    try:
        found = gateway.organization(
            reader_of(organization), calls, lambda number: run.progress(number, note="Reading accounts")
        )
    except IamError as error:
        Organization.objects.filter(pk=organization.pk).update(error=error.message, calls=calls.total)
        raise
    with transaction.atomic(durable=True):
        run.check()  # a worker that was taken over must not work on what it read long ago
        first, found_news = written(organization.pk, found, calls.total)
        news = [] if first else found_news
        for one in news:
            record(caller, one)
    follow(found_news)
    counts = {name: sum(one.action == action for one in news) for name, action in COUNTED.items()}
    return {"accounts": len(found.members), "calls": calls.total, **counts}


def follow(news: Sequence[News]) -> None:
    """Pause the syncs of linked accounts that AWS has closed; go on with those that are open again."""
    closed = {one.account.account_id: one.account for one in news if one.action in (CLOSED, JOINED)}
    reopened = [one.account.account_id for one in news if one.detail.get("Before") in CLOSED_STATES]
    linked = Account.objects.filter(kind=Account.Kind.LINKED).select_related("link")
    for account in linked.filter(account_id__in=[*closed, *reopened]):
        member = closed.get(account.account_id)
        if member and member.closed:
            pauses.pause_because(account, CLOSED_AT_AWS.format(state=member.state_name.lower()))
        elif account.account_id in reopened and not member:
            pauses.resume(account)


FIELDS = ["organization", "name", "state", "unit", "found_at", "seen", "left_at"]
COUNTED = {"joined": JOINED, "moved": MOVED, "closed": CLOSED, "left": LEFT}


def record(caller: Caller, news: News) -> None:
    """An Event in the history of the home account, on the account that it is about."""
    account = news.account
    resource = Arns(account.organization.partition, account.account_id).root
    detail = {"AccountId": account.account_id, "Name": account.name, **news.detail}
    events.write(caller, news.action, resource, Event.Outcome.ALLOWED, detail=detail)


def written(pk: int, found: gateway.Organization, calls: int) -> tuple[bool, list[News]]:
    """Bring the rows up to date. Returns whether it was the first reading, of which nothing is news, and what
    differs.
    """
    organization = Organization.objects.select_for_update().get(pk=pk)
    first = organization.organization_id != found.organization_id
    if first:  # another one than was read before, or the first at all
        organization.units.all().delete()
        organization.accounts.all().delete()
    organization.organization_id = found.organization_id
    organization.management_account_id = found.management_account_id
    organization.read_at, organization.error = timezone.now(), ""
    organization.units_error, organization.calls = found.units_refusal, calls
    organization.save()
    units = write_units(organization, found.units)
    news = write_accounts(organization, found.members, units)
    if units is not None:  # after the accounts: what was in a unit that is gone has moved
        organization.units.exclude(unit_id__in=units).delete()
    return first, news


def write_units(
    organization: Organization, found: Sequence[Unit] | None
) -> Mapping[str, OrganizationalUnit] | None:
    """The units by ID; None where they were not read: those of the last reading stay as they are."""
    if found is None:
        return None
    names: dict[str, str] = {}
    for unit in found:  # from the top down
        above = names.get(unit.path[-2], "") if len(unit.path) > 1 else ""
        names[unit.unit_id] = f"{above} / {unit.name}" if above else unit.name
    rows = [
        OrganizationalUnit(
            organization=organization,
            unit_id=unit.unit_id,
            name=unit.name,
            full_name=names[unit.unit_id],
            path="".join(f"{node}/" for node in unit.path),
        )
        for unit in found
    ]
    changing = ["organization", "name", "full_name", "path"]
    OrganizationalUnit.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["unit_id"], update_fields=changing
    )
    return {unit.unit_id: unit for unit in organization.units.filter(unit_id__in=names)}


def write_accounts(
    organization: Organization, members: Iterable[Member], units: Mapping[str, OrganizationalUnit] | None
) -> list[News]:
    """The accounts of a complete reading: what is not among them has left."""
    rows = OrganizationAccount.objects.select_related("organization", "unit")
    known = {row.account_id: row for row in rows}
    news: list[News] = []
    changed: list[OrganizationAccount] = []
    for member in members:
        row = known.pop(member.account_id, None) or OrganizationAccount(account_id=member.account_id)
        stored = values_of(row)
        news += take(organization, row, member, units)
        if stored != values_of(row):
            changed.append(row)
    for row in known.values():
        if row.organization_id == organization.pk and row.left_at is None:
            row.left_at = organization.read_at
            changed.append(row)
            news.append(News(LEFT, row, {}))
    OrganizationAccount.objects.bulk_create([row for row in changed if row.pk is None], batch_size=500)
    stored_ones = [row for row in changed if row.pk is not None]
    OrganizationAccount.objects.bulk_update(stored_ones, FIELDS, batch_size=100)
    return news


def values_of(row: OrganizationAccount) -> tuple[Any, ...]:
    """What a reading may change of a row."""
    return row.name, row.state, row.unit_id, row.organization_id, row.found_at, row.seen, row.left_at


def take(
    organization: Organization,
    row: OrganizationAccount,
    member: Member,
    units: Mapping[str, OrganizationalUnit] | None,
) -> list[News]:
    """Put one account as AWS shows it into its row. Returns what is new about it."""
    joined = row.pk is None or row.left_at is not None or row.organization_id != organization.pk
    before, was_closed, was_in = row.state, row.closed, row.unit
    row.organization, row.name, row.state, row.left_at = organization, member.name, member.state, None
    if units is not None:
        row.unit = units.get(member.unit_id)
    if joined:
        row.found_at, row.seen = organization.read_at or timezone.now(), False
    if joined:
        return [News(JOINED, row, {"State": row.state, "Unit": unit_name(row.unit)})]
    news = []
    if units is not None and was_in is not None and row.unit is not None and was_in.pk != row.unit.pk:
        news.append(News(MOVED, row, {"From": was_in.full_name, "To": row.unit.full_name}))
    if before != row.state:
        action = CLOSED if row.closed and not was_closed else CHANGED
        news.append(News(action, row, {"Before": before, "After": row.state}))
    return news


def unit_name(unit: OrganizationalUnit | None) -> str:
    return unit.full_name if unit else ""
