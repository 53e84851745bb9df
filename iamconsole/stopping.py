"""A worker that was asked to end: short jobs come to their end, long ones are handed back at once."""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .job_run import JobRun

log = logging.getLogger(__name__)

# A job that is younger may come to its end, for as long at most.
SHORT_SECONDS = 5.0
# By then each job is handed back, wherever it is: the fence refuses what its thread still writes.
HAND_BACK_SECONDS = 15.0
END_SECONDS = 18.0
_asked_at: list[float] = []
_running: set["JobRun"] = set()


class HandedBack(Exception):
    """The worker ends, so another one goes on with the job."""


def is_asked() -> bool:
    return bool(_asked_at)


def must_stop(began: float) -> bool:
    """Whether a job that began at ``began`` (``time.monotonic``) ends at its next checkpoint."""
    if not _asked_at:
        return False
    return min(_asked_at[0] - began, SHORT_SECONDS) + time.monotonic() - _asked_at[0] >= SHORT_SECONDS


def watch(run: "JobRun") -> None:
    _running.add(run)


def forget(run: "JobRun") -> None:
    _running.discard(run)


def begin(hand_back: Callable[["JobRun"], Any], end: Callable[[int], Any] = os._exit) -> None:
    """Ask all jobs of this process to stop. Those that do not are handed back; the process ends with 0, also
    where the database does not answer: then the next worker finds the jobs silent.
    """

    def give(run: "JobRun") -> None:
        log.info("Job %s is handed back in the middle of its work", run.job.id)
        try:
            hand_back(run)
        except Exception as error:
            log.warning("Job %s could not be handed back: %s", run.job.id, error)

    def follow() -> None:
        wait(HAND_BACK_SECONDS)
        for run in list(_running):
            threading.Thread(target=give, args=(run,), name=f"hand-back-{run.job.id}", daemon=True).start()
        wait(END_SECONDS - HAND_BACK_SECONDS)
        if _running:
            end(0)

    if not _asked_at:
        _asked_at.append(time.monotonic())
        threading.Thread(target=follow, name="hand-back", daemon=True).start()


def wait(seconds: float) -> None:
    """Until no job runs here, for so long at most."""
    until = time.monotonic() + seconds
    while _running and time.monotonic() < until:
        time.sleep(0.1)
