"""What is decided about selected findings: in which step, what follows from it, and why some are left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from iamconsole.operations import Caller, Step
from iamconsole.portions import portions
from reports.findings.rows import Row
from reports.models import Exemption, Finding, FindingSettings
from users.models import Account

State = Finding.State
MOST = 500

# Kinds of choices (iamconsole.choices): of the list of an account, and of that of all accounts.
CHOICE, ACROSS = "findings", "findings of accounts"
CHANGED = "Some of these findings have changed since you opened this page. Read the list again."
NOTHING_LEFT = "Nothing can be changed in these findings. The table says why."
OVER = "Left out. It is {state}."
PROPOSED = "An exemption is proposed. Somebody else has to grant it"
ALREADY_PROPOSED = "Left out. An exemption is proposed already, and somebody else has to grant it."
ABOUT_YOURSELF = "Left out. It is about you, so somebody else has to grant the exemption."


@dataclass(frozen=True, slots=True)
class Decision:
    """What can be decided about many findings at once: its words, and the operation behind it."""

    name: str
    title: str
    button: str
    effect: str
    operation: str
    icon: str
    states: Sequence[str] = Finding.CURRENT

    @property
    def action(self) -> str:
        return f"iamconsole:{self.operation}"


DECISIONS: Mapping[str, Decision] = {
    decision.name: decision
    for decision in (
        Decision(
            "acknowledge",
            "Acknowledge",
            "Acknowledge {findings}",
            "An acknowledged finding is known and still to do. Nothing changes in the account.",
            "AcknowledgeFinding",
            "eye",
            (State.OPEN, State.REOPENED),
        ),
        Decision(
            "assign",
            "Assign",
            "Assign {findings}",
            "The owner is who has to see to the finding.",
            "AssignFinding",
            "user",
        ),
        Decision(
            "exempt",
            "Exempt",
            "Exempt {findings}",
            "An exempt finding is not to do until the end date. Then it is open again.",
            "ExemptFinding",
            "shield-off",
            Finding.TO_DO,
        ),
        Decision(
            "ticket",
            "Set ticket",
            "Set the ticket of {findings}",
            "The address of the ticket is shown with the findings.",
            "SetFindingTicket",
            "link",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Selected:
    """One selected finding. ``left``: why it stays as it is, "" where it does not."""

    row: Row
    left: str
    effect: str
    operation: str

    @property
    def finding(self) -> Finding:
        return self.row.finding


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected findings that there are, those that are left out last, and how many are gone."""

    decision: Decision
    rows: Sequence[Selected]
    gone: int

    @property
    def changed(self) -> list[Selected]:
        return [one for one in self.rows if not one.left]

    @property
    def seal(self) -> str:
        """Tells these changes from others: what is confirmed is what was shown."""
        told = " ".join(sorted(f"{one.finding.pk} {one.operation}" for one in self.changed))
        return sha256(told.encode()).hexdigest()[:16]

    def steps(self, values: Mapping[str, str]) -> dict[int, list[Step]]:
        """The steps of each account, by its key. ``values``: what was entered, by parameter."""
        found: dict[int, list[Step]] = {}
        for one in self.changed:
            step = Step(one.operation, {"FindingId": str(one.finding.pk), **values})
            found.setdefault(one.finding.account_id, []).append(step)
        return found


def selection_of(
    callers: Mapping[Account, Caller], decision: Decision, found: Iterable[Finding], asked: int
) -> Selection:
    """What the decision means to these findings of the accounts. ``asked``: how many were selected."""
    findings = list(found)
    as_who = {account.pk: caller for account, caller in callers.items()}
    second = second_persons(callers) if decision.name == "exempt" else set()
    proposals = proposals_of(findings) if second else {}
    rows = [
        judged(as_who[one.account_id], decision, one, one.account_id in second, proposals.get(one.pk))
        for one in findings
    ]
    rows.sort(key=lambda one: (bool(one.left), one.finding.severity, one.row.title, one.finding.name))
    return Selection(decision, rows, asked - len(findings))


def judged(
    caller: Caller, decision: Decision, finding: Finding, second: bool, proposal: Exemption | None
) -> Selected:
    """One finding. ``second``: whether an exemption takes two people in its account."""
    action, effect, left = decision.action, decision.title, ""
    if finding.state not in decision.states:
        left = OVER.format(state=finding.get_state_display().lower())
    elif second and proposal is None:
        action, effect = "iamconsole:ProposeExemption", PROPOSED
    elif second and proposal is not None:
        left = why_not_granted(caller, finding, proposal)
    resource = finding.user.arn if finding.user else "*"
    if not left and not caller.permits(action, resource):
        left = f"Left out. This needs {action} on {resource}."
    return Selected(Row(finding), left, effect, action)


def why_not_granted(caller: Caller, finding: Finding, proposal: Exemption) -> str:
    """Why a person cannot grant an exemption where it takes two; "" where nothing is in the way."""
    person = caller.person_arn
    if proposal.proposed_by_arn == person:
        return ALREADY_PROPOSED
    return ABOUT_YOURSELF if finding.user and finding.user.arn == person else ""


def second_persons(accounts: Iterable[Account]) -> set[int]:
    """The keys of the accounts in which one person proposes an exemption and another grants it."""
    found = FindingSettings.objects.filter(account__in=list(accounts), second_person=True)
    return set(found.values_list("account_id", flat=True))


def proposals_of(findings: Sequence[Finding]) -> dict[Any, Exemption]:
    """The exemptions that wait for somebody to grant them, by their findings."""
    found = {}
    for part in portions([one.pk for one in findings]):
        waiting = Exemption.objects.filter(finding__in=part, granted_at=None, ended_at=None)
        found.update({one.finding_id: one for one in waiting})
    return found
