"""Telling what a sync found different: what was asked for here is ours, all the rest was done outside."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from iamconsole.arn import AWS_OWNED
from iamconsole.event_authors import CHANGED_HERE, CHANGED_OUTSIDE
from iamconsole.models import Event, Intent
from iamconsole.operations import Caller, events, find
from iamconsole.operations.explained import Difference, Question, explained
from iamconsole.operations.wanted import CLOCK_SKEW, HAS_NOT, patience
from iamconsole.review import Kind, review
from iamconsole.sync import authors
from iamconsole.sync.changes import Change, Changes, values_of

# Who did it cannot be read from a listing; AWS CloudTrail may know (``iamconsole.sync.authors``).
OUTSIDE = "outside the console"
AWS = "AWS"
MOST_WARNINGS = 5
# A version allows nothing until it is the default, whose document is told of the policy.
NOT_IN_FORCE = "PolicyVersion"
# A row that a sync spares shows what was settled before: for so long a settled question explains it.
SPARED = timedelta(days=2)

Differences = dict[str, Difference]


class AskedHere:
    """The questions of this console whose answers were lost, and what they explain."""

    def __init__(self, account_id: str, caller: Caller) -> None:
        """Those that are open, and those settled lately of which nothing was told yet."""
        self.caller = caller
        intents = Intent.objects.filter(account_id=account_id)
        late = intents.filter(state=Intent.State.SETTLED, closed_at__gte=timezone.now() - SPARED).exclude(
            outcome=HAS_NOT
        )
        told = self._told_before(account_id)
        settled = [intent for intent in late if str(intent.id) not in told]
        self.intents = [*intents.filter(state=Intent.State.OPEN), *settled]

    def _told_before(self, account_id: str) -> set[str]:
        """Intents that an earlier sync has told of: what AWS shows later is another's."""
        rows = Event.objects.filter(
            account_id=account_id, action=CHANGED_HERE, at__gte=timezone.now() - SPARED
        ).exclude(job_id=self.caller.job_id)
        return {detail.get("Intent", "") for detail in rows.values_list("detail", flat=True)}

    def divide(self, change: Change) -> tuple[Differences, dict[Intent, Differences]]:
        """What nobody here has asked for, and what each question explains."""
        left: Differences = {}
        ours: dict[Intent, Differences] = defaultdict(dict)
        for what, difference in change.differences.items():
            rest: Difference | None = difference
            for intent in self.intents:
                if rest is None:
                    break
                asked = question(intent)
                before, rest = rest, find(asked.operation).explains(rest, asked)
                if rest != before:
                    ours[intent][what] = explained(before, rest)
            if rest is not None:
                left[what] = rest
        return left, ours


def question(intent: Intent) -> Question:
    """What was asked, and when AWS may have done it."""
    first = intent.opened_at - CLOCK_SKEW
    last = intent.opened_at + patience() + CLOCK_SKEW
    operation, params = find(intent.operation).asked(intent.evidence, intent.params)
    return Question(operation, params, within=(first, last), on=intent.resource)


def tell(caller: Caller, account_id: str, changes: Changes, since: datetime | None) -> None:
    """Write an Event on each thing that was changed outside, and on each change whose answer was lost.

    ``since``: when AWS was read before. Who made the changes outside is looked for after that.
    """
    if not changes:
        return
    asked = AskedHere(account_id, caller)
    nobody = replace(caller, origin_arn="", source_ip=None, user_agent="", mfa_at=None)
    for change in changes.values():
        left, ours = asked.divide(change)
        for intent, differences in ours.items():
            by = replace(nobody, arn=intent.principal_arn)
            facts = {"Operation": intent.operation, "AskedAt": f"{intent.opened_at:%Y-%m-%dT%H:%M:%SZ}"}
            write(by, CHANGED_HERE, change, differences, {**facts, "Intent": str(intent.id)})
        if (left or not ours) and scope_is_aws(change.arn):
            write(replace(nobody, arn=AWS), CHANGED_OUTSIDE, change, left, {})
        elif left or not ours:
            event = write(replace(nobody, arn=OUTSIDE), CHANGED_OUTSIDE, change, left, {})
            authors.expect(event, since, left)


def scope_is_aws(arn: str) -> bool:
    """Whether a policy is one of AWS's own, which only AWS changes."""
    return f"::{AWS_OWNED}:policy/" in arn


def widening(differences: Differences) -> list[str]:
    """What documents allow now that they did not allow before, as far as it is dangerous (``review``)."""
    found: dict[str, None] = {}
    for one in differences.values():
        before = document_of(one, one.before)
        after = one.gives() if one.gives else document_of(one, one.after)
        if after and one.noun != NOT_IN_FORCE:
            known = warnings(before)
            found |= {title: None for title in warnings(after) if title not in known}
    return list(found)[:MOST_WARNINGS]


def document_of(difference: Difference, value: Any) -> str:
    """The policy document within a value; "" where it has none."""
    if isinstance(value, dict) and not difference.column:
        value = value.get("document")
    elif difference.column != "document":
        value = None
    return value or ""


def warnings(document: str) -> list[str]:
    """Titles of the security warnings about a document; none where there is no document."""
    findings = review(document) if document else ()
    return [finding.title for finding in findings if finding.kind == Kind.SECURITY]


def write(
    by: Caller, action: str, change: Change, differences: Differences, facts: Mapping[str, Any]
) -> Event:
    """One Event. A thing whose making is explained was changed by the rest."""
    whole = len(differences) == len(change.differences) or any(
        what in (one.column, one.noun) for what, one in differences.items()
    )
    detail = {
        "Name": change.name,
        "Change": change.kind if whole else "changed",
        "Values": values_of(differences.items()),
        **facts,
    }
    if warned := widening(differences):
        detail["Warnings"] = warned
    return events.write(by, action, change.arn, Event.Outcome.ALLOWED, detail=detail)
