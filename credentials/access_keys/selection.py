"""What is done to selected access keys: which can be changed, why others are left, and which somebody may
still use.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from django.db.models import QuerySet
from django.utils import timezone

from credentials.access_keys.limits import LINK_KEY, is_key_of_link
from credentials.models import AccessKey
from iamconsole.not_known import NotKnown
from iamconsole.operations import Caller, Step, find
from iamconsole.operations.door import READ_ONLY
from iamconsole.portions import portions
from iamconsole.templatetags.console import absolute
from iamconsole.words import plural
from users.models import Account

# Whoever used a key within these days is likely to need it tomorrow.
RECENT_DAYS = 7
# AWS's report is up to four hours old (IAM-FACTS 3.2), and syncs follow it: what is older says nothing of
# the last days.
LAST_USE_FRESH = timedelta(days=1)

YES = "yes"  # the word to type

# Kinds of choices (iamconsole.choices): of the list of an account, and of that of all accounts.
CHOICE, ACROSS = "access keys", "access keys of accounts"
NOT_KNOWN = "Last use not known"
GONE = "This access key no longer exists. Nothing was changed."
LOST = "Its secret never arrived, so nobody can use it. Delete it instead."
USED_MEANWHILE = "Which of these keys are in use has changed since you opened this page. Read the list again."
ACTIVE_FIRST = "It is active. Deactivate it before you delete it."


@dataclass(frozen=True, slots=True)
class KeyAction:
    """What can be done to many access keys: its words, and the state it leads to ("" for none at all)."""

    name: str
    title: str
    effect: str
    done: str
    status: str = ""
    word: str = YES  # to type before something that cannot be taken back, or that somebody may notice
    always_typed: bool = False

    @property
    def operation(self) -> str:
        return "UpdateAccessKey" if self.status else "DeleteAccessKey"

    def step(self, key: AccessKey) -> Step:
        """For this very user: whoever has the name later has other keys."""
        params = {"UserName": key.user.user_name, "AccessKeyId": key.access_key_id}
        things = {"UserName": key.user.user_id}
        return Step(self.operation, {**params, **({"Status": self.status} if self.status else {})}, things)

    def why_left(self, key: AccessKey) -> str:
        """Why there is nothing to do to a key as it is now, "" where there is."""
        if self.status == key.status:
            return f"It is already {key.status.lower()}. Nothing was changed."
        if not self.status and key.active:
            return ACTIVE_FIRST
        return LOST if self.status == AccessKey.Status.ACTIVE and key.secret_lost else ""


ACTIONS: Mapping[str, KeyAction] = {
    action.name: action
    for action in (
        KeyAction(
            "deactivate",
            "Deactivate",
            "Programs that use one of these keys fail immediately. You can activate a key again.",
            "Deactivated.",
            AccessKey.Status.INACTIVE,
        ),
        KeyAction(
            "activate",
            "Activate",
            "Programs that have the secret of one of these keys can use it again.",
            "Activated.",
            AccessKey.Status.ACTIVE,
        ),
        KeyAction(
            "delete",
            "Delete",
            "Nobody can ever use these keys again. This cannot be undone.",
            "Deleted.",
            word="delete",
            always_typed=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Selected:
    """One selected key. ``left``: why it stays as it is, "" where it does not. ``in_use``: why somebody may
    be using it, "" where nobody is known to.
    """

    key: AccessKey
    left: str
    in_use: str

    @property
    def unread(self) -> NotKnown | None:
        """Why it is not known when a key without a last use was used."""
        return self.key.user.account.not_known["last_use"]

    @property
    def is_marked(self) -> bool:
        """Whether it needs a typed yes."""
        return bool(self.in_use) and not self.left


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected keys that there are, those to think about first, and the IDs of those that are gone."""

    action: KeyAction
    keys: Sequence[Selected]
    gone: Sequence[str]

    @property
    def changed(self) -> list[Selected]:
        return [one for one in self.keys if not one.left]

    def of(self, account: Account) -> "Selection":
        """The part of one account. What is gone is of none."""
        return replace(
            self, keys=[one for one in self.keys if one.key.user.account_id == account.pk], gone=()
        )

    @property
    def marked(self) -> list[str]:
        """The IDs of the keys that need a typed yes."""
        return sorted(one.key.label for one in self.keys if one.is_marked)

    @property
    def seal(self) -> str:
        """Tells these marked keys from others: what is typed is a yes to the keys that were shown."""
        return seal_of(self.marked)

    @property
    def asks(self) -> bool:
        """Whether something must be typed."""
        return bool(self.changed) and (self.action.always_typed or bool(self.marked))

    @property
    def button(self) -> str:
        return f"{self.action.title} {plural(len(self.changed), 'access key')}"


def seal_of(marked: Sequence[str]) -> str:
    return sha256(" ".join(marked).encode()).hexdigest()[:16]


def selection_of(callers: Mapping[Account, Caller], action: KeyAction, ids: Sequence[str]) -> Selection:
    """What the action does to the keys with these IDs, in the accounts that one acts in as these callers."""
    found = {key.label: key for part in portions(ids) for key in keys_with(list(callers), part)}
    as_who = {account.pk: (caller, account) for account, caller in callers.items()}
    keys = [selected(*as_who[key.user.account_id], action, key) for key in found.values()]
    keys.sort(key=lambda one: (bool(one.left), not one.in_use, one.key.user.name_folded, one.key.label))
    return Selection(action, keys, [key_id for key_id in ids if key_id not in found])


def keys_with(accounts: Sequence[Account], ids: Iterable[str]) -> QuerySet[AccessKey]:
    """Keys of IAM users of the accounts by their IDs, with what a row shows of their users."""
    keys = AccessKey.objects.of_people(accounts).filter(access_key_id__in=list(ids))
    return keys.select_related("user__account__link")


def selected(caller: Caller, account: Account, action: KeyAction, key: AccessKey) -> Selected:
    needed = find(action.operation).action
    left = READ_ONLY if caller.read_only else action.why_left(key)
    if not left and action.status != AccessKey.Status.ACTIVE and is_key_of_link(caller, key):
        left = LINK_KEY
    if not left and not caller.permits(needed, key.user.arn):
        left = f"Left out. This needs {needed} on {key.user.arn}."
    return Selected(key, left, "" if action.status == AccessKey.Status.ACTIVE else in_use(key, account))


def in_use(key: AccessKey, account: Account) -> str:
    """Why somebody may be using a key: it was used in the last days, or nobody knows."""
    if key.last_used_date and key.last_used_date > timezone.now() - timedelta(days=RECENT_DAYS):
        return f"Used in the last {RECENT_DAYS} days"
    if account.not_known["last_use"]:
        return NOT_KNOWN
    read_at = account.link.synced_at if account.kind == Account.Kind.LINKED else None
    if read_at and read_at < timezone.now() - LAST_USE_FRESH:
        return f"{NOT_KNOWN} since {absolute(read_at)}"
    return ""
