"""The Celery application: ``celery -A iamconsole.celery worker``."""

import logging
import os
from typing import Any

import django
from celery import Celery
from celery.signals import (
    beat_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_shutting_down,
)
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iamconsole.settings")

app = Celery("iamconsole")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
# A worker that is not told otherwise takes messages of all queues (iamconsole.queues), also the former one.
app.conf.task_queues = [Queue(name) for name in ("people", "syncs", "upkeep", "celery")]


@setup_logging.connect
def log_as_the_web_server_does(loglevel: int | None = None, **_: Any) -> None:
    """Worker and scheduler use the handlers of the settings: Celery's own know nothing of secrets and of
    forged lines. What is printed is logged, as without this receiver.
    """
    django.setup()
    if loglevel:
        logging.getLogger().setLevel(loglevel)
    app.log.redirect_stdouts()


@worker_init.connect
def refuse_what_is_wrong(**_: Any) -> None:
    """A worker with wrong settings, or other field keys than the database's, ends before it takes a task."""
    from . import start

    start.refuse_wrong_settings()
    start.bound_jobs()
    start.refuse_wrong_keys()


@worker_init.connect
def bound_hashing(sender: Any = None, **_: Any) -> None:
    """Jobs hash on places of their own, by how many tasks this worker runs at once."""
    from .hashers import PLACES

    PLACES.for_jobs(int(getattr(sender, "concurrency", None) or os.cpu_count() or 1))


@worker_shutting_down.connect
def hand_back_jobs(**_: Any) -> None:
    """What is asked to end does not begin long work anew, and leaves what it has in hand to others."""
    from . import jobs, stopping

    stopping.begin(jobs.give_back)


@worker_init.connect
def begin_worker(**_: Any) -> None:
    """A worker tells that it lives."""
    from .ops import process

    process.begin("worker")


@beat_init.connect
def begin_scheduler(**_: Any) -> None:
    """The same for the scheduler."""
    from .ops import process

    process.begin("scheduler")


@task_prerun.connect
def begin_task(**_: Any) -> None:
    """A task has a request ID, until it takes that of its job."""
    from .ops import request_ids

    request_ids.begin(request_ids.new())


@task_postrun.connect
def end_task(**_: Any) -> None:
    """It ended, well or not."""
    from .ops import request_ids

    request_ids.begin("")
