"""What AWS lets the link of an account do, beside what policies here let a person do.

Known from tests of the link, from AWS's simulator and from AWS's own refusals; kept a floor above
(``remember_links_with``). Pages ask what is kept and never AWS. What is not known is not refused.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, Protocol

from iamconsole.errors import IamError, LinkDenied

from .caller import Caller
from .registry import Operation, all_operations

View = Callable[..., Any]
# What follows in AWS's sentence is the action that it missed, which need not be the one that was asked for:
# CreateUser with tags needs iam:TagUser (IAM-FACTS 2.6).
NAMED = re.compile(r"not authorized to perform: ([a-z0-9-]+:\w+)")
ORGANIZATION = ("service control policy", "resource control policy")
IN_ORGANIZATION = "Only the organization's management account can change that."


class LinkMemory(Protocol):
    """Where it is kept what AWS lets links do."""

    def refused(self, account_id: str) -> Mapping[str, str]:
        """Action -> why the link of an account cannot do it, as a sentence."""

    def was_refused(self, account_id: str, action: str, message: str) -> None:
        """AWS has refused an action, in these words."""

    def was_allowed(self, account_id: str, action: str) -> None:
        """AWS has done it."""


_memory: list[LinkMemory] = []


def remember_links_with(memory: LinkMemory) -> None:
    """Set where it is kept what AWS lets links do (``users.accounts.link_permissions``)."""
    _memory[:] = [memory]


def refused(caller: Caller) -> Mapping[str, str]:
    """Action -> why the link of the caller's account cannot do it; empty where there is no link."""
    return _memory[0].refused(caller.account_id) if caller.link and _memory else {}


def denied(account_id: str, operation: str, error: IamError) -> LinkDenied:
    """AWS's refusal of a change, remembered for the action that it names; with the way out."""
    found = NAMED.search(error.message)
    action = found[1] if found else f"iam:{operation}"
    for memory in _memory:
        memory.was_refused(account_id, action, error.message)
    return LinkDenied(error.message, way_out(action, error.message))


def worked(account_id: str, operation: str) -> None:
    """Forget a refusal: AWS has just done what was asked."""
    for memory in _memory:
        memory.was_allowed(account_id, f"iam:{operation}")


def way_out(action: str, message: str) -> str:
    """What to change at AWS so that it allows an action that it refused in these words (IAM-FACTS 2.6)."""
    statement = json.dumps({"Effect": "Allow", "Action": action, "Resource": "*"})
    where = next((kind for kind in ORGANIZATION if kind in message), "")
    if where:
        return f"A {where} decides this, whatever the link's own policies say. {IN_ORGANIZATION}"
    if "explicit deny" in message:
        return f"A policy of the link's identity denies {action} explicitly. Change that statement."
    place = "the permissions boundary" if "permissions boundary" in message else "a policy"
    return f"To allow it, add this statement to {place} of the link's identity: {statement}"


def asks_aws(*operations: str, one_of: bool = False) -> Callable[[View], View]:
    """Say of an address which operations its page leads to, where its name does not: each is needed."""

    def declare(view: View) -> View:
        # A function of its own: one view can serve several addresses.
        @wraps(view)
        def asking(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        asking.asks_aws = (operations, one_of)  # type: ignore[attr-defined]
        return asking

    return declare


def asks_one_of(*operations: str) -> Callable[[View], View]:
    """The same for a page that is of use as long as one of them works."""
    return asks_aws(*operations, one_of=True)


def why_not_at_aws(view: Any, url_name: str, refusals: Mapping[str, str]) -> str:
    """Why the link cannot do what a page leads to; "" where it can, or where that is not known."""
    names, one_of = getattr(view, "asks_aws", ((url_name,), False))
    reasons = [reason_of(operation, refusals) for name in names if (operation := operation_of(name))]
    missing = [reason for reason in reasons if reason]
    return missing[0] if missing and (not one_of or len(missing) == len(reasons)) else ""


def reason_of(operation: Operation, refusals: Mapping[str, str]) -> str:
    """Why the link cannot do an operation: the first of its actions that change something and is refused."""
    needed = (action for action in operation.needed_at_aws if changes(action))
    return next((refusals[action] for action in needed if action in refusals), "")


def changes(action: str) -> bool:
    """Whether an action changes something: the others are only asked after silence."""
    return not action.partition(":")[2].startswith(("Get", "List"))


def operation_of(name: str) -> Operation | None:
    """The operation of a name, or of the page of that name: ``create-access-key`` is CreateAccessKey."""
    return _by_plain_name().get(name.replace("-", "").lower())


@cache
def _by_plain_name() -> dict[str, Operation]:
    return {
        name.rpartition(":")[2].lower(): operation
        for name, operation in all_operations().items()
        if operation.needed_at_aws
    }
