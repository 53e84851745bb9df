"""What a person does after a job: where it goes on, what it is about, and why something was refused."""

import re
from collections.abc import Mapping
from typing import Any

from . import half_way
from .addresses import acting_in, reverse
from .errors import AccessDenied
from .job_kinds import Link
from .models import Job
from .operations import Caller
from .web import why_url

DECIDE = "Decide what to do"
# AWS's words, and the console's own, of an action that no policy allows.
REFUSED = re.compile(r"not authorized to perform: ([a-z]+:\w+)(?: on resource: (?:user )?(\S+))?")
FAILED_ROWS = "{failed} failed. Each row says why. Fix that, then do it again for them."
STOPPED = "What was done stays done. Fix what the error says, then start it again."
CANCELLED = "What was done stays done."


def next_step(job: Job, failed: int = 0) -> tuple[str, Link | None]:
    """What to do about a job that ended with something left: a sentence, and where. "" where all is done.

    ``failed``: how many of its rows failed. A job that stopped half-way asks for itself.
    """
    if job.open or half_way.is_half_way(job):
        return "", None
    if job.state == Job.State.FAILED:
        return STOPPED, job.words.again(job)
    if job.state == Job.State.CANCELLED:
        return CANCELLED, job.words.again(job)
    return (FAILED_ROWS.format(failed=failed), job.words.again(job)) if failed else ("", None)


def link_in_list(job: Job) -> Link | None:
    """The one thing to do about a job in a list of jobs; no question is asked for it."""
    with acting_in(job.account_id):
        if half_way.is_half_way(job):
            return Link(DECIDE, reverse("job", args=[job.id]))
        failed = int(job.result.get("failed", 0) or 0)
        if failed and job.state == Job.State.DONE:
            return Link(f"Show {failed} failed", reverse("job", args=[job.id]) + "?state=failed")
        if job.state in (Job.State.FAILED, Job.State.CANCELLED):
            return job.words.again(job)
        return next(iter(job.words.about(job)), None) if job.state == Job.State.DONE else None


def why_refused(caller: Caller, job: Job, messages: Mapping[Any, str]) -> dict[Any, str]:
    """Key of a message -> the page that explains the refusal in it: for the job's starter, who may simulate
    itself.
    """
    if not (job.belongs_to(caller.person_id) and caller.knows_why):
        return {}
    found = {key: REFUSED.search(text) for key, text in messages.items()}
    return {
        key: why_url(caller, AccessDenied("", action=match[1], resource=(match[2] or "").rstrip(".")))
        for key, match in found.items()
        if match
    }
