"""Taking the risk of a finding until a day: who proposes it, who grants it, how it ends."""

from typing import Any

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Undo, operation
from reports.findings.days import end_of
from reports.findings.operations.findings import (
    NOT_OPEN,
    Change,
    FindingOperation,
    State,
    close_exemptions,
    named,
    note,
    save,
    waiting_again,
)
from reports.models import Exemption, Finding, FindingSettings

MOST_DAYS = 366
END = "end date of the exemption"
NEEDS_PROPOSAL = (
    "In this account an exemption is proposed by one person and granted by another. Propose it first, "
    "then ask somebody else to grant it."
)
OWN_PROPOSAL = "You proposed this exemption yourself. Somebody else has to grant it."
ABOUT_YOURSELF = "This finding is about you. In this account somebody else has to grant the exemption."
PROPOSED_ALREADY = "An exemption of this finding is proposed already. It can be granted, or ended."
NOT_EXEMPT = "This finding is {state}, not exempt, and no exemption is proposed. Nothing was changed."


@operation("iamconsole:ProposeExemption")
class ProposeExemption(FindingOperation):
    """Ask for an exemption: somebody else grants it. The finding still waits."""

    states = Finding.TO_DO
    otherwise = NOT_OPEN

    def undo(self, call: Call) -> Undo:
        return [("iamconsole:EndExemption", {"FindingId": call.params["FindingId"]})]

    def check(self, call: Call) -> None:
        super().check(call)
        call.found["day"] = end_of(call.params["EndsOn"], END, MOST_DAYS)
        if proposal_of(call.found["finding"]):
            raise IamError("EntityAlreadyExists", PROPOSED_ALREADY)

    def write(self, call: Call, facts: Facts) -> None:
        Exemption.objects.create(finding=call.found["finding"], **proposed(call))
        note(call, Change.EXEMPTION_PROPOSED, call.params["Reason"])


@operation("iamconsole:ExemptFinding")
class ExemptFinding(FindingOperation):
    """Take the risk of a finding through a day, for a reason. After that day it waits again.

    Where the account asks for a second person, somebody else has proposed it, and nobody exempts a finding
    about himself.
    """

    states = Finding.TO_DO
    otherwise = NOT_OPEN

    def undo(self, call: Call) -> Undo:
        finding = named(call)
        if finding is None or finding.state not in self.states:
            return []
        back = {"FindingId": call.params["FindingId"]}
        again = [("iamconsole:AcknowledgeFinding", back)] if finding.state == State.ACKNOWLEDGED else []
        return [("iamconsole:EndExemption", back), *again]

    def check(self, call: Call) -> None:
        super().check(call)
        call.found["day"] = end_of(call.params["EndsOn"], END, MOST_DAYS)
        call.found["proposal"] = proposal_of(call.found["finding"])
        if FindingSettings.objects.filter(account=call.account, second_person=True).exists():
            require_second_person(call)

    def write(self, call: Call, facts: Facts) -> None:
        finding, proposal = call.found["finding"], call.found["proposal"]
        row = proposal or Exemption(finding=finding, **proposed(call))
        row.reason, row.ends_on = call.params["Reason"], call.found["day"]
        row.granted_by_arn, row.granted_at = call.caller.arn, call.now
        row.save()
        save(call, state=State.EXEMPT, exempt_until=row.ends_on, act_on=None)
        note(call, Change.EXEMPT, f"Until {row.ends_on}. {row.reason}")


@operation("iamconsole:EndExemption")
class EndExemption(FindingOperation):
    """End an exemption before its day, or turn down a proposal. The finding waits again."""

    def undo(self, call: Call) -> Undo:
        finding = named(call)
        if finding is None:
            return []
        running = finding.exemptions.filter(ended_at=None).first()
        if running is None:
            return []
        name = "iamconsole:ExemptFinding" if running.granted_at else "iamconsole:ProposeExemption"
        return [(name, {**call.params, "Reason": running.reason, "EndsOn": running.ends_on.isoformat()})]

    def check(self, call: Call) -> None:
        super().check(call)
        finding = call.found["finding"]
        if finding.state != State.EXEMPT and not proposal_of(finding):
            state = finding.get_state_display().lower()
            raise IamError("ConcurrentModification", NOT_EXEMPT.format(state=state))

    def write(self, call: Call, facts: Facts) -> None:
        close_exemptions(call)
        if call.found["finding"].state == State.EXEMPT:
            save(call, state=waiting_again(call.found["finding"]), exempt_until=None)
        note(call, Change.EXEMPTION_ENDED)


def proposal_of(finding: Finding) -> Exemption | None:
    """The exemption that waits for somebody to grant it."""
    return finding.exemptions.filter(granted_at=None, ended_at=None).first()


def proposed(call: Call) -> dict[str, Any]:
    return {
        "reason": call.params["Reason"],
        "ends_on": call.found["day"],
        "proposed_by_arn": call.caller.person_arn,
        "proposed_at": call.now,
    }


def require_second_person(call: Call) -> None:
    """Raises IamError where the caller alone would exempt, or exempts itself."""
    finding, proposal = call.found["finding"], call.found["proposal"]
    if proposal is None:
        raise IamError("InvalidInput", NEEDS_PROPOSAL)
    if proposal.proposed_by_arn == call.caller.person_arn:
        raise IamError("InvalidInput", OWN_PROPOSAL)
    if finding.user and finding.user.arn == call.caller.person_arn:
        raise IamError("InvalidInput", ABOUT_YOURSELF)
