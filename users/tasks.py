"""Celery tasks of the directory."""

from celery import shared_task

from iamconsole.schedule import ByTheClock
from users.accounts import figures, pauses, sync_schedule
from users.organization import schedule as organization_schedule


@shared_task(name="users.tasks.keep_figures", base=ByTheClock)
def keep_figures() -> None:
    figures.keep_all()


@shared_task(name="users.tasks.start_due_syncs", base=ByTheClock)
def start_due_syncs() -> None:
    sync_schedule.start_due()


@shared_task(name="users.tasks.read_organizations", base=ByTheClock)
def read_organizations() -> None:
    organization_schedule.start_due()


@shared_task(name="users.tasks.try_paused_links", base=ByTheClock)
def try_paused_links() -> None:
    pauses.try_paused()
