"""Celery tasks of the reports."""

from celery import shared_task

from iamconsole.schedule import ByTheClock
from reports.last_accessed import reading
from reports.retention import nightly


@shared_task(name="reports.tasks.read_last_accessed", base=ByTheClock)
def read_last_accessed() -> None:
    reading.start_due()


@shared_task(name="reports.tasks.prune", expires=600)
def prune() -> None:
    nightly.prune_when_due()
