"""Findings of the demo: evaluated over some weeks, so that they have a history, and what people decided."""

from datetime import timedelta
from random import Random

from reports.findings.evaluation import evaluate
from reports.models import Finding
from users.models import Account

from . import cast
from .stage import Stage

LOOKS = (40, 21, 8, 1, 0)  # days ago
NO_OWNER = "access-key-without-owner"
OLD_KEYS = "access-key-old"


def look_and_decide(home: Account) -> None:
    """Evaluate all accounts on several days; in the home account the director decides about some findings."""
    stage = Stage(home, cast.DIRECTOR, Random(5))  # noqa: S311  (a story, not a secret)
    accounts = list(Account.objects.select_related("link"))
    for days in LOOKS:
        stage.at(stage.now - timedelta(days=days), evaluate, accounts)
    stage.at(stage.now - timedelta(days=18), decide, stage)
    stage.at(stage.now - timedelta(days=5), name_owner, stage)
    stage.play()


def name_owner(stage: Stage) -> None:
    """One key that nobody answered for gets an owner: its finding is fixed at the next look."""
    finding = Finding.objects.to_do().filter(account=stage.account, rule=NO_OWNER).order_by("subject").first()
    if finding:
        key = {"UserName": finding.user_name, "AccessKeyId": finding.subject}
        stage.do("iamconsole:UpdateAccessKeyDetails", **key, Owner="platform team")


def decide(stage: Stage) -> None:
    """Old keys: one is acknowledged, one assigned, one exempt until soon, one until a day that is over."""
    rows = Finding.objects.to_do().filter(account=stage.account, rule=OLD_KEYS).order_by("subject")
    for finding, act in zip(rows, (acknowledge, assign, exempt, exempt_briefly), strict=False):
        act(stage, str(finding.pk))


def acknowledge(stage: Stage, finding: str) -> None:
    stage.do("iamconsole:AcknowledgeFinding", FindingId=finding)
    text = "The new key is ready. It is switched over with the next release."
    stage.do("iamconsole:CommentOnFinding", FindingId=finding, Text=text)


def assign(stage: Stage, finding: str) -> None:
    stage.do("iamconsole:AssignFinding", FindingId=finding, Owner="platform team")
    stage.do("iamconsole:SetFindingTicket", FindingId=finding, Ticket="https://tickets.example.com/IAM-71")


def exempt(stage: Stage, finding: str) -> None:
    _exempt(stage, finding, "The partner's system cannot change its key before the move.", days=3)


def exempt_briefly(stage: Stage, finding: str) -> None:
    _exempt(stage, finding, "Until the old backup is switched off.", days=-4)


def _exempt(stage: Stage, finding: str, reason: str, days: int) -> None:
    """Exempt until so many days from today."""
    ends = (stage.now + timedelta(days=days)).date().isoformat()
    stage.do("iamconsole:ExemptFinding", FindingId=finding, Reason=reason, EndsOn=ends)
