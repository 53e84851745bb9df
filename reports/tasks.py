"""Celery tasks of the reports."""

from celery import shared_task

from iamconsole.schedule import ByTheClock
from reports.findings import acting, due, mails
from reports.last_accessed import reading
from reports.retention import nightly


@shared_task(name="reports.tasks.read_last_accessed", base=ByTheClock)
def read_last_accessed() -> None:
    reading.start_due()


@shared_task(name="reports.tasks.evaluate_findings", base=ByTheClock)
def evaluate_findings() -> None:
    due.evaluate_due()


@shared_task(name="reports.tasks.mark_ended_exemptions", base=ByTheClock)
def mark_ended_exemptions() -> None:
    due.mark_ended_exemptions()


@shared_task(name="reports.tasks.mark_all_accounts", base=ByTheClock)
def mark_all_accounts() -> None:
    due.mark_all()


@shared_task(name="reports.tasks.mail_findings", base=ByTheClock)
def mail_findings() -> None:
    mails.send_due()


@shared_task(name="reports.tasks.act_on_findings", base=ByTheClock)
def act_on_findings() -> None:
    acting.act_when_due()


@shared_task(name="reports.tasks.prune", expires=600)
def prune() -> None:
    nightly.prune_when_due()
