"""What every command of the console does first: compare its keys with the database's."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from iamconsole import sealed

NOT_READY = (
    "The database cannot be used: {why} Start this console once with `make run`, which creates it, or check "
    "DATABASE_URL and IAMCONSOLE_DATA."
)


class ConsoleCommand(BaseCommand):
    """A command that works on the console's database; its own part is ``run``.

    Nothing is written, and nothing is read either, with the key ring of another installation: a secret
    sealed with it could never be opened again.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        compare_keys()
        self.run(**options)

    def run(self, **options: Any) -> None:
        """The command's own part. Raises CommandError."""
        raise NotImplementedError


def compare_keys() -> None:
    """Raises CommandError where the key ring is not the database's, or there is no database yet."""
    try:
        sealed.ensure()
    except sealed.WrongKey as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CommandError(NOT_READY.format(why=why.rstrip(".") + ".")) from error
