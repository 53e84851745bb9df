"""Create-, List-, Update-, Reset-, DeleteServiceSpecificCredential (IAM-FACTS 7.4)."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from credentials.models import ServiceSpecificCredential
from credentials.models.service_specific_credentials import CREDENTIALS_PER_SERVICE
from credentials.service_credentials.services import (
    free_name,
    name_and_secret,
    new_secret,
    service_named,
    service_or_unknown,
)
from credentials.slots import any_slot, slot_to_take
from credentials.statuses import undo_status
from iamconsole.errors import IamError
from iamconsole.identifiers import unique_id
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.news import News
from iamconsole.operations.shapes import ValidationError, Wording
from iamconsole.operations.wanted import Made, Params, Row, Unseen, Wanted, asked_at, without_case
from users import quotas
from users.lookups import lock_user, meant_user, page_by_name, user_resources

SERVICE_KEY = "iam:ServiceSpecificCredentialServiceName"
AGE_KEY = "iam:ServiceSpecificCredentialAgeDays"
DEACTIVATE_FIRST = (
    "Deactivate the credentials before you delete them, and make sure that nothing needs them anymore."
)
ONE_OR_ALL = "Give UserName for one user or AllUsers for all of them, not both."
NO_USER = "Must specify userName when calling with non-User credentials"

NEVER_ARRIVED = (
    "AWS has made the credential {thing}, but its secret never arrived here. Reset it to get a new secret."
)
# AWS lists neither a secret nor when it was reset.
RESET_AGAIN = (
    "AWS does not show whether it has a new secret; it may have one that never arrived here. Reset it again."
)

# Members of AWS's answer that are shown once -> as the page names them.
SHOWN = {
    "ServiceUserName": "service_user_name",
    "ServicePassword": "service_password",
    "ServiceCredentialAlias": "api_key_alias",
    "ServiceCredentialSecret": "api_key",
}


def secret_of(facts: Facts) -> dict[str, str]:
    """What of an answer nobody can read again."""
    made = facts["ServiceSpecificCredential"]
    return {shown: made[member] for member, shown in SHOWN.items() if made.get(member)}


def metadata(row: ServiceSpecificCredential) -> dict[str, Any]:
    """A credential in the shape of IAM's listings, without its secret."""
    facts: dict[str, Any] = {
        "UserName": row.user.user_name,
        "Status": row.told_status,
        service_or_unknown(row.service_name).members[0]: row.name,
        "CreateDate": row.create_date,
        "ServiceSpecificCredentialId": row.credential_id,
        "ServiceName": row.service_name,
    }
    if row.expiration_date:
        facts["ExpirationDate"] = row.expiration_date
    return facts


class ServiceCredentialOperation(Operation):
    """What operations on the service-specific credentials of the named user have in common."""

    own_user_by_default = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)


class OneServiceCredentialOperation(ServiceCredentialOperation):
    """An operation on one existing credential of the user."""

    def context(self, call: Call) -> Context:
        row = self._rows(call).first()
        return {SERVICE_KEY: row.service_name} if row else {}

    def lock(self, call: Call) -> None:
        super().lock(call)
        row = self._rows(call).select_related("user").first()
        if row is None:
            number = call.params["ServiceSpecificCredentialId"]
            raise IamError("NoSuchEntity", f"No such credential {number} exists")
        if row.user_id != call.user.pk:
            raise ValidationError(
                f"User {call.user.user_name} does not have a service specific credential with id "
                f"{row.credential_id}"
            )
        call.found["credential"] = row

    @staticmethod
    def _rows(call: Call) -> Any:
        """The credential of that ID in the caller's account, whoever's it is."""
        return ServiceSpecificCredential.objects.filter(
            user__account__account_id=call.account_id,
            credential_id=call.params["ServiceSpecificCredentialId"],
        )

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        row = call.found["credential"]
        return {"ServiceName": row.service_name, "Name": row.name}


@operation("CreateServiceSpecificCredential")
class CreateServiceSpecificCredential(ServiceCredentialOperation):
    lasting = lasts.MADE
    needs_recent_sign_in = True
    own_user_by_default = False
    needed_at_aws = {"iam:CreateServiceSpecificCredential": "generate credentials for single AWS services"}
    notice = News("A service-specific credential was created")

    def context(self, call: Call) -> Context:
        keys = {SERVICE_KEY: call.params["ServiceName"].lower()}
        if days := call.param("CredentialAgeDays"):
            keys[AGE_KEY] = str(days)
        return keys

    def check(self, call: Call) -> None:
        service = service_named(call.params["ServiceName"])
        quota = "ContextSpecificCredentialsPerUserPerContext"
        text = f"Cannot exceed quota for {quota}: {CREDENTIALS_PER_SERVICE}"
        taken = taken_slots(call, service.name)
        quotas.check_room(call, lambda: len(taken), CREDENTIALS_PER_SERVICE, text)

    def mint(self, call: Call) -> Facts:
        service = service_named(call.params["ServiceName"])
        # Another user may have had this name before: names of credentials stay as they were made.
        others = ServiceSpecificCredential.objects.filter(
            user__account=call.account, service_name=service.name
        )
        name = free_name(call.user.user_name, call.account_id, set(others.values_list("name", flat=True)))
        name_member, secret_member = service.members
        made = {
            "CreateDate": call.now,
            "ServiceName": service.name,
            name_member: name,
            secret_member: new_secret(service, name),
            "ServiceSpecificCredentialId": unique_id("ACCA"),
            "UserName": call.user.user_name,
            "Status": "Active",
        }
        if days := call.param("CredentialAgeDays"):
            made["ExpirationDate"] = call.now + timedelta(days=days)
        return {"ServiceSpecificCredential": made}

    def write(self, call: Call, facts: Facts) -> None:
        made = facts["ServiceSpecificCredential"]
        taken, most = taken_slots(call, made["ServiceName"].lower()), CREDENTIALS_PER_SERVICE
        ServiceSpecificCredential.objects.create(
            user=call.user,
            service_name=made["ServiceName"].lower(),
            slot=slot_to_take(taken, most) if quotas.counts_here(call) else any_slot(taken),
            credential_id=made["ServiceSpecificCredentialId"],
            name=name_and_secret(made)[0],
            status=made["Status"],
            create_date=made["CreateDate"],
            expiration_date=made.get("ExpirationDate"),
        )

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        made = facts["ServiceSpecificCredential"]
        return {"ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}

    def evidence(self, call: Call) -> Params:
        rows = ServiceSpecificCredential.objects.filter(user=call.user)
        return {"Known": list(rows.values_list("credential_id", flat=True))}

    def wanted(self, before: Params, params: Params) -> Made:
        """A new one for the service, made when AWS was asked."""
        return Made(
            "ServiceSpecificCredentials",
            {
                "UserName": without_case(params["UserName"]),
                "ServiceName": without_case(params["ServiceName"]),
            },
            then=NEVER_ARRIVED,
            id="ServiceSpecificCredentialId",
            dated="CreateDate",
            known=before.get("Known", ()),
            at=asked_at(before),
        )

    def shown_once(self, params: Params, facts: Facts) -> dict[str, str]:
        return secret_of(facts)


def taken_slots(call: Call, service_name: str) -> Sequence[int]:
    """The slots that the user's credentials for a service have."""
    rows = ServiceSpecificCredential.objects.filter(user=call.user, service_name=service_name)
    return list(rows.values_list("slot", flat=True))


@operation("ListServiceSpecificCredentials")
class ListServiceSpecificCredentials(Operation):
    """Those of one user, the caller's own where none is named, or with AllUsers those of the account.
    Root has none.
    """

    reads = True
    tells = ("service_credentials",)

    def resources(self, call: Call) -> Sequence[str]:
        if call.param("AllUsers"):
            if call.param("UserName"):
                raise IamError("InvalidInput", ONE_OR_ALL)
            return [call.caller.arns.any_user]
        if "UserName" not in call.params:
            if call.caller.kind not in ("user", "root"):
                raise ValidationError(NO_USER)
            if call.caller.kind == "user":
                call.params["UserName"] = call.caller.user_name
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        rows = ServiceSpecificCredential.objects.filter(user__account__account_id=call.account_id)
        if not call.param("AllUsers"):
            rows = rows.filter(user=meant_user(call))
        if name := call.param("ServiceName"):
            rows = rows.filter(service_name=service_named(name).name)
        rows = rows.select_related("user")
        return page_by_name(call, rows, "ServiceSpecificCredentials", metadata, "credential_id")


@operation("UpdateServiceSpecificCredential")
class UpdateServiceSpecificCredential(OneServiceCredentialOperation):
    needed_at_aws = {
        "iam:UpdateServiceSpecificCredential": "activate and deactivate credentials for single AWS services"
    }
    wording = Wording(enums={"Status": None})

    def undo(self, call: Call) -> Undo:
        row = self._rows(call).first()
        return undo_status(self, call, row.status if row else None)

    def check(self, call: Call) -> None:
        if call.params["Status"] == "Expired":
            raise IamError("InvalidInput", "Operation does not support status Expired")

    def write(self, call: Call, facts: Facts) -> None:
        row = call.found["credential"]
        row.status = call.params["Status"]
        row.save(update_fields=["status"])

    def before(self, call: Call, members: Collection[str]) -> Row:
        return {
            "ServiceSpecificCredentialId": call.params["ServiceSpecificCredentialId"],
            "Status": call.found["credential"].status,
        }

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"ServiceSpecificCredentialId": params["ServiceSpecificCredentialId"]}
        return Wanted("ServiceSpecificCredentials", which, {"Status": params["Status"]})


@operation("ResetServiceSpecificCredential")
class ResetServiceSpecificCredential(OneServiceCredentialOperation):
    """A new secret. ID, name, status and dates stay, and the old secret is refused from now on."""

    lasting = lasts.REPLACED
    needs_recent_sign_in = True
    needed_at_aws = {
        "iam:ResetServiceSpecificCredential": "give credentials for single AWS services a new secret"
    }
    notice = News("The secret of a service-specific credential was reset")

    def mint(self, call: Call) -> Facts:
        row = call.found["credential"]
        service = service_or_unknown(row.service_name)
        made = {**metadata(row), service.members[1]: new_secret(service, row.name)}
        return {"ServiceSpecificCredential": made}

    def wanted(self, before: Params, params: Params) -> Unseen:
        return Unseen(RESET_AGAIN)

    def shown_once(self, params: Params, facts: Facts) -> dict[str, str]:
        return secret_of(facts)


@operation("DeleteServiceSpecificCredential")
class DeleteServiceSpecificCredential(OneServiceCredentialOperation):
    lasting = lasts.DELETED
    needed_at_aws = {"iam:DeleteServiceSpecificCredential": "delete credentials for single AWS services"}

    def guard(self, call: Call) -> None:
        if call.found["credential"].active:
            raise IamError("DeleteConflict", DEACTIVATE_FIRST)

    def write(self, call: Call, facts: Facts) -> None:
        call.found["credential"].delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"ServiceSpecificCredentialId": params["ServiceSpecificCredentialId"]}
        return Wanted("ServiceSpecificCredentials", which, like=None)
