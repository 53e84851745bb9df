"""What the reports have in the frame; registered by ``ReportsConfig.ready``."""

from iamconsole import search
from iamconsole.frame import Entry, Viewer, add_entries
from iamconsole.operations.page_reads import GET_SYSTEM_STATUS
from reports.findings.reading import may_list
from reports.search import ACTIONS
from users.accounts.across import ACTION, reads_own


def sees_several_accounts(viewer: Viewer) -> bool:
    """Whether the lists of several accounts would have more than one."""
    if len(viewer.menu_accounts) < 2 or not viewer.own_caller.permits(ACTION):
        return False
    others = len(viewer.menu_accounts) - 1  # one's own account is first in the menu
    return others + reads_own(viewer.own_caller, "accounts") >= 2


def may_read_report(viewer: Viewer) -> bool:
    return viewer.caller.permits("iam:GetCredentialReport")


def register() -> None:
    search.add_actions(*ACTIONS)
    add_entries(
        Entry("first", 10, "Dashboard", "home", "layout-dashboard", "/"),
        Entry(
            "all-accounts",
            10,
            "All accounts",
            "across-accounts",
            "layers",
            "/all-accounts/",
            shown=sees_several_accounts,
            audience="all",
        ),
        Entry(
            "reports",
            5,
            "Findings",
            "reports:findings",
            "clipboard-list",
            "/findings/",
            shown=lambda viewer: may_list(viewer.caller),
            audience="all",
        ),
        Entry(
            "reports",
            10,
            "Credential report",
            "reports:credential-report",
            "file-text",
            "/reports/credential-report/",
            shown=may_read_report,
            audience="all",
        ),
        Entry(
            "reports",
            20,
            "Unused credentials",
            "reports:unused-credentials",
            "hourglass",
            "/reports/unused-credentials/",
            shown=may_read_report,
            audience="all",
        ),
        Entry(
            "reports",
            30,
            "Event history",
            "reports:events",
            "history",
            "/events/",
            shown=lambda viewer: viewer.caller.permits("iamconsole:ListEvents"),
            audience="all",
        ),
        Entry(
            "console",
            30,
            "System",
            "reports:system",
            "activity",
            "/system/",
            shown=lambda viewer: viewer.user.account.is_home and viewer.own_caller.permits(GET_SYSTEM_STATUS),
            audience="all",
        ),
    )
