"""The console password: Create-, Get-, Update-, DeleteLoginProfile, ChangePassword (IAM-FACTS 4)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password

from credentials import summary
from credentials.guesses import throttle
from credentials.models import LoginProfile, PasswordHistory
from credentials.passwords import links as password_links
from credentials.passwords import rules as passwords
from credentials.passwords import strength
from credentials.sessions import rows as sessions
from iamconsole.errors import AccessDenied, HashingBusy, IamError
from iamconsole.hashers import PLACES
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.caller import KEY_CHANNELS
from iamconsole.operations.locking import GUARDED
from iamconsole.operations.news import News, has_detail
from iamconsole.operations.wanted import (
    CLOCK_SKEW,
    REPORT,
    Params,
    Row,
    Unseen,
    Wanted,
    as_good_as,
    asked_at,
    same_moment,
    while_asked,
)
from users.callers.last_administrator import KeepsAnAdministrator
from users.lookups import (
    find_account,
    find_caller,
    find_user,
    lock_caller,
    lock_user,
    own_resources,
    user_resources,
)
from users.models import User, in_accounts

WRONG_OLD_PASSWORD = "The old password was incorrect."  # noqa: S105  (a message)
TOO_MANY_GUESSES = "Too many wrong passwords. Wait 15 minutes, then try again."
CHANGED_MEANWHILE = "The password has just been changed elsewhere. Sign in with the new one."

SET_UNHEARD = "AWS has the password. This console does not know it: set it again to sign in here with it."
# AWS dates passwords, and shows nothing else of them.
RESET_UNHEARD = (
    "AWS does not show which password it has, because the one before had just been set too. Set it again."
)


def no_profile(name: str) -> IamError:
    return IamError("NoSuchEntity", f"Login Profile for User {name} cannot be found.")


class LoginProfileOperation(Operation):
    """What operations on the console password of the named user have in common."""

    own_user_by_default = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)
        call.found["profile"] = LoginProfile.objects.filter(user=call.user).first()

    def check(self, call: Call) -> None:
        if call.found["profile"] is None:
            raise no_profile(call.user.user_name)


class NewPassword(Operation):
    """What sets a password: in the browser one that is easy to guess is refused, which the API takes."""

    def guard(self, call: Call) -> None:
        if call.prepared.get("guessable"):
            raise IamError("PasswordPolicyViolation", strength.GUESSABLE)


def wanted_profile(params: Params, **more: Any) -> Wanted:
    """A console password with the flag that the parameters ask for; left out it is off."""
    like = {"PasswordResetRequired": as_good_as(params.get("PasswordResetRequired"))}
    return Wanted("LoginProfile", like=like, of=params["UserName"], **more)


def password_dates(profile: LoginProfile) -> Params:
    """By what a new password is told from the one before: AWS shows passwords by their dates only."""
    return {"Changed": profile.password_last_changed.isoformat()}


def new_password(before: Params, name: str, also: Wanted | None = None) -> Wanted | Unseen:
    """A password that AWS dates as of the question. Where the one before is of the same moments, as far as
    clocks agree, nobody can tell them apart.
    """
    asked, changed = asked_at(before), datetime.fromisoformat(before["Changed"])
    if asked is None or changed > asked - 2 * CLOCK_SKEW:
        return Unseen(RESET_UNHEARD)
    like = {"password_last_changed": while_asked(before)}
    return Wanted(REPORT, like=like, of=name, then=SET_UNHEARD, also=also)


def prepare_password(call: Call, user: User | None, password: str) -> None:
    """Hash the new password, compare it with former ones and weigh it, before any transaction."""
    with PLACES.taken():  # one place for all of its hashes
        call.prepared["hash"] = passwords.hashed(password)
        call.prepared["reused"] = user is not None and passwords.was_used_before(user, password)
    prepare_guard(call, password, user.user_name if user else call.param("UserName", ""))


def prepare_guard(call: Call, password: str, user_name: str = "") -> None:
    """Weigh the password where the console's guards are asked."""
    if call.caller.channel in GUARDED:
        account = find_account(call.account_id)
        call.prepared["guessable"] = strength.is_guessable(password, strength.names_of(account, user_name))


def user_or_none(call: Call) -> User | None:
    try:
        return find_user(call.account_id, call.params["UserName"])
    except IamError:
        return None


@operation("CreateLoginProfile")
class CreateLoginProfile(NewPassword, LoginProfileOperation):
    lasting = lasts.MADE
    needs_recent_sign_in = True
    needed_at_aws = {"iam:CreateLoginProfile": "set a console password"}
    notice = News("A console password was set")

    def undo(self, call: Call) -> Undo:
        return [("DeleteLoginProfile", {"UserName": call.params["UserName"]})]

    def prepare(self, call: Call) -> None:
        if "Password" not in call.params:
            raise IamError("ValidationError", "A password is required.")
        prepare_password(call, user_or_none(call), call.params["Password"])

    def check(self, call: Call) -> None:
        if call.found["profile"]:
            raise IamError(
                "EntityAlreadyExists", f"Login Profile for user {call.user.user_name} already exists."
            )
        passwords.check(call.account, call.params["Password"])

    def mint(self, call: Call) -> Facts:
        return {
            "LoginProfile": {
                "UserName": call.user.user_name,
                "CreateDate": call.now,
                "PasswordResetRequired": call.param("PasswordResetRequired", False),
            }
        }

    def write(self, call: Call, facts: Facts) -> None:
        made = facts["LoginProfile"]
        reset = made.get("PasswordResetRequired", False)
        profile = passwords.set_password(call.user, call.prepared["hash"], call.now, reset_required=reset)
        profile.create_date = made["CreateDate"]
        profile.save(update_fields=["create_date"])
        throttle.end_lockout(call.user)
        summary.refresh(call.user)

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_profile(params, then=SET_UNHEARD)

    def shown_once(self, params: Params, facts: Facts) -> dict[str, str]:
        return {"password": params["Password"]} if "Password" in params else {}


@operation("GetLoginProfile")
class GetLoginProfile(LoginProfileOperation):
    reads = True
    tells = ("passwords", "password_resets")

    def read(self, call: Call) -> Facts:
        user = find_user(call.account_id, call.params["UserName"])
        profile = LoginProfile.objects.filter(user=user).first()
        if profile is None:
            raise no_profile(user.user_name)
        return {
            "LoginProfile": {
                "UserName": user.user_name,
                "CreateDate": profile.create_date,
                "PasswordResetRequired": profile.password_reset_required,
            }
        }


@operation("UpdateLoginProfile")
class UpdateLoginProfile(NewPassword, LoginProfileOperation):
    """A new password without the flag leaves PasswordResetRequired as it was."""

    own_user_by_default = False
    needs_recent_sign_in = True
    needed_at_aws = {"iam:UpdateLoginProfile": "reset or change a password"}
    notice = News("The console password was changed", has_detail("PasswordChanged"))

    def undo(self, call: Call) -> Undo:
        """Of the flag; no password comes back."""
        name, wanted = call.params["UserName"], call.param("PasswordResetRequired")
        profiles = LoginProfile.objects.filter(in_accounts(call.account_id, "user__"))
        profile = profiles.select_related("user__account").filter(user__name_folded=name.lower()).first()
        if not profile or "Password" in call.params or profile.user.not_known["password_resets"]:
            return None
        now = profile.password_reset_required
        back = {"UserName": name, "PasswordResetRequired": now}
        return [] if wanted in (None, now) else [("UpdateLoginProfile", back)]

    def prepare(self, call: Call) -> None:
        if password := call.param("Password"):
            prepare_password(call, user_or_none(call), password)

    def check(self, call: Call) -> None:
        super().check(call)
        if password := call.param("Password"):
            # A question about a job's steps is asked before the slow work (``operations.guards``).
            passwords.check(call.account, password, reused=call.prepared.get("reused", False))

    def write(self, call: Call, facts: Facts) -> None:
        reset = call.param("PasswordResetRequired")
        if "hash" in call.prepared:
            passwords.set_password(call.user, call.prepared["hash"], call.now, reset_required=reset)
            throttle.end_lockout(call.user)
        elif reset is not None:
            LoginProfile.objects.filter(user=call.user).update(password_reset_required=reset)
        summary.refresh(call.user)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"PasswordChanged": "hash" in call.prepared}

    def evidence(self, call: Call) -> Params:
        return password_dates(call.found["profile"]) if "hash" in call.prepared else {}

    def before(self, call: Call, members: Collection[str]) -> Row:
        return {"PasswordResetRequired": call.found["profile"].password_reset_required}

    def wanted(self, before: Params, params: Params) -> Wanted | Unseen:
        """The flag as it is asked for, and the password by its date."""
        flag = wanted_profile(params) if "PasswordResetRequired" in params else None
        if "Changed" in before:
            return new_password(before, params["UserName"], also=flag)
        return flag or Wanted("LoginProfile", of=params["UserName"])

    def shown_once(self, params: Params, facts: Facts) -> dict[str, str]:
        return {"password": params["Password"]} if "Password" in params else {}


@operation("DeleteLoginProfile")
class DeleteLoginProfile(KeepsAnAdministrator, LoginProfileOperation):
    """Ends the user's sessions at once; access keys go on working."""

    lasting = lasts.DELETED
    needs_recent_sign_in = True
    needed_at_aws = {"iam:DeleteLoginProfile": "remove console access"}

    def guard(self, call: Call) -> None:
        if call.user.user_id == call.caller.user_id:
            raise IamError("InvalidInput", "You cannot remove the password you are signed in with.")
        super().guard(call)

    def write(self, call: Call, facts: Facts) -> None:
        LoginProfile.objects.filter(user=call.user).delete()
        PasswordHistory.objects.filter(user=call.user).delete()
        password_links.end(call.user)
        call.user.set_unusable_password()
        call.user.session_epoch += 1
        call.user.save(update_fields=["password", "session_epoch"])
        sessions.end_all(call.user)
        summary.refresh(call.user)

    def evidence(self, call: Call) -> Params:
        return {"Created": call.found["profile"].create_date.isoformat()}

    def wanted(self, before: Params, params: Params) -> Wanted:
        """That password, not one that was set since."""
        which = {"CreateDate": same_moment(before["Created"])} if "Created" in before else {}
        return Wanted("LoginProfile", which, like=None, of=params["UserName"])


@operation("ChangePassword")
class ChangePassword(NewPassword):
    """The caller's own password. A linked account's old password is verified here, then AWS is given
    the new one by UpdateLoginProfile: AWS's ChangePassword would change the console's own identity's.
    """

    lasting = lasts.REPLACED
    notice = News("The console password was changed")

    def resources(self, call: Call) -> Sequence[str]:
        return own_resources(call)

    def named(self, action: str, resource: str, params: Params) -> str:
        """No parameter names the user."""
        return super().named(action, resource, {})

    def prepare(self, call: Call) -> None:
        if call.caller.kind != "user":
            raise IamError("InvalidUserType", "Only an IAM user can change its password this way.")
        user = find_caller(call)
        check_old_password(call, user)
        if call.params["OldPassword"] == call.params["NewPassword"]:
            raise AccessDenied(WRONG_OLD_PASSWORD)
        prepare_password(call, user, call.params["NewPassword"])

    def lock(self, call: Call) -> None:
        lock_caller(call)

    def check(self, call: Call) -> None:
        if not LoginProfile.objects.filter(user=call.user).exists():
            raise no_profile(call.user.user_name)
        check_unchanged(call)
        passwords.check(call.account, call.params["NewPassword"], reused=call.prepared["reused"])

    def to_aws(self, call: Call) -> tuple[str, dict[str, Any]]:
        params = {
            "UserName": call.user.user_name,
            "Password": call.params["NewPassword"],
            "PasswordResetRequired": False,
        }
        return "UpdateLoginProfile", params

    def asked(self, before: Params, params: Params) -> tuple[str, Params]:
        return "UpdateLoginProfile", {"PasswordResetRequired": False}

    def write(self, call: Call, facts: Facts) -> None:
        keep = call.caller.session_id
        passwords.set_password(
            call.user, call.prepared["hash"], call.now, reset_required=False, keep_session=keep
        )
        summary.refresh(call.user)

    def evidence(self, call: Call) -> Params:
        profile = LoginProfile.objects.get(user=call.user)
        return {**password_dates(profile), "UserName": call.user.user_name}

    def wanted(self, before: Params, params: Params) -> Wanted | Unseen:
        return new_password(before, before["UserName"]) if "UserName" in before else Unseen(RESET_UNHEARD)


def check_old_password(call: Call, user: User) -> None:
    """Count the guess, then check it. Raises AccessDenied for a wrong one (IAM-FACTS 4), HashingBusy.

    Callers of the API have counters of their own: an access key must not hold what its user does in the
    browser.
    """
    by_key = call.caller.channel in KEY_CHANNELS
    limits = throttle.API_PASSWORDS if by_key else throttle.OLD_PASSWORDS
    counters = [(limit, user.user_id) for limit in limits]
    if not throttle.admit(counters).evaluate:
        raise AccessDenied(TOO_MANY_GUESSES)
    try:
        right = check_password(call.params["OldPassword"], user.password)
    except HashingBusy:
        throttle.was_not_looked_at(counters)
        raise
    if not right:
        raise AccessDenied(WRONG_OLD_PASSWORD)
    throttle.was_right(counters)
    call.prepared["verified"] = user.password


def check_unchanged(call: Call) -> None:
    """The password that was verified before the lock is still the password: an administrator's reset
    must not be undone by somebody who knew the old one. Raises ConcurrentModification."""
    if call.user.password != call.prepared["verified"]:
        raise IamError("ConcurrentModification", CHANGED_MEANWHILE)
