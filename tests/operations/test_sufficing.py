"""Reads of the console that an action of AWS's suffices for (iamconsole.operations.sufficing)."""

import ast
import json
import re
from pathlib import Path

import pytest
from lxml import html

from iamconsole.errors import AccessDenied
from iamconsole.operations import all_operations, page_reads, require
from iamconsole.operations.sufficing import declared
from users.models import InlinePolicy
from users.simulator.simulation import Trial, of_user

ROOT = Path(__file__).parents[2]
ACTION = re.compile(r"iamconsole:[A-Z]\w+")
# What no policy is asked for: Events are named so.
EVENTS_ONLY = {
    "AccountClosed",
    "AccountJoinedOrganization",
    "AccountLeftOrganization",
    "AccountMovedInOrganization",
    "AccountStateChanged",
    "ChangedHere",
    "ChangedOutside",
    "CreateHomeAccount",
    "ExportAccessKeys",
    "ExportEvents",
    "ExportFindings",
    "ExportLastAccessed",
    "ExportReportComparison",
    "ExportServerCertificates",
    "ExportUnusedCredentials",
    "ExportUsers",
    "ExportWhoCan",
    "OpenSecret",
    "PauseSyncs",
    "Reauthenticate",
    "ResumeSyncs",
    "SendTestMail",
    "SignIn",
    "SignOut",
    "SignRequest",
    "UseRecoveryCode",
    "UserType",  # a condition key
    "MFADeviceOwner",  # a condition key
    "OtherFactor",  # a condition key
}


def names_in_sources() -> set[str]:
    """Every action of the console's that a text of the program is equal to."""
    found: set[str] = set()
    for folder in ("iamconsole", "users", "credentials", "reports"):
        for path in ROOT.joinpath(folder).rglob("*.py"):
            texts = (node.value for node in ast.walk(ast.parse(path.read_text())) if is_text(node))
            found |= {text for text in texts if ACTION.fullmatch(text)}
    return found


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_every_read_says_what_suffices_or_why_nothing_does():
    """A new name is an operation, a read of a page (``page_read``), or the name of an Event."""
    known = {f"iamconsole:{name}" for name in EVENTS_ONLY}
    assert names_in_sources() - set(all_operations()) - set(declared()) == known
    reads = {name for name, one in all_operations().items() if one.reads and name.startswith("iamconsole:")}
    assert {name for name in reads if all_operations()[name].suffices is None} == set()
    assert all(one.because for one in declared().values())


EVENTS = page_reads.LIST_EVENTS
AT_AWS = "cloudtrail:LookupEvents"


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ((("Allow", EVENTS),), True),
        ((("Allow", AT_AWS),), True),
        ((("Allow", "cloudtrail:*"), ("Allow", EVENTS)), True),
        ((), False),
        ((("Allow", "iam:*"),), False),
        ((("Allow", EVENTS), ("Deny", AT_AWS)), False),
        ((("Allow", AT_AWS), ("Deny", EVENTS)), False),
        ((("Allow", "*"), ("Deny", "cloudtrail:*")), False),
    ],
)
def test_either_action_allows_and_each_denies(statements, allowed, client, bob, caller, sign_in):
    """The page, its export, the navigation and the simulator say the same."""
    rows = [{"Effect": effect, "Action": action, "Resource": "*"} for effect, action in statements]
    if rows:
        document = json.dumps({"Version": "2012-10-17", "Statement": rows})
        InlinePolicy.objects.create(user=bob, policy_name="p", name_folded="p", document=document)
    sign_in(client, bob)
    assert (client.get("/events/").status_code == 200) is allowed
    assert (client.get("/events/export.csv").status_code == 200) is allowed
    navigation = html.fromstring(client.get("/me/").content).xpath("//nav//a/@href")
    assert any(link.endswith("/events/") for link in navigation) is allowed, navigation
    if allowed:
        require(caller(bob), EVENTS)
    else:
        with pytest.raises(AccessDenied):
            require(caller(bob), EVENTS, bob.account.arn)
    result = Trial(of_user(bob, in_browser=True), arns=bob.account.arns).run(EVENTS)
    assert (result.outcome.value == "allowed") is allowed


def test_what_suffices_is_told_with_a_refusal(client, bob, sign_in):
    sign_in(client, bob)
    refusal = client.get("/events/")
    assert refusal.status_code == 403
    assert AT_AWS in refusal.content.decode()
