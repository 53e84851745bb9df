"""Ending what a user of a linked account has open at AWS, alone or after its password and keys were taken."""

from typing import Any

from django import forms

from credentials.models import AccessKey, LoginProfile
from iamconsole.operations import Caller, Step, why_not
from users.models import Account, InlinePolicy, User
from users.permissions import permission_rows
from users.policies import revocations
from users.policies.revocations import NAME, Revocation

TICK = "Revoke active sessions at AWS"
TICK_HELP = (
    f"Adds the inline policy {NAME}, which denies everything to console sessions and temporary credentials "
    "that began before now. Access keys are not affected."
)


class RevokeTick(forms.Form):
    """The choice beside something else that takes access."""

    revoke_sessions = forms.BooleanField(label=TICK, help_text=TICK_HELP, required=False)


class RevokeForm(forms.Form):
    """What else is taken, before the sessions are revoked."""

    remove_password = forms.BooleanField(
        label="Remove the console password first",
        help_text="Otherwise the user can sign in again, and the new session is not denied.",
        required=False,
    )
    deactivate_keys = forms.BooleanField(
        label="Deactivate the active access keys first",
        help_text="Requests signed with an access key are not denied. You can activate the keys again.",
        required=False,
    )

    def __init__(self, *args: Any, of: tuple[Caller, User] | None = None, **kwargs: Any) -> None:
        """Of one user only what it has and the caller may take is offered. None: of several, whose keys are
        deactivated in the list of access keys, where each of them is seen.
        """
        super().__init__(*args, **kwargs)
        if of is None:
            del self.fields["deactivate_keys"]
            return
        caller, user = of
        own = caller.user_id == user.user_id
        if own or not user.password_enabled or not caller.permits("iam:DeleteLoginProfile", user.arn):
            del self.fields["remove_password"]
        if not user.active_key_count or not caller.permits("iam:UpdateAccessKey", user.arn):
            del self.fields["deactivate_keys"]

    def chosen(self) -> dict[str, bool]:
        """For ``steps_of``."""
        given = self.cleaned_data
        return {
            "password": given.get("remove_password", False),
            "keys": given.get("deactivate_keys", False),
        }


def is_offered(user: User) -> bool:
    """Whether the user can have sessions that only a policy at AWS ends."""
    return user.account.kind == Account.Kind.LINKED


def tick_for(caller: Caller, user: User, *args: Any, **kwargs: Any) -> RevokeTick | None:
    """The choice to revoke sessions too; None where there is nothing at AWS, or the caller may not."""
    offered = is_offered(user) and caller.permits("iam:PutUserPolicy", user.arn)
    return RevokeTick(*args, **kwargs) if offered else None


def is_ticked(tick: RevokeTick | None) -> bool:
    return tick is not None and tick.is_valid() and bool(tick.cleaned_data["revoke_sessions"])


def step_of(user: User) -> Step:
    """The last step of whatever takes access: what goes before it leaves no new session."""
    return Step("iamconsole:RevokeActiveSessions", {"UserName": user.user_name})


def steps_of(user: User, *, password: bool, keys: bool) -> list[Step]:
    """Password and keys first, then the sessions (IAM-FACTS 2.14.2)."""
    name, steps = {"UserName": user.user_name}, []
    if password and LoginProfile.objects.filter(user=user).exists():
        steps.append(Step("DeleteLoginProfile", name))
    if keys:
        active = AccessKey.objects.filter(user=user).active()
        ids = [key.access_key_id for key in active]
        steps += [Step("UpdateAccessKey", {**name, "AccessKeyId": id, "Status": "Inactive"}) for id in ids]
    return [*steps, step_of(user)]


def only_revokes(user: User, policy: InlinePolicy) -> bool:
    """Whether an inline policy of the user revokes sessions and does nothing else."""
    rows = [row for row in permission_rows(user) if row.inline_pk == policy.pk]
    return any(one.removable for one in revocations.in_force(rows))


def revocation_section(caller: Caller, user: User) -> dict[str, Any]:
    """What revocation_section.html shows: the policies in force, and what the caller may do about them."""
    found = revocations.in_force(permission_rows(user))
    if not (found or is_offered(user)):
        return {"revocations": None}
    return {
        "revocations": [_shown(one) for one in found],
        "is_at_aws": is_offered(user),
        "no_revoke": _needs(caller, "iam:PutUserPolicy", user),
        "no_remove": _needs(caller, "iam:DeleteUserPolicy", user),
    }


def _shown(one: Revocation) -> dict[str, Any]:
    """A policy in force: where it stands, since when, and whether a click removes it."""
    row = one.row
    if one.removable:
        where = f"The inline policy {row.name} of this user"
    elif row.group:
        where = f"The policy {row.name} of the group {row.group}"
    else:
        where = f"The policy {row.name} of this user, which has other statements or is a managed policy,"
    return {"where": where, "before": one.before, "inline_pk": row.inline_pk if one.removable else None}


def _needs(caller: Caller, action: str, user: User) -> str:
    """Why the caller cannot do it, "" where it can."""
    if caller.permits(action, user.arn):
        return ""
    return f"This needs {action} on {user.arn}, {why_not(caller, action, user.arn)}."
