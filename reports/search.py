"""What can be done about reports, for the search at the top; registered by ``ReportsConfig.ready``."""

from iamconsole.frame import Viewer
from iamconsole.search import Action
from reports.findings.reading import may_list


def reads_report(viewer: Viewer) -> bool:
    return viewer.caller.permits("iam:GetCredentialReport")


def may_import(viewer: Viewer) -> bool:
    return viewer.user.account.is_home and viewer.own_caller.permits("iamconsole:ImportAccount")


def lists_findings(viewer: Viewer) -> bool:
    return may_list(viewer.caller)


ACTIONS = (
    Action("Show findings", "reports:findings", "recommendations issues problems audit", lists_findings),
    Action("Show rules of findings", "reports:finding-rules", "checks levels thresholds", lists_findings),
    Action(
        "Show standards",
        "reports:finding-standards",
        "cis benchmark fsbp pci nist iso soc compliance controls audit",
        lists_findings,
    ),
    Action(
        "Generate credential report", "reports:credential-report", "download csv create audit", reads_report
    ),
    Action("Deactivate unused credentials", "reports:unused-credentials", "old keys passwords", reads_report),
    Action("Import account", "reports:import-account", "upload credential report csv", may_import),
)
