"""Users as the search at the top finds them: by name, unique ID, ARN or e-mail address."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from iamconsole.addresses import address_in
from iamconsole.frame import Viewer
from iamconsole.operations import Caller
from iamconsole.search import Action, Hit, RowSource, Words, may
from users.models import User

ID_PREFIX = "AIDA"  # of unique IDs of users (IAM-FACTS 1.2)


class Users(RowSource):
    title, icon, order = "Users", "user", 10
    needs = ("iam:ListUsers",)
    fact = "users"
    list_name, across_name = "users:list", "users:across-users"
    model = User

    def rows(self, accounts: Sequence[Any], words: Words, *, switched: bool) -> QuerySet[User] | None:
        """E-mail addresses and IDs are looked up on their own, so that names are searched in their index."""
        named = words.named("user")
        if named is None:
            return None
        users = User.objects.people(accounts)
        if words.is_arn:
            return users.filter(named.part, account__account_id=named.account_id)
        by_email = users.exclude(email="").filter(email__icontains=words.text)
        others = Q(pk__in=by_email.order_by().values("pk"))
        if words.code.startswith(ID_PREFIX):
            others |= Q(pk__in=users.filter(words.unique_id("user_id", ID_PREFIX)).order_by().values("pk"))
        return users.filter(named.part | others)

    def ranks(self, words: Words) -> tuple[Q, Q]:
        named = words.named("user") or words.anything
        exact = named.exact
        if "@" in words.text:
            exact |= Q(email__iexact=words.text)
        if words.code.startswith(ID_PREFIX):
            exact |= Q(user_id=words.code)
        return exact, named.beginning

    def read(self, keys: Iterable[int]) -> dict[int, User]:
        return User.objects.select_related("account").in_bulk(list(keys))

    def hit(self, row: User, *, exact: bool) -> Hit:
        url = address_in(row.account.account_id, "users:user", row.user_id)
        return Hit(row.user_name, url, row.email or row.path, exact, row.account)


def any_user(caller: Caller) -> str:
    return caller.arns.any_user


def lists_users(viewer: Viewer) -> bool:
    return viewer.caller.permits("iam:ListUsers")


def on_users(action: str) -> Callable[[Viewer], bool]:
    """For whom the list of users and an operation on users are allowed."""
    allowed = may(action, any_user)
    return lambda viewer: lists_users(viewer) and allowed(viewer)


ACTIONS = (
    Action("Delete users", "users:list", "remove user", on_users("iam:DeleteUser")),
    Action("Reset password", "users:list", "set user console access", on_users("iam:UpdateLoginProfile")),
    Action(
        "Find users without MFA", "users:list", "show list device", lists_users, query="password=yes&mfa=no"
    ),
    Action("Tag users", "users:list", "add remove tags", on_users("iam:TagUser")),
)
