"""``manage.py backup FILE``: the whole console in one file, while it serves (docs/backup.md)."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from iamconsole.errors import IamError
from iamconsole.management.console_command import compare_keys
from iamconsole.operations import execute
from iamconsole.ops.backup import output, passphrase
from iamconsole.ops.backup.errors import BackupError
from iamconsole.ops.backup.operations import RECORD_BACKUP
from iamconsole.ops.backup.take import Taken, refuse_other_release, take
from users.callers.build import system_caller
from users.models import Account


class Command(BaseCommand):
    help = (
        "Writes a backup of the database, and of the keys sealed with a passphrase, to FILE, or to standard "
        "output for -. This console can go on serving."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file to write, or - for standard output")
        parser.add_argument(
            "--passphrase-file",
            default="",
            metavar="PATH",
            help="a file with the passphrase (environment IAMCONSOLE_BACKUP_PASSPHRASE)",
        )
        parser.add_argument(
            "--without-keys",
            action="store_true",
            help="leave the keys out and encrypt nothing: keep the keys elsewhere and protect the file",
        )
        parser.add_argument("--force", action="store_true", help="replace FILE if it exists")

    def handle(self, *args: Any, **options: Any) -> None:
        compare_keys()
        try:
            secret = self._passphrase(options["passphrase_file"], without=options["without_keys"])
            refuse_other_release()
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it cleans up
            with output.opened(options["file"], force=options["force"]) as file:
                taken = take(file, secret)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped, so no backup was written.") from error
        except DatabaseError as error:
            why = " ".join(str(error).split())
            raise CommandError(
                f"The database could not be read to its end, so no backup was written: {why}"
            ) from error
        self._tell(taken, options["file"], sealed=bool(secret))
        self._record(taken, sealed=bool(secret))

    @staticmethod
    def _passphrase(file: str, *, without: bool) -> str:
        """The passphrase to seal with, "" where the keys stay out. Raises BackupError."""
        if not without:
            return passphrase.for_backup(file)
        if file:
            raise BackupError("Choose one: --without-keys seals nothing, so it has no use for a passphrase.")
        return ""

    def _tell(self, taken: Taken, file: str, *, sealed: bool) -> None:
        """Not on standard output, where the backup may have gone."""
        name = "standard output" if file == output.STANDARD_OUTPUT else file
        kept = (
            "with the keys, all of it sealed"
            if sealed
            else "without the keys, and readable by anybody who has it"
        )
        self.stderr.write(
            f"Backup written to {name}: {taken.rows:,} rows of {taken.tables} tables, {taken.size:,} bytes, "
            f"{kept}.",
            self.style.SUCCESS,
        )

    def _record(self, taken: Taken, *, sealed: bool) -> None:
        """The dashboard tells the age of the last backup by it. The file is good without."""
        home = Account.objects.filter(is_home=True).first()
        if home is None:
            return
        params = {
            "TakenAt": taken.at.isoformat(),
            "Rows": taken.rows,
            "Bytes": taken.size,
            "WithKeys": sealed,
        }
        try:
            execute(system_caller(home), RECORD_BACKUP, **params)
        except (IamError, DatabaseError) as error:
            self.stderr.write(
                f"The backup is good, but this console could not note when it was taken: {error}"
            )
