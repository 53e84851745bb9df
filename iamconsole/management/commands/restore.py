"""``manage.py restore FILE``: a backup into an empty place (docs/backup.md)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from iamconsole.errors import IamError
from iamconsole.operations import execute
from iamconsole.ops.backup import unfinished
from iamconsole.ops.backup.contents import Contents
from iamconsole.ops.backup.errors import BackupError
from iamconsole.ops.backup.operations import RECORD_RESTORE
from iamconsole.ops.backup.restore import Restored, restore
from users.callers.build import system_caller
from users.models import Account

KEYS_MISSING = "The rows are restored, but this console cannot start yet. {why}"


class Command(BaseCommand):
    help = "Restores a backup into an empty database and data folder, of SQLite or PostgreSQL alike."
    requires_system_checks: list[str] = []  # an empty place has no keys yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the backup")
        parser.add_argument(
            "--passphrase-file",
            default="",
            metavar="PATH",
            help="a file with the passphrase (environment IAMCONSOLE_BACKUP_PASSPHRASE)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = restore(options["file"], options["passphrase_file"], record, self.stdout.write)
        except (BackupError, IamError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError(f"Stopped. {unfinished.SENTENCE}") from error
        except DatabaseError as error:
            why = " ".join(str(error).split())
            raise CommandError(
                f"The database {settings.DATABASES['default']['NAME']} refused: {why}"
            ) from error
        self._tell(restored)

    def _tell(self, restored: Restored) -> None:
        """Raises CommandError where keys are missing."""
        for note in restored.notes:
            self.stdout.write(note)
        if restored.keys_missing:
            raise CommandError(KEYS_MISSING.format(why=restored.keys_missing))
        self.stdout.write(f"{restored.opened:,} stored secrets were opened with the keys.")
        if restored.unreadable:
            self.stdout.write(
                f"{restored.unreadable:,} secrets do not open: they were moved or changed before the backup."
            )
        self.stdout.write(self.style.SUCCESS("Restored. Start this console; everybody has to sign in again."))


def record(backup: Contents) -> None:
    """An event of the restored console."""
    home = Account.objects.filter(is_home=True).first()
    if home is not None:
        params = {
            "TakenAt": backup.taken_at.isoformat(),
            "Rows": backup.rows,
            "WithKeys": backup.keys is not None,
        }
        execute(system_caller(home), RECORD_RESTORE, **params)
