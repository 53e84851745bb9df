"""AWS's own policy simulator, asked about a user or a group of a linked account.

In an account of an organization it considers service control policies, which are not read here, and never
resource control policies (IAM-FACTS 2.17.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .client import read, reader

if TYPE_CHECKING:
    from iamconsole.operations.caller import LinkSpec


@dataclass(frozen=True, slots=True)
class AwsDecision:
    """One decision of AWS's simulator."""

    decision: str  # allowed, explicitDeny or implicitDeny
    # Whether the organization allows it; None where AWS does not say.
    by_organization: bool | None


def ask_simulator(
    link: "LinkSpec", principal: str, actions: Sequence[str], resources: Sequence[str]
) -> dict[tuple[str, str], AwsDecision]:
    """AWS's decisions by action in lower case and resource. Raises IamError."""
    client: Any = reader(link, attempts=2)
    found: dict[tuple[str, str], AwsDecision] = {}
    question = {"PolicySourceArn": principal, "ActionNames": list(actions), "ResourceArns": list(resources)}
    marker: dict[str, str] = {}
    while True:
        page = read(client.simulate_principal_policy, **question, **marker)
        for row in page["EvaluationResults"]:
            organization = row.get("OrganizationsDecisionDetail") or {}
            key = row["EvalActionName"].lower(), row.get("EvalResourceName", "*")
            found[key] = AwsDecision(row["EvalDecision"], organization.get("AllowedByOrganizations"))
        if not page.get("IsTruncated") or marker == {"Marker": page.get("Marker")}:
            return found
        marker = {"Marker": page["Marker"]}
