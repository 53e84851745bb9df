"""What a user is told of an operation that concerns it: the words, when it is news, and where that goes."""

from collections.abc import Callable
from dataclasses import dataclass

from iamconsole.models import Event


def always(event: Event) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class News:
    """``words`` say what happened, as the subject and the first line of a mail. ``only_if``: some of an
    operation's Events are none. ``to``: the Event's detail that has the address, "" for the user's own.
    ``of_caller``: the user is the one who did it, where the Event's resource is something else.
    ``read_at``: the page of one's own that says more, by its name; "" where the mail says all.
    """

    words: str
    only_if: Callable[[Event], bool] = always
    to: str = ""
    of_caller: bool = False
    read_at: str = ""


def by_oneself(event: Event) -> bool:
    """Whether a user changed what that same user can do. A role session has a user's name and is another
    account's user.
    """
    _, is_user, path = event.principal_arn.partition(":user/")
    name = path.rpartition("/")[2]
    return bool(is_user) and event.detail.get("UserName", name).lower() == name.lower()


def has_detail(name: str) -> Callable[[Event], bool]:
    """Whether the Event tells this detail, and it is not false or empty."""
    return lambda event: bool(event.detail.get(name))
