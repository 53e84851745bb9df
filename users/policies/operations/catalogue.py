"""iamconsole:LoadManagedPolicies: what everybody's permissions in local accounts come from changes here."""

import json
from collections.abc import Mapping
from typing import Any

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, lasts, operation
from users.home import HomeOperation
from users.policies import catalogue as managed_policies

NAMED_IN_EVENT = 50


@operation("iamconsole:LoadManagedPolicies")
class LoadManagedPolicies(HomeOperation):
    """Write AWS managed policies to the catalogue of all local accounts.

    ``Policies`` is the JSON of a list of rows as ``catalogue_files.in_file`` gives them; ``Source`` says
    where they come from; ``Replace`` also takes older versions and what is known otherwise here. The answer
    says what is new or different (``Changed``, ARNs) and what was kept (``Kept``, ARN -> why).
    """

    lasting = lasts.HAPPENED

    def write(self, call: Call, facts: Facts) -> None:
        rows, replace = _rows(call.params["Policies"]), call.param("Replace", False)
        saved = managed_policies.save(rows, replace=replace)
        facts |= {"Changed": saved.changed, "Kept": saved.kept}

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        changed = facts["Changed"]
        return {"Changed": len(changed), "PolicyArns": changed[:NAMED_IN_EVENT]}


def _rows(text: str) -> list[dict[str, Any]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise IamError("ValidationError", "Policies must be the JSON of a list of policies.")
    return rows
