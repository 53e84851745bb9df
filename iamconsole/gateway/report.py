"""AWS's credential report: asked for, waited for, fetched as it is (IAM-FACTS 3.3)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iamconsole.errors import IamError

from .client import read

# AWS makes a small account's report at once and a large one's in minutes.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
# AWS said that the report was ready, and then it was not: it is asked for anew.
AGAIN = frozenset({"ReportInProgress", "ReportNotPresent", "ReportExpired"})
NOT_FINISHED = "AWS did not finish its credential report in time. Try again later."


@dataclass(frozen=True, slots=True)
class AwsReport:
    """The report byte for byte, and when AWS made it: up to four hours ago."""

    content: bytes
    generated_at: datetime


def credential_report(client: Any, patience: float, waiting: Callable[[], None]) -> AwsReport:
    """The account's report. ``waiting`` is called at each round of waiting for AWS to make it.

    Raises IamError, ReportInProgress when it is not there after ``patience`` seconds.
    """
    deadline, pause = time.monotonic() + patience, FIRST_PAUSE
    while True:
        complete = read(client.generate_credential_report)["State"] == "COMPLETE"
        if complete and (report := _fetched(client)):
            return report
        if time.monotonic() >= deadline:
            raise IamError("ReportInProgress", NOT_FINISHED)
        waiting()
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _fetched(client: Any) -> AwsReport | None:
    """The report, or None where AWS takes back that there is one."""
    try:
        answer = read(client.get_credential_report)
    except IamError as error:
        if error.code in AGAIN:
            return None
        raise
    return AwsReport(answer["Content"], answer["GeneratedTime"])
