"""Celery tasks of the credentials: ids only."""

from celery import shared_task

from credentials.guesses import throttle
from credentials.mfa import makers as mfa_makers
from credentials.sessions import rows as sessions


@shared_task(name="credentials.tasks.sweep_sign_in", expires=300)
def sweep_sign_in() -> None:
    throttle.sweep()
    sessions.sweep()


@shared_task(name="credentials.tasks.sweep_mfa_devices", expires=3600)
def sweep_mfa_devices() -> None:
    mfa_makers.sweep()
