"""Asking AWS for reports of the services that users, groups and policies last accessed.

AWS makes a report when it is asked to, and gives it to the session that asked and to nobody else: one client
carries both questions, and whoever takes over asks anew (IAM-FACTS 2.16.2).
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.operations import LinkSpec
from iamconsole.portions import portions

# So many reports are made at a time: waiting for one is waiting for all.
AT_ONCE = 15
# Calls for one report: one to have it made, and most often two until it is there and read.
CALLS = 3
FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.5, 5.0, 90.0
PAGE = 1000
# The session that asked is over, or another one reads.
NOT_OURS = frozenset({"NoSuchEntity", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"})
NOT_MADE = "AWS did not finish the report in time. Read it again later."
LOST = "The session that asked AWS for the report ended before it was there. Read it again."


@dataclass(frozen=True, slots=True)
class Answer:
    """What AWS said of one principal: its services, and when it had made the report; or why there is none."""

    arn: str
    services: Sequence[Mapping[str, Any]] = ()
    made_at: datetime | None = None
    error: str = ""


@dataclass
class Reading:
    """Reports of one linked account. ``waiting`` is called while AWS makes them, and may raise to stop."""

    link: LinkSpec
    waiting: Callable[[], None]
    calls: gateway.Calls = field(default_factory=gateway.Calls)

    def reports(self, arns: Sequence[str]) -> Iterator[Answer]:
        """The answer about each principal that AWS knows. Raises IamError where AWS denies the reports."""
        for some in portions(arns, AT_ONCE):
            lost = []
            for answer in self._in_one_session(some):
                if answer.error == LOST:
                    lost.append(answer.arn)
                else:
                    yield answer
            if lost:
                yield from self._in_one_session(lost)

    def _in_one_session(self, arns: Sequence[str]) -> Iterator[Answer]:
        """Have reports made, then read them, with one client."""
        client: Any = gateway.reader(self.link, calls=self.calls)
        jobs = {arn: job_id for arn in arns if (job_id := _job_of(client, arn))}
        deadline, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while jobs:
            self.waiting()
            for arn, job_id in list(jobs.items()):
                if answer := _read(client, arn, job_id):
                    del jobs[arn]
                    yield answer
            if not jobs:
                return
            if time.monotonic() >= deadline:
                yield from (Answer(arn, error=NOT_MADE) for arn in jobs)
                return
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _job_of(client: Any, arn: str) -> str:
    """Ask for the report of one principal; "" for one that AWS no longer has. Action level has all."""
    try:
        made = gateway.read(
            client.generate_service_last_accessed_details, Arn=arn, Granularity="ACTION_LEVEL"
        )
    except IamError as error:
        if error.code == "NoSuchEntity":
            return ""
        raise
    return str(made["JobId"])


def _read(client: Any, arn: str, job_id: str) -> Answer | None:
    """The report with all its pages; None while AWS makes it."""
    method = client.get_service_last_accessed_details
    services: list[Any] = []
    marker: dict[str, str] = {}
    while True:
        try:
            page = gateway.read(method, JobId=job_id, MaxItems=PAGE, **marker)
        except IamError as error:
            if error.code in NOT_OURS:
                return Answer(arn, error=LOST)
            raise
        if page["JobStatus"] == "IN_PROGRESS":
            return None
        if page["JobStatus"] == "FAILED":
            return Answer(arn, error=page.get("Error", {}).get("Message", "AWS could not create the report."))
        services += page["ServicesLastAccessed"]
        following = {"Marker": page["Marker"]} if page.get("IsTruncated") and page.get("Marker") else {}
        if not following or following == marker:
            return Answer(arn, services, page["JobCompletionDate"])
        marker = following
