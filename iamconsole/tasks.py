"""Celery tasks: three lines each, ids only."""

from celery import shared_task

from . import jobs
from .operations import undoing


@shared_task(name="iamconsole.tasks.run_job")
def run_job(job_id: str) -> None:
    jobs.run(job_id)


@shared_task(name="iamconsole.tasks.sweep_jobs", expires=60)
def sweep_jobs() -> None:
    jobs.sweep()
    undoing.forget_old()
