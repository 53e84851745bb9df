"""Who administers an account: users who can sign in and, by their policies, help everybody else.

What policies say is asked of the engine, for a session that signed in with MFA, and not guessed from
their names. The number of queries does not grow with the users.
"""

from collections.abc import Iterator, Sequence

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from iamconsole.operations import Caller
from iamconsole.operations.caller import Context, at_best
from iamconsole.policy import NamedPolicy, evaluate

from .models import Account, Group, InlinePolicy, ManagedPolicy, User
from .permissions import any_user_arn

LAST_ADMINISTRATOR = "last-administrator"


def sample(account: Account) -> list[tuple[str, Context]]:
    """What an administrator can do to any user: create it, let it in, give it every permission."""
    everything = f"arn:{account.partition}:iam::aws:policy/AdministratorAccess"
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
    for user in candidates(accounts):
        if administers(user, source_ip):
            yield user


def administers(user: User, source_ip: str | None) -> bool:
    """Whether a user of ``candidates`` may do all of the sample."""
    caller, any_user = signed_in(user, source_ip), any_user_arn(user.account.account_id)
    return all(caller.permits(action, any_user, context) for action, context in sample(user.account))


def candidates(accounts: Sequence[Account], *, with_console: bool = True) -> QuerySet[User]:
    """Users with a policy that allows any of the sample; most users have none. ``with_console``: only those
    with a password.
    """
    by_pk = {account.pk: account for account in accounts}
    attached = Q(attachments__user__account__in=accounts) | Q(attachments__group__account__in=accounts)
    rows = ManagedPolicy.objects.filter(attached).distinct()
    # AWS's own policies name no account: one of each partition speaks for the others.
    speakers = list({account.partition: account for account in accounts}.values())
    managed = [
        row.pk
        for row in rows
        if any(gives(row, account) for account in ([by_pk[row.account_id]] if row.account_id else speakers))
    ]
    of_accounts = Q(user__account__in=accounts) | Q(group__account__in=accounts)
    holder = Coalesce("user__account", "group__account")
    documents = InlinePolicy.objects.filter(of_accounts).annotate(holder=holder)
    inline = [row.pk for row in documents if gives(row, by_pk[row.holder])]
    holding = (
        Q(policy_attachments__policy__in=managed)
        | Q(groups__policy_attachments__policy__in=managed)
        | Q(inline_policies__in=inline)
        | Q(groups__inline_policies__in=inline)
    )
    users = User.objects.filter(account__in=accounts, kind=User.Kind.USER)
    if with_console:
        users = users.filter(password_enabled=True)
    return (
        users.filter(holding)
        .distinct()
        .select_related("account", "permissions_boundary")
        .prefetch_related(
            "policy_attachments__policy",
            "inline_policies",
            "groups__policy_attachments__policy",
            "groups__inline_policies",
        )
    )


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
