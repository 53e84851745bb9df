"""Deactivating ticked credentials: what would happen to each, why not, and what happened.

Access keys are deactivated and can be activated again. IAM cannot switch a password off, so a password
is deleted with its login profile; a new one can be set.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from credentials.access_keys.limits import LINK_KEY, is_key_of_link
from credentials.access_keys.selection import in_use
from credentials.models import AccessKey
from iamconsole.operations import Caller, Step, find
from iamconsole.templatetags.console import relative
from reports.unused.unused import KEY, PASSWORD, Rule
from users.models import Account, User

MOST = 500
OWN = "Not changed. This is the password you sign in with."
GONE = "Not changed. It no longer exists."


@dataclass(frozen=True, slots=True)
class Way:
    """How one kind of credential is deactivated, and what is said of it before and after."""

    operation: str
    effect: str
    done: str


WAYS = {
    PASSWORD: Way(
        "DeleteLoginProfile",
        "The password is deleted and the user's sessions end.",
        "The password was deleted.",
    ),
    KEY: Way(
        "UpdateAccessKey",
        "The access key is deactivated. You can activate it again.",
        "The access key was deactivated.",
    ),
}

EFFECT_AT_AWS = "The password is deleted and the user's sessions in this console end."


@dataclass(frozen=True, slots=True)
class Planned:
    """One ticked credential. ``left`` is the reason why it stays as it is, "" where it does not."""

    ref: str
    kind: str
    user: User
    label: str
    last_used: datetime | None
    left: str
    # Of a key: why somebody may be using it, "" where nobody is known to.
    in_use: str = ""

    @property
    def effect(self) -> str:
        at_aws = self.kind == PASSWORD and self.user.account.kind == Account.Kind.LINKED
        return EFFECT_AT_AWS if at_aws else WAYS[self.kind].effect

    @property
    def done(self) -> str:
        """After the work: what happened."""
        return WAYS[self.kind].done

    @property
    def step(self) -> Step:
        names = {"UserName": self.user.user_name}
        if self.kind == KEY:
            names |= {"AccessKeyId": self.label, "Status": "Inactive"}
        return Step(WAYS[self.kind].operation, names)


def planned(caller: Caller, account: Account, refs: Iterable[str], rule: Rule) -> list[Planned]:
    """The ticked credentials of the account, by user; what is not of it is left out."""
    ids = parsed(refs)
    users = User.objects.select_related("account").people(account)
    keys = AccessKey.objects.filter(user__in=users, pk__in=ids[KEY]).select_related("user__account")
    found = [password_of(caller, user, rule) for user in users.filter(pk__in=ids[PASSWORD])]
    found += [key_of(caller, account, key, rule) for key in keys]
    return sorted(found, key=lambda one: (one.user.name_folded, one.label))


def parsed(refs: Iterable[str]) -> dict[str, list[int]]:
    """``password:12`` and ``key:7`` as numbers by kind; anything else is nothing of ours."""
    found: dict[str, list[int]] = {PASSWORD: [], KEY: []}
    for ref in refs:
        kind, _, number = ref.partition(":")
        if kind in found and number.isascii() and number.isdigit() and len(number) < 19:
            found[kind].append(int(number))
    return found


def password_of(caller: Caller, user: User, rule: Rule) -> Planned:
    left = GONE
    if user.password_enabled:
        created = user.password_last_changed or user.create_date
        own = OWN if caller.user_id == user.user_id else ""
        left = own or why_left(caller, PASSWORD, user, created, user.password_last_used, rule)
    ref = f"{PASSWORD}:{user.pk}"
    return Planned(ref, PASSWORD, user, "Password", user.password_last_used, left)


def key_of(caller: Caller, account: Account, key: AccessKey, rule: Rule) -> Planned:
    left = "Not changed. It is already inactive."
    if is_key_of_link(caller, key):
        left = LINK_KEY
    elif key.active:
        left = why_left(caller, KEY, key.user, key.create_date, key.last_used_date, rule)
    used = "" if left else in_use(key, account)
    return Planned(f"{KEY}:{key.pk}", KEY, key.user, key.label, key.last_used_date, left, used)


def why_left(
    caller: Caller, kind: str, user: User, created: datetime, used: datetime | None, rule: Rule
) -> str:
    """Why a credential is not deactivated: it was used meanwhile, or the caller may not."""
    if not rule.fits(created, used, timezone.now()):
        return f"Not changed. It has been used or set in the meantime ({relative(used or created).lower()})."
    action = find(WAYS[kind].operation).action
    if not caller.permits(action, user.arn):
        return f"Not changed. This needs {action} on {user.arn}."
    return ""


def marked(rows: Iterable[Planned]) -> list[str]:
    """The keys that need a typed yes."""
    return sorted(row.label for row in rows if row.in_use)


def summary_of(rows: Iterable[Any]) -> dict[str, int]:
    """How many passwords and how many access keys are acted on."""
    acted = [row.kind for row in rows if not row.left]
    return {PASSWORD: acted.count(PASSWORD), KEY: acted.count(KEY), "all": len(acted)}
