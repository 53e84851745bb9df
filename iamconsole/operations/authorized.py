"""What the caller's policies were asked about, and whether the locked rows are still that.

Policies are asked about the ARN that a name has at the start; rows are locked by name after slow work.
In between a name may come to mean another thing: moved to another path, or deleted and created again.
So the door looks twice and compares: what was authorized is what is changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iamconsole.errors import IamError

from .call import Call
from .caller import Context
from .resource_tags import Tags

Finder = Callable[[str, str], str | None]
_FINDERS: dict[str, Finder] = {}
ACCOUNT = "AccountId"
OWN_ACCOUNT = ""  # the caller's account, which stands in no parameter
CHANGED = (
    "{what} has just been renamed, moved, deleted or created again by somebody else. Nothing was "
    "changed. Check it, then try again."
)


class FactsChanged(IamError):
    """ConcurrentModification of the same thing: its path, its tags, or what else the decision was about."""

    def __init__(self, error: IamError) -> None:
        super().__init__(error.code, error.message)


@dataclass(frozen=True, slots=True)
class Authorized:
    """One question to the policies: action, ARNs, condition keys, tags of each ARN, and ``things``:
    parameter -> unique ID of the row it names, "" where there is none.
    """

    action: str
    resources: tuple[str, ...]
    context: Context
    tags: tuple[Tags, ...]
    things: Mapping[str, str]

    @property
    def resource(self) -> str:
        """The ARN that Events and Intents name."""
        return self.resources[0] if self.resources else ""


def identified_by(parameter: str) -> Callable[[Finder], Finder]:
    """Declares how the row that a parameter names is told apart from a later one of the same name: by
    account ID and value, a text that never comes back, or None where there is no such row.
    """

    def declare(finder: Finder) -> Finder:
        _FINDERS[parameter] = finder
        return finder

    return declare


def look(call: Call) -> Authorized:
    """What the call is about at this moment."""
    call.seen.clear()
    operation = call.operation
    action, context = operation.needed(call), dict(operation.context(call))
    resources = tuple(operation.resources(call))
    return Authorized(
        action=action,
        resources=resources,
        context=context,
        tags=tuple(call.caller.resource_tags(resource) for resource in resources),
        things=things_of(call) if operation.changes else {},
    )


def things_of(call: Call) -> dict[str, str]:
    """The unique IDs of what the parameters name, and of the account. What the operation makes has none."""
    found = {OWN_ACCOUNT: _identity(ACCOUNT, call.account_id, call.account_id)}
    for parameter in _FINDERS.keys() & call.params.keys() - {call.operation.creates}:
        found[parameter] = _identity(parameter, call.account_id, call.params[parameter])
    return found


def _identity(parameter: str, account_id: str, value: Any) -> str:
    return (_FINDERS[parameter](account_id, value) if parameter in _FINDERS else None) or ""


def check_own(call: Call) -> None:
    """Whoever acts on itself is still who it is: not a later user of its name. Raises IamError."""
    caller, named = call.caller, authorized(call).things.get("UserName", "")
    own_name = str(call.param("UserName", "")).lower() == caller.user_name.lower()
    if caller.kind == "user" and own_name and named not in ("", caller.user_id):
        raise changed(call)


def check_same(call: Call, *, whole: bool) -> None:
    """The rows, which are locked now, are those that were authorized. Raises ConcurrentModification.

    ``whole``: action and condition keys too. They are left out where earlier steps of the same work, or AWS,
    have changed what they are about.
    """
    before = authorized(call)
    try:
        now = look(call)
    except IamError as error:  # the account itself is gone
        raise changed(call) from error
    same = before.resources == now.resources
    if whole:
        same = same and (before.action, before.context) == (now.action, now.context)
        same = same and same_tags(before.tags, now.tags)
    if others := other_things(call, before.things, now.things):
        raise changed(call, others[0])
    if not same:
        raise FactsChanged(changed(call))


def same_tags(before: Sequence[Tags], now: Sequence[Tags]) -> bool:
    """Whether the tags are those that the decision was about. Where they were not read, it did not hinge on
    them.
    """
    return len(before) == len(now) and all(
        was is None or was == tags for was, tags in zip(before, now, strict=True)
    )


def other_things(call: Call, before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The parameters that stand for other rows. Where there was none, an earlier step has made it."""
    return [
        parameter
        for parameter, identity in now.items()
        if identity != before.get(parameter, "")
        and (before.get(parameter) or not _is_planned(call, parameter))
    ]


def _is_planned(call: Call, parameter: str) -> bool:
    return (parameter, str(call.params.get(parameter, "")).lower()) in call.planned


def authorized(call: Call) -> Authorized:
    """What was asked for the call, which has passed the policies."""
    if call.authorized is None:
        raise ValueError(f"{call.operation.name} was not authorized.")
    return call.authorized


def changed(call: Call, parameter: str = "") -> IamError:
    """The refusal, about what a parameter names, where it is an ARN, or else about the resource."""
    named = str(call.params.get(parameter, ""))
    what = named if named.startswith("arn:") else authorized(call).resource
    what = "The item" if what in ("", "*") else what
    return IamError("ConcurrentModification", CHANGED.format(what=what))
