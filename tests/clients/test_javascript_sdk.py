"""The AWS SDK for JavaScript reads the account of ``truth`` with its paginators, dates and classes of errors."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from . import truth

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.timeout(900)]
PROGRAM = Path(__file__).parent / "javascript_sdk" / "read.cjs"


@pytest.fixture(scope="module")
def read(tool):
    """What the program read, as it prints it."""
    return json.loads(tool.run("node", PROGRAM, NODE_PATH=str(tool.folder / "node_modules")).stdout)


def test_users_and_their_credentials_are_the_truth(read):
    found = {user["name"]: user for user in read["users"]}
    assert list(found) == sorted(user.name for user in truth.USERS)
    for known in truth.USERS:
        user = found[known.name]
        age = datetime.now(UTC) - datetime.fromisoformat(user["created"].replace("Z", "+00:00"))
        assert age.days == known.age
        assert user["mfa"] == known.mfa
        assert user["password"] == (known.password is not None)
        assert sorted(user["keys"]) == sorted("Active" if key.active else "Inactive" for key in known.keys)
        assert set(user["attached"]) == set(known.attached)


def test_lists_and_maps_of_the_account_are_the_truth(read):
    assert read["caller"] == truth.ADMIN.arn
    assert set(read["groups"]) == {group.name for group in truth.GROUPS}
    assert set(read["policies"]) == {policy.arn for policy in truth.POLICIES}
    assert {name: read["passwordPolicy"][name] for name in truth.PASSWORD_POLICY} == truth.PASSWORD_POLICY
    assert read["summary"]["Users"] == len(truth.USERS)
    assert read["summary"]["AccountMFAEnabled"] == int(truth.ROOT.mfa)


def test_an_error_is_of_the_sdks_class_with_its_status(read):
    assert read["error"] == {
        "isClass": True,
        "name": "EntityAlreadyExistsException",
        "fault": "client",
        "status": 409,
        "id": True,
        "message": "User with name alice already exists.",
    }
