"""What can be done about reports, for the search at the top; registered by ``ReportsConfig.ready``."""

from iamconsole.frame import Viewer
from iamconsole.search import Action


def reads_report(viewer: Viewer) -> bool:
    return viewer.caller.permits("iam:GetCredentialReport")


def may_import(viewer: Viewer) -> bool:
    return viewer.user.account.is_home and viewer.own_caller.permits("iamconsole:ImportAccount")


ACTIONS = (
    Action(
        "Generate credential report", "reports:credential-report", "download csv create audit", reads_report
    ),
    Action("Deactivate unused credentials", "reports:unused-credentials", "old keys passwords", reads_report),
    Action("Import account", "reports:import-account", "upload credential report csv", may_import),
)
