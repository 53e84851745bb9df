"""``manage.py rotate_encryption_key``: seal stored secrets anew with the first key of the ring."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from iamconsole import crypto, sealed

KEYS_MISSING = (
    "The keys are missing: {number} values need the key {names} that this database was used with. Restore it "
    "into DATA/keys/field.keys or IAMCONSOLE_FIELD_KEYS. The values are not changed."
)


class Command(BaseCommand):
    help = (
        "Encrypts stored secrets with the first key of IAMCONSOLE_FIELD_KEYS, in batches, while this "
        "console runs. If it was stopped, start it again. docs/operations.md has the steps."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="only open and count every value; exit status 1 unless all use the first key",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                self._check()
            else:
                self._rotate()
        except sealed.WrongKey as error:
            raise CommandError(str(error)) from error

    def _rotate(self) -> None:
        sealed.ensure()
        changed = 0
        for done, _ in sealed.reseal_all():
            changed += done
            self.stdout.write(f"{changed} values encrypted again")
        found = sealed.count()
        self._tell(found)
        self._judge(found)
        sealed.forget_unused_keys(found)

    def _check(self) -> None:
        """Without a word about the ring first: values that do not open are counted, not refused."""
        found = sealed.count()
        self._tell(found)
        self._judge(found)
        sealed.verify()

    def _tell(self, found: Counter[tuple[str, str]]) -> None:
        newest = newest_key()
        by_key: Counter[str] = Counter()
        for (key_id, _), number in found.items():
            by_key[key_id] += number
        for key_id in sorted({newest, *by_key}):
            state = "first key" if key_id == newest else "old key"
            if key_id == sealed.UNREADABLE:
                state = "key not in the ring, or values moved or changed"
            if key_id.startswith(sealed.MISSING):
                state = "the key that they were encrypted with is not here"
            self.stdout.write(f"{key_id}: {by_key[key_id]} values ({state})")
            for (of, column), number in sorted(found.items()):
                if of == key_id:
                    self.stdout.write(f"  {column}: {number}")

    def _judge(self, found: Counter[tuple[str, str]]) -> None:
        """Raises CommandError, exit status 1, when a value is not under the first key."""
        newest = newest_key()
        if absent := sorted({key_id for key_id, _ in found if key_id.startswith(sealed.MISSING)}):
            number = sum(values for (key_id, _), values in found.items() if key_id in absent)
            names = ", ".join(key_id.removeprefix(sealed.MISSING) for key_id in absent)
            raise CommandError(KEYS_MISSING.format(number=number, names=names))
        unreadable = sum(number for (key_id, _), number in found.items() if key_id == sealed.UNREADABLE)
        old = sum(number for (key_id, _), number in found.items() if key_id != newest) - unreadable
        if unreadable:
            raise CommandError(
                f"{unreadable} values do not open. Keep every key in the ring, and find the key they were "
                "encrypted with, or a backup from before they were changed."
            )
        if old:
            raise CommandError(
                f"{old} values use an old key. Keep it in the ring and run rotate_encryption_key."
            )


def newest_key() -> str:
    """The id of the first key of the ring. Raises CommandError where there is none."""
    try:
        return next(iter(crypto.key_ring()))
    except crypto.KeyRingError as error:
        raise CommandError(str(error)) from error
