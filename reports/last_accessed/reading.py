"""Reading AWS's reports of last accessed services: by a button, and in turn within a budget.

A run reads as many users, groups and policies as its budget of calls allows: those that were never read
first, then those read longest ago. A report that was read less than a week ago is left alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from iamconsole import jobs
from iamconsole.errors import IamError
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Event, Job
from iamconsole.operations import Call, Facts, Operation, events, lasts, operation, require
from iamconsole.ops import instances
from iamconsole.queues import SYNCS
from reports.last_accessed.at_aws import CALLS, Answer, Reading
from reports.last_accessed.operations import principal_named
from reports.last_accessed.rows import as_kept
from reports.last_accessed.services import Principal
from reports.models import LastAccessedReport
from users.callers.build import account_of_job, starter_of, system_caller
from users.models import Account, Group, ManagedPolicy, User

KIND = "read-last-accessed"
GENERATE = "iam:GenerateServiceLastAccessedDetails"
FRESH, FAILED_AGAIN = timedelta(days=7), timedelta(days=1)
EVERY = timedelta(hours=1)
KEPT = timedelta(days=7)  # rows of runs
NOT_LINKED = "This account is not linked to AWS. Its last accessed services are shown without reading."
NOT_THERE = "AWS has no last accessed data in the partition {partition}."
# Regions whose accesses AWS tracks are in these partitions (IAM-FACTS 2.16.2).
TRACKED_PARTITIONS = ("aws", "aws-us-gov")


def id_of(principal: Principal) -> str:
    """What a report is kept under: no later namesake has it."""
    if isinstance(principal, User):
        return principal.user_id
    return principal.group_id if isinstance(principal, Group) else principal.arn


@operation("iamconsole:ReadLastAccessed")
class ReadLastAccessed(Operation):
    """Have AWS make and hand out the report of one user, group or managed policy; the answer is a job."""

    lasting = lasts.HAPPENED
    action = GENERATE

    def resources(self, call: Call) -> Sequence[str]:
        return [call.params["Arn"]]

    def check(self, call: Call) -> None:
        if call.caller.link is None:
            raise IamError("InvalidInput", NOT_LINKED)
        account = account_of_job(call.account_id)
        if account.partition not in TRACKED_PARTITIONS:
            raise IamError("InvalidInput", NOT_THERE.format(partition=account.partition))
        call.found["principal"] = principal_named(call, call.params["Arn"])

    def write(self, call: Call, facts: Facts) -> None:
        key = f"{KIND}:{call.account_id}:{id_of(call.found['principal'])}"[-100:]
        call.found["job"] = jobs.start(
            call.caller,
            KIND,
            args={"arn": call.params["Arn"], "id": id_of(call.found["principal"])},
            exclusive_key=key,
            starter=starter_of(call.caller),
        )

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"JobId": str(call.found["job"].id)}


@job_kind(KIND, queue=SYNCS)
def read_reports(run: JobRun) -> dict[str, Any]:
    """Read the report that was asked for, or those whose turn it is. Repeated, it asks AWS anew."""
    account = account_of_job(run.job.account_id)
    link, arn = account.link_spec, run.job.args.get("arn", "")
    if link is None:
        raise IamError("InvalidInput", NOT_LINKED)
    caller = run.caller()
    require(caller, GENERATE, arn or account.arn)
    principals = {arn: run.job.args["id"]} if arn else dict(due(account, timezone.now()))
    reading = Reading(link, run.progress)
    done = failed = 0
    try:
        for answer in reading.reports(list(principals)):
            keep(account, principals[answer.arn], answer)
            done, failed = done + 1, failed + bool(answer.error)
            run.progress(done, len(principals), "Reading last accessed services")
    except IamError as error:
        for principal_id in list(principals.values())[done : done + 1]:
            keep(account, principal_id, Answer("", error=error.message))
        raise
    if arn:
        detail = {"Arn": arn, "Calls": reading.calls.total}
        events.write(caller, GENERATE, arn, Event.Outcome.ALLOWED, detail=detail)
    return {"read": done - failed, "failed": failed, "calls": reading.calls.facts()}


def keep(account: Account, principal_id: str, answer: Answer) -> None:
    """Keep what AWS said; where it said nothing, what it said before and why there is nothing newer."""
    values: dict[str, Any] = {"asked_at": timezone.now(), "error": answer.error}
    if not answer.error:
        values |= {"read_at": answer.made_at, "services": as_kept(answer.services)}
    LastAccessedReport.objects.update_or_create(account=account, principal_id=principal_id, defaults=values)


def principals_of(account: Account) -> list[tuple[Any, str]]:
    """Users, groups and the account's own policies, each with the name of its ID."""
    return [
        (User.objects.people(account).select_related("account"), "user_id"),
        (Group.objects.filter(account=account).select_related("account"), "group_id"),
        (ManagedPolicy.objects.customer(account).defer("document"), "arn"),
    ]


def due(account: Account, now: datetime) -> list[tuple[str, str]]:
    """Whose turn it is: ARN and ID, as many as the budget of an hour allows. What is gone is forgotten."""
    reports = LastAccessedReport.objects.filter(account=account)
    asked = dict(reports.values_list("principal_id", "asked_at"))
    failed = set(reports.exclude(error="").values_list("principal_id", flat=True))
    there = [(row.arn, getattr(row, key)) for rows, key in principals_of(account) for row in rows]
    gone = asked.keys() - {principal_id for _, principal_id in there} - used_policies(account)
    reports.filter(principal_id__in=gone).delete()
    waiting = [
        (asked.get(principal_id), arn, principal_id)
        for arn, principal_id in there
        if principal_id not in asked
        or now - asked[principal_id] > (FAILED_AGAIN if principal_id in failed else FRESH)
    ]
    waiting.sort(key=lambda one: one[0].timestamp() if one[0] else 0)
    return [(arn, principal_id) for _, arn, principal_id in waiting[: most(account)]]


def used_policies(account: Account) -> set[str]:
    """ARNs of AWS managed policies, whose reports are read by a button only."""
    rows = LastAccessedReport.objects.filter(account=account, principal_id__contains=":iam::aws:policy/")
    return set(rows.values_list("principal_id", flat=True))


def most(account: Account) -> int:
    """How many reports an hour may read: the budget is calls for each 1,000 users; one at least."""
    if not settings.LAST_ACCESSED_BUDGET:
        return 0
    users = User.objects.people(account).count()
    return max(ceil(settings.LAST_ACCESSED_BUDGET * users / 1000) // CALLS, 1)


def start_due(now: datetime | None = None) -> int:
    """Start the runs of linked accounts that had none within the hour, those that waited longest first.
    Returns how many were started.
    """
    now = now or instances.database_time()
    if not settings.LAST_ACCESSED_BUDGET:
        return 0
    runs = Job.objects.filter(kind=KIND, args={})
    last = runs.filter(account_id=OuterRef("account_id")).order_by("-created_at").values("created_at")[:1]
    accounts = Account.objects.filter(
        kind=Account.Kind.LINKED,
        partition__in=TRACKED_PARTITIONS,
        link__synced_at__isnull=False,
        link__sync_every__gt=0,
        link__paused_at=None,
    )
    waiting = accounts.annotate(last=Subquery(last)).filter(Q(last=None) | Q(last__lte=now - EVERY))
    room = settings.SYNCS_AT_ONCE - runs.filter(state__in=Job.OPEN_STATES).count()
    oldest = waiting.order_by(F("last").asc(nulls_first=True), "pk")
    return sum(start(account, now) for account in oldest[: max(room, 0)])


def start(account: Account, now: datetime) -> bool:
    """Start one run; rows of old ones go."""
    old = Job.objects.filter(kind=KIND, account_id=account.account_id, created_at__lt=now - KEPT)
    old.exclude(state__in=Job.OPEN_STATES).delete()
    caller = system_caller(account)
    try:
        jobs.start(caller, KIND, exclusive_key=f"{KIND}:{account.account_id}", starter=starter_of(caller))
    except jobs.AlreadyOpen:
        return False
    return True
