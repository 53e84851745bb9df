"""What people decide about findings: through the door, with Events, sentences and undo."""

from datetime import timedelta

import pytest

from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from reports.findings.evaluation import evaluate
from reports.findings.rule import today
from reports.models import Finding, FindingSettings, RuleResult
from tests.cast import ADMINISTRATOR_ACCESS, make_user
from tests.reports.findings.test_evaluation import OLD, make_key

SOON = (today() + timedelta(days=30)).isoformat()
YESTERDAY = (today() - timedelta(days=1)).isoformat()


@pytest.fixture
def finding(home):
    make_key(make_user(home, "dave"), 100, used_days=1)
    evaluate([home])
    return Finding.objects.get(rule=OLD)


@pytest.fixture
def do(alice, finding, caller):
    """Call an operation on the finding as Alice, or as somebody else."""

    def call(name: str, who=alice, **params):
        execute(caller(who), f"iamconsole:{name}", FindingId=str(finding.pk), **params)
        finding.refresh_from_db()

    return call


def test_acknowledge_and_take_back(do, finding, home):
    do("AcknowledgeFinding")
    assert finding.state == "acknowledged"
    assert RuleResult.objects.get(account=home, rule=OLD).to_do == 1, "it still waits"
    with pytest.raises(IamError, match="acknowledged already"):
        do("AcknowledgeFinding")
    do("UnacknowledgeFinding")
    assert finding.state == "open"
    assert [change.by for change in finding.changes.all()] == ["alice", "alice"]
    events = Event.objects.filter(action__endswith="cknowledgeFinding", outcome="allowed")
    assert {event.detail["UserName"] for event in events} == {"dave"}


def test_owner_due_date_ticket_and_comment(do, finding):
    do("AssignFinding", Owner="carol@example.com")
    do("SetFindingDueDate", DueDate=SOON)
    do("SetFindingTicket", Ticket="https://tickets.example.com/7")
    do("CommentOnFinding", Text="Asked the team.")
    evaluate([finding.account])
    finding.refresh_from_db()
    assert (finding.owner, finding.due_date.isoformat()) == ("carol@example.com", SOON)
    assert finding.ticket == "https://tickets.example.com/7"
    assert finding.changes.last().text == "Asked the team."
    do("AssignFinding", Owner="")
    assert finding.owner == "dave"


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("SetFindingDueDate", {"DueDate": YESTERDAY}, "is over"),
        ("SetFindingDueDate", {"DueDate": "soon"}, "is not a date"),
        ("SetFindingTicket", {"Ticket": "javascript:alert(1)"}, "begins with https://"),
        ("ExemptFinding", {"Reason": "x", "EndsOn": ""}, "Enter the end date of the exemption"),
        ("ExemptFinding", {"Reason": "x", "EndsOn": YESTERDAY}, "is over"),
        ("ExemptFinding", {"Reason": "x", "EndsOn": today().isoformat()}, "is over"),
        ("ExemptFinding", {"Reason": "x", "EndsOn": "2099-01-01"}, "more than 366 days away"),
        ("EndExemption", {}, "not exempt"),
    ],
)
def test_bad_input_has_a_sentence(do, finding, name, params, sentence):
    with pytest.raises(IamError, match=sentence):
        do(name, **params)
    assert finding.state == "open"


def test_an_exemption_is_granted_and_ended(do, finding, home):
    do("ExemptFinding", Reason="Replaced in spring.", EndsOn=SOON)
    assert (finding.state, finding.exempt_until.isoformat()) == ("exempt", SOON)
    assert RuleResult.objects.get(account=home, rule=OLD).exempt == 1
    do("EndExemption")
    assert (finding.state, finding.exempt_until) == ("open", None)
    assert finding.exemptions.get().ended_at is not None


def test_a_second_person_grants(do, finding, home, alice):
    FindingSettings.objects.create(account=home, second_person=True)
    with pytest.raises(IamError, match="proposed by one person and granted by another"):
        do("ExemptFinding", Reason="x", EndsOn=SOON)
    do("ProposeExemption", Reason="Replaced in spring.", EndsOn=SOON)
    assert finding.state == "open"
    with pytest.raises(IamError, match="You proposed this exemption yourself"):
        do("ExemptFinding", Reason="x", EndsOn=SOON)
    carol = make_user(home, "carol", policies=(ADMINISTRATOR_ACCESS,))
    do("ExemptFinding", who=carol, Reason="Agreed.", EndsOn=SOON)
    exemption = finding.exemptions.get()
    assert finding.state == "exempt"
    assert exemption.proposed_by_arn.endswith("/alice")
    assert exemption.granted_by_arn.endswith("/carol")


def test_it_needs_the_permission(do, finding):
    with pytest.raises(AccessDenied):
        do("ExemptFinding", who=finding.user, Reason="x", EndsOn=SOON)


def test_a_rule_that_only_reports_cannot_act(alice, caller):
    with pytest.raises(IamError, match="never acts"):
        execute(caller(alice), "iamconsole:SetRuleLevel", Rule=OLD, Level="act")
