"""Metrics of jobs and of the schedule."""

from datetime import timedelta

from django.db.models import Count, Min
from django.utils import timezone

from iamconsole import jobs
from iamconsole.celery import app
from iamconsole.models import Job, ScheduleEntry

from . import instances, metrics
from .metrics import Rows

ENDED = metrics.counter("iamconsole_jobs_ended_total", "Jobs that ended, by kind and state.", "kind", "state")
SECONDS = metrics.histogram(
    "iamconsole_job_seconds",
    "How long jobs took, from start to end.",
    "kind",
    buckets=metrics.SLOW,
)
OTHER = "other"  # of a later or an earlier release


def kind_of(kind: str) -> str:
    return kind if kind in jobs.known_kinds() else OTHER


def ended(job: Job, state: str) -> None:
    """Count a job that has ended in this process."""
    ENDED.labels(kind_of(job.kind), state).inc()
    if job.started_at:
        seconds = (timezone.now() - job.started_at).total_seconds()
        SECONDS.labels(kind_of(job.kind)).observe(max(0.0, seconds))


def open_jobs() -> Rows:
    """Waiting and running jobs by kind; every kind is told, also with none."""
    kinds = sorted(jobs.known_kinds())
    found = {(kind, str(state)): 0 for kind in kinds for state in Job.OPEN_STATES}
    rows = Job.objects.filter(state__in=Job.OPEN_STATES).order_by().values_list("kind", "state")
    for kind, state, number in rows.annotate(number=Count("pk")):
        place = kind_of(kind), state
        found[place] = found.get(place, 0) + number
    return found.items()


def oldest_waiting() -> Rows:
    """Seconds, by the clock of the database; 0 where no job waits."""
    oldest = Job.objects.filter(state=Job.State.WAITING).aggregate(oldest=Min("created_at"))["oldest"]
    age = instances.database_time() - oldest if oldest else timedelta()
    return [((), max(0.0, age.total_seconds()))]


def last_runs() -> Rows:
    """When each entry of the schedule last ran, on whichever machine."""
    ran = dict(ScheduleEntry.objects.exclude(ran_at=None).values_list("name", "ran_at"))
    entries = app.conf.beat_schedule.items()
    known = [(name, ran.get(entry["task"])) for name, entry in entries]
    return [((name,), at.timestamp()) for name, at in known if at]


def register() -> None:
    """Called once, from ``AppConfig.ready``."""
    metrics.gauge(
        "iamconsole_schedule_last_run_timestamp_seconds",
        "When an entry of the schedule last ran.",
        ("entry",),
        last_runs,
    )
    metrics.gauge("iamconsole_jobs", "Jobs that wait or run, by kind.", ("kind", "state"), open_jobs)
    metrics.gauge(
        "iamconsole_jobs_oldest_waiting_seconds", "How long the oldest job waits.", (), oldest_waiting
    )
