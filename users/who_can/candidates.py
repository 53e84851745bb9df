"""Who may have an answer at all: those with a policy whose text names one of the actions.

Most questions are about what few people can do, and then only those few are decided.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from users.models import Account, Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User
from users.who_can.question import OURS, Question

MOST = 1_000  # where more users or groups may have an answer, all are asked
MOST_SERVICES = 12  # that a text is searched for
NAMED = 3  # actions of a service that are searched for by name, else the service is
LETTERS = 4  # of an action's name
SELF_SERVICE = ("iam", OURS)  # what everybody has a built-in policy about
# All but some actions, what is not written as it is read, and an action, or one of a list of them, that
# begins as one of those that are asked about or with a wildcard.
NAMES_ONE = r'NotAction|\\|"Action"\s*:\s*(?:\[(?:\s*"[^"]*"\s*,)*\s*)?"(?:{})'


@dataclass(frozen=True, slots=True)
class Among:
    """Whom a question is asked about."""

    users: QuerySet[User]
    groups: QuerySet[Group]

    @classmethod
    def everybody(cls, account: Account) -> "Among":
        return cls(User.objects.people(account), Group.objects.filter(account=account))


def may_be(account: Account, question: Question, among: Among) -> Among:
    """Those of them of whom a policy may allow some of it; all where they are many."""
    words = searched_for(question)
    if not words:
        return among
    attached = PolicyAttachment.objects.filter(policy__in=_managed(account, words)).order_by()
    inline = _inline(account, words)
    if inline is None:
        return among
    groups = _keys(attached.filter(group__account=account).values_list("group", flat=True))
    if groups is None:
        return among
    groups |= inline[1]
    of_groups = among.groups.filter(pk__in=groups)
    if not question.services.isdisjoint(SELF_SERVICE) or among.users.query.is_empty():
        return Among(among.users, of_groups)
    users = _keys(
        attached.filter(user__account=account).values_list("user", flat=True),
        GroupMembership.objects.filter(group__in=groups).order_by().values_list("user", flat=True),
    )
    return Among(among.users if users is None else among.users.filter(pk__in=users | inline[0]), of_groups)


def searched_for(question: Question) -> str:
    """An expression that the text of every policy fits which allows one of the actions, in any spelling; ""
    where that would be too long.
    """
    names: dict[str, list[str]] = {}
    for name in question.asked:
        service, _, action = name.lower().partition(":")
        names.setdefault(service, []).append(action)
    if not names or len(names) > MOST_SERVICES:
        return ""
    starts = {
        f"{service}:{action[:LETTERS] if len(actions) <= NAMED else ''}"
        for service, actions in names.items()
        for action in actions
    }
    return NAMES_ONE.format("|".join(["[*?]", *map(_beginning, sorted(starts))]))


def _beginning(start: str) -> str:
    """The text, or some of its beginning and a wildcard."""
    shorter = "".join(f"(?:{re.escape(letter)}" for letter in start[:-1]) + ")?" * (len(start) - 1)
    return f"{re.escape(start)}|{shorter}[*?]"


def _managed(account: Account, words: str) -> list[int]:
    """The managed policies in use with such a text."""
    attached = PolicyAttachment.objects.filter(policy=OuterRef("pk"))
    rows = ManagedPolicy.objects.filter(Q(account=None) | Q(account=account), Exists(attached)).order_by()
    fits = re.compile(words, re.IGNORECASE).search
    return [pk for pk, document in rows.values_list("pk", "document") if fits(document)]


def _inline(account: Account, words: str) -> tuple[set[int], set[int]] | None:
    """Users and groups with an inline policy with such a text, which is looked for once; None for many."""
    of_account = Q(user__account=account) | Q(group__account=account)
    rows = InlinePolicy.objects.filter(of_account, document__iregex=words).order_by()
    found = list(rows.values_list("user_id", "group_id")[: MOST + 1])
    if len(found) > MOST:
        return None
    return {user for user, _ in found if user}, {group for _, group in found if group}


def _keys(*rows: QuerySet[Any, Any]) -> set[int] | None:
    """The keys that rows name; None where they are many."""
    found: set[int] = set()
    for some in rows:
        keys = list(some[: MOST + 1])
        if len(keys) > MOST:
            return None
        found |= set(keys)
    return found if len(found) <= MOST else None
