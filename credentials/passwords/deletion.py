"""The console password, when its user is deleted."""

from credentials.deletion_items import Item, step_on
from credentials.models import LoginProfile
from users.models import User


def items(user: User) -> list[Item]:
    """The login profile, if there is one."""
    profile = LoginProfile.objects.filter(user=user).first()
    if profile is None:
        return []
    step = step_on(user, "DeleteLoginProfile")
    return [Item("Login profile", "the user's sessions end", user.password_last_used, (step,))]
