"""``manage.py migrate``: Django's, for databases that it can bring up to date.

Each app has one first migration in place of many earlier ones. Django leaves it out without a word where a
database has applied some of them, and the tables stay as they were.
"""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from iamconsole.ops import append_only
from iamconsole.ops.one_at_a_time import upgrading

LAST_OF_BEFORE = "d084bb5"  # the commit whose migrations all of `replaces` were
TOO_OLD = (
    "This database is too old for this version. Nothing was changed. Upgrade in two steps: check out commit "
    "{commit}, run `manage.py migrate` there, then start this version again. Not applied: {missing}."
)


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with upgrading(connection, self.stderr.write):
            if missing := steps_missing(connection):  # another one's half is no reason
                raise CommandError(TOO_OLD.format(commit=LAST_OF_BEFORE, missing=", ".join(missing)))
            super().handle(*args, **options)
            append_only.install()


def steps_missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The earlier migrations that a database has not applied, where it has applied others of the same app."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    loader = MigrationLoader(None)
    missing: set[tuple[str, str]] = set()
    for key, migration in loader.replacements.items():
        steps = set(migration.replaces)
        if applied & {key, *steps}:
            missing |= steps - applied - loader.disk_migrations.keys()
    return sorted(f"{app}.{name}" for app, name in missing)
