"""Which processes of the console live, and on which machine: each writes a row now and then.

A process that ends as it should takes its row away. One that was killed leaves it, and the System page tells
since when it is silent, until another of its role on its machine has taken its place.
"""

import atexit
import logging
import os
import socket
import threading
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections, connection, connections, models
from django.db.models.functions import Now

ROLES = ("web", "worker", "scheduler")
SIGN_SECONDS = 30
SILENT = timedelta(seconds=4 * SIGN_SECONDS)
KEPT = timedelta(days=1)
log = logging.getLogger(__name__)


class Instance(models.Model):
    """A process of the console. Its times are those of the database's clock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField(max_length=16)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=32)
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    # How far the machine's clock is ahead of the database's, in seconds.
    clock_ahead = models.FloatField(db_default=0.0)

    class Meta:
        app_label = "iamconsole"

    def __str__(self) -> str:
        return f"{self.role} {self.pid} on {self.host}"


def begin(role: str) -> None:
    """Give signs of life for this process until it ends. Called once, after it has forked."""
    instance = Instance(role=role, host=socket.gethostname()[:255], pid=os.getpid(), version=settings.VERSION)
    ended = threading.Event()

    def live() -> None:
        while True:
            sign(instance)
            if ended.wait(SIGN_SECONDS):
                return

    def end() -> None:
        ended.set()
        thread.join(timeout=2)
        farewell(instance)

    thread = threading.Thread(target=live, name="sign-of-life", daemon=True)
    thread.start()
    atexit.register(end)


def sign(instance: Instance) -> None:
    """Write a sign of life, and forget those who have given none for a day.

    A database that does not answer is told elsewhere.
    """
    try:
        close_old_connections()
        values = {
            "role": instance.role,
            "host": instance.host,
            "pid": instance.pid,
            "version": instance.version,
            "seen_at": Now(),
            "clock_ahead": clock_ahead(),
        }
        Instance.objects.update_or_create(id=instance.id, defaults=values)
        Instance.objects.filter(seen_at__lt=Now() - KEPT).delete()
    except Exception as error:
        log.debug("No sign of life could be written: %s", error)
    finally:
        connections.close_all()


def farewell(instance: Instance) -> None:
    """Take the row away."""
    try:
        Instance.objects.filter(id=instance.id).delete()
    except Exception as error:
        log.debug("The last sign of life could not be taken away: %s", error)
    finally:
        connections.close_all()


def database_time() -> datetime:
    """What the clock of the database says."""
    sql = "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
    if connection.vendor == "postgresql":
        sql = "SELECT clock_timestamp()"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        told = cursor.fetchone()[0]
    return told if isinstance(told, datetime) else datetime.fromisoformat(told)


def clock_ahead() -> float:
    """How many seconds this machine's clock is ahead of the database's."""
    before = time.time()
    there = database_time().timestamp()
    return (before + time.time()) / 2 - there


def living(role: str) -> list[Instance]:
    """Processes of a role that gave a sign of life lately."""
    return list(Instance.objects.filter(role=role, seen_at__gte=Now() - SILENT).order_by("host", "pid"))


def silent(role: str) -> list[Instance]:
    """Those that fell silent, and whose place no other process of the role on the machine has taken."""
    rows = Instance.objects.filter(role=role, seen_at__lt=Now() - SILENT).order_by("-seen_at")
    replaced = {one.host for one in living(role)}
    return [one for one in rows if one.host not in replaced]
