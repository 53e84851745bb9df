"""Rules that are written once: what only one file may do, so that a second copy is found."""

import ast
import re

import pytest

from tests.test_architecture import ROOT, sources

# What would be a second copy -> where it is allowed.
ONLY_IN = {
    "csv.writer": "iamconsole/downloads.py",
    "Content-Disposition": "iamconsole/downloads.py",
    "text/csv; charset=utf-8": "iamconsole/downloads.py",
    "\ufeff": "iamconsole/downloads.py",
    "no_information": "iamconsole/credential_report.py",
    "number and noun": "iamconsole/words.py",
    # The second shows the policy.
    ".allow_users_to_change_password": "users/own_password.py credentials/passwords/policy_rows.py",
    # Conditions on what leads to a user, which no manager of users can give.
    "User by kind": "credentials/models/access_keys.py users/lookups.py users/who_can/holders.py "
    "reports/findings/rules/user_credentials.py",
    # The last counts several kinds of keys in one question.
    "active keys": "credentials/models/access_keys.py credentials/access_keys/filters.py "
    "reports/findings/populations.py",
    "def starter_of": "users/callers/build.py",
    "def free_slot": "credentials/slots.py",
    # IAM's limits are held to in one place; the others limit what only this console has, or read AWS's errors.
    "LimitExceeded": "users/quotas.py credentials/email_addresses/operations.py "
    "credentials/notices/operations.py iamconsole/work.py iamconsole/gateway/limits.py "
    "users/policies/views/inline_policies.py users/permission_requests/operations.py "
    "credentials/rotation/subjects.py",
}


def said(tree: ast.AST) -> set[str]:
    """Every text, attribute and function of a file as one would write it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.Attribute):
            found |= {ast.unparse(node), f".{node.attr}"}
        elif isinstance(node, ast.FunctionDef):
            found.add(f"def {node.name}")
        elif isinstance(node, ast.Call):
            found |= typed_filters(node)
        elif isinstance(node, ast.IfExp) and re.search(r"[!=]= 1\b.*'s'|'s'.*[!=]= 1\b", ast.unparse(node)):
            found.add("number and noun")
    return found


def typed_filters(call: ast.Call) -> set[str]:
    """Filters that have a name on the manager of their model. ``User(kind=...)`` makes one, and is none."""
    conditions = {f"{keyword.arg}={ast.unparse(keyword.value)}" for keyword in call.keywords}
    found = set()
    if ast.unparse(call.func) != "User" and any(
        re.search(r"^(user__)?kind=User\.Kind", one) for one in conditions
    ):
        found.add("User by kind")
    if ast.unparse(call.func) != "AccessKey" and "status=AccessKey.Status.ACTIVE" in conditions:
        found.add("active keys")
    return found


@pytest.fixture(scope="module")
def files() -> dict[str, set[str]]:
    return {str(path.relative_to(ROOT)): said(ast.parse(path.read_text())) for path in sources()}


@pytest.mark.parametrize("words", ONLY_IN)
def test_one_place(files, words):
    assert {name for name, found in files.items() if words in found} == {*ONLY_IN[words].split()}


def test_templates_put_a_number_and_its_noun_together_with_our_filter():
    """Django's filter is left for verbs."""
    words = {path.name: path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    assert not [name for name, text in words.items() if re.search(r"\|pluralize *\}\}", text)]
