"""Whether a change takes access from the person who makes it, or from this console's own user at AWS.

A person's own access is that of its user, in its own account: somebody who has switched to another account
acts there in a role, whose policies nobody changes here. What counts is what this console asks policies for,
with what is known of this session: whether it signed in with MFA, from where, and when.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from iamconsole.catalogue import Action
from iamconsole.operations import Caller
from iamconsole.policy import Policy, Steps, TooManySteps
from iamconsole.policy.context import Context, folded
from iamconsole.review.changes import GAIN, LOSS, MORE, Facts, Side, Verdict, verdicts
from users.callers.build import Origin, caller_for_user
from users.callers.console_actions import console_actions, own_actions
from users.models import Account, User

OWN_ACCESS = "own-access"  # the guard
TITLE = "This takes your own access"
TAKES = "This takes your own access from the next request on."
CONSOLE_TITLE = "This takes this console's access to AWS"
CONSOLE_TAKES = (
    "This takes access from {arn}, the user with which this console reads and changes the account at AWS."
)
NOT_TOLD = (
    "The policies have too many patterns to tell in time what you can use afterwards. Your access could go."
)
NAMED = 5
# What it may cost to tell: the account is locked meanwhile.
MOST_STEPS = 3_000_000
VARIABLE = re.compile(r"\$\{([^${}]*)\}")
TAG, NO_TAG = "aws:principaltag/", "(no tag)"
SELF_SERVICE = "ConsoleSelfService"
# Whose absence is known too: a session says all of them.
SESSION_KEYS = frozenset(
    {
        "aws:username",
        "aws:multifactorauthpresent",
        "aws:multifactorauthage",
        "aws:tokenissuetime",
        "aws:sourceip",
        "aws:principaltag/",
    }
)


@dataclass(frozen=True, slots=True)
class Loss:
    """What somebody could do in this console before a change and cannot, or only in part, after it."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A user whose access counts here, as it was before the change."""

    caller: Caller
    is_console: bool

    def loss(self) -> Loss | None:
        """What the rows as they are now take from it."""
        user = user_of(self.caller)
        after = caller_of(user, self.caller) if user else None
        return self._loss(side_of(self.caller), side_of(after), after) if after else None

    def loss_between(self, before: Side, after: Side) -> Loss | None:
        """What it cannot do with the policies of ``after``, beside what it can always do for itself here."""
        always = {source.policy for source in self.caller.identity if source.name == SELF_SERVICE}
        old, new = (Side(one.identity | always, one.boundary) for one in (before, after))
        return self._loss(old, new)

    def _loss(self, before: Side, after: Side, later: Caller | None = None) -> Loss | None:
        try:
            words = lost_words(verdicts_for(self.caller, before, after, later))
        except TooManySteps:
            words = NOT_TOLD
        if not words:
            return None
        if self.is_console:
            return Loss(CONSOLE_TITLE, f"{CONSOLE_TAKES.format(arn=self.caller.arn)} {words}")
        return Loss(TITLE, f"{TAKES} {words}")


def watched(caller: Caller) -> list[Watched]:
    """The caller's own user, where it acts as such, and the user of the link."""
    found = []
    if caller.kind == "user" and (user := user_of(caller)):
        found.append(Watched(caller_of(user, caller), is_console=False))
    if caller.link and (user := linking_user(caller.account_id)):
        found.append(
            Watched(caller_for_user(user, Origin(channel="access-key", secure=True)), is_console=True)
        )
    return found


def losses(before: Iterable[Watched]) -> list[Loss]:
    """What a change takes from them whose rows are written."""
    return [loss for one in before if (loss := one.loss())]


def user_of(caller: Caller) -> User | None:
    users = User.objects.select_related("account__link", "permissions_boundary")
    return users.filter(user_id=caller.user_id, account__account_id=caller.account_id).first()


def linking_user(account_id: str) -> User | None:
    """The IAM user whose credentials the link uses, where it is one of the account and no root."""
    account = Account.objects.select_related("link").filter(account_id=account_id).first()
    arn = account.link.identity_arn if account and account.link_spec else ""
    if not arn or ":user/" not in arn:
        return None
    name = arn.rpartition("/")[2].lower()
    users = User.objects.people(account_id).select_related("account__link", "permissions_boundary")
    return users.filter(name_folded=name).first()


def caller_of(user: User, like: Caller) -> Caller:
    """The user with the policies of now, in a session like that one."""
    origin = Origin(
        channel=like.channel,
        source_ip=like.source_ip,
        user_agent=like.user_agent,
        secure=like.secure,
        mfa_at=like.mfa_at,
        issued_at=like.issued_at,
    )
    return caller_for_user(user, origin)


def verdicts_for(caller: Caller, before: Side, after: Side, later: Caller | None = None) -> list[Verdict]:
    """What differs of what this console asks for, in a session like the caller's. ``later``: the same person
    after the change, whose tags and name may be others by then. Raises TooManySteps.
    """
    afterwards = None
    if later and told_of(later) != told_of(caller):
        old, new = tags_of(caller), tags_of(later)
        before, after = filled_in(before, old, new), filled_in(after, new, old)
        afterwards = facts_of(later)
    among, more = console_actions().__contains__, own_actions().values()
    return verdicts(
        before,
        after,
        facts_of(caller),
        more=more,
        among=among,
        later=afterwards,
        steps=Steps(MOST_STEPS),
    )


def told_of(caller: Caller) -> tuple[object, ...]:
    """What a change of the user changes of what conditions can ask about it."""
    return caller.arn, caller.user_name, tags_of(caller)


def facts_of(caller: Caller) -> Facts:
    """What is known of a session; not its moment, which differs between two of one request."""
    given = caller.context()
    return Facts(Context(given), frozenset(map(folded, given)) | SESSION_KEYS)


def tags_of(caller: Caller) -> dict[str, str]:
    """The principal tags by their keys as variables name them."""
    given = caller.context().items()
    return {folded(key): str(value) for key, value in given if folded(key).startswith(TAG)}


def filled_in(side: Side, tags: Mapping[str, str], others: Mapping[str, str]) -> Side:
    """The side with the variables replaced that stand for another tag on the other side."""
    differing = {key for key in {*tags, *others} if tags.get(key) != others.get(key)}

    def value(variable: re.Match[str]) -> str:
        key = folded(variable[1])
        return tags.get(key, NO_TAG) if key in differing else variable[0]

    def text(part: str) -> str:
        return VARIABLE.sub(value, part)

    def policy(one: Policy) -> Policy:
        rows = (
            replace(
                row,
                resources=tuple(map(text, row.resources)),
                conditions=tuple(replace(it, values=tuple(map(text, it.values))) for it in row.conditions),
            )
            for row in one.statements
        )
        return replace(one, statements=tuple(rows)) if one.has_variables else one

    return Side(frozenset(map(policy, side.identity)), side.boundary and policy(side.boundary))


def side_of(caller: Caller) -> Side:
    boundary = caller.boundary.policy if caller.boundary else None
    return Side(frozenset(source.policy for source in caller.identity), boundary)


def lost_words(found: Iterable[Verdict]) -> str:
    """What cannot be done any more, "" for nothing."""
    gone: set[Action] = set()
    less: set[Action] = set()
    for verdict in found:
        if verdict.kind == LOSS:
            gone |= verdict.actions
        elif verdict.kind not in (GAIN, MORE):
            less |= verdict.actions
    parts = [f"Afterwards you cannot use {listed(gone)}."] if gone else []
    if less:
        parts.append(f"You can use {listed(less)} on fewer resources, or under other conditions.")
    return " ".join(parts)


def listed(actions: Iterable[Action]) -> str:
    """A few of them by name, and how many more."""
    names = sorted(map(str, actions))
    more = len(names) - NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:NAMED])} and {more} more"
