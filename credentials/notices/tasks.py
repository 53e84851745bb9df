"""Celery tasks that send and sweep mails: ids only."""

from celery import shared_task

from credentials.notices import mails as notices


@shared_task(name="credentials.tasks.send_notice")
def send_notice(event_id: str) -> None:
    notices.deliver(event_id)


@shared_task(name="credentials.tasks.sweep_notices", expires=60)
def sweep_notices() -> None:
    notices.sweep()
