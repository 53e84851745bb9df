"""Who administers an account, and by what: a password or an active access key with which a user can, by its
policies, help everybody else.

What policies say is asked of the engine and not guessed from their names: of a password for a session that
signed in with MFA, of an access key for a program, whose requests carry no MFA. The number of queries does
not grow with the users, but for some with every portion of candidates: no query names more users than that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from iamconsole.arn import ADMINISTRATOR_ACCESS
from iamconsole.operations import Caller
from iamconsole.operations.caller import Context, at_best
from iamconsole.policy import NamedPolicy, evaluate
from iamconsole.portions import portions
from users.callers import mfa_requirement
from users.models import (
    Account,
    Group,
    GroupMembership,
    InlinePolicy,
    ManagedPolicy,
    PolicyAttachment,
    Scope,
    User,
)

LAST_ADMINISTRATOR = "last-administrator"
PASSWORD, ACCESS_KEY = "password", "access-key"
DIRECTLY = "directly"  # AdministratorAccess attached to the user, not to one of its groups
# What a text has that names an action of IAM, as JSON may write it. Most texts are not read at all.
MAY_GIVE = (
    Q(document__icontains='"i')
    | Q(document__contains='"*')
    | Q(document__contains='"?')
    | Q(document__contains="NotAction")
    | Q(document__contains="\\")
)


def sample(account: Account) -> list[tuple[str, Context]]:
    """What an administrator can do to any user: create it, let it in, give it every permission."""
    everything = account.arns.aws_policy(ADMINISTRATOR_ACCESS)
    return [
        ("iam:CreateUser", {}),
        ("iam:CreateLoginProfile", {}),
        ("iam:AttachUserPolicy", {"iam:PolicyARN": everything}),
    ]


@dataclass(frozen=True, slots=True)
class Administrator:
    """A user who administers its account, and by which of its credentials."""

    user: User
    by: tuple[str, ...]


def administering(accounts: Sequence[Account], source_ip: str | None = None) -> Iterator[Administrator]:
    """Everybody who administers one of the accounts from the given address, in as many queries as for one."""
    for user in candidates(accounts, *giving(accounts)):
        if by := ways(user, source_ip):
            yield Administrator(user, by)


def administrator_attachments() -> QuerySet[PolicyAttachment]:
    """Where AWS's AdministratorAccess is attached: to users and to groups of all accounts. Its keys are read
    first, one of each partition, so that the database begins with them and not with all users.
    """
    policies = ManagedPolicy.objects.order_by().filter(policy_name=ADMINISTRATOR_ACCESS, scope=Scope.AWS)
    return PolicyAttachment.objects.filter(policy__in=list(policies.values_list("pk", flat=True)))


def people(account: Account, source_ip: str | None = None) -> Iterator[User]:
    """Those who administer the account after signing in; programs are none."""
    return (one.user for one in administering([account], source_ip) if PASSWORD in one.by)


def somebody_administers(account: Account, source_ip: str | None = None) -> bool:
    """Whether somebody who can sign in administers the account. The usual way is looked at first."""
    usual = ManagedPolicy.objects.known_to(account.account_id).filter(
        arn=account.arns.aws_policy(ADMINISTRATOR_ACCESS)
    )
    usual_ones = candidates([account], list(usual.values_list("pk", flat=True)), [])
    return any(PASSWORD in ways(user, source_ip) for user in usual_ones) or any(people(account, source_ip))


def is_first_sign_in(user: User) -> bool:
    """Whether root has just begun: nobody administers its account yet."""
    return bool(user.is_root) and not somebody_administers(user.account)


def ways(user: User, source_ip: str | None) -> tuple[str, ...]:
    """By what a user of ``candidates`` administers; () where it does not."""
    held = ((PASSWORD, user.password_enabled), (ACCESS_KEY, user.active_key_count > 0))
    return tuple(way for way, holds in held if holds and administers(user, source_ip, way))


def administers(user: User, source_ip: str | None, way: str) -> bool:
    """Whether a user of ``candidates`` could do all of the sample with such a credential."""
    caller, any_user = using(user, source_ip, way), user.account.arns.any_user
    return all(caller.permits(action, any_user, context) for action, context in sample(user.account))


def giving(accounts: Sequence[Account]) -> tuple[list[int], list[InlinePolicy]]:
    """The keys of the managed policies in use there that allow any of the sample, and such inline ones."""
    by_pk = {account.pk: account for account in accounts}
    attached = PolicyAttachment.objects.order_by().filter(policy=OuterRef("pk"))
    in_use = Exists(attached.filter(user__account__in=accounts)) | Exists(
        attached.filter(group__account__in=accounts)
    )
    known = Q(account=None) | Q(account__in=accounts)
    # AWS's own policies name no account: one of each partition speaks for the others.
    speakers = list({account.partition: account for account in accounts}.values())
    managed = [
        row.pk
        for row in ManagedPolicy.objects.order_by().filter(known, MAY_GIVE, in_use)
        if any(gives(row, account) for account in ([by_pk[row.account_id]] if row.account_id else speakers))
    ]
    inline = InlinePolicy.objects.filter(MAY_GIVE)
    of_users = inline.filter(user__account__in=accounts).annotate(holder=F("user__account"))
    of_groups = inline.filter(group__account__in=accounts).annotate(holder=F("group__account"))
    rows: Iterator[Any] = chain(of_users, of_groups)
    return managed, [row for row in rows if gives(row, by_pk[row.holder])]


def candidates(
    accounts: Sequence[Account],
    managed: list[int],
    inline: list[InlinePolicy],
) -> Iterator[User]:
    """Users with one of these policies; most have none."""
    users = {row.user_id for row in inline if row.user_id}
    groups = {row.group_id for row in inline if row.group_id}
    for some in portions(managed):
        attached = PolicyAttachment.objects.filter(policy__in=some)
        users |= {row.user_id for row in attached.filter(user__account__in=accounts) if row.user_id}
        groups |= {row.group_id for row in attached.filter(group__account__in=accounts) if row.group_id}
    for some in portions(sorted(groups)):
        users |= {row.user_id for row in GroupMembership.objects.filter(group__in=some)}
    for some in portions(sorted(users)):
        yield from with_policies(some)


def with_policies(pks: Sequence[int]) -> QuerySet[User]:
    """The users, with all that decides what they can do."""
    users = User.objects.people().filter(pk__in=pks)
    return users.select_related("account", "permissions_boundary").prefetch_related(
        "policy_attachments__policy",
        "inline_policies",
        "groups__policy_attachments__policy",
        "groups__inline_policies",
    )


def gives(row: ManagedPolicy | InlinePolicy, account: Account) -> bool:
    """Whether the policy allows anything of the sample if its conditions go well."""
    source = (at_best(row.named()),)
    any_user = account.arns.any_user
    return any(
        evaluate(action, any_user, context, identity=source).allowed for action, context in sample(account)
    )


def using(user: User, source_ip: str | None, way: str) -> Caller:
    """The user as it would be in the browser after signing in with MFA, or as a program with its key."""
    in_browser = way == PASSWORD
    return Caller(
        account_id=user.account.account_id,
        arn=user.arn,
        kind="user",
        user_id=user.user_id,
        user_name=user.user_name,
        channel="console" if in_browser else "access-key",
        identity=tuple(policies(user)),
        boundary=user.permissions_boundary.named() if user.permissions_boundary else None,
        mfa_at=timezone.now() if in_browser else None,
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
    if user.account.require_mfa or any(group.require_mfa for group in user.groups.all()):
        yield mfa_requirement.policy("")
