"""Documents of policies as text: botocore decodes them, the mirror keeps text."""

import json
from typing import Any

# Where documents stand in the rows of GetAccountAuthorizationDetails.
DOCUMENTS = {
    "UserPolicyList": "PolicyDocument",
    "GroupPolicyList": "PolicyDocument",
    "PolicyVersionList": "Document",
}


def document(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def compacted(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its documents as text, which takes a fraction of the room of nested dicts."""
    for member, name in DOCUMENTS.items():
        for policy in row.get(member, ()):
            policy[name] = document(policy[name])
    return row
