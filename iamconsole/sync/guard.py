"""What a sync may not do: empty an account, overwrite what is being changed, take another's rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Model, QuerySet

from iamconsole.errors import IamError
from iamconsole.models import Event, Intent
from iamconsole.operations.wanted import patience
from iamconsole.sync.accounts import LinkedAccount
from iamconsole.sync.mirrors import MIRRORS

if TYPE_CHECKING:
    from iamconsole.sync.mirror_write import MirrorWrite

FEW = 10
# IAM is eventually consistent: a listing may be older than what was just made here (ARCHITECTURE 6).
FRESH = timedelta(minutes=5)
SUDDENLY_FEWER = (
    "AWS's list lacks {gone} of the {known} {what} known here. Nothing was changed. If they were "
    "removed on purpose, remove them here too."
)
FOREIGN = (
    "AWS lists {value} in account {account}, but it belongs to another account here. Nothing was changed."
)


class SuddenlyFewer(IamError):
    """Too many are missing from a listing; ``gone`` of them would have been removed."""

    def __init__(self, gone: int, known: int, what: str) -> None:
        super().__init__("ServiceUnavailable", SUDDENLY_FEWER.format(gone=gone, known=known, what=what))
        self.gone = gone


def check_not_emptied(gone: int, known: int, what: str = "users") -> None:
    """Stop when three in ten of a mirror's users or groups, of ten or more, would go at once."""
    if known >= FEW and gone * 10 >= known * 3:
        raise SuddenlyFewer(gone, known, what)


def check_not_foreign(
    account: LinkedAccount, rows: type[Model], column: str, values: Collection[str], owner: str = "account"
) -> None:
    """IDs are unique in all of AWS: one that another account has here is never taken over."""
    taken = rows._default_manager.filter(**{f"{column}__in": values}).exclude(**{owner: account.row}).first()
    if taken:
        value = getattr(taken, column)
        raise IamError("ServiceUnavailable", FOREIGN.format(value=value, account=account.account_id))


def check_answers(writing: "MirrorWrite", question: str, member: str, rows: type[Model], column: str) -> None:
    """The same for the IDs in the answers about single users, whose rows have a user."""
    answers = writing.snapshot.answers.values()
    ids = [item[member] for answer in answers for item in answer.get(question, ())]
    check_not_foreign(writing.linked, rows, column, ids, owner="user__account")


def too_fresh_to_remove(made: datetime | None, started: datetime) -> bool:
    """Whether something was made here so recently that the listing may not know it yet."""
    return made is not None and made > started - FRESH


@dataclass(frozen=True)
class Recent:
    """What was changed here in the last minutes, in names without case and IDs: a list that AWS gives
    now may still be without it, so nothing of it is undone.
    """

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    # IDs of keys, certificates, credentials; serial numbers; ARNs of policies.
    ids: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()

    def has_user(self, *names: str) -> bool:
        return any(name.lower() in self.users for name in names)

    def has_group(self, *names: str) -> bool:
        return any(name.lower() in self.groups for name in names)

    def about(self, what: str) -> bool:
        """Whether an operation on that was done, as in "AccountAlias"."""
        return any(action.endswith(what) for action in self.actions)


def recent(account: LinkedAccount, started: datetime) -> Recent:
    """What was changed here since shortly before the reading began."""
    users, groups, ids, actions = set[str](), set[str](), set[str](), set[str]()
    rows = done_since(account, started - FRESH).values_list("action", "resource", "detail")
    for action, resource, detail in rows:
        name = resource.rpartition("/")[2]
        users |= named(detail, "UserName", "NewUserName") | ({name} if ":user/" in resource else set())
        groups |= named(detail, "GroupName", "NewGroupName") | ({name} if ":group/" in resource else set())
        ids |= named(detail, *MIRRORS.ids) | {resource}
        actions.add(action)
    return Recent(folded(users), folded(groups), frozenset(ids - {""}), frozenset(actions))


def folded(names: set[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def named(detail: dict[str, str], *names: str) -> set[str]:
    """What an Event's detail calls by these names."""
    return {detail[name] for name in names if isinstance(detail.get(name), str)}


def open_intents(account: LinkedAccount) -> list[Intent]:
    """Oldest first."""
    intents = Intent.objects.filter(account_id=account.account_id, state=Intent.State.OPEN)
    return list(intents.order_by("opened_at"))


def given_up(intents: list[Intent], now: datetime) -> list[Intent]:
    """Intents nobody waits for any more: AWS was silent, or whoever asked has died."""
    return [intent for intent in intents if intent.outcome or intent.opened_at < now - patience()]


def user_names(intents: list[Intent]) -> set[str]:
    """Folded names of the users that intents are about."""
    return {intent.params["UserName"].lower() for intent in intents if "UserName" in intent.params}


def busy_names(account: LinkedAccount, started: datetime, settling: list[Intent]) -> set[str]:
    """Users changed here since the reading began, or at this moment: the next sync looks at them."""
    done = done_since(account, started).filter(resource__contains=":user/").values_list("resource", flat=True)
    return user_names(asking_now(account, settling)) | {arn.rpartition("/")[2].lower() for arn in done}


def is_busy(account: LinkedAccount, started: datetime, settling: list[Intent], what: str) -> bool:
    """Whether an operation on that, as in "VirtualMFADevice", was done here since the reading began, or at
    this moment.
    """
    asking = any(what in intent.operation for intent in asking_now(account, settling))
    return asking or done_since(account, started).filter(action__endswith=what).exists()


def asking_now(account: LinkedAccount, settling: list[Intent]) -> list[Intent]:
    """Intents of requests that wait for AWS at this moment."""
    settled = {intent.id for intent in settling}
    return [intent for intent in open_intents(account) if intent.id not in settled]


def heard_ids(account: LinkedAccount, intents: list[Intent]) -> set[str]:
    """IDs in what AWS has answered here since the first of the Intents, and of what earlier syncs have found
    for others: neither is what was made for these.
    """
    if not intents:
        return set()
    first = min(intent.opened_at for intent in intents)
    details = done_since(account, first).values_list("detail", flat=True)
    settled = Intent.objects.filter(account_id=account.account_id, state=Intent.State.SETTLED)
    found = settled.filter(closed_at__gte=first, evidence__Made__isnull=False)
    made = found.values_list("evidence__Made", flat=True)
    return {*made, *(number for detail in details for number in named(detail, *MIRRORS.ids))}


def done_since(account: LinkedAccount, started: datetime) -> QuerySet[Event]:
    return Event.objects.filter(
        account_id=account.account_id,
        at__gte=started,
        outcome=Event.Outcome.ALLOWED,
        action__startswith="iam:",
    )
