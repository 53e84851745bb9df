"""What mirrors share while they write users, groups and policies."""

from collections.abc import Mapping
from typing import Any

from iamconsole.sync.mirror_write import MirrorWrite
from users.models import Account, Group, ManagedPolicy, User


class WrittenGroups(dict[str, Group]):
    """The groups that are written, by folded name."""

    @classmethod
    def of(cls, writing: MirrorWrite) -> "WrittenGroups":
        return cls()


class Policies(dict[str, ManagedPolicy]):
    """The rows that count in an account by ARN, without their documents."""

    @classmethod
    def of(cls, writing: MirrorWrite) -> "Policies":
        return cls(known_policies(writing.account))


def settled_here(writing: MirrorWrite, detail: Mapping[str, Any], user: User | None = None) -> bool:
    """Whether a user, or a group of it, was changed here so lately that the list may not know."""
    names = [detail["UserName"], *([user.user_name] if user else [])]
    return writing.recent.has_user(*names) or writing.recent.has_group(*detail.get("GroupList", []))


def park_names(model: type[User] | type[Group], keys: list[int]) -> None:
    """Take renamed rows' names away first, so that two can swap; no name has an asterisk."""
    for key in keys:
        model._default_manager.filter(pk=key).update(name_folded=f"*{key}")


def known_policies(account: Account) -> dict[str, ManagedPolicy]:
    """The rows that count in an account by ARN, without their documents: its own before the catalogue's."""
    rows = ManagedPolicy.objects.known_to(account.account_id).defer("document")
    return {policy.arn: policy for policy in rows}
