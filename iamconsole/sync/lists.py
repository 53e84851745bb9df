"""Writing what AWS's lists of the whole account tell, in the order in which rows need each other."""

from credentials.operations.password_policy import FIELDS, replace_policy
from iamconsole.sync import mirror, permissions, server_certificates, service_credentials
from iamconsole.sync.mirror import Writing
from users.models import Account, PasswordPolicy


def write(writing: Writing) -> None:
    policies = permissions.write_policies(writing)
    mirror.write_users(writing, policies)
    mirror.write_groups(writing)
    mirror.write_memberships(writing)
    permissions.write_attachments(writing, policies)
    permissions.write_inline(writing)
    permissions.remove_unlisted(writing)
    service_credentials.write(writing)
    server_certificates.write(writing)
    write_alias(writing)
    write_password_policy(writing)


def write_alias(writing: Writing) -> None:
    account, snapshot = writing.account, writing.snapshot
    if "ListAccountAliases" in snapshot.unknown or writing.recent.about("AccountAlias"):
        return
    taken = Account.objects.filter(alias=snapshot.alias).exclude(pk=account.pk).exists()
    alias = None if taken else snapshot.alias
    if Account.objects.get(pk=account.pk).alias != alias:
        Account.objects.filter(pk=account.pk).update(alias=alias)


def write_password_policy(writing: Writing) -> None:
    """The policy as AWS has it; what could not be read stays as it is."""
    account, told = writing.account, writing.snapshot.password_policy
    if "GetAccountPasswordPolicy" in writing.snapshot.unknown or writing.recent.about("PasswordPolicy"):
        return
    mine = PasswordPolicy.of(account)
    if told is None:
        if mine is not None:
            mine.delete()
        return
    columns = {column: told[name] for name, column in FIELDS.items() if name in told}
    wanted = PasswordPolicy(account=account, **columns)
    if mine is None or any(getattr(mine, column) != getattr(wanted, column) for column in FIELDS.values()):
        replace_policy(account, told)
