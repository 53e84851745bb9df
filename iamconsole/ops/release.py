"""Whether a database is of this release: neither older nor newer.

An older one waits for ``manage.py migrate``. On a newer one an earlier release does not start, unless each of
its migrations says by its name that earlier releases work on it: it ends with ``_expand``
(docs/contributing.md). What runs already goes on either way.
"""

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

COMPATIBLE = "_expand"
OLDER = (
    "The database is older than this release: {number} migrations are not applied, the first is {first}. "
    "Run `manage.py migrate` once, then start again."
)
NEWER = (
    "The database is newer than this release: it has the migration {first}, which this release lacks. "
    "Start the newer release, or restore a backup that was made before the upgrade."
)
NEWER_GOES = "The database is newer than this release, but compatible with it. Replace this release soon."


class OtherRelease(Exception):
    """The database belongs to another release; the text is for the terminal."""


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The migrations of this release that the database has not applied."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def unknown(connection: BaseDatabaseWrapper) -> list[str]:
    """Applied migrations of installed applications that this release does not have."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known |= set(migration.replaces)
    labels = {config.label for config in apps.get_app_configs()}
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied if app in labels and (app, name) not in known)


def refuse_newer(connection: BaseDatabaseWrapper) -> str:
    """Raises OtherRelease where the database is newer; returns a sentence where it is but compatible."""
    names = unknown(connection)
    if breaking := [name for name in names if not name.endswith(COMPATIBLE)]:
        raise OtherRelease(NEWER.format(first=breaking[0]))
    return NEWER_GOES if names else ""


def refuse_older(connection: BaseDatabaseWrapper) -> None:
    """Raises OtherRelease where migrations are not applied."""
    if names := missing(connection):
        raise OtherRelease(OLDER.format(number=len(names), first=names[0]))
