"""Celery tasks that send and sweep mails: ids only."""

from celery import shared_task

from credentials.notices import mails as notices
from iamconsole.schedule import ByTheClock


@shared_task(name="credentials.tasks.send_notice")
def send_notice(event_id: str) -> None:
    notices.deliver(event_id)


@shared_task(name="credentials.tasks.sweep_notices", base=ByTheClock)
def sweep_notices() -> None:
    notices.sweep()
