"""Where a restore goes: a database with nothing in it, and the tables as the backup knew them."""

from django.apps.registry import Apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from iamconsole.models import Event

from . import tables, unfinished
from .errors import BackupError

NOT_EMPTY = (
    "This place is not empty: its database {database} has users or events. Restore into an empty database "
    "and data folder, with DATABASE_URL and IAMCONSOLE_DATA of the new place. Nothing was changed."
)
NEWER = (
    "This backup is of a newer release: {version}, which made it, has the migrations {missing}, which this "
    "one ({own}) does not know. Restore it with that release or a later one. Nothing was changed."
)
TOO_OLD = (
    "This backup is of a release that is too old for this one. Restore it with the release that made it, "
    "{version}, then upgrade. Nothing was changed."
)

Targets = list[tuple[str, str]]


def refuse_full() -> None:
    """Raises BackupError where somebody's rows are. What an unfinished restore has left does not count."""
    there = set(connection.introspection.table_names())
    if unfinished.TABLE in there:
        return
    for table in (get_user_model()._meta.db_table, Event._meta.db_table):
        if table in there and has_rows(table):
            raise BackupError(NOT_EMPTY.format(database=connection.settings_dict["NAME"]))


def has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608  (a model's)
        return cursor.fetchone() is not None


def targets(applied: set[tuple[str, str]], version: str, own: str) -> Targets:
    """The last migrations of each app that the backup's tables had. Raises BackupError."""
    loader = MigrationLoader(None)
    if missing := unknown(loader, applied):
        raise BackupError(NEWER.format(version=version, own=own, missing=", ".join(missing)))
    nodes = applied & set(loader.graph.nodes)
    if not nodes or any(not has_all_before(loader, node, nodes) for node in nodes):
        raise BackupError(TOO_OLD.format(version=version))
    inner = {
        parent.key
        for node in nodes
        for parent in loader.graph.node_map[node].parents
        if parent.key[0] == node[0]
    }
    return sorted(nodes - inner)


def unknown(loader: MigrationLoader, applied: set[tuple[str, str]]) -> list[str]:
    """What a database has applied and this release does not know, of the apps that it knows."""
    known = set(loader.disk_migrations)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    own = {app for app, _ in known}
    return sorted(f"{app}.{name}" for app, name in applied - known - replaced if app in own)


def has_all_before(loader: MigrationLoader, node: tuple[str, str], nodes: set[tuple[str, str]]) -> bool:
    return {parent.key for parent in loader.graph.node_map[node].parents} <= nodes


def prepare(goals: Targets) -> Apps:
    """Empty tables as they were in the backup's release. Returns the models of that release.

    The tables of an empty place are made anew: it may have others than the backup, or a part of a restore.
    """
    executor = MigrationExecutor(connection)
    state = executor.loader.project_state(goals)
    drop(
        set(connection.introspection.django_table_names())
        | {m._meta.db_table for m in state.apps.get_models(True)}
    )
    executor = MigrationExecutor(connection)  # which has read that nothing is applied
    executor.migrate(goals)
    return state.apps


def drop(names: set[str]) -> None:
    there = set(connection.introspection.table_names())
    with connection.schema_editor() as editor:
        for name in sorted((names | {"django_migrations"}) & there):
            editor.execute(editor.sql_delete_table % {"table": editor.quote_name(name)})


def empty(models: Apps) -> None:
    """Take out the rows that migrations have made: the backup has them too."""
    with connection.cursor() as cursor:
        for model in tables.tables(models):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608


def reset_sequences(models: Apps) -> None:
    """Have the next row of each table get a number of its own."""
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables.tables(models)):
            cursor.execute(statement)
