"""Lists narrowed to the users and groups who can do something, if only on some resources or conditions."""

from iamconsole.operations import Caller
from iamconsole.policy import TooManySteps
from users.asking_who import LIST, SIMULATE, SUFFICES, may_read
from users.models import Account
from users.who_can.deciding import TOO_MUCH, Verdict, rows_of
from users.who_can.forms import WhoCanForm

NOT_ALLOWED = f"This filter needs {SUFFICES}, or {LIST} and {SIMULATE}."


class NoAnswer(Exception):
    """Why a list cannot be narrowed, as a sentence."""


def users_who_can(caller: Caller | None, text: str) -> list[int]:
    """The keys of the users of the caller's account. Raises NoAnswer."""
    return _who_can(caller, text, groups=False)


def groups_who_can(caller: Caller | None, text: str) -> list[int]:
    """The keys of the user groups, by their own policies. Raises NoAnswer."""
    return _who_can(caller, text, groups=True)


def _who_can(caller: Caller | None, text: str, *, groups: bool) -> list[int]:
    if caller is None or not may_read(caller):
        raise NoAnswer(NOT_ALLOWED)
    account = Account.objects.select_related("link").get(account_id=caller.account_id)
    form = WhoCanForm({"action": text}, arns=account.arns)
    if not form.is_valid() or form.question is None:
        raise NoAnswer(str(next(iter(form.errors.values()))[0]))
    if account.not_known["policies"]:
        return []
    try:
        rows = [row for row in rows_of(account, form.question) if row.verdict is not Verdict.BLOCKED]
    except TooManySteps as error:
        raise NoAnswer(TOO_MUCH) from error
    return [row.holder.pk for row in rows if row.holder.is_group is groups]
