"""The guard that an account keeps an administrator, beside the operations that may take the last one.

It tries the operation in a savepoint and looks who is left: so every way of losing the permissions
counts, through a group, a version of a policy or a boundary too. IAM has no such rule, therefore it is
a question of the console and not a refusal (docs/decisions.md).
"""

from django.db import transaction

from iamconsole.operations import Call, Operation
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
        if call.user is not None and not call.user.password_enabled:
            return
        if not somebody_left(call) and somebody_administers(call.account, call.caller.source_ip):
            call.ask(LAST_ADMINISTRATOR, TITLE, question(call.account))


def somebody_left(call: Call) -> bool:
    """Whether it has one after the operation, which is taken back again."""
    with transaction.atomic():
        call.operation.write(call, call.operation.mint(call))
        left = somebody_administers(call.account, call.caller.source_ip)
        transaction.set_rollback(True)
    call.operation.lock(call)  # what ``write`` changed in memory is read again
    return left
