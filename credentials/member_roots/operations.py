"""Root users of member accounts: read, deleted, or allowed to recover a password (IAM-FACTS 2.17.4)."""

from collections.abc import Mapping, Sequence
from typing import Any

from credentials.member_roots import auditing, deletion
from credentials.member_roots.auditing import AUDIT, DELETE, RECOVER, members
from credentials.member_roots.kinds import KINDS
from credentials.models import MemberRoot
from iamconsole import gateway
from iamconsole.arn import Arns
from iamconsole.errors import IamError, OutcomeUnknown
from iamconsole.gateway.root_sessions import Task
from iamconsole.models import Intent
from iamconsole.operations import Call, Facts, events, lasts, operation
from users.home import HomeOperation
from users.models import OrganizationAccount
from users.organization.reading import reader_of

NO_MEMBER = "There is no member account {account_id} in the organization. Read the organization again."
HAS_ONE = "The root user of this account already has a password, or can already recover one."
NO_ANSWER = (
    "AWS did not answer, so it is not known whether password recovery is allowed. The next reading of the "
    "root credentials finds out and shows the result."
)
NOT_YET = (
    "AWS did not answer, and showed no password right afterwards. Read the root credentials again, then "
    "decide whether to try again."
)
ALLOWED_AFTER_ALL = "AWS did not answer, but password recovery is allowed."


class MemberOperation(HomeOperation):
    """On the root user of a member account."""

    def resources(self, call: Call) -> Sequence[str]:
        account_id = call.params["AccountId"]
        member = members().filter(account_id=account_id).first()
        partition = member.organization.partition if member else call.caller.arns.partition
        return [Arns(partition, account_id).root]

    def member(self, call: Call) -> OrganizationAccount:
        member: OrganizationAccount | None = members().filter(account_id=call.params["AccountId"]).first()
        if member is None:
            raise IamError("NoSuchEntity", NO_MEMBER.format(account_id=call.params["AccountId"]))
        return member

    def session(self, call: Call, task: Task) -> Any:
        """A client as the root user. Raises IamError."""
        return gateway.root_client(reader_of(self.member(call).organization), call.params["AccountId"], task)


@operation(AUDIT)
class AuditRootUserCredentials(HomeOperation):
    """Starts the job that reads them, of all member accounts or of one."""

    lasting = lasts.HAPPENED

    def resources(self, call: Call) -> Sequence[str]:
        return ["*"]

    def write(self, call: Call, facts: Facts) -> None:
        rows = members()
        if "AccountId" in call.params:
            rows = rows.filter(account_id=call.params["AccountId"])
        call.found["job"] = auditing.start(call.caller, list(rows))

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"JobId": str(call.found["job"].id)}


@operation(DELETE)
class DeleteRootUserCredentials(MemberOperation):
    """All credentials of one kind. AWS is asked before the transaction, under an Intent of its own."""

    lasting = lasts.DELETED
    needs_recent_sign_in = True

    def prepare(self, call: Call) -> None:
        super().prepare(call)
        client = self.session(call, "IAMDeleteRootUserCredentials")
        kind = KINDS[call.params["Credential"]]
        call.prepared["deleted"] = deletion.delete_all(client, kind, lambda: events.open_intent(call))

    def mint(self, call: Call) -> Facts:
        return {"Deleted": call.prepared["deleted"]}

    def write(self, call: Call, facts: Facts) -> None:
        column = KINDS[call.params["Credential"]].column
        MemberRoot.objects.filter(account_id=call.params["AccountId"]).update(**{column: False})

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        deleted = facts["Deleted"]
        return {"Deleted": deleted.things} | ({"Note": " ".join(deleted.notes)} if deleted.notes else {})


@operation(RECOVER)
class AllowRootPasswordRecovery(MemberOperation):
    """A login profile without a password: the root user can then set one by e-mail."""

    lasting = lasts.ON_ITS_PAGE
    needs_recent_sign_in = True

    def prepare(self, call: Call) -> None:
        super().prepare(call)
        client = self.session(call, "IAMCreateRootUserPassword")
        password = KINDS["password"]
        if password.listed(client):
            raise IamError("EntityAlreadyExists", HAS_ONE)
        intent = events.open_intent(call)
        try:
            gateway.change(client, "create_login_profile")
        except OutcomeUnknown as error:
            call.prepared["note"] = self.after_silence(client, intent, error)
        except IamError as error:
            intent.close(Intent.State.REFUSED, error.message)
            raise
        intent.close(Intent.State.DONE, call.prepared.get("note", ""))

    def after_silence(self, client: Any, intent: Intent, error: OutcomeUnknown) -> str:
        """What AWS shows after it did not answer. Raises IamError, OutcomeUnknown."""
        try:
            there = bool(KINDS["password"].listed(client))
        except IamError:
            intent.give_up(error.message)
            raise OutcomeUnknown(NO_ANSWER) from error
        if there:
            return ALLOWED_AFTER_ALL
        intent.close(Intent.State.SETTLED, NOT_YET)
        raise IamError("ServiceUnavailable", NOT_YET)

    def write(self, call: Call, facts: Facts) -> None:
        MemberRoot.objects.filter(account_id=call.params["AccountId"]).update(password=True)

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return {"Note": call.prepared["note"]} if "note" in call.prepared else {}
