"""Celery tasks: three lines each, ids only."""

from celery import shared_task

from . import jobs
from .operations import undoing
from .schedule import ByTheClock


@shared_task(name="iamconsole.tasks.run_job")
def run_job(job_id: str) -> None:
    jobs.take(job_id)


@shared_task(name="iamconsole.tasks.sweep_jobs", base=ByTheClock)
def sweep_jobs() -> None:
    jobs.sweep()
    undoing.forget_old()
