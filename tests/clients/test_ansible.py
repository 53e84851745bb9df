"""The ``amazon.aws`` modules of Ansible read the account of ``truth``, and change one of their own once."""

import json
from pathlib import Path
from typing import Any

import pytest

from . import truth

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.timeout(900)]
PLAYS = Path(__file__).parent / "ansible"
OWN = "300100200302"


NOWHERE = "http://127.0.0.1:9/"  # no one answers there: the play itself must say where the console is


def play(
    tool, name: str, environment: dict[str, str] | None = None, **variables: Any
) -> list[dict[str, Any]]:
    """What the tasks of a playbook answered, in their order."""
    python = {"ansible_python_interpreter": str(tool.folder / "bin" / "python")}
    done = tool.run(
        "ansible-playbook", "-i", "localhost,", "-c", "local", "-e", json.dumps(python | variables), PLAYS / name,
        ANSIBLE_STDOUT_CALLBACK="ansible.posix.json", **environment or {},
    )  # fmt: skip
    printed = json.loads(done.stdout[done.stdout.index("{") :])
    return [task["hosts"]["localhost"] for task in printed["plays"][0]["tasks"]]


def test_its_modules_read_the_truth(tool):
    given = {"users": [user.name for user in truth.USERS], "url": f"{tool.console.url}/api/"}
    answers = play(tool, "read.yml", {"AWS_ENDPOINT_URL": NOWHERE}, **given)
    caller, users, devices, keys, policies = answers
    assert (caller["account"], caller["account_alias"]) == (truth.ACCOUNT_ID, truth.ALIAS)
    assert caller["arn"] == truth.ADMIN.arn
    found = {user["user_name"]: user for user in users["iam_users"]}
    assert {name: (user["arn"], user["tags"]) for name, user in found.items()} == {
        known.name: (known.arn, known.tags) for known in truth.USERS
    }
    of_each = zip(truth.USERS, devices["results"], keys["results"], policies["results"], strict=True)
    for known, device, key, policy in of_each:
        assert len(device["mfa_devices"]) == known.mfa
        states = sorted(row["status"] for row in key["access_keys"])
        assert states == sorted("Active" if one.active else "Inactive" for one in known.keys)
        assert set(policy["all_policy_names"]) == set(known.inline)


def test_a_play_changes_once(tool, aws_account):
    own = tool.at(aws_account(OWN))
    for name in ("present.yml", "changed.yml", "absent.yml"):
        first, second = ([task["changed"] for task in play(own, name, account=OWN)] for _ in range(2))
        assert all(first), (name, first)
        assert not any(second), (name, second)
