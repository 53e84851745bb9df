"""One-time links for a first password or a reset: CreatePasswordLink, DeletePasswordLink, SetPasswordByLink.

The console's own (IAM has passwords only). Whoever may give a user a password may make a link instead,
so policies are asked for IAM's actions; the history names the operation itself.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from credentials import summary
from credentials.guesses import throttle
from credentials.models import LoginProfile, PasswordLink
from credentials.passwords import links as password_links
from credentials.passwords import rules as passwords
from credentials.passwords.operations.login_profiles import NewPassword, prepare_password, user_or_none
from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.news import News
from iamconsole.operations.wanted import Params
from users.lookups import lock_user, user_resources
from users.models import Account, User

LOCAL_ONLY = (
    "One-time password links are for local accounts only. This console does not store other passwords. "
    "Set a password instead."
)
NONE_OPEN = "There is no open password link for the user {name}."


class PasswordLinkOperation(Operation):
    """What making and withdrawing a link have in common: they need what giving a password needs."""

    def needed(self, call: Call) -> str:
        """iam:CreateLoginProfile for a first password, iam:UpdateLoginProfile for a reset."""
        user = user_or_none(call)
        reset = user is not None and LoginProfile.objects.filter(user=user).exists()
        return "iam:UpdateLoginProfile" if reset else "iam:CreateLoginProfile"

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)

    def check(self, call: Call) -> None:
        if call.account.kind != Account.Kind.LOCAL:
            raise IamError("UnmodifiableEntity", LOCAL_ONLY)


@operation("iamconsole:CreatePasswordLink")
class CreatePasswordLink(PasswordLinkOperation):
    """A new link; one that was open before stops working. The password of now stays until it is used."""

    lasting = lasts.MADE
    needs_recent_sign_in = True
    notice = News("A link to set the console password was created")

    def undo(self, call: Call) -> Undo:
        return [("iamconsole:DeletePasswordLink", {"UserName": call.params["UserName"]})]

    def mint(self, call: Call) -> Facts:
        token = password_links.new_token()
        hours = call.param("Hours", password_links.DEFAULT_HOURS)
        call.prepared["digest"] = password_links.digest(token)
        expires = call.now + timedelta(hours=hours)
        return {"PasswordLink": {"Url": password_links.address(token), "ExpiresAt": expires}}

    def write(self, call: Call, facts: Facts) -> None:
        values = {
            "user_name": call.user.user_name,
            "digest": call.prepared["digest"],
            "made_by": call.caller.person_arn,
            "made_at": call.now,
            "expires_at": facts["PasswordLink"]["ExpiresAt"],
            "used_at": None,
            "ended_at": None,
        }
        PasswordLink.objects.update_or_create(user=call.user, defaults=values)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"ExpiresAt": facts["PasswordLink"]["ExpiresAt"].isoformat()}

    def shown_once(self, params: Params, facts: Facts) -> dict[str, str]:
        return {"password_link": facts["PasswordLink"]["Url"]}


@operation("iamconsole:DeletePasswordLink")
class DeletePasswordLink(PasswordLinkOperation):
    lasting = lasts.DELETED

    def check(self, call: Call) -> None:
        super().check(call)
        if not PasswordLink.still_open().filter(user=call.user).exists():
            raise IamError("NoSuchEntity", NONE_OPEN.format(name=call.user.user_name))

    def write(self, call: Call, facts: Facts) -> None:
        PasswordLink.objects.filter(user=call.user).delete()


@operation("iamconsole:SetPasswordByLink")
class SetPasswordByLink(NewPassword, Operation):
    """By whoever holds the link (``password_links.holder``). It signs nobody in and leaves MFA alone."""

    lasting = lasts.REPLACED
    notice = News("The console password was set with a link")

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def prepare(self, call: Call) -> None:
        """Only a link that works costs the work of a hash."""
        user = user_or_none(call)
        if user is None or not links_of(call, user).exists():
            raise AccessDenied(password_links.DEAD)
        prepare_password(call, user, call.params["NewPassword"])

    def lock(self, call: Call) -> None:
        lock_user(call)

    def check(self, call: Call) -> None:
        """The rules first, then the link is used up: of several at once, one finds it open."""
        if call.account.kind != Account.Kind.LOCAL:
            raise IamError("UnmodifiableEntity", LOCAL_ONLY)
        passwords.check(call.account, call.params["NewPassword"], reused=call.prepared["reused"])
        if not links_of(call, call.user).update(used_at=call.now):
            raise AccessDenied(password_links.DEAD)

    def write(self, call: Call, facts: Facts) -> None:
        passwords.set_password(call.user, call.prepared["hash"], call.now, reset_required=False)
        throttle.end_password_lockout(call.user)
        summary.refresh(call.user)


def links_of(call: Call, user: User) -> "QuerySet[PasswordLink]":
    """The link of the call, if it works and is this user's: one that was made for A finds nothing for B."""
    return PasswordLink.unused().filter(user=user, user_name=user.user_name, digest=call.params["LinkDigest"])
