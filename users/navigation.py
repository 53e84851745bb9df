"""What the users' pages have in the frame; registered by ``UsersConfig.ready``."""

from urllib.parse import quote, urlencode

from iamconsole import search
from iamconsole.addresses import reverse
from iamconsole.errors import AccessDenied
from iamconsole.frame import (
    Entry,
    MenuEntry,
    Viewer,
    add_counts,
    add_entries,
    add_menu_entries,
    search_at,
)
from iamconsole.operations import Caller
from iamconsole.web import ask_at, explain_refusals_at
from users.permission_requests import reading as permission_requests
from users.search.sources import ACTIONS, SOURCES
from users.simulator.search import may_simulate

from .asking_who import may_read
from .models import Group, User


def users(viewer: Viewer) -> int | None:
    """How many there are, None where that was not read."""
    if viewer.acting_account.not_known["users"]:
        return None
    return viewer.counts["users"]


def groups(viewer: Viewer) -> int | None:
    """How many there are, None where that was not read."""
    if viewer.acting_account.not_known["groups"]:
        return None
    return viewer.counts["groups"]


def simulation_of(caller: Caller, error: AccessDenied) -> str:
    """The simulator with what was refused filled in."""
    asked = {"principal": caller.arn, "actions": error.action, "resources": error.resource}
    return f"{reverse('users:simulator')}?{urlencode(asked, quote_via=quote, safe='')}"


def asking_for(caller: Caller, error: AccessDenied) -> str:
    """The form to ask for what was refused; "" where no policy was what refused it, or nobody can ask."""
    if caller.permits(error.action, error.resource) or not permission_requests.may_ask(caller):
        return ""
    asked = {"action": error.action, "resource": error.resource if error.resource != "*" else ""}
    filled = {name: value for name, value in asked.items() if value}
    return f"{reverse('users:request-permission')}?{urlencode(filled, quote_via=quote, safe='')}"


def open_requests(viewer: Viewer) -> int | None:
    """Those that wait for an answer; no number where none does."""
    return viewer.counts["open_permission_requests"] or None


def register() -> None:
    add_entries(
        Entry("access", 10, "Users", "users:list", "user", "/users/", count=users),
        Entry(
            "access",
            20,
            "User groups",
            "users:groups",
            "users",
            "/groups/",
            shown=lambda viewer: viewer.caller.permits("iam:ListGroups"),
            count=groups,
        ),
        Entry(
            "access",
            40,
            "Policies",
            "users:policies",
            "scroll-text",
            "/policies/",
            shown=lambda viewer: viewer.caller.permits("iam:ListPolicies"),
        ),
        Entry(
            "access",
            50,
            "Policy simulator",
            "users:simulator",
            "flask-conical",
            "/simulator/",
            shown=may_simulate,
        ),
        Entry(
            "access",
            55,
            "Who can …?",
            "users:who-can",
            "user-search",
            "/who-can/",
            shown=lambda viewer: may_read(viewer.caller) and not viewer.caller.read_only,
            audience="all",
        ),
        Entry(
            "access",
            57,
            "Requests",
            "users:permission-requests",
            "inbox",
            "/permission-requests/",
            shown=lambda viewer: permission_requests.may_list(viewer.caller),
            count=open_requests,
        ),
        Entry(
            "console",
            10,
            "Accounts",
            "users:accounts",
            "building-2",
            "/accounts/",
            shown=lambda viewer: viewer.caller.permits("iamconsole:ListAccounts"),
            audience="all",
        ),
    )
    add_counts(
        users=lambda account_id: User.objects.people(account_id),
        groups=lambda account_id: Group.objects.filter(account__account_id=account_id),
        open_permission_requests=permission_requests.open_in,
    )
    add_entries(
        Entry(
            "own",
            20,
            "My permissions",
            "users:own-permissions",
            "shield-check",
            "/me/permissions/",
            audience="others",
        ),
        Entry("own", 30, "My activity", "users:own-activity", "history", "/me/activity/", audience="others"),
    )
    add_menu_entries(
        MenuEntry(12, "My permissions", "users:own-permissions", "shield-check"),
        MenuEntry(14, "My activity", "users:own-activity", "history"),
    )
    search_at("users:search", "users:search-list")
    search.register(*SOURCES)
    search.add_actions(*ACTIONS)
    explain_refusals_at(simulation_of)
    ask_at(asking_for)
