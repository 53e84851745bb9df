"""Whether people can change their own password; each question is answered here only."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from iamconsole.operations import Caller
from users.models import Account, PasswordPolicy, User

CHANGE = "iam:ChangePassword"


def users_may_change_password(account: Account) -> bool:
    """Whether the account's password policy lets everybody do it (IAM-FACTS 4)."""
    return _lets_everybody(PasswordPolicy.of(account))


def may_change_password(user: User) -> bool:
    """Whether the account lets its users do it, or a new password is due (IAM-FACTS 4).

    A first, reset or expired password may always be replaced, unless expiry is a matter for an
    administrator (HardExpiry).
    """
    profile = getattr(user, "login_profile", None)  # a floor above, known here by its relation only
    if profile is not None and profile.password_reset_required:
        return True
    policy = PasswordPolicy.of(user.account)
    return _lets_everybody(policy) or (policy is not None and _replaceable(user, policy))


def who_may_change(account: Account, pks: Sequence[int]) -> set[int]:
    """The keys of those of the users for whom ``may_change_password`` is true, in two queries."""
    policy, people = PasswordPolicy.of(account), User.objects.people(account).filter(pk__in=pks).order_by()
    if not _lets_everybody(policy):
        due = Q(login_profile__password_reset_required=True)
        if policy is not None and policy.lifetime is not None and not policy.hard_expiry:
            due |= Q(password_last_changed__lte=timezone.now() - policy.lifetime)
        people = people.filter(due)
    return set(people.values_list("pk", flat=True))


def caller_may_change_password(caller: Caller) -> bool:
    """Whether a caller can do it now: root always, a user where policies permit it."""
    return caller.kind == "root" or caller.permits(CHANGE, caller.arn)


def _lets_everybody(policy: PasswordPolicy | None) -> bool:
    return policy is not None and policy.allow_users_to_change_password


def _replaceable(user: User, policy: PasswordPolicy) -> bool:
    """Whether the password has expired and its user replaces it."""
    changed, lifetime = user.password_last_changed, policy.lifetime
    if policy.hard_expiry or changed is None or lifetime is None:
        return False
    return changed + lifetime <= timezone.now()
