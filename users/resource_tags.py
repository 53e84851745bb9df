"""How the door finds the tags of users and policies, for conditions about them."""

from collections.abc import Mapping

from iamconsole.operations.resource_tags import tags_of

from .models import ManagedPolicy, Scope, User


@tags_of("user")
def user_tags(account_id: str, arn: str) -> Mapping[str, str] | None:
    name = arn.rpartition("/")[2].lower()
    users = User.objects.select_related("account").filter(account__account_id=account_id)
    user = users.people().with_name(name).first()
    return user.tags if user and user.arn == arn else None


@tags_of("policy")
def policy_tags(account_id: str, arn: str) -> Mapping[str, str] | None:
    own = ManagedPolicy.objects.filter(account__account_id=account_id, scope=Scope.LOCAL)
    policy = own.filter(arn=arn).first()
    return policy.tags if policy else None
