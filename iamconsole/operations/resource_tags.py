"""The tags of the resource that is acted on, as condition keys (IAM-FACTS 8.6, 8.9).

Whoever keeps a kind of resource says how its tags are found; the door asks only for policies that
mention them.
"""

from collections.abc import Callable, Mapping
from typing import Any

# None: there is the resource, and its tags were never read. One that is not here has none.
Tags = Mapping[str, str] | None
Finder = Callable[[str, str], Tags]
_FINDERS: dict[str, Finder] = {}
BY_IAM_TOO = {"user", "role"}  # those that iam:ResourceTag speaks of besides aws:ResourceTag


def tags_of(kind: str) -> Callable[[Finder], Finder]:
    """Declares how the tags of ``user``, ``policy`` or ``mfa`` are found, by account ID and ARN."""

    def declare(finder: Finder) -> Finder:
        _FINDERS[kind] = finder
        return finder

    return declare


def kind_of(resource: str) -> str:
    """What an ARN of IAM's is of, as in ``policy``; "" for any other text."""
    parts = resource.split(":", 5)
    return parts[5].partition("/")[0] if len(parts) == 6 and parts[2] == "iam" else ""


def resource_tag_keys(account_id: str, resource: str) -> dict[str, str] | None:
    """``aws:ResourceTag/…`` and ``iam:ResourceTag/…`` of one resource; nothing of what has no tags, None
    where they were never read.
    """
    kind = kind_of(resource)
    finder = _FINDERS.get(kind)
    tags = finder(account_id, resource) if finder else {}
    if tags is None:
        return None
    return tag_keys(kind, tags)


def tag_keys(kind: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Tags of a resource of that kind as condition keys."""
    prefixes = ("aws", "iam") if kind in BY_IAM_TOO else ("aws",)
    return {f"{prefix}:ResourceTag/{key}": value for prefix in prefixes for key, value in tags.items()}


def tags_in(facts: Mapping[str, Any]) -> dict[str, str]:
    """The tags among parameters or in an answer of AWS's, by their keys."""
    return {tag["Key"]: tag["Value"] for tag in facts.get("Tags", [])}
