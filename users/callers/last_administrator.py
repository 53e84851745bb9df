"""The guards that an account keeps an administrator, and that nobody takes their own access by mistake.

They try the operation in a savepoint and look who is left, and what is left to the caller: so every way of
losing permissions counts, through a group, a version of a policy or a boundary too. IAM has no such rule,
therefore these are questions of the console and not refusals (docs/decisions.md).
"""

from collections.abc import Sequence

from django.db import transaction

from iamconsole.operations import Call, Operation
from users.callers import own_access
from users.callers.administrators import LAST_ADMINISTRATOR, somebody_administers
from users.lookups import lock_account
from users.models import Account

TITLE = "This account would have no administrator left"
QUESTION = (
    "After this change, no user of {account} who can sign in can create users and grant permissions. "
    "You are about to remove the last one who can. {remedy}"
)
BY_ROOT = "Only root could restore it. Make sure you have its password, and its MFA device if it has one."
FROM_HOME = "Only root, and people in the home account who can switch to this one, could restore it."
IN_AWS = "In AWS, root and roles with the permission could restore it."


def remedy(account: Account) -> str:
    """Who could make somebody an administrator again."""
    if account.kind == Account.Kind.LINKED:
        return IN_AWS
    return BY_ROOT if account.is_home else FROM_HOME


def question(account: Account) -> str:
    return QUESTION.format(account=account.label, remedy=remedy(account))


class KeepsAnAdministrator(Operation):
    """To be named first among the bases of an operation that takes permissions or console access."""

    def lock(self, call: Call) -> None:
        """The account too: two administrators who strip each other at once would both see the other."""
        lock_account(call)
        super().lock(call)

    def guard(self, call: Call) -> None:
        """One question: who removes the last administrator reads there that it is their own access too."""
        about_people = call.user is None or call.user.password_enabled
        watched = own_access.watched(call.caller)
        if not (about_people or watched):
            return
        left, losses = tried(call, watched, about_people)
        if not left and somebody_administers(call.account, call.caller.source_ip):
            own = (loss.text for loss in losses)
            call.ask(LAST_ADMINISTRATOR, TITLE, " ".join([question(call.account), *own]))
        elif losses:
            call.ask(own_access.OWN_ACCESS, losses[0].title, " ".join(loss.text for loss in losses))


class KeepsOwnAccess(Operation):
    """The same question alone, for operations that change what conditions ask about a user: its name, its
    path and its tags.
    """

    def guard(self, call: Call) -> None:
        about = [one for one in own_access.watched(call.caller) if one.caller.user_id == call.user.user_id]
        if about and (losses := tried(call, about, False)[1]):
            call.ask(own_access.OWN_ACCESS, losses[0].title, " ".join(loss.text for loss in losses))


def tried(
    call: Call, watched: Sequence[own_access.Watched], about_people: bool
) -> tuple[bool, list[own_access.Loss]]:
    """Whether the account has an administrator after the operation, and what it takes from those who are
    watched. It is taken back again.
    """
    with transaction.atomic():
        call.operation.write(call, call.operation.mint(call))
        left = not about_people or somebody_administers(call.account, call.caller.source_ip)
        losses = own_access.losses(watched)
        transaction.set_rollback(True)
    call.operation.lock(call)  # what ``write`` changed in memory is read again
    return left, losses
