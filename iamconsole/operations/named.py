"""How AWS names the resource of a denial, which is not always its ARN (IAM-FACTS 2.6)."""

from collections.abc import Mapping
from typing import Any

from .resource_tags import kind_of

# How a caller says which thing of the kind is meant.
PARAMETERS = {"user": "UserName", "group": "GroupName", "role": "RoleName", "policy": "PolicyArn"}


def named(resource: str, params: Mapping[str, Any]) -> str:
    """``user NAME`` as the caller wrote it, likewise groups and roles, and ``policy ARN``; the ARN of what is
    meant by no such parameter. On a page, which has none, the name is that in the ARN.
    """
    kind = kind_of(resource)
    written = params.get(PARAMETERS.get(kind, ""), "") if params else _of_arn(kind, resource)
    return f"{kind} {written}" if written else resource


def _of_arn(kind: str, resource: str) -> str:
    if kind == "policy":
        return resource
    name = resource.rpartition("/")[2]
    return name if kind in PARAMETERS and name != "*" else ""
