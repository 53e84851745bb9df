"""GetAccountAuthorizationDetails: users, groups and policies of an account in one listing."""

import json
from collections.abc import Mapping
from typing import Any

from iamconsole.sync.mirrors import BulkList
from iamconsole.sync.read import Reader, Snapshot

OPERATION = "GetAccountAuthorizationDetails"
# Roles are left out: the console mirrors users and what gives them permissions.
FILTER = ["User", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]
# Lists in the answer, and what tells their rows apart.
LISTS = {"UserDetailList": "UserId", "GroupDetailList": "GroupId", "Policies": "Arn"}
# Where documents stand in the rows.
DOCUMENTS = {
    "UserPolicyList": "PolicyDocument",
    "GroupPolicyList": "PolicyDocument",
    "PolicyVersionList": "Document",
}


class AccountDetails(BulkList):
    """All three lists, by their names; its users are those of the snapshot."""

    required = True

    def read(self, reader: Reader) -> dict[str, list[dict[str, Any]]]:
        """Page by page. A row that comes twice means that the pages have shifted while they were read: then
        another may have been left out.
        """
        reader.progress(0, 0, "Reading users, groups and policies")
        found, seen = reader.snapshot, set[str]()
        kept: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS}
        found.users = kept[self.member]
        for page in reader.pages(self.operation, **self.params):
            rows = [(name, row) for name in kept for row in page.get(name, [])]
            # A page with nothing on it that promises more: read on, but trust no absence.
            if not rows and page.get("IsTruncated"):
                found.complete = False
            for name, row in rows:
                if row[LISTS[name]] in seen:
                    found.complete = False
                else:
                    seen.add(row[LISTS[name]])
                    kept[name].append(compacted(row))
            reader.progress(0, 0, f"Reading users, groups and policies: {len(found.users)} users so far")
        return kept

    def listed(self, answer: dict[str, list[dict[str, Any]]]) -> Mapping[str, list[dict[str, Any]]]:
        return answer


DETAILS = AccountDetails(OPERATION, "UserDetailList", {"Filter": FILTER})


def groups(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The listed groups."""
    listed: list[dict[str, Any]] = snapshot.lists[OPERATION]["GroupDetailList"]
    return listed


def policies(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The listed managed policies, AWS's too."""
    listed: list[dict[str, Any]] = snapshot.lists[OPERATION]["Policies"]
    return listed


def document(value: Any) -> str:
    """A policy's document as text: botocore decodes it, the mirror keeps text."""
    return value if isinstance(value, str) else json.dumps(value)


def compacted(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its documents as text, which takes a fraction of the room of nested dicts."""
    for member, name in DOCUMENTS.items():
        for policy in row.get(member, ()):
            policy[name] = document(policy[name])
    return row
