"""Who administers an account: users who can sign in and, by their policies, help everybody else.

What policies say is asked of the engine, for a session that signed in with MFA, and not guessed from
their names. The number of queries does not grow with the users, but for some with every ``BATCH`` of
candidates: no query names more users than that.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from iamconsole.operations import Caller
from iamconsole.operations.caller import Context, at_best
from iamconsole.policy import NamedPolicy, evaluate

from .models import Account, Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User
from .permissions import administrator_access_arn, any_user_arn

LAST_ADMINISTRATOR = "last-administrator"
BATCH = 500


def sample(account: Account) -> list[tuple[str, Context]]:
    """What an administrator can do to any user: create it, let it in, give it every permission."""
    everything = administrator_access_arn(account.partition)
    return [
        ("iam:CreateUser", {}),
        ("iam:CreateLoginProfile", {}),
        ("iam:AttachUserPolicy", {"iam:PolicyARN": everything}),
    ]


def administrators(account: Account, source_ip: str | None = None) -> Iterator[User]:
    """The users with console access who administer the account, from the given address."""
    return administrators_of([account], source_ip)


def administrators_of(accounts: Sequence[Account], source_ip: str | None = None) -> Iterator[User]:
    """The same for several accounts, in as many queries as for one."""
    for user in candidates(accounts, *giving(accounts)):
        if administers(user, source_ip):
            yield user


def administers(user: User, source_ip: str | None) -> bool:
    """Whether a user of ``candidates`` can do all of the sample."""
    caller, any_user = signed_in(user, source_ip), any_user_arn(user.account.account_id)
    return all(caller.permits(action, any_user, context) for action, context in sample(user.account))


def giving(accounts: Sequence[Account]) -> tuple[list[int], list[InlinePolicy]]:
    """The keys of the managed policies in use there that allow any of the sample, and such inline ones."""
    by_pk = {account.pk: account for account in accounts}
    attached = PolicyAttachment.objects.order_by()
    by_users = attached.filter(user__account__in=accounts).values("policy")
    by_groups = attached.filter(group__account__in=accounts).values("policy")
    # AWS's own policies name no account: one of each partition speaks for the others.
    speakers = list({account.partition: account for account in accounts}.values())
    managed = [
        row.pk
        for row in ManagedPolicy.objects.filter(Q(pk__in=by_users) | Q(pk__in=by_groups))
        if any(gives(row, account) for account in ([by_pk[row.account_id]] if row.account_id else speakers))
    ]
    of_users = InlinePolicy.objects.filter(user__account__in=accounts).annotate(holder=F("user__account"))
    of_groups = InlinePolicy.objects.filter(group__account__in=accounts).annotate(holder=F("group__account"))
    rows: Iterator[Any] = chain(of_users, of_groups)
    return managed, [row for row in rows if gives(row, by_pk[row.holder])]


def candidates(
    accounts: Sequence[Account],
    managed: list[int],
    inline: list[InlinePolicy],
    *,
    with_console: bool = True,
) -> Iterator[User]:
    """Users with one of these policies; most have none. ``with_console``: only those with a password."""
    users = {row.user_id for row in inline if row.user_id}
    groups = {row.group_id for row in inline if row.group_id}
    for some in batches(managed):
        attached = PolicyAttachment.objects.filter(policy__in=some)
        users |= {row.user_id for row in attached.filter(user__account__in=accounts) if row.user_id}
        groups |= {row.group_id for row in attached.filter(group__account__in=accounts) if row.group_id}
    for some in batches(sorted(groups)):
        users |= {row.user_id for row in GroupMembership.objects.filter(group__in=some)}
    for some in batches(sorted(users)):
        found = with_policies(some)
        yield from found.filter(password_enabled=True) if with_console else found


def with_policies(pks: Sequence[int]) -> QuerySet[User]:
    """The users, with all that decides what they can do."""
    users = User.objects.filter(pk__in=pks, kind=User.Kind.USER)
    return users.select_related("account", "permissions_boundary").prefetch_related(
        "policy_attachments__policy",
        "inline_policies",
        "groups__policy_attachments__policy",
        "groups__inline_policies",
    )


def batches(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    return (pks[start : start + BATCH] for start in range(0, len(pks), BATCH))


def gives(row: ManagedPolicy | InlinePolicy, account: Account) -> bool:
    """Whether the policy allows anything of the sample if its conditions go well."""
    source = (at_best(row.named()),)
    any_user = any_user_arn(account.account_id)
    return any(
        evaluate(action, any_user, context, identity=source).allowed for action, context in sample(account)
    )


def signed_in(user: User, source_ip: str | None) -> Caller:
    """The user as it would be in the browser after signing in with MFA."""
    return Caller(
        account_id=user.account.account_id,
        arn=user.arn,
        kind="user",
        user_id=user.user_id,
        user_name=user.user_name,
        channel="console",
        identity=tuple(policies(user)),
        boundary=user.permissions_boundary.named() if user.permissions_boundary else None,
        mfa_at=timezone.now(),
        secure=True,
        source_ip=source_ip,
        principal_tags=tuple(user.tags.items()),
    )


def policies(user: User) -> Iterator[NamedPolicy]:
    """All identity policies of a user of ``candidates``, from what was read with it."""
    holders: list[User | Group] = [user, *user.groups.all()]
    for holder in holders:
        yield from (row.policy.named() for row in holder.policy_attachments.all())
        yield from (row.named() for row in holder.inline_policies.all())
