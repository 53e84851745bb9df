"""The test of a link, kept for one session between the page that tests it and the page that links.

What was tested is what is linked: the values rest sealed, and only the ID goes through the browser.
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from iamconsole.gateway import Permission, Probe
from iamconsole.models import OneTimeSecret
from iamconsole.operations import Caller, execute, shapes
from iamconsole.operations import find as find_operation
from users.accounts import link_policies

PURPOSE = "link-test"
MINUTES = 30
SECRET = "SecretAccessKey"  # noqa: S105  (a parameter's name)


@dataclass(frozen=True, slots=True)
class LinkTest:
    """Parameters of the operation that would keep the link, and what AWS said of it."""

    operation: str
    params: dict[str, Any]
    probe: Probe

    @property
    def shown(self) -> dict[str, Any]:
        """The parameters without the secret."""
        return {name: value for name, value in self.params.items() if name != SECRET}

    @property
    def reads(self) -> list[Permission]:
        return [found for found in self.probe.permissions if found.action in link_policies.READ]

    @property
    def changes(self) -> list[Permission]:
        return [found for found in self.probe.permissions if found.action not in link_policies.READ]


def ask(caller: Caller, account_id: str) -> Probe:
    """Ask AWS about the link that an account has. Raises IamError."""
    found: Probe = execute(caller, "iamconsole:TestLink", AccountId=account_id)["Probe"]
    return found


def ask_typed(caller: Caller, operation: str, params: dict[str, Any]) -> Probe:
    """Ask AWS about what was typed for an operation that would keep it. Raises IamError."""
    checked = shapes.validate(find_operation(operation).model, params)
    access = {name: value for name, value in checked.items() if name != "AccountName"}
    found: Probe = execute(caller, "iamconsole:TestLink", **access)["Probe"]
    return found


def keep(caller: Caller, test: LinkTest) -> str:
    """Put a test away; its ID."""
    rows = [[found.action, found.state, found.detail] for found in test.probe.permissions]
    content = {
        "operation": test.operation,
        "params": test.params,
        "account_id": test.probe.account_id,
        "identity": test.probe.identity,
        "permissions": rows,
    }
    row = OneTimeSecret.keep(
        PURPOSE, caller.session_key, json.dumps(content), minutes=MINUTES, owner=caller.person_id
    )
    return str(row.id)


def find(caller: Caller, test_id: str) -> LinkTest | None:
    """A test of this session that has not expired."""
    row = OneTimeSecret.find(test_id, PURPOSE, caller.session_key)
    if row is None:
        return None
    content = json.loads(row.reveal())
    permissions = tuple(Permission(*found) for found in content["permissions"])
    found = Probe(content["account_id"], content["identity"], permissions)
    return LinkTest(content["operation"], content["params"], found)


def find_text(caller: Caller, text: str) -> LinkTest | None:
    """The same for an ID out of an address, which may be anything."""
    try:
        return find(caller, str(uuid.UUID(text)))
    except ValueError:
        return None


def forget(caller: Caller, test_id: str) -> None:
    """The link is kept: the test and the secret in it are not needed any more."""
    row = OneTimeSecret.find(test_id, PURPOSE, caller.session_key)
    if row is not None:
        row.take()
