"""Celery tasks of the reports."""

from celery import shared_task

from iamconsole.schedule import ByTheClock
from reports.last_accessed import reading


@shared_task(name="reports.tasks.read_last_accessed", base=ByTheClock)
def read_last_accessed() -> None:
    reading.start_due()
