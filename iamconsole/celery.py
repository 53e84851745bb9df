"""The Celery application: ``celery -A iamconsole.celery worker``."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iamconsole.settings")

app = Celery("iamconsole")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()


@worker_init.connect
def refuse_wrong_keys(**_: Any) -> None:
    """A worker whose field keys are not the database's ends before it takes a task."""
    from .start import refuse_wrong_keys as refuse

    refuse()
