"""Linking and unlinking AWS accounts, and how they are reached; the console's own operations."""

import uuid
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import F
from django.utils import timezone

from iamconsole import crypto, gateway
from iamconsole.arn import EXAMPLE_ROLES, Arns
from iamconsole.errors import IamError
from iamconsole.models import Intent, Job
from iamconsole.operations import Call, Facts, LinkSpec, lasts, operation
from users.accounts import link_permissions, link_policies, pauses
from users.accounts.operations.accounts import forget
from users.facts import not_read
from users.home import HomeOperation, arns_named
from users.models import Account, AccountLink, User
from users.models.accounts import ACCOUNT_COLOURS, secret_place
from users.policies import catalogue as managed_policies

# What each method needs, and the sentence where it is missing.
NEEDS = {
    "default": {},
    "profile": {"Profile": "Enter the name of the profile in the AWS configuration."},
    "role": {"RoleArn": f"Enter the ARN of the role, for example {EXAMPLE_ROLES}"},
    "key": {
        "AccessKeyId": "Enter the access key ID.",
        "SecretAccessKey": "Enter the secret access key.",
    },
}
# What belongs to each method beside what it needs; anything else is not kept.
MAY_HAVE = {"role": ("ExternalId",)}
TEMPORARY = "This is a temporary key. Enter an access key of an IAM user. Its ID starts with AKIA."
# Values of a user that nobody may open once the account is a snapshot, found by their name: credentials
# stand a floor above.
SEALED = "sealed"


def link_fields(params: dict[str, Any], identity: str = "") -> dict[str, Any]:
    """The columns of a link from the parameters of an operation; a new secret is sealed.

    Raises IamError where the method lacks its values.
    """
    method = params["Method"]
    for name, sentence in NEEDS[method].items():
        if not params.get(name):
            raise IamError("InvalidInput", sentence)
    kept = {name: params.get(name, "") for name in (*NEEDS[method], *MAY_HAVE.get(method, ()))}
    fields = {
        "method": method,
        "profile": kept.get("Profile", ""),
        "role_arn": kept.get("RoleArn", ""),
        "external_id": kept.get("ExternalId", ""),
        "access_key_id": kept.get("AccessKeyId", ""),
        "sealed_secret": "",
        "seal_id": None,
        "identity_arn": identity,
    }
    if method == "key":
        if fields["access_key_id"].startswith("ASIA"):
            raise IamError("InvalidInput", TEMPORARY)
        fields["seal_id"] = uuid.uuid4()
        fields["sealed_secret"] = crypto.seal(kept["SecretAccessKey"], secret_place(fields["seal_id"]))
    return fields


def spec_of(arns: Arns, fields: dict[str, Any]) -> LinkSpec:
    """How the gateway reaches an account, in its partition, by these columns of a link."""
    return LinkSpec(
        account_id=arns.account_id,
        partition=arns.partition,
        method=fields["method"],
        profile=fields["profile"],
        role_arn=fields["role_arn"],
        external_id=fields["external_id"],
        access_key_id=fields["access_key_id"],
        sealed_secret=fields["sealed_secret"],
        secret_place=secret_place(fields["seal_id"]),
    )


def check_identity(account_id: str, found: str) -> None:
    """Raises IamError where AWS says that the link leads to another account."""
    if found != account_id:
        raise IamError(
            "InvalidInput",
            f"These credentials belong to account {found}, not to {account_id}. "
            "Check the account ID or choose another method.",
        )


def asked_fields(call: Call) -> dict[str, Any]:
    """The columns of a link, after AWS was asked who it is. Raises IamError."""
    fields, arns = link_fields(call.params), arns_named(call)
    identity = gateway.identify(spec_of(arns, fields))
    check_identity(arns.account_id, identity["Account"])
    return fields | {"identity_arn": identity["Arn"]}


@operation("iamconsole:TestLink")
class TestLink(HomeOperation):
    """Asks AWS who a link is and what it may do, with the console's credentials: so it leaves an Event.

    Whoever may keep the link may test it.
    """

    lasting = lasts.HAPPENED

    def needed(self, call: Call) -> str:
        linked = Account.objects.filter(account_id=call.params["AccountId"], kind=Account.Kind.LINKED)
        return "iamconsole:UpdateLink" if linked.exists() else "iamconsole:LinkAccount"

    def prepare(self, call: Call) -> None:
        super().prepare(call)
        spec = self._spec(call)
        found = gateway.probe(spec, link_policies.READ, link_policies.manage())
        check_identity(spec.account_id, found.account_id)
        call.prepared["probe"] = found

    def _spec(self, call: Call) -> LinkSpec:
        account_id = call.params["AccountId"]
        if "Method" in call.params:
            return spec_of(arns_named(call), link_fields(call.params))
        account = Account.objects.select_related("link").filter(account_id=account_id).first()
        if account is None or account.link_spec is None:
            raise IamError("NoSuchEntity", f"There is no linked account {account_id}.")
        return account.link_spec

    def mint(self, call: Call) -> Facts:
        return {"Probe": call.prepared["probe"]}

    def write(self, call: Call, facts: Facts) -> None:
        """The link that the account has was let in, so its syncs go on, and what it may do is known anew."""
        if "Method" not in call.params:
            account = Account.objects.get(account_id=call.params["AccountId"])
            pauses.resume(account)
            link_permissions.keep(account, call.prepared["probe"].permissions, call.now)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        found = facts["Probe"]
        return {"Identity": found.identity, "Missing": found.actions("missing")}


@operation("iamconsole:LinkAccount")
class LinkAccount(HomeOperation):
    """AWS is asked who the link is before anything is written; another account's ID is refused."""

    lasting = lasts.MADE
    creates = "AccountId"

    def prepare(self, call: Call) -> None:
        super().prepare(call)
        call.prepared["fields"] = asked_fields(call)

    def check(self, call: Call) -> None:
        found = Account.objects.filter(account_id=call.params["AccountId"]).first()
        if found is None:
            return
        message = f"Account {found.account_id} is already here."
        if found.kind == Account.Kind.IMPORTED:
            message += " It is a read-only snapshot. Remove it first, then link the account."
        raise IamError("EntityAlreadyExists", message)

    def write(self, call: Call, facts: Facts) -> None:
        fields = call.prepared["fields"]
        account = Account.objects.create(
            account_id=call.params["AccountId"],
            name=call.param("AccountName", ""),
            kind=Account.Kind.LINKED,
            partition=fields["identity_arn"].split(":")[1],
            colour=Account.objects.count() % ACCOUNT_COLOURS + 1,
        )
        AccountLink.objects.create(account=account, **fields)
        managed_policies.load_partition(account.partition)


class LinkedAccountOperation(HomeOperation):
    """On an account that is linked already."""

    def lock(self, call: Call) -> None:
        accounts = Account.objects.select_for_update().filter(kind=Account.Kind.LINKED)
        call.account = accounts.filter(account_id=call.params["AccountId"]).first()
        if call.account is None:
            raise IamError("NoSuchEntity", f"There is no linked account {call.params['AccountId']}.")


@operation("iamconsole:UpdateLink")
class UpdateLink(LinkedAccountOperation):
    """Another way to reach the account, or a new access key; AWS is asked who it is first."""

    lasting = lasts.ON_ITS_PAGE

    def prepare(self, call: Call) -> None:
        super().prepare(call)
        call.prepared["fields"] = asked_fields(call)

    def write(self, call: Call, facts: Facts) -> None:
        AccountLink.objects.filter(account=call.account).update(**call.prepared["fields"])
        pauses.resume(call.account)
        link_permissions.forget(call.account)


@operation("iamconsole:UpdateSyncSchedule")
class UpdateSyncSchedule(LinkedAccountOperation):
    """How often the account is synced by itself."""

    lasting = lasts.ON_ITS_PAGE

    def check(self, call: Call) -> None:
        if call.params["SyncEvery"] not in AccountLink.Every.values:
            raise IamError("InvalidInput", "Choose off, every hour, every 4 hours or every day.")

    def write(self, call: Call, facts: Facts) -> None:
        AccountLink.objects.filter(account=call.account).update(sync_every=call.params["SyncEvery"])


@operation("iamconsole:UnlinkAccount")
class UnlinkAccount(LinkedAccountOperation):
    """Forgets the mirror, or keeps it as it is, read-only; nothing changes in AWS. Refused while something
    is open.
    """

    lasting = lasts.DELETED

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
        if call.param("Keep"):
            keep_as_snapshot(call.account)
        else:
            forget(call.account)


def keep_as_snapshot(account: Account) -> None:
    """An imported account from a linked one: its link goes, and nobody signs in as its users any more,
    because nobody learns when AWS takes a password or an MFA device away.
    """
    account.not_read = not_read(account.link)
    account.link.delete()
    account.kind = Account.Kind.IMPORTED
    account.snapshot_at = timezone.now()
    account.save(update_fields=["kind", "snapshot_at", "not_read"])
    account.users.update(password=make_password(None), session_epoch=F("session_epoch") + 1)
    for relation in User._meta.related_objects:
        model: Any = relation.related_model
        for field in model._meta.fields:
            if field.name.startswith(SEALED) and field.blank:
                rows = model._default_manager.filter(**{f"{relation.field.name}__account": account})
                rows.update(**{field.name: ""})
