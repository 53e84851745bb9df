"""The wizard for a new administrator: a person with a password and AdministratorAccess, to be looked at."""

from credentials.new_users.drafts import Draft
from users.models import Account, Group, ManagedPolicy

ADMINISTRATOR = "administrator"
POLICY = "AdministratorAccess"


def choose_administrator(draft: Draft, account: Account) -> None:
    """Choose a group that gives AdministratorAccess, as AWS advises, else the policy itself."""
    draft.user_type, draft.console_access = "person", True
    group = Group.objects.filter(
        account=account, policy_attachments__policy__arn=account.arns.aws_policy(POLICY)
    ).first()
    if group:
        draft.groups = [group.group_name]
    elif ManagedPolicy.objects.known_to(account.account_id).filter(arn=account.arns.aws_policy(POLICY)):
        draft.policies = [account.arns.aws_policy(POLICY)]
