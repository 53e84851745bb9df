"""A migration whose name ends with ``_expand`` leaves the release before able to read and write (docs/contributing.md).

It is judged by its operations, so that nobody has to believe its name. What an operation does not tell, SQL and Python
of the migration's own, is judged by a person, in ``JUDGED``.
"""

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

from iamconsole.ops.release import COMPATIBLE

# Migration -> why its own SQL or Python leaves the release before at work.
JUDGED: dict[tuple[str, str], str] = {}
HARMLESS = (
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.RenameIndex,
    migrations.AlterModelManagers,
    migrations.AlterModelOptions,
    migrations.RemoveConstraint,
)


def breaks(operation: Operation, app: str, before: ProjectState, judged: bool = False) -> str:
    """Why the release before cannot go on after it; "" where it can."""
    match operation:
        case migrations.CreateModel():
            fields = [field for _, field in operation.fields]
            return next((why for field in fields if (why := holds_on(field, app, before))), "")
        case migrations.AddField():
            field = operation.field
            if not (field.many_to_many or field.null or field.db_default is not NOT_PROVIDED):
                return f"{operation.name} is NOT NULL without db_default"
            return holds_on(field, app, before) or ("it is unique" if field.unique else "")
        case migrations.AlterField():
            model = before.models[app, operation.model_name_lower]
            return tightens(model.fields[operation.name], operation.field)
        case migrations.AddConstraint() if (app, operation.model_name_lower) not in before.models:
            return ""  # of a new table, in which the release before writes nothing
        case migrations.SeparateDatabaseAndState():
            parts = operation.database_operations
            return next((why for part in parts if (why := breaks(part, app, before, judged))), "")
        case migrations.RunPython() | migrations.RunSQL():
            return "" if judged else "nobody has judged what it runs"
    return "" if isinstance(operation, HARMLESS) else f"{type(operation).__name__} is no expansion"


def holds_on(field: Any, app: str, before: ProjectState) -> str:
    """A reference that the database keeps: the release before deletes rows of the other table without it."""
    if not field.remote_field or field.many_to_many or not field.db_constraint:
        return ""
    target = field.remote_field.model
    name = target if isinstance(target, str) else target._meta.label
    key = tuple(name.lower().split(".")) if "." in name else (app, name.lower())
    return f"{name} is a table that the release before deletes from" if key in before.models else ""


def tightens(old: models.Field, new: models.Field) -> str:
    if type(old) is not type(new):
        return "the column gets another type"
    if old.null and not new.null:
        return "the column was allowed to be empty"
    if (new.max_length or 10**9) < (old.max_length or 10**9):
        return "the column gets shorter"
    if old.db_default is not NOT_PROVIDED and new.db_default is NOT_PROVIDED:
        return "the column loses its default"
    return "it becomes unique" if new.unique and not old.unique else ""


def test_what_says_that_it_expands_does():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = [key for key in loader.disk_migrations if key[1].endswith(COMPATIBLE)]
    assert ours
    assert set(JUDGED) <= set(ours)
    for key in ours:
        migration = loader.disk_migrations[key]
        before = loader.project_state([key], at_end=False)
        start = before.clone()
        for operation in migration.operations:
            assert not breaks(operation, key[0], start, key in JUDGED), (key, operation.describe())


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.AddField("event", "x", models.CharField(max_length=3, default="")), "without db_default"),
        (migrations.AddField("event", "x", models.CharField(max_length=3, db_default="")), ""),
        (migrations.AddField("event", "x", models.CharField(max_length=3, null=True)), ""),
        (migrations.AddField("event", "x", models.CharField(null=True, unique=True)), "unique"),
        (migrations.RemoveField("event", "detail"), "no expansion"),
        (migrations.RenameField("event", "detail", "x"), "no expansion"),
        (migrations.RenameModel("event", "Happening"), "no expansion"),
        (migrations.DeleteModel("event"), "no expansion"),
        (
            migrations.AddConstraint("event", models.CheckConstraint(condition=models.Q(mfa=True), name="x")),
            "no expansion",
        ),
        (migrations.AlterField("event", "outcome", models.CharField(max_length=3)), "shorter"),
        (migrations.AlterField("event", "job_id", models.UUIDField()), "empty"),
        (migrations.AlterField("event", "mfa", models.TextField()), "type"),
        (migrations.RunSQL("SELECT 1"), "judged"),
        (migrations.SeparateDatabaseAndState([migrations.DeleteModel("event")]), "no expansion"),
        (
            migrations.CreateModel("X", [("job", models.ForeignKey("iamconsole.Job", models.CASCADE))]),
            "deletes from",
        ),
    ],
    ids=lambda part: part.describe() if isinstance(part, Operation) else "",
)
def test_what_does_not_expand_is_found(operation, why):
    state = MigrationLoader(None).project_state()
    found = breaks(operation, "iamconsole", state)
    assert why in found if why else not found
