"""cloudsplaining downloads the account of ``truth`` and finds its policies that escalate."""

import json

import pytest

from . import truth

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.timeout(900)]
ESCALATES = "iam:CreatePolicyVersion"


def escalates(document) -> bool:
    return any(action in ("*", ESCALATES) for action in document["Statement"][0]["Action"])


@pytest.fixture(scope="module")
def results(tool):
    tool.run("cloudsplaining", "download", "--output", tool.home)
    (tool.home / "out").mkdir()
    tool.run(
        "cloudsplaining", "scan", "--input-file", tool.home / "default.json", "--output", tool.home / "out",
        "--skip-open-report",
    )  # fmt: skip
    return json.loads((tool.home / "out" / "iam-results-default.json").read_text())


def test_it_finds_the_policies_that_escalate(results):
    found = {
        policy["PolicyName"]
        for kind in ("inline_policies", "customer_managed_policies")
        for policy in results[kind].values()
        if policy["PrivilegeEscalation"]["findings"]
    }
    attached = {arn for owner in (*truth.USERS, *truth.GROUPS) for arn in owner.attached}
    own = {
        policy.name for policy in truth.POLICIES if policy.arn in attached and escalates(policy.versions[-1])
    }
    inline = {
        name
        for owner in (*truth.USERS, *truth.GROUPS)
        for name, document in owner.inline.items()
        if escalates(document)
    }
    assert found == own | inline | {role.name for role in truth.ROLES if role.may_do_all}


def test_it_knows_who_has_them(results):
    users = {user["name"]: user for user in results["users"].values()}
    assert {name: {group["name"] for group in user["groups"].values()} for name, user in users.items()} == {
        known.name: set(known.groups) for known in truth.USERS
    }
    names = {policy.arn: policy.name for policy in truth.POLICIES}
    assert {name: set(user["customer_managed_policies"].values()) for name, user in users.items()} == {
        known.name: {names[arn] for arn in known.attached if arn in names} for known in truth.USERS
    }
