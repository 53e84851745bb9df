"""Linking, unlinking, switching to and syncing AWS accounts; the console's own operations (DESIGN 2, 3)."""

from collections.abc import Sequence
from typing import Any

from iamconsole import gateway, jobs
from iamconsole.arn import role_arn
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Intent, Job
from iamconsole.operations import Call, Facts, LinkSpec, Operation, operation
from users.callers import starter_of_caller
from users.models import Account, AccountLink, PolicyAttachment
from users.models.accounts import ACCOUNT_COLOURS

from .rows import mfa_relations

SYNC = "sync"
HOME_ONLY = "Only people of the home account can do this."


def exclusive_key(account_id: str) -> str:
    """One sync of an account at a time."""
    return f"{SYNC}:{account_id}"


class HomeOperation(Operation):
    """For callers of the home account, on an account named by AccountId."""

    def resources(self, call: Call) -> Sequence[str]:
        return [f"arn:aws:iam::{call.params['AccountId']}:root"] if "AccountId" in call.params else ["*"]

    def prepare(self, call: Call) -> None:
        if not Account.objects.filter(account_id=call.account_id, is_home=True).exists():
            raise AccessDenied(HOME_ONLY, action=self.action)


def spec_of(params: dict[str, Any]) -> LinkSpec:
    return LinkSpec(
        account_id=params["AccountId"],
        method=params["Method"],
        profile=params.get("Profile", ""),
        role_arn=params.get("RoleArn", ""),
        external_id=params.get("ExternalId", ""),
    )


@operation("iamconsole:LinkAccount")
class LinkAccount(HomeOperation):
    """AWS is asked who the link is before anything is written; another account's ID is refused."""

    def prepare(self, call: Call) -> None:
        super().prepare(call)
        check_method(call.params)
        identity = gateway.identify(spec_of(call.params))
        if identity["Account"] != call.params["AccountId"]:
            raise IamError(
                "InvalidInput",
                f"These credentials belong to account {identity['Account']}, not to "
                f"{call.params['AccountId']}. Check the account ID or choose another method.",
            )
        call.prepared["identity"] = identity["Arn"]

    def check(self, call: Call) -> None:
        if Account.objects.filter(account_id=call.params["AccountId"]).exists():
            raise IamError("EntityAlreadyExists", f"Account {call.params['AccountId']} is already here.")

    def write(self, call: Call, facts: Facts) -> None:
        identity = call.prepared["identity"]
        account = Account.objects.create(
            account_id=call.params["AccountId"],
            name=call.param("AccountName", ""),
            kind=Account.Kind.LINKED,
            partition=identity.split(":")[1],
            colour=Account.objects.count() % ACCOUNT_COLOURS + 1,
        )
        AccountLink.objects.create(
            account=account,
            method=call.params["Method"],
            profile=call.param("Profile", ""),
            role_arn=call.param("RoleArn", ""),
            external_id=call.param("ExternalId", ""),
            identity_arn=identity,
        )


def check_method(params: dict[str, Any]) -> None:
    """Each method needs its own value."""
    if params["Method"] == "profile" and not params.get("Profile"):
        raise IamError("InvalidInput", "Name the profile of the AWS configuration.")
    if params["Method"] == "role" and not params.get("RoleArn"):
        raise IamError(
            "InvalidInput", "Name the role, for example arn:aws:iam::123456789012:role/IamConsole."
        )


@operation("iamconsole:UnlinkAccount")
class UnlinkAccount(HomeOperation):
    """Forgets the mirror; nothing changes in AWS. Refused while something is open."""

    def lock(self, call: Call) -> None:
        accounts = Account.objects.select_for_update().filter(kind=Account.Kind.LINKED)
        call.account = accounts.filter(account_id=call.params["AccountId"]).first()
        if call.account is None:
            raise IamError("NoSuchEntity", f"There is no linked account {call.params['AccountId']}.")

    def check(self, call: Call) -> None:
        account_id = call.params["AccountId"]
        if Job.objects.filter(account_id=account_id, state__in=Job.OPEN_STATES).exists():
            raise IamError(
                "DeleteConflict", "A job of this account is running. Wait for it or cancel it first."
            )
        if Intent.objects.filter(account_id=account_id, state=Intent.State.OPEN).exists():
            raise IamError(
                "DeleteConflict", "It is not known yet how a change at AWS ended. Sync the account first."
            )

    def write(self, call: Call, facts: Facts) -> None:
        forget(call.account)


def forget(account: Account) -> None:
    """Delete a mirror or an imported account. Credentials stand a floor above and protect their users,
    so they go by relation name.
    """
    for relation in (
        "access_keys",
        "signing_certificates",
        *mfa_relations(),
        "login_profile",
        "policy_attachments",
        "inline_policies",
        "memberships",
    ):
        field = account.users.model._meta.get_field(relation)
        rows: Any = field.related_model
        rows._default_manager.filter(**{f"{field.remote_field.name}__account": account}).delete()  # type: ignore[union-attr]
    account.users.update(permissions_boundary=None)
    # Those of groups too: a customer managed policy goes with the account only when nobody has it.
    PolicyAttachment.objects.filter(group__account=account).delete()
    account.delete()


@operation("iamconsole:UpdateAccount")
class UpdateAccount(HomeOperation):
    """What the console calls an account that has no alias, and the colour it marks it with."""

    def lock(self, call: Call) -> None:
        wanted = Account.objects.select_for_update().filter(account_id=call.params["AccountId"])
        call.account = wanted.first()
        if call.account is None:
            raise IamError("NoSuchEntity", f"There is no account {call.params['AccountId']}.")

    def write(self, call: Call, facts: Facts) -> None:
        call.account.name = call.param("AccountName", call.account.name)
        call.account.colour = call.param("Colour", call.account.colour)
        call.account.save(update_fields=["name", "colour"])


@operation("iamconsole:SwitchAccount")
class SwitchAccount(HomeOperation):
    """Take one of the two console roles of another account; ``sts:AssumeRole`` on it decides, as in AWS."""

    action = "sts:AssumeRole"

    def resources(self, call: Call) -> Sequence[str]:
        return [role_arn(call.params["AccountId"], call.params["RoleName"])]

    def lock(self, call: Call) -> None:
        call.account = Account.objects.filter(account_id=call.params["AccountId"]).first()
        if call.account is None:
            raise IamError("NoSuchEntity", f"There is no account {call.params['AccountId']}.")


@operation("iamconsole:SyncAccount")
class SyncAccount(Operation):
    """Starts the sync of the caller's linked account; one at a time."""

    def resources(self, call: Call) -> Sequence[str]:
        return [Account.objects.get(account_id=call.account_id).arn]

    def check(self, call: Call) -> None:
        if call.caller.link is None:
            raise IamError("InvalidInput", "Only an account that is linked to AWS is synced.")
        if jobs.open_job(exclusive_key(call.account_id)):
            raise jobs.AlreadyOpen(jobs.open_job(exclusive_key(call.account_id)))

    def write(self, call: Call, facts: Facts) -> None:
        args = {"remove_many": bool(call.param("RemoveMany"))}
        key = exclusive_key(call.account_id)
        starter = starter_of_caller(call.caller)
        call.found["job"] = jobs.start(call.caller, SYNC, args=args, exclusive_key=key, starter=starter)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"JobId": str(call.found["job"].id)}
