"""The policy language stands on its own: only Python, nothing read, nothing shipped that it cannot read."""

import json
import lzma
import subprocess
import sys
from pathlib import Path

import pytest

from iamconsole.policy import NamedPolicy, evaluate, parse

from .documents import ALICE

ROOT = Path(__file__).parents[2]
[FILE] = (ROOT / "users" / "data").glob("aws_managed_policies_*.json.xz")
SHIPPED = json.loads(lzma.decompress(FILE.read_bytes()))
REPORT = """
import sys
before = set(sys.modules)
import iamconsole.policy
from iamconsole.policy import evaluate, parse
print(*{name.partition(".")[0] for name in set(sys.modules) - before})
"""


def test_nothing_but_the_standard_library_is_imported():
    run = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}){REPORT}"]
    loaded = subprocess.run(run, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert "iamconsole" in loaded
    assert {name for name in loaded if name not in sys.stdlib_module_names} == {"iamconsole"}


def test_every_shipped_policy_is_complete():
    assert len(SHIPPED) > 1500
    for row in SHIPPED:
        assert parse(row["Document"]).statements, row["PolicyName"]
        assert row["Path"].startswith("/")
        assert set(row) - {"PolicyId", "Description"} == {
            "PolicyName", "Path", "DefaultVersionId", "CreateDate", "UpdateDate", "Document"
        }  # fmt: skip


def shipped(name: str) -> NamedPolicy:
    (row,) = [row for row in SHIPPED if row["PolicyName"] == name]
    return NamedPolicy(
        name, f"arn:aws:iam::aws:policy{row['Path']}{name}", "AWS managed", "", parse(row["Document"])
    )


@pytest.mark.parametrize(
    ("name", "action", "allowed"),
    [
        pytest.param("AdministratorAccess", "iam:DeleteUser", True, id="administrator-deletes"),
        pytest.param("PowerUserAccess", "iam:DeleteUser", False, id="power-user-leaves-users-alone"),
        pytest.param("PowerUserAccess", "iam:ListRoles", True, id="power-user-lists-roles"),
        pytest.param("IAMFullAccess", "iam:DeleteUser", True, id="iam-full-access"),
        pytest.param("IAMReadOnlyAccess", "iam:GetUser", True, id="iam-reads"),
        pytest.param("IAMReadOnlyAccess", "iam:CreateUser", False, id="iam-reads-only"),
        pytest.param("ReadOnlyAccess", "iam:ListUsers", True, id="reads"),
        pytest.param("ReadOnlyAccess", "iam:CreateUser", False, id="reads-only"),
        pytest.param("IAMUserChangePassword", "iam:ChangePassword", True, id="own-password"),
        pytest.param("IAMUserSSHKeys", "iam:UploadSSHPublicKey", True, id="own-ssh-keys"),
        pytest.param("AWSDenyAll", "iam:GetUser", False, id="deny-all"),
    ],
)
def test_shipped_policies_do_what_they_say(name, action, allowed):
    context = {"aws:username": "alice"}
    assert evaluate(action, ALICE, context, identity=[shipped(name)]).allowed is allowed


def test_one_may_not_change_the_password_of_others():
    policy = shipped("IAMUserChangePassword")
    for user, allowed in [("alice", True), ("staff/alice", True), ("bob", False), ("alice/bob", False)]:
        resource = f"arn:aws:iam::123456789012:user/{user}"
        decision = evaluate("iam:ChangePassword", resource, {"aws:username": "alice"}, identity=[policy])
        assert decision.allowed is allowed, user
