"""What the frame of every page shows: who and where one is, and where one may go."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, cached_property

from iamconsole.jobs import are_stuck
from iamconsole.models import Job
from iamconsole.operations import Caller
from iamconsole.templatetags.console import relative
from users.across import ACTION, reads_own
from users.administrators import somebody_administers
from users.callers import ADMINISTRATOR, caller_for_user, roles_in
from users.mfa_requirement import is_held
from users.middleware import origin_of
from users.models import Account, Group, User
from users.recent_accounts import place, recent_accounts
from users.requests import ConsoleRequest

PRODUCT = "IAM Console"
MENU_ACCOUNTS = 8
MFA_WANTED = (
    "MFA is required. Until you sign in with its code you can assign a device and change your password."
)
MFA_NOT_USED = (
    "MFA is required, and you signed in without. Sign out, and in again with the code of your device."
)
QUEUE_SILENT = "The job queue does not answer. Jobs wait and are done as soon as it does; nothing is lost."


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the side navigation; ``prefix`` is where it is the current one."""

    label: str
    url: str
    icon: str
    prefix: str
    count: int | None = None
    alert: bool = False
    current: bool = False


def frame(request: ConsoleRequest) -> dict[str, Any]:
    """The context processor. Nothing is asked of the database until a template draws the frame."""
    return {
        "frame": SimpleLazyObject(lambda: Frame(request) if signed_in(request) else None),
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
        return not self.own_only

    @property
    def user_label(self) -> str:
        return self.request.user.label

    @cached_property
    def _account(self) -> Account:
        if self.request.user.account.account_id == self.caller.account_id:
            return self.request.user.account
        found = Account.objects.select_related("link").filter(account_id=self.caller.account_id).first()
        # Deleted while the request was answered: the page that says so has this frame too.
        return found or Account(account_id=self.caller.account_id)

    @cached_property
    def account(self) -> dict[str, Any]:
        account = self._account
        return {
            **described(account),
            "alias": account.alias or "",
            "kind": account.kind,
            "note": note(account),
        }

    @cached_property
    def _own(self) -> Caller:
        """The person in the own account, also while it has switched to another."""
        mine = self.caller.kind != "assumed-role"
        return self.caller if mine else caller_for_user(self.request.user, origin_of(self.request))

    @cached_property
    def accounts(self) -> list[dict[str, Any]]:
        """The accounts one may switch to; the own one first, then those one was in lately."""
        user = self.request.user
        if not user.account.is_home:
            return []
        own = self._own
        recent = recent_accounts(self.request)
        others = Account.objects.exclude(pk=user.account_id)
        nearest = sorted(others, key=lambda account: place(account, user.account_id, recent))
        reachable = [(account, roles_in(user, own, account)) for account in nearest]
        rows = [entry(account, roles[0], self.caller) for account, roles in reachable if roles]
        return [home_entry(user.account, self.caller), *rows] if rows else []

    @property
    def menu_accounts(self) -> list[dict[str, Any]]:
        """Those of the menu; the page has all of them, and a search."""
        return self.accounts[:MENU_ACCOUNTS]

    @property
    def accounts_url(self) -> str:
        return reverse("users:accounts") if self.caller.permits("iamconsole:ListAccounts") else ""

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        sections = [*self._across(), *own_sections()] if self.own_only else self._sections()
        path = self.request.path
        return [
            {"title": title, "items": [marked(item, path) for item in items if item]}
            for title, items in sections
        ]

    def _sections(self) -> list[tuple[str, list[Item | None]]]:
        may = self.caller.permits
        users = User.objects.filter(account__account_id=self.caller.account_id, kind=User.Kind.USER).count()
        waiting = Job.objects.filter(account_id=self.caller.account_id, state__in=Job.OPEN_STATES).count()
        return [
            ("", [Item("Dashboard", reverse("home"), "layout-dashboard", "/")]),
            *self._across(),
            (
                "Access management",
                [
                    Item("Users", reverse("users:list"), "user", "/users/", users),
                    Item("User groups", reverse("users:groups"), "users", "/groups/", self._groups())
                    if may("iam:ListGroups")
                    else None,
                    Item("MFA devices", reverse("credentials:mfa-devices"), "smartphone", "/mfa-devices/")
                    if may("iam:ListVirtualMFADevices")
                    and may("iam:ListMFADevices")
                    and not self.caller.read_only
                    else None,
                    Item("Policies", reverse("users:policies"), "scroll-text", "/policies/")
                    if may("iam:ListPolicies")
                    else None,
                    Item("Policy simulator", reverse("users:simulator"), "flask-conical", "/simulator/")
                    if may("iam:SimulatePrincipalPolicy", self._own_arn()) and not self.caller.read_only
                    else None,
                    self._server_certificates(),
                    Item("Account settings", reverse("credentials:account-settings"), "settings", "/account/")
                    if may("iam:GetAccountSummary")
                    else None,
                ],
            ),
            (
                "Reports",
                [
                    Item(
                        "Credential report",
                        reverse("reports:credential-report"),
                        "file-text",
                        "/reports/credential-report/",
                    )
                    if may("iam:GetCredentialReport")
                    else None,
                    Item(
                        "Unused credentials",
                        reverse("reports:unused-credentials"),
                        "hourglass",
                        "/reports/unused-credentials/",
                    )
                    if may("iam:GetCredentialReport")
                    else None,
                    Item("Event history", reverse("reports:events"), "history", "/events/")
                    if may("iamconsole:ListEvents")
                    else None,
                ],
            ),
            (
                "Console",
                [
                    Item("Accounts", reverse("users:accounts"), "building-2", "/accounts/")
                    if may("iamconsole:ListAccounts")
                    else None,
                    Item("Jobs", reverse("jobs"), "list-checks", "/jobs/", waiting or None)
                    if may("iamconsole:ListJobs")
                    else None,
                ],
            ),
        ]

    def _across(self) -> list[tuple[str, list[Item | None]]]:
        """The way to the lists of several accounts, for whoever sees more than one."""
        if len(self.accounts) < 2 or not self._own.permits(ACTION):
            return []
        others = len(self.accounts) - 1  # the own account stands first in the menu
        if others + reads_own(self._own, "accounts") < 2:
            return []
        return [("", [Item("All accounts", reverse("across-accounts"), "layers", "/all-accounts/")])]

    def _server_certificates(self) -> Item | None:
        """A credential report tells nothing of them."""
        if self.caller.read_only or not self.caller.permits("iam:ListServerCertificates"):
            return None
        url = reverse("credentials:server-certificates")
        return Item("Server certificates", url, "file-badge", "/server-certificates/")

    def _own_arn(self) -> str:
        """Whom the simulator begins with: oneself, or nobody in particular."""
        return self.caller.arn if self.caller.kind == "user" else "*"

    def _groups(self) -> int:
        return Group.objects.filter(account__account_id=self.caller.account_id).count()

    @cached_property
    def notices(self) -> list[dict[str, str]]:
        """What asks for attention on every page, the most pressing first."""
        found = []
        if are_stuck():
            found.append({"tag": "warning", "text": QUEUE_SILENT, "url": "", "link_text": ""})
        if self.caller.kind == "root" and not somebody_administers(self._account):
            found.append(
                {
                    "tag": "info",
                    "text": "Root is for emergencies. Create an administrator for daily work.",
                    "url": reverse("credentials:create-user"),
                    "link_text": "Create administrator",
                }
            )
        if is_held(self.caller.identity, mfa=bool(self.caller.mfa_at)):
            found.append(self._way_to_mfa())
        return found

    def _way_to_mfa(self) -> dict[str, str]:
        """What somebody can do who is held up for want of MFA."""
        if self.request.user.mfa_count:
            return {"tag": "warning", "text": MFA_NOT_USED, "url": "", "link_text": ""}
        return {
            "tag": "warning",
            "text": MFA_WANTED,
            "url": reverse("credentials:assign-mfa-device"),
            "link_text": "Assign MFA device",
        }


def own_sections() -> list[tuple[str, list[Item | None]]]:
    """For people without permissions: what is their own."""
    mine = Item("Security credentials", reverse("credentials:my-security-credentials"), "key-round", "/me/")
    return [("My access", [mine])]


def marked(item: Item, path: str) -> dict[str, Any]:
    current = path == item.prefix if item.prefix == "/" else path.startswith(item.prefix)
    return {
        "label": item.label,
        "url": item.url,
        "icon": item.icon,
        "count": item.count,
        "alert": item.alert,
        "current": current,
    }


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
    return f"synced {minutes} min ago" if minutes < 60 else f"synced {relative(synced).lower()}"


def entry(account: Account, role: str, caller: Caller) -> dict[str, Any]:
    """An account to switch to, in the best role one may take."""
    url = reverse("users:switch-account", args=[account.account_id])
    current = caller.account_id == account.account_id
    detail = "" if role == ADMINISTRATOR else " · read only"
    return {**described(account), "label": account.label + detail, "current": current, "switch_url": url}


def home_entry(account: Account, caller: Caller) -> dict[str, Any]:
    """The way back to the own account."""
    current = caller.account_id == account.account_id
    return {**described(account), "current": current, "switch_url": reverse("users:leave-account")}
