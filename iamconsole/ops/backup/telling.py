"""How old the last backup is: on the System page and among the metrics."""

from datetime import timedelta

from django.conf import settings

from iamconsole.ops import instances, metrics
from iamconsole.ops.lines import lasting, moment
from iamconsole.ops.status import Line, register

from .last import last_backup

NEVER = "No backup of this console is known."
HOW = "Run manage.py backup, and each night from now on (docs/backup.md)."


def line() -> Line:
    """The age of the last backup. With IAMCONSOLE_BACKUP_DAYS=0 backups are made by other means."""
    last = last_backup()
    if settings.BACKUP_DAYS == 0:
        return Line("ok", "By other means", "IAMCONSOLE_BACKUP_DAYS is 0, so this console does not look.")
    if last is None:
        return Line("bad", "None", NEVER, HOW)
    age = max(timedelta(), instances.database_time() - last)
    value, text = f"{lasting(age)} old", f"It has the state of {moment(last)}."
    if age > timedelta(days=settings.BACKUP_DAYS):
        return Line("bad", value, text, HOW)
    return Line("ok", value, text)


def age() -> metrics.Rows:
    last = last_backup()
    return [] if last is None else [((), (instances.database_time() - last).total_seconds())]


def wanted() -> metrics.Rows:
    return [((), settings.BACKUP_DAYS * 86_400)]


def add() -> None:
    """Called once, from ``AppConfig.ready``."""
    register("storage", 20, "Last backup", line)
    metrics.gauge("iamconsole_backup_age_seconds", "The age of the last backup that is known.", (), age)
    metrics.gauge(
        "iamconsole_backup_age_limit_seconds", "The age from which it is too old; 0: never.", (), wanted
    )
