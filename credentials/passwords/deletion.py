"""The console password, when its user is deleted."""

from credentials.deletion_items import Item, step_on
from credentials.models import LoginProfile
from users.models import Account, User


def items(user: User) -> list[Item]:
    """The login profile, if there is one."""
    profile = LoginProfile.objects.filter(user=user).first()
    if profile is None:
        return []
    step = step_on(user, "DeleteLoginProfile")
    at_aws = user.account.kind == Account.Kind.LINKED
    note = "the user's sessions in this console end" if at_aws else "the user's sessions end"
    return [Item("Login profile", note, user.password_last_used, (step,))]
