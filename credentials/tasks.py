"""Celery tasks of the credentials: ids only."""

from celery import shared_task

from credentials.guesses import throttle
from credentials.mfa import makers as mfa_makers
from credentials.sessions import rows as sessions
from iamconsole.schedule import ByTheClock


@shared_task(name="credentials.tasks.sweep_sign_in", base=ByTheClock)
def sweep_sign_in() -> None:
    throttle.sweep()
    sessions.sweep()


@shared_task(name="credentials.tasks.sweep_mfa_devices", base=ByTheClock)
def sweep_mfa_devices() -> None:
    mfa_makers.sweep()
