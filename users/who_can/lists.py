"""Lists narrowed to the users and groups who can do something, if only on some resources or conditions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import QuerySet

from iamconsole.operations import Caller
from iamconsole.policy import TooManySteps
from users.asking_who import LIST, SIMULATE, SUFFICES, may_read
from users.models import Account, Group, User
from users.who_can.candidates import Among
from users.who_can.deciding import TOO_MUCH, Row, Verdict, rows_of
from users.who_can.forms import WhoCanForm

# A page decides no more: each costs a third of a millisecond.
MOST_USERS, MOST_GROUPS = 1_000, 100
NOT_ALLOWED = f"This filter needs {SUFFICES}, or {LIST} and {SIMULATE}."


class NoAnswer(Exception):
    """Why a list cannot be narrowed, as a sentence."""


@dataclass(frozen=True, slots=True)
class Able:
    """The keys of users or groups who can do something; ``more``: others can too, who were left out."""

    keys: Sequence[int]
    more: bool = False


def users_who_can(caller: Caller | None, text: str, users: QuerySet[User], most: int | None = None) -> Able:
    """Those of some users of the caller's account: all, or the first ones by name. Raises NoAnswer."""
    return _who_can(caller, text, Among(users, Group.objects.none()), most)


def groups_who_can(
    caller: Caller | None, text: str, groups: QuerySet[Group], most: int | None = None
) -> Able:
    """Those of some user groups, by their own policies. Raises NoAnswer."""
    return _who_can(caller, text, Among(User.objects.none(), groups), most)


def _who_can(caller: Caller | None, text: str, among: Among, most: int | None) -> Able:
    if caller is None or not may_read(caller):
        raise NoAnswer(NOT_ALLOWED)
    account = Account.objects.select_related("link").get(account_id=caller.account_id)
    form = WhoCanForm({"action": text}, arns=account.arns)
    if not form.is_valid() or form.question is None:
        raise NoAnswer(str(next(iter(form.errors.values()))[0]))
    if account.not_known["policies"]:
        return Able([])
    rows = rows_of(account, form.question, among=among)
    try:
        keys = [row.holder.pk for row in islice(able(rows), most + 1 if most else None)]
    except TooManySteps as error:
        raise NoAnswer(TOO_MUCH) from error
    return Able(keys[:most], most is not None and len(keys) > most)


def able(rows: Iterable[Row]) -> Iterator[Row]:
    """Those who can, if only on some resources or conditions."""
    return (row for row in rows if row.verdict is not Verdict.BLOCKED)
