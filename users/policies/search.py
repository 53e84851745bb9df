"""Policies in the search at the top: managed ones by name, unique ID or ARN, inline ones by name."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from iamconsole.addresses import address_in, reverse
from iamconsole.operations import Caller
from iamconsole.search import Action, Hit, RowSource, Words, may
from users.models import Group, InlinePolicy, ManagedPolicy, Scope, User, in_accounts

ID_PREFIX = "ANPA"  # of unique IDs of managed policies (IAM-FACTS 1.2)


class ManagedPolicies(RowSource):
    """AWS's policies are found in the account one acts in; in others only their customer managed ones."""

    title, icon, order = "Policies", "scroll-text", 30
    needs = ("iam:ListPolicies",)
    fact = "policies"
    list_name = "users:policies"
    model = ManagedPolicy

    def rows(
        self, accounts: Sequence[Any], words: Words, *, switched: bool
    ) -> QuerySet[ManagedPolicy] | None:
        if switched:
            policies = ManagedPolicy.objects.filter(account__in=accounts, scope=Scope.LOCAL)
        else:
            policies = ManagedPolicy.objects.known_to(accounts[0].account_id)
        if words.is_arn:
            return policies.filter(arn__startswith=words.text)
        by_name = Q(policy_name__icontains=words.text)
        return policies.filter(by_name | words.unique_id("policy_id", ID_PREFIX))

    def ranks(self, words: Words) -> tuple[Q, Q]:
        exact = Q(policy_name__iexact=words.text) | Q(arn=words.text) | words.is_id("policy_id")
        return exact, Q(policy_name__istartswith=words.text)

    def ranked(self, rows: QuerySet[ManagedPolicy], words: Words) -> QuerySet[ManagedPolicy]:
        return super().ranked(rows.annotate(name_folded=Lower("policy_name")), words)

    def read(self, keys: Iterable[int]) -> dict[int, ManagedPolicy]:
        return ManagedPolicy.objects.select_related("account").in_bulk(list(keys))

    def hit(self, row: ManagedPolicy, *, exact: bool) -> Hit:
        return Hit(row.policy_name, policy_address(row), row.kind, exact, row.account)


def policy_address(policy: ManagedPolicy) -> str:
    """Its page: in its account, or for one of the catalogue in the account that is acted in."""
    if policy.account is None:
        return reverse("users:policy", args=[policy.pk])
    return address_in(policy.account.account_id, "users:policy", policy.pk)


class InlinePolicies(RowSource):
    """They are found at the user or group they belong to, and judged there one by one."""

    title, icon, order = "Inline policies", "file-code", 40
    needs = ("iam:ListUsers", "iam:ListGroups")
    fact = "policies"
    model = InlinePolicy
    judged_singly = True

    def rows(self, accounts: Sequence[Any], words: Words, *, switched: bool) -> QuerySet[InlinePolicy] | None:
        if words.is_arn:
            return None
        there = in_accounts(accounts, "user__") | in_accounts(accounts, "group__")
        return InlinePolicy.objects.filter(there, name_folded__contains=words.text.lower())

    def ranks(self, words: Words) -> tuple[Q, Q]:
        return Q(name_folded=words.text.lower()), Q(name_folded__startswith=words.text.lower())

    def read(self, keys: Iterable[int]) -> dict[int, InlinePolicy]:
        return InlinePolicy.objects.select_related("user__account", "group__account").in_bulk(list(keys))

    def visible(self, row: InlinePolicy, caller: Caller) -> bool:
        action = "iam:ListUserPolicies" if row.user else "iam:ListGroupPolicies"
        return caller.permits(action, owner_of(row).arn)

    def hit(self, row: InlinePolicy, *, exact: bool) -> Hit:
        owner = owner_of(row)
        if isinstance(owner, User):
            page, key, whose = "users:user", owner.user_id, f"of the user {owner}"
        else:
            page, key, whose = "users:group-permissions", owner.group_id, f"of the group {owner}"
        url = address_in(owner.account.account_id, page, key)
        return Hit(row.policy_name, url, whose, exact, owner.account)


def owner_of(policy: InlinePolicy) -> User | Group:
    """Whom an inline policy belongs to; a constraint holds that there is one."""
    return policy.user or cast(Group, policy.group)


ACTIONS = (
    Action(
        "Create policy",
        "users:create-policy",
        "new add managed permission",
        may("iam:CreatePolicy", lambda caller: caller.arns.policy("/", "new")),
    ),
)
