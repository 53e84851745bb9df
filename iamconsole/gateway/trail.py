"""Who called IAM: AWS CloudTrail's event history (IAM-FACTS 2.18)."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .calls import Calls
from .client import read, reader

if TYPE_CHECKING:
    from iamconsole.operations.caller import LinkSpec

IAM_CALLS = [{"AttributeKey": "EventSource", "AttributeValue": "iam.amazonaws.com"}]
PAGE = 50
# 2 requests a second for each account and region (IAM-FACTS 2.18.1).
SECONDS_APART = 0.5
# Nothing depends on it: the next sync asks again.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class TrailCall:
    """A call that changed something: who made it, from where, and what it asked, in IAM's own names.
    ``user_name`` is that of an IAM user, "" for others.
    """

    event_id: str
    at: datetime
    operation: str
    params: Mapping[str, Any]
    answer: Mapping[str, Any]
    who: str
    user_name: str
    address: str
    agent: str


@dataclass
class Trail:
    """The calls between two moments, newest first. ``read_from`` is how far back they were read."""

    read_from: datetime
    calls: list[TrailCall] = field(default_factory=list)


def iam_calls(
    link: "LinkSpec",
    since: datetime,
    until: datetime,
    budget: int,
    counted: Calls,
    waiting: Callable[[], None],
) -> Trail:
    """Read the calls that changed IAM, in ``budget`` requests at most. ``waiting`` is called before each of
    them. Raises IamError, of ``DENIED_CODES`` where the link may not ask.
    """
    client: Any = reader(link, attempts=ATTEMPTS, calls=counted, service="cloudtrail")
    trail, token = Trail(read_from=until), dict[str, str]()
    asked: dict[str, Any] = {"LookupAttributes": IAM_CALLS, "StartTime": since, "EndTime": until}
    for number in range(budget):
        waiting()
        if number:
            time.sleep(SECONDS_APART)
        page = read(client.lookup_events, **asked, MaxResults=PAGE, **token)
        events = page.get("Events", [])
        trail.calls += [call for event in events if (call := changing(event))]
        if not page.get("NextToken"):
            trail.read_from = since
            break
        trail.read_from = min([trail.read_from, *(event["EventTime"] for event in events)])
        token = {"NextToken": page["NextToken"]}
    return trail


def changing(event: Mapping[str, Any]) -> TrailCall | None:
    """One event as a call; None for one that only read, was refused, or cannot be read."""
    try:
        facts = json.loads(event.get("CloudTrailEvent", ""))
    except ValueError:
        return None
    if not isinstance(facts, dict) or facts.get("errorCode"):
        return None
    if str(event.get("ReadOnly", facts.get("readOnly"))).lower() == "true":
        return None
    identity = facts.get("userIdentity") or {}
    return TrailCall(
        event_id=str(event.get("EventId", "")),
        at=event["EventTime"],
        operation=str(event.get("EventName", "")),
        params=capitalized(facts.get("requestParameters") or {}),
        answer=capitalized(facts.get("responseElements") or {}),
        who=who(identity),
        user_name=str(identity.get("userName", "")) if identity.get("type") == "IAMUser" else "",
        address=str(facts.get("sourceIPAddress", "")),
        agent=str(facts.get("userAgent", "")),
    )


def who(identity: Mapping[str, Any]) -> str:
    """The ARN of who made a call, else what AWS says of it: a service, or a kind of identity."""
    for name in ("arn", "invokedBy", "userName", "principalId", "type"):
        if identity.get(name):
            return str(identity[name])
    return ""


def capitalized(value: Any) -> Any:
    """Parameters under the names that IAM's API gives them: ``userName`` is ``UserName``."""
    if isinstance(value, Mapping):
        return dict(_members(value))
    if isinstance(value, list):
        return [capitalized(one) for one in value]
    return value


def _members(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, one in value.items():
        yield ACRONYMS.get(name, name[:1].upper() + name[1:]), capitalized(one)


# Names of IAM's that begin with an acronym, which CloudTrail writes small as a whole.
ACRONYMS = {
    "sSHPublicKey": "SSHPublicKey",
    "sSHPublicKeyId": "SSHPublicKeyId",
    "sSHPublicKeyBody": "SSHPublicKeyBody",
    "sshPublicKey": "SSHPublicKey",
    "sshPublicKeyId": "SSHPublicKeyId",
    "sshPublicKeyBody": "SSHPublicKeyBody",
}
