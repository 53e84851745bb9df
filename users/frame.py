"""What the frame of every page shows: who and where one is, and where one may go."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, cached_property

from iamconsole import frame as frame_registry
from iamconsole.addresses import reverse
from iamconsole.operations import Caller
from iamconsole.templatetags.console import relative
from users.callers.account_rows import account_rows, acting_account, all_account_rows, counts
from users.callers.build import ADMINISTRATOR, caller_for_user, roles_in
from users.callers.middleware import origin_of
from users.callers.recent_accounts import place, recent_accounts
from users.models import Account, User
from users.requests import ConsoleRequest

PRODUCT = "IAM Console"
MENU_ACCOUNTS = 8


def frame(request: ConsoleRequest) -> dict[str, Any]:
    """The context processor. Nothing is asked of the database until a template draws the frame."""
    drawn = SimpleLazyObject(lambda: Frame(request) if signed_in(request) else None)
    return {
        "frame": drawn,
        # What was not read of the account that the page acts in (users.facts).
        "not_known": SimpleLazyObject(lambda: drawn.acting_account.not_known if drawn else None),
        "demo": bool(settings.DEMO),
    }


def signed_in(request: ConsoleRequest) -> bool:
    """Error pages may come before the session was looked at."""
    return getattr(request, "user", None) is not None and request.user.is_authenticated


class Frame:
    """Read by ``base.html``; each part is worked out once."""

    product = PRODUCT
    version = settings.VERSION

    def __init__(self, request: ConsoleRequest) -> None:
        self.request = request
        self.caller: Caller = request.caller
        self.home_url = reverse("home")
        self.stay_url = reverse("credentials:my-security-credentials")  # any page is activity
        self.idle_seconds = settings.SESSION_IDLE_SECONDS

    @cached_property
    def own_only(self) -> bool:
        return not self.caller.permits("iam:ListUsers")

    @property
    def can_search(self) -> bool:
        """Everybody: who sees nothing of the account finds pages and what to do."""
        return True

    @property
    def user(self) -> User:
        return self.request.user

    @property
    def user_label(self) -> str:
        return self.user.label

    @property
    def path(self) -> str:
        return self.request.path_info

    @cached_property
    def acting_account(self) -> Account:
        try:
            return acting_account(self.request)
        except Account.DoesNotExist:
            # Deleted while the request was answered: the page that says so has this frame too.
            return Account(account_id=self.caller.account_id)

    @cached_property
    def account(self) -> dict[str, Any]:
        account = self.acting_account
        return {
            **described(account),
            "alias": account.alias or "",
            "kind": account.kind,
            "note": note(account),
        }

    @cached_property
    def own_caller(self) -> Caller:
        """The person in their own account, also while they have switched to another."""
        if self.caller.kind != "assumed-role":
            return self.caller
        read: Caller | None = getattr(self.request, "own_caller", None)
        return read or caller_for_user(self.request.user, origin_of(self.request))

    @cached_property
    def menu_accounts(self) -> list[dict[str, Any]]:
        """The first accounts one can switch to: one's own, those one was in lately, then by name. The page
        of accounts has all of them, and a search.
        """
        user = self.request.user
        if not user.account.is_home:
            return []
        others = MENU_ACCOUNTS - 1
        rows = list(islice(self.entries(account_rows(self.request)), others))
        if len(rows) < others:
            rows = list(islice(self.entries(all_account_rows(self.request)), others))
        return [home_entry(user.account, self.caller), *rows] if rows else []

    def entries(self, accounts: list[Account]) -> Iterator[dict[str, Any]]:
        """Those of the accounts that one can switch to, the nearest first."""
        user, recent = self.request.user, recent_accounts(self.request)
        others = [account for account in accounts if account.pk != user.account_id]
        for account in sorted(others, key=lambda one: place(one, user.account_id, recent)):
            if roles := roles_in(user, self.own_caller, account):
                yield entry(account, roles[0], self.caller)

    @property
    def accounts_url(self) -> str:
        return reverse("users:accounts") if self.caller.permits("iamconsole:ListAccounts") else ""

    @cached_property
    def counts(self) -> dict[str, int]:
        return counts(self.request)

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        return frame_registry.navigation(self, self.request.path_info)

    @cached_property
    def notices(self) -> list[frame_registry.Notice]:
        return frame_registry.notices(self)

    @property
    def user_menu(self) -> list[frame_registry.MenuEntry]:
        return frame_registry.user_menu()

    @property
    def search_url(self) -> str:
        return frame_registry.search_url()

    @property
    def search_list_url(self) -> str:
        return frame_registry.search_list_url()


def described(account: Account) -> dict[str, Any]:
    """An account as the frame shows it."""
    number = account.account_id
    return {
        "account_id": number,
        "grouped_id": f"{number[:4]}-{number[4:8]}-{number[8:]}",
        "label": account.label,
        "kind_label": account.get_kind_display(),
        "color": account.colour,
    }


def note(account: Account) -> str:
    """How fresh the mirror of a linked account is; "" for others."""
    if account.kind != Account.Kind.LINKED:
        return ""
    synced = account.link.synced_at
    if synced is None:
        return "not synced yet"
    minutes = int((timezone.now() - synced).total_seconds() // 60)
    if minutes < 1:
        return "synced just now"
    return f"synced {minutes} min ago" if minutes < 60 else f"synced {relative(synced).lower()}"


def entry(account: Account, role: str, caller: Caller) -> dict[str, Any]:
    """An account to switch to, in the best role one may take."""
    url = reverse("users:switch-account", args=[account.account_id])
    current = caller.account_id == account.account_id
    detail = "" if role == ADMINISTRATOR else " · read only"
    return {**described(account), "label": account.label + detail, "current": current, "switch_url": url}


def home_entry(account: Account, caller: Caller) -> dict[str, Any]:
    """The way back to one's own account."""
    current = caller.account_id == account.account_id
    return {**described(account), "current": current, "switch_url": reverse("users:leave-account")}
