"""Where a finding is put right, and why somebody cannot go there."""

from collections.abc import Iterator

from django.urls import Resolver404, resolve

from iamconsole.addresses import split
from iamconsole.operations import Caller, locked_by
from reports.findings.rule import Step
from reports.findings.rules import BY_ID
from reports.models import Finding
from users.user_tabs import NEEDS, asked_about

USERS = ("iam:ListUsers", "")
# Page -> what it asks of its reader: action, and the resource where that is not the account.
NEEDED: dict[str, tuple[tuple[str, str], ...]] = {
    "users:list": (USERS,),
    "users:groups": (("iam:ListGroups", ""),),
    "users:policies": (("iam:ListPolicies", ""),),
    "reports:unused-credentials": (("iam:GetCredentialReport", ""),),
    "credentials:account-settings": (("iam:GetAccountSummary", ""),),
    "credentials:server-certificates": (("iam:ListServerCertificates", ""),),
    "credentials:access-keys": (USERS, ("iam:ListAccessKeys", "any user")),
    "credentials:mfa-devices": (USERS, ("iam:ListVirtualMFADevices", "")),
}
TABS = {"credentials:user-security-credentials": "credentials", "users:user": "permissions"}


def step_of(caller: Caller, finding: Finding) -> tuple[Step, str]:
    """The next step, and why the caller cannot open its page; "" where it can."""
    step = BY_ID[finding.rule].step(finding)
    reasons = (locked_by(caller, action, resource) for action, resource in asked(caller, finding, step.url))
    return step, next(filter(None, reasons), "")


def asked(caller: Caller, finding: Finding, url: str) -> Iterator[tuple[str, str]]:
    """What the page of a step asks: action and resource."""
    _, path = split(url.partition("?")[0].partition("#")[0])
    try:
        page = resolve(path).view_name
    except Resolver404:
        return
    if page in TABS and finding.user:
        yield from ((action, asked_about(action, finding.user)) for action in NEEDS[TABS[page]])
    for action, resource in NEEDED.get(page, ()):
        yield action, caller.arns.any_user if resource == "any user" else resource
