"""Who made the changes that a sync has found: AWS CloudTrail is asked once, and only where there are some."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.gateway import Trail, TrailCall
from iamconsole.models import Event, EventAuthors, short_name
from iamconsole.operations import LinkSpec, Operation, all_operations
from iamconsole.operations.explained import SAME_AS, Difference, Question, rest

# AWS's lists and its report can be so much older than the sync that read them.
LISTS_LAG = timedelta(hours=4)
# CloudTrail shows a call after 15 minutes at most (IAM-FACTS 2.18.1); some more for clocks.
TRAIL_LAG = timedelta(minutes=20)
State = EventAuthors.State
# By lower-case text that a call gives: the calls that may be on a thing.
Index = Mapping[str, list[TrailCall]]


def expect(event: Event, since: datetime | None, differences: Mapping[str, Difference]) -> None:
    """Note that the authors of an Event are looked for. ``since``: when AWS was read before."""
    after = (since or event.at) - LISTS_LAG
    facts = [packed(what, one) for what, one in differences.items()]
    EventAuthors.objects.create(event=event, account_id=event.account_id, since=after, differences=facts)


def packed(what: str, difference: Difference) -> dict[str, Any]:
    """A difference as JSON."""
    facts = {name: getattr(difference, name) for name in ("noun", "name", "column", "before", "after")}
    return {"what": what, "things": sorted(difference.things), **facts}


def unpacked(rows: list[dict[str, Any]]) -> dict[str, Difference]:
    """The differences again, beside one another."""
    found: dict[str, Difference] = {}
    for row in rows:
        facts = {name: value for name, value in row.items() if name not in ("what", "things")}
        found[row["what"]] = Difference(frozenset(row["things"]), beside=found, **facts)
    return found


def look_up(account_id: str, link: LinkSpec, calls: gateway.Calls, waiting: Callable[[], None]) -> None:
    """Ask AWS for the authors that are looked for. No transaction is open. What AWS does not say stays not
    known, with the reason.
    """
    wanted = EventAuthors.objects.filter(account_id=account_id, state__in=EventAuthors.OPEN)
    rows = list(wanted.select_related("event"))
    if not rows:
        return
    budget = settings.CLOUDTRAIL_BUDGET
    if not budget:
        close_all(rows, State.OFF)
        return
    now = timezone.now()
    try:
        since = min(row.since for row in rows)
        trail = gateway.iam_calls(link, since, now, budget, calls, waiting)
    except IamError as error:
        close_all(rows, State.DENIED if error.code in gateway.DENIED_CODES else State.SILENT)
        return
    index = index_of(trail)
    for row in rows:
        found = calls_of(row, index)
        row.close(State.FOUND if found else missing(row, trail, now), found)


def close_all(rows: list[EventAuthors], state: str) -> None:
    for row in rows:
        row.close(state)


def missing(row: EventAuthors, trail: Trail, now: datetime) -> str:
    """Why no call was found."""
    if now - row.event.at < TRAIL_LAG:
        return State.LATE
    if trail.read_from > row.since:
        row.since = trail.read_from
        return State.UNREAD
    return State.NONE


def index_of(trail: Trail) -> Index:
    """The calls by what they name; "" has all."""
    found: dict[str, list[TrailCall]] = defaultdict(list)
    for call in trail.calls:
        texts = {text.lower() for _, text in question(call).named()}
        for text in (*texts, ""):
            found[text].append(call)
    return found


def question(call: TrailCall) -> Question:
    """What was asked. A user who leaves the name out means itself, where IAM lets it."""
    known = operation(call)
    of_oneself = call.operation in SAME_AS or (known is not None and known.own_user_by_default)
    own = {"UserName": call.user_name} if of_oneself and call.user_name else {}
    return Question(call.operation, {**own, **call.params}, call.answer)


def operation(call: TrailCall) -> Operation | None:
    """The operation; None for one that this console does not have."""
    return all_operations().get(call.operation)


def calls_of(row: EventAuthors, index: Index) -> list[dict[str, Any]]:
    """The calls that explain the differences of an Event, the latest first."""
    explained: dict[str, list[str]] = defaultdict(list)
    calls: dict[str, TrailCall] = {}
    one_of: set[str] = set()
    for what, difference in unpacked(row.differences).items():
        found = [
            call
            for call in candidates(difference, index)
            if row.since <= call.at <= row.event.at + TRAIL_LAG and explains(call, difference)
        ]
        for call in found:
            calls[call.event_id] = call
            explained[call.event_id].append(what)
        if len({call.who for call in found}) > 1:
            one_of |= {call.event_id for call in found}
    latest_first = sorted(calls.values(), key=lambda call: call.at, reverse=True)
    return [told(call, explained[call.event_id], call.event_id in one_of) for call in latest_first]


def candidates(difference: Difference, index: Index) -> list[TrailCall]:
    """The calls that name the thing, each once."""
    names: set[str] = set()
    for arn in difference.things:
        is_account = arn.endswith(":root")
        names |= {""} if is_account else {arn.lower(), arn.rpartition("/")[2].lower()}
    found = {call.event_id: call for name in names for call in index.get(name, ())}
    return list(found.values())


def explains(call: TrailCall, difference: Difference) -> bool:
    """Whether a call explains some of a difference."""
    known, asked = operation(call), question(call)
    return (known.explains(difference, asked) if known else rest(difference, asked)) != difference


def told(call: TrailCall, what: list[str], one_of: bool) -> dict[str, Any]:
    """A call as it is kept and shown."""
    return {
        "Who": call.who[:2048],
        "Name": short_name(call.who) or call.who,
        "From": call.address[:200],
        "Agent": call.agent[:400],
        "At": f"{call.at:%Y-%m-%dT%H:%M:%SZ}",
        "Operation": call.operation[:128],
        "EventId": call.event_id[:64],
        "What": what,
        "OneOf": one_of,
    }
