"""What people decide about a finding: the console's own operations, which ask nothing of AWS.

They are the same on local, linked and imported accounts: a finding is known to this console only.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from reports.findings import sums
from reports.findings.days import day_of
from reports.findings.evaluation import due_on
from reports.findings.owners import Owners
from reports.findings.rule import today
from reports.findings.rules import BY_ID
from reports.models import Exemption, Finding, FindingChange

State, Change = Finding.State, FindingChange.Kind
NO_SUCH_FINDING = "There is no such finding in this account. Its subject or its rule may be gone."
OVER = "This finding is {state}. Only open findings can be changed. Nothing was changed."
NOT_OPEN = "This finding is {state} already. Nothing was changed."
DUE_PAST = "The due date {day} is over. Enter today or a later day."
NOT_A_TICKET = "Enter the address of the ticket. It begins with https:// or http://."


class FindingOperation(Operation):
    """About one finding of the caller's account, judged on the user that it is about."""

    # What may be the state of the finding, and the sentence where it is not.
    states: ClassVar[Sequence[str]] = Finding.CURRENT
    otherwise: ClassVar[str] = OVER

    def resources(self, call: Call) -> Sequence[str]:
        """The user; everything, where it is about the account or there is no such finding."""
        finding = named(call)
        return [finding.user.arn if finding and finding.user else "*"]

    def lock(self, call: Call) -> None:
        finding = named(call, lock=True)
        if finding is None:
            raise IamError("NoSuchEntity", NO_SUCH_FINDING)
        call.found["finding"], call.account = finding, finding.account
        if finding.user and not finding.user.is_root:
            call.user = finding.user

    def check(self, call: Call) -> None:
        finding = call.found["finding"]
        if finding.state not in self.states:
            state = finding.get_state_display().lower()
            raise IamError("ConcurrentModification", self.otherwise.format(state=state))

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        finding = call.found["finding"]
        return {"Rule": finding.rule, "Subject": finding.name, "UserName": finding.user_name}


def named(call: Call, *, lock: bool = False) -> Finding | None:
    """The finding of FindingId in the caller's account."""
    rows = Finding.objects.select_related("account", "user__account")
    if lock:
        rows = rows.select_for_update(of=("self",))
    try:
        finding_id = UUID(call.params["FindingId"])
    except ValueError:
        return None
    return rows.filter(account__account_id=call.account_id, pk=finding_id).first()


def note(call: Call, kind: FindingChange.Kind, text: str = "") -> None:
    """A line of the finding's history."""
    finding = call.found["finding"]
    FindingChange.objects.create(finding=finding, at=call.now, kind=kind, by_arn=call.caller.arn, text=text)


def save(call: Call, **fields: Any) -> None:
    """Write the finding, and the sums of its rule where it begins or ceases to wait."""
    finding = call.found["finding"]
    waited = finding.state in Finding.TO_DO
    for name, value in fields.items():
        setattr(finding, name, value)
    finding.save(update_fields=list(fields))
    if waited != (finding.state in Finding.TO_DO):
        sums.refresh(finding.account, [finding.rule])


@operation("iamconsole:AcknowledgeFinding")
class AcknowledgeFinding(FindingOperation):
    """Somebody knows of it and will see to it. It still waits."""

    states = (State.OPEN, State.REOPENED)
    otherwise = NOT_OPEN

    def undo(self, call: Call) -> Undo:
        finding = named(call)
        is_open = finding is not None and finding.state in self.states
        return [("iamconsole:UnacknowledgeFinding", dict(call.params))] if is_open else []

    def write(self, call: Call, facts: Facts) -> None:
        save(call, state=State.ACKNOWLEDGED)
        note(call, Change.ACKNOWLEDGED)


@operation("iamconsole:UnacknowledgeFinding")
class UnacknowledgeFinding(FindingOperation):
    states = (State.ACKNOWLEDGED,)
    otherwise = NOT_OPEN

    def undo(self, call: Call) -> Undo:
        finding = named(call)
        is_acknowledged = finding is not None and finding.state == State.ACKNOWLEDGED
        return [("iamconsole:AcknowledgeFinding", dict(call.params))] if is_acknowledged else []

    def write(self, call: Call, facts: Facts) -> None:
        save(call, state=waiting_again(call.found["finding"]))
        note(call, Change.UNACKNOWLEDGED)


@operation("iamconsole:AssignFinding")
class AssignFinding(FindingOperation):
    """Who answers for it; "" for whoever it would be by itself: the key's owner, the user, the contact."""

    def undo(self, call: Call) -> Undo:
        finding = named(call)
        if finding is None:
            return []
        owner = finding.owner if finding.owner_chosen else ""
        return [(self.name, {**call.params, "Owner": owner})] if owner != call.params["Owner"] else []

    def write(self, call: Call, facts: Facts) -> None:
        owner = call.params["Owner"].strip()
        finding = call.found["finding"]
        save(call, owner=owner or Owners([finding.account]).of_finding(finding), owner_chosen=bool(owner))
        note(call, Change.ASSIGNED, finding.owner)


@operation("iamconsole:SetFindingDueDate")
class SetFindingDueDate(FindingOperation):
    """Until when it should be done; "" for the day that its severity gives."""

    def undo(self, call: Call) -> Undo:
        finding = named(call)
        if finding is None:
            return []
        day = finding.due_date.isoformat() if finding.due_chosen and finding.due_date else ""
        return [(self.name, {**call.params, "DueDate": day})] if day != call.params["DueDate"] else []

    def check(self, call: Call) -> None:
        super().check(call)
        day = call.found["day"] = (
            day_of(call.params["DueDate"], "due date") if call.params["DueDate"] else None
        )
        if day and day < today():
            raise IamError("InvalidInput", DUE_PAST.format(day=day))

    def write(self, call: Call, facts: Facts) -> None:
        finding, day = call.found["finding"], call.found["day"]
        save(call, due_date=day or due_on(finding.severity, finding.opened_at), due_chosen=bool(day))
        note(call, Change.DUE, finding.due_date.isoformat())


@operation("iamconsole:SetFindingTicket")
class SetFindingTicket(FindingOperation):
    """Where the work is tracked; "" takes the address away."""

    def undo(self, call: Call) -> Undo:
        finding = named(call)
        if finding is None or finding.ticket == call.params["Ticket"]:
            return []
        return [(self.name, {**call.params, "Ticket": finding.ticket})]

    def check(self, call: Call) -> None:
        super().check(call)
        ticket = call.params["Ticket"]
        if ticket and not ticket.startswith(("https://", "http://")):
            raise IamError("InvalidInput", NOT_A_TICKET)

    def write(self, call: Call, facts: Facts) -> None:
        save(call, ticket=call.params["Ticket"])
        note(call, Change.TICKET, call.params["Ticket"])


@operation("iamconsole:CommentOnFinding")
class CommentOnFinding(FindingOperation):
    """Also on one that is over."""

    lasting = lasts.HAPPENED
    states = State.values

    def write(self, call: Call, facts: Facts) -> None:
        note(call, Change.COMMENT, call.params["Text"])


def waiting_again(finding: Finding) -> Finding.State:
    """The state of a finding that nobody has decided about."""
    return State.OPEN if finding.opened_at == finding.first_opened_at else State.REOPENED


def known_rule(name: str) -> str:
    """A rule by its ID. Raises IamError."""
    if name not in BY_ID:
        raise IamError("NoSuchEntity", f"There is no rule {name}. Choose one on the page Rules.")
    return name


def close_exemptions(call: Call) -> None:
    """End what runs or is proposed."""
    Exemption.objects.filter(finding=call.found["finding"], ended_at=None).update(
        ended_at=call.now, ended_by_arn=call.caller.arn
    )
