"""A backup and its way back: nothing is lost or invented, an older one goes on, and what is not whole is refused."""

import io
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from iamconsole import sealed
from iamconsole.models import Job, KeyCheck
from iamconsole.ops.backup import tables, unfinished
from iamconsole.ops.backup.container import Reader, Writer
from iamconsole.ops.backup.last import last_backup
from iamconsole.ops.backup.take import take
from iamconsole.supervisor.preparing import up_to_date
from tests.upgrade import databases
from users.models import User

PASSPHRASE = "correct horse battery"
# What is not restored, what the restore itself writes, and how far numbers were given out.
OTHER = {
    "django_session",
    "credentials_consolesession",
    "iamconsole_onetimesecret",
    "django_migrations",
    "sqlite_sequence",
    "reports_evaluationdue",  # what a restore changes is evaluated too
}


def first_run() -> Any:
    """What a start does with the database."""
    from credentials.root.first_run import ensure_home_account

    return up_to_date(ensure_home_account, print)


@dataclass
class Origin:
    """An installation in use: backups of it before and after an upgrade, and its rows after it."""

    older: bytes
    sealed: Path
    without_keys: Path
    rows: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def origin(django_db_blocker, tmp_path_factory) -> Iterator[Origin]:
    folder = tmp_path_factory.mktemp("backups")
    with django_db_blocker.unblock(), databases.beside(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        databases.load(databases.BEFORE.read_text())
        older = io.BytesIO()
        take(older, PASSPHRASE, models_of_now())
        assert first_run() is None
        from django.conf import settings

        patch.setattr(settings, "BACKUP_PASSPHRASE", PASSPHRASE)
        rows = databases.rows()
        call_command("backup", str(folder / "sealed"))
        assert last_backup() is not None
        call_command("backup", str(folder / "open"), without_keys=True)
        yield Origin(older.getvalue(), folder / "sealed", folder / "open", rows)


def models_of_now() -> Any:
    """The models of the release that this database is of."""
    loader = MigrationLoader(connection)
    applied = MigrationRecorder(connection).applied_migrations()
    nodes = [node for node in loader.graph.nodes if node in applied]
    return loader.project_state(nodes).apps


@pytest.fixture
def elsewhere(origin, django_db_blocker, settings, tmp_path) -> Iterator[Path]:
    """An empty database and data folder, without keys."""
    settings.DATA_DIR = tmp_path / "data"
    settings.BACKUP_PASSPHRASE = PASSPHRASE
    settings.SECRET_KEY, settings.FIELD_KEYS = "", []
    mask = os.umask(0o022)
    with django_db_blocker.unblock(), databases.beside():
        yield settings.DATA_DIR
    os.umask(mask)


def restored(path: Path) -> str:
    output = io.StringIO()
    call_command("restore", str(path), stdout=output)
    return output.getvalue()


def refused(path: Path | str, *, command: str = "restore", **options: Any) -> str:
    with pytest.raises(CommandError) as error:
        call_command(command, str(path), stdout=io.StringIO(), stderr=io.StringIO(), **options)
    return str(error.value)


def differences(wanted: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Rows here or there alone, but what a restore is to leave out or to add."""
    found = databases.rows()
    assert wanted.keys() == found.keys()
    both = {
        table: [row for row in rows if row not in found[table]]
        + [row for row in found[table] if row not in rows]
        for table, rows in wanted.items()
        if table not in OTHER
    }
    return {table: rows for table, rows in both.items() if rows}


def only_told(different: dict[str, list[dict[str, Any]]], *actions: str) -> bool:
    """Whether nothing is different but these events."""
    events = different.pop("iamconsole_event", [])
    return not different and sorted(event["action"] for event in events) == sorted(actions)


def test_everything_comes_back(origin, elsewhere, settings):
    text = restored(origin.sealed)
    assert "All rows are loaded" in text
    different = differences(origin.rows)
    assert {row["state"] for row in different.pop("iamconsole_job")} == {"waiting", "failed"}
    assert only_told(different, "iamconsole:RecordRestore")
    assert not databases.rows()["django_session"]
    assert sealed.count().keys() == {("t1", column) for _, column in sealed.count()}
    for name in ("field.keys", "secret.key"):
        file = elsewhere / "keys" / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text().strip()
    call_command("migrate", "--check", verbosity=0)
    stopped = Job.objects.filter(error__contains="restored from a backup")
    assert {job.state for job in stopped} == {"failed"}
    # New rows get numbers of their own.
    KeyCheck.objects.create(key_id="other", sealed="x")
    assert "not empty" in refused(origin.sealed)


def test_an_older_backup_goes_on(origin, elsewhere, tmp_path):
    path = tmp_path / "older"
    path.write_bytes(origin.older)
    restored(path)
    assert first_run() is None
    different = differences(origin.rows)
    different.pop("iamconsole_job")
    assert only_told(different, "iamconsole:RecordRestore"), different.keys()


def changed(origin: Origin, path: Path, change: Any) -> Path:
    """The sealed backup with its lines as ``change`` makes them, whole and sealed again."""
    with origin.sealed.open("rb") as file:
        reader = Reader(file, "x")
        reader.passphrase = PASSPHRASE
        lines = list(reader.lines())
    with path.open("wb") as file:
        writer = Writer(file, PASSPHRASE, "9.9")
        for line in change(lines):
            writer.line(json.dumps(line))
        writer.finish()
    return path


@pytest.mark.long
def test_what_is_not_as_it_was_written_is_refused(origin, elsewhere, tmp_path):
    for source in (origin.sealed, origin.without_keys):
        whole, path = source.read_bytes(), tmp_path / "copy"
        middle, half = len(whole) // 2, whole[: len(whole) // 2]
        bent = [half, whole[:-1], whole + b"x", whole + whole, whole[:200] + whole[300:]]
        for place in (40, middle, len(whole) - 1):
            copy = bytearray(whole)
            copy[place] ^= 1
            bent.append(bytes(copy))
        for content in bent:
            path.write_bytes(content)
            assert any(
                words in refused(path) for words in ("cut or changed", "does not open", "not a backup")
            )
    path.write_bytes(b"")
    assert "not a backup" in refused(path)
    assert not elsewhere.exists()
    assert not connection.introspection.table_names(), "it was read before anything was made"


@pytest.mark.long
def test_lines_that_do_not_belong_are_refused(origin, elsewhere, tmp_path):
    path = tmp_path / "changed"

    def newer(lines: list[Any]) -> list[Any]:
        lines[0]["about"]["migrations"].append(["users", "9999_later"])
        return lines

    text = refused(changed(origin, path, newer))
    assert "newer release" in text
    assert "users.9999_later" in text
    assert not connection.introspection.table_names()

    def other_row(lines: list[Any]) -> list[Any]:
        return [
            ["bobby" if value == "bob" else value for value in line] if isinstance(line, list) else line
            for line in lines
        ]

    assert "is not as in the backup" in refused(changed(origin, path, other_row))
    assert not User.objects.exists()
    # It says so, and can be started again.
    assert unfinished.is_marked()
    with pytest.raises(sealed.WrongKey, match="not finished"):
        sealed.verify()
    restored(origin.sealed)
    sealed.verify()


def test_missing_and_other_keys_are_told(origin, elsewhere, settings, tmp_path):
    text = refused(origin.without_keys)
    assert "keys are missing" in text
    assert User.objects.exists()
    settings.FIELD_KEYS = ["t1:" + "QUFB" * 10 + "QUE="]
    with pytest.raises(sealed.WrongKey, match="keys are missing: it was used with another key 't1'"):
        sealed.verify()
    assert "The keys are missing" in refused("--check", command="rotate_encryption_key")


def test_a_place_with_other_keys_is_left_alone(origin, elsewhere, settings):
    settings.FIELD_KEYS = ["t1:" + "QUFB" * 10 + "QUE="]
    elsewhere.mkdir()
    text = refused(origin.sealed)
    assert "other field keys" in text
    assert stat.S_IMODE((elsewhere / "keys" / "restored.field.keys").stat().st_mode) == 0o600
    assert not connection.introspection.table_names()


def test_bad_input_is_one_sentence(origin, elsewhere, settings, tmp_path, monkeypatch):
    assert "is a folder" in refused(tmp_path)
    assert "No such file" in refused(tmp_path / "none")
    assert "passphrase does not open" in refused(
        origin.sealed, passphrase_file=file_of(tmp_path, "another one")
    )
    assert "is empty" in refused(origin.sealed, passphrase_file=file_of(tmp_path, ""))
    settings.BACKUP_PASSPHRASE = ""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "sealed with a passphrase" in refused(origin.sealed)


def test_bad_output_is_one_sentence(db, settings, tmp_path, monkeypatch):
    target = tmp_path / "backup"
    target.write_text("mine")

    def refusal(path: Path | str, **options: Any) -> str:
        return refused(path, command="backup", **options)

    monkeypatch.setattr("sys.stdin", io.StringIO())
    settings.BACKUP_PASSPHRASE = ""
    assert "needs a passphrase" in refusal(tmp_path / "new")
    settings.BACKUP_PASSPHRASE = "short"
    assert "shorter than 12" in refusal(tmp_path / "new")
    settings.BACKUP_PASSPHRASE = PASSPHRASE
    assert "exists already" in refusal(target)
    assert "is a folder" in refusal(tmp_path)
    assert "no folder" in refusal(tmp_path / "none" / "new")
    assert "is not a file" in refusal("/dev/null", force=True)
    assert "Choose one" in refusal(target, without_keys=True, passphrase_file=str(target))
    assert "cannot be read" in refusal(target, force=True, passphrase_file=str(tmp_path / "none"))
    MigrationRecorder(connection).record_applied("users", "9999_later")
    assert "newer release" in refusal(tmp_path / "new")
    MigrationRecorder(connection).record_unapplied("users", "9999_later")
    MigrationRecorder(connection).record_unapplied(*MigrationLoader(None).graph.leaf_nodes("users")[0])
    assert "older release" in refusal(tmp_path / "new")
    assert target.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def file_of(folder: Path, text: str) -> str:
    path = folder / "passphrase"
    path.write_text(text + "\n")
    return str(path)


SAMPLES = {
    "BigAutoField": 2**62, "AutoField": 2**30, "PositiveIntegerField": 7, "PositiveSmallIntegerField": 7,
    "PositiveBigIntegerField": 2**62, "IntegerField": -7, "BigIntegerField": -(2**62), "BooleanField": True, "CharField": "é\n\"'", "TextField": "\u2028x",
    "EmailField": "a@example.com", "JSONField": {"b": [1.5, None], "a": "é"}, "BinaryField": b"\x00\xff",
    "GenericIPAddressField": "2001:db8::1", "FloatField": 0.1,
}  # fmt: skip


def test_every_column_has_a_value_of_its_own_in_the_file():
    """A new kind of column is refused here until it comes back as it was."""
    import datetime
    import uuid

    moment = datetime.datetime(2026, 3, 1, 2, 3, 4, 567891, tzinfo=datetime.UTC)
    samples = {**SAMPLES, "DateTimeField": moment, "DateField": moment.date(), "UUIDField": uuid.uuid4()}
    for model in tables.tables(apps):
        for field in tables.columns(model):
            kind = field.target_field if isinstance(field, models.ForeignKey) else field
            sample = samples[kind.get_internal_type()]
            line = json.dumps(tables.plain(sample))
            assert tables.value_of(field, json.loads(line)) == sample, field
