"""Deleting the credentials of one kind of a member account's root user: listed, then each deleted once.

After silence AWS is asked again: only what a list shows is said. What no list could show stays an open
Intent, which the next reading of the account settles.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from credentials.member_roots.kinds import Kind, delete_spare
from iamconsole.errors import IamError, OutcomeUnknown
from iamconsole.models import Intent

STILL_THERE = (
    "AWS did not answer, and still listed {thing} right afterwards. Read the root credentials again, then "
    "decide whether to try again."
)
CANNOT_TELL = (
    "AWS did not answer, so it is not known whether {thing} was deleted. The next reading of the root "
    "credentials finds out and shows the result."
)
GONE_AFTER_ALL = "AWS did not answer about {thing}, but no longer lists it."
GONE_BEFORE = "{thing} was already gone."
SPARE_LEFT = "{thing} was deactivated. AWS did not confirm that the virtual device was deleted too."


ALREADY_DELETED = "{message} Already deleted: {things}."


class StillThere(IamError):
    """AWS did not answer, and what was to be deleted was listed right afterwards."""

    def __init__(self, said: str) -> None:
        super().__init__("ServiceUnavailable", STILL_THERE.format(thing=said))


@dataclass
class Deleted:
    """What was deleted, and what is to be said of it beyond that."""

    things: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def delete_all(client: Any, kind: Kind, open_intent: Callable[[], Intent]) -> Deleted:
    """Delete what AWS lists. Raises IamError, where what went before is deleted; OutcomeUnknown."""
    things, deleted = kind.listed(client), Deleted()
    if not things:
        return deleted
    intent = open_intent()
    for thing in things:
        try:
            delete(client, kind, thing, deleted)
        except OutcomeUnknown as error:
            intent.give_up(error.message)
            raise
        except IamError as error:
            settled = isinstance(error, StillThere)
            intent.close(Intent.State.SETTLED if settled else Intent.State.REFUSED, error.message)
            raise with_deleted(error, deleted) from error
    intent.close(Intent.State.DONE, " ".join(deleted.notes))
    return deleted


def with_deleted(error: IamError, deleted: Deleted) -> IamError:
    """The refusal, with what was deleted before it."""
    if not deleted.things:
        return error
    things = ", ".join(deleted.things)
    return IamError(error.code, ALREADY_DELETED.format(message=error.message, things=things))


def delete(client: Any, kind: Kind, thing: str, deleted: Deleted) -> None:
    """Delete one thing, once. Raises IamError, OutcomeUnknown."""
    said = "the password" if kind.name == "password" else thing
    try:
        kind.remove(client, thing)
    except OutcomeUnknown:
        if thing in listed_after_silence(client, kind, said):
            raise StillThere(said) from None
        deleted.notes.append(GONE_AFTER_ALL.format(thing=said))
    except IamError as error:
        if error.code != "NoSuchEntity":
            raise
        deleted.notes.append(GONE_BEFORE.format(thing=said.capitalize() if thing == "password" else said))
        return
    deleted.things.append(thing)
    if kind.name == "mfa-devices":
        try:
            delete_spare(client, thing)
        except IamError:
            deleted.notes.append(SPARE_LEFT.format(thing=said))


def listed_after_silence(client: Any, kind: Kind, said: str) -> list[str]:
    """What AWS lists now. Raises OutcomeUnknown where it does not say."""
    try:
        return kind.listed(client)
    except IamError as error:
        raise OutcomeUnknown(CANNOT_TELL.format(thing=said)) from error
