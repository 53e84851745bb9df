"""Celery tasks of the directory."""

from celery import shared_task

from . import figures


@shared_task(name="users.tasks.keep_figures", expires=600)
def keep_figures() -> None:
    figures.keep_all()
