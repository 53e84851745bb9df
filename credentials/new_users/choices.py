"""What new users can be given: groups, policies, another user's permissions, a boundary.

Each is a list that the database searches and pages. The ticks of a page are merged into the draft
whenever the page is sent, whether to search, to turn the page or to go on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from credentials.new_users.drafts import Draft
from users.models import Group, ManagedPolicy, User
from users.permissions import attachable
from users.policies.rows import CHOICES as POLICY_KINDS
from users.policies.rows import by_words, policy_row
from users.selection import Row, ticked


class Choice:
    """One list. ``action`` is what reading it needs, as in AWS; ``several`` tells ticks from one choice."""

    way = ""
    label = ""
    noun = ""
    action = ""
    several = True
    column = "Description"
    none = ""
    kinds: Mapping[str, tuple[str, Q]] = {}  # filters: words, and the condition

    def all(self, account_id: str) -> QuerySet[Any]:
        """Every row of the account, in order."""
        raise NotImplementedError

    def words(self, words: str) -> Q:
        """The rows a search finds."""
        raise NotImplementedError

    def by_value(self, values: Sequence[str]) -> Q:
        raise NotImplementedError

    def row(self, thing: Any, chosen: Sequence[str]) -> Row:
        raise NotImplementedError

    def chosen(self, draft: Draft) -> list[str]:
        """The values that are chosen now."""
        raise NotImplementedError

    def choose(self, draft: Draft, values: list[str]) -> None:
        raise NotImplementedError

    def found(self, account_id: str, words: str, only: Sequence[str] | None, kind: str = "") -> QuerySet[Any]:
        """The rows a search leaves, of one kind where there is a filter, or of those the chosen ones."""
        rows = self.all(account_id).filter(self.words(words))
        if kind in self.kinds:
            rows = rows.filter(self.kinds[kind][1])
        return rows if only is None else rows.filter(self.by_value(only))

    def merge(self, draft: Draft, shown: Sequence[str], ticked: Sequence[str], account_id: str) -> None:
        """Take over the ticks of one page; those of other pages stay. What does not exist is left out."""
        there = self.all(account_id).filter(self.by_value(ticked))
        known = [self.row(thing, ()).value for thing in there]
        if not self.several:
            self.choose(draft, known[:1])
            return
        kept = [value for value in self.chosen(draft) if value not in shown and value not in known]
        self.choose(draft, kept + known)


class Groups(Choice):
    way, label, noun, action = "groups", "Groups", "groups", "iam:ListGroups"
    column = "Policies of the group"

    def all(self, account_id: str) -> QuerySet[Any]:
        groups = Group.objects.filter(account__account_id=account_id)
        return groups.prefetch_related("policy_attachments__policy", "inline_policies").order_by(
            "name_folded"
        )

    def words(self, words: str) -> Q:
        return Q(group_name__icontains=words)

    def by_value(self, values: Sequence[str]) -> Q:
        return Q(group_name__in=values)

    def row(self, thing: Group, chosen: Sequence[str]) -> Row:
        names = [attachment.policy.policy_name for attachment in thing.policy_attachments.all()]
        names += [policy.policy_name for policy in thing.inline_policies.all()]
        name = thing.group_name
        return Row(name, name, "Group", ", ".join(sorted(names, key=str.lower)), name in chosen)

    def chosen(self, draft: Draft) -> list[str]:
        return draft.groups

    def choose(self, draft: Draft, values: list[str]) -> None:
        draft.groups = values


class Policies(Choice):
    way, label, noun, action = "policies", "Policies", "policies", "iam:ListPolicies"
    kinds = POLICY_KINDS

    def all(self, account_id: str) -> QuerySet[Any]:
        return attachable(account_id)

    def words(self, words: str) -> Q:
        return by_words(words)

    def by_value(self, values: Sequence[str]) -> Q:
        return Q(arn__in=values)

    def row(self, thing: ManagedPolicy, chosen: Sequence[str]) -> Row:
        return ticked(policy_row(thing), chosen)

    def chosen(self, draft: Draft) -> list[str]:
        return draft.policies

    def choose(self, draft: Draft, values: list[str]) -> None:
        draft.policies = values


class Boundary(Policies):
    way, label, noun = "boundary", "Permissions boundary", "policies"
    several = False
    none = "No permissions boundary"

    def chosen(self, draft: Draft) -> list[str]:
        return [draft.own_boundary] if draft.own_boundary else []

    def choose(self, draft: Draft, values: list[str]) -> None:
        draft.own_boundary = values[0] if values else ""


class Copy(Choice):
    """A user whose permissions are copied; ``views`` reads them, because it takes permissions too."""

    way, label, noun, action = "copy", "Copy from a user", "users", "iam:ListUsers"
    several = False
    column = "Groups"
    none = "Do not copy"

    def all(self, account_id: str) -> QuerySet[Any]:
        return User.objects.people(account_id)

    def words(self, words: str) -> Q:
        return Q(name_folded__contains=words.lower())

    def by_value(self, values: Sequence[str]) -> Q:
        return Q(user_id__in=values)

    def row(self, thing: User, chosen: Sequence[str]) -> Row:
        return Row(thing.user_id, thing.user_name, thing.path, thing.group_names, thing.user_id in chosen)

    def chosen(self, draft: Draft) -> list[str]:
        return [draft.copied.user_id] if draft.copied else []


CHOICES: dict[str, Choice] = {choice.way: choice for choice in (Groups(), Policies(), Copy(), Boundary())}
